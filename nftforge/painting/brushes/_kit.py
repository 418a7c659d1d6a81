"""What brushes are made of: soft steps and smooth noise, compiled into the loops that call them.

`compiled` functions are inlined into `canvas`'s loops over a stroke's pixels and turned into vector
instructions there, so they are written without branches (a condition becomes a select), and noise
is read from one constant table. Everything is smooth, so gradients are exact.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

FAST = {"reassoc", "contract", "nsz", "arcp", "nnan", "ninf"}  # sums may be reordered, once
compiled = njit(nogil=True, forceinline=True, fastmath=FAST, error_model="numpy")

CELLS = 1024  # a power of two; kept small, as a GPU has 64 KiB for constants and numba repeats them
TABLE = np.random.Generator(np.random.PCG64(2011_08114)).random(CELLS) - 0.5
COLUMN, ROW = 877, 61  # steps in the table from one cell to the next; repeats are 34 cells apart


@compiled
def ramp(z: float) -> Any:
    """A soft step from 0 (z <= -1/2) to 1 (z >= 1/2), and its derivative."""
    k = min(max(z + 0.5, 0.0), 1.0)
    return k * k * (3.0 - 2.0 * k), 6.0 * k * (1.0 - k)


@compiled
def fade(cell: float) -> Any:
    """How much of a texture to show whose cells measure `cell` pixels, and its derivative.

    None below 3/4 of a pixel: finer detail would be grain, not paint, and other grain at every
    size.
    """
    return ramp(cell - 1.25)


@compiled
def wave(x: float, seed: int) -> Any:
    """Value noise along a line, -1/2 to 1/2, quintic interpolation: (value, d/dx)."""
    floor = math.floor(x)
    i, r = int(floor) + seed, x - floor
    k = r * r * r * (r * (r * 6.0 - 15.0) + 10.0)
    first, second = TABLE[i & (CELLS - 1)], TABLE[(i + 1) & (CELLS - 1)]
    return first + k * (second - first), 30.0 * r * r * (r - 1.0) * (r - 1.0) * (second - first)


@compiled
def noise(x: float, y: float, seed: int) -> Any:
    """Value noise in the plane, -1/2 to 1/2, quintic interpolation: (value, d/dx, d/dy)."""
    fx, fy = math.floor(x), math.floor(y)
    i, rx, ry = int(fx) * COLUMN + int(fy) * ROW + seed, x - fx, y - fy
    kx = rx * rx * rx * (rx * (rx * 6.0 - 15.0) + 10.0)
    ky = ry * ry * ry * (ry * (ry * 6.0 - 15.0) + 10.0)
    n00, n10 = TABLE[i & (CELLS - 1)], TABLE[(i + COLUMN) & (CELLS - 1)]
    n01, n11 = TABLE[(i + ROW) & (CELLS - 1)], TABLE[(i + COLUMN + ROW) & (CELLS - 1)]
    low, high = n00 + kx * (n10 - n00), n01 + kx * (n11 - n01)
    d_x = 30.0 * rx * rx * (rx - 1.0) * (rx - 1.0) * ((n10 - n00) + ky * (n11 - n01 - n10 + n00))
    d_y = 30.0 * ry * ry * (ry - 1.0) * (ry - 1.0) * (high - low)
    return low + ky * (high - low), d_x, d_y
