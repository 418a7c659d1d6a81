"""Progressive GIFs: one palette for all frames, no dither, and only what changed is coded.

With one palette and no dithering a pixel that stays the same keeps its index, so nothing flickers
and every later frame is the changed rectangle with all other pixels "transparent": on a 400-stroke
painting 11 times smaller than rectangles alone. Frames go straight to the file, one at a time;
Pillow's own `save_all` would hold them all, so only its LZW coder is used here. A size limit is met
by fewer colours first, then by fewer frames, and refused when even that is not enough.

Format: GIF89a specification, https://www.w3.org/Graphics/GIF/spec-gif89a.txt
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import GifImagePlugin, Image

from nftforge.errors import ConfigError
from nftforge.media.schedule import Stop, thinned

Frame = NDArray[np.uint8]  # [h, w, 3] sRGB
Draw = Callable[[Sequence[int]], Iterator[Frame]]
"""Rising stroke counts -> the painting after each of them."""

COLOURS = (255, 127, 63)
UNCHANGED = 255  # the palette index that shows the frame before
FEWEST_FRAMES = 12


def write_gif(path: Path, draw: Draw, stops: Sequence[Stop], max_bytes: int | None) -> None:
    """Write one frame a stop as an endless GIF of at most `max_bytes`.

    Raises ConfigError if no quality is small enough, OSError if the disk is full.
    """
    if max_bytes is None:
        return _encode(path, draw, stops, COLOURS[0])
    while True:
        for colours in COLOURS:
            _encode(path, draw, stops, colours)
            size = path.stat().st_size
            if size <= max_bytes:
                return None
        if len(stops) <= FEWEST_FRAMES:
            raise ConfigError(
                f"the GIF takes {size / 1e6:.3f} MB even with {COLOURS[-1]} colours and "
                f"{len(stops)} frames, more than the {max_bytes / 1e6:.3f} MB of max_mb",
                hint="raise media.gif.max_mb or lower media.gif.size",
            )
        stops = thinned(stops)


def _encode(path: Path, draw: Draw, stops: Sequence[Stop], colours: int) -> None:
    palette = _palette(draw, stops, colours)
    shown: Frame | None = None
    with path.open("wb") as stream:
        for frame, stop in zip(draw([stop.strokes for stop in stops]), stops, strict=True):
            indices = np.asarray(
                Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE)
            )  # [h, w]
            if shown is None:
                stream.write(_header(indices.shape[1], indices.shape[0], palette))
            patch, corner = (indices, (0, 0)) if shown is None else _change(shown, indices)
            stream.writelines(
                GifImagePlugin.getdata(
                    Image.fromarray(patch),
                    corner,
                    duration=stop.delay_ms,
                    transparency=UNCHANGED,
                    disposal=1,  # leave it in place
                )
            )
            shown = indices
        stream.write(b";")


def _palette(draw: Draw, stops: Sequence[Stop], colours: int) -> Image.Image:
    """Colours for the whole painting: the finished picture counts most, then how it came about."""
    last = len(stops) - 1
    chosen = sorted({last // 8, last // 3, last})
    samples = list(draw([stops[index].strokes for index in chosen]))
    montage = np.concatenate([*samples, samples[-1]])
    return Image.fromarray(montage).quantize(
        colors=colours, method=Image.Quantize.MAXCOVERAGE, kmeans=1
    )


def _header(width: int, height: int, palette: Image.Image) -> bytes:
    """Screen descriptor, the table of 256 colours, and the request to loop for ever."""
    table = bytes(palette.getpalette() or ())[: UNCHANGED * 3].ljust(256 * 3, b"\0")
    screen = struct.pack("<6sHHBBB", b"GIF89a", width, height, 0xF7, 0, 0)
    return screen + table + b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"


def _change(before: Frame, after: Frame) -> tuple[Frame, tuple[int, int]]:
    """The rectangle of indices that differ, other pixels UNCHANGED, and its corner (x, y).

    A frame like the one before becomes one UNCHANGED pixel, so that its time still passes.
    """
    changed = before != after
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    if not rows.size:
        return np.full((1, 1), UNCHANGED, np.uint8), (0, 0)
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return np.where(changed[box], after[box], np.uint8(UNCHANGED)), (int(columns[0]), int(rows[0]))
