"""Paintings that nobody painted: strokes all over a canvas, of any brush, the same each time."""

from __future__ import annotations

import numpy as np

from nftforge.painting.brushes import load_brush
from nftforge.painting.strokes import Strokes

COUNT = 60
TIP = (np.hypot(*np.mgrid[-1:1:256j, -1:1:256j]) < 0.9).astype(np.uint8) * 220


def painting(brush: str, aspect: float = 1.5, count: int = COUNT) -> Strokes:
    """Strokes of that brush all over the canvas, some of them beyond its edge."""
    kind, random = load_brush(brush), np.random.default_rng(5)
    rows = [
        kind.place(
            random.uniform(0, 1), random.uniform(0, 1 / aspect), random.uniform(0.05, 0.4),
            random.uniform(0.02, 0.12), random.uniform(0, 6), random.integers(0, 60_000),
        )
        for _ in range(count)
    ]  # fmt: skip
    return Strokes(
        brush,
        kind.BRUSH.version,
        np.array(rows, np.float32),
        random.uniform(0, 1, (count, kind.BRUSH.colours, 3)).astype(np.float32),
        np.array([230 / 255, 242 / 255, 1, 1], np.float32),
        aspect,
        0,
        TIP if kind.BRUSH.tip else None,
    )
