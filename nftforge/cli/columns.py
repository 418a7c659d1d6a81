"""What fits a terminal: lines broken between words, tables that shrink, long values cut.

A CID, an address or a hash that is broken by a terminal's edge can be neither read nor copied. So a
word never is: it goes to a line of its own, and where even that is too short for it, its middle is
left out (`bafybei...4xq`, with one character for the three). Only on a terminal: a file or a pipe
gets every line whole, and tables as wide as their columns say.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TextIO

from nftforge.cli.colour import Line, Part, parts, plain

CUT = "…"
LEGIBLE = 20  # cells: less of a long word is not worth the rest of a line
NARROWEST = 12  # cells of a column that is cut
LAST = 16  # cells that a table's last column has beside the others, or it stands below them
HANG = 2  # spaces more before what is left of a line

_WORD = re.compile(r"(\s*)(\S+|$)")


def width_of(stream: TextIO) -> int | None:
    """How many cells a line has where `stream` goes; None if it is no terminal."""
    if not stream.isatty():
        return None
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):
        return None


def cells(text: str) -> int:
    """How wide `text` stands on a terminal: most of Chinese, and emoji, are two cells a letter."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def cut(text: str, width: int) -> str:
    """`text` in at most `width` cells; what is too much is left out in its middle."""
    if cells(text) <= width:
        return text
    head = max(width, 1) // 2
    return _start(text, head) + CUT + _start(text[::-1], max(width, 1) - 1 - head)[::-1]


def _start(text: str, width: int) -> str:
    if text.isascii():
        return text[:width]
    used = 0
    for index, letter in enumerate(text):
        used += cells(letter)
        if used > width:
            return text[:index]
    return text


def fitted(line: Line, width: int | None, hang: int | None = None) -> list[Line]:
    """`line` in lines of at most `width` cells. Its words stay whole where they can.

    hang: the spaces before each line but the first; by default two more than `line` begins with.
    """
    if width is None or cells(plain(line)) <= width:
        return [line]
    text = plain(line)
    first = min(len(text) - len(text.lstrip()), width // 3)
    hang = min(first + HANG if hang is None else hang, width // 2)
    rows: list[list[Part]] = []
    left = 0
    for gap, word in _words(line):
        size = cells(word.text)
        if rows and (gap + size <= left or (size > width and left - gap >= LEGIBLE)):
            before = gap
        else:
            before = max(0, min(hang, width - size)) if rows else first
            rows.append([])
            left = width
        text = cut(word.text, left - before)
        rows[-1].append(replace(word, text=" " * before + text))
        left -= before + cells(text)
    return [*rows] or [""]


def _words(line: Line) -> Iterator[tuple[int, Part]]:
    """Each word, and how many spaces are before it."""
    before = 0
    for part in parts(line):
        for gap, word in _WORD.findall(part.text):
            before += len(gap)
            if word:
                yield before, replace(part, text=word)
                before = 0


@dataclass(frozen=True)
class Column:
    """Of a table. `least`: its cells where there is room; `gap`: spaces before it."""

    least: int = 0
    gap: int = 1
    right: bool = False


class Table:
    """Rows in columns, and lines that stand below one of them."""

    def __init__(self, *columns: Column) -> None:
        self._columns = columns
        self._rows: list[Sequence[Part] | str] = []  # text: a line of its own

    def row(self, *cells: str | Part) -> None:
        self._rows.append([cell if isinstance(cell, Part) else Part(cell) for cell in cells])

    def line(self, text: str) -> None:
        """Below the row that was added last."""
        self._rows.append(text)

    def cleaned(self, clean: Callable[[str], str]) -> Table:
        """The same with `clean` applied to every text in it."""
        table = Table(*self._columns)
        table._rows = [
            clean(row)
            if isinstance(row, str)
            else [replace(cell, text=clean(cell.text)) for cell in row]
            for row in self._rows
        ]
        return table

    def lines(self, width: int | None = None) -> Iterator[Line]:
        """All of it, in lines of at most `width` cells."""
        sizes = self._sizes(width)
        offset = sum(column.gap for column in self._columns) + sum(sizes[:-1])
        hang = offset if width is None or width - offset >= LAST else self._columns[0].gap + 4
        for row in self._rows:
            if isinstance(row, str):
                yield from fitted(row, width)
            else:
                yield from fitted(
                    self._laid_out(row, sizes, cutting=width is not None), width, hang
                )

    def _laid_out(self, row: Sequence[Part], sizes: Sequence[int], *, cutting: bool) -> list[Part]:
        line: list[Part] = []
        for index, (column, cell, size) in enumerate(zip(self._columns, row, sizes, strict=True)):
            last = index == len(row) - 1
            text = cell.text if last or not cutting else cut(cell.text, size)
            blank = " " * max(0, size - cells(text))
            line.append(Part(" " * column.gap + (blank if column.right else "")))
            line.append(replace(cell, text=text))
            if not (last or column.right):
                line.append(Part(blank))
        return line

    def _sizes(self, width: int | None) -> list[int]:
        """The cells of each column: as meant, as small as holds its values, or smaller."""
        rows = [row for row in self._rows if not isinstance(row, str)]
        meant = [column.least for column in self._columns]
        if width is None or not rows:
            return meant
        longest = [max(cells(cell.text) for cell in column) for column in zip(*rows, strict=True)]
        gaps = sum(column.gap for column in self._columns)
        roomy = [max(pair) for pair in zip(meant, longest, strict=True)]
        if gaps + sum(roomy) <= width:
            return roomy
        sizes = [min(size, width) for size in longest]
        flexible = [i for i, column in enumerate(self._columns[:-1]) if not column.right]
        spare = width - gaps - min(sizes[-1], LAST)
        while sum(sizes[:-1]) > spare and flexible:
            widest = max(flexible, key=lambda index: sizes[index])
            if sizes[widest] <= NARROWEST:
                break
            sizes[widest] -= 1
        return sizes
