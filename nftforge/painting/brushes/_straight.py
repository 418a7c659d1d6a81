"""The frame that straight brushes share: a rotated box and where its pixels are.

u runs along the stroke and v across it, in canvas units; s = u / half_length and
t = v / half_width run from -1 to 1 inside, so textures scale with the stroke.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nftforge.painting.brushes._kit import compiled

PARAMS = ("x", "y", "half_length", "half_width", "angle", "opacity", "texture")
LOW = (0.0, 0.0, 0.0015, 0.001, -math.inf, 0.5, 0.0)
HIGH = (1.0, 1.0, 0.45, 0.30, math.inf, 1.0, 65535.0)
STEP = (0.0025, 0.0025, 0.002, 0.0016, 0.04, 0.02, 0.0)


@compiled
def frame(p: Any, w: float) -> Any:
    """(x, y, half_length, half_width, cos, sin, 1/w, 1/half_length, 1/half_width, opacity)."""
    return (
        p[0], p[1], p[2], p[3], math.cos(p[4]), math.sin(p[4]), 1.0 / w, 1.0 / p[2], 1.0 / p[3],
        p[5],
    )  # fmt: skip


@compiled
def local(row: Any, x: float, y: float) -> Any:
    """(u, v) of a point."""
    dx, dy = x - row[0], y - row[1]
    return dx * row[4] + dy * row[5], dy * row[4] - dx * row[5]


@compiled
def to_params(
    row: Any, u: float, v: float, g_u: float, g_v: float, g_a: float, g_b: float, g_opacity: float
) -> Any:
    """Chain the gradient from (u, v, half_length, half_width, opacity) to the parameters."""
    cos, sin = row[4], row[5]
    g_x, g_y = g_v * sin - g_u * cos, -g_u * sin - g_v * cos
    return g_x, g_y, g_a, g_b, g_u * v - g_v * u, g_opacity, 0.0


@compiled
def reach(row: Any) -> Any:
    """Half width and half height of the axis-parallel box around the stroke."""
    half = 0.5 / row[6]
    a, b, cos, sin = row[2] + half, row[3] + half, abs(row[4]), abs(row[5])
    return a * cos + b * sin, a * sin + b * cos


@compiled
def span(row: Any, y: float) -> Any:
    """Where the stroke begins and ends on the line `y`: (x, x); nothing if the first is larger."""
    half = 0.5 / row[6]
    return across_box(row[0], row[1], row[2] + half, row[3] + half, row[4], row[5], y)


@compiled
def across_box(x: float, y: float, a: float, b: float, cos: float, sin: float, line: float) -> Any:
    """The part of a horizontal line inside the box around (x, y), half sides a, b."""
    dy = line - y
    c = cos if abs(cos) > 1e-9 else 1e-9
    s = sin if abs(sin) > 1e-9 else 1e-9
    p, q = (-a - dy * s) / c, (a - dy * s) / c
    e, f = (dy * c - b) / s, (dy * c + b) / s
    return x + max(min(p, q), min(e, f)), x + min(max(p, q), max(e, f))


@compiled
def sign(value: float) -> float:
    return 1.0 if value > 0.0 else -1.0


@compiled
def add(g: Any, h: Any) -> Any:
    """The sum of two gradients."""
    return (
        g[0] + h[0], g[1] + h[1], g[2] + h[2], g[3] + h[3], g[4] + h[4], g[5] + h[5], g[6] + h[6],
    )  # fmt: skip


# --- as vectors ---------------------------------------------------------------------------------

Profile = Callable[[float], float]
FINEST = 400.0  # points of an outline in a canvas length


def ends(p: Sequence[float]) -> tuple[float, float, float, float]:
    """Both ends of the stroke's middle line: (x, y, x, y)."""
    u, v = p[2] * math.cos(p[4]), p[2] * math.sin(p[4])
    return p[0] - u, p[1] - v, p[0] + u, p[1] + v


def box_outline(
    p: Sequence[float], end: Profile, low: Profile, high: Profile
) -> NDArray[np.float64]:
    """The polygon [point, 2] of |s| <= end(t) and -low(s) <= t <= high(s), in canvas units."""
    along = np.linspace(-1, 1, 3 + int(FINEST * p[2] / 2)).tolist()
    across = np.linspace(-1, 1, 3 + int(FINEST * p[3] * 2)).tolist()

    def cap(side: float) -> list[tuple[float, float]]:
        met = ((side * end(t), t) for t in across)
        return [(s, t) for s, t in met if -low(s) <= t <= high(s)]

    def flank(side: float, profile: Profile) -> list[tuple[float, float]]:
        met = ((s, side * profile(s)) for s in along)
        return [(s, t) for s, t in met if abs(s) <= end(t)]

    shape = [*flank(-1, low), *cap(1), *flank(1, high)[::-1], *cap(-1)[::-1]]
    u, v = (np.array(shape or [(0.0, 0.0)]) * (p[2], p[3])).T
    cos, sin = math.cos(p[4]), math.sin(p[4])
    return np.stack([p[0] + u * cos - v * sin, p[1] + u * sin + v * cos], axis=1)
