"""Progressive GIFs: one palette for all frames and no dither, so nothing flickers.

A painting grows stroke by stroke and most of a frame is the frame before; with one palette and no
dithering those pixels are equal and Pillow codes only the rectangle that changed. A size limit is
met by fewer colours first, then by fewer frames, and refused when even that is not enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nftforge.errors import ConfigError
from nftforge.media.schedule import Stop, thinned

Frame = NDArray[np.uint8]  # [h, w, 3] sRGB
Draw = Callable[[Sequence[int]], Iterator[Frame]]
"""Rising stroke counts -> the painting after each of them."""

COLOURS = (256, 128, 64)
FEWEST_FRAMES = 12


def write_gif(path: Path, draw: Draw, stops: Sequence[Stop], max_bytes: int | None) -> None:
    """Write the stops as an endless GIF of at most `max_bytes`.

    Raises ConfigError if no quality is small enough, OSError if the disk is full.
    """
    while True:
        for colours in COLOURS:
            _encode(path, draw, stops, colours)
            if max_bytes is None or path.stat().st_size <= max_bytes:
                return
        size = path.stat().st_size
        if len(stops) <= FEWEST_FRAMES:
            raise ConfigError(
                f"the GIF takes {size / 1e6:.2f} MB even with {COLOURS[-1]} colours and "
                f"{len(stops)} frames, more than max_mb allows",
                hint="raise media.gif.max_mb or lower media.gif.size",
            )
        stops = thinned(stops)


def _encode(path: Path, draw: Draw, stops: Sequence[Stop], colours: int) -> None:
    palette = _palette(draw, stops, colours)
    images = (
        Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE)
        for frame in draw([stop.strokes for stop in stops])
    )
    next(images).save(
        path,
        format="GIF",
        save_all=True,
        append_images=images,
        duration=[stop.delay_ms for stop in stops],
        loop=0,
        disposal=1,
        optimize=False,
    )


def _palette(draw: Draw, stops: Sequence[Stop], colours: int) -> Image.Image:
    """Colours for the whole painting: the finished picture counts most, then how it came about."""
    last = len(stops) - 1
    chosen = sorted({last // 8, last // 3, last})
    samples = list(draw([stops[index].strokes for index in chosen]))
    montage = np.concatenate([*samples, samples[-1]])
    return Image.fromarray(montage).quantize(
        colors=colours, method=Image.Quantize.MEDIANCUT, kmeans=1
    )
