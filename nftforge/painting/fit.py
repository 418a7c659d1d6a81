"""The course of a painting: which part of the work comes when, in steps or in seconds.

    grow, recycle, order, refine, and restyle if there is a style picture: see `painter`. If a PSNR
    is asked for, again with more strokes until it is reached.

Randomness comes from one seed; nothing depends on the machine's load or the number of threads, so
the same seed paints the same strokes to the bit (unless a time budget is given).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import count

from nftforge.painting.painter import Likeness, Painter
from nftforge.painting.pictures import RgbaImage
from nftforge.painting.settings import ProgressCallback, device
from nftforge.painting.strokes import Strokes

Clock = Callable[[], float]

FIRST = 60  # strokes tried first when a PSNR is asked for
DOUBLING_DB = 2.5  # what twice the strokes gain, about
GROWN, RECYCLED_BY = 0.43, 0.7  # part of the work that is done when a painting is
IN_TIME = 0.93  # of a time budget; the rest is for what is not painting
STYLING = 80  # steps towards a style's look, as many as time allows
PAINTED = 0.4  # part of the work that is done when a style is begun to be taken on


def fit(
    painter: Painter,
    on_progress: ProgressCallback,
    clock: Clock,
    style: RgbaImage | None = None,
) -> Strokes:
    """The strokes that `painter` paints its picture with, in the look of `style` if there is one.

    `clock` (seconds) is read only if there is a time budget.
    """
    picture, settings = painter.picture, painter.settings
    if style:
        from nftforge.painting.vgg import load_vgg16

        load_vgg16(device())  # that they are missing is better said before the painting than after
    start = clock() if settings.seconds else 0.0
    painting = PAINTED if style else 1.0
    done = 0.0

    def part(rounds: int, first: float, last: float) -> Iterator[float]:
        """Progress through a part that makes up the work from `first` to `last`, 0..1."""
        nonlocal done
        deadline = start + settings.seconds * IN_TIME * last if settings.seconds else None
        for progress in _until(rounds, deadline, clock):
            done = first + (last - first) * progress
            yield progress

    def on_likeness(likeness: Likeness) -> None:
        on_progress(done, len(painter.optimizer), likeness.psnr, likeness.side)

    wanted = settings.strokes if settings.psnr is None else min(FIRST, settings.strokes)
    while True:
        plan = painter.schedule
        small = painter.views(picture.resized(plan.small_size(wanted)))
        grown, recycled = painting * GROWN, painting * RECYCLED_BY
        painter.grow(small, wanted, part(painter.groups, 0.0, grown), on_likeness)
        recyclings, refining = plan.recyclings_of(wanted), plan.refining_of(wanted)
        painter.recycle(small, part(recyclings, grown, recycled), on_likeness)
        painter.order()
        full = painter.views(picture)
        painter.refine(full, part(refining, recycled, painting), on_likeness)
        if settings.psnr is None or wanted >= settings.strokes:
            break
        reached = painter.psnr(full)
        if reached >= settings.psnr:
            break
        more = 2 ** ((settings.psnr - reached) / DOUBLING_DB)
        wanted = min(settings.strokes, math.ceil(wanted * min(max(more, 1.1), 2.0)))
    if style:
        painter.restyle(style, part(STYLING, painting, 1.0), on_likeness)
    return painter.strokes()


def _until(rounds: int, deadline: float | None, clock: Clock) -> Iterator[float]:
    """Progress 0..1 for each of `rounds` rounds, in larger strides if time would run out."""
    start = clock() if deadline is not None else 0.0
    for done in count():
        progress = done / rounds
        if deadline is not None:
            progress = max(progress, (clock() - start) / max(deadline - start, 1e-3))
        if progress >= 1:
            return
        yield progress
