"""A painter: the strokes so far, what they may become, and the parts of painting a picture.

    grow      add strokes in groups, large ones first, each where it takes away most error; after
              each group a few steps of descent on every stroke so far
    recycle   take away the strokes that gain least and put them where the error is now
    order     as a person would paint, without changing the picture
    refine    descend at full size, the rate falling; early strokes also learn to look good alone
    restyle   if there is a style picture: take on its colours, then its textures

`fit` says which part comes when; `neural.painter` has a painter that paints through networks.
Sources: objective and stroke model, arXiv 2011.08114. What each part gains is in
docs/adr/0010-painter-ideas.md.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nftforge.painting import canvas as canvas_
from nftforge.painting.brushes import load_brush, tip_data
from nftforge.painting.flow import Flow
from nftforge.painting.metrics import psnr_of
from nftforge.painting.optimizer import Adam
from nftforge.painting.order import foreground_at, painting_order
from nftforge.painting.pictures import (
    BLACK,
    WHITE,
    RgbaImage,
    View,
    blurred,
    found_palette,
    nearest_colour,
)
from nftforge.painting.proposals import SLIM, propose
from nftforge.painting.schedule import SCHEDULES
from nftforge.painting.settings import PaintSettings, StyleSettings, device
from nftforge.painting.strokes import Strokes
from nftforge.painting.transport import transport_gradient

if TYPE_CHECKING:
    from nftforge.painting.style import Look

F64 = NDArray[np.float64]

GROUPS = 18  # strokes are added in so many groups
RECYCLED = 0.04  # what part of the strokes is moved each time
SMALLEST, LARGEST = 0.18, 0.2  # half lengths: for 1 / square root of strokes; of the canvas
COLOUR_STEP = 0.03
PREFIXES, PREFIX_SIZE, PREFIX_WEIGHT = (10, 50, 100, 250), 96, 0.03
MERGED = 0.7  # what part of the error of line drawings is that of tones
L1_FLOOR = 0.02  # an error this small weighs no more
RECOLOURING = 24  # steps towards a style's colours
STYLED_PIXELS, SMALLEST_STYLED = 8.5, 160  # for the square root of a stroke; pixels at least


class Likeness(NamedTuple):
    """How close a painting is to a picture at one size."""

    psnr: float  # dB
    side: int  # pixels on the longer side

    @classmethod
    def of(cls, error: F64, side: int) -> Likeness:
        """From a painting's differences from the picture, of any shape."""
        return cls(psnr_of(float(np.mean(error**2))), side)


LikenessCallback = Callable[[Likeness], None]


@dataclass(frozen=True)
class _Rules:
    """What a stroke may be: bounds [low/high, P] and Adam's steps [P]."""

    bounds: F64
    steps: F64


class Painter:
    """Strokes being optimized, what they may become, and the picture they are to look like."""

    groups = GROUPS
    largest_styled = 384  # pixels on the longer side

    def __init__(
        self, picture: RgbaImage, settings: PaintSettings, tip: NDArray[np.uint8] | None
    ) -> None:
        self.picture, self.settings, self.tip = picture, settings, tip
        self.module = load_brush(settings.brush)
        self.brush = self.module.BRUSH
        self.descent = self.descent_on(device())
        self.random = np.random.default_rng(settings.seed)
        self.aspect = picture.alpha.shape[1] / picture.alpha.shape[0]
        self.palette = _palette(picture, settings, self.random)
        self.width = self.brush.params.index("half_width")
        self.angle = self.brush.params.index("angle")
        self.rules = self._rules()
        self.optimizer = Adam(len(self.brush.params), self.brush.colours)
        self.look: Look | None = None
        self.schedule = SCHEDULES[settings.schedule]
        self.flow = Flow.of(picture, settings.flow) if settings.flow else None
        self.prefix_views = self.views(picture.resized(PREFIX_SIZE))

    def descent_on(self, device: str) -> canvas_.Descent:
        """Losses and gradients of the brush on the device called `device`."""
        data = tip_data(self.settings.brush, self.tip)
        if device == "cuda":
            from nftforge.painting import cuda

            return cuda.descent(self.settings.brush, data)
        return canvas_.descent(self.settings.brush, data)

    # --- the parts ------------------------------------------------------------------------------

    def grow(
        self,
        views: list[View],
        wanted: int,
        progress: Iterator[float],
        on_likeness: LikenessCallback,
    ) -> None:
        """Add strokes until there are `wanted`, or time is over."""
        group = math.ceil((wanted - len(self.optimizer)) / GROUPS)
        for at in progress:
            new = min(group, wanted - len(self.optimizer))
            if new <= 0:
                return
            smallest, largest = self._sizes(wanted)
            self._add(views, new, (smallest, smallest + (largest - smallest) * (1 - at) ** 2))
            on_likeness(self._settle(views))

    def recycle(
        self, views: list[View], progress: Iterator[float], on_likeness: LikenessCallback
    ) -> None:
        """Move the strokes that gain least to where the error is."""
        smallest, largest = self._sizes(len(self.optimizer))
        sizes = smallest, max(smallest, min(largest, 0.06))
        for _ in progress:
            old = max(1, round(len(self.optimizer) * RECYCLED))
            gain = sum(self._gradients(view).gain for view in views)
            self.optimizer.keep(np.sort(np.argsort(gain, kind="stable")[old:]))
            self._add(views, old, sizes)
            on_likeness(self._settle(views))

    def order(self) -> None:
        """Put the strokes in an order a person would paint in; the picture stays the same."""
        strokes = self.strokes()
        areas = self.optimizer.params[:, 2] * self.optimizer.params[:, 3]
        centres = self.optimizer.params[:, :2]
        foreground = foreground_at(self.picture, centres)
        self.optimizer.keep(painting_order(canvas_.overlaps(strokes), centres, areas, foreground))

    def refine(
        self, views: list[View], progress: Iterator[float], on_likeness: LikenessCallback
    ) -> None:
        """Descend on everything, slower and slower, the first strokes on their own besides."""
        rates = (0.5 * (1 + math.cos(math.pi * at)) for at in progress)
        with self.batched():
            for gradients in self._descend(views, rates, prefixes=True):
                on_likeness(_likeness(gradients, views))

    def restyle(
        self,
        style: RgbaImage,
        progress: Iterator[float],
        on_likeness: LikenessCallback,
    ) -> None:
        """Take on the look of a style picture: its colours first, then all, slower and slower.

        The first strokes go on being asked to look good alone, in the style's colours.
        """
        from nftforge.painting.style import look_of

        wish = self.settings.style or StyleSettings()
        size = round(STYLED_PIXELS * math.sqrt(len(self.optimizer)))
        size = min(self.largest_styled, max(SMALLEST_STYLED, size))
        look = look_of(style.resized(size), wish)
        goal = look.recoloured(self.picture.resized(size))
        views, self.prefix_views = self.views(goal), self.views(goal.resized(PREFIX_SIZE))
        self.palette, shaping = _palette(style, self.settings, self.random), self.rules
        self.rules = replace(shaping, steps=np.zeros_like(shaping.steps))
        rates = (0.55 + 0.45 * math.cos(math.pi * at) for at in progress)
        with self.batched():
            self.optimizer.reset()
            for gradients in self._descend(views, [1.0] * RECOLOURING, prefixes=True):
                on_likeness(_likeness(gradients, views))
            self.rules, self.look = shaping if wish.texture else self.rules, look
            self.optimizer.reset()
            for gradients in self._descend(views, rates, prefixes=True):
                on_likeness(_likeness(gradients, views))

    # --- what they are made of ------------------------------------------------------------------

    def views(self, picture: RgbaImage) -> list[View]:
        canvas = self.settings.canvas
        unknown = [WHITE] if self.brush.inks else [BLACK, WHITE]
        colours = unknown if canvas is None else [np.array(canvas) / 255.0]
        views = [picture.over(colour) for colour in colours]
        ground = self.settings.underpainting
        if ground is None:
            return views
        return [replace(view, canvas=np.array(ground) / 255.0) for view in views]

    def psnr(self, views: list[View]) -> float:
        errors = [np.mean((self.painted(view) - view.target) ** 2) for view in views]
        return psnr_of(float(np.mean(errors)))

    def painted(self, view: View) -> F64:
        """The painting on the view's canvas, [h, w, 3]."""
        return self._gradients(view).picture

    def strokes(self) -> Strokes:
        canvas = self.settings.underpainting or self.settings.canvas
        return Strokes(
            brush=self.brush.name,
            version=self.brush.version,
            params=self.laid(self.optimizer.params).astype(np.float32),
            colours=self._colours().astype(np.float32),
            canvas=np.array([1, 1, 1, 0] if canvas is None else [*(c / 255 for c in canvas), 1],
                            np.float32),
            aspect=self.aspect,
            seed=self.settings.seed,
            tip=self.tip,
        )  # fmt: skip

    def _add(self, views: list[View], new: int, sizes: tuple[float, float]) -> None:
        view = views[len(self.optimizer) % len(views)]
        painted, widest = self.painted(view), self.rules.bounds[1, self.width]
        self.optimizer.add(*self.placed(*self.proposed(view, painted, new, sizes, widest)))

    def proposed(
        self, view: View, painted: F64, new: int, sizes: tuple[float, float], widest: float
    ) -> tuple[F64, F64]:
        """Where new strokes do most good: boxes and colours, as from `propose`."""
        level = self.settings.lattice is not None
        if self.brush.merge:
            painted = self._wanting_ink(view, painted)
        return propose(
            view, painted, new, sizes, widest, self.blends, self.random, level, self.flow
        )

    def _wanting_ink(self, view: View, painted: F64) -> F64:
        """What is painted as seen from afar, and as it is to be where no ink brings it closer."""
        apart = self._from_afar(painted - view.target)
        inked = self.mixed(view.target.reshape(-1, 1, 3)).reshape(apart.shape)
        wants = (apart * (painted - inked)).sum(axis=2, keepdims=True) > 0
        return np.asarray(view.target + apart * wants)

    def _from_afar(self, apart: F64, much: float = 1.0) -> F64:
        """A difference [h, w, 3] where so much of lines close to each other is one tone."""
        near = self.brush.merge / math.sqrt(max(self.settings.strokes, 10)) * max(apart.shape)
        if near < 0.3:
            return apart
        far = np.dstack([blurred(apart[..., c], near) for c in range(3)])
        return np.asarray(apart + much * (far - apart))

    @property
    def blends(self) -> bool:
        """Whether strokes may go from one colour to another."""
        return self.brush.colours > 1 and self.palette is None

    def placed(self, boxes: F64, colours: F64) -> tuple[F64, F64]:
        """Strokes for boxes and colours proposed: (params [stroke, P], colours [stroke, C, 3])."""
        textures = self.random.integers(0, 65536, len(boxes))
        params = np.array([
            self.module.place(x, y, 2 * a, 2 * b, angle, float(texture))
            for (x, y, a, b, angle), texture in zip(boxes, textures, strict=True)
        ])  # fmt: skip
        return params.clip(*self.rules.bounds), colours[:, : self.brush.colours]

    def batched(self) -> AbstractContextManager[None]:
        """Held while it descends, for painters that share their steps."""
        return nullcontext()

    def _settle(self, views: list[View]) -> Likeness:
        """A few steps after a change; the likeness before the last."""
        with self.batched():
            (gradients,) = deque(self._descend(views, [1.0] * self.schedule.steps), maxlen=1)
        return _likeness(gradients, views)

    def _descend(
        self, views: list[View], rates: Iterable[float], prefixes: bool = False
    ) -> Iterator[canvas_.Gradients]:
        """Steps of descent at `rates`; the gradients on the last of `views` before each."""
        for rate in rates:
            for view in views:
                gradients = self._gradients(self._surrogate(view))
                g_params, g_colours = gradients.params, gradients.colours
                if prefixes:
                    self._add_prefix_gradients(g_params, g_colours)
                if self.flow:
                    g_params[:, self.angle] += self._torque(self.flow)
                self.optimizer.step(
                    (g_params, g_colours),
                    (rate * self.rules.steps, np.array(rate * COLOUR_STEP)),
                    self.rules.bounds,
                )
            yield gradients

    def _surrogate(self, view: View) -> View:
        """A view whose squared error has the gradient of the loss that is asked for.

        L1 is a squared error weighted by one over the error (iterated reweighting); the transport
        loss and a look move the target against their gradients. All at the painting as it is now:
        at that of the step before, strokes come out a tenth worse.
        """
        plain = self.settings.loss == "l2" and not self.settings.transport and not self.look
        if plain and not self.brush.merge:
            return view
        painted = self.painted(view)
        target, weight = view.target, view.weight
        if self.brush.merge:
            target = painted - self._from_afar(painted - target, MERGED)
        if self.settings.transport:
            pull = self.settings.transport * transport_gradient(painted, target)
            target = target - pull / (2 * weight[..., None])
        if self.settings.loss == "l1":
            weight = weight / l1_scale(painted, view.target)
        if self.look:
            target = target - self.look.gradient(painted, view.alpha) / (2 * weight[..., None])
        return replace(view, target=target, weight=weight)

    def _add_prefix_gradients(self, g_params: F64, g_colours: F64) -> None:
        for first in PREFIXES:
            if first < len(self.optimizer):
                for view in self.prefix_views:
                    gradients = self._gradients(view, first)
                    g_params[:first] += PREFIX_WEIGHT * gradients.params
                    g_colours[:first] += PREFIX_WEIGHT * gradients.colours

    def _torque(self, flow: Flow) -> F64:
        x, y, a, b = self.optimizer.params[:, :4].T
        return flow.torque(x, y, self.optimizer.params[:, self.angle], 4 * a * b)

    def _gradients(self, view: View, first: int | None = None) -> canvas_.Gradients:
        """The loss of the painting (of its `first` strokes) and its gradients."""
        params = self.laid(self.optimizer.params[:first])
        return self.descent(params, self._colours()[:first], view, 1.0)

    def laid(self, params: F64) -> F64:
        """Strokes as they are painted: on the lattice, if there is one."""
        lattice = self.settings.lattice
        if lattice is None:
            return params
        middle, half = params[:, :2], params[:, 2:4]
        first, last = (np.round((middle + side * half) * lattice) for side in (-1, 1))
        last = np.maximum(last, first + 1)
        return np.hstack(
            [(first + last) / 2 / lattice, (last - first) / 2 / lattice, params[:, 4:]]
        )

    def _colours(self) -> F64:
        """The colours to paint with: those of the palette closest to what descent asks for."""
        return self.mixed(self.optimizer.colours)

    def mixed(self, colours: F64) -> F64:
        """The colours there are that are closest to `colours` [stroke, C, 3]."""
        if self.palette is None:
            return colours
        chosen = self.palette[nearest_colour(colours.mean(axis=1, keepdims=True), self.palette)]
        return np.ascontiguousarray(np.broadcast_to(chosen, colours.shape))

    def _sizes(self, wanted: int) -> tuple[float, float]:
        """Half lengths strokes are looked for at: smallest and largest."""
        low = SMALLEST / math.sqrt(max(wanted, 10))
        low = low if self.settings.min_size is None else self.settings.min_size / 2
        high = LARGEST if self.settings.max_size is None else self.settings.max_size / 2
        return low, max(low, high)

    def _rules(self) -> _Rules:
        names = self.brush.params
        bounds = np.array([self.brush.low, self.brush.high])
        steps = np.array(self.brush.step)
        if self.settings.min_size is not None:
            bounds[0, names.index("half_length")] = self.settings.min_size / 2
            bounds[0, self.width] = SLIM * self.settings.min_size / 2
        if self.settings.max_size is not None:
            for at in (names.index("half_length"), self.width):
                bounds[1, at] = min(bounds[1, at], self.settings.max_size / 2)
        if self.settings.lattice is not None:  # they stay where they were proposed
            bounds[:, names.index("angle")] = 0.0
            steps[[names.index(name) for name in ("x", "y", "half_length", "half_width")]] = 0.0
        if self.settings.opaque:
            bounds[:, names.index("opacity")] = 1.0
        return _Rules(bounds, steps)


def _likeness(gradients: canvas_.Gradients, views: list[View]) -> Likeness:
    """Of the painting that gradients on the last of `views` were taken at."""
    target = views[-1].target
    return Likeness.of(gradients.picture - target, max(target.shape[:2]))


def l1_scale(painted: F64, target: F64) -> F64:
    """What a squared error is divided by to have the gradient of an absolute one, [h, w]."""
    return np.asarray((2 * np.abs(painted - target).mean(axis=2)).clip(L1_FLOOR))


def _palette(
    picture: RgbaImage, settings: PaintSettings, random: np.random.Generator
) -> F64 | None:
    if isinstance(settings.palette, int):
        return found_palette(picture, settings.palette, random, settings.oklab)
    return None if settings.palette is None else np.array(settings.palette) / 255.0
