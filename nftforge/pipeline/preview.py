"""Every piece as a sketch: 128 pixels and a tenth of its strokes, to see before hours are spent.

Sketches are made with the settings that pieces will be painted with, and are kept apart, in
`preview/` of the work folder: nothing of them is ever rendered, pinned or minted, and the folder
may go at any time. The gallery shows them where there is no painting yet.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from nftforge.config.models import Piece
from nftforge.core.parallel import Team
from nftforge.core.stage import Built, Report, ensure, find
from nftforge.core.store import Artifact, Recipe, Store
from nftforge.painting.settings import PaintSettings, Relief
from nftforge.pipeline.artwork import check_artworks
from nftforge.pipeline.job import Job, working
from nftforge.pipeline.outputs import STROKES
from nftforge.pipeline.paint import (
    PaintStage,
    crew,
    need_pictures,
    paint_picture,
    paint_stage,
    painted,
)
from nftforge.pipeline.render import relief_of

VERSION = 1
SIZE = 128  # pixels on the longer side
PART, FEWEST = 10, 20  # one stroke of so many; fewer than these tell nothing
DRAWN = 256  # pixels of a sketch by itself: strokes are sharp at any size
SKETCH = "sketch.png"
SHEET, LARGEST_SHEET = 1000, 8000  # pixels on the longer side: at least, at most


@dataclass(frozen=True)
class PreviewStage:
    """A sketch of what `painting` will be; outputs `strokes.npz` and `sketch.png`."""

    painting: PaintStage
    relief: Relief

    @property
    def subject(self) -> str:
        return self.painting.subject

    @cached_property
    def recipe(self) -> Recipe:
        painting = replace(self.painting, settings=sketched(self.painting.settings)).recipe
        own = {"side": SIZE, "relief": self.relief.amount, "surface": self.relief.surface}
        params = {**painting.params, **own, "paint": painting.version}
        return Recipe("preview", VERSION, params, painting.inputs)

    def build(self, folder: Path, report: Report) -> Mapping[str, Any]:
        from nftforge.media.png import write_png
        from nftforge.painting.relief import render

        settings, task = sketched(self.painting.settings), f"preview {self.subject}"
        strokes = paint_picture(self.painting.sources, settings, report, task, SIZE).strokes
        (folder / STROKES).write_bytes(strokes.to_bytes())
        write_png(folder / SKETCH, render(strokes, *strokes.shape(DRAWN), self.relief))
        return {"strokes": len(strokes)}

    def is_sound(self, artifact: Artifact) -> bool:
        return {*artifact.outputs} == {STROKES, SKETCH}


def sketched(settings: PaintSettings) -> PaintSettings:
    """The same in a tenth of the strokes, and of the time if that is given."""
    return replace(
        settings,
        strokes=max(math.ceil(settings.strokes / PART), min(settings.strokes, FEWEST)),
        seconds=settings.seconds and settings.seconds / PART,
    )


def preview_stage(job: Job, index: int) -> PreviewStage:
    painting = paint_stage(job, index)
    settings = painting.settings
    strokes = sketched(settings).strokes
    return PreviewStage(painting, relief_of(job, painting.subject, settings.brush, strokes))


def previews_in(job: Job) -> Store:
    """Where sketches are kept."""
    return Store(job.file.work_folder / "preview")


def find_preview(job: Job, index: int) -> Artifact | None:
    """The sketch of a piece as its settings are now, if there is one."""
    found = find(preview_stage(job, index), previews_in(job))
    return found.artifact if found else None


def preview(job: Job, report: Report, out: Path, font: Path | None = None) -> dict[str, Any]:
    """Sketch what is not sketched yet, and put all of it on the sheet `out`.

    Returns the document of `preview --json`. Raises ConfigError if `out` is no .png or .jpg.
    """
    from nftforge.pipeline.sheets import SheetOptions, SheetPiece, draw_sheets

    options = SheetOptions(out, None, _sheet_size(len(job.indices)), font)
    started = time.monotonic()
    stages = [preview_stage(job, index) for index in painted(job)]
    store, team = previews_in(job), Team(report)

    def sketch(stage: PreviewStage) -> Built:
        return ensure(stage, store, team.report)

    with working(job, report):
        need_pictures(job)
        check_artworks(job)
        store.sweep()
        built = team.map(sketch, stages, crew())
    made = {
        stage.painting.subject: (stage, each) for stage, each in zip(stages, built, strict=True)
    }
    pieces = [job.collection.pieces[index] for index in job.indices]

    def on_sheet(piece: Piece) -> SheetPiece:
        if piece.id not in made:
            return SheetPiece(piece.id, piece.name, None, None, job.file.locate(piece.image))
        stage, each = made[piece.id]
        return SheetPiece(
            piece.id, piece.name, None, each.artifact.path(STROKES),
            stage.painting.sources.picture, piece.frame, stage.relief,
            stage.painting.sources.layers,
        )  # fmt: skip

    shown = [on_sheet(piece) for piece in pieces]
    drawn = draw_sheets(shown, job.collection.name, options, report)
    rows = [_row(piece, made[piece.id][1]) for piece in pieces if piece.id in made]
    seconds = round(time.monotonic() - started, 3)
    return {"sheet": drawn["sheet"], "pieces": rows, "seconds": seconds}


def _row(piece: Piece, made: Built) -> dict[str, Any]:
    return {
        "id": piece.id,
        "name": piece.name,
        "strokes": made.artifact.provenance["strokes"],
        "sketch": str(made.artifact.path(SKETCH)),
        "cached": made.cached,
    }


def _sheet_size(pieces: int) -> int:
    """Pixels on the longer side that give each piece about as many as it has."""
    return min(LARGEST_SHEET, max(SHEET, round(1.6 * SIZE * math.sqrt(pieces))))
