"""Sheets for showing: pictures with captions on a neutral ground, in a grid that suits them.

Pictures come in one at a time, so a sheet of thousands takes the memory of the sheet. A caption is
written in the user's font, the one inside Pillow (English letters), or one that this machine has:
the first with all its letters. `writable` says if there is none, for boxes are no letters.
"""

from __future__ import annotations

import math
import statistics
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, features

from nftforge.core.errors import ConfigError
from nftforge.core.fsync import atomic_write

GROUND, INK, FAINT = (233, 232, 229), (34, 34, 37), (112, 111, 108)
SHAPE = 1.4  # width / height a sheet of many pieces should have
EMPTY = 1.5  # how bad an empty place is beside a wrong shape
GAP, MARGIN, CAPTION = 0.10, 0.22, 0.17  # of a cell's width, if it is no wider than 5 : 4
LEAST, READABLE = 40, 110  # pixels of a cell's width: ever; with captions
MACHINE = (  # fonts with many letters, as they are called on Linux, macOS and Windows
    "DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "FreeSans.ttf",
    "Arial Unicode.ttf", "arial.ttf", "Helvetica.ttc", "NotoSansCJK-Regular.ttc", "msgothic.ttc",
)  # fmt: skip
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True)
class Cell:
    """A picture, uint8 [h, w, 3] or [h, w, 4] sRGB, and what is written under it."""

    picture: NDArray[np.uint8]
    title: str = ""
    note: str = ""


@dataclass(frozen=True)
class Grid:
    """Where cells are, pixels."""

    columns: int
    rows: int
    width: int  # of a cell
    height: int  # of a cell's picture
    head: int  # height of the title's line

    @property
    def unit(self) -> float:
        """What all distances follow."""
        return min(self.width, 1.25 * self.height)

    @property
    def gap(self) -> int:
        return round(GAP * self.unit)

    @property
    def margin(self) -> int:
        return round(MARGIN * self.unit)

    @property
    def caption(self) -> int:
        return round(CAPTION * self.unit) if self.width >= READABLE else 0

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the sheet."""
        across = self.columns * self.width + (self.columns - 1) * self.gap
        down = self.rows * (self.height + self.caption) + (self.rows - 1) * self.gap
        return across + 2 * self.margin, down + round(1.7 * self.margin) + self.head

    def place(self, index: int, count: int) -> tuple[int, int]:
        """Upper left corner of a cell; a last row that is not full stands in the middle."""
        row, column = divmod(index, self.columns)
        missing = max(0, (row + 1) * self.columns - count)
        step = self.width + self.gap
        x = self.margin + column * step + missing * step // 2
        return x, self.margin + self.head + row * (self.height + self.caption + self.gap)

    def fit(self, aspect: float) -> tuple[int, int]:
        """(width, height) of a picture of that shape in a cell."""
        width = min(float(self.width), self.height * aspect)
        return max(1, round(width)), max(1, round(width / aspect))


def grid(aspects: Sequence[float], size: int, columns: int | None = None) -> Grid:
    """A grid for pictures of these shapes (width / height); the sheet's longer side is `size`.

    A sheet of very many pieces becomes larger than that.
    """
    shape = min(max(statistics.median(aspects), 0.5), 2.5)
    columns = columns or _columns(len(aspects), shape)
    rows = -(-len(aspects) // columns)

    def of(width: int) -> Grid:
        head = round(0.2 * min(width, 1.25 * width / shape) + 0.012 * size)
        return Grid(columns, rows, width, round(width / shape), head)

    widths = range(LEAST, max(LEAST + 1, size))
    fitting = (width for width in reversed(widths) if max(of(width).size) <= size)
    return of(next(fitting, LEAST))


def _columns(count: int, shape: float) -> int:
    def ugliness(columns: int) -> float:
        rows = -(-count // columns)
        across, down = columns * (1 + GAP), rows * (1 / shape + CAPTION + GAP)
        empty = (rows * columns - count) / count
        return abs(math.log(across / down / SHAPE)) + EMPTY * empty

    return min(range(1, count + 1), key=ugliness)


def compose(
    layout: Grid, cells: Iterable[Cell], count: int, title: str, font: Path | None
) -> Image.Image:
    """The sheet of `count` cells."""
    sheet = Image.new("RGB", layout.size, GROUND)
    draw = ImageDraw.Draw(sheet)
    if title:
        letters = _font(_chosen(title, font), max(12, round(layout.head * 0.55)))
        text = _shortened(title, letters, sheet.width - 2 * layout.margin)
        draw.text((layout.margin, layout.margin), text, INK, letters, anchor="lt")
    for index, cell in enumerate(cells):
        left, top = layout.place(index, count)
        picture = Image.fromarray(cell.picture)
        x = left + (layout.width - picture.width) // 2
        y = top + layout.height - picture.height  # captions stand in one line
        sheet.paste(picture, (x, y), picture if picture.mode == "RGBA" else None)
        if layout.caption:
            _caption(draw, cell, x, y + picture.height, layout, font)
    return sheet


def _caption(
    draw: ImageDraw.ImageDraw, cell: Cell, x: int, y: int, layout: Grid, font: Path | None
) -> None:
    size = min(max(layout.caption * 0.36, 10), 44)
    y += round(size * 0.45)
    for text, colour, height in ((cell.title, INK, size), (cell.note, FAINT, size * 0.8)):
        if text:
            letters = _font(_chosen(text, font), round(height))
            draw.text((x, y), _shortened(text, letters, layout.width), colour, letters, anchor="la")
        y += round(size * 1.25)


def _shortened(text: str, font: Font, width: int) -> str:
    """`text`, or as much of it as `width` pixels hold, with dots."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "...") > width:
        text = text[:-1]
    return text.rstrip() + "..."


def writable(text: str, font: Path | None) -> bool:
    """Whether there is a font with every letter of `text`. Raises ConfigError if `font` is none."""
    return _fitting(text, font) is not None


def _chosen(text: str, font: Path | None) -> str:
    found = _fitting(text, font)
    return BUILT_IN if found is None else found


def _fitting(text: str, font: Path | None) -> str | None:
    """The first font that has all letters, of those there are; None if none has."""
    turned = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)
    if turned and not features.check("raqm"):  # nothing puts them in order
        return None
    if font is not None:
        _font(str(font), 24)
    names = ([str(font)] if font else []) + [BUILT_IN, *MACHINE]
    return next((name for name in names if all(_has(letter, name) for letter in text)), None)


BUILT_IN = ""  # the font inside Pillow


@lru_cache
def _font(name: str, size: int) -> Font:
    if name == BUILT_IN:
        return ImageFont.load_default(size)
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        raise ConfigError(
            f"{name} is no font that can be read", hint="give a .ttf or .otf file"
        ) from None


@lru_cache(8192)
def _has(letter: str, name: str) -> bool:
    """Pillow does not say which letters a font has, but draws those it lacks all alike."""
    if letter.isspace():
        return True
    try:
        letters = _font(name, 24)
    except ConfigError:  # this machine has no such font
        return False
    drawn, lacking = (letters.getmask(text) for text in (letter, "\U0010fffe"))
    return drawn.size != lacking.size or bytes(drawn) != bytes(lacking)


def save(sheet: Image.Image, path: Path) -> None:
    """As PNG or JPEG, by the suffix; appears whole. Raises ConfigError, OSError."""
    form = kind(path)
    options = {"quality": 90, "optimize": True} if form == "JPEG" else {}
    with atomic_write(path, fsync=False) as stream:
        sheet.save(stream, form, **options)


def kind(path: Path) -> str:
    """PNG or JPEG. Raises ConfigError for any other suffix."""
    if path.suffix.lower() not in FORMATS:
        raise ConfigError(
            f"{path} is neither a .png nor a .jpg", hint="give it one of these endings"
        )
    return FORMATS[path.suffix.lower()]
