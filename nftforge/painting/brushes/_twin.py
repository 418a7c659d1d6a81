"""The straight brushes' frame again in plain torch: the oracle the kernels are held to."""

from __future__ import annotations

import torch
from torch import Tensor


def local(p: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """(u, v) of points x, y [h, w] in the frame of stroke p [6]."""
    dx, dy, cos, sin = x - p[0], y - p[1], torch.cos(p[4]), torch.sin(p[4])
    return dx * cos + dy * sin, dy * cos - dx * sin


def ramp(z: Tensor) -> Tensor:
    k = (z + 0.5).clamp(0, 1)
    return k * k * (3 - 2 * k)


def lattice(ix: Tensor, iy: Tensor, seed: Tensor) -> Tensor:
    h = (ix * 374761393 + iy * 668265263 + seed * 2246822519) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    return (h ^ (h >> 16)).to(torch.float64) / 4294967296.0


def noise(x: Tensor, y: Tensor, seed: Tensor) -> Tensor:
    ix, iy = torch.floor(x.detach()).long(), torch.floor(y.detach()).long()
    kx, ky = _quintic(x - ix), _quintic(y - iy)
    low = lattice(ix, iy, seed) * (1 - kx) + lattice(ix + 1, iy, seed) * kx
    high = lattice(ix, iy + 1, seed) * (1 - kx) + lattice(ix + 1, iy + 1, seed) * kx
    return low * (1 - ky) + high * ky


def _quintic(r: Tensor) -> Tensor:
    return r * r * r * (r * (r * 6 - 15) + 10)
