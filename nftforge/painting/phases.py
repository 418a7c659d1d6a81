"""What happens in one tile when a painting and its gradients are computed: see `kernels.descend`.

    cover           from the top down: the fragments that show (a fragment: a stroke at a pixel)
    blend           from the bottom up: the picture, and what lay under each fragment
    compare         the loss, and its gradient at the pixels
    differentiate   from the top down: the gradients of what strokes are

Each is inlined into the loop by numba, not by LLVM, which may reorder sums (`FAST`) and would do so
otherwise in functions of their own. For the same reason a line that moves can change the last bits
of every painting.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from nftforge.painting.brushes._kit import FAST
from nftforge.painting.tiles import TILE, first_pixel, stop_pixel

HIDDEN = 2e-6  # what shows through less than this is not looked at
phase = njit(nogil=True, inline="always", fastmath=FAST, error_model="numpy")


def stand_in(*_: Any) -> Any:
    raise AssertionError("the brush's own function takes this place, see kernels.around")


prepare = reach = span = shade = shade_grad = add = stand_in


class Box(NamedTuple):
    """The pixels of a tile, the last ones excluded."""

    x0: int
    y0: int
    x1: int
    y1: int


class FragmentArrays(NamedTuple):
    """A fragment is a stroke at a pixel: where, what the brush says there, what lay under it."""

    x: Any  # [fragment], canvas units
    y: Any
    pixel: Any  # which one of the tile
    alpha: Any
    mix: Any
    tone: Any
    under: Any  # [fragment, 3]


class Runs(NamedTuple):
    """The strokes of a tile that show, from the top: each has a run of fragments."""

    stroke: Any  # [run]
    begin: Any  # [run + 1]


class PixelArrays(NamedTuple):
    """What the phases know of a tile's pixels, and of one stroke's fragments there."""

    spare: Any  # [pixel], what shows through all strokes so far but the most opaque one
    clearest: Any  # [pixel], what shows through that one
    through: Any  # [pixel], what shows through all strokes so far
    colour: Any  # [pixel, 3]
    gradient: Any  # [pixel, 3], of the loss
    g_alpha: Any  # [fragment of a stroke]
    g_mix: Any
    g_tone: Any


class Scratch(NamedTuple):
    """What a range of tiles is computed in, one tile after the other."""

    fragments: Any
    runs: Any
    pixels: Any


@phase
def scratch_for(strokes: int, depth: int, pixels: int) -> Any:
    """Room for a tile of `pixels` and so many strokes, `depth` of them at a pixel on average."""
    room = pixels * min(strokes, depth)
    return Scratch(
        FragmentArrays(
            np.empty(room), np.empty(room), np.empty(room, np.int32), np.empty(room),
            np.empty(room), np.empty(room), np.empty((room, 3)),
        ),
        Runs(np.empty(strokes, np.int64), np.empty(strokes + 1, np.int64)),
        PixelArrays(
            np.empty(pixels), np.empty(pixels), np.empty(pixels), np.empty((pixels, 3)),
            np.empty((pixels, 3)), np.empty(pixels), np.empty(pixels), np.empty(pixels),
        ),
    )  # fmt: skip


def cover(strokes: Any, tiling: Any, tile: int, box: Any, scratch: Any) -> int:
    """From the top down: which pixels each stroke covers, and how. Returns how many strokes."""
    scale, step, runs, fragments = tiling.scale, 1.0 / tiling.scale, scratch.runs, scratch.fragments
    spare, clearest = scratch.pixels.spare, scratch.pixels.clearest
    spare[:], clearest[:] = 1.0, 1.0
    met, end = 0, 0
    for at in range(tiling.starts[tile + 1] - 1, tiling.starts[tile] - 1, -1):
        if end + TILE * TILE > fragments.x.shape[0]:
            break
        i = tiling.items[at]
        row = prepare(strokes.params[i], tiling.soft)
        start, (_, ry) = end, reach(row)
        for py in range(
            first_pixel(box.y0, row[1] - ry, scale), stop_pixel(box.y1, row[1] + ry, scale)
        ):
            y = (py + 0.5) * step
            left, right = span(row, y)
            first = first_pixel(box.x0, left, scale)
            stop = stop_pixel(box.x1, right, scale)
            corner = (py - box.y0) * TILE - box.x0
            while first < stop and spare[corner + first] < HIDDEN:
                first += 1
            while first < stop and spare[corner + stop - 1] < HIDDEN:
                stop -= 1
            count = max(stop - first, 0)
            xs, ys, where = fragments.x[end:], fragments.y[end:], fragments.pixel[end:]
            for k in range(count):
                xs[k], ys[k] = (first + k + 0.5) * step, y
                where[k] = corner + first + k
            end += count
        if end == start:
            continue
        xs, ys = fragments.x[start:end], fragments.y[start:end]
        alphas, mixes, tones = (
            fragments.alpha[start:end], fragments.mix[start:end], fragments.tone[start:end]
        )  # fmt: skip
        for k in range(end - start):
            alpha, mix, tone = shade(row, strokes.tip, xs[k], ys[k])
            alphas[k], mixes[k], tones[k] = alpha, mix, tone
        for k in range(start, end):
            p, clear = fragments.pixel[k], 1.0 - fragments.alpha[k]
            spare[p] *= max(clear, clearest[p])
            clearest[p] = min(clear, clearest[p])
        runs.stroke[met], runs.begin[met] = i, start
        met += 1
    runs.begin[met] = end
    return met


@phase
def blend(colours: Any, canvas: Any, met: int, scratch: Any) -> None:
    """From the bottom up: the picture, and what lay under each fragment."""
    fragments, runs, here = scratch.fragments, scratch.runs, scratch.pixels.colour
    under, last = fragments.under, colours.shape[1] - 1
    here[:] = canvas
    for r in range(met - 1, -1, -1):
        i = runs.stroke[r]
        a0, a1, a2 = colours[i, 0, 0], colours[i, 0, 1], colours[i, 0, 2]
        d0, d1, d2 = (
            colours[i, last, 0] - a0, colours[i, last, 1] - a1, colours[i, last, 2] - a2
        )  # fmt: skip
        for k in range(runs.begin[r], runs.begin[r + 1]):
            p, alpha = fragments.pixel[k], fragments.alpha[k]
            mix, tone = fragments.mix[k], fragments.tone[k]
            h0, h1, h2 = here[p, 0], here[p, 1], here[p, 2]
            under[k, 0], under[k, 1], under[k, 2] = h0, h1, h2
            here[p, 0] = h0 + alpha * (min(max(tone * (a0 + mix * d0), 0.0), 1.0) - h0)
            here[p, 1] = h1 + alpha * (min(max(tone * (a1 + mix * d1), 0.0), 1.0) - h1)
            here[p, 2] = h2 + alpha * (min(max(tone * (a2 + mix * d2), 0.0), 1.0) - h2)


@phase
def compare(goal: Any, box: Any, scratch: Any, picture: Any, loss: float) -> float:
    """The loss, added to that of other tiles, and its gradient at the pixels."""
    here, gradient = scratch.pixels.colour, scratch.pixels.gradient
    for py in range(box.y0, box.y1):
        for px in range(box.x0, box.x1):
            p, much = (py - box.y0) * TILE + px - box.x0, goal.weight[py, px]
            for c in range(3):
                difference = here[p, c] - goal.target[py, px, c]
                picture[py, px, c] = here[p, c]
                gradient[p, c] = 2.0 * much * difference
                loss += much * difference * difference
    return loss


def differentiate(
    strokes: Any, soft: float, weight: Any, box: Any, met: int, scratch: Any, sums: Any
) -> None:
    """From the top down: the gradients of what strokes are, from those at the pixels."""
    fragments, runs, pixels = scratch.fragments, scratch.runs, scratch.pixels
    gradient, under = pixels.gradient, fragments.under
    colours, through = strokes.colours, pixels.through
    through[:], last = 1.0, colours.shape[1] - 1
    for r in range(met):
        i, start, count = runs.stroke[r], runs.begin[r], runs.begin[r + 1] - runs.begin[r]
        row = prepare(strokes.params[i], soft)
        a0, a1, a2 = colours[i, 0, 0], colours[i, 0, 1], colours[i, 0, 2]
        d0, d1, d2 = (
            colours[i, last, 0] - a0, colours[i, last, 1] - a1, colours[i, last, 2] - a2
        )  # fmt: skip
        f0, f1, f2, l0, l1, l2, gain = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for k in range(count):
            p, alpha = fragments.pixel[start + k], fragments.alpha[start + k]
            mix, tone = fragments.mix[start + k], fragments.tone[start + k]
            shows = through[p]
            b0, b1, b2 = a0 + mix * d0, a1 + mix * d1, a2 + mix * d2
            i0 = min(max(tone * b0, 0.0), 1.0)
            i1 = min(max(tone * b1, 0.0), 1.0)
            i2 = min(max(tone * b2, 0.0), 1.0)
            s0, s1, s2 = shows * gradient[p, 0], shows * gradient[p, 1], shows * gradient[p, 2]
            c0, c1, c2 = (
                i0 - under[start + k, 0], i1 - under[start + k, 1], i2 - under[start + k, 2]
            )  # fmt: skip
            g_ink = s0 * c0 + s1 * c1 + s2 * c2
            py = box.y0 + p // TILE
            change = shows * alpha
            gain += weight[py, box.x0 + p % TILE] * change * change * (c0 * c0 + c1 * c1 + c2 * c2)
            gain -= alpha * g_ink
            e0 = alpha * s0 if i0 == tone * b0 else 0.0
            e1 = alpha * s1 if i1 == tone * b1 else 0.0
            e2 = alpha * s2 if i2 == tone * b2 else 0.0
            z, q = tone * (1.0 - mix), tone * mix
            f0, f1, f2 = f0 + e0 * z, f1 + e1 * z, f2 + e2 * z
            l0, l1, l2 = l0 + e0 * q, l1 + e1 * q, l2 + e2 * q
            pixels.g_alpha[k] = g_ink
            pixels.g_mix[k] = tone * (e0 * d0 + e1 * d1 + e2 * d2)
            pixels.g_tone[k] = e0 * b0 + e1 * b1 + e2 * b2
            through[p] = shows * (1.0 - alpha)
        sums.gain[i] += gain
        sums.colours[i, 0, 0] += f0
        sums.colours[i, 0, 1] += f1
        sums.colours[i, 0, 2] += f2
        sums.colours[i, last, 0] += l0
        sums.colours[i, last, 1] += l1
        sums.colours[i, last, 2] += l2
        add_up(
            row,
            strokes.tip,
            fragments.x[start:],
            fragments.y[start:],
            count,
            pixels,
            sums.params[i],
        )


def add_up(row: Any, tip: Any, xs: Any, ys: Any, count: int, pixels: Any, total: Any) -> None:
    """Add the gradients of a stroke's parameters at `count` fragments to `total` [P]."""
    g_alpha, g_mix, g_tone = pixels.g_alpha, pixels.g_mix, pixels.g_tone
    sums = shade_grad(row, tip, xs[0], ys[0], g_alpha[0], g_mix[0], g_tone[0])
    for k in range(1, count):
        more = shade_grad(row, tip, xs[k], ys[k], g_alpha[k], g_mix[k], g_tone[k])
        sums = add(sums, more)
    for j in range(len(sums)):
        total[j] += sums[j]
