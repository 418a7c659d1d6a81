"""The loops of relief: strokes to colour and height, and both to what a lamp shows of them.

    lay     strokes -> colour, height, and how much of what was there shows through
    light   these and the surface they lie on -> the picture

Unlike `kernels.draw`, `lay` works from the top down and skips pixels where nothing below could
show: a stroke is shaded twice, and what the second shading costs is saved where paint hides paint.
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
from nftforge.painting.brushes._kit import FAST, compiled, noise
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

    colour: Any  # [h, w, 3] sRGB
    height: Any  # [h, w] canvas units; of pooled pigment: 0..1
    clear: Any  # [h, w], how much of the canvas shows


class Lamp(NamedTuple):
    """Towards the light, and half way from there to the viewer: both of length 1."""

    x: float
    y: float
    z: float
    half_x: float
    half_y: float
    half_z: float


class Finish(NamedTuple):
    """What light does: on a surface that stands `rough` threads or teeth high, on paint."""

    relief: float
    gloss: float
    pool: float  # pigment: how much darker where it pooled, and in the valleys of the paper
    grain: float
    rough: float
    cells: float  # threads or teeth along the longer side
    woven: bool
    wet: bool  # the height is pooled pigment, and nothing stands out


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
    (stroke - h). So what is buried leaves no trace.
    """
    height, width, _ = layers.colour.shape
    colours, scale, step = strokes.colours, tiling.scale, 1.0 / tiling.scale
    last, pixels = colours.shape[1] - 1, TILE * TILE
    alphas, mixes, tones, covers = np.empty(TILE), np.empty(TILE), np.empty(TILE), np.empty(TILE)
    red, green, blue, pile = np.empty(pixels), np.empty(pixels), np.empty(pixels), np.empty(pixels)
    through, bare = np.empty(pixels), np.empty(pixels)
    begins, ends = np.empty(TILE, np.int64), np.empty(TILE, np.int64)  # of what is not hidden yet
    for tile in range(tiles[0], tiles[1]):
        if tiling.starts[tile] == tiling.starts[tile + 1]:
            continue
        x0, y0 = (tile % tiling.across) * TILE, (tile // tiling.across) * TILE
        x1, y1 = min(x0 + TILE, width), min(y0 + TILE, top + height)
        red[:], green[:], blue[:], pile[:], through[:], bare[:] = 0.0, 0.0, 0.0, 0.0, 1.0, 1.0
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
                y, corner = (py + 0.5) * step, (py - y0) * TILE - x0
                left, right = span(soft, y)
                begin, end = begins[py - y0], ends[py - y0]
                first = first_pixel(begin, left, scale)
                stop = stop_pixel(end, right, scale)
                count = stop - first
                for k in range(count):
                    x = (first + k + 0.5) * step
                    alpha, mix, tone = shade(row, strokes.tip, x, y)
                    cover, _, _ = shade(soft, strokes.tip, x, y)
                    alphas[k], mixes[k], tones[k] = alpha, mix, tone
                    covers[k] = min(cover * less, 1.0)
                for k in range(count):
                    p, mix, tone = corner + first + k, mixes[k], tones[k]
                    shown = through[p] * alphas[k]
                    a0, a1, a2 = colours[i, 0, 0], colours[i, 0, 1], colours[i, 0, 2]
                    b0, b1, b2 = colours[i, last, 0], colours[i, last, 1], colours[i, last, 2]
                    red[p] += shown * min(max(tone * (a0 + mix * (b0 - a0)), 0.0), 1.0)
                    green[p] += shown * min(max(tone * (a1 + mix * (b1 - a1)), 0.0), 1.0)
                    blue[p] += shown * min(max(tone * (a2 + mix * (b2 - a2)), 0.0), 1.0)
                    rest = through[p] - shown
                    through[p] = rest if rest > HIDDEN else 0.0
                    bristle, up = (tone - 1.0) / body.tone, glaze * covers[k]
                    lump = body.body * (1.0 - body.dry * 0.3 * mix) + body.pile * (1.0 - covers[k])
                    lump += body.ridge * bristle * (1.0 + body.dry * mix)
                    pile[p] += bare[p] * up * thick * lump
                    rest = bare[p] - bare[p] * up
                    bare[p] = rest if rest > HIDDEN else 0.0
                if count > 0:
                    while begin < end and through[corner + begin] + bare[corner + begin] == 0.0:
                        begin += 1
                    while begin < end and through[corner + end - 1] + bare[corner + end - 1] == 0.0:
                        end -= 1
                    begins[py - y0], ends[py - y0] = begin, end
                    if begin == end:
                        open_rows -= 1
        for py in range(y0, y1):
            to, corner = py - top, (py - y0) * TILE - x0
            for px in range(x0, x1):
                p = corner + px
                clear = through[p]
                layers.colour[to, px, 0] = red[p] + clear * layers.colour[to, px, 0]
                layers.colour[to, px, 1] = green[p] + clear * layers.colour[to, px, 1]
                layers.colour[to, px, 2] = blue[p] + clear * layers.colour[to, px, 2]
                layers.clear[to, px] *= clear
                layers.height[to, px] = pile[p] + bare[p] * layers.height[to, px]


# --- surfaces -----------------------------------------------------------------------------------

TEETH = ((1.0, 0.6, 99), (2.3, 0.3, 227), (4.7, 0.15, 465))  # finer, weaker, another place
WAVER, SLOW = 0.25, 40.0  # how far threads stray, of a thread; bends of a thread along a side
HIDES, SHOWN = 0.0010, 0.06  # paint of this thickness leaves 1/e of the surface, and always this


@compiled
def shows(cell: float) -> float:
    """How much is drawn of cells that measure so many pixels: below 1 1/4 nothing."""
    k = min(max((cell - 1.25) / 1.5, 0.0), 1.0)
    return k * k * (3.0 - 2.0 * k)


@compiled
def paper(x: float, y: float, cells: float, scale: float) -> float:
    """Tooth, about 0..1."""
    s, x, y = scale / cells, x * cells, y * cells
    (f0, a0, n0), (f1, a1, n1), (f2, a2, n2) = TEETH
    tooth, _, _ = noise(x * f0, y * f0, n0)
    finer, _, _ = noise(x * f1, y * f1, n1)
    finest, _, _ = noise(x * f2, y * f2, n2)
    coarse = 0.5 + a0 * shows(s / f0) * tooth
    return float(coarse + a1 * shows(s / f1) * finer + a2 * shows(s / f2) * finest)


@compiled
def bulge(part: float) -> float:
    """Across a thread: 0 at its sides (0 and 1), 1 in the middle."""
    k = 4.0 * part * (1.0 - part)
    return k * (0.775 + 0.225 * k)  # a sine's half wave, to 1e-3


@compiled
def over(at: float) -> float:
    """Along a thread, which goes under the next (0 at 0) and over the one after it (1 at 1)."""
    part = at - 2.0 * math.floor(0.5 * at)
    k = part if part < 1.0 else 2.0 - part
    return k * k * (3.0 - 2.0 * k)


@compiled
def weave(x: float, y: float, cells: float, scale: float) -> float:
    """A plain weave whose threads waver and differ, about 0..1."""
    aside, _, _ = noise(x * SLOW, y * SLOW, 7)
    down, _, _ = noise(x * SLOW, y * SLOW, 99)
    u, v = x * cells + WAVER * aside, y * cells + WAVER * down
    i, j = math.floor(u), math.floor(v)
    thread, _, _ = noise(i, v * 0.15, 3)
    other, _, _ = noise(u * 0.15, j, 5)
    warp = bulge(u - i) * over(v + 1.5 + i) * (1.0 + 0.5 * thread)
    weft = bulge(v - j) * over(u + 2.5 + j) * (1.0 + 0.5 * other)
    return float(max(warp, weft) * shows(scale / cells))


@compiled
def left_of_surface(paint: float) -> float:
    """How much of the surface is to be seen through so much paint: about exp(-paint / HIDES)."""
    k = max(1.0 - paint / (8.0 * HIDES), 0.0)
    k *= k
    k *= k
    return SHOWN + (1.0 - SHOWN) * k * k


@compiled
def bare(x: float, y: float, finish: Any, scale: float) -> float:
    """The surface without paint on it, about 0..1."""
    if finish.woven:
        return float(weave(x, y, finish.cells, scale))
    return float(paper(x, y, finish.cells, scale))


# --- light --------------------------------------------------------------------------------------

DARKEST, BRIGHTEST = 0.4, 1.6  # what light may do to a colour
SQUARES = 2.0 / 2.2  # light is squares of sRGB here, to be quick; what that would exaggerate
RED, GREEN, BLUE = 0.2126, 0.7152, 0.0722


def light(
    lamp: Any, finish: Any, scale: float, rows: Any, around: Any, at: Any, box: Any, picture: Any
) -> None:
    """picture uint8 [h, w, 3] inside `box` (x0, y0, x1, y1), of `rows` of paint (`Layers`).

    They are the canvas's rows from `at[0]` on, of `at[1]`; around [2, w] is the height above and
    below them. Light is multiplied in squares of sRGB, which are near enough to it. What is flat
    keeps its colour, and black stays black: a highlight takes half its colour from the paint.
    """
    tall, width = rows.height.shape
    x0, y0, x1, y1 = box
    begin, end = max(x0 - 1, 0), min(x1 + 1, width)
    step, up, rough = 1.0 / scale, scale * finish.relief, finish.rough / finish.cells
    lit, ground = np.zeros((3, end - begin + 2)), np.zeros((3, end - begin + 2))
    flat, inner = power(lamp.half_z), end - begin
    for ahead in range(y0 - 1, y1 + 1):
        height = rows.height[min(max(ahead, 0), tall - 1)]
        height = around[0] if ahead < 0 else height
        height = around[1] if ahead >= tall else height
        y = (min(max(at[0] + ahead, 0), at[1] - 1) + 0.5) * step
        high, tooth = lit[(ahead + 1) % 3], ground[(ahead + 1) % 3]
        if finish.rough != 0.0:
            for k in range(inner):
                tooth[k + 1] = bare((begin + k + 0.5) * step, y, finish, scale)
        for k in range(inner):
            paint = 0.0 if finish.wet else height[begin + k]
            high[k + 1] = (paint + rough * left_of_surface(paint) * tooth[k + 1]) * up
        high[0], high[inner + 1] = high[1], high[inner]
        if ahead <= y0:
            continue
        py = ahead - 1
        above, here, below = lit[(ahead + 2) % 3], lit[ahead % 3], lit[(ahead + 1) % 3]
        for px in range(x0, x1):
            k = px - begin + 1
            dx, dy = (here[k + 1] - here[k - 1]) * 0.5, (below[k] - above[k]) * 0.5
            size = 1.0 / math.sqrt(dx * dx + dy * dy + 1.0)
            diffuse = (lamp.z - dx * lamp.x - dy * lamp.y) * size / lamp.z
            diffuse = 1.0 + SQUARES * (min(max(diffuse, DARKEST), BRIGHTEST) - 1.0)
            facing = (lamp.half_z - dx * lamp.half_x - dy * lamp.half_y) * size
            shine = finish.gloss * max(power(max(facing, 0.0)) - flat, 0.0)
            c0, c1, c2 = rows.colour[py, px, 0], rows.colour[py, px, 1], rows.colour[py, px, 2]
            c0, c1, c2 = min(max(c0, 0.0), 1.0), min(max(c1, 0.0), 1.0), min(max(c2, 0.0), 1.0)
            if finish.grain != 0.0:  # pigment absorbs: white stays white (Beer-Lambert)
                dense = finish.grain * (1.0 - 2.0 * ground[ahead % 3, k])
                dense += finish.pool * rows.height[py, px] if finish.wet else 0.0
                dense = 1.0 + finish.relief * dense
                c0, c1, c2 = c0**dense, c1**dense, c2**dense
            bright = math.sqrt(RED * c0 * c0 + GREEN * c1 * c1 + BLUE * c2 * c2)
            for c, value in enumerate((c0, c1, c2)):
                tint = 0.5 * (value + bright) + 0.02
                seen = math.sqrt(min(value * value * diffuse + shine * tint, 1.0))
                picture[py, px, c] = np.uint8(seen * 255.0 + 0.5)


@compiled
def power(value: float) -> float:
    """To the fourteenth: a satin, not a lacquer."""
    square = value * value
    fourth = square * square
    return fourth * fourth * fourth * square


# --- compiling ----------------------------------------------------------------------------------

_compile = njit(nogil=True, cache=True, fastmath=FAST, error_model="numpy")
shine = _compile(light)


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
