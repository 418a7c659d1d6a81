"""What curved brushes share: a quadratic Bezier swept by a disc of changing radius.

In the stroke's own frame (u, v), canvas units, the middle line is, for s from -1 to 1,

    B(s) = a * (s + skew * h, bend * h),  h = (1 - s^2) / 2        r(s) = b * (1 + taper * s)

a Bezier with control points (-a, 0), a * (skew, bend), (a, 0). A point lies
depth = max over s of r(s) - |B(s) - (u, v)| inside the swept shape: its edge is the exact envelope
of the discs.

The maximum is found by Newton steps on d/ds of that depth TIMES the distance: divided by it, as the
textbook has it, the search is singular on the middle line and punches holes in the stroke. At the
maximum the depth depends on s to second order only, so its gradient needs no derivative of s.

Textures and colours use other, smooth coordinates: s at which B is beside the point (u = a * (s +
skew * h), solved exactly), far = s * a / b along and t = (v - bend * a * h) / b across, in half
widths. Past its ends the middle line goes on straight: h = 1 - |s|.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nftforge.painting.brushes._kit import compiled
from nftforge.painting.brushes._straight import across_box

PARAMS = (
    "x", "y", "half_length", "half_width", "angle", "bend", "skew", "taper", "opacity", "texture",
)  # fmt: skip
LOW = (0.0, 0.0, 0.0015, 0.001, -math.inf, -1.0, -0.5, -0.6, 0.5, 0.0)
HIGH = (1.0, 1.0, 0.45, 0.20, math.inf, 1.0, 0.5, 0.6, 1.0, 65535.0)
STEP = (0.0025, 0.0025, 0.002, 0.0013, 0.04, 0.05, 0.04, 0.04, 0.02, 0.0)

FLATTEST = 0.03  # the slope of the search is taken as at least this part of a^2
TINY = 1e-9


@compiled
def frame(p: Any, w: float) -> Any:
    """(middle x, y, half sides of the box; x, y, a, b, cos, sin, 1/w, bend, skew, taper, opacity).

    The box lies along the chord and holds the whole stroke.
    """
    cos, sin, a, b = math.cos(p[4]), math.sin(p[4]), p[2], p[3]
    rise = 0.25 * a * p[5]  # of the box's middle over the chord
    most = b * (1.0 + abs(p[7])) + 0.5 * w
    return (
        p[0] - rise * sin, p[1] + rise * cos, a + most, abs(rise) + most,
        p[0], p[1], a, b, cos, sin, 1.0 / w, p[5], p[6], p[7], p[8],
    )  # fmt: skip


@compiled
def reach(row: Any) -> Any:
    """Half width and half height of the axis-parallel box around the stroke."""
    cos, sin = abs(row[8]), abs(row[9])
    return row[2] * cos + row[3] * sin, row[2] * sin + row[3] * cos


@compiled
def span(row: Any, y: float) -> Any:
    """Where the stroke's box begins and ends on the line `y`: (x, x)."""
    return across_box(row[0], row[1], row[2], row[3], row[8], row[9], y)


@compiled
def local(row: Any, x: float, y: float) -> Any:
    """(u, v) of a point."""
    dx, dy = x - row[4], y - row[5]
    return dx * row[8] + dy * row[9], dy * row[8] - dx * row[9]


@compiled
def behind(row: Any, u: float, v: float, s: float) -> Any:
    """(distance from B(s), u and v from there, depth) of a point."""
    h = 0.5 - 0.5 * s * s
    x, y = u - row[6] * (s + row[12] * h), v - row[6] * row[11] * h
    d = math.sqrt(x * x + y * y + TINY * TINY)
    return d, x, y, row[7] * (1.0 + row[13] * s) - d


@compiled
def start(row: Any, u: float, v: float) -> float:
    """The best of seven places on the middle line to search from."""
    s, most = 0.0, behind(row, u, v, 0.0)[3]
    for third in (-3, -2, -1, 1, 2, 3):
        trial = behind(row, u, v, third / 3.0)[3]
        s = third / 3.0 if trial > most else s
        most = max(trial, most)
    return s


@compiled
def newton(row: Any, u: float, v: float, s: float) -> float:
    a, bend, skew, thin = row[6], row[11], row[12], row[7] * row[13]
    d, x, y, _ = behind(row, u, v, s)
    bx, by = a * (1.0 - skew * s), -a * bend * s
    along = x * bx + y * by
    value = thin * d + along
    slope = bx * bx + by * by + a * (x * skew + y * bend) + thin * along / d
    step = value / max(slope, FLATTEST * a * a)
    return float(min(max(s + min(max(step, -0.2), 0.2), -1.0), 1.0))


@compiled
def deepest(row: Any, u: float, v: float) -> float:
    """s of the disc that a point is deepest in."""
    s = start(row, u, v)
    s = newton(row, u, v, s)
    s = newton(row, u, v, s)
    s = newton(row, u, v, s)
    return newton(row, u, v, s)


@compiled
def depth(row: Any, u: float, v: float) -> float:
    return float(behind(row, u, v, deepest(row, u, v))[3])


@compiled
def beside(row: Any, u: float, v: float) -> Any:
    """(s, h, far, t): -1..1 along the middle line, its h; along it and across it in half widths."""
    a, skew, across = row[6], row[12], u / row[6]
    end = 1.0 if across > 0.0 else -1.0
    root = math.sqrt(max(1.0 - 2.0 * skew * across + skew * skew, 0.0))
    inside, outside = (2.0 * across - skew) / (1.0 + root), (across - skew) / (1.0 - end * skew)
    s = outside if abs(across) > 1.0 else inside
    h = 1.0 - abs(s) if abs(across) > 1.0 else 0.5 - 0.5 * s * s
    return s, h, s * a / row[7], (v - a * row[11] * h) / row[7]


@compiled
def to_params(
    row: Any, u: float, v: float, g_depth: float, g_s: float, g_far: float, g_t: float, g_b: float,
    g_opacity: float,
) -> Any:  # fmt: skip
    """Chain the gradient from (depth, s, far, t, half_width, opacity) to the parameters."""
    a, b, cos, sin, bend, skew = row[6], row[7], row[8], row[9], row[11], row[12]
    deep = deepest(row, u, v)
    d, x, y, _ = behind(row, u, v, deep)
    nx, ny, h = g_depth * x / d, g_depth * y / d, 0.5 - 0.5 * deep * deep
    g_a = nx * (deep + skew * h) + ny * bend * h
    g_bend, g_skew = ny * a * h, nx * a * h
    g_b += g_depth * (1.0 + row[13] * deep)
    g_taper = g_depth * b * deep

    s, h, far, t = beside(row, u, v)
    slope = min(max(s, -1.0), 1.0)  # -dh/ds
    g_s = (g_s + (g_far + g_t * bend * slope) * a / b) / (1.0 - skew * slope)
    g_u, g_v = g_s / a - nx, g_t / b - ny
    g_a += (g_far * s - g_t * bend * h) / b - g_s * u / (a * a)
    g_bend -= g_t * a * h / b
    g_skew -= g_s * h
    g_b -= (g_far * far + g_t * t) / b
    return (
        g_v * sin - g_u * cos, -g_u * sin - g_v * cos, g_a, g_b, g_u * v - g_v * u,
        g_bend, g_skew, g_taper, g_opacity, 0.0,
    )  # fmt: skip


@compiled
def add(g: Any, h: Any) -> Any:
    """The sum of two gradients."""
    return (
        g[0] + h[0], g[1] + h[1], g[2] + h[2], g[3] + h[3], g[4] + h[4],
        g[5] + h[5], g[6] + h[6], g[7] + h[7], g[8] + h[8], g[9] + h[9],
    )  # fmt: skip


def straight(
    x: float, y: float, length: float, width: float, angle: float, opacity: float, texture: float
) -> tuple[float, ...]:
    """A stroke of that size that does not bend yet."""
    half = max(length - width, 0.3 * length) / 2
    return x, y, half, width / 2, angle, 0.0, 0.0, 0.0, opacity, texture


# --- as vectors ---------------------------------------------------------------------------------

FINEST = 300.0  # points of an outline in a canvas length


def ends(p: Sequence[float]) -> tuple[float, float, float, float]:
    """Both ends of the middle line: (x, y, x, y)."""
    u, v = p[2] * math.cos(p[4]), p[2] * math.sin(p[4])
    return p[0] - u, p[1] - v, p[0] + u, p[1] + v


def outline(p: Sequence[float]) -> NDArray[np.float64]:
    """The polygon [point, 2] around the swept discs, canvas units."""
    a, b, _, bend, skew, taper = p[2:8]
    s = np.linspace(-1, 1, 5 + int(FINEST * a))
    h, radius = (1 - s * s) / 2, b * (1 + taper * s)
    middle = a * np.stack([s + skew * h, bend * h], axis=1)
    heading = np.arctan2(-bend * s, 1 - skew * s)
    lean = np.arccos(np.clip(-b * taper / (a * np.hypot(bend * s, 1 - skew * s)), -1, 1))
    turns = [
        np.linspace(heading[-1] + lean[-1], heading[-1] - lean[-1], 4 + int(FINEST * radius[-1])),
        np.linspace(heading[0] - lean[0], heading[0] + lean[0] - 2 * np.pi,
                    4 + int(FINEST * radius[0])),
    ]  # fmt: skip
    parts = [
        middle + radius[:, None] * _towards(heading + lean),
        middle[-1] + radius[-1] * _towards(turns[0]),
        (middle + radius[:, None] * _towards(heading - lean))[::-1],
        middle[0] + radius[0] * _towards(turns[1]),
    ]
    return on_canvas(p, np.concatenate(parts))


def on_canvas(p: Sequence[float], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """From points [point, 2] of the stroke's own frame to those of the canvas."""
    (u, v), cos, sin = points.T, math.cos(p[4]), math.sin(p[4])
    return np.stack([p[0] + u * cos - v * sin, p[1] + u * sin + v * cos], axis=1)


def _towards(angle: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)
