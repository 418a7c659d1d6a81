"""artwork: a finished work, made elsewhere, is taken into the store as it is, byte for byte.

    image.png          what stands for it, or the work itself
    media.mp4          its film, sound, model or page, if it has one

It takes the place of paint and render: what follows pins, describes and mints it like any other.
The input `picture` is the work, by which a renamed piece is known; `cover` stands for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path, PurePath
from typing import Any

from nftforge.config.yaml import Location
from nftforge.core.errors import PictureError
from nftforge.core.fingerprint import file_digest
from nftforge.core.stage import Obtain, Report, find
from nftforge.core.store import Artifact, Recipe
from nftforge.ipfs.unixfs import PROFILES, Entry, import_path
from nftforge.media.finished import Use, read_finished
from nftforge.pipeline.job import Job
from nftforge.pipeline.outputs import IMAGE, MEDIA
from nftforge.pipeline.paint import PaintStage, as_it_is, digest_of, paint_stage
from nftforge.pipeline.render import Deliver
from nftforge.pipeline.work import Work

STAGE, VERSION = "artwork", 1


@dataclass(frozen=True)
class ArtworkStage:
    """Takes the files of a finished work. `taken`: the inputs that were taken before, if a file is
    not there any more."""

    subject: str
    image: Path
    media: Path | None = None
    taken: Mapping[str, str] | None = None

    @property
    def files(self) -> Iterator[tuple[Use, str, Path]]:
        """What it is used as, what it is to the piece, and where it is."""
        yield "image", "cover" if self.media else "picture", self.image
        if self.media:
            yield "media", "picture", self.media

    @cached_property
    def recipe(self) -> Recipe:
        inputs = self.taken or {what: digest_of(path) for _, what, path in self.files}
        return Recipe(STAGE, VERSION, {}, inputs)

    def build(self, folder: Path, report: Report) -> Mapping[str, Any]:
        for use, what, path in self.files:
            found = read_finished(path, use)
            for note in found.notes:
                report.warn(f"{path}: {note}")
            copy = folder / f"{use}{found.suffix}"
            copy.write_bytes(found.content)
            if file_digest(copy) != self.recipe.inputs[what]:
                raise PictureError(f"{path} changes while it is read", hint="run it again after")
        return {}

    def is_sound(self, artifact: Artifact) -> bool:
        uses = {IMAGE, MEDIA} if self.media else {IMAGE}
        return {PurePath(name).stem for name in artifact.outputs} == uses


def artwork_stage(job: Job, index: int) -> ArtworkStage:
    piece = job.collection.pieces[index]
    media = job.file.locate(piece.media) if piece.media else None
    stage = ArtworkStage(piece.id, job.file.locate(piece.image), media)
    if _absent(stage) and (made := job.store.all_of(STAGE, piece.id)):
        return replace(stage, taken=made[-1].recipe.inputs)
    return stage


def first_stage(job: Job, index: int) -> PaintStage | ArtworkStage:
    """What a piece begins with: it is painted, or taken as it is."""
    is_finished = job.collection.is_finished(job.collection.pieces[index])
    return artwork_stage(job, index) if is_finished else paint_stage(job, index)


def take_artworks(job: Job, works: Sequence[Work], obtain: Obtain, deliver: Deliver) -> list[Work]:
    """The finished works of the job with their files; the others as they are."""

    def take(work: Work, index: int) -> Work:
        if not job.collection.is_finished(work.piece):
            return work
        taken = obtain(artwork_stage(job, index))
        if taken:
            deliver(work.piece.id, taken.artifact)
        return replace(work, render=taken)

    return [take(work, index) for work, index in zip(works, job.indices, strict=True)]


def check_artworks(job: Job) -> int:
    """How many files are to be taken, each looked through to its end.

    Raises PictureError naming the line of one that is not there, not whole, or of another kind.
    """
    looked = 0
    for index in job.indices:
        if job.collection.is_finished(job.collection.pieces[index]):
            looked += _check(job, index)
    return looked


def _check(job: Job, index: int) -> int:
    stage = artwork_stage(job, index)
    absent = _absent(stage)
    if not (absent and not stage.taken) and find(stage, job.store):
        return 0
    for use, _, path in stage.files:
        place: Location = ("pieces", index, use)
        if path in absent:
            hint = "put it back: nothing here has taken it yet"
            raise PictureError(job.file.error(place, f"there is no file {path}").fact, hint=hint)
        try:
            suffix_of(path, use)
        except PictureError as error:
            fact = job.file.error(place, error.fact).fact
            raise PictureError(fact, hint=error.hint) from None
    return len([*stage.files])


def foreseen_files(stage: ArtworkStage, profile: str) -> dict[str, tuple[Path, Entry]]:
    """The files that it will take, by their names in the store. Raises PictureError."""
    return {
        f"{use}{suffix_of(path, use)}": (path, _entry(path, profile, *as_it_is(path)))
        for use, _, path in stage.files
    }


def suffix_of(path: Path, use: Use) -> str:
    """By its content, which is read to its end, once for a file as it is. Raises PictureError."""
    try:
        return _suffix_of(path, use, *as_it_is(path))
    except OSError as why:
        raise PictureError(f"{path} cannot be read: {why.strerror}") from None


@lru_cache(maxsize=65_536)
def _suffix_of(path: Path, use: Use, *_as_it_is: int) -> str:
    return read_finished(path, use).suffix


@lru_cache(maxsize=65_536)
def _entry(path: Path, profile: str, *_as_it_is: int) -> Entry:
    return import_path(path, PROFILES[profile])


def _absent(stage: ArtworkStage) -> list[Path]:
    return [path for _, _, path in stage.files if not path.is_file()]
