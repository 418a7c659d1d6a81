"""Where the values of a collection stand: in its file, or in what its file takes pieces from.

A piece may come from a line of a table or a file in a folder. What is wrong with it is then told
where its author can mend it: `pieces.csv:5: ... (cell C5, Brush)`, and not as `pieces[3].brush` of
a list that nobody wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nftforge.config.yaml import Location, at, line_of


@dataclass(frozen=True)
class Place:
    """Where something is said, and each of its keys: a file, a line, and a name to call it by.

    here      what it stands under in a YAML file: ("pieces", 3)
    what      which it is of many that are said at once there: images/sun.png
    row       of a table, as spreadsheets count; `cells`: key -> (B, name of the column)
    under     where the keys are said that it does not say itself
    """

    path: Path
    lines: Mapping[Location, int] = field(default_factory=dict)
    written: Mapping[Location, str] = field(default_factory=dict)
    here: Location = ()
    what: str = ""
    row: int = 0
    cells: Mapping[Location, tuple[str, str]] = field(default_factory=dict)
    under: Place | None = None

    @property
    def of_many(self) -> bool:
        """Whether it is of a piece that nobody wrote by hand."""
        return bool(self.what or self.row)

    def says(self, key: Location) -> bool:
        """Whether this key is said here, or where it takes others from."""
        return self._says(key) or (self.under is not None and self.under.says(key))

    def line(self, key: Location = ()) -> int:
        """The line of a key's value, or of the nearest thing around it."""
        place = self.of(key)
        return line_of(place.lines, (*place.here, *key))

    def as_written(self, key: Location) -> str | None:
        """How a number, a truth or nothing stands there."""
        place = self.of(key)
        return place.written.get((*place.here, *key))

    def at(self, key: Location, fact: str) -> str:
        """`fact`, after the file, the line and the name of what it is about."""
        place = self.of(key)
        if cell := next((place.cells[k] for k in _around(key) if k in place.cells), None):
            column, name = cell
            return f"{place.path}:{place.line()}: {fact} (cell {column}{place.row}, {name})"
        what = f"{place.what}: " if place.what else ""
        return at(place.path, place.lines, (*place.here, *key), f"{what}{fact}")

    def _says(self, key: Location) -> bool:
        return key in self.cells or (*self.here, *key) in self.lines

    def of(self, key: Location) -> Place:
        """The place that says a key, or the nearest thing around it; this one if none does."""
        for near in _around(key):
            if near and self._says(near):
                return self
            if near and self.under and self.under.says(near):
                return self.under.of(near)
        return self


@dataclass(frozen=True)
class Places:
    """Where everything in a collection stands: `file` for what its file says, and its pieces."""

    file: Place
    pieces: tuple[Place, ...] = ()

    def of(self, location: Location) -> tuple[Place, Location]:
        """The place of what is at `location` of the collection, and its key there."""
        if len(location) > 1 and location[0] == "pieces" and isinstance(location[1], int):
            for piece in self.pieces[location[1] : location[1] + 1]:
                return piece, location[2:]
        return self.file, location

    def at(self, location: Location, fact: str) -> str:
        place, key = self.of(location)
        return place.at(key, fact)

    def says(self, location: Location) -> bool:
        place, key = self.of(location)
        return place.says(key)

    def as_written(self, location: Location) -> str | None:
        place, key = self.of(location)
        return place.as_written(key)

    def order(self, location: Location) -> tuple[bool, str, int]:
        """What complaints are sorted by: those of the collection's file first, by lines."""
        place, key = self.of(location)
        said = place.of(key)
        return said.path != self.file.path, str(said.path), said.line(key)


def _around(key: Location) -> tuple[Location, ...]:
    """A key, and what is around it: from the innermost to nothing."""
    return tuple(key[:end] for end in range(len(key), -1, -1))
