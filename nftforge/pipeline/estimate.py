"""How long pieces take that are not made yet, told from those that are: nothing here is measured
but what was made.

Every artifact says in how many seconds it was made, with as many pieces in work as this machine
paints at once. Painting is taken to grow with the strokes and to differ between brushes; what
pieces differ by beside that is the error.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from nftforge.core.stage import Report
from nftforge.painting.settings import threads
from nftforge.pipeline.build import build, on_disk
from nftforge.pipeline.job import Job, working
from nftforge.pipeline.paint import crew
from nftforge.pipeline.work import Work

TIMED = 3  # pieces, or as many as are painted at once
WATTS = 8.0  # of a core that paints: a desktop's 65 W among its eight
LEAST_ERROR = 0.05


@dataclass(frozen=True)
class Made:
    """What a piece took: seconds of painting and of rendering, by brush and strokes."""

    brush: str
    strokes: int
    painting: float
    rendering: float


def time_some(job: Job, report: Report) -> None:
    """Paint and render a few pieces, spread over those that are not made yet; a run finds them."""
    waiting = [work.piece.id for work in _painted(job, on_disk(job)) if not work.render]
    chosen = frozenset(spread(waiting, max(TIMED, crew())))
    if chosen:
        some = replace(job, only=chosen)
        with working(some, report):
            build(some, report, "render")


def spread(items: Sequence[str], count: int) -> list[str]:
    """`count` of them at equal distances; all if there are no more."""
    count = min(count, len(items))
    return [items[len(items) * (2 * at + 1) // (2 * count)] for at in range(count)]


def making(job: Job, works: Sequence[Work]) -> dict[str, Any] | None:
    """What is left to paint and render, as `plan --json` has it; None if nothing is.

    seconds on this machine, watt_hours of its cores and error (a part of both, two standard errors)
    are null until pieces have been timed.
    """
    works = _painted(job, works)
    left = [work for work in works if not (work.paint and work.render)]
    if not left:
        return None
    made = [_made(job, work) for work in works if work.paint and work.render]
    known = {"pieces": len(left), "timed": len(made)}
    if not made:
        return {**known, "seconds": None, "error": None, "watt_hours": None}
    seconds = sum(_expected(job, work, made) for work in left) / min(crew(), len(left))
    watt_hours = seconds * threads() * WATTS / 3600
    return {
        **known,
        "seconds": round(seconds, 1),
        "error": _error(made),
        "watt_hours": round(watt_hours, 2),
    }


def _painted(job: Job, works: Sequence[Work]) -> list[Work]:
    """Those of pieces that are painted; finished works are made."""
    return [work for work in works if not job.collection.is_finished(work.piece)]


def _made(job: Job, work: Work) -> Made:
    assert work.paint and work.render
    brush, _ = _wanted(job, work)
    painted = work.paint.artifact.provenance
    rendered = work.render.artifact.provenance
    return Made(brush, painted["strokes"], _seconds(painted), _seconds(rendered))


def _seconds(provenance: Any) -> float:
    value = provenance.get("seconds")
    return float(value) if isinstance(value, int | float) else 0.0


def _wanted(job: Job, work: Work) -> tuple[str, int]:
    paint, piece = job.collection.paint, work.piece
    most = paint.target.max_strokes if paint.target else paint.strokes
    return piece.brush or paint.brush, piece.strokes or most


def _expected(job: Job, work: Work, made: Sequence[Made]) -> float:
    brush, strokes = _wanted(job, work)
    alike = [each for each in made if each.brush == brush] or made
    a_stroke = statistics.fmean(each.painting / each.strokes for each in alike)
    rendering = statistics.fmean(each.rendering for each in made)
    return (0.0 if work.paint else a_stroke * strokes) + rendering


def _error(made: Sequence[Made]) -> float | None:
    """Two standard errors of the mean of what a stroke takes, as a part of it."""
    if len(made) < 2:
        return None
    each = [(one.painting + one.rendering) / one.strokes for one in made]
    mean = statistics.fmean(each)
    error = 2 * statistics.stdev(each) / math.sqrt(len(each)) / mean if mean else 0.0
    return round(max(error, LEAST_ERROR), 2)
