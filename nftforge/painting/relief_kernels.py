"""The loops that lay paint: strokes to colour and height, and how much of what was there shows.

Unlike `kernels.draw`, `lay` works from the top down and skips pixels where nothing below could
show: a stroke is shaded twice, and what the second shading costs is saved where paint hides paint.
What a lamp makes of it is in `light_kernels`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from nftforge.painting.brushes import load_brush
from nftforge.painting.brushes._kit import FAST, compiled
from nftforge.painting.kernels import around
from nftforge.painting.phases import stand_in
from nftforge.painting.tiles import TILE, first_pixel, stop_pixel

HIDDEN = 1e-4  # what shows through less than this is not looked at: a hundredth of a step of 8 bits
WIDTH = 3  # where every brush has its half width

prepare = reach = span = shade = stand_in


class Body(NamedTuple):
    """How thick the paint of a brush lies. Lengths are canvas units.

    A stroke with half width b is `thick * b / (b + half)` thick; of that, `body` all over, `ridge`
    along bristles and `pile` at its rim. Towards its tail it has `dry` less body and more ridge.
    Paint falls off at the edge over `part` of b, at least `low`, at most `high`.
    """

    thick: float
    half: float
    body: float
    ridge: float
    pile: float
    dry: float
    part: float
    low: float
    high: float
    tone: float  # what the brush's own tone changes by: (tone - 1) / this is its bristles


class Layers(NamedTuple):
    """Paint as it lies, some rows of a canvas; float32."""

    colour: Any  # [3, h, w] sRGB
    height: Any  # [h, w] canvas units; of pooled pigment: 0..1
    clear: Any  # [h, w], how much of the canvas shows


# --- laying paint -------------------------------------------------------------------------------


@compiled
def shoulder(half_width: float, body: Any, soft: float) -> float:
    """Over which length a stroke's paint falls off; never sharper than its colour."""
    return float(max(min(max(body.part * half_width, body.low), body.high), soft))


def shoulders(params: Any, body: Any, soft: float, boxes: Any) -> None:
    """boxes [stroke, 4] of what strokes change, colour or height, as x0, y0, x1, y1."""
    for i in range(params.shape[0]):
        row = prepare(params[i], shoulder(params[i, WIDTH], body, soft))
        rx, ry = reach(row)
        boxes[i, 0], boxes[i, 1] = row[0] - rx, row[1] - ry
        boxes[i, 2], boxes[i, 3] = row[0] + rx, row[1] + ry


def lay(
    strokes: Any, opacities: Any, body: Any, tiling: Any, tiles: Any, top: int, layers: Any
) -> None:
    """Paint `strokes` over `layers`, which hold the rows of the canvas from `top` on.

    A stroke's height replaces what lies under it as far as it covers it: h += opacity^1.5 * cover *
    (stroke - h). So what is buried leaves no trace. Paint without thickness is shaded once.
    """
    height, width = layers.height.shape
    colours, scale, step = strokes.colours, tiling.scale, 1.0 / tiling.scale
    last, stands = colours.shape[1] - 1, body.thick != 0.0
    alphas, mixes, tones, covers = (
        np.empty(TILE, np.float32), np.empty(TILE, np.float32),
        np.empty(TILE, np.float32), np.empty(TILE, np.float32),
    )  # fmt: skip
    ink, pile = np.empty((3, TILE, TILE), np.float32), np.empty((TILE, TILE), np.float32)
    through, bare = np.empty((TILE, TILE), np.float32), np.empty((TILE, TILE), np.float32)
    begins, ends = np.empty(TILE, np.int64), np.empty(TILE, np.int64)  # of what is not hidden yet
    for tile in range(tiles[0], tiles[1]):
        if tiling.starts[tile] == tiling.starts[tile + 1]:
            continue
        x0, y0 = (tile % tiling.across) * TILE, (tile // tiling.across) * TILE
        x1, y1 = min(x0 + TILE, width), min(y0 + TILE, top + height)
        ink[:], pile[:], through[:], bare[:] = 0.0, 0.0, 1.0, 1.0 if stands else 0.0
        begins[:], ends[:], open_rows = x0, x1, y1 - y0
        for at in range(tiling.starts[tile + 1] - 1, tiling.starts[tile] - 1, -1):
            if open_rows == 0:
                break
            i = tiling.items[at]
            opacity, b = opacities[i], strokes.params[i, WIDTH]
            row = prepare(strokes.params[i], tiling.soft)
            soft = prepare(strokes.params[i], shoulder(b, body, tiling.soft))
            thick, less = body.thick * b / (b + body.half), 1.0 / opacity
            glaze = opacity * math.sqrt(opacity)
            _, ry = reach(soft)
            for py in range(
                first_pixel(y0, soft[1] - ry, scale), stop_pixel(y1, soft[1] + ry, scale)
            ):
                y, r = (py + 0.5) * step, py - y0
                left, right = span(soft, y)
                begin, end = begins[r], ends[r]
                first = first_pixel(begin, left, scale)
                stop = stop_pixel(end, right, scale)
                count = stop - first
                if count <= 0:
                    continue
                if stands:
                    for k in range(count):
                        x = (first + k + 0.5) * step
                        alphas[k], mixes[k], tones[k] = shade(row, strokes.tip, x, y)
                        cover, _, _ = shade(soft, strokes.tip, x, y)
                        covers[k] = min(cover * less, 1.0)
                else:
                    for k in range(count):
                        x = (first + k + 0.5) * step
                        alphas[k], mixes[k], tones[k] = shade(row, strokes.tip, x, y)
                run = slice(first - x0, stop - x0)
                if stands:
                    pile_up(body, thick, glaze, covers, mixes, tones, bare[r, run], pile[r, run])
                cover_up(alphas, through[r, run])
                for c in range(3):
                    tint(
                        colours[i, 0, c], colours[i, last, c], alphas, mixes, tones, ink[c, r, run]
                    )
                here, there = through[r], bare[r]
                while begin < end and here[begin - x0] + there[begin - x0] == 0.0:
                    begin += 1
                while begin < end and here[end - 1 - x0] + there[end - 1 - x0] == 0.0:
                    end -= 1
                begins[r], ends[r] = begin, end
                if begin == end:
                    open_rows -= 1
        for py in range(y0, y1):
            here = through[py - y0]
            for c in range(3):
                under(ink[c, py - y0], here, layers.colour[c, py - top, x0:x1])
            under(pile[py - y0], bare[py - y0], layers.height[py - top, x0:x1])
            clear = layers.clear[py - top, x0:x1]
            for k in range(len(clear)):
                clear[k] *= here[k]


@compiled
def pile_up(
    body: Any, thick: float, glaze: float, covers: Any, mixes: Any, tones: Any, bare: Any, pile: Any
) -> None:
    """Add a stroke's height to `pile` [k], as far as what lies over it leaves it `bare`."""
    less, more, per_tone = 0.3 * body.dry * body.body, body.dry * body.ridge, 1.0 / body.tone
    for k in range(len(pile)):
        bristle, up = (tones[k] - 1.0) * per_tone, glaze * covers[k] * bare[k]
        lump = body.body - less * mixes[k] + body.pile * (1.0 - covers[k])
        lump += bristle * (body.ridge + more * mixes[k])
        pile[k] += up * thick * lump
        rest = bare[k] - up
        bare[k] = rest if rest > HIDDEN else 0.0


@compiled
def cover_up(alphas: Any, through: Any) -> None:
    """From a stroke's `alphas` to what is seen of it; `through` [k] is what shows below."""
    for k in range(len(through)):
        seen = through[k] * alphas[k]
        rest = through[k] - seen
        alphas[k] = seen
        through[k] = rest if rest > HIDDEN else 0.0


@compiled
def tint(first: float, last: float, seen: Any, mixes: Any, tones: Any, ink: Any) -> None:
    """Add to `ink` [k] one channel of a stroke between its two colours."""
    change = last - first
    for k in range(len(ink)):
        ink[k] += seen[k] * min(max(tones[k] * (first + mixes[k] * change), 0.0), 1.0)


@compiled
def under(over: Any, through: Any, layer: Any) -> None:
    """`layer` [k] with `over` on it, through which so much of it shows."""
    for k in range(len(layer)):
        layer[k] = over[k] + through[k] * layer[k]


# --- compiling ----------------------------------------------------------------------------------

_compile = njit(nogil=True, cache=True, fastmath=FAST, error_model="numpy")


@dataclass(frozen=True)
class ReliefKernels:
    """The loops that know of brushes, compiled around one."""

    shoulders: Callable[..., None]
    lay: Callable[..., None]


@lru_cache
def relief_kernels(brush: str) -> ReliefKernels:
    """Compiled once a machine and kept in numba's cache beside the source."""
    module = load_brush(brush)
    return ReliefKernels(*(_compile(around(loop, module)) for loop in (shoulders, lay)))
