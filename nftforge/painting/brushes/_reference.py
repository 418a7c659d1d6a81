"""`_kit`, `_straight` and `_curve` again in plain torch: the oracle the kernels are held to.

One stroke p [P] on points [h, w], or many at once: p [P, stroke, 1, 1], the result [stroke, h, w];
any dtype and device (`neural.teacher`).
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from nftforge.painting.brushes._curve import FLATTEST
from nftforge.painting.brushes._kit import CELLS, COLUMN, ROW, TABLE

STARTS = tuple(third / 3 for third in range(-3, 4))
NEWTON_STEPS = 5
TINY = 1e-18


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
    k, table = _quintic(x - i), _table(x)
    return table[(i + seed) & (CELLS - 1)] * (1 - k) + table[(i + 1 + seed) & (CELLS - 1)] * k


def noise(x: Tensor, y: Tensor, seed: Tensor) -> Tensor:
    ix, iy = torch.floor(x.detach()).long(), torch.floor(y.detach()).long()
    kx, ky, i = _quintic(x - ix), _quintic(y - iy), ix * COLUMN + iy * ROW + seed
    table = _table(x)
    low = table[i & (CELLS - 1)] * (1 - kx) + table[(i + COLUMN) & (CELLS - 1)] * kx
    high = table[(i + ROW) & (CELLS - 1)] * (1 - kx) + table[(i + COLUMN + ROW) & (CELLS - 1)] * kx
    return low * (1 - ky) + high * ky


def _table(like: Tensor) -> Tensor:
    return _table_on(like.device, like.dtype)


@lru_cache
def _table_on(device: torch.device, dtype: torch.dtype) -> Tensor:
    """The table of random numbers, copied once."""
    return torch.from_numpy(TABLE).to(device, dtype)


def _quintic(r: Tensor) -> Tensor:
    return r * r * r * (r * (r * 6 - 15) + 10)


def spline(d: Tensor) -> Tensor:
    """The quadratic B-spline at a distance d from its middle."""
    d = d.abs()
    return torch.where(d < 0.5, 0.75 - d * d, 0.5 * (1.5 - d).clamp(min=0) ** 2)


def swept(p: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """(depth, s, far, t) of points x, y [h, w] in the curved stroke p."""
    u, v = local(p, x, y)
    with torch.no_grad():
        deep = _deepest(p, u, v)
    return disc_depth(p, u, v, deep), *beside(p, u, v)


def beside(p: Tensor, u: Tensor, v: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(s, far, t): `_curve.beside`."""
    a, b, bend, skew = p[2], p[3], p[5], p[6]
    along, end = u / a, torch.sign(u.detach())
    out = along.detach().abs() > 1
    root = torch.sqrt((1 - 2 * skew * along + skew**2).clamp(min=0.01))  # 0.25 at least inside
    s = torch.where(out, (along - skew) / (1 - end * skew), (2 * along - skew) / (1 + root))
    h = torch.where(out, 1 - s.abs(), (1 - s * s) / 2)
    return s, s * a / b, (v - a * bend * h) / b


def disc_depth(p: Tensor, u: Tensor, v: Tensor, s: Tensor | float) -> Tensor:
    """How far inside the disc at s of the curved stroke p points (u, v) lie."""
    a, h = p[2], (1 - s * s) / 2
    from_u, from_v = u - a * (s + p[6] * h), v - a * p[5] * h
    return p[3] * (1 + p[7] * s) - torch.sqrt(from_u**2 + from_v**2 + TINY)


def _deepest(p: Tensor, u: Tensor, v: Tensor) -> Tensor:
    """s of the disc that points are deepest in: the best of `STARTS`, then Newton (`_curve`)."""
    s, most = torch.zeros_like(u), torch.full_like(u, -torch.inf)
    for start in STARTS:
        depth = disc_depth(p, u, v, start)
        s, most = torch.where(depth > most, start, s), torch.maximum(depth, most)
    for _ in range(NEWTON_STEPS):
        s = deeper(p, u, v, s)
    return s


def deeper(p: Tensor, u: Tensor, v: Tensor, s: Tensor) -> Tensor:
    """A Newton step from the disc at s towards one that points are deeper in: `_curve.newton`."""
    a, bend, skew, thin, h = p[2], p[5], p[6], p[3] * p[7], (1 - s * s) / 2
    from_u, from_v = u - a * (s + skew * h), v - a * bend * h
    d = torch.sqrt(from_u**2 + from_v**2 + TINY)
    to_u, to_v = a * (1 - skew * s), -a * bend * s
    along = from_u * to_u + from_v * to_v
    slope = to_u**2 + to_v**2 + a * (from_u * skew + from_v * bend) + thin * along / d
    step = (thin * d + along) / torch.maximum(slope, FLATTEST * a * a)
    return (s + step.clamp(-0.2, 0.2)).clamp(-1, 1)
