"""`_kit`, `_straight` and `_curve` again in plain torch: the oracle the kernels are held to."""

from __future__ import annotations

import torch
from torch import Tensor

from nftforge.painting.brushes._kit import CELLS, COLUMN, ROW, TABLE


def local(p: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """(u, v) of points x, y [h, w] in the frame of the straight stroke p."""
    dx, dy, cos, sin = x - p[0], y - p[1], torch.cos(p[4]), torch.sin(p[4])
    return dx * cos + dy * sin, dy * cos - dx * sin


def ramp(z: Tensor) -> Tensor:
    k = (z + 0.5).clamp(0, 1)
    return k * k * (3 - 2 * k)


def fade(cell: Tensor) -> Tensor:
    return ramp(cell - 1.25)


def wave(x: Tensor, seed: Tensor) -> Tensor:
    i = torch.floor(x.detach()).long()
    k = _quintic(x - i)
    return _lookup(i + seed) * (1 - k) + _lookup(i + 1 + seed) * k


def noise(x: Tensor, y: Tensor, seed: Tensor) -> Tensor:
    ix, iy = torch.floor(x.detach()).long(), torch.floor(y.detach()).long()
    kx, ky, i = _quintic(x - ix), _quintic(y - iy), ix * COLUMN + iy * ROW + seed
    low = _lookup(i) * (1 - kx) + _lookup(i + COLUMN) * kx
    high = _lookup(i + ROW) * (1 - kx) + _lookup(i + COLUMN + ROW) * kx
    return low * (1 - ky) + high * ky


def _lookup(i: Tensor) -> Tensor:
    return torch.from_numpy(TABLE)[i % CELLS]


def _quintic(r: Tensor) -> Tensor:
    return r * r * r * (r * (r * 6 - 15) + 10)


def spline(d: Tensor) -> Tensor:
    """The quadratic B-spline at a distance d from its middle."""
    d = d.abs()
    return torch.where(d < 0.5, 0.75 - d * d, 0.5 * (1.5 - d).clamp(min=0) ** 2)


def swept(p: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """(depth, s, far, t) of points x, y [h, w] in the curved stroke p; the deepest disc of 2001."""
    u, v = local(p, x, y)
    a, b, bend, skew, taper = p[2], p[3], p[5], p[6], p[7]

    def depth(s: Tensor) -> Tensor:
        h = (1 - s * s) / 2
        from_u, from_v = u[..., None] - a * (s + skew * h), v[..., None] - a * bend * h
        return b * (1 + taper * s) - torch.sqrt(from_u**2 + from_v**2 + 1e-18)

    with torch.no_grad():
        best = torch.linspace(-1, 1, 2001, dtype=u.dtype)[depth(
            torch.linspace(-1, 1, 2001, dtype=u.dtype)).argmax(dim=-1)][..., None]  # fmt: skip
        for finer in (1e-3, 3e-5, 1e-6, 3e-8):
            near = (best + finer * torch.linspace(-1, 1, 65, dtype=u.dtype)).clamp(-1, 1)
            best = near.gather(-1, depth(near).argmax(dim=-1, keepdim=True))
    along, end = u / a, torch.sign(u.detach())
    out = along.detach().abs() > 1
    root = torch.sqrt((1 - 2 * skew * along + skew**2).clamp(min=0.01))  # 0.25 at least inside
    s = torch.where(out, (along - skew) / (1 - end * skew), (2 * along - skew) / (1 + root))
    h = torch.where(out, 1 - s.abs(), (1 - s * s) / 2)
    return depth(best)[..., 0], s, s * a / b, (v - a * bend * h) / b
