"""Strokes to pixels and back: fused compositing, forwards and backwards, in tiles.

A stroke covers what is under it: h' = alpha * colour + (1 - alpha) * h. Unusual:

- Nothing of size strokes x pixels exists. Strokes are binned into tiles, in painting order; a tile
  takes its strokes from the TOP down and skips pixels where nothing below could show (as in
  3D Gaussian splatting, but with no depth sort: the order is the painting's). What a stroke covers
  in a tile is a run of fragments: few, contiguous, and shaded by vector instructions.
- One pass gives the picture, the loss and every gradient. What a fragment covered is kept, so
  opaque strokes (alpha = 1) need no division by 1 - alpha.
- The loops below are written once and compiled around each brush (`_around`), so a brush costs no
  call. Threads share bands of tiles; every band adds up its own gradients and the bands are summed
  in order, so the result is the same to the bit whatever the number of threads.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from math import ceil, floor
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nftforge.painting.brushes import load_brush
from nftforge.painting.brushes._kit import FAST
from nftforge.painting.strokes import Strokes

TILE = 32  # pixels
BANDS = 16  # parts a canvas is divided into for threads; fixed, so sums never change
HIDDEN = 2e-6  # what shows through less than this is not looked at
DEPTH = 128  # strokes a pixel can see through, on average in a tile

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

NO_DATA = np.zeros(1)


# --- loops, compiled around each brush ----------------------------------------------------------


def _stand_in(*_: Any) -> Any:
    raise AssertionError("the brush's own function takes this place, see _around")


prepare = reach = span = shade = shade_grad = add = _stand_in


def boxes_of(params: Any, w: float, boxes: Any) -> None:
    """boxes [stroke, 4] as x0, y0, x1, y1 in canvas units."""
    for i in range(params.shape[0]):
        row = prepare(params[i], w)
        rx, ry = reach(row)
        boxes[i, 0], boxes[i, 1] = row[0] - rx, row[1] - ry
        boxes[i, 2], boxes[i, 3] = row[0] + rx, row[1] + ry


def draw(
    params: Any, colours: Any, data: Any, w: float, scale: float, starts: Any, items: Any,
    tiles: Any, across: int, picture: Any,
) -> None:  # fmt: skip
    """Blend the binned strokes over `picture` [h, w, 3], bottom to top."""
    height, width, _ = picture.shape
    alphas, mixes, tones = np.empty(TILE), np.empty(TILE), np.empty(TILE)
    step, last = 1.0 / scale, colours.shape[1] - 1
    for tile in range(tiles[0], tiles[1]):
        x0, y0 = (tile % across) * TILE, (tile // across) * TILE
        x1, y1 = min(x0 + TILE, width), min(y0 + TILE, height)
        for at in range(starts[tile], starts[tile + 1]):
            i = items[at]
            row = prepare(params[i], w)
            for py in range(y0, y1):
                y = (py + 0.5) * step
                left, right = span(row, y)
                first = max(x0, int(ceil(max(left, -1.0) * scale - 0.5)))
                count = min(x1, int(floor(min(right, 2.0) * scale - 0.5)) + 1) - first
                for k in range(count):
                    alpha, mix, tone = shade(row, data, (first + k + 0.5) * step, y)
                    alphas[k], mixes[k], tones[k] = alpha, mix, tone
                for k in range(count):
                    for c in range(3):
                        base = colours[i, 0, c] + mixes[k] * (colours[i, last, c] - colours[i, 0, c])
                        ink = min(max(tones[k] * base, 0.0), 1.0)
                        picture[py, first + k, c] += alphas[k] * (ink - picture[py, first + k, c])


def descend(
    params: Any, colours: Any, data: Any, w: float, scale: float, starts: Any, items: Any,
    tiles: Any, across: int, target: Any, weight: Any, canvas: Any, picture: Any,
    g_params: Any, g_colours: Any, worth: Any,
) -> float:  # fmt: skip
    """Draw `picture` and add up the gradients of sum(weight * (picture - target)^2).

    `worth` [stroke] gets how much larger that sum would be without each stroke.
    """
    height, width, _ = picture.shape
    step, last, loss = 1.0 / scale, colours.shape[1] - 1, 0.0
    most = starts[tiles[0] + 1] - starts[tiles[0]]
    for tile in range(tiles[0], tiles[1]):
        most = max(most, starts[tile + 1] - starts[tile])
    room = TILE * TILE * min(most, DEPTH)
    # one fragment: where it is, what the brush says there, what lay under it
    xs, ys, pixels = np.empty(room), np.empty(room), np.empty(room, np.int32)
    alphas, mixes, tones, under = np.empty(room), np.empty(room), np.empty(room), np.empty((room, 3))
    stroke, begin = np.empty(most, np.int64), np.empty(most + 1, np.int64)
    through, here, slope = np.empty(TILE * TILE), np.empty((TILE * TILE, 3)), np.empty((TILE * TILE, 3))
    spare, clearest = np.empty(TILE * TILE), np.empty(TILE * TILE)
    g_alpha, g_mix, g_tone = np.empty(TILE * TILE), np.empty(TILE * TILE), np.empty(TILE * TILE)
    for tile in range(tiles[0], tiles[1]):
        x0, y0 = (tile % across) * TILE, (tile // across) * TILE
        x1, y1 = min(x0 + TILE, width), min(y0 + TILE, height)

        # 1. from the top down: which pixels each stroke covers, and how
        spare[:], clearest[:] = 1.0, 1.0
        met, end = 0, 0
        for at in range(starts[tile + 1] - 1, starts[tile] - 1, -1):
            if end + TILE * TILE > room:
                break
            row = prepare(params[items[at]], w)
            start, (_, ry) = end, reach(row)
            top = max(y0, int(ceil(max(row[1] - ry, -1.0) * scale - 0.5)))
            bottom = min(y1, int(floor(min(row[1] + ry, 2.0) * scale - 0.5)) + 1)
            for py in range(top, bottom):
                y = (py + 0.5) * step
                left, right = span(row, y)
                first = max(x0, int(ceil(max(left, -1.0) * scale - 0.5)))
                stop = min(x1, int(floor(min(right, 2.0) * scale - 0.5)) + 1)
                corner = (py - y0) * TILE - x0
                while first < stop and spare[corner + first] < HIDDEN:
                    first += 1
                while first < stop and spare[corner + stop - 1] < HIDDEN:
                    stop -= 1
                count = max(stop - first, 0)
                xs_, ys_, pixels_ = xs[end:], ys[end:], pixels[end:]
                for k in range(count):
                    xs_[k], ys_[k] = (first + k + 0.5) * step, y
                    pixels_[k] = corner + first + k
                end += count
            if end == start:
                continue
            xs_, ys_, alphas_ = xs[start:end], ys[start:end], alphas[start:end]
            mixes_, tones_ = mixes[start:end], tones[start:end]
            for k in range(end - start):
                alpha, mix, tone = shade(row, data, xs_[k], ys_[k])
                alphas_[k], mixes_[k], tones_[k] = alpha, mix, tone
            for k in range(start, end):
                p, clear = pixels[k], 1.0 - alphas[k]
                spare[p] *= max(clear, clearest[p])
                clearest[p] = min(clear, clearest[p])
            stroke[met], begin[met] = items[at], start
            met += 1
        begin[met] = end

        # 2. from the bottom up: the picture, and what each fragment covers
        here[:] = canvas
        for r in range(met - 1, -1, -1):
            i = stroke[r]
            a0, a1, a2 = colours[i, 0, 0], colours[i, 0, 1], colours[i, 0, 2]
            d0, d1, d2 = colours[i, last, 0] - a0, colours[i, last, 1] - a1, colours[i, last, 2] - a2
            for k in range(begin[r], begin[r + 1]):
                p, alpha, mix, tone = pixels[k], alphas[k], mixes[k], tones[k]
                h0, h1, h2 = here[p, 0], here[p, 1], here[p, 2]
                under[k, 0], under[k, 1], under[k, 2] = h0, h1, h2
                here[p, 0] = h0 + alpha * (min(max(tone * (a0 + mix * d0), 0.0), 1.0) - h0)
                here[p, 1] = h1 + alpha * (min(max(tone * (a1 + mix * d1), 0.0), 1.0) - h1)
                here[p, 2] = h2 + alpha * (min(max(tone * (a2 + mix * d2), 0.0), 1.0) - h2)

        # 3. the loss and its slope
        for py in range(y0, y1):
            for px in range(x0, x1):
                p, much = (py - y0) * TILE + px - x0, weight[py, px]
                for c in range(3):
                    difference = here[p, c] - target[py, px, c]
                    picture[py, px, c] = here[p, c]
                    slope[p, c] = 2.0 * much * difference
                    loss += much * difference * difference

        # 4. from the top down: the gradients
        through[:] = 1.0
        for r in range(met):
            i, start, count = stroke[r], begin[r], begin[r + 1] - begin[r]
            row = prepare(params[i], w)
            a0, a1, a2 = colours[i, 0, 0], colours[i, 0, 1], colours[i, 0, 2]
            d0, d1, d2 = colours[i, last, 0] - a0, colours[i, last, 1] - a1, colours[i, last, 2] - a2
            f0, f1, f2, l0, l1, l2, gain = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
            for k in range(count):
                p, alpha, mix, tone = (
                    pixels[start + k], alphas[start + k], mixes[start + k], tones[start + k]
                )  # fmt: skip
                shows = through[p]
                b0, b1, b2 = a0 + mix * d0, a1 + mix * d1, a2 + mix * d2
                i0 = min(max(tone * b0, 0.0), 1.0)
                i1 = min(max(tone * b1, 0.0), 1.0)
                i2 = min(max(tone * b2, 0.0), 1.0)
                s0, s1, s2 = shows * slope[p, 0], shows * slope[p, 1], shows * slope[p, 2]
                c0, c1, c2 = i0 - under[start + k, 0], i1 - under[start + k, 1], i2 - under[start + k, 2]
                g_ink = s0 * c0 + s1 * c1 + s2 * c2
                py = y0 + p // TILE
                change = shows * alpha
                gain += weight[py, x0 + p % TILE] * change * change * (c0 * c0 + c1 * c1 + c2 * c2)
                gain -= alpha * g_ink
                e0 = alpha * s0 if i0 == tone * b0 else 0.0
                e1 = alpha * s1 if i1 == tone * b1 else 0.0
                e2 = alpha * s2 if i2 == tone * b2 else 0.0
                z, q = tone * (1.0 - mix), tone * mix
                f0, f1, f2 = f0 + e0 * z, f1 + e1 * z, f2 + e2 * z
                l0, l1, l2 = l0 + e0 * q, l1 + e1 * q, l2 + e2 * q
                g_alpha[k] = g_ink
                g_mix[k] = tone * (e0 * d0 + e1 * d1 + e2 * d2)
                g_tone[k] = e0 * b0 + e1 * b1 + e2 * b2
                through[p] = shows * (1.0 - alpha)
            worth[i] += gain
            g_colours[i, 0, 0] += f0
            g_colours[i, 0, 1] += f1
            g_colours[i, 0, 2] += f2
            g_colours[i, last, 0] += l0
            g_colours[i, last, 1] += l1
            g_colours[i, last, 2] += l2
            xs_, ys_ = xs[start:], ys[start:]
            sums = shade_grad(row, data, xs_[0], ys_[0], g_alpha[0], g_mix[0], g_tone[0])
            for k in range(1, count):
                more = shade_grad(row, data, xs_[k], ys_[k], g_alpha[k], g_mix[k], g_tone[k])
                sums = add(sums, more)
            for j in range(len(sums)):
                g_params[i, j] += sums[j]
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


BRUSH_FUNCTIONS = ("prepare", "reach", "span", "shade", "shade_grad", "add")


@dataclass(frozen=True)
class Kernels:
    """The loops, compiled around one brush."""

    boxes_of: Callable[..., None]
    draw: Callable[..., None]
    descend: Callable[..., float]


@lru_cache
def kernels(brush: str) -> Kernels:
    """Compiled once a machine and kept in numba's cache beside the source."""
    module = load_brush(brush)
    return Kernels(*(_around(loop, module) for loop in (boxes_of, draw, descend)))


def _around(loop: Callable[..., Any], brush: ModuleType) -> Callable[..., Any]:
    """`loop` with the brush's functions in place of the stand-ins above, compiled.

    numba names its cache file after the function, so the name carries a hash of the brush's source.
    """
    functions = {name: getattr(brush, name) for name in BRUSH_FUNCTIONS}
    folder = Path(__file__).parent / "brushes"
    sources = [folder / f"{brush.BRUSH.name}.py", *sorted(folder.glob("_*.py"))]
    version = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
    assert isinstance(loop, FunctionType)
    copy = FunctionType(loop.__code__, {**loop.__globals__, **functions}, loop.__name__)
    copy.__qualname__ = f"{loop.__name__}_{brush.BRUSH.name}_{version}"
    copy.__module__ = loop.__module__
    options = {"nogil": True, "cache": True, "fastmath": FAST, "error_model": "numpy"}
    compiled: Callable[..., Any] = njit(**options)(copy)
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
    """Strokes binned for one canvas size and edge softness."""

    scale: float  # pixels in a canvas unit
    soft: float  # softness of edges, canvas units
    across: int  # tiles
    starts: NDArray[np.int64]
    items: NDArray[np.int32]
    bands: list[tuple[int, int]]  # tile ranges


def _plan(kernel: Kernels, params: F64, width: int, height: int, soft_px: float) -> _Plan:
    scale = float(max(width, height))
    boxes = np.empty((len(params), 4))
    kernel.boxes_of(params, soft_px / scale, boxes)
    across, down = -(-width // TILE), -(-height // TILE)
    starts, items = bin_strokes(boxes, scale, across, down)
    edges = np.linspace(0, across * down, min(BANDS, across * down) + 1).astype(int).tolist()
    return _Plan(scale, soft_px / scale, across, starts, items, list(pairwise(edges)))


def blank(strokes: Strokes, width: int, height: int) -> F32:
    """The empty canvas, float32 [h, w, 3], sRGB 0..1."""
    return np.broadcast_to(strokes.canvas, (height, width, 3)).astype(np.float32)


def paint_over(picture: F32, strokes: Strokes, soft_px: float = 1.0) -> None:
    """Paint all of `strokes` over `picture` (float32 [h, w, 3], changed in place)."""
    height, width, _ = picture.shape
    kernel = kernels(strokes.brush)
    params, colours = strokes.params.astype(np.float64), strokes.colours.astype(np.float64)
    plan = _plan(kernel, params, width, height, soft_px)

    def work(band: tuple[int, int]) -> None:
        kernel.draw(
            params, colours, NO_DATA, plan.soft, plan.scale, plan.starts, plan.items, band,
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
    worth: F64  # [stroke], how much larger the loss would be without it
    picture: F64  # [h, w, 3]


def loss_and_grad(
    brush: str,
    params: F64,
    colours: F64,
    data: F64,
    target: F64,
    weight: F64,
    canvas: F64,
    soft_px: float,
) -> Slope:
    """sum(weight * (painting - target)^2) and its gradients, on a canvas of the target's size.

    params [stroke, P], colours [stroke, C, 3], target [h, w, 3], weight [h, w], canvas [3].
    """
    kernel = kernels(brush)
    height, width, _ = target.shape
    plan = _plan(kernel, params, width, height, soft_px)
    picture = np.empty_like(target)
    bands = len(plan.bands)
    g_params = np.zeros((bands, *params.shape))
    g_colours = np.zeros((bands, *colours.shape))
    worth = np.zeros((bands, len(params)))

    def work(n: int) -> float:
        return kernel.descend(
            params, colours, data, plan.soft, plan.scale, plan.starts, plan.items, plan.bands[n],
            plan.across, target, weight, canvas, picture, g_params[n], g_colours[n], worth[n],
        )  # fmt: skip

    losses = list(_pool().map(work, range(bands)))
    return Slope(
        sum(losses), g_params.sum(axis=0), g_colours.sum(axis=0), worth.sum(axis=0), picture
    )
