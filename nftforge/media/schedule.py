"""Which moments of a painting become frames, by what is seen to change.

A painting goes from few large strokes to many small ones. Shown at an even pace the first second
would be a blur and the rest would crawl. So frames share out the visible change: a stroke that
changes much is a frame of its own and stays long, details come in groups and fast. What a change
counts is the root of its size, or the first ten strokes would be the whole film.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BODY_MS = 11_000  # all frames but the last, which is held,
FRAME_MS = 110  # or so much a frame, if that is less
SLOWEST = 3.0  # how much longer than usual a frame stays that shows more than usual, at most
MIN_MS = 20  # browsers turn shorter delays into 100 ms


@dataclass(frozen=True)
class Keyframe:
    """The painting after `strokes` strokes, shown for `delay_ms`."""

    strokes: int
    delay_ms: int


def visible(frames: Iterable[NDArray[np.uint8]]) -> list[float]:
    """How much each frame [h, w, 3] differs from the one before: mean of absolute differences."""
    changes: list[float] = []
    before: NDArray[np.int16] | None = None
    for frame in frames:
        now = frame.astype(np.int16)
        if before is not None:
            changes.append(float(np.abs(now - before).mean()))
        before = now
    return changes


def schedule(changes: Sequence[float], frames: int, hold_ms: int) -> list[Keyframe]:
    """At most `frames` keyframes, the last one the finished painting, held for `hold_ms`.

    changes: of each stroke, as from `visible`. There is no frame of the empty canvas (unless there
    is no stroke at all): many viewers show the first frame as the thumbnail. Delays are multiples
    of 10 ms, the unit of GIF.
    """
    counts = _counts(np.sqrt(changes) + 1e-6, frames)
    shown = np.diff(np.concatenate([[0.0], np.cumsum(changes)])[[0, *counts]])[:-1]
    usual = float(np.median(shown)) if len(shown) else 0.0
    pace = np.clip(np.sqrt(shown / max(usual, 1e-6)), 1.0, SLOWEST)
    delays = pace * min(BODY_MS, FRAME_MS * len(shown)) / max(1.0, pace.sum())
    return [
        Keyframe(count, max(MIN_MS, round(delay / 10) * 10))
        for count, delay in zip(counts, [*delays, hold_ms], strict=True)
    ]


def _counts(weights: NDArray[np.float64], frames: int) -> list[int]:
    """Rising stroke counts that share out the weight, at least one stroke a frame."""
    strokes = len(weights)
    if not strokes:
        return [0]
    until = np.concatenate([[0.0], np.cumsum(weights)])
    counts, done = [], 0
    for left in range(min(frames, strokes), 0, -1):
        goal = until[done] + (until[-1] - until[done]) / left
        nearest = int(np.argmin(np.abs(until[done + 1 :] - goal))) + done + 1
        done = min(nearest, strokes - (left - 1))
        counts.append(done)
    return counts


def thinned(keyframes: Sequence[Keyframe]) -> list[Keyframe]:
    """Every other keyframe (and the last), each shown as long as those it stands for."""
    body, last = keyframes[:-1], keyframes[-1]
    pairs = [body[index : index + 2] for index in range(0, len(body), 2)]
    return [
        Keyframe(pair[-1].strokes, sum(keyframe.delay_ms for keyframe in pair)) for pair in pairs
    ] + [last]
