"""The order a person would paint in, without changing the picture.

Strokes that overlap keep their order; all others may be swapped. Among the strokes that may come
next: large ones first, then background before foreground, then whatever is near the last one.
Foreground is what differs from the picture's border in colour (the boundary prior of saliency).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nftforge.painting.pictures import RgbaImage

F64 = NDArray[np.float64]

LAYERS = 2.0  # layers of size for every fourfold smaller area
FOREGROUND = 0.5  # how far, in canvas lengths, the hand reaches to do background first


def painting_order(
    edges: NDArray[np.int64], centres: F64, areas: F64, foreground: F64
) -> NDArray[np.int64]:
    """Which stroke to paint first, second, ...

    edges [edge, 2] (below, above) as from `canvas.overlaps`; centres [stroke, 2] canvas units;
    areas [stroke]; foreground [stroke] 0..1.
    """
    layers = np.floor(LAYERS * np.log2(areas.max() / areas) / 2).astype(np.int64)
    by_below = edges[np.argsort(edges[:, 0], kind="stable")]
    starts = np.searchsorted(by_below[:, 0], np.arange(len(areas) + 1))
    waiting = np.bincount(edges[:, 1], minlength=len(areas))
    return np.asarray(
        _walk(by_below[:, 1].copy(), starts, waiting, centres, layers, FOREGROUND * foreground)
    )


@njit(cache=True)
def _walk(above: Any, starts: Any, waiting: Any, centres: Any, layers: Any, reluctance: Any) -> Any:
    count = len(layers)
    order = np.empty(count, np.int64)
    done = np.zeros(count, np.bool_)
    x, y = 0.0, 0.0
    for n in range(count):
        best, layer, cost = -1, 0, 0.0
        for i in range(count):
            if done[i] or waiting[i] > 0 or (best >= 0 and layers[i] > layer):
                continue
            far = np.hypot(centres[i, 0] - x, centres[i, 1] - y) + reluctance[i]
            if best < 0 or layers[i] < layer or far < cost:
                best, layer, cost = i, layers[i], far
        order[n] = best
        done[best] = True
        x, y = centres[best, 0], centres[best, 1]
        for k in range(starts[best], starts[best + 1]):
            waiting[above[k]] -= 1
    return order


def foreground_at(picture: RgbaImage, centres: F64) -> F64:
    """How much the picture at each centre [stroke, 2] differs from its border, 0..1."""
    small = picture.resized(48)
    rgb, (height, width) = small.rgb, small.alpha.shape
    border = np.concatenate([rgb[0], rgb[-1], rgb[:, 0], rgb[:, -1]])
    far = np.sqrt(((rgb[:, :, None] - border) ** 2).sum(axis=3))
    score = np.sort(far, axis=2)[..., : max(1, len(border) // 4)].mean(axis=2)
    column = (centres[:, 0] * small.scale).astype(int).clip(0, width - 1)
    row = (centres[:, 1] * small.scale).astype(int).clip(0, height - 1)
    return np.asarray((score / max(score.max(), 1e-9))[row, column])
