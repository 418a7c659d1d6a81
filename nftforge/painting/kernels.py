"""The loops from strokes to pixels and back, written once and compiled around each brush.

A brush's functions take the place of the stand-ins below (`around`), so a brush costs no call and
LLVM turns a stroke's run of pixels into vector instructions. Every loop works on a range of tiles:
threads share ranges, and what a range adds up is its own.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from nftforge.painting.brushes import load_brush
from nftforge.painting.brushes._kit import FAST
from nftforge.painting.phases import (
    Box,
    add_up,
    blend,
    compare,
    cover,
    differentiate,
    phase,
    scratch_for,
    stand_in,
)
from nftforge.painting.tiles import TILE, first_pixel, stop_pixel

DEPTH = 128  # strokes a pixel can see through, on average in a tile

prepare = reach = span = shade = shade_grad = add = stand_in


class StrokeArrays(NamedTuple):
    """Strokes as the loops take them, float64."""

    params: Any  # [stroke, P]
    colours: Any  # [stroke, C, 3]
    tip: Any  # as from `tip_data`


class Goal(NamedTuple):
    """What a canvas begins with and should become."""

    target: Any  # [h, w, 3]
    weight: Any  # [h, w]
    canvas: Any  # [3]


class Sums(NamedTuple):
    """Gradients of the loss, and how much larger it would be without each stroke."""

    params: Any  # [stroke, P]
    colours: Any  # [stroke, C, 3]
    gain: Any  # [stroke]


def boxes_of(params: Any, w: float, boxes: Any) -> None:
    """boxes [stroke, 4] as x0, y0, x1, y1 in canvas units."""
    for i in range(params.shape[0]):
        row = prepare(params[i], w)
        rx, ry = reach(row)
        boxes[i, 0], boxes[i, 1] = row[0] - rx, row[1] - ry
        boxes[i, 2], boxes[i, 3] = row[0] + rx, row[1] + ry


def draw(strokes: Any, tiling: Any, tiles: Any, top: int, picture: Any) -> None:
    """Blend `strokes` over `picture` [h, w, 3], bottom to top.

    It holds the rows of the canvas from `top` on, and must hold all those of `tiles`.
    """
    height, width, _ = picture.shape
    colours = strokes.colours
    alphas, mixes, tones = np.empty(TILE), np.empty(TILE), np.empty(TILE)
    step, last = 1.0 / tiling.scale, colours.shape[1] - 1
    for tile in range(tiles[0], tiles[1]):
        x0, y0 = (tile % tiling.across) * TILE, (tile // tiling.across) * TILE
        x1, y1 = min(x0 + TILE, width), min(y0 + TILE, top + height)
        for at in range(tiling.starts[tile], tiling.starts[tile + 1]):
            i = tiling.items[at]
            row = prepare(strokes.params[i], tiling.soft)
            for py in range(y0, y1):
                y, to = (py + 0.5) * step, py - top
                left, right = span(row, y)
                first = first_pixel(x0, left, tiling.scale)
                count = stop_pixel(x1, right, tiling.scale) - first
                for k in range(count):
                    alpha, mix, tone = shade(row, strokes.tip, (first + k + 0.5) * step, y)
                    alphas[k], mixes[k], tones[k] = alpha, mix, tone
                for k in range(count):
                    for c in range(3):
                        base = colours[i, 0, c] + mixes[k] * (
                            colours[i, last, c] - colours[i, 0, c]
                        )
                        ink = min(max(tones[k] * base, 0.0), 1.0)
                        picture[to, first + k, c] += alphas[k] * (ink - picture[to, first + k, c])


def descend(strokes: Any, tiling: Any, tiles: Any, goal: Any, picture: Any, sums: Any) -> float:
    """Draw `picture` and add up the gradients of sum(weight * (picture - target)^2) in `sums`."""
    height, width, _ = picture.shape
    loss, most = 0.0, tiling.starts[tiles[0] + 1] - tiling.starts[tiles[0]]
    for tile in range(tiles[0], tiles[1]):
        most = max(most, tiling.starts[tile + 1] - tiling.starts[tile])
    scratch = scratch_for(most, DEPTH, TILE * TILE)
    for tile in range(tiles[0], tiles[1]):
        x0, y0 = (tile % tiling.across) * TILE, (tile // tiling.across) * TILE
        box = Box(x0, y0, min(x0 + TILE, width), min(y0 + TILE, height))
        met = cover(strokes, tiling, tile, box, scratch)
        blend(strokes.colours, goal.canvas, met, scratch)
        loss = compare(goal, box, scratch, picture, loss)
        differentiate(strokes, tiling.soft, goal.weight, box, met, scratch, sums)
    return loss


def overlaps(params: Any, w: float, across: int, down: int, scale: float) -> Any:
    """Pairs (below, above) of strokes that meet in a cell of a grid; all others follow."""
    last = np.full((down, across), -1, np.int64)
    met = np.full(params.shape[0], -1, np.int64)
    pairs = [(0, 0)]
    for i in range(params.shape[0]):
        row = prepare(params[i], w)
        _, ry = reach(row)
        top = first_pixel(0, row[1] - ry, scale)
        bottom = stop_pixel(down, row[1] + ry, scale)
        for cy in range(top, bottom):
            left, right = span(row, (cy + 0.5) / scale)
            first = first_pixel(0, left, scale)
            stop = stop_pixel(across, right, scale)
            for cx in range(first, stop):
                below = last[cy, cx]
                last[cy, cx] = i
                if below >= 0 and met[below] != i:
                    met[below] = i
                    pairs.append((below, i))
    return pairs[1:]


# --- compiling ----------------------------------------------------------------------------------


_compiling = threading.Lock()

BRUSH_FUNCTIONS = ("prepare", "reach", "span", "shade", "shade_grad", "add")


@dataclass(frozen=True)
class Kernels:
    """The loops, compiled around one brush."""

    boxes_of: Callable[..., None]
    draw: Callable[..., None]
    descend: Callable[..., float]
    overlaps: Callable[..., list[tuple[int, int]]]


def kernels(brush: str) -> Kernels:
    """Compiled once a machine and kept in numba's cache beside the source."""
    with _compiling:  # pieces are painted side by side
        return _kernels(brush)


@lru_cache
def _kernels(brush: str) -> Kernels:
    module = load_brush(brush)
    compile_ = njit(nogil=True, cache=True, fastmath=FAST, error_model="numpy")
    phases: dict[str, Any] = {}
    for inner in (add_up, cover, differentiate):
        phases[inner.__name__] = phase(around(inner, module, **phases))
    loops = (boxes_of, draw, descend, overlaps)
    return Kernels(*(compile_(around(loop, module, **phases)) for loop in loops))


def around(loop: Callable[..., Any], brush: ModuleType, **phases: Any) -> FunctionType:
    """`loop` with the brush's functions in place of its stand-ins, to be compiled.

    phases: functions that it calls, compiled around the brush already. numba names its cache file
    after the function, so the name carries a hash of what it calls.
    """
    functions = {name: getattr(brush, name) for name in BRUSH_FUNCTIONS}
    here, name = Path(__file__).parent, brush.BRUSH.name
    sources = [here / "brushes" / f"{name}.py", *sorted(here.glob("brushes/_*.py"))]
    sources += [here / "phases.py", here / "tiles.py"]
    version = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
    assert isinstance(loop, FunctionType)
    copy = FunctionType(loop.__code__, {**loop.__globals__, **functions, **phases}, loop.__name__)
    copy.__qualname__ = f"{loop.__name__}_{name}_{version}"
    copy.__module__ = loop.__module__
    return copy
