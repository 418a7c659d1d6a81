"""The loops of light: paint of some thickness, and the surface it lies on, to what a lamp shows.

Unusual: a row of pixels at a time, and everything float32 and without branches, so that most of it
becomes vectors; noise is drawn line by line (`Net`). `browser/` has the same, a pixel at a time.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from nftforge.painting.brushes._kit import CELLS, COLUMN, FAST, ROW, TABLE, compiled


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


# --- surfaces -----------------------------------------------------------------------------------

TEETH = ((1.0, 0.6, 99), (2.3, 0.3, 227), (4.7, 0.15, 465))  # finer, weaker, another place
WAVER, SLOW = 0.25, 40.0  # how far threads stray, of a thread; bends of a thread along a side
HIDES, SHOWN = 0.0010, 0.06  # paint of this thickness leaves 1/e of the surface, and always this


@compiled
def shows(cell: float) -> float:
    """How much is drawn of cells that measure so many pixels: below 1 1/4 nothing."""
    k = min(max((cell - 1.25) / 1.5, 0.0), 1.0)
    return k * k * (3.0 - 2.0 * k)


class Net(NamedTuple):
    """Value noise along rows of pixels, `noise` at (x * cells, y * cells), row after row.

    Its lines are drawn once each, and what lies between two of them is a blend.
    """

    cells: float  # in a canvas unit
    seed: int
    cell: Any  # int64 [w], where the table has a pixel's column of cells
    part: Any  # float32 [w], how far a pixel is in it, eased
    lines: Any  # float32 [2, w]: those last used, the even one first
    known: Any  # int64 [2], which they are


@compiled
def ease(r: float) -> float:
    return r * r * r * (r * (r * 6.0 - 15.0) + 10.0)


@compiled
def net(cells: float, seed: int, begin: int, width: int, step: float) -> Any:
    cell, part = np.empty(width, np.int64), np.empty(width, np.float32)
    for k in range(width):
        x = (begin + k + 0.5) * step * cells
        column = math.floor(x)
        cell[k], part[k] = int(column) * COLUMN + seed, ease(x - column)
    lines, known = np.empty((2, width), np.float32), np.full(2, -(2**40), np.int64)
    return Net(cells, seed, cell, part, lines, known)


@compiled
def along(net: Any, y: float, much: float, row: Any) -> None:
    """Add `much` of the noise at the height `y` (canvas units) to `row` [k]."""
    y = y * net.cells
    first = math.floor(y)
    part = ease(y - first)
    for j in range(first, first + 2):
        if net.known[j & 1] != j:
            net.known[j & 1] = j
            line, start = net.lines[j & 1], j * ROW
            for k in range(len(line)):
                at = net.cell[k] + start
                here, there = TABLE[at & (CELLS - 1)], TABLE[(at + COLUMN) & (CELLS - 1)]
                line[k] = here + net.part[k] * (there - here)
    low, high = net.lines[first & 1], net.lines[(first + 1) & 1]
    one, two = np.float32(much * (1.0 - part)), np.float32(much * part)
    for k in range(len(row)):
        row[k] += one * low[k] + two * high[k]


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
def weave(aside: Any, down: Any, xs: Any, y: float, tooth: Any) -> None:
    """A plain weave whose threads waver and differ, about 0..1, into `tooth` [k].

    aside, down: how far threads stray; xs: where, in threads; y: the same of the row.
    """
    for k in range(len(tooth)):
        u, v = xs[k] + aside[k], y + down[k]
        i, j = math.floor(u), math.floor(v)
        far, deep = u * 0.15, v * 0.15
        fi, fj = math.floor(far), math.floor(deep)
        at, to = i * COLUMN + fj * ROW + 3, fi * COLUMN + j * ROW + 5
        a, b = TABLE[at & (CELLS - 1)], TABLE[(at + ROW) & (CELLS - 1)]
        c, d = TABLE[to & (CELLS - 1)], TABLE[(to + COLUMN) & (CELLS - 1)]
        thread, other = a + ease(deep - fj) * (b - a), c + ease(far - fi) * (d - c)
        warp = bulge(u - i) * over(v + 1.5 + i) * (1.0 + 0.5 * thread)
        weft = bulge(v - j) * over(u + 2.5 + j) * (1.0 + 0.5 * other)
        tooth[k] = max(warp, weft)


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
    inner, step, skip = end - begin, 1.0 / scale, x0 - begin
    up, rough = np.float32(scale * finish.relief), finish.rough / finish.cells
    lit = np.zeros((3, inner + 2), np.float32)
    ground, stray = np.zeros((3, inner), np.float32), np.zeros((2, inner), np.float32)
    ink, glow = np.zeros((3, x1 - x0), np.float32), np.zeros((3, x1 - x0), np.float32)
    xs = np.empty(inner, np.float32)
    for k in range(inner):
        xs[k] = (begin + k + 0.5) * step * finish.cells
    (f0, a0, n0), (f1, a1, n1), (f2, a2, n2) = TEETH
    s = scale / finish.cells
    coarse = net(finish.cells * f0, n0, begin, inner, step)
    finer = net(finish.cells * f1, n1, begin, inner, step)
    finest = net(finish.cells * f2, n2, begin, inner, step)
    aside, down = net(SLOW, 7, begin, inner, step), net(SLOW, 99, begin, inner, step)
    for ahead in range(y0 - 1, y1 + 1):
        height = rows.height[min(max(ahead, 0), tall - 1)]
        height = around[0] if ahead < 0 else height
        height = around[1] if ahead >= tall else height
        y = (min(max(at[0] + ahead, 0), at[1] - 1) + 0.5) * step
        high, tooth = lit[(ahead + 1) % 3], ground[(ahead + 1) % 3]
        if finish.rough != 0.0 and finish.woven:
            stray[:] = 0.0
            along(aside, y, WAVER, stray[0])
            along(down, y, WAVER, stray[1])
            weave(stray[0], stray[1], xs, y * finish.cells, tooth)
            fade = np.float32(shows(s))
            for k in range(inner):
                tooth[k] *= fade
        elif finish.rough != 0.0:
            tooth[:] = 0.5
            along(coarse, y, a0 * shows(s / f0), tooth)
            along(finer, y, a1 * shows(s / f1), tooth)
            along(finest, y, a2 * shows(s / f2), tooth)
        raise_up(height[begin:end], tooth, 0.0 if finish.wet else 1.0, rough, up, high[1:-1])
        high[0], high[inner + 1] = high[1], high[inner]
        if ahead <= y0:
            continue
        py = ahead - 1
        slope(
            lamp, finish.gloss, lit[ahead % 3, skip:], lit[(ahead + 2) % 3, skip + 1 :],
            lit[(ahead + 1) % 3, skip + 1 :], glow[0], glow[1],
        )  # fmt: skip
        for c in range(3):
            colour, here = rows.colour[c, py, x0:x1], ink[c]
            for k in range(len(here)):
                here[k] = min(max(colour[k], np.float32(0)), np.float32(1))
        if finish.grain != 0.0 or finish.wet:
            pool = finish.pool if finish.wet else 0.0
            absorb(
                finish.relief,
                finish.grain,
                pool,
                ground[ahead % 3, skip:],
                rows.height[py, x0:x1],
                ink,
            )
        show(ink, glow[0], glow[1], glow[2], picture[py, x0:x1])


@compiled
def raise_up(height: Any, tooth: Any, much: float, rough: float, up: Any, high: Any) -> None:
    """Paint and what is to be seen of the surface below it, in pixels, into `high` [k]."""
    thick, roughness, one = np.float32(much), np.float32(rough), np.float32(1)
    per, least, zero = np.float32(1.0 / (8.0 * HIDES)), np.float32(SHOWN), np.float32(0)
    for k in range(len(high)):
        paint = thick * height[k]
        left = max(one - paint * per, zero)
        left *= left
        left *= left
        left *= left
        high[k] = (paint + roughness * (least + (one - least) * left) * tooth[k]) * up


@compiled
def slope(
    lamp: Any, gloss: float, here: Any, above: Any, below: Any, diffuse: Any, shine: Any
) -> None:
    """What light does to slopes, into `diffuse` and `shine` [k]; here[k + 1] is the middle."""
    x, y, z, one = np.float32(lamp.x), np.float32(lamp.y), np.float32(lamp.z), np.float32(1)
    hx, hy, hz = np.float32(lamp.half_x), np.float32(lamp.half_y), np.float32(lamp.half_z)
    half, zero, flat, per = np.float32(0.5), np.float32(0), power(hz), np.float32(1.0 / lamp.z)
    much, strong = np.float32(SQUARES), np.float32(gloss)
    darkest, brightest = np.float32(DARKEST), np.float32(BRIGHTEST)
    for k in range(len(diffuse)):
        dx, dy = (here[k + 2] - here[k]) * half, (below[k] - above[k]) * half
        size = one / math.sqrt(dx * dx + dy * dy + one)
        facing = (z - dx * x - dy * y) * size * per
        diffuse[k] = one + much * (min(max(facing, darkest), brightest) - one)
        facing = (hz - dx * hx - dy * hy) * size
        shine[k] = strong * max(power(max(facing, zero)) - flat, zero)


@compiled
def absorb(relief: float, grain: float, pool: float, tooth: Any, pooled: Any, ink: Any) -> None:
    """Pigment absorbs, where it pooled and in valleys more of it: white stays white (Beer-Lambert).

    ink [3, k] to the power of how dense it is, to 1e-3: its logarithm is that of its sixteenth
    root, by the series of atanh.
    """
    one, two, least = np.float32(1), np.float32(2), np.float32(1e-4)
    third, fifth, seventh = np.float32(1 / 3), np.float32(1 / 5), np.float32(1 / 7)
    much, grains, pools = np.float32(relief), np.float32(grain), np.float32(pool)
    for c in range(3):
        row = ink[c]
        for k in range(len(row)):
            more = much * (grains * (one - two * tooth[k]) + pools * pooled[k])
            root = math.sqrt(math.sqrt(math.sqrt(math.sqrt(max(row[k], least)))))
            z = (root - one) / (root + one)
            w = z * z
            log = np.float32(32) * z * (one + w * (third + w * (fifth + w * seventh)))
            row[k] *= expo(more * log)


@compiled
def expo(value: Any) -> Any:
    """e to `value`, -4..4: the sixteenth power of a short series."""
    t, one = value * np.float32(1 / 16), np.float32(1)
    e = one + t * (one + t * (np.float32(1 / 2) + t * (np.float32(1 / 6) + t * np.float32(1 / 24))))
    e *= e
    e *= e
    e *= e
    return e * e


@compiled
def show(ink: Any, diffuse: Any, shine: Any, bright: Any, picture: Any) -> None:
    """Lit paint as bytes, from `ink` [3, k] into `picture` [k, 3]; ink and bright [k] change."""
    red, green, blue, shown = ink[0], ink[1], ink[2], picture.ravel()
    r, g, b = np.float32(RED), np.float32(GREEN), np.float32(BLUE)
    half, one, least, most = np.float32(0.5), np.float32(1), np.float32(0.02), np.float32(255)
    for k in range(len(bright)):
        whole = math.sqrt(r * red[k] * red[k] + g * green[k] * green[k] + b * blue[k] * blue[k])
        bright[k] = shine[k] * (half * whole + least)
    for c in range(3):
        row = ink[c]
        for k in range(len(bright)):
            value = row[k]
            seen = value * (value * diffuse[k] + half * shine[k]) + bright[k]
            row[k] = math.sqrt(min(seen, one)) * most + half
    for k in range(len(bright)):
        shown[3 * k] = np.uint8(np.int32(red[k]))
        shown[3 * k + 1] = np.uint8(np.int32(green[k]))
        shown[3 * k + 2] = np.uint8(np.int32(blue[k]))


@compiled
def power(value: Any) -> Any:
    """To the fourteenth: a satin, not a lacquer."""
    square = value * value
    fourth = square * square
    return fourth * fourth * fourth * square


shine = njit(nogil=True, cache=True, fastmath=FAST, error_model="numpy")(light)
