"""Which moments of a painting become frames: big strokes one by one, details in groups.

A painting goes from few large strokes to many small ones. Shown at an even pace the first second
would be a blur and the rest would crawl, so the number of strokes a frame adds grows with what is
there already, and the first frames stay longest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FIRST_MS, LAST_MS = 180, 70  # how long an early and a late frame stay,
BODY_MS = 11_000  # unless all of them together, without the hold, would take longer than this
GROWTH = 1.6  # frame k of n shows strokes * (k / n)^1.6, and one more than the frame before
MIN_MS = 20  # browsers turn shorter delays into 100 ms


@dataclass(frozen=True)
class Stop:
    """The painting after `strokes` strokes, shown for `delay_ms`."""

    strokes: int
    delay_ms: int


def schedule(strokes: int, frames: int, hold_ms: int) -> list[Stop]:
    """At most `frames` stops, the last one the finished painting, held for `hold_ms`.

    There is no frame of the empty canvas (unless there is no stroke at all): many viewers show the
    first frame as the thumbnail. Delays are multiples of 10 ms, the unit of GIF.
    """
    counts = _counts(strokes, frames)
    last = len(counts) - 1
    delays = [FIRST_MS + (LAST_MS - FIRST_MS) * index / last for index in range(last)]
    pace = min(1.0, BODY_MS / max(sum(delays), 1))
    held = [*(delay * pace for delay in delays), hold_ms]
    return [
        Stop(count, max(MIN_MS, round(delay / 10) * 10))
        for count, delay in zip(counts, held, strict=True)
    ]


def _counts(strokes: int, frames: int) -> list[int]:
    if strokes <= frames:
        return list(range(1, strokes + 1)) or [0]
    counts: list[int] = []
    for index in range(1, frames + 1):
        wanted = round(strokes * (index / frames) ** GROWTH)
        counts.append(max(wanted, counts[-1] + 1 if counts else 1))
    counts[-1] = strokes
    return counts


def thinned(stops: Sequence[Stop]) -> list[Stop]:
    """Every other stop (and the last), each shown as long as those it stands for."""
    body, last = stops[:-1], stops[-1]
    pairs = [body[index : index + 2] for index in range(0, len(body), 2)]
    return [Stop(pair[-1].strokes, sum(stop.delay_ms for stop in pair)) for pair in pairs] + [last]
