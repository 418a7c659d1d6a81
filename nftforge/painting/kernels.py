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
from math import ceil, floor
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
from numba import njit

from nftforge.painting.brushes import load_brush
from nftforge.painting.brushes._kit import FAST, compiled

TILE = 32  # pixels
HIDDEN = 2e-6  # what shows through less than this is not looked at
DEPTH = 128  # strokes a pixel can see through, on average in a tile


def stand_in(*_: Any) -> Any:
    raise AssertionError("the brush's own function takes this place, see around")


prepare = reach = span = shade = shade_grad = add = stand_in


@compiled
def first_pixel(least: int, edge: float, scale: float) -> int:
    """The first pixel (or cell) whose middle is right of `edge`, a canvas coordinate."""
    return max(least, ceil(max(edge, -1.0) * scale - 0.5))


@compiled
def stop_pixel(most: int, edge: float, scale: float) -> int:
    """One past the last pixel whose middle is left of `edge`."""
    return min(most, floor(min(edge, 2.0) * scale - 0.5) + 1)


def boxes_of(params: Any, w: float, boxes: Any) -> None:
    """boxes [stroke, 4] as x0, y0, x1, y1 in canvas units."""
    for i in range(params.shape[0]):
        row = prepare(params[i], w)
        rx, ry = reach(row)
        boxes[i, 0], boxes[i, 1] = row[0] - rx, row[1] - ry
        boxes[i, 2], boxes[i, 3] = row[0] + rx, row[1] + ry


def draw(
    params: Any, colours: Any, data: Any, w: float, scale: float, starts: Any, items: Any,
    tiles: Any, across: int, top: int, picture: Any,
) -> None:  # fmt: skip
    """Blend the binned strokes over `picture` [h, w, 3], bottom to top.

    It holds the rows of the canvas from `top` on, and must hold all those of `tiles`.
    """
    height, width, _ = picture.shape
    alphas, mixes, tones = np.empty(TILE), np.empty(TILE), np.empty(TILE)
    step, last = 1.0 / scale, colours.shape[1] - 1
    for tile in range(tiles[0], tiles[1]):
        x0, y0 = (tile % across) * TILE, (tile // across) * TILE
        x1, y1 = min(x0 + TILE, width), min(y0 + TILE, top + height)
        for at in range(starts[tile], starts[tile + 1]):
            i = items[at]
            row = prepare(params[i], w)
            for py in range(y0, y1):
                y, to = (py + 0.5) * step, py - top
                left, right = span(row, y)
                first = first_pixel(x0, left, scale)
                count = stop_pixel(x1, right, scale) - first
                for k in range(count):
                    alpha, mix, tone = shade(row, data, (first + k + 0.5) * step, y)
                    alphas[k], mixes[k], tones[k] = alpha, mix, tone
                for k in range(count):
                    for c in range(3):
                        base = colours[i, 0, c] + mixes[k] * (
                            colours[i, last, c] - colours[i, 0, c]
                        )
                        ink = min(max(tones[k] * base, 0.0), 1.0)
                        picture[to, first + k, c] += alphas[k] * (ink - picture[to, first + k, c])


def descend(
    params: Any, colours: Any, data: Any, w: float, scale: float, starts: Any, items: Any,
    tiles: Any, across: int, target: Any, weight: Any, canvas: Any, picture: Any,
    g_params: Any, g_colours: Any, gain: Any,
) -> float:  # fmt: skip
    """Draw `picture` and add up the gradients of sum(weight * (picture - target)^2).

    `gain` [stroke] gets how much larger that sum would be without each stroke.
    """
    height, width, _ = picture.shape
    step, last, loss = 1.0 / scale, colours.shape[1] - 1, 0.0
    most = starts[tiles[0] + 1] - starts[tiles[0]]
    for tile in range(tiles[0], tiles[1]):
        most = max(most, starts[tile + 1] - starts[tile])
    room = TILE * TILE * min(most, DEPTH)
    # one fragment: where it is, what the brush says there, what lay under it
    xs, ys, pixels = np.empty(room), np.empty(room), np.empty(room, np.int32)
    alphas, mixes, tones, under = (
        np.empty(room),
        np.empty(room),
        np.empty(room),
        np.empty((room, 3)),
    )
    stroke, begin = np.empty(most, np.int64), np.empty(most + 1, np.int64)
    through, here, slope = (
        np.empty(TILE * TILE),
        np.empty((TILE * TILE, 3)),
        np.empty((TILE * TILE, 3)),
    )
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
            top = first_pixel(y0, row[1] - ry, scale)
            bottom = stop_pixel(y1, row[1] + ry, scale)
            for py in range(top, bottom):
                y = (py + 0.5) * step
                left, right = span(row, y)
                first = first_pixel(x0, left, scale)
                stop = stop_pixel(x1, right, scale)
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
            d0, d1, d2 = (
                colours[i, last, 0] - a0,
                colours[i, last, 1] - a1,
                colours[i, last, 2] - a2,
            )
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
            d0, d1, d2 = (
                colours[i, last, 0] - a0,
                colours[i, last, 1] - a1,
                colours[i, last, 2] - a2,
            )
            f0, f1, f2, l0, l1, l2, more = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
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
                c0, c1, c2 = (
                    i0 - under[start + k, 0],
                    i1 - under[start + k, 1],
                    i2 - under[start + k, 2],
                )
                g_ink = s0 * c0 + s1 * c1 + s2 * c2
                py = y0 + p // TILE
                change = shows * alpha
                more += weight[py, x0 + p % TILE] * change * change * (c0 * c0 + c1 * c1 + c2 * c2)
                more -= alpha * g_ink
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
            gain[i] += more
            g_colours[i, 0, 0] += f0
            g_colours[i, 0, 1] += f1
            g_colours[i, 0, 2] += f2
            g_colours[i, last, 0] += l0
            g_colours[i, last, 1] += l1
            g_colours[i, last, 2] += l2
            xs_, ys_ = xs[start:], ys[start:]
            sums = shade_grad(row, data, xs_[0], ys_[0], g_alpha[0], g_mix[0], g_tone[0])
            for k in range(1, count):
                others = shade_grad(row, data, xs_[k], ys_[k], g_alpha[k], g_mix[k], g_tone[k])
                sums = add(sums, others)
            for j in range(len(sums)):
                g_params[i, j] += sums[j]
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


@njit(nogil=True, cache=True)
def bin_strokes(boxes: Any, side: float, across: int, down: int) -> Any:
    """(starts [tile + 1], items, spans): the strokes of each tile, in painting order.

    Tiles measure `side` canvas units; spans [stroke, 4] are the first and last tile of each stroke
    across and down.
    """
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
    return starts, items, spans


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
    loops = (boxes_of, draw, descend, overlaps)
    return Kernels(*(compile_(around(loop, module)) for loop in loops))


def around(loop: Callable[..., Any], brush: ModuleType) -> FunctionType:
    """`loop` with the brush's functions in place of its stand-ins, to be compiled.

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
    return copy
