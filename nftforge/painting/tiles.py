"""Which strokes lie in which tiles of a canvas, and which pixels between which edges."""

from __future__ import annotations

from itertools import pairwise
from math import ceil, floor
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nftforge.painting.brushes._kit import compiled

TILE = 32  # pixels on a side
BANDS = 16  # parts a canvas is divided into for threads; fixed, so sums never change


class Tiling(NamedTuple):
    """Strokes binned into tiles for one canvas size and edge softness; loops take it as it is."""

    scale: float  # pixels in a canvas unit
    soft: float  # softness of edges, canvas units
    across: int  # tiles
    down: int
    starts: NDArray[np.int64]  # [tile + 1], where in `items` a tile's strokes are
    items: NDArray[np.int32]
    spans: NDArray[np.int64]  # [stroke, 4], first and last tile across and down

    @property
    def bands(self) -> list[tuple[int, int]]:
        """Tile ranges that threads share."""
        return shared_out(0, self.across * self.down)


def shared_out(first: int, last: int) -> list[tuple[int, int]]:
    """The tiles from `first` up to `last` in as many parts as threads may share."""
    edges = np.linspace(first, last, min(BANDS, last - first) + 1).astype(int).tolist()
    return list(pairwise(edges))


@njit(nogil=True, cache=True)
def bin_strokes(boxes: Any, side: float, across: int, down: int) -> Any:
    """(starts [tile + 1], items, spans): the strokes of each tile, in painting order.

    Tiles measure `side` canvas units; spans [stroke, 4] are the first and last tile of each stroke
    across and down.
    """
    counts = np.zeros(across * down + 1, np.int64)
    spans = np.empty((boxes.shape[0], 4), np.int64)
    for i in range(boxes.shape[0]):
        spans[i, 0] = max(int(np.floor(boxes[i, 0] / side)), 0)
        spans[i, 1] = max(int(np.floor(boxes[i, 1] / side)), 0)
        spans[i, 2] = min(int(np.floor(boxes[i, 2] / side)), across - 1)
        spans[i, 3] = min(int(np.floor(boxes[i, 3] / side)), down - 1)
        for ty in range(spans[i, 1], spans[i, 3] + 1):
            for tx in range(spans[i, 0], spans[i, 2] + 1):
                counts[ty * across + tx + 1] += 1
    starts = np.cumsum(counts)
    cursor = starts.copy()
    items = np.empty(starts[-1], np.int32)
    for i in range(boxes.shape[0]):
        for ty in range(spans[i, 1], spans[i, 3] + 1):
            for tx in range(spans[i, 0], spans[i, 2] + 1):
                tile = ty * across + tx
                items[cursor[tile]] = i
                cursor[tile] += 1
    return starts, items, spans


@compiled
def first_pixel(least: int, edge: float, scale: float) -> int:
    """The first pixel (or cell) whose middle is right of `edge`, a canvas coordinate."""
    return max(least, ceil(max(edge, -1.0) * scale - 0.5))


@compiled
def stop_pixel(most: int, edge: float, scale: float) -> int:
    """One past the last pixel whose middle is left of `edge`."""
    return min(most, floor(min(edge, 2.0) * scale - 0.5) + 1)
