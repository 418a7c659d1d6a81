"""Palettes of every size for one frame.

Colours are split in two along their principal axis, the worst group first (Wu 1991 without the
grid), so one run gives a palette of every size; a few rounds of k-means (Lloyd 1982) settle the
ones that are tried. Plain loops, no BLAS: the same bytes every time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

SIZES = (3, 7, 15, 31, 63, 127, 255)  # with the transparent one a power of two
ROUNDS = 2  # of k-means


@njit(nogil=True, cache=True)
def split(pixels: Any, weight: Any) -> Any:
    """float64 [size, 255, 3], a row of colours for each of SIZES, and how many of them there are.

    pixels int32 [n, 3], at least one; weight [n] of a squared error.
    """
    count = len(pixels)
    order, spare = np.arange(count), np.empty(count, np.int64)
    start, stop = np.zeros(256, np.int64), np.zeros(256, np.int64)
    middle, axis, loss = np.zeros((256, 3)), np.zeros((256, 3)), np.zeros(256)
    stop[0] = count
    _measure(pixels, weight, order, start, stop, middle, axis, loss, 0)
    rows = np.zeros((len(SIZES), SIZES[-1], 3))
    counts = np.zeros(len(SIZES), np.int64)
    groups, size = 1, 0
    while True:
        worst = 0
        for k in range(1, groups):
            if loss[k] > loss[worst]:
                worst = k
        finished = loss[worst] <= 0.0
        while size < len(SIZES) and (groups == SIZES[size] or finished):
            rows[size, :groups], counts[size] = middle[:groups], groups
            size += 1
        if size == len(SIZES):
            return rows, counts
        left, right = start[worst], stop[worst]
        low, high = left, right
        for i in range(left, right):
            p, side = order[i], 0.0
            for c in range(3):
                side += (pixels[p, c] - middle[worst, c]) * axis[worst, c]
            if side <= 0.0:
                spare[low] = p
                low += 1
            else:
                high -= 1
                spare[high] = p
        if low in (left, right):
            loss[worst] = 0.0
            continue
        order[left:right] = spare[left:right]
        start[groups], stop[groups], stop[worst] = low, right, low
        _measure(pixels, weight, order, start, stop, middle, axis, loss, worst)
        _measure(pixels, weight, order, start, stop, middle, axis, loss, groups)
        groups += 1


@njit(nogil=True, cache=True)
def _measure(pixels: Any, weight: Any, order: Any, start: Any, stop: Any, middle: Any, axis: Any,
             loss: Any, k: int) -> None:  # fmt: skip
    """Mean, principal axis and loss of group k."""
    total, mean, spread = 1e-12, np.zeros(3), np.zeros((3, 3))
    for i in range(start[k], stop[k]):
        p = order[i]
        total += weight[p]
        for c in range(3):
            mean[c] += weight[p] * pixels[p, c]
    mean /= total
    for i in range(start[k], stop[k]):
        p = order[i]
        for c in range(3):
            for d in range(c, 3):
                spread[c, d] += weight[p] * (pixels[p, c] - mean[c]) * (pixels[p, d] - mean[d])
    spread[1, 0], spread[2, 0], spread[2, 1] = spread[0, 1], spread[0, 2], spread[1, 2]
    middle[k], loss[k] = mean, spread[0, 0] + spread[1, 1] + spread[2, 2]
    widest = 0
    for c in range(1, 3):
        if spread[c, c] > spread[widest, widest]:
            widest = c
    line = spread[widest].copy()  # never at right angles to the answer
    for _ in range(12):  # power iteration
        turned = np.zeros(3)
        for c in range(3):
            for d in range(3):
                turned[c] += spread[c, d] * line[d]
        size = np.sqrt(turned[0] ** 2 + turned[1] ** 2 + turned[2] ** 2)
        if size < 1e-12:
            break
        line = turned / size
    axis[k] = line


@njit(nogil=True, cache=True)
def settle(pixels: Any, weight: Any, start: Any) -> Any:
    """int32 [K, 3]: the colours float64 [K, 3] after a few rounds of k-means, rounded."""
    groups, colours = len(start), start.copy()
    for _ in range(ROUNDS):
        sums, totals = np.zeros((groups, 3)), np.zeros(groups)
        for p in range(len(pixels)):
            near, least = 0, 1e30
            for k in range(groups):
                r, g, b = (
                    pixels[p, 0] - colours[k, 0],
                    pixels[p, 1] - colours[k, 1],
                    pixels[p, 2] - colours[k, 2],
                )
                far = r * r + g * g + b * b
                if far < least:
                    near, least = k, far
            totals[near] += weight[p]
            for c in range(3):
                sums[near, c] += weight[p] * pixels[p, c]
        for k in range(groups):
            if totals[k] > 0:
                colours[k] = sums[k] / totals[k]
    return _rounded(colours)


@njit(nogil=True, cache=True)
def recentre(pixels: Any, weight: Any, symbols: Any, colours: Any) -> Any:
    """int32 [K, 3]: each colour as the mean of the pixels [n] that a coder has given it.

    symbols [n]: indices of colours; K, transparent, is left out.
    """
    groups = len(colours)
    sums, totals = np.zeros((groups, 3)), np.zeros(groups)
    for p in range(len(pixels)):
        k = symbols[p]
        if k < groups:
            totals[k] += weight[p]
            for c in range(3):
                sums[k, c] += weight[p] * pixels[p, c]
    means = colours.astype(np.float64)
    for k in range(groups):
        if totals[k] > 0:
            means[k] = sums[k] / totals[k]
    return _rounded(means)


@njit(nogil=True, cache=True)
def distortion(pixels: Any, shown: Any, weight: Any, symbols: Any, colours: Any) -> float:
    """Weighted squared error of pixels [n, 3] as colours[symbols]; K leaves what is `shown`."""
    total = 0.0
    for p in range(len(pixels)):
        k = symbols[p]
        for c in range(3):
            there = shown[p, c] if k == len(colours) else colours[k, c]
            total += weight[p] * (pixels[p, c] - there) ** 2
    return total


@njit(nogil=True, cache=True)
def _rounded(colours: Any) -> Any:
    rounded = np.empty(colours.shape, np.int32)
    for k in range(len(colours)):
        for c in range(3):
            rounded[k, c] = int(np.floor(colours[k, c] + 0.5))
    return rounded
