"""The neural engine: the paper's coarse-to-fine painting, through networks.

    blocks    grids of 1 x 1, 2 x 2, ... blocks; every block gets its own strokes, placed where the
              error is and descended on, all blocks of a grid at once on one sheet
    refine    then all strokes together on the whole canvas, as `Painter` does, through the networks

Unusual: a block's window reaches half a block beyond it on all sides, so neighbours overlap; a
stroke that crosses a border answers for what it does there, and the joint steps end what seam is
left. Strokes are in the canvas's units from the start: a network knows no resolution, so nothing is
converted between blocks and canvas. Adam (`optimizer`) instead of the paper's RMSprop. On a GPU the
pieces in work share each step (`batching`), and get the strokes that they would get alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Literal
from weakref import WeakValueDictionary

import numpy as np
import torch
from numpy.typing import NDArray

from nftforge.core.errors import ConfigError, MissingError
from nftforge.painting import canvas as canvas_
from nftforge.painting.canvas import Gradients
from nftforge.painting.neural import weights_of
from nftforge.painting.neural.batching import Batcher, Member
from nftforge.painting.neural.descent import Laid, Sheet, batched_gradients, descent
from nftforge.painting.neural.renderer import Renderer, load, tip_digest
from nftforge.painting.optimizer import Adam
from nftforge.painting.painter import COLOUR_STEP, Likeness, LikenessCallback, Painter, l1_scale
from nftforge.painting.pictures import F64, RgbaImage, View
from nftforge.painting.schedule import Schedule
from nftforge.painting.settings import PaintSettings, batch_size
from nftforge.painting.transport import transport_gradient

CORE, MARGIN = 48, 24  # pixels of a block's side, and how far its window reaches beyond
A_BLOCK = 9  # strokes, about
STEPS = 30  # of descent on each grid
LAST_RATE = 0.1
RECYCLED_AT, REFINED_AT, FINISHED_AT = 192, 256, 512  # pixels on the longer side
SCHEDULE = Schedule(steps=8, recyclings=14, refining=24, small=11.5)
FINISHING = 0.6  # of refining is done when the last steps, the dear ones, begin
STEP_SCALE = 256  # on a canvas of so many pixels the steps are the brush's own
THIN, LONG = 1.0, 0.5  # half lengths looked for: pixels at least, part of CORE at most


class NeuralPainter(Painter):
    """Paints through the networks of its brush. Raises ConfigError if they are not trained."""

    largest_styled = 256

    def __init__(
        self,
        picture: RgbaImage,
        settings: PaintSettings,
        tip: NDArray[np.uint8] | None,
        weights: Path | None = None,
    ) -> None:
        self.weights = weights or weights_of(settings.brush)
        self.renderer, card = load(settings.brush, self.weights)
        if card.tip != tip_digest(tip):
            raise ConfigError(
                f"{weights} draws another tip than the one given",
                hint="train it again: scripts/train_renderer.py --tip TIP.png",
            )
        super().__init__(picture, settings, tip)
        torch.set_num_threads(1)  # sums in one order; pieces are painted side by side anyway
        self.groups, self.schedule = self.finest, SCHEDULE

    def descent_on(self, device: str) -> canvas_.Descent:
        if device == "cuda" and not torch.cuda.is_available():
            raise MissingError(
                "torch sees no CUDA device", hint="unset NFTFORGE_DEVICE to paint on the processor"
            )
        self.member = Member(_batcher(self.renderer.to(device), self.weights, device))
        return descent(self.member.compute)

    @property
    def finest(self) -> int:
        """Blocks along the longer side of the last grid."""
        finest = 1
        while self._blocks_up_to(finest + 1) * A_BLOCK <= self.settings.strokes:
            finest += 1
        return finest

    def _blocks_up_to(self, finest: int) -> int:
        sides = np.array(self.picture.alpha.shape) / self.picture.scale
        return sum(int(np.prod(np.ceil(sides * m))) for m in range(1, finest + 1))

    def grow(
        self,
        views: list[View],
        wanted: int,
        progress: Iterator[float],
        on_likeness: LikenessCallback,
    ) -> None:
        """Add strokes until there are `wanted`, grid by grid, or time is over."""
        every = self._blocks_up_to(self.finest)
        for at in progress:
            grid = 1 + int(at * self.finest)
            new = round(wanted * self._blocks_up_to(grid) / every) - len(self.optimizer)
            if new > 0:
                on_likeness(self._paint_grid(grid, new))

    def recycle(
        self, views: list[View], progress: Iterator[float], on_likeness: LikenessCallback
    ) -> None:
        """As `Painter` does, on a smaller picture."""
        super().recycle(self.views(self.picture.resized(RECYCLED_AT)), progress, on_likeness)

    def refine(
        self, views: list[View], progress: Iterator[float], on_likeness: LikenessCallback
    ) -> None:
        """As `Painter` does, but on a smaller picture first: a network's pixels are dear."""
        first, last = (self.views(self.picture.resized(size)) for size in (REFINED_AT, FINISHED_AT))
        with self.member:
            for at in progress:
                super().refine(first if at < FINISHING else last, iter([at]), on_likeness)

    def batched(self) -> AbstractContextManager[None]:
        return self.member

    def painted(self, view: View) -> F64:
        """As the exact brushes draw it, which is what ships, and sooner there than by networks."""
        painting = np.broadcast_to(view.canvas, view.target.shape).astype(np.float32)
        canvas_.paint_over(painting, self.strokes())
        return painting.astype(np.float64)

    def _paint_grid(self, grid: int, new: int) -> Likeness:
        """Add `new` strokes, shared out among the blocks of a grid; the likeness so far."""
        side = grid * CORE
        views = self.views(self.picture.resized(side))
        painted = [self.painted(view) for view in views]
        blocks = _blocks(views[0], painted[0], new)
        if not blocks:
            return Likeness.of(painted[0] - views[0].target, side)
        scale = float(max(views[0].alpha.shape))
        strokes = [self._begun(block, views[0], painted[0], scale) for block in blocks]
        rank = np.concatenate([np.arange(block.strokes) for block in blocks])
        order = np.argsort(rank, kind="stable")  # the first stroke of every block, the second, ...
        window = np.repeat(np.arange(len(blocks)), [block.strokes for block in blocks])[order]
        rules = self._rules_at(scale, grid > 1)
        optimizer = Adam(len(self.brush.params), self.brush.colours)
        optimizer.add(*(np.concatenate(part)[order] for part in zip(*strokes, strict=True)))
        sheets = [
            _sheet(view, under, blocks, scale) for view, under in zip(views, painted, strict=True)
        ]
        with self.member:
            last = self._descend_on(sheets, optimizer, window, rules)
        self.optimizer.add(optimizer.params, optimizer.colours)
        error = last.picture - sheets[-1].target
        return Likeness.of(error[sheets[-1].weight > 0], side)

    def _descend_on(
        self,
        sheets: list[Sheet],
        optimizer: Adam,
        window: NDArray[np.int64],
        rules: tuple[F64, F64],
    ) -> Gradients:
        """STEPS of descent on each of `sheets`; the gradients of the last of them."""
        bounds, steps = rules
        surrogates = list(sheets)
        for step in range(STEPS):
            rate = LAST_RATE + (1 - LAST_RATE) * (1 + np.cos(np.pi * step / STEPS)) / 2
            for at, sheet in enumerate(sheets):
                laid = self.laid(optimizer.params), self.mixed(optimizer.colours)
                down = self.member.compute(Laid(*laid, window, surrogates[at]))
                surrogates[at] = self._surrogate_on(sheet, down)
                gradients = down.params, down.colours
                optimizer.step(gradients, (rate * steps, np.array(rate * COLOUR_STEP)), bounds)
        return down

    def _begun(self, block: _Block, view: View, painted: F64, scale: float) -> tuple[F64, F64]:
        """A block's strokes to begin with, proposed in its core: (params, colours)."""
        core = View(
            np.ascontiguousarray(block.of(view.target)),
            np.ascontiguousarray(block.of(view.weight)),
            np.ascontiguousarray(block.of(view.alpha)),
            view.canvas,
        )
        unit = scale / max(core.alpha.shape)  # core sides in a canvas unit
        low, high = THIN / scale, LONG * CORE / scale
        if self.settings.min_size is not None:
            low = self.settings.min_size / 2
        if self.settings.max_size is not None:
            high = self.settings.max_size / 2
        sizes = low * unit, max(low, high) * unit
        widest = self.rules.bounds[1, self.width] * unit
        there = np.ascontiguousarray(block.of(painted))
        boxes, colours = self.proposed(core, there, block.strokes, sizes, widest)
        boxes[:, :4] /= unit
        boxes[:, :2] += np.array([block.column, block.row]) * CORE / scale
        return self.placed(boxes, colours)

    def _rules_at(self, scale: float, inner: bool) -> tuple[F64, F64]:
        """Bounds [low/high, P] and steps [P] on a canvas of `scale` pixels.

        Steps are as long in pixels on every grid. Strokes of inner blocks stay in their windows.
        """
        names = [self.brush.params.index(name) for name in ("x", "y", "half_length", "half_width")]
        bounds, steps = self.rules.bounds.copy(), self.rules.steps.copy()
        steps[names] *= STEP_SCALE / scale
        if inner:
            lengths = names[2:]
            most = np.minimum(bounds[1, lengths], MARGIN / scale)
            bounds[1, lengths] = np.maximum(most, bounds[0, lengths])
        return bounds, steps

    def _surrogate_on(self, sheet: Sheet, down: Gradients) -> Sheet:
        """A sheet whose squared error has the gradient of the loss that is asked for."""
        if self.settings.loss == "l2" and not self.settings.transport:
            return sheet
        target, weight, painted = sheet.target, sheet.weight, down.picture
        if self.settings.transport:
            target = target - self.settings.transport * _pull(painted, sheet)
        if self.settings.loss == "l1":
            weight = weight / l1_scale(painted, sheet.target)
        return replace(sheet, target=target, weight=weight)


@dataclass(frozen=True)
class _Block:
    """A square of a grid, and how many strokes it gets."""

    row: int
    column: int
    strokes: int

    def of(self, plane: F64) -> F64:
        """Its part of a picture."""
        top, left = self.row * CORE, self.column * CORE
        return plane[top : top + CORE, left : left + CORE]

    def window_of(self, plane: F64, mode: Literal["edge", "constant"]) -> F64:
        """Its window of a picture, which goes on (`edge`) or ends (0) at its borders."""
        side = CORE + 2 * MARGIN
        more = [(MARGIN, side), (MARGIN, side)] + [(0, 0)] * (plane.ndim - 2)
        top, left = self.row * CORE, self.column * CORE
        return np.pad(plane, more, mode)[top : top + side, left : left + side]


def _blocks(view: View, painted: F64, new: int) -> list[_Block]:
    """The blocks that there is something to paint in, `new` strokes shared out by their error."""
    height, width = view.alpha.shape
    grid = [(r, c) for r in range(-(-height // CORE)) for c in range(-(-width // CORE))]
    places = [place for place in grid if _Block(*place, 0).of(view.alpha).any()]
    if not places:
        return []
    error = ((painted - view.target) ** 2).sum(axis=2)
    errors = np.array([_Block(*place, 0).of(error).sum() for place in places])
    each, rest = divmod(new, len(places))
    strokes = np.full(len(places), each)
    strokes[np.argsort(-errors, kind="stable")[:rest]] += 1
    return [_Block(*place, int(n)) for place, n in zip(places, strokes, strict=True) if n]


def _sheet(view: View, painted: F64, blocks: list[_Block], scale: float) -> Sheet:
    def stacked(plane: F64, mode: Literal["edge", "constant"]) -> F64:
        return np.concatenate([block.window_of(plane, mode) for block in blocks])

    begin = np.array([[block.column, block.row] for block in blocks]) * CORE - MARGIN
    return Sheet(
        stacked(view.target, "edge"), stacked(view.weight, "constant"), stacked(painted, "edge"),
        CORE + 2 * MARGIN, scale, begin / scale,
    )  # fmt: skip


def _pull(painted: F64, sheet: Sheet) -> F64:
    """Where the transport loss of every window would have the target moved."""
    windows = len(painted) // sheet.height
    pull = np.concatenate([
        transport_gradient(have, want)
        for have, want in zip(
            np.split(painted, windows), np.split(sheet.target, windows), strict=True
        )
    ])  # fmt: skip
    weight = sheet.weight.max()
    share = 3 * weight * sheet.height**2  # of the picture in a window, as in `weight`
    return np.asarray(np.where(sheet.weight[..., None] > 0, pull * share / (2 * weight), 0.0))


_BATCHERS: WeakValueDictionary[tuple[str, str], Batcher[Laid, Gradients]] = WeakValueDictionary()
_LOOKUP = Lock()


def _batcher(renderer: Renderer, weights: Path, device: str) -> Batcher[Laid, Gradients]:
    """Where gradients through the networks of `weights` are asked for on a device.

    Painters in work share it, if batches hold more than one.
    """
    batcher = Batcher(partial(batched_gradients, renderer))
    if batch_size() == 1:
        return batcher
    with _LOOKUP:
        digest = hashlib.sha256(weights.read_bytes() + renderer.brush.encode()).hexdigest()
        return _BATCHERS.setdefault((digest, device), batcher)
