"""paint: one picture becomes one stroke file.

The key holds what alters the strokes and nothing else: not the size of the still (strokes are
vectors), not the piece's name. torch and numba are imported only when something is really painted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from PIL import ImageColor

from nftforge.config import CollectionFile, Piece
from nftforge.fingerprint import Value, file_digest, fingerprint
from nftforge.painting.engine import paint
from nftforge.painting.settings import WORKING_SIZE, PaintSettings
from nftforge.stages.stage import STROKES, Report
from nftforge.store import Recipe

VERSION = 1


@dataclass(frozen=True)
class PaintStage:
    """Paints the picture at `picture` with `settings`; outputs `strokes.npz`."""

    subject: str
    picture: Path
    settings: PaintSettings

    @cached_property
    def recipe(self) -> Recipe:
        settings = self.settings
        params: dict[str, Value] = {
            "brush": settings.brush,
            "strokes": settings.strokes,
            "seed": settings.seed,
            "canvas": list(settings.canvas),
            "engine": settings.chosen_engine,
        }
        return Recipe("paint", VERSION, params, {"picture": file_digest(self.picture)})

    def build(self, folder: Path, report: Report) -> Mapping[str, Any]:
        from nftforge.media.pictures import load_picture

        picture = load_picture(self.picture, WORKING_SIZE)

        def on_progress(done: int, total: int, psnr: float) -> None:
            report.progress(f"paint {self.subject}", done, total, f"{psnr:.2f} dB")

        painting = paint(picture.rgb, picture.alpha, self.settings, on_progress)
        (folder / STROKES).write_bytes(painting.strokes.to_bytes())
        return {
            "strokes": len(painting.strokes),
            "psnr": round(painting.psnr, 4),
            "ssim": round(painting.ssim, 4),
            "engine": painting.engine,
        }


def paint_stage(file: CollectionFile, index: int) -> PaintStage:
    """The stage of piece `index`, with the collection's settings where it has none of its own."""
    collection, piece = file.collection, file.collection.pieces[index]
    settings = PaintSettings(
        brush=piece.brush or collection.paint.brush,
        strokes=piece.strokes or collection.paint.strokes,
        seed=piece_seed(collection.seed, piece),
        canvas=ImageColor.getrgb(collection.paint.canvas)[:3],
        engine=collection.paint.engine,
    )
    return PaintStage(piece.id, file.path.parent / piece.image, settings)


def piece_seed(collection_seed: int, piece: Piece) -> int:
    """The piece's own seed, or one drawn from the collection's seed and the piece id."""
    if piece.seed is not None:
        return piece.seed
    return int(fingerprint(collection_seed, piece.id)[:8], 16)
