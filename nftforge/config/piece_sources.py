"""The pieces of a collection, from wherever its file says they are: one list, each with its place.

What comes out is what `pieces:` would hold if every piece were written by hand, so that all that
follows (validation, ids, the lock) knows of one kind of piece.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from nftforge.config.places import Place, Places


class Sourced(NamedTuple):
    """A piece as the collection file would write it, and where it is said."""

    piece: Any  # a mapping; anything else is left to the models, to be refused
    place: Place


def with_pieces(data: Mapping[str, Any], file: Place) -> tuple[dict[str, Any], Places]:
    """`data`, a collection as written in `file`, with all its pieces; and where each is said.

    Raises ConfigError naming the file and line of a source that has none.
    """
    given = data.get("pieces")
    if not isinstance(given, list):
        return dict(data), Places(file)
    found = [
        Sourced(piece, Place(file.path, file.lines, file.written, ("pieces", index)))
        for index, piece in enumerate(given)
    ]
    pieces = [each.piece for each in found]
    return {**data, "pieces": pieces}, Places(file, tuple(each.place for each in found))
