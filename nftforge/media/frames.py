"""Which frame of an animation is the picture: the one that is asked for, else the first that shows
anything.

Frames count from 1, as players count them. Many animations open with an empty canvas; a painting of
it would be one as well. Files that hold several pictures and do not move (pages of a TIFF, HEIC,
stereo JPEGs) give the one that viewers show, and any other when it is asked for.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
from PIL import Image

from nftforge.core.errors import PictureError

MOVING = ("GIF", "PNG", "WEBP", "AVIF")
SEARCHED_PIXELS = 400_000_000  # of blank frames that are decoded to find one that is not
BLANK = 4  # levels of 255 that a blank frame may differ by: lossy formats are not exact


def choose_frame(image: Image.Image, path: Path, frame: int | None) -> str:
    """Turn `image` (the file at `path`) to `frame`, or to the one that is taken if none is asked
    for; what is to be said of that. Raises PictureError if there is no such frame.
    """
    if frame is not None:
        check_frame(image, path, frame)
        image.seek(frame - 1)
        return ""
    count = _count(image)
    if count == 1 or image.format not in MOVING:
        return ""
    shown = _first_shown(image, count)
    image.seek(shown)
    taken = "the first is painted"
    if shown:
        blank = "frame 1 is" if shown == 1 else f"frames 1 to {shown} are"
        taken = f"{blank} blank, frame {shown + 1} is painted"
    return f"{path} is an animation of {count} frames: {taken}; `frame` takes another"


def check_frame(image: Image.Image, path: Path, frame: int) -> None:
    """Raises PictureError if `image` (the file at `path`) has not that frame."""
    count = _count(image)
    if frame <= count:
        return
    if count == 1:
        raise PictureError(
            f"{path} is one picture, no animation: there is no frame {frame}",
            hint="leave `frame` out",
        )
    raise PictureError(
        f"{path} has {count} frames: there is no frame {frame}",
        hint=f"they count from 1: 1 to {count}",
    )


def _count(image: Image.Image) -> int:
    """How many pictures a file holds; 1 of one whose frames cannot be told."""
    with contextlib.suppress(Exception):  # whatever a decoder makes of a damaged animation
        return int(getattr(image, "n_frames", 1))
    return 1


def _first_shown(image: Image.Image, count: int) -> int:
    """Index of the first frame that is not blank; 0 if there is none, as far as is searched."""
    searched = min(count, max(1, SEARCHED_PIXELS // (image.width * image.height)))
    with contextlib.suppress(Exception):  # what is damaged further on does not spoil the first
        for index in range(searched):
            image.seek(index)
            if not _is_blank(image):
                return index
    return 0


def _is_blank(image: Image.Image) -> bool:
    """Whether all of it is one colour, or nothing is to be seen of it."""
    spread = np.asarray(image.convert("RGBA").getextrema())  # of each channel: lowest, highest
    return bool(spread[3, 1] == 0 or np.ptp(spread, axis=1).max() <= BLANK)
