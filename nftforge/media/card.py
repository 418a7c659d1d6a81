"""The picture that a shared link shows: a few pieces side by side on a wall, as a JPEG.

1200 x 630 pixels and JPEG are what every reader of og:image takes (https://ogp.me/ names no size;
Facebook, X, Slack and others crop to about 1.91 : 1, and some of them read no WebP).
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageFilter, ImageOps

WIDTH, HEIGHT = 1200, 630
WALL, SHADOW = (245, 243, 239), (60, 50, 40)
MARGIN, GAP, BLUR = 64, 44, 12
GRIDS = ((8, 4), (3, 3), (2, 2), (1, 1))  # pictures shown, and how many of them in a row
MOST_SHOWN = GRIDS[0][0]
QUALITY, RESAMPLED = 85, Image.Resampling.LANCZOS


def social_card(previews: Sequence[bytes]) -> bytes:
    """A JPEG of the first of them, as many as look well together. previews: one at least."""
    count, columns = next(grid for grid in GRIDS if grid[0] <= len(previews))
    rows = count // columns
    side = min(_cell(WIDTH, columns), _cell(HEIGHT, rows))
    card = Image.new("RGB", (WIDTH, HEIGHT), WALL)
    for index, content in enumerate(previews[:count]):
        row, column = divmod(index, columns)
        with Image.open(io.BytesIO(content)) as picture:
            shown = ImageOps.contain(picture.convert("RGBA"), (side, side), RESAMPLED)
        x = _middle(WIDTH, columns, column, side) - shown.width // 2
        y = _middle(HEIGHT, rows, row, side) - shown.height // 2
        _hang(card, shown, x, y)
    target = io.BytesIO()
    card.save(target, "JPEG", quality=QUALITY, optimize=True)
    return target.getvalue()


def _cell(length: int, count: int) -> int:
    """The side of each of `count` cells along `length` pixels."""
    return (length - 2 * MARGIN - (count - 1) * GAP) // count


def _middle(length: int, count: int, index: int, side: int) -> int:
    """Where the middle of a cell is."""
    return (length + (2 * index - count + 1) * (side + GAP)) // 2


def _hang(card: Image.Image, picture: Image.Image, x: int, y: int) -> None:
    """Put a picture on the wall, with its shadow; (x, y): its upper left corner."""
    dark = Image.new("L", card.size)
    dark.paste(90, (x, y + BLUR // 2, x + picture.width, y + BLUR // 2 + picture.height))
    card.paste(SHADOW, mask=dark.filter(ImageFilter.GaussianBlur(BLUR)))
    card.paste(WALL, (x, y, x + picture.width, y + picture.height))
    card.paste(picture, (x, y), picture)
