"""The pieces of a collection, from wherever its file says they are: one list, each with its place.

What comes out is what `pieces:` would hold if every piece were written by hand, so that all that
follows (validation, ids, the lock) knows of one kind of piece. A source is a folder, a pattern or a
table; `{from: images/, brush: oil}` says what its pieces have where they say nothing themselves. A
picture that an entry by hand or a line of a table names is not taken from a folder once more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from nftforge.config.files import is_of_many, locate
from nftforge.config.piece_folders import pictures
from nftforge.config.piece_ids import place as same_place
from nftforge.config.piece_tables import read_pieces
from nftforge.config.places import Place, Places
from nftforge.config.templates import FROM_FILE
from nftforge.config.values import is_table
from nftforge.core.errors import ConfigError

OF_ONE = ("image", "id")  # keys that pieces cannot have in common


class Sourced(NamedTuple):
    """A piece as the collection file would write it, and where it is said."""

    piece: Any  # a mapping; anything else is left to the models, to be refused
    place: Place
    yields: bool = False  # to another piece with the same picture


def with_pieces(data: Mapping[str, Any], file: Place) -> tuple[dict[str, Any], Places]:
    """`data`, a collection as written in `file`, with all its pieces; and where each is said.

    Raises ConfigError naming the file and line of a source that has none.
    """
    given = data.get("pieces")
    if _is_from(given) or (isinstance(given, str) and _is_source(given, file)):
        items = [(given, replace(file, here=("pieces",)))]
    elif isinstance(given, list):
        items = [(each, replace(file, here=("pieces", i))) for i, each in enumerate(given)]
    else:
        return dict(data), Places(file)
    found = _once([each for item, place in items for each in _pieces(item, place)])
    pieces = [each.piece for each in found]
    return {**data, "pieces": pieces}, Places(file, tuple(each.place for each in found))


def _is_source(name: str, file: Place) -> bool:
    return is_of_many(name) or is_table(name) or locate(file.path.parent, name).is_dir()


def _is_from(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("from"), str) and "image" not in item


def _pieces(item: Any, place: Place) -> Iterator[Sourced]:
    """Those that one item of the list stands for."""
    if isinstance(item, str) and _is_source(item, place):
        yield from _of_source(item, {}, place)
    elif _is_from(item):
        common = {key: value for key, value in item.items() if key != "from"}
        for key in OF_ONE:
            if key in common:
                fact = place.at((key,), "each piece of a source has its own")
                raise ConfigError(fact, hint=f"take it out, or give a table a column `{key}`")
        yield from _of_source(item["from"], common, place)
    else:
        yield Sourced(item, place)


def _of_source(name: str, common: Mapping[str, Any], place: Place) -> Iterator[Sourced]:
    folder = place.path.parent
    if not is_table(name):
        for image in pictures(name, place):
            piece = {"name": FROM_FILE, **common, "image": image}
            yield Sourced(piece, replace(place, what=image), yields=True)
        return
    path = locate(folder, name)
    if not path.is_file():
        raise ConfigError(place.at((), f"there is no table {path}"))
    for own, row in read_pieces(path, name, folder):
        piece = {"name": FROM_FILE, **common, **own}
        if "traits" in own and isinstance(common.get("traits"), dict):
            piece["traits"] = {**common["traits"], **own["traits"]}
        yield Sourced(piece, replace(row, under=place) if common else row)


def _once(found: list[Sourced]) -> list[Sourced]:
    """Without what folders hold of pictures that are named elsewhere, or in a folder before."""
    taken = {_picture(each) for each in found if not each.yields}
    kept = []
    for each in found:
        if each.yields and _picture(each) in taken:
            continue
        taken.add(_picture(each))
        kept.append(each)
    return kept


def _picture(each: Sourced) -> str:
    image = each.piece.get("image") if isinstance(each.piece, dict) else None
    return same_place(image) if isinstance(image, str) else ""
