"""Strokes to pixels and back: fused compositing, forwards and backwards, in tiles.

A stroke covers what is under it: h' = alpha * colour + (1 - alpha) * h. Unusual:

- Nothing of size strokes x pixels exists. Strokes are binned into tiles, in painting order; a tile
  takes its strokes from the TOP down and skips pixels where nothing below could show (as in
  3D Gaussian splatting, but with no depth sort: the order is the painting's). What a stroke covers
  in a tile is a run of fragments: few, contiguous, and shaded by vector instructions.
- One pass gives the picture, the loss and every gradient. What a fragment covered is kept, so
  opaque strokes (alpha = 1) need no division by 1 - alpha.
- Threads share bands of tiles; every band adds up its own gradients and the bands are summed in
  order, so the result is the same to the bit whatever the number of threads.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nftforge.painting.brushes import load_brush, tip_data
from nftforge.painting.kernels import Goal, StrokeArrays, Sums, kernels
from nftforge.painting.pictures import F64, View
from nftforge.painting.settings import threads
from nftforge.painting.strokes import Strokes
from nftforge.painting.tiles import TILE, Tiling, bin_strokes, shared_out

ROWS = 16 * TILE  # of a large picture that are painted at a time
EDGE = 0.15  # softness of the edge of a stroke that is being drawn, of its length
GRID, GRID_SOFT = 256, 1 / 256  # cells on the longer side, edge softness, where overlaps are sought

F32 = NDArray[np.float32]


@lru_cache
def pool() -> ThreadPoolExecutor:
    """Who paints: as many threads as `settings.threads` says."""
    return ThreadPoolExecutor(threads(), thread_name_prefix="nftforge-paint")


# --- drawing ------------------------------------------------------------------------------------


def binned(
    brush: str, params: F64, width: int, height: int, soft_px: float, tile: int = TILE
) -> Tiling:
    """Which strokes lie in which tiles of `tile` pixels."""
    scale = float(max(width, height))
    boxes = np.empty((len(params), 4))
    kernels(brush).boxes_of(params, soft_px / scale, boxes)
    across, down = -(-width // tile), -(-height // tile)
    return Tiling(
        scale, soft_px / scale, across, down, *bin_strokes(boxes, tile / scale, across, down)
    )


def blank(strokes: Strokes, width: int, height: int) -> F32:
    """The empty canvas, float32 [h, w, 3], sRGB 0..1; white if it is transparent."""
    return np.broadcast_to(strokes.canvas[:3], (height, width, 3)).astype(np.float32)


def paint_over(picture: F32, strokes: Strokes, soft_px: float = 1.0) -> None:
    """Paint all of `strokes` over `picture` (float32 [h, w, 3], changed in place)."""
    height, width, _ = picture.shape
    _painter(strokes, width, height, soft_px)(picture, 0)


def _painter(
    strokes: Strokes, width: int, height: int, soft_px: float = 1.0
) -> Callable[[F32, int], None]:
    """What paints `strokes` over some rows [rows, w, 3] of a canvas, the first of which is `top`.

    `top` is a multiple of TILE.
    """
    kernel = kernels(strokes.brush)
    params, colours = strokes.params.astype(np.float64), strokes.colours.astype(np.float64)
    arrays = StrokeArrays(params, colours, tip_data(strokes.brush, strokes.tip))
    tiling = binned(strokes.brush, params, width, height, soft_px)

    def paint(rows: F32, top: int) -> None:
        def work(tiles: tuple[int, int]) -> None:
            kernel.draw(arrays, tiling, tiles, top, rows)

        first, last = (row // TILE * tiling.across for row in (top, top + len(rows) + TILE - 1))
        list(pool().map(work, shared_out(first, last)))

    return paint


def render(strokes: Strokes, width: int, height: int) -> NDArray[np.uint8]:
    """The finished painting, uint8 [h, w, 3] sRGB. `Strokes.shape` gives fitting sides."""
    return np.concatenate(list(rendered(strokes, width, height)))


def finished(strokes: Strokes, width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    """The painting as it is shown, some rows at a time: `rendered_alpha` if it has no canvas."""
    return (rendered_alpha if strokes.transparent else rendered)(strokes, width, height)


def rendered(strokes: Strokes, width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    """`render` from the top down, some rows at a time, so that no float picture is ever whole."""
    paint = _painter(strokes, width, height)
    for top in range(0, height, ROWS):
        rows = blank(strokes, width, min(ROWS, height - top))
        paint(rows, top)
        yield to_bytes(rows)


def rendered_alpha(strokes: Strokes, width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    """The finished painting without its canvas, rows [.., w, 4] sRGB, alpha not premultiplied.

    A painting is linear in its canvas colour, so what black and white canvases differ by is what
    shows of them.
    """
    paint = _painter(strokes, width, height)
    for top in range(0, height, ROWS):
        shape = min(ROWS, height - top), width, 3
        black, white = np.zeros(shape, np.float32), np.ones(shape, np.float32)
        paint(black, top)
        paint(white, top)
        alpha = (1.0 - (white - black).mean(axis=2)).clip(0, 1)
        colour = black / np.maximum(alpha, 1e-6)[..., None]
        yield to_bytes(np.dstack([colour.clip(0, 1), alpha]))


def overlaps(strokes: Strokes) -> NDArray[np.int64]:
    """[pair, 2] strokes (below, above) that touch; every other overlap follows from these.

    Swapping strokes without breaking a pair changes no pixel at 256 pixels and above.
    """
    width, height = strokes.shape(GRID)
    soft = GRID_SOFT + 1.5 / GRID  # a cell is met even if its middle is not
    pairs = kernels(strokes.brush).overlaps(
        strokes.params.astype(np.float64), soft, width, height, float(GRID)
    )
    return np.array(pairs, np.int64).reshape(-1, 2)


def frames(
    strokes: Strokes, width: int, height: int, moments: Sequence[float]
) -> Iterator[NDArray[np.uint8]]:
    """The painting at each of the rising `moments`, uint8 [h, w, 3] each.

    A moment is a number of strokes: 3.4 shows three of them and four tenths of the next, as far as
    the brush has come along its path.
    """
    picture, done = blank(strokes, width, height), 0
    for moment in moments:
        whole = int(moment)
        paint_over(picture, some_of(strokes, done, whole))
        done = whole
        if moment > whole:
            yield to_bytes(_begun(picture, some_of(strokes, whole, whole + 1), moment - whole))
        else:
            yield to_bytes(picture)


def some_of(strokes: Strokes, start: int, stop: int) -> Strokes:
    """Those from `start` up to `stop`, as a painting."""
    return replace(strokes, params=strokes.params[start:stop], colours=strokes.colours[start:stop])


def _begun(picture: F32, stroke: Strokes, part: float) -> F32:
    """A copy of `picture` with the first `part` (0..1) of one stroke on it.

    What the whole stroke changes is uncovered by a soft edge that moves from its first end to its
    second, so texture stays where it is and nothing jumps when the stroke is finished.
    """
    height, width, _ = picture.shape
    after = picture.copy()
    paint_over(after, stroke)
    tiling = binned(stroke.brush, stroke.params.astype(np.float64), width, height, 1.0)
    left, top, right, bottom = (tiling.spans[0] + (0, 0, 1, 1)) * TILE
    under, over = picture[top:bottom, left:right], after[top:bottom, left:right]
    shown = uncovered(stroke, left, top, (over != under).any(axis=2), part)
    over[:] = under + shown[..., None] * (over - under)
    return after


def uncovered(stroke: Strokes, left: int, top: int, touched: NDArray[np.bool_], part: float) -> F32:
    """How much of what one stroke changes is seen when the brush has come `part` (0..1) of its way.

    touched [h, w]: where it changes anything, of the pixels from (left, top) on.
    """
    if not touched.any():
        return np.ones(touched.shape, np.float32)
    x0, y0, x1, y1 = load_brush(stroke.brush).ends(stroke.params[0].astype(float).tolist())
    bottom, right = top + touched.shape[0], left + touched.shape[1]
    y, x = np.mgrid[top:bottom, left:right].astype(np.float32)
    length = max(math.hypot(x1 - x0, y1 - y0), 1e-9)
    along = (x * (x1 - x0) + y * (y1 - y0)) / length  # pixels
    first, last = along[touched].min(), along[touched].max()
    soft = 2.0 + EDGE * (last - first)
    return np.asarray(((first - along + part * (last - first + soft)) / soft).clip(0, 1))


def to_bytes(picture: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """0..1 to 0..255, rounded."""
    return (picture * 255.0 + 0.5).clip(0, 255).astype(np.uint8)


# --- descending ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Gradients:
    """A loss, its gradients, and the picture they were taken at."""

    loss: float
    params: F64  # [stroke, P]
    colours: F64  # [stroke, C, 3]
    gain: F64  # [stroke], how much larger the loss would be without it
    fetch: Callable[[], F64]

    @property
    def picture(self) -> F64:
        """[h, w, 3]; a copy from the device, if it was painted on one."""
        return self.fetch()


Descent = Callable[[F64, F64, View, float], Gradients]
"""(params [stroke, P], colours [stroke, C, 3], view, softness of edges in pixels) -> the loss
sum(weight * (painting - target)^2) and its gradients, on a canvas of the view's size."""


def descent(brush: str, data: F64) -> Descent:
    """Losses and gradients of one brush, on the processor; `data` as from `tip_data`."""
    kernel = kernels(brush)

    def descend(params: F64, colours: F64, view: View, soft_px: float) -> Gradients:
        height, width, _ = view.target.shape
        tiling = binned(brush, params, width, height, soft_px)
        strokes = StrokeArrays(params, colours, data)
        goal = Goal(view.target, view.weight, view.canvas)
        picture, bands = np.empty_like(view.target), tiling.bands
        sums = Sums(
            np.zeros((len(bands), *params.shape)), np.zeros((len(bands), *colours.shape)),
            np.zeros((len(bands), len(params))),
        )  # fmt: skip

        def work(n: int) -> float:
            own = Sums(*(band[n] for band in sums))
            return kernel.descend(strokes, tiling, bands[n], goal, picture, own)

        losses = list(pool().map(work, range(len(bands))))
        params_, colours_, gain = (band.sum(axis=0) for band in sums)
        return Gradients(sum(losses), params_, colours_, gain, lambda: picture)

    return descend
