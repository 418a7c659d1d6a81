"""How far one piece has come: the value that each stage takes and hands on, a little further."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nftforge.config.models import Piece
from nftforge.core.stage import Built
from nftforge.ipfs.backend import Pinnable
from nftforge.ipfs.unixfs import Entry


@dataclass(frozen=True)
class Work:
    """One piece, painted, rendered, described and pinned; None where it is not yet."""

    piece: Piece
    paint: Built | None = None
    render: Built | None = None
    media: Mapping[str, Entry] | None = None  # file name -> its CID and size
    text: bytes | None = None  # its metadata JSON
    text_entry: Entry | None = None  # the CID that has
    metadata: Pinnable | None = None  # the file with that
    placeholder: Pinnable | None = None  # published instead, before a reveal
    pinned: bool = False
    pin_cached: bool = False

    @property
    def first(self) -> Built | None:
        """What came of the artist's files: the painting, or the finished work itself."""
        return self.paint or self.render

    @property
    def public(self) -> list[Pinnable]:
        """What is pinned of it now: media and metadata, before a reveal only the placeholder."""
        if self.placeholder:
            return [self.placeholder]
        assert self.render and self.media and self.metadata
        folder = self.render.artifact
        media = [
            Pinnable(f"{self.piece.id}/{name}", entry, folder.path(name))
            for name, entry in self.media.items()
        ]
        return [*media, self.metadata]
