"""What paints give when they are stirred together: yellow and blue a green, where light gives grey.

A colour becomes the smoothest reflectance that looks like it, on a few bands; in a mixture each
paint absorbs (K) and scatters (S) by its part, and K / S of every band says what comes back.
Sources: Kubelka and Munk, Zeitschrift fuer technische Physik 12, 1931: K / S = (1 - R)^2 / 2 R;
reflectance as a sigmoid of a parabola, Jakob and Hanika, Computer Graphics Forum 38, 2019; the
observer, Wyman, Sloan and Shirley, JCGT 2(2), 2013; the lamp, CIE D65, scaled so that what returns
all light is white. Saunderson's reflection at the surface is left out: a paint alone is its colour.

Unusual: paints tint unequally (a trace of blue greens much yellow), so parts are not volumes: a
mixture holds as much of each as brings it so far, in OKLab, from the one to the other.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nftforge.painting.oklab import from_linear, to_linear, to_oklab
from nftforge.painting.settings import Colour

F64 = NDArray[np.float64]

NM = np.arange(410, 700, 20)  # middles of the bands
D65 = np.array([
    91.486, 86.682, 117.008, 114.861, 108.811, 107.802, 107.689, 104.046,
    96.334, 88.686, 89.599, 83.289, 80.027, 82.278, 69.721,
])  # fmt: skip
BANDS = len(NM)  # with ten, pure red is 3 of 255 levels off
DARKEST = 2e-4  # linear light that a paint returns at least, and falls short of all by; most alike
TRIALS, CLOSE = 300, 1e-7  # of a fit; cube roots of linear light
MOST, HALVINGS = 20.0, 50  # log odds that are tried; how often

XYZ_TO_RGB = np.array(
    [
        [3.2404542, -1.5371385, -0.4985314],
        [-0.9692660, 1.8760108, 0.0415560],
        [0.0556434, -0.2040259, 1.0572252],
    ]
)


def mixture(first: Colour, last: Colour, part: float) -> Colour:
    """What two paints mix to that is so far (0..1) from one to the other."""
    ends = [to_oklab(np.array(colour) / 255.0) for colour in (first, last)]
    way = ends[1] - ends[0]
    if not way.any():
        return first
    one, other = absorption(first), absorption(last)
    low, high = -MOST, MOST
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        share = 1 / (1 + np.exp(-middle))
        found = seen((1 - share) * one + share * other)
        if (to_oklab(found) - ends[0]) @ way < part * (way @ way):
            low = middle
        else:
            high = middle
    red, green, blue = (found * 255).round().astype(int).tolist()
    return red, green, blue


@lru_cache(1024)
def absorption(colour: Colour) -> F64:
    """K / S of a paint of that colour, [BANDS]."""
    returned = reflectance(np.array(colour) / 255.0)
    return np.asarray((1 - returned) ** 2 / (2 * returned))


def seen(absorbed: F64) -> F64:
    """The colour, sRGB 0..1, of a thick layer of that K / S."""
    returned = 1 + absorbed - np.sqrt(absorbed * (absorbed + 2))
    return from_linear((SCREEN @ returned).clip(0, 1))


def reflectance(srgb: F64) -> F64:
    """[BANDS], each between 0 and 1, of a paint of colour `srgb` [3], 0..1.

    Levenberg and Marquardt's descent on the parabola's three numbers.
    """
    goal = np.cbrt(to_linear(srgb).clip(DARKEST, 1 - DARKEST))
    bend, damping = np.zeros(3), 1e-3
    off, slopes = _misfit(bend, goal)
    for _ in range(TRIALS):
        if np.abs(off).max() < CLOSE:
            break
        square = slopes.T @ slopes
        damped = square + damping * np.diag(np.diag(square) + 1e-12)
        tried = bend - np.linalg.solve(damped, slopes.T @ off)
        off_there, slopes_there = _misfit(tried, goal)
        if off_there @ off_there < off @ off:
            bend, off, slopes, damping = tried, off_there, slopes_there, max(damping / 5, 1e-12)
        else:
            damping *= 5
    return _sigmoid(POWERS @ bend)


def _misfit(bend: F64, goal: F64) -> tuple[F64, F64]:
    """How far the cube roots of linear light [3] are off, and how that changes [3, 3]."""
    at = POWERS @ bend
    light = np.cbrt(SCREEN @ _sigmoid(at))
    slopes = (SCREEN * (0.5 * (1 + at * at) ** -1.5)) @ POWERS
    return light - goal, slopes / (3 * light**2)[:, None]


def _sigmoid(at: F64) -> F64:
    return np.asarray(0.5 + at / (2 * np.sqrt(1 + at * at)))


def _screen() -> F64:
    """[3, BANDS]: linear light of a screen for what comes back in each band; rows sum to 1."""

    def lobe(height: float, peak: float, left: float, right: float) -> F64:
        return np.asarray(
            height * np.exp(-0.5 * ((NM - peak) * np.where(peak > NM, left, right)) ** 2)
        )

    observer = np.array([
        lobe(0.362, 442.0, 0.0624, 0.0374) + lobe(1.056, 599.8, 0.0264, 0.0323)
        + lobe(-0.065, 501.1, 0.0490, 0.0382),
        lobe(0.821, 568.8, 0.0213, 0.0247) + lobe(0.286, 530.9, 0.0613, 0.0322),
        lobe(1.217, 437.0, 0.0845, 0.0278) + lobe(0.681, 459.0, 0.0385, 0.0725),
    ])  # fmt: skip
    light = XYZ_TO_RGB @ (observer * D65)
    return np.asarray(light / light.sum(axis=1, keepdims=True))


SCREEN = _screen()
POWERS = np.vander(np.linspace(-1, 1, BANDS), 3)
