"""How close a painting is to its picture: PSNR and SSIM, plain numpy, sRGB values 0..1."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

IDENTICAL_DB = 99.0  # reported for equal pictures, whose PSNR is infinite
MOST_DB = 90.0  # reported while painting and of networks: errors below 1e-9 are not told apart


def psnr_of(mse: float, peak: float = 1.0, most: float = MOST_DB) -> float:
    """Peak signal-to-noise ratio of a mean squared error, in dB, `most` at most."""
    return min(most, -10.0 * math.log10(mse / peak**2)) if mse > 0 else most


def psnr(picture: NDArray[Any], target: NDArray[Any]) -> float:
    """Peak signal-to-noise ratio in dB, peak 1; 99 for identical pictures. Arrays [h, w, 3]."""
    error = float(np.mean((picture.astype(np.float64) - target) ** 2))
    return psnr_of(error, most=IDENTICAL_DB)


def ssim(picture: NDArray[Any], target: NDArray[Any], window: int = 8) -> float:
    """Mean structural similarity of the luma over `window`-pixel squares (Wang et al. 2004).

    Uniform windows; pictures smaller than the window are compared as one.
    """
    luma = np.array([0.299, 0.587, 0.114])
    a, b = picture.astype(np.float64) @ luma, target.astype(np.float64) @ luma
    side = min(window, *a.shape)
    mean_a, mean_b = _box(a, side), _box(b, side)
    var_a = _box(a * a, side) - mean_a**2
    var_b = _box(b * b, side) - mean_b**2
    covariance = _box(a * b, side) - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    top = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    return float(np.mean(top / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))))


def _box(values: NDArray[Any], side: int) -> NDArray[Any]:
    """Means over every side x side square."""
    total = np.pad(values, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    inner = total[side:, side:] - total[:-side, side:] - total[side:, :-side]
    return np.asarray((inner + total[:-side, :-side]) / side**2)
