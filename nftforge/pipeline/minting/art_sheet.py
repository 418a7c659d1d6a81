"""What tokens show now and what they would show, side by side in one picture."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from nftforge.core.errors import MismatchError
from nftforge.core.token_json import fields_of, properties_of
from nftforge.ipfs import dag
from nftforge.ipfs.metadata import parse_uri
from nftforge.media.sheet import Cell, compose, grid, save
from nftforge.pipeline.job import Job
from nftforge.pipeline.minting.plan import MintPlan
from nftforge.pipeline.minting.replacement import ArtChange
from nftforge.pipeline.outputs import STILL, image_in
from nftforge.pipeline.work import Work

SHOWN = 24  # tokens in the picture
ROW = 420  # pixels that each takes there
LARGEST = 16_000  # pixels of its longer side


def before_and_after(
    job: Job, planned: MintPlan, changes: Sequence[ArtChange], works: Mapping[str, Work]
) -> Path:
    """A PNG with both, side by side, of the first tokens; its path."""
    some = list(changes[:SHOWN])
    pairs = [
        (_shown(planned.published.get(change.token_id), job.blocks.get), _made(works[change.piece]))
        for change in some
    ]
    aspects = [after.shape[1] / after.shape[0] for _, after in pairs for _ in range(2)]
    layout = grid(aspects, min(LARGEST, ROW * max(2, len(some))), 2)

    def cells() -> Iterator[Cell]:
        for change, (before, after) in zip(some, pairs, strict=True):
            whose = "yours" if change.yours else f"of {change.owner}"
            fit = partial(_fitted, layout.fit(after.shape[1] / after.shape[0]))
            yield Cell(fit(before), f"token {change.token_id}: before", whose)
            yield Cell(fit(after), f"token {change.token_id}: after", change.why)

    path = job.file.work_folder / "art" / f"{job.network.name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    save(compose(layout, cells(), 2 * len(some), "", None), path)
    return path


GREY: NDArray[np.uint8] = np.full((1, 1, 3), 128, np.uint8)


def _shown(metadata: bytes | None, get: dag.Get) -> NDArray[np.uint8]:
    """The picture that a token shows now; grey if it is not on this disk, or a drawing (SVG)."""
    try:
        fields = fields_of(metadata or b"")
        uri = properties_of(fields).get("still") or fields.get("image")
        root, place = parse_uri(str(uri))
        return _pixels(b"".join(dag.read_file(dag.resolve(root, place, get), get)))
    except (MismatchError, OSError, Image.DecompressionBombError):
        return GREY


def _made(work: Work) -> NDArray[np.uint8]:
    assert work.render
    made = work.render.artifact
    name = STILL if STILL in made.outputs else image_in(made.outputs)
    try:
        return _pixels(made.path(name or STILL).read_bytes())
    except UnidentifiedImageError:  # an SVG
        return GREY


def _pixels(png: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image.convert("RGBA"))


def _fitted(sides: tuple[int, int], pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(pixels).resize(sides, Image.Resampling.LANCZOS))
