"""`canvas`'s descent on an NVIDIA GPU: the same brushes, compiled by numba for CUDA.

A block is a tile, a thread a pixel. Unlike the CPU's kernel this one keeps no fragments:

    down   from the top stroke to the lowest that shows: the colour, and after every CHUNK strokes
           how much still shows through (a mark)
    up     chunk by chunk from the lowest: shade the chunk again from its mark, then walk it upwards
           with the colour underneath at hand, so alpha = 1 needs no division by 1 - alpha

Sums are never atomic: a tile adds up its pixels in a fixed order and a second kernel adds up the
tiles of each stroke, so the same strokes come out every time. Everything is float64, as on the CPU.
Placing strokes and Adam stay on the CPU. Chosen by NFTFORGE_DEVICE=cuda; needs the extra `gpu`: the
CUDA target inside numba 0.68 is retired and cannot compile min and max any more.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

import numba
import numba.cuda
import numpy as np
from numba import float64, int32

from nftforge.core.errors import MissingError
from nftforge.painting.brushes import load_brush
from nftforge.painting.canvas import Descent, Gradients, binned
from nftforge.painting.kernels import around
from nftforge.painting.phases import HIDDEN, stand_in
from nftforge.painting.pictures import F64, View

cuda: Any = numba.cuda  # it has no types
F = TypeVar("F", bound=Callable[..., Any])

SIDE = 16  # pixels of a tile
PIXELS = SIDE * SIDE
CHUNK = 16  # strokes shaded again at a time
MARKS = 256  # chunks of a tile at most; what lies under 4,096 strokes is not looked at
PARAMS = 10  # most parameters a brush may have
VALUES = PARAMS + 7  # their gradients, those of two colours, the gain
LANES = 8  # threads that add up one value

prepare = span = shade = shade_grad = stand_in


def device(function: F) -> F:
    """`function` compiled as a part of a kernel. Barriers are the kernel's own."""
    return cast(F, cuda.jit(device=True)(function))


def walk(
    params: Any, colours: Any, data: Any, w: float, scale: float, starts: Any, items: Any,
    across: int, target: Any, weight: Any, canvas: Any, marks: Any, picture: Any, sums: Any,
    losses: Any,
) -> None:  # fmt: skip
    """One tile: its `picture`, its part of the loss, and `sums` [item, VALUES] of its strokes."""
    tile, thread = cuda.blockIdx.x, cuda.threadIdx.x
    px, py = (tile % across) * SIDE + thread % SIDE, (tile // across) * SIDE + thread // SIDE
    height, width = target.shape[0], target.shape[1]
    inside = px < width and py < height
    x, y = (px + 0.5) / scale, (py + 0.5) / scale
    first, stop = starts[tile], starts[tile + 1]
    values = cuda.shared.array((VALUES, PIXELS), float64)
    lanes = cuda.shared.array((VALUES, LANES), float64)
    shows = cuda.local.array(CHUNK, float64)
    alphas = cuda.local.array(CHUNK, float64)
    mixes = cuda.local.array(CHUNK, float64)
    tones = cuda.local.array(CHUNK, float64)

    # down
    through, spare, clearest = 1.0, (1.0 if inside else 0.0), 1.0
    c0, c1, c2 = 0.0, 0.0, 0.0
    low, chunks = stop, 0
    while low > first and chunks < marks.shape[1]:
        if cuda.syncthreads_count(int32(spare >= HIDDEN)) == 0:
            break
        marks[tile, chunks, thread] = through
        high, low, chunks = low, max(first, low - CHUNK), chunks + 1
        through, spare, clearest, c0, c1, c2 = look_down(
            params, colours, data, w, items, high, low, inside, x, y,
            (through, spare, clearest, c0, c1, c2),
        )  # fmt: skip
    if inside:
        picture[py, px, 0] = c0 + through * canvas[0]
        picture[py, px, 1] = c1 + through * canvas[1]
        picture[py, px, 2] = c2 + through * canvas[2]
    much, loss, s0, s1, s2 = compare(picture, target, weight, inside, px, py)
    values[0, thread] = loss
    cuda.syncthreads()
    if thread == 0:
        losses[tile] = strided_sum(values, 0, 0, 1)
    for k in range(first * VALUES + thread, low * VALUES, PIXELS):
        sums[k // VALUES, k % VALUES] = 0.0

    # up
    u0, u1, u2 = canvas[0], canvas[1], canvas[2]
    for chunk in range(chunks - 1, -1, -1):
        high = stop - chunk * CHUNK
        low = max(first, high - CHUNK)
        through = marks[tile, chunk, thread]
        shade_again(
            params, data, w, items, high, low, inside, x, y, through, shows, alphas, mixes, tones
        )
        for k in range(low, high):
            i, n = items[k], k - low
            row = prepare(params[i], w)
            left, right = span(row, y)
            met = inside and left <= x <= right
            if cuda.syncthreads_count(int32(met)) == 0:
                if thread < VALUES:
                    sums[k, thread] = 0.0
                continue
            for v in range(VALUES):
                values[v, thread] = 0.0
            if met:
                t0, t1, t2 = shows[n] * s0, shows[n] * s1, shows[n] * s2
                g_alpha, g_mix, g_tone, u0, u1, u2 = differentiate(
                    colours, i, shows[n], alphas[n], mixes[n], tones[n], much, (t0, t1, t2),
                    (u0, u1, u2), values, thread,
                )  # fmt: skip
                grads = shade_grad(row, data, x, y, g_alpha, g_mix, g_tone)
                for v in range(len(grads)):
                    values[v, thread] = grads[v]
            cuda.syncthreads()
            if thread < VALUES * LANES:
                value, lane = thread // LANES, thread % LANES
                lanes[value, lane] = strided_sum(values, value, lane, LANES)
            cuda.syncthreads()
            if thread < VALUES:
                total = 0.0
                for j in range(LANES):
                    total += lanes[thread, j]
                sums[k, thread] = total


# --- the phases of `walk`, for one pixel; the barriers between them are in `walk` itself ----------


@device
def ink(start: float, end: float, mix: float, tone: float) -> float:
    return min(max(tone * (start + mix * (end - start)), 0.0), 1.0)


def look_down(
    params: Any, colours: Any, data: Any, w: float, items: Any, high: int, low: int, inside: bool,
    x: float, y: float, seen: Any,
) -> Any:  # fmt: skip
    """(through, spare, clearest, colour) after the strokes of a chunk, given those before it.

    spare is what shows through all strokes so far but the most opaque, clearest through that one.
    """
    through, spare, clearest, c0, c1, c2 = seen
    last = colours.shape[1] - 1
    for k in range(high - 1, low - 1, -1):
        i = items[k]
        row = prepare(params[i], w)
        left, right = span(row, y)
        if inside and left <= x <= right:
            alpha, mix, tone = shade(row, data, x, y)
            much = through * alpha
            c0 += much * ink(colours[i, 0, 0], colours[i, last, 0], mix, tone)
            c1 += much * ink(colours[i, 0, 1], colours[i, last, 1], mix, tone)
            c2 += much * ink(colours[i, 0, 2], colours[i, last, 2], mix, tone)
            through *= 1.0 - alpha
            spare *= max(1.0 - alpha, clearest)
            clearest = min(1.0 - alpha, clearest)
    return through, spare, clearest, c0, c1, c2


@device
def compare(picture: Any, target: Any, weight: Any, inside: bool, px: int, py: int) -> Any:
    """(weight, loss, its gradient by the three channels) of a pixel; all 0 outside the picture."""
    if not inside:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    much = weight[py, px]
    s0 = picture[py, px, 0] - target[py, px, 0]
    s1 = picture[py, px, 1] - target[py, px, 1]
    s2 = picture[py, px, 2] - target[py, px, 2]
    loss = much * (s0 * s0 + s1 * s1 + s2 * s2)
    return much, loss, 2.0 * much * s0, 2.0 * much * s1, 2.0 * much * s2


def shade_again(
    params: Any, data: Any, w: float, items: Any, high: int, low: int, inside: bool, x: float,
    y: float, through: float, shows: Any, alphas: Any, mixes: Any, tones: Any,
) -> None:  # fmt: skip
    """What the strokes of a chunk are at a pixel, and how much of each shows."""
    for k in range(high - 1, low - 1, -1):
        row = prepare(params[items[k]], w)
        left, right = span(row, y)
        alpha, mix, tone = 0.0, 0.0, 0.0
        if inside and left <= x <= right:
            alpha, mix, tone = shade(row, data, x, y)
        shows[k - low], alphas[k - low] = through, alpha
        mixes[k - low], tones[k - low] = mix, tone
        through *= 1.0 - alpha


@device
def differentiate(
    colours: Any, i: int, shows: float, alpha: float, mix: float, tone: float, much: float,
    slopes: Any, under: Any, values: Any, thread: int,
) -> Any:  # fmt: skip
    """Gradients at one pixel of stroke `i`: those of its colours and its gain go to `values`.

    slopes: of the loss by the stroke's three channels; under: the colour below it. Returns those of
    alpha, mix and tone, and the colour above the stroke.
    """
    (t0, t1, t2), (u0, u1, u2), last = slopes, under, colours.shape[1] - 1
    a0, a1, a2 = colours[i, 0, 0], colours[i, 0, 1], colours[i, 0, 2]
    d0, d1, d2 = (
        colours[i, last, 0] - a0, colours[i, last, 1] - a1, colours[i, last, 2] - a2
    )  # fmt: skip
    b0, b1, b2 = a0 + mix * d0, a1 + mix * d1, a2 + mix * d2
    i0 = min(max(tone * b0, 0.0), 1.0)
    i1 = min(max(tone * b1, 0.0), 1.0)
    i2 = min(max(tone * b2, 0.0), 1.0)
    e0 = alpha * t0 if i0 == tone * b0 else 0.0
    e1 = alpha * t1 if i1 == tone * b1 else 0.0
    e2 = alpha * t2 if i2 == tone * b2 else 0.0
    g_alpha = t0 * (i0 - u0) + t1 * (i1 - u1) + t2 * (i2 - u2)
    g_mix = tone * (e0 * d0 + e1 * d1 + e2 * d2)
    g_tone = e0 * b0 + e1 * b1 + e2 * b2
    z, q, change = tone * (1.0 - mix), tone * mix, shows * alpha
    values[PARAMS, thread] = e0 * z
    values[PARAMS + 1, thread] = e1 * z
    values[PARAMS + 2, thread] = e2 * z
    values[PARAMS + 3, thread] = e0 * q
    values[PARAMS + 4, thread] = e1 * q
    values[PARAMS + 5, thread] = e2 * q
    far = (i0 - u0) * (i0 - u0) + (i1 - u1) * (i1 - u1) + (i2 - u2) * (i2 - u2)
    values[PARAMS + 6, thread] = much * change * change * far - alpha * g_alpha
    u0, u1, u2 = u0 + alpha * (i0 - u0), u1 + alpha * (i1 - u1), u2 + alpha * (i2 - u2)
    return g_alpha, g_mix, g_tone, u0, u1, u2


@device
def strided_sum(values: Any, value: int, first: int, step: int) -> float:
    """One of `values` [value, pixel] added up over every `step`th pixel of a tile."""
    total = 0.0
    for j in range(first, PIXELS, step):
        total += values[value, j]
    return total


def gather(spans: Any, starts: Any, items: Any, across: int, sums: Any, totals: Any) -> None:
    """totals [stroke, VALUES]: a stroke's sums over all the tiles it lies in."""
    at = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
    i, value, total = at // VALUES, at % VALUES, 0.0
    if i >= spans.shape[0]:
        return
    for ty in range(spans[i, 1], spans[i, 3] + 1):
        for tx in range(spans[i, 0], spans[i, 2] + 1):
            low, high = starts[ty * across + tx], starts[ty * across + tx + 1]
            while low < high:  # the strokes of a tile are in painting order
                middle = (low + high) // 2
                if items[middle] < i:
                    low = middle + 1
                else:
                    high = middle
            total += sums[low, value]
    totals[i, value] = total


@lru_cache
def _kernels(brush: str) -> tuple[Any, Any]:
    """`walk` compiled around a brush, and `gather`."""
    module = load_brush(brush)
    phases = {f.__name__: device(around(f, module)) for f in (look_down, shade_again)}
    return cuda.jit(around(walk, module, **phases)), cuda.jit(gather)


def descent(brush: str, data: F64) -> Descent:
    """`canvas.descent` on the GPU. Raises MissingError if there is none, or no compiler for it."""
    if not cuda.is_available():
        raise MissingError(
            "no CUDA device answers", hint="unset NFTFORGE_DEVICE to paint on the processor"
        )
    if cuda.implementation == "Built-in" and not os.environ.get("NUMBA_ENABLE_CUDASIM"):
        raise MissingError("numba-cuda is not installed", hint="pip install 'nftforge[gpu]'")
    walk_, gather_ = _kernels(brush)
    stream = cuda.stream()
    on_device: WeakKeyDictionary[View, list[Any]] = WeakKeyDictionary()
    tip = cuda.to_device(data, stream)

    def descend(params: F64, colours: F64, view: View, soft_px: float) -> Gradients:
        if view not in on_device:
            arrays = (view.target, view.weight, view.canvas)
            on_device[view] = [cuda.to_device(np.ascontiguousarray(a), stream) for a in arrays]
        height, width, _ = view.target.shape
        tiling = binned(brush, params, width, height, soft_px, SIDE)
        tiles = tiling.across * tiling.down
        most = int(np.diff(tiling.starts).max(initial=0))
        starts, items, spans, params_, colours_ = (
            cuda.to_device(np.ascontiguousarray(array), stream)
            for array in (tiling.starts, tiling.items, tiling.spans, params, colours)
        )
        marks = cuda.device_array(
            (tiles, min(MARKS, max(1, math.ceil(most / CHUNK))), PIXELS), stream=stream
        )
        picture = cuda.device_array(view.target.shape, stream=stream)
        sums = cuda.device_array((max(1, len(tiling.items)), VALUES), stream=stream)
        losses = cuda.device_array(tiles, stream=stream)
        totals = cuda.device_array((len(params), VALUES), stream=stream)
        target, weight, canvas = on_device[view]
        walk_[tiles, PIXELS, stream](
            params_, colours_, tip, tiling.soft, tiling.scale, starts, items, tiling.across,
            target, weight, canvas, marks, picture, sums, losses,
        )  # fmt: skip
        gather_[math.ceil(len(params) * VALUES / PIXELS), PIXELS, stream](
            spans, starts, items, tiling.across, sums, totals
        )
        loss, gradients = losses.copy_to_host(stream=stream), totals.copy_to_host(stream=stream)
        stream.synchronize()

        def fetch() -> F64:
            return np.asarray(picture.copy_to_host())

        two = gradients[:, PARAMS : PARAMS + 6].reshape(-1, 2, 3)
        g_colours = two if colours.shape[1] == 2 else two.sum(axis=1, keepdims=True)
        return Gradients(
            float(loss.sum()), gradients[:, : params.shape[1]].copy(), g_colours.copy(),
            gradients[:, PARAMS + 6].copy(), fetch,
        )  # fmt: skip

    return descend
