"""Colours as eyes tell them apart: OKLab.

Ottosson, A perceptual color space for image processing, 2020 (bottosson.github.io/posts/oklab).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def to_oklab(srgb: F64) -> F64:
    """sRGB [..., 3], 0..1, to OKLab: lightness 0..1, green to red, blue to yellow."""
    return np.asarray(np.cbrt(to_linear(srgb) @ CONES.T) @ LAB.T)


def from_oklab(lab: F64) -> F64:
    """Back to sRGB, what no screen shows cut off."""
    return from_linear(((lab @ np.linalg.inv(LAB).T) ** 3 @ np.linalg.inv(CONES).T).clip(0, 1))


def to_linear(srgb: F64) -> F64:
    """sRGB, 0..1, to what light adds up in (IEC 61966-2-1)."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def from_linear(linear: F64) -> F64:
    """Back to sRGB."""
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
