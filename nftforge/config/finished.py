"""What does not go together with finished works (`paint: none`), told before any work is done."""

from __future__ import annotations

from collections.abc import Iterator

from nftforge.config.models import Collection, Unpainted
from nftforge.config.yaml import Location

OF_PAINTING = (
    "frame", "brush", "strokes", "seed", "style", "flow", "focus", "relief", "surface",
    "palette", "layers",
)  # fmt: skip


def misfits(collection: Collection) -> Iterator[tuple[Location, str, str]]:
    """Where, what is wrong there, and what to do."""
    if isinstance(collection.paint, Unpainted):
        for key in sorted(collection.media.model_fields_set - {"out"}):
            yield (
                ("media", key), "nothing is drawn with `paint: none`: files are minted as they are",
                "leave it out; a piece's own film or sound is its `media:`",
            )  # fmt: skip
    for index, piece in enumerate(collection.pieces):
        if not collection.is_finished(piece):
            if piece.media:
                yield (
                    ("pieces", index, "media"), "this piece is to be painted",
                    "write `paint: none` beside it: then `media` is minted as it is",
                )  # fmt: skip
            continue
        for key in OF_PAINTING:
            if getattr(piece, key) not in (None, ()):
                yield (
                    ("pieces", index, key), "this is of painting, and the piece is not painted",
                    "leave it out, or leave `paint: none` out",
                )  # fmt: skip
