"""Paint, render, describe: one walk over the pieces, building what is missing or only looking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from nftforge.core.parallel import Team
from nftforge.core.stage import Built, Report, Stage, ensure
from nftforge.painting.settings import batch_size, threads
from nftforge.pipeline import metadata as pin
from nftforge.pipeline.job import Job, Work
from nftforge.pipeline.paint import paint_stage
from nftforge.pipeline.render import render_stage

Obtain = Callable[[Stage], Built | None]
"""How a step is taken: built if missing (`run`), or only looked up (`plan`, `status`)."""

Map = Callable[[Callable[[Any], Work], Sequence[Any], int], list[Work]]
"""The built-in `map`, or the same on so many threads."""

MOST = 8  # pieces in work that need a core each


def build(job: Job, report: Report, until: str) -> list[Work]:
    """Every piece painted, rendered and described, as far as `until`."""
    team = Team(report)

    def obtain(stage: Stage) -> Built:
        return ensure(stage, job.store, team.report)

    return walk(job, obtain, until, team.map)


def on_disk(job: Job) -> list[Work]:
    """How far every piece has come on this disk."""

    def obtain(stage: Stage) -> Built | None:
        found = job.store.find(stage.recipe, stage.subject)
        return Built(found, cached=True) if found else None

    return walk(job, obtain, "mint", lambda work, items, _: list(map(work, items)))


def walk(job: Job, obtain: Obtain, until: str, map_: Map) -> list[Work]:
    """Take the pieces through the stages, all pieces through one stage before the next."""

    def paint(index: int) -> Work:
        return Work(job.collection.pieces[index], obtain(paint_stage(job.file, index)))

    crew = min(threads(), MOST)
    shared = batch_size() if job.collection.paint.engine == "neural" else 1
    works = map_(paint, job.indices, max(crew, shared))
    if until == "paint":
        return works
    works = map_(lambda work: render(job, work, obtain), works, crew)
    if until == "render":
        return works
    return [describe(job, work, obtain) for work in works]


def render(job: Job, work: Work, obtain: Obtain) -> Work:
    if not work.paint:
        return work
    stage = render_stage(job.collection, work.piece.id, work.paint.artifact)
    return replace(work, render=obtain(stage))


def describe(job: Job, work: Work, obtain: Obtain) -> Work:
    """Compute the CIDs of a rendered piece's media and write its metadata."""
    if not (work.paint and work.render):
        return work
    profile = job.collection.pin.profile
    address = obtain(pin.AddressStage(work.piece.id, work.render.artifact, profile))
    if not address:
        return work
    media = pin.read_addresses(address.artifact)
    text = pin.piece_metadata(job.collection, work.piece, work.paint.artifact, media)
    metadata = obtain(pin.MetadataStage(work.piece.id, {"metadata.json": text}))
    return replace(work, media=media, text=text, metadata=metadata)
