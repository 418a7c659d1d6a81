"""Strokes to pixels and back: fused compositing, forwards and backwards, in tiles.

A stroke covers what is under it: h' = alpha * colour + (1 - alpha) * h. Unusual:

- Nothing of size strokes x pixels exists. Strokes are binned into 16 x 16 pixel tiles, in painting
  order; a tile's pixels walk their list from the TOP stroke down and stop when nothing below can
  show (as in 3D Gaussian splatting, but with no depth sort: the order is the painting's).
- One pass gives the picture, the loss and every gradient. What a stroke covered is kept for the
  strokes that a pixel met, so opaque strokes (alpha = 1) need no division by 1 - alpha.
- The loops below are written once and compiled around each brush (`_around`), so a brush costs no
  indirect call. Threads share bands of tiles; every band adds up its own gradients and the bands
  are summed in order, so the result is the same to the bit whatever the number of threads.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nftforge.painting.brushes import load_brush
from nftforge.painting.strokes import Strokes

TILE = 16  # pixels
BANDS = 16  # parts a canvas is divided into for threads; fixed, so sums never change
HIDDEN = 2e-6  # what shows through less than this is not looked at
DEPTH = 256  # strokes a pixel can see through

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


# --- loops, compiled around each brush ----------------------------------------------------------


def _stand_in(*_: Any) -> Any:
    raise AssertionError("the brush's own function takes this place, see _around")


prepare = reach = shade = shade_grad = _stand_in


def prepare_all(params: Any, w: float, rows: Any, boxes: Any) -> None:
    """rows [stroke, G]; boxes [stroke, 4] as x0, y0, x1, y1 in canvas units."""
    for i in range(params.shape[0]):
        row = prepare(params[i])
        rows[i] = row
        rx, ry = reach(row, w)
        boxes[i, 0], boxes[i, 1] = row[0] - rx, row[1] - ry
        boxes[i, 2], boxes[i, 3] = row[0] + rx, row[1] + ry


def draw(
    rows: Any, colours: Any, w: float, scale: float, starts: Any, items: Any, tiles: Any,
    across: int, picture: Any,
) -> None:  # fmt: skip
    """Blend the binned strokes over `picture` [h, w, 3], bottom to top."""
    height, width, _ = picture.shape
    last = colours.shape[1] - 1
    for tile in range(tiles[0], tiles[1]):
        x0, y0 = (tile % across) * TILE, (tile // across) * TILE
        for at in range(starts[tile], starts[tile + 1]):
            i = items[at]
            row = rows[i]
            for py in range(y0, min(y0 + TILE, height)):
                for px in range(x0, min(x0 + TILE, width)):
                    a, mix, tone = shade(row, (px + 0.5) / scale, (py + 0.5) / scale, w)
                    if a > 0.0:
                        for c in range(3):
                            base = (1.0 - mix) * colours[i, 0, c] + mix * colours[i, last, c]
                            ink = min(max(tone * base, 0.0), 1.0)
                            picture[py, px, c] += a * (ink - picture[py, px, c])


def descend(
    rows: Any, colours: Any, w: float, scale: float, starts: Any, items: Any, tiles: Any,
    across: int, target: Any, weight: Any, canvas: Any, picture: Any, g_params: Any, g_colours: Any,
) -> float:  # fmt: skip
    """Draw `picture` and add up the gradients of sum(weight * (picture - target)^2)."""
    height, width, _ = picture.shape
    last = colours.shape[1] - 1
    seen = np.empty(DEPTH, np.int64)
    alpha, blend, light = np.empty(DEPTH), np.empty(DEPTH), np.empty(DEPTH)
    ink, under = np.empty((DEPTH, 3)), np.empty((DEPTH, 3))
    here, slope = np.empty(3), np.empty(3)
    loss = 0.0
    for tile in range(tiles[0], tiles[1]):
        x0, y0 = (tile % across) * TILE, (tile // across) * TILE
        for py in range(y0, min(y0 + TILE, height)):
            for px in range(x0, min(x0 + TILE, width)):
                x, y = (px + 0.5) / scale, (py + 0.5) / scale
                depth, through = 0, 1.0
                for at in range(starts[tile + 1] - 1, starts[tile] - 1, -1):
                    i = items[at]
                    a, mix, tone = shade(rows[i], x, y, w)
                    if a <= 0.0:
                        continue
                    seen[depth], alpha[depth], blend[depth], light[depth] = i, a, mix, tone
                    depth += 1
                    through *= 1.0 - a
                    if through < HIDDEN or depth == DEPTH:
                        break
                for c in range(3):
                    here[c] = canvas[c]
                for k in range(depth - 1, -1, -1):
                    i = seen[k]
                    for c in range(3):
                        base = (1.0 - blend[k]) * colours[i, 0, c] + blend[k] * colours[i, last, c]
                        ink[k, c] = min(max(light[k] * base, 0.0), 1.0)
                        under[k, c] = here[c]
                        here[c] += alpha[k] * (ink[k, c] - here[c])
                for c in range(3):
                    difference = here[c] - target[py, px, c]
                    picture[py, px, c] = here[c]
                    slope[c] = 2.0 * weight[py, px] * difference
                    loss += weight[py, px] * difference * difference
                through = 1.0
                for k in range(depth):
                    i, g_alpha, g_mix, g_tone = seen[k], 0.0, 0.0, 0.0
                    for c in range(3):
                        g_alpha += through * slope[c] * (ink[k, c] - under[k, c])
                        first, second = colours[i, 0, c], colours[i, last, c]
                        base = (1.0 - blend[k]) * first + blend[k] * second
                        if 0.0 <= light[k] * base <= 1.0:
                            g_ink = through * alpha[k] * slope[c]
                            g_colours[i, 0, c] += g_ink * light[k] * (1.0 - blend[k])
                            g_colours[i, last, c] += g_ink * light[k] * blend[k]
                            g_mix += g_ink * light[k] * (second - first)
                            g_tone += g_ink * base
                    grad = shade_grad(rows[i], x, y, w, g_alpha, g_mix, g_tone)
                    for j in range(len(grad)):
                        g_params[i, j] += grad[j]
                    through *= 1.0 - alpha[k]
    return loss


@njit(nogil=True, cache=True)
def bin_strokes(boxes: Any, scale: float, across: int, down: int) -> Any:
    """(starts [tile + 1], items): the strokes of each tile, in painting order."""
    side = TILE / scale
    counts = np.zeros(across * down + 1, np.int64)
    spans = np.empty((boxes.shape[0], 4), np.int64)
    for i in range(boxes.shape[0]):
        spans[i, 0] = max(int(np.floor(boxes[i, 0] / side)), 0)
        spans[i, 1] = max(int(np.floor(boxes[i, 1] / side)), 0)
        spans[i, 2] = min(int(np.floor(boxes[i, 2] / side)), across - 1)
        spans[i, 3] = min(int(np.floor(boxes[i, 3] / side)), down - 1)
        for ty in range(spans[i, 1], spans[i, 3] + 1):
            for tx in range(spans[i, 0], spans[i, 2] + 1):
                counts[ty * across + tx + 1] += 1
    starts = np.cumsum(counts)
    cursor = starts.copy()
    items = np.empty(starts[-1], np.int32)
    for i in range(boxes.shape[0]):
        for ty in range(spans[i, 1], spans[i, 3] + 1):
            for tx in range(spans[i, 0], spans[i, 2] + 1):
                tile = ty * across + tx
                items[cursor[tile]] = i
                cursor[tile] += 1
    return starts, items


# --- compiling ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kernels:
    """The loops, compiled around one brush."""

    prepare_all: Callable[..., None]
    draw: Callable[..., None]
    descend: Callable[..., float]
    row_size: int


@lru_cache
def kernels(brush: str) -> Kernels:
    """Compiled once a machine and kept in numba's cache beside the source."""
    module = load_brush(brush)
    width = len(module.prepare(np.zeros(len(module.BRUSH.params))))
    return Kernels(
        _around(prepare_all, module), _around(draw, module), _around(descend, module), width
    )


def _around(loop: Callable[..., Any], brush: ModuleType) -> Callable[..., Any]:
    """`loop` with the brush's functions in place of the stand-ins above, compiled.

    numba names its cache file after the function, so the name carries a hash of the brush's source.
    """
    functions = {name: getattr(brush, name) for name in ("prepare", "reach", "shade", "shade_grad")}
    folder = Path(__file__).parent / "brushes"
    sources = [folder / f"{brush.BRUSH.name}.py", folder / "_frame.py"]
    version = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
    assert isinstance(loop, FunctionType)
    copy = FunctionType(loop.__code__, {**loop.__globals__, **functions}, loop.__name__)
    copy.__qualname__ = f"{loop.__name__}_{brush.BRUSH.name}_{version}"
    copy.__module__ = loop.__module__
    compiled: Callable[..., Any] = njit(nogil=True, cache=True)(copy)
    return compiled


@lru_cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads(), thread_name_prefix="nftforge-paint")


def threads() -> int:
    """Threads to paint with: NFTFORGE_THREADS, else every core this process may use."""
    wanted = os.environ.get("NFTFORGE_THREADS", "")
    return int(wanted) if wanted.isdigit() and int(wanted) else len(os.sched_getaffinity(0))


# --- drawing ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Plan:
    """Strokes prepared and binned for one canvas size and edge softness."""

    rows: F64
    scale: float  # pixels in a canvas unit
    soft: float  # softness of edges, canvas units
    across: int  # tiles
    starts: NDArray[np.int64]
    items: NDArray[np.int32]
    bands: list[tuple[int, int]]  # tile ranges


def _plan(kernel: Kernels, params: F32 | F64, width: int, height: int, soft_px: float) -> _Plan:
    scale = float(max(width, height))
    rows = np.empty((len(params), kernel.row_size))
    boxes = np.empty((len(params), 4))
    kernel.prepare_all(params, soft_px / scale, rows, boxes)
    across, down = -(-width // TILE), -(-height // TILE)
    starts, items = bin_strokes(boxes, scale, across, down)
    edges = np.linspace(0, across * down, BANDS + 1).astype(int).tolist()
    bands = list(pairwise(edges))
    return _Plan(rows, scale, soft_px / scale, across, starts, items, bands)


def blank(strokes: Strokes, width: int, height: int) -> F32:
    """The empty canvas, float32 [h, w, 3], sRGB 0..1."""
    return np.broadcast_to(strokes.canvas, (height, width, 3)).astype(np.float32)


def paint_over(picture: F32, strokes: Strokes, soft_px: float = 1.0) -> None:
    """Paint all of `strokes` over `picture` (float32 [h, w, 3], changed in place)."""
    height, width, _ = picture.shape
    kernel = kernels(strokes.brush)
    plan = _plan(kernel, strokes.params, width, height, soft_px)

    def work(band: tuple[int, int]) -> None:
        kernel.draw(
            plan.rows, strokes.colours, plan.soft, plan.scale, plan.starts, plan.items, band,
            plan.across, picture,
        )  # fmt: skip

    list(_pool().map(work, plan.bands))


def render(strokes: Strokes, width: int, height: int) -> NDArray[np.uint8]:
    """The finished painting, uint8 [h, w, 3] sRGB. `Strokes.shape` gives fitting sides."""
    picture = blank(strokes, width, height)
    paint_over(picture, strokes)
    return to_bytes(picture)


def frames(
    strokes: Strokes, width: int, height: int, stops: Sequence[int]
) -> Iterator[NDArray[np.uint8]]:
    """The painting after each of the rising stroke counts in `stops`, uint8 [h, w, 3] each."""
    picture, done = blank(strokes, width, height), 0
    for stop in stops:
        new = strokes.prefix(stop)
        paint_over(picture, _from(new, done))
        done = stop
        yield to_bytes(picture)


def _from(strokes: Strokes, start: int) -> Strokes:
    return replace(strokes, params=strokes.params[start:], colours=strokes.colours[start:])


def to_bytes(picture: F32) -> NDArray[np.uint8]:
    """0..1 to 0..255, rounded."""
    return (picture * 255.0 + 0.5).clip(0, 255).astype(np.uint8)


# --- descending ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Slope:
    """A loss, its gradients, and the picture they were taken at."""

    loss: float
    params: F64  # [stroke, P]
    colours: F64  # [stroke, C, 3]
    picture: NDArray[Any]  # [h, w, 3], the dtype of the target


def loss_and_grad(
    brush: str,
    params: F32 | F64,
    colours: F32 | F64,
    target: NDArray[Any],
    weight: NDArray[Any],
    canvas: NDArray[Any],
    soft_px: float,
) -> Slope:
    """sum(weight * (painting - target)^2) and its gradients, on a canvas of the target's size.

    params [stroke, P], colours [stroke, C, 3], target [h, w, 3], weight [h, w], canvas [3].
    """
    kernel = kernels(brush)
    height, width, _ = target.shape
    plan = _plan(kernel, params, width, height, soft_px)
    picture = np.empty_like(target)
    g_params = np.zeros((BANDS, *params.shape))
    g_colours = np.zeros((BANDS, *colours.shape))

    def work(number: int) -> float:
        return kernel.descend(
            plan.rows, colours, plan.soft, plan.scale, plan.starts, plan.items, plan.bands[number],
            plan.across, target, weight, canvas, picture, g_params[number], g_colours[number],
        )  # fmt: skip

    losses = list(_pool().map(work, range(BANDS)))
    return Slope(sum(losses), g_params.sum(axis=0), g_colours.sum(axis=0), picture)
