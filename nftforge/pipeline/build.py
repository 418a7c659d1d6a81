"""Paint, render, describe: one walk over the pieces, building what is missing or only looking.

Finished works are taken instead of painted and rendered.
"""

from __future__ import annotations

from functools import partial

from nftforge.config.pieces_lock import read_lock
from nftforge.core.parallel import Map, Team, one_by_one
from nftforge.core.stage import Obtain, Report, ensure, find
from nftforge.pipeline.artwork import check_artworks, take_artworks
from nftforge.pipeline.job import Job
from nftforge.pipeline.metadata import describe_pieces
from nftforge.pipeline.out import delivering
from nftforge.pipeline.paint import need_pictures, paint_pieces
from nftforge.pipeline.render import Deliver, render_pieces
from nftforge.pipeline.work import Work


def build(job: Job, report: Report, until: str) -> list[Work]:
    """Every piece painted, rendered and described, as far as `until`."""
    need_pictures(job)
    check_artworks(job)
    keep_drawn(job, report)
    team = Team(report)
    obtain = partial(ensure, store=job.store, report=team.report)
    with delivering(job.file, report) as deliver:
        return _walk(job, obtain, team.map, until, deliver)


def keep_drawn(job: Job, report: Report) -> None:
    """Which traits pieces got, written into the lock file before the first of them is painted."""
    if job.file.generated is None:
        return
    lock = job.file.generated.kept_in(read_lock(job.file.lock.path))
    if lock.write():
        report.say(f"{lock.path}: what was drawn; commit it with the collection")


def on_disk(job: Job) -> list[Work]:
    """How far every piece has come on this disk."""
    return _walk(job, partial(find, store=job.store), one_by_one, "pin", lambda *_: None)


def _walk(job: Job, obtain: Obtain, map_: Map, until: str, deliver: Deliver) -> list[Work]:
    """All pieces through one stage before the next."""
    works = take_artworks(job, paint_pieces(job, obtain, map_), obtain, deliver)
    if until == "paint":
        return works
    works = render_pieces(job, works, obtain, map_, deliver)
    return works if until == "render" else describe_pieces(job.collection, works, obtain)
