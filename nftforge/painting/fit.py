"""The analytic engine: strokes by gradient descent on the whole canvas at once.

    1. work small: the picture at 192 pixels, then 288, at last the working size
    2. add strokes in groups where the error is, large ones first, lying along the picture's edges;
       after each group a few Adam steps on every stroke so far, edges soft at first
    3. recycle: strokes that hardly show are taken away and put where the error is now
    4. joint steps on all strokes, each size in turn, with sharp edges and a falling rate

Randomness comes from one seed; nothing depends on time, on the machine's load or on the number of
threads, so the same seed paints the same strokes to the bit. Sources: the paper's objective and
stroke model (arXiv 2011.08114), error-guided placing as in the design, Adam (arXiv 1412.6980).
What each step gains is in docs/decisions.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nftforge.painting import canvas as canvas_
from nftforge.painting.brushes import load_brush
from nftforge.painting.metrics import psnr, ssim
from nftforge.painting.search import find
from nftforge.painting.settings import OnProgress, PaintSettings
from nftforge.painting.strokes import Strokes

F64 = NDArray[np.float64]

SMALL, MEDIUM = 192, 288  # pixels, the longer side; then the working size
GROUPS = 18  # strokes are added in about this many groups
STEPS_A_GROUP = 10
RECYCLINGS, RECYCLED = 10, 0.06  # how often, and what part of the strokes each time
SMALL_STEPS, MEDIUM_STEPS, FULL_STEPS = 50, 24, 8  # joint steps at the end
SOFT_START, SOFT_END = 2.0, 1.0  # softness of edges while strokes are added, pixels
COLOUR_STEP = 0.03
TRACE = False
SMALLEST, LARGEST = 0.012, 0.2


@dataclass(frozen=True)
class Picture:
    """A picture at one size over the canvas colour: target [h, w, 3], weight and opaque [h, w]."""

    target: F64
    weight: F64  # sums to 1/3, so a loss is a mean squared error over channels
    opaque: F64  # 0..1: where strokes may start

    @property
    def scale(self) -> int:
        return int(max(self.target.shape[:2]))


def fit(
    rgb: NDArray[np.float32],
    alpha: NDArray[np.float32] | None,
    settings: PaintSettings,
    on_progress: OnProgress,
) -> tuple[Strokes, float, float]:
    """Strokes for a picture, with PSNR (dB) and SSIM at the picture's size. See `engine.paint`."""
    brush = load_brush(settings.brush).BRUSH
    random = np.random.default_rng(settings.seed)
    background = np.array(settings.canvas, np.float64) / 255.0
    full = _picture(rgb, alpha, background)
    small, medium = (_resized(full, min(size, full.scale)) for size in (SMALL, MEDIUM))
    hand = _Hand(settings, background, random)
    wanted = settings.strokes

    for added in _groups(wanted):
        progress = len(hand.params) / wanted
        hand.add(small, added, (SMALLEST, 0.03+LARGEST * (1 - progress) ** 2))
        soft = SOFT_START + (SOFT_END - SOFT_START) * progress
        mse = [hand.descend(small, soft) for _ in range(STEPS_A_GROUP)][-1]
        on_progress(len(hand.params) - 1, wanted, _db(mse))
    if TRACE: print('added', _db(mse))
    for _ in range(RECYCLINGS):
        hand.recycle(small, max(1,round(wanted * RECYCLED)), (SMALLEST, 0.06))
        mse = [hand.descend(small, SOFT_END) for _ in range(STEPS_A_GROUP)][-1]
        on_progress(wanted - 1, wanted, _db(mse))
    if TRACE: print('recycled', _db(mse))
    for picture, steps in ((small, SMALL_STEPS), (medium, MEDIUM_STEPS), (full, FULL_STEPS)):
        for step in range(steps):
            mse = hand.descend(picture, 1.0, rate=0.5 * (1 + math.cos(math.pi * step / steps)))
            on_progress(wanted - 1, wanted, _db(mse))
        if TRACE: print(picture.scale, _db(mse))

    height, width = full.target.shape[:2]
    strokes = Strokes(
        brush=brush.name,
        version=brush.version,
        params=hand.params.astype(np.float32),
        colours=hand.colours.astype(np.float32),
        canvas=background.astype(np.float32),
        aspect=width / height,
        seed=settings.seed,
    )
    painted = canvas_.render(strokes, width, height) / 255.0
    quality = psnr(painted, full.target), ssim(painted, full.target)
    on_progress(wanted, wanted, quality[0])
    return strokes, *quality


class _Hand:
    """The strokes so far and Adam's memory of them; the only mutable thing in a fit."""

    def __init__(self, settings: PaintSettings, background: F64, random: Any) -> None:
        self.module = load_brush(settings.brush)
        self.brush = self.module.BRUSH
        self.settings, self.background, self.random = settings, background, random
        self.params: F64 = np.empty((0, len(self.brush.params)))
        self.colours: F64 = np.empty((0, self.brush.colours, 3))
        self._moments = [np.zeros_like(array) for array in (self.params, self.colours) * 2]
        self._ages: F64 = np.empty(0)  # Adam steps each stroke has had

    def add(self, picture: Picture, count: int, sizes: tuple[float, float]) -> None:
        """Put `count` strokes on top where they take away most error."""
        painted = self._painted(picture)
        boxes, colours = find(
            picture.target, painted, picture.opaque, count, sizes, self.brush.colours > 1,
            self.random,
        )  # fmt: skip
        textures = self.random.integers(0, 65536, count).astype(float)
        strokes = [
            self.module.place(x, y, 2 * a, 2 * b, angle, texture)
            for (x, y, a, b, angle), texture in zip(boxes, textures, strict=True)
        ]
        self.params = np.vstack([self.params, strokes]).clip(self.brush.low, self.brush.high)
        self.colours = np.concatenate([self.colours, colours[:, : self.brush.colours]])
        self._moments = [
            np.concatenate([moment, np.zeros((count, *moment.shape[1:]))])
            for moment in self._moments
        ]
        self._ages = np.append(self._ages, np.zeros(count))

    def recycle(self, picture: Picture, count: int, sizes: tuple[float, float]) -> None:
        """Take away the `count` strokes that are worth least and put new ones where they help."""
        keep = np.sort(np.argsort(self._slope(picture, 1.0).worth, kind="stable")[count:])
        self.params, self.colours, self._ages = (
            self.params[keep],
            self.colours[keep],
            self._ages[keep],
        )
        self._moments = [moment[keep] for moment in self._moments]
        self.add(picture, count, sizes)

    def _painted(self, picture: Picture) -> NDArray[Any]:
        return self._slope(picture, 1.0).picture

    def _slope(self, picture: Picture, soft_px: float) -> canvas_.Slope:
        return canvas_.loss_and_grad(
            self.brush.name, self.params, self.colours, canvas_.NO_DATA, picture.target, picture.weight,
            self.background, soft_px,
        )  # fmt: skip

    def descend(self, picture: Picture, soft_px: float, rate: float = 1.0) -> float:
        """One Adam step on every stroke. Returns the mean squared error before it."""
        slope = self._slope(picture, soft_px)
        self._ages += 1
        steps = np.array(self.brush.step)
        self.params = self._adam(0, self.params, slope.params, rate * steps)
        self.params = self.params.clip(self.brush.low, self.brush.high)
        self.colours = self._adam(1, self.colours, slope.colours, np.array(rate * COLOUR_STEP))
        self.colours = self.colours.clip(0, 1)
        return slope.loss

    def _adam(self, which: int, values: F64, gradient: F64, step: F64) -> F64:
        first, second = self._moments[which], self._moments[which + 2]
        first += 0.1 * (gradient - first)
        second += 0.01 * (gradient**2 - second)
        ages = self._ages.reshape(-1, *[1] * (values.ndim - 1))
        mean, spread = first / (1 - 0.9**ages), second / (1 - 0.99**ages)
        return np.asarray(values - step * mean / (np.sqrt(spread) + 1e-12))


def _groups(strokes: int) -> Iterator[int]:
    """How many strokes to add at a time."""
    size = max(1, math.ceil(strokes / GROUPS))
    for start in range(0, strokes, size):
        yield min(size, strokes - start)


def _picture(
    rgb: NDArray[np.float32], alpha: NDArray[np.float32] | None, background: F64
) -> Picture:
    height, width = rgb.shape[:2]
    opaque = np.ones((height, width)) if alpha is None else alpha.astype(np.float64)
    target = rgb * opaque[..., None] + background * (1 - opaque[..., None])
    weight = np.full((height, width), 1.0 / (3 * height * width))
    return Picture(target, weight, opaque)


def _resized(picture: Picture, size: int) -> Picture:
    height, width = picture.target.shape[:2]
    if size >= picture.scale:
        return picture
    shape = (
        max(1, round(height * size / picture.scale)),
        max(1, round(width * size / picture.scale)),
    )
    channels = [*np.moveaxis(picture.target, 2, 0), picture.opaque]
    planes = [_scale_plane(channel, shape) for channel in channels]
    weight = np.full(shape, 1.0 / (3 * shape[0] * shape[1]))
    return Picture(np.stack(planes[:3], axis=2).clip(0, 1), weight, planes[3].clip(0, 1))


def _scale_plane(plane: F64, shape: tuple[int, int]) -> F64:
    image = Image.fromarray(plane.astype(np.float32), mode="F")
    return np.asarray(image.resize((shape[1], shape[0]), Image.Resampling.BOX), np.float64)


def _edge_angles(target: F64, sigma: float) -> F64:
    """The direction along the picture's edges at each pixel (structure tensor), radians."""
    luma = np.asarray(target @ np.array([0.299, 0.587, 0.114]), np.float64)
    if min(luma.shape) < 2:
        return np.zeros_like(luma)
    dy, dx = (np.asarray(slope) for slope in np.gradient(_blur(luma, sigma / 2)))
    xx, yy, xy = _blur(dx * dx, sigma), _blur(dy * dy, sigma), _blur(dx * dy, sigma)
    return np.asarray(0.5 * np.arctan2(2 * xy, xx - yy) + math.pi / 2)


def _blur(values: F64, sigma: float) -> F64:
    """A Gaussian blur with mirrored borders."""
    radius = max(1, math.ceil(2 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / max(sigma, 0.3)) ** 2)
    kernel /= kernel.sum()
    for axis in (0, 1):
        pad = [(radius, radius) if axis == a else (0, 0) for a in (0, 1)]
        padded = np.pad(values, pad, mode="symmetric")
        values = np.apply_along_axis(np.convolve, axis, padded, kernel, mode="valid")
    return values


def _db(mse: float) -> float:
    return -10 * math.log10(max(mse, 1e-9))
