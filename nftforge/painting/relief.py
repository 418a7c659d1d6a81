"""Paint with a body: strokes have height, and a lamp shines on them from the upper left.

    h += opacity^1.5 * cover * (stroke - h)

A stroke's height REPLACES what lies under it and is never added: buried strokes leave no trace
(Hertzmann, Fast Paint Texture, NPAR 2002). `cover` is the stroke drawn once more, with edges as
soft as a shoulder of paint. Unusual: nothing is looked at but a pixel, its neighbours and the
strokes over it, so pictures are lit in strips and films where something changed; and all lengths
are canvas units, so slopes, and with them the light, are the same at every size.

What is painted does not change: relief belongs to drawing, and 0 draws what `canvas` draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from nftforge.painting import canvas
from nftforge.painting.brushes import load_brush, tip_data
from nftforge.painting.kernels import StrokeArrays
from nftforge.painting.light_kernels import Finish, Lamp, shine
from nftforge.painting.relief_kernels import Body, Layers, relief_kernels
from nftforge.painting.settings import Relief
from nftforge.painting.strokes import Strokes
from nftforge.painting.tiles import TILE, Tiling, bin_strokes, shared_out

TILT = 0.75, math.hypot(0.55, 0.6)  # of the lamp: towards the viewer, and across
THREADS, TEETH = 170.0, 150.0  # of canvas and paper along the longer side
HIGHEST = 1 / 64  # canvas units that a height map can show: no brush piles up more

U8 = NDArray[np.uint8]
Box = tuple[int, int, int, int]  # x0, y0, x1, y1; the last ones excluded


@dataclass(frozen=True)
class Material:
    """What a brush paints with, and what it paints on unless it is told."""

    body: Body
    surface: str  # canvas or paper
    rough: float  # of a thread or tooth
    gloss: float = 0.0
    pool: float = 0.0  # if there is any, the height is pigment that pooled
    grain: float = 0.0


MATERIALS = MappingProxyType(
    {
        "oil": Material(
            Body(0.006, 0.02, 1, 0.22, 1.4, 0.5, 0.35, 0.0012, 0.006, 0.16),
            "canvas", 0.25, gloss=0.05,
        ),
        "tape": Material(
            Body(0.0016, 0, 1, 0, 2.0, 0, 0, 0.0024, 0.0024, 1), "paper", 0.06, gloss=0.02
        ),
        "watercolor": Material(
            Body(1, 0, 0, 1, 0, 0, 0, 0, 0, -0.12), "paper", 0.16, pool=0.12, grain=0.28
        ),
        "marker": Material(Body(0, 1, 1, 0, 0, 0, 0, 0, 0, 1), "paper", 0.10, grain=0.10),
        "ink": Material(Body(0, 1, 1, 0, 0, 0, 0, 0, 0, 1), "paper", 0.10, grain=0.05),
        "pencil": Material(Body(0, 1, 1, 0, 0, 0, 0, 0, 0, 1), "paper", 0.10, grain=0.10),
        "pastel": Material(Body(0, 1, 1, 0, 0, 0, 0, 0, 0, 1), "paper", 0.16, grain=0.10),
        "knife": Material(
            Body(0.011, 0.02, 1, 0.3, 1.2, 0, 0.2, 0.0012, 0.004, 0.1), "canvas", 0.25, gloss=0.07
        ),
        "own": Material(
            Body(0.004, 0.02, 1, 0, 0.5, 0, 0.1, 0.0012, 0.003, 1), "canvas", 0.25, gloss=0.05
        ),
    }
)  # fmt: skip


# --- pictures -----------------------------------------------------------------------------------


def render(strokes: Strokes, width: int, height: int, relief: Relief) -> U8:
    """The finished painting under its lamp, uint8 sRGB [h, w, 3], [h, w, 4] without a canvas."""
    return np.concatenate(list(finished(strokes, width, height, relief)))


def finished(strokes: Strokes, width: int, height: int, relief: Relief) -> Iterator[U8]:
    """`render` from the top down, some rows at a time."""
    if not relief.amount:
        yield from canvas.finished(strokes, width, height)
        return
    shine_on = _lamp(strokes, width, height, relief)
    above: NDArray[np.float32] | None = None
    for top, rows, after in _with_next(_strips(strokes, width, height)):
        first, last = rows.height[[0, -1]]
        below = last if after is None else after.height[0]
        around = np.stack([first if above is None else above, below])
        above = last
        if not strokes.transparent:
            yield shine_on(rows, top, around)
            continue
        alpha = 1.0 - rows.clear
        whole = rows.colour / np.maximum(alpha, 1e-6)
        lit = shine_on(rows._replace(colour=whole), top, around)
        yield np.dstack([lit, canvas.to_bytes(alpha)])


def _with_next(
    strips: Iterator[tuple[int, Layers]],
) -> Iterator[tuple[int, Layers, Layers | None]]:
    """Each strip with the one below it, if there is one."""
    top, rows = next(strips)
    for below, after in strips:
        yield top, rows, after
        top, rows = below, after
    yield top, rows, None


def height_map(strokes: Strokes, width: int, height: int) -> Iterator[NDArray[np.uint16]]:
    """How thick the paint lies, rows of uint16 [.., w]; 65535 is a 64th of the longer side.

    Watercolor and marker have no thickness: all of it is 0.
    """
    flat = MATERIALS[strokes.brush].pool > 0
    for _, rows in _strips(strokes, width, height):
        thick = np.zeros_like(rows.height) if flat else rows.height
        yield (thick.clip(0, HIGHEST) * (65535 / HIGHEST) + 0.5).astype(np.uint16)


def _strips(strokes: Strokes, width: int, height: int) -> Iterator[tuple[int, Layers]]:
    """(first row, rows of paint), from the top down."""
    paint = _painter(strokes, width, height)
    for top in range(0, height, canvas.ROWS):
        rows = _bare(strokes, width, min(canvas.ROWS, height - top))
        paint(rows, top)
        yield top, rows


def _bare(strokes: Strokes, width: int, height: int) -> Layers:
    """A canvas without paint: black, if it is none, so that colour comes multiplied by alpha."""
    shape = height, width
    ground = np.zeros((3, *shape), np.float32)
    if not strokes.transparent:
        ground[:] = strokes.canvas[:3, None, None]
    return Layers(ground, np.zeros(shape, np.float32), np.ones(shape, np.float32))


def _painter(strokes: Strokes, width: int, height: int) -> Callable[[Layers, int], Box]:
    """What paints `strokes` over rows of a canvas, `top` the first; where, in pixels of it."""
    brush, kernel = load_brush(strokes.brush).BRUSH, relief_kernels(strokes.brush)
    body = Body(*(float(value) for value in MATERIALS[strokes.brush].body))
    params, colours = strokes.params.astype(np.float64), strokes.colours.astype(np.float64)
    arrays = StrokeArrays(params, colours, tip_data(strokes.brush, strokes.tip))
    opacities = np.ascontiguousarray(params[:, brush.params.index("opacity")])
    scale, boxes = float(max(width, height)), np.empty((len(params), 4))
    kernel.shoulders(params, body, 1 / scale, boxes)
    across, down = -(-width // TILE), -(-height // TILE)
    tiling = Tiling(scale, 1 / scale, across, down, *bin_strokes(boxes, TILE / scale, across, down))

    def paint(rows: Layers, top: int) -> Box:
        def work(tiles: tuple[int, int]) -> None:
            kernel.lay(arrays, opacities, body, tiling, tiles, top, rows)

        first, last = (row // TILE * across for row in (top, top + len(rows.height) + TILE - 1))
        list(canvas.pool().map(work, shared_out(first, last)))
        return _met(tiling.spans, width, height)

    return paint


def _met(spans: NDArray[np.int64], width: int, height: int) -> Box:
    """The pixels that strokes may change, and those beside them, which the light may."""
    seen = spans[(spans[:, 0] <= spans[:, 2]) & (spans[:, 1] <= spans[:, 3])]
    if not len(seen):
        return 0, 0, 0, 0
    left, top = (seen[:, :2].min(axis=0) * TILE - 1).clip(min=0).tolist()
    right, bottom = ((seen[:, 2:].max(axis=0) + 1) * TILE + 1).tolist()
    return left, top, min(right, width), min(bottom, height)


# --- light --------------------------------------------------------------------------------------

Shine = Callable[..., U8]


def lamp_at(degrees: float) -> Lamp:
    """A lamp in that direction, clockwise from the top of the picture: 315 is the upper left."""
    angle = math.radians(degrees)
    towards = np.array([math.sin(angle) * TILT[1], -math.cos(angle) * TILT[1], TILT[0]])
    towards /= np.linalg.norm(towards)
    half = towards + np.array([0.0, 0.0, 1.0])
    return Lamp(*towards.tolist(), *(half / np.linalg.norm(half)).tolist())


def finish_of(strokes: Strokes, relief: Relief) -> Finish:
    """What light does to a painting, and to the surface it is on."""
    material = MATERIALS[strokes.brush]
    surface = relief.surface or material.surface
    woven, wet = surface == "canvas", material.pool > 0
    rough = 0.0 if surface == "none" else material.rough
    grain = 0.0 if surface == "none" else material.grain
    return Finish(
        float(relief.amount), material.gloss, material.pool, grain, rough,
        THREADS if woven else TEETH, woven, wet,
    )  # fmt: skip


def _lamp(strokes: Strokes, width: int, height: int, relief: Relief) -> Shine:
    """What shines on rows of paint; only in `box`, if there is one, and into `picture`."""
    lamp, finish = lamp_at(relief.light), finish_of(strokes, relief)
    scale = float(max(width, height))

    def shine_on(
        rows: Layers, top: int, around: NDArray[np.float32], box: Box | None = None,
        picture: U8 | None = None,
    ) -> U8:  # fmt: skip
        tall = len(rows.height)
        if picture is None:
            picture = np.empty((tall, width, 3), np.uint8)
        shown, (x0, y0, x1, y1) = picture, box or (0, 0, width, tall)

        def work(part: tuple[int, int]) -> None:
            some = x0, part[0], x1, part[1]
            shine(lamp, finish, scale, rows, around, (top, height), some, shown)

        if y1 > y0:
            list(canvas.pool().map(work, shared_out(y0, y1)))
        return shown

    return shine_on


# --- films --------------------------------------------------------------------------------------


def frames(
    strokes: Strokes, width: int, height: int, moments: Sequence[float], relief: Relief
) -> Iterator[U8]:
    """The painting at each of the rising `moments`, as `canvas.frames` has them, under a lamp."""
    if not relief.amount:
        yield from canvas.frames(strokes, width, height, moments)
        return
    film, done = _Film(strokes.opaque(), width, height, relief), 0
    for moment in moments:
        whole = int(moment)
        film.paint(done, whole)
        done = whole
        yield film.begun(whole, moment - whole) if moment > whole else film.picture.copy()


class _Film:
    """A canvas that is painted on; what changes is lit anew, and nothing else."""

    def __init__(self, strokes: Strokes, width: int, height: int, relief: Relief) -> None:
        self._strokes, self._sides = strokes, (width, height)
        self._shine = _lamp(strokes, width, height, relief)
        self._layers = _bare(strokes, width, height)
        self.picture = self._shine(self._layers, 0, self._layers.height[[0, -1]])

    def paint(self, start: int, stop: int) -> None:
        """Paint the strokes from `start` up to `stop`."""
        if stop > start:
            self._paint(canvas.some_of(self._strokes, start, stop), self._layers, self.picture)

    def begun(self, number: int, part: float) -> U8:
        """The picture with the first `part` (0..1) of the next stroke: see `canvas.uncovered`."""
        stroke = canvas.some_of(self._strokes, number, number + 1)
        after = self.picture.copy()
        layers = Layers(*(layer.copy() for layer in self._layers))
        left, top, right, bottom = self._paint(stroke, layers, after)
        under, over = (
            picture[top:bottom, left:right].astype(np.float32) for picture in (self.picture, after)
        )
        touched = (over != under).any(axis=2)
        shown = canvas.uncovered(stroke, left, top, touched, part)[..., None]
        after[top:bottom, left:right] = under + shown * (over - under) + 0.5
        return after

    def _paint(self, strokes: Strokes, layers: Layers, picture: U8) -> Box:
        box = _painter(strokes, *self._sides)(layers, 0)
        self._shine(layers, 0, layers.height[[0, -1]], box, picture)
        return box
