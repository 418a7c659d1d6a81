"""The picture as the painter sees it: at several sizes, over the colour of the canvas.

A transparent canvas has no colour to compare with. The painter then looks at the picture over
black and over white in turns: strokes fit both only if colour AND coverage are right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nftforge.painting.oklab import from_oklab, to_oklab

F64 = NDArray[np.float64]

BEYOND = 0.12  # lightness (OKLab) that a palette may lack at either end
NEAR, CRISP = 0.03, 1.2  # of `drawn`: around a point (canvas units), and how much clearer
MIDDLE = 0.35, 0.7  # lightness: the least that becomes all of it
PAPER = 0.75  # power of lightness: drawings leave paper bare
BLACK, WHITE = np.zeros(3), np.ones(3)


@dataclass(frozen=True, eq=False)
class View:
    """What a painting on one canvas colour is compared with, at one size."""

    target: F64  # [h, w, 3]
    weight: F64  # [h, w], sums to 1/3, so a loss is a mean squared error over channels
    alpha: F64  # [h, w] 0..1: where strokes may start
    canvas: F64  # [3]
    focus: F64 | None = None  # [h, w], how much it matters, 1 on average; part of `weight`


@dataclass(frozen=True, eq=False)
class RgbaImage:
    """A picture at one size, sRGB 0..1, alpha not premultiplied."""

    rgb: F64  # [h, w, 3]
    alpha: F64  # [h, w]
    focus: F64 | None = None  # [h, w], how much it matters, 1 on average; see `focus`

    @classmethod
    def of(cls, rgb: NDArray[Any], alpha: NDArray[Any] | None) -> RgbaImage:
        """rgb [h, w, 3] and alpha [h, w] (None: opaque), 0..1."""
        solid = np.ones(rgb.shape[:2]) if alpha is None else alpha.astype(np.float64)
        return cls(np.ascontiguousarray(rgb, np.float64), solid)

    @property
    def scale(self) -> int:
        """The longer side, pixels."""
        return int(max(self.alpha.shape))

    def over(self, canvas: F64) -> View:
        """The picture over a canvas colour [3]: what strokes on that canvas should look like."""
        solid = self.alpha[..., None]
        target = self.rgb if solid.min() >= 1.0 else self.rgb * solid + canvas * (1 - solid)
        weight = np.full(self.alpha.shape, 1.0 / (3 * self.alpha.size))
        if self.focus is None:
            return View(target, weight, self.alpha, canvas)
        return View(target, weight * self.focus, self.alpha, canvas, self.focus)

    def resized(self, size: int) -> RgbaImage:
        """With `size` pixels on the longer side; never larger than it is."""
        if size >= self.scale:
            return self
        height, width = (max(1, round(side * size / self.scale)) for side in self.alpha.shape)
        solid = _shrunk(self.alpha, height, width)
        planes = [_shrunk(self.rgb[..., c] * self.alpha, height, width) for c in range(3)]
        rgb = np.stack(planes, axis=2) / np.maximum(solid, 1e-6)[..., None]
        focus = None if self.focus is None else _shrunk(self.focus, height, width)
        return RgbaImage(rgb.clip(0, 1), solid.clip(0, 1), focus)


def _shrunk(plane: F64, height: int, width: int) -> F64:
    image = Image.fromarray(plane.astype(np.float32), mode="F")
    return np.asarray(image.resize((width, height), Image.Resampling.BOX), np.float64)


def blurred(plane: F64, sigma: float) -> F64:
    """A plane [h, w] with a Gaussian of so many pixels, its rim going on for ever."""
    reach = int(3 * sigma + 1)
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    for axis in (0, 1):
        sides = [(reach, reach) if each == axis else (0, 0) for each in (0, 1)]
        padded = np.pad(plane, sides, mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, len(bell), axis=axis)
        plane = np.asarray(windows @ (bell / bell.sum()))
    return plane


def toned(picture: RgbaImage, palette: F64) -> RgbaImage:
    """A picture in the tones that a palette [k, 3] has: from its darkest to its lightest, and no
    more vivid than it is.

    Where colours lie on a line, as greys do, that line's: there is nothing else to mix.
    """
    lab, there = to_oklab(picture.rgb), to_oklab(palette)
    solid = picture.alpha > 0.5
    if not solid.any():
        return picture
    light = lab[..., 0]
    darkest, lightest = np.quantile(light[solid], (0.01, 0.99))
    low, high = there[:, 0].min(), there[:, 0].max()
    if darkest < low - BEYOND or lightest > high + BEYOND:  # fitted in, and no more than that
        part = (light - darkest) / max(lightest - darkest, 1e-6)
        low, high = max(low, min(darkest, high)), min(high, max(lightest, low))
        light = low + (high - low) * part.clip(0, 1)
    order = np.argsort(there[:, 0])
    ramp = [np.interp(light, there[order, 0], there[order, axis]) for axis in (1, 2)]
    vivid = np.quantile(np.hypot(lab[solid, 1], lab[solid, 2]), 0.9)
    pale = min(1.0, np.hypot(there[:, 1], there[:, 2]).max() / max(vivid, 1e-6))
    hue = ramp if _on_a_line(there) else [pale * lab[..., 1], pale * lab[..., 2]]
    rgb = from_oklab(np.stack([light, *hue], axis=2))
    return RgbaImage(rgb.clip(0, 1), picture.alpha, picture.focus)


def drawn(picture: RgbaImage) -> RgbaImage:
    """A picture in the contrasts that drawings have: from black to the paper, its forms clearer.

    Lines say where it is darker than around there, and nothing of a middle tone all over.
    """
    solid = picture.alpha > 0.5
    if not solid.any():
        return picture
    lab = to_oklab(picture.rgb)
    darkest, lightest = np.quantile(lab[solid, 0], (0.02, 0.98))
    darkest, lightest = min(darkest, MIDDLE[0]), max(lightest, MIDDLE[1])
    light = ((lab[..., 0] - darkest) / (lightest - darkest)).clip(0, 1) ** PAPER
    light = light + CRISP * (light - blurred(light, NEAR * picture.scale))
    rgb = from_oklab(np.dstack([light.clip(0, 1), lab[..., 1:]]))
    return RgbaImage(rgb.clip(0, 1), picture.alpha, picture.focus)


def _on_a_line(colours: F64) -> bool:
    spread = np.linalg.svd(colours - colours.mean(axis=0), compute_uv=False)
    return bool(spread[1:].sum() < 0.05 * spread[0])


def found_palette(
    target: RgbaImage, count: int, random: np.random.Generator, oklab: bool = False
) -> F64:
    """`count` sRGB colours [k, 3] that stand for the picture's best (k-means; Lloyd 1982).

    oklab: as eyes tell colours apart.
    """
    small = target.resized(96)
    pixels = small.rgb[small.alpha > 0.5]
    if len(pixels) == 0:
        pixels = np.ones((1, 3))
    pixels = to_oklab(pixels) if oklab else pixels
    chosen = [pixels[random.integers(len(pixels))]]
    for _ in range(count - 1):  # k-means++: far from those chosen
        far = np.min([((pixels - colour) ** 2).sum(axis=1) for colour in chosen], axis=0) + 1e-12
        chosen.append(pixels[random.choice(len(pixels), p=far / far.sum())])
    colours = np.array(chosen)
    for _ in range(20):
        nearest = nearest_colour(pixels, colours)
        for k in range(count):
            if np.any(nearest == k):
                colours[k] = pixels[nearest == k].mean(axis=0)
    return np.asarray(((from_oklab(colours) if oklab else colours) * 255).round() / 255)


def nearest_colour(values: F64, palette: F64) -> NDArray[np.intp]:
    """Index of the palette colour [k, 3] closest to each of `values` [..., 3]."""
    return np.asarray(((values[..., None, :] - palette) ** 2).sum(axis=-1).argmin(axis=-1))
