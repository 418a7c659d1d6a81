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
