"""own: any grey picture as a brush. It is stretched over a rotated box, grey is opacity.

    alpha = opacity * tip(s, t)

The tip is looked up between cells with quadratic B-splines, so its gradient is exact and smooth.
It is kept at 256, 128, ... 2 cells along each side (a ripmap), and a stroke uses the one whose
cells are about as large as the edges are soft: no grain, and soft when asked to.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nftforge.painting.brushes import Brush
from nftforge.painting.brushes._kit import compiled
from nftforge.painting.brushes._straight import (
    HIGH,
    LOW,
    PARAMS,
    STEP,
    across_box,
    add,
    ends,
    frame,
    local,
    to_params,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

__all__ = [
    "BRUSH", "add", "ends", "place", "prepare", "pyramid", "reach", "reference", "shade",
    "shade_grad", "span", "stamp",
]  # fmt: skip

CELLS, LEVELS = 256, 8  # cells of the finest map along a side; maps of 256, 128, ... 2 cells
BRUSH = Brush(
    "own", 1, "any grey PNG: give its path as the brush", 1, PARAMS, LOW, HIGH, STEP, CELLS
)  # fmt: skip

PAD = 2  # empty cells around a map, so that no look-up leaves it
ROW = 2 * CELLS - 2 + LEVELS * 2 * PAD  # cells of all maps side by side


@compiled
def level(half: float, w: float) -> int:
    """Which map has cells of about w canvas units: 0 the finest."""
    return int(min(max(math.log2(CELLS * w / (2.0 * half)) + 0.5, 0.0), LEVELS - 1.0))


@compiled
def before(lvl: int) -> int:
    """Cells of all finer maps."""
    return 2 * CELLS - ((2 * CELLS) >> lvl) + 2 * PAD * lvl


@compiled
def prepare(p: Any, w: float) -> Any:
    """The frame; the map's first cell, cells along and across; half sides of the stroke."""
    i, j = level(p[2], w), level(p[3], w)
    along, across = CELLS >> i, CELLS >> j
    start = before(j) * ROW + (across + 2 * PAD) * before(i)
    return (
        *frame(p, w), start, along, across, p[2] * (1.0 + 2.0 / along), p[3] * (1.0 + 2.0 / across),
    )  # fmt: skip


@compiled
def reach(row: Any) -> Any:
    a, b, cos, sin = row[13], row[14], abs(row[4]), abs(row[5])
    return a * cos + b * sin, a * sin + b * cos


@compiled
def span(row: Any, y: float) -> Any:
    return across_box(row[0], row[1], row[13], row[14], row[4], row[5], y)


@compiled
def spline(at: float, cells: int) -> Any:
    """(first of three cells, their weights, the weights' derivatives) at a place, in cells."""
    at = min(max(at, -1.0), cells + 0.999)
    cell = math.floor(at)
    f = at - cell - 0.5
    return (
        int(cell) - 1 + PAD,
        0.5 * (0.5 - f) * (0.5 - f), 0.75 - f * f, 0.5 * (0.5 + f) * (0.5 + f),
        f - 0.5, -2.0 * f, f + 0.5,
    )  # fmt: skip


@compiled
def look(row: Any, data: Any, s: float, t: float) -> Any:
    """The tip at a point: (value, d/ds, d/dt)."""
    x, x0, x1, x2, dx0, dx1, dx2 = spline(0.5 * (s + 1.0) * row[11], row[11])
    y, y0, y1, y2, dy0, dy1, dy2 = spline(0.5 * (t + 1.0) * row[12], row[12])
    wide = row[11] + 2 * PAD
    i = row[10] + y * wide + x
    j, k = i + wide, i + 2 * wide
    a, da = _three(data, i, x0, x1, x2), _three(data, i, dx0, dx1, dx2)
    b, db = _three(data, j, x0, x1, x2), _three(data, j, dx0, dx1, dx2)
    c, dc = _three(data, k, x0, x1, x2), _three(data, k, dx0, dx1, dx2)
    return (
        y0 * a + y1 * b + y2 * c,
        0.5 * row[11] * (y0 * da + y1 * db + y2 * dc),
        0.5 * row[12] * (dy0 * a + dy1 * b + dy2 * c),
    )  # fmt: skip


@compiled
def _three(data: Any, i: int, a: float, b: float, c: float) -> float:
    return float(a * data[i] + b * data[i + 1] + c * data[i + 2])


@compiled
def shade(row: Any, data: Any, x: float, y: float) -> Any:
    u, v = local(row, x, y)
    value, _, _ = look(row, data, u * row[7], v * row[8])
    return row[9] * value, 0.0, 1.0


@compiled
def shade_grad(
    row: Any, data: Any, x: float, y: float, g_alpha: float, g_mix: float, g_tone: float
) -> Any:
    u, v = local(row, x, y)
    s, t = u * row[7], v * row[8]
    value, value_s, value_t = look(row, data, s, t)
    g_u, g_v = g_alpha * row[9] * value_s * row[7], g_alpha * row[9] * value_t * row[8]
    return to_params(row, u, v, g_u, g_v, -g_u * s, -g_v * t, g_alpha * value)


def place(
    x: float, y: float, length: float, width: float, angle: float, texture: float
) -> tuple[float, ...]:
    return x, y, length / 2, width / 2, angle, 1.0, 0.0


def stamp(p: Sequence[float]) -> tuple[float, float, float, float, float]:
    """Where a drawing shows the tip: x, y, half length, half width, angle."""
    return p[0], p[1], p[2], p[3], p[4]


def pyramid(tip: NDArray[np.uint8]) -> NDArray[np.float64]:
    """All maps of a tip uint8 [256, 256], one after another, 0..1."""
    import numpy as np

    maps = []
    for j in range(LEVELS):
        for i in range(LEVELS):
            tall, wide = CELLS >> j, CELLS >> i
            small = tip.reshape(tall, 1 << j, wide, 1 << i).mean(axis=(1, 3)) / 255.0
            maps.append(np.pad(small, PAD).ravel())
    return np.concatenate(maps)


def reference(
    p: Tensor, data: Tensor, x: Tensor, y: Tensor, w: float | Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    import torch

    from nftforge.painting.brushes import _reference as kit

    def fitting(half: Tensor) -> Tensor:  # `level`
        return (torch.log2(CELLS * w / (2 * half.detach())) + 0.5).clamp(0, LEVELS - 1).long()

    def first(lvl: Tensor) -> Tensor:  # `before`
        return 2 * CELLS - ((2 * CELLS) >> lvl) + 2 * PAD * lvl

    def cell(at: Tensor, cells: Tensor) -> Tensor:
        return torch.minimum(at.detach().floor().clamp(min=-1).long(), cells)

    i, j = fitting(p[2]), fitting(p[3])
    across, down = CELLS >> i, CELLS >> j
    start = first(j) * ROW + (down + 2 * PAD) * first(i)
    u, v = kit.local(p, x, y)
    column, row = (u / p[2] + 1) / 2 * across, (v / p[3] + 1) / 2 * down
    left, top = cell(column, across), cell(row, down)
    cover = torch.zeros_like(u)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            weight = kit.spline(column - 0.5 - left - dx) * kit.spline(row - 0.5 - top - dy)
            at = start + (top + dy + PAD) * (across + 2 * PAD) + left + dx + PAD
            cover = cover + weight * data[at]
    return p[5] * cover, torch.zeros_like(cover), torch.ones_like(cover)
