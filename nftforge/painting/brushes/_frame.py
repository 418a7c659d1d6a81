"""What straight brushes share: the stroke's own frame, soft edges and smooth noise.

Frame: u along the stroke, v across it, canvas units; s = u / half_length and t = v / half_width
run from -1 to 1 inside the stroke. Noise lives on (s, t), so it scales with the stroke and looks
the same at every resolution.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

PARAMS = ("x", "y", "half_length", "half_width", "angle", "texture")
LOW = (0.0, 0.0, 0.004, 0.003, -math.inf, 0.0)
HIGH = (1.0, 1.0, 0.45, 0.30, math.inf, 65535.0)
STEP = (0.0025, 0.0025, 0.002, 0.0016, 0.04, 0.0)

compiled = njit(nogil=True, cache=True)


@compiled
def prepare(p: Any) -> Any:
    """[x, y, half_length, half_width, cos, sin, texture] of one stroke."""
    row = np.empty(7)
    row[0], row[1], row[2], row[3] = p[0], p[1], p[2], p[3]
    row[4], row[5], row[6] = math.cos(p[4]), math.sin(p[4]), p[5]
    return row


@compiled
def local(row: Any, x: float, y: float) -> Any:
    """(u, v) of a point."""
    dx, dy = x - row[0], y - row[1]
    return dx * row[4] + dy * row[5], dy * row[4] - dx * row[5]


@compiled
def to_params(row: Any, u: float, v: float, g_u: float, g_v: float, g_a: float, g_b: float) -> Any:
    """Chain the gradient from (u, v, half_length, half_width) to the parameters."""
    cos, sin = row[4], row[5]
    return (g_v * sin - g_u * cos, -g_u * sin - g_v * cos, g_a, g_b, g_u * v - g_v * u, 0.0)


@compiled
def reach(row: Any, w: float) -> Any:
    """Half width and half height of the axis-parallel box around the stroke."""
    a, b, cos, sin = row[2] + w, row[3] + w, abs(row[4]), abs(row[5])
    return a * cos + b * sin, a * sin + b * cos


@compiled
def ramp(z: float) -> Any:
    """A soft step from 0 (z <= -1/2) to 1 (z >= 1/2), and its derivative."""
    k = min(max(z + 0.5, 0.0), 1.0)
    return k * k * (3.0 - 2.0 * k), 6.0 * k * (1.0 - k)


@compiled
def lattice(ix: int, iy: int, seed: int) -> float:
    """A fixed pseudo-random number in [0, 1) for a lattice point; all arithmetic mod 2^32."""
    h = (ix * 374761393 + iy * 668265263 + seed * 2246822519) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    return ((h ^ (h >> 16)) & 0xFFFFFFFF) / 4294967296.0


@compiled
def noise(x: float, y: float, seed: int) -> Any:
    """Value noise in [0, 1) with quintic interpolation: (value, d/dx, d/dy)."""
    fx, fy = math.floor(x), math.floor(y)
    ix, iy = int(fx), int(fy)
    rx, ry = x - fx, y - fy
    kx = rx * rx * rx * (rx * (rx * 6.0 - 15.0) + 10.0)
    ky = ry * ry * ry * (ry * (ry * 6.0 - 15.0) + 10.0)
    dkx = 30.0 * rx * rx * (rx - 1.0) * (rx - 1.0)
    dky = 30.0 * ry * ry * (ry - 1.0) * (ry - 1.0)
    n00, n10 = lattice(ix, iy, seed), lattice(ix + 1, iy, seed)
    n01, n11 = lattice(ix, iy + 1, seed), lattice(ix + 1, iy + 1, seed)
    low, high = n00 + kx * (n10 - n00), n01 + kx * (n11 - n01)
    d_x = dkx * ((1.0 - ky) * (n10 - n00) + ky * (n11 - n01))
    return low + ky * (high - low), d_x, dky * (high - low)
