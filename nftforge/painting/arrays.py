"""The painter for people who have arrays: what `from nftforge.painting import ...` offers.

Nothing here knows of files or collections. The engines are behind `engine.paint`, which also says
how close a painting came.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nftforge.core.jit import clock
from nftforge.painting import relief as lit
from nftforge.painting.engine import painter_for
from nftforge.painting.fit import fit
from nftforge.painting.pictures import RgbaImage
from nftforge.painting.settings import FLAT, PaintSettings, ProgressCallback, Relief
from nftforge.painting.strokes import Strokes


def paint(
    picture: NDArray[Any],
    settings: PaintSettings | None = None,
    *,
    style: NDArray[Any] | None = None,
    tip: NDArray[np.uint8] | None = None,
    on_progress: ProgressCallback | None = None,
) -> Strokes:
    """Strokes that look like `picture`, in painting order. The same seed gives the same strokes.

    picture      [h, w, 3] or [h, w, 4] sRGB, uint8 0..255 or floating 0..1; where the fourth
                 channel (alpha, not premultiplied) is 0 nothing is painted. One whose longer side
                 has more than `settings.working_size` pixels is averaged down to that
    settings     500 oil strokes on white, if there are none
    style        a picture whose look is taken on, as `settings.style` says; needs nftforge[style]
    tip          uint8 [256, 256], 255 = paint: that of the brush `own`
    on_progress  called with (part of the work done 0..1, strokes so far, PSNR in dB, at how many
                 pixels on the longer side); what it raises ends the painting

    Raises ValueError if an array is none of these, ConfigError if settings and tip do not fit each
    other, MissingError if the machine lacks what the settings need.
    """
    settings = settings or PaintSettings()
    goal, look = (
        None if array is None else _image(array).resized(settings.working_size)
        for array in (picture, style)
    )
    assert goal is not None
    painter = painter_for(goal, settings, tip)
    return fit(painter, on_progress or _unheard, clock, look)


def render(strokes: Strokes, size: int = 1024, relief: Relief = FLAT) -> NDArray[np.uint8]:
    """The finished painting, its longer side `size` pixels: uint8 sRGB [h, w, 3].

    [h, w, 4], alpha not premultiplied, if the painting has no canvas. Strokes are vectors, so any
    size is as sharp. With a `relief` paint has a body and a lamp shines on it. Raises ValueError if
    `size` is less than 1.
    """
    return lit.render(strokes, *_sides(strokes, size), relief)


def frames(
    strokes: Strokes,
    size: int = 512,
    counts: Sequence[float] | None = None,
    relief: Relief = FLAT,
) -> Iterator[NDArray[np.uint8]]:
    """The painting as it grows: uint8 sRGB [h, w, 3] for each of the rising `counts` of strokes.

    3.4 shows three strokes and four tenths of the next; without counts: the empty canvas, then one
    stroke more each time. The longer side has `size` pixels; a painting without a canvas is shown
    on white. Raises ValueError if `size` is less than 1.
    """
    every = range(len(strokes) + 1) if counts is None else counts
    return lit.frames(strokes, *_sides(strokes, size), every, relief)


def _sides(strokes: Strokes, size: int) -> tuple[int, int]:
    if size < 1:
        raise ValueError(f"a picture of {size} pixels has none")
    return strokes.shape(size)


def _image(array: NDArray[Any]) -> RgbaImage:
    """An array as the painter takes it. Raises ValueError."""
    if array.ndim != 3 or array.shape[2] not in (3, 4) or not array.size:
        raise ValueError(f"a picture is [h, w, 3] or [h, w, 4], not {list(array.shape)}")
    if array.dtype == np.uint8:
        values = array.astype(np.float32) / 255  # as pictures from files
    elif np.issubdtype(array.dtype, np.floating):
        values = array
    else:
        raise ValueError(f"a picture is uint8 0..255 or floating 0..1, not {array.dtype}")
    if not (values.min() >= 0 and values.max() <= 1):  # also if there is a NaN
        raise ValueError("a picture's floating values lie between 0 and 1")
    return RgbaImage.of(values[..., :3], values[..., 3] if array.shape[2] == 4 else None)


def _unheard(part: float, strokes: int, psnr: float, side: int) -> None:
    pass
