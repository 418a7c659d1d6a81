"""Tables as spreadsheets save them: columns by their names, each cell with its place.

Unusual: nothing depends on how the file was saved. Commas, semicolons, tabs, Excel's `sep=;` line,
a byte order mark, UTF-16 ("Unicode text"), columns in any order or case, more columns than are
asked for: all are read. What a spreadsheet has broken is named with its cell, as the spreadsheet
names it (B3), for it cannot be mended here. Source: RFC 4180
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from nftforge.core.errors import ConfigError, LimitError
from nftforge.core.limits import read_bounded
from nftforge.core.nearest import nearest
from nftforge.core.text import decoded, unseen_in

SEPARATORS = ",;\t|"
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)
EXCEL_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?E[-+]?\d+", re.IGNORECASE)
FORMAT_AS_TEXT = (
    "format the column as Text first, then paste the values again, and save as `CSV UTF-8`"
)
SAVE_AS_CSV = "open it in your spreadsheet and save it as `CSV UTF-8`; renaming changes nothing"
NO_TABLES = (  # what files of other names begin with
    (b"PK\x03\x04", "a workbook (.xlsx, .ods or .numbers) or another zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old workbook (.xls)"),
    (b"%PDF-", "a PDF"),
)
EXCEL_ERROR = re.compile(r"#(N/A|REF!|NAME\?|VALUE!|NULL!|NUM!|DIV/0!|SPILL!)", re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    """The cells of one line by the names of their columns, in small letters and stripped."""

    line: int  # in the file, where the row begins
    number: int  # as a spreadsheet counts rows, which opens cells of several lines
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]


@dataclass(frozen=True)
class Table:
    path: Path
    columns: tuple[str, ...]  # in small letters, in their order
    rows: tuple[Row, ...]
    headings: tuple[str, ...] = ()  # the columns as they are written
    line: int = 1  # where these stand

    def error(self, row: Row, fact: str, *, column: str = "", hint: str = "") -> ConfigError:
        """A ConfigError that names the file, the line and, with a column, the cell."""
        index = self.columns.index(column) if column else 0
        cell = f" (cell {letters(index)}{row.number}, {column})" if column else ""
        return ConfigError(f"{self.path}:{row.line}: {fact}{cell}", hint=hint)

    def others(self, used: Sequence[str]) -> tuple[str, ...]:
        """The columns beside those."""
        return tuple(name for name in self.columns if name not in used)


def read_table(
    path: Path,
    needed: Sequence[str],
    most: int,
    meant: Mapping[str, str] | None = None,
    *,
    known: Sequence[str] = (),
) -> Table:
    """The table at `path`, which has at least the columns `needed`; empty rows are left out.

    most: bytes; meant: what others call the columns; known: columns that it may have, which tell
    its separator. Raises ConfigError with the line.
    """
    lines = read_cells(path, (*needed, *known), most)
    first = next(lines, Cells(1, 1, ()))
    headings = tuple(cell.strip() for cell in first.cells)
    while headings and not headings[-1]:  # Excel ends lines with empty cells
        headings = headings[:-1]
    columns = tuple(heading.lower() for heading in headings)
    _check_columns(path, first.line, columns, needed, meant or {})
    table = Table(path, columns, (), headings, first.line)
    table = replace(table, rows=tuple(_row(table, each) for each in lines if not each.is_empty))
    for row in table.rows:
        for name in needed:
            if found := _broken(row[name]):
                fact, fix = found
                raise table.error(row, fact, column=name, hint=fix)
    return table


class Cells(NamedTuple):
    """A row as it stands in a file."""

    line: int  # where it begins; a quoted cell may hold line breaks
    number: int  # as a spreadsheet counts
    cells: Sequence[str]

    @property
    def is_empty(self) -> bool:
        return not any(cell.strip() for cell in self.cells)


def read_cells(path: Path, needed: Sequence[str], most: int) -> Iterator[Cells]:
    """Every row of a table, the names of its columns first; nothing of it is checked.

    `needed` columns tell which separator it has. Raises ConfigError with the line.
    """
    try:
        content = read_bounded(path, most)
        if what := next((what for begin, what in NO_TABLES if content.startswith(begin)), ""):
            raise ConfigError(f"{path} is {what}, not a table of text", hint=SAVE_AS_CSV)
        text = decoded(content, str(path), utf16=True)
    except LimitError as error:
        raise ConfigError(error.fact) from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    named, text = _without_separator_line(text)
    line = begin = 2 if named else 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=named or _separator(text, needed))
    try:
        for number, cells in enumerate(reader, start=1):
            yield Cells(line, number, cells)
            line = reader.line_num + begin
    except csv.Error as error:
        long = "limit" in str(error)
        fact = f"a cell of more than {csv.field_size_limit():,} letters" if long else "no table"
        raise ConfigError(
            f"{path}:{line}: {fact}",
            hint="a quote that is opened and not closed swallows what follows",
        ) from None


def _without_separator_line(text: str) -> tuple[str, str]:
    """The separator that the file names in its first line, and the rest."""
    if found := SEPARATOR_LINE.match(text):
        return found[1], text[found.end() :]
    return "", text


def _separator(text: str, needed: Sequence[str]) -> str:
    """What separates the names of the columns."""
    header = text.partition("\n")[0].lower()

    def names(separator: str) -> tuple[int, int]:
        cells = [cell.strip().strip('"') for cell in header.split(separator)]
        return len(set(needed) & set(cells)), len(cells)

    return max(SEPARATORS, key=names)


def _check_columns(
    path: Path,
    line: int,
    columns: Sequence[str],
    needed: Sequence[str],
    meant: Mapping[str, str],
) -> None:
    if missing := [name for name in needed if name not in columns]:
        guesses = {name: nearest(name, missing, meant) for name in columns if name not in needed}
        found = [f"rename `{name}` to `{guess}`" for name, guess in guesses.items() if guess]
        raise ConfigError(
            f"{path}:{line}: the first line must be `{','.join(needed)}`, the names of the "
            f"columns; {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing",
            hint="; ".join(found) or "other columns may stand beside them, in any order",
        )
    if twice := [name for name in needed if columns.count(name) > 1]:
        raise ConfigError(f"{path}:{line}: there are two columns {twice[0]!r}: which one counts?")


def _row(table: Table, row: Cells) -> Row:
    columns = table.columns
    if any(cell.strip() for cell in row.cells[len(columns) :]):
        raise ConfigError(
            f"{table.path}:{row.line}: {len(row.cells)} cells, and the first line names "
            f"{len(columns)}",
            hint="a cell that holds the separator stands in double quotes",
        )
    given = dict(zip(columns, (cell.strip() for cell in row.cells), strict=False))
    return Row(row.line, row.number, {name: given.get(name, "") for name in columns})


def miscalculated(cell: str) -> tuple[str, str] | None:
    """What a spreadsheet has calculated in place of a value, and what to do."""
    if EXCEL_NUMBER.fullmatch(cell):
        fact = f"{cell} is a number that a spreadsheet made of what was here; its digits are lost"
        return fact, FORMAT_AS_TEXT
    if EXCEL_ERROR.fullmatch(cell):
        return f"{cell} is an error that a spreadsheet shows instead of a value", FORMAT_AS_TEXT
    return None


def _broken(cell: str) -> tuple[str, str] | None:
    """What a spreadsheet has made of a cell that is a name or an address, and what to do."""
    if wrong := miscalculated(cell):
        return wrong
    if cell.startswith(("=", "'")):
        return f"this begins with {cell[0]}, which is for the spreadsheet", "write the value alone"
    if "\n" in cell:
        return "this goes over several lines", "a quote is opened here and not closed"
    if found := unseen_in(cell):
        return f"this holds what nobody can see: {found}", "take it out, or type it anew"
    return None


def letters(index: int) -> str:
    """A column as spreadsheets name it: A, B, ... Z, AA."""
    return (letters(index // 26 - 1) if index > 25 else "") + chr(ord("A") + index % 26)
