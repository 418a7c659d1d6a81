"""Pieces from a table: a line for each, as a spreadsheet saves it.

    image,name,description,brush,Sky,Mood
    sun.png,Sun,,oil,Blue,calm

A column that has the name of one of a piece's keys is that key, in any case; every other column is
a trait, by its name as written. An empty cell says nothing. `trait:Frame` is a trait even though a
piece has a key `frame`, and `x-notes` nothing at all. A cell is what the same letters would be in
collection.yaml without quotes: 7 is a number, and 007, 1.10 and TRUE are kept as texts.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any

from nftforge.config.models import EXACT, Piece
from nftforge.config.places import Place
from nftforge.config.table import Row, Table, letters, miscalculated, read_table
from nftforge.config.yaml import Location, plain_scalar
from nftforge.core.errors import ConfigError, quoted
from nftforge.core.limits import PIECES_BYTES

OTHER_NAMES: Mapping[str, str] = MappingProxyType(  # of columns; few, for all others are traits
    {
        "file": "image", "filename": "image", "file name": "image", "file_name": "image",
        "path": "image", "picture": "image", "image file": "image", "image path": "image",
        "title": "name", "external url": "external_url", "url": "external_url",
    }
)  # fmt: skip
NO_COLUMNS = ("style", "traits", "layers")  # keys that hold keys
AS_PLAIN = ("strokes", "seed", "frame", "flow", "relief")  # numbers, as YAML reads them
COUNTS = ("number", "no", "no.", "#", "token_id", "tokenid", "token id", "edition")
TRAIT = re.compile(r"(?:traits?|attributes?) *(?::|\.) *(.+)|(?:traits?|attributes?)\[(.+)\]", re.I)
MISTYPED = 0.86  # likeness: `desciption` is description, and Background no background_color
UNREAD = "x-"  # begins what is for the artist alone, as in collection.yaml


def keys_of_columns() -> tuple[str, ...]:
    """The keys of a piece that a column may be."""
    return tuple(name for name in Piece.model_fields if name not in NO_COLUMNS)


def read_pieces(path: Path, name: str, folder: Path) -> Iterator[tuple[dict[str, Any], Place]]:
    """The pieces in the table `path`, which a collection file in `folder` calls `name`.

    Pictures are looked for beside the table, then beside the collection file. Raises ConfigError
    with the line.
    """
    known = [*keys_of_columns(), *OTHER_NAMES]
    table = read_table(path, (), PIECES_BYTES, known=known)
    columns = _columns(table)
    if not table.rows:
        raise ConfigError(f"{path}: no pieces: there is nothing below the names of the columns")
    cells = {key: (letters(i), table.headings[i]) for i, key in columns.items()}
    beside = posixpath.dirname(name.replace("\\", "/"))
    for row in table.rows:
        piece: dict[str, Any] = {}
        for index, key in columns.items():
            cell = row[table.columns[index]]
            if not cell:
                continue
            value = _value(table, row, index, key, cell)
            if key == ("image",):
                value = _picture(value, beside, folder)
            if key[0] == "traits":
                piece.setdefault("traits", {})[key[1]] = value
            else:
                piece[str(key[0])] = value
        yield piece, Place(path, {(): row.line}, row=row.number, cells=cells)


def _columns(table: Table) -> dict[int, Location]:
    """Which key, or trait, each column is. Raises ConfigError for what is neither."""
    keys = {name.lower(): name for name in keys_of_columns()}
    found: dict[int, Location] = {}
    first: dict[Location, str] = {}
    for index, heading in enumerate(table.headings):
        key = _key(table, index, heading, keys)
        if not key:
            continue
        same = tuple(str(part).lower() for part in key)
        if same in first:
            raise _of_columns(
                table, f"the columns {quoted(first[same])} and {quoted(heading)} are the same"
            )
        first[same], found[index] = heading, key
    if ("image",) not in found.values():
        shown = ", ".join(table.headings[:8])
        raise _of_columns(
            table,
            f"no column names the pictures; there are: {shown or 'none'}",
            "call it `image`; the first line names the columns",
        )
    return found


def _key(table: Table, index: int, heading: str, keys: Mapping[str, str]) -> Location:
    plain = heading.lower()
    if plain.startswith(UNREAD):
        return ()
    if trait := TRAIT.fullmatch(heading):
        return "traits", (trait[1] or trait[2]).strip()
    if name := keys.get(plain) or OTHER_NAMES.get(plain):
        return (name,)
    if plain in COUNTS:
        raise _of_columns(
            table,
            f"the column {quoted(heading)} would be a trait, and tokens are numbered by themselves",
            f"take it out, or call it `x-{heading}`; for a trait call it `trait:{heading}`",
        )
    if plain in NO_COLUMNS:
        raise _of_columns(
            table,
            f"a cell cannot hold what `{plain}` is made of",
            f"write it in the collection file; for a trait call the column `trait:{heading}`",
        )
    if near := get_close_matches(plain, keys, n=1, cutoff=MISTYPED):
        raise _of_columns(
            table,
            f"the column {quoted(heading)} would be a trait",
            f"did you mean `{keys[near[0]]}`? For a trait call it `trait:{heading}`",
        )
    if heading:
        return "traits", heading
    for row in table.rows:
        if row[""]:
            fact = f"{quoted(row[''])} stands in column {letters(index)}, which has no name"
            raise ConfigError(f"{table.path}:{row.line}: {fact}", hint="name it, or empty it")
    return ()


def _of_columns(table: Table, fact: str, hint: str = "") -> ConfigError:
    return ConfigError(f"{table.path}:{table.line}: {fact}", hint=hint)


def _value(table: Table, row: Row, index: int, key: Location, cell: str) -> Any:
    """What a cell says. Raises ConfigError for what a spreadsheet put there."""
    column = table.columns[index]
    if found := miscalculated(cell) or _formula(cell):
        fact, fix = found
        raise table.error(row, fact, column=column, hint=fix)
    if key[0] not in ("traits", *AS_PLAIN):
        return cell
    try:
        value = plain_scalar(cell)
    except ValueError:
        return cell
    if value is None:
        fact = f"{cell} is nothing"
        raise table.error(row, fact, column=column, hint="leave the cell empty for no trait")
    if key[0] in AS_PLAIN:
        if not isinstance(value, str):
            return value
        hint = f"for a trait of this name call the column `trait:{table.headings[index]}`"
        number = cell.replace(",", ".")
        fact = f"a number is needed, not {quoted(cell)}"
        fact += f"; write {number}" if re.fullmatch(r"\d+\.\d+", number) else ""
        raise table.error(row, fact, column=column, hint=hint)
    rounded = isinstance(value, int) and abs(value) > EXACT
    return cell if rounded or json.dumps(value) != cell else value


def _formula(cell: str) -> tuple[str, str] | None:
    if not re.match(r"=\S", cell):
        return None
    return "this begins with =, which is for the spreadsheet", "write the value alone"


def _picture(cell: str, beside: str, folder: Path) -> str:
    """The path of a picture from the collection file's folder on."""
    there = posixpath.join(beside, cell)
    return cell if not (folder / there).exists() and (folder / cell).exists() else there
