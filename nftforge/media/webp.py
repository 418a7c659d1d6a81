"""Previews: small WebP pictures of whatever a piece is, for pages that show many at once.

Of a painting's film the last frame, which is the finished painting. Pillow writes no times and no
names into a WebP, so the same picture gives the same bytes.
"""

from __future__ import annotations

import contextlib
import io
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from nftforge.core.errors import PictureError

QUALITY = 82
MAX_PIXELS = 100_000_000  # 10,000 x 10,000
FRAME_PIXELS, FRAMES = 1_000_000_000, 4_000  # what of an animation is gone through for its last
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")


def picture_size(content: bytes) -> tuple[int, int]:
    """(width, height) by the header; (0, 0) if it is no picture that Pillow reads."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                return image.size
    except Exception:  # whatever a decoder makes of bytes made to break it
        return 0, 0


def _seek_last(image: Image.Image) -> None:
    """To the last frame, or as far as `FRAME_PIXELS` lead: a few bytes of a GIF are a frame."""
    frame_pixels = image.width * image.height
    with contextlib.suppress(EOFError):
        while (image.tell() + 2) * frame_pixels <= FRAME_PIXELS and image.tell() < FRAMES:
            image.seek(image.tell() + 1)


def preview(content: bytes, side: int, *, last: bool = True) -> bytes:
    """A WebP of a picture file, its longer side at most `side`; of an animation the last frame, or
    the first. Raises PictureError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise PictureError(f"{image.width} x {image.height} pixels are too many")
                image.draft("RGB", (side, side))
                if last:
                    _seek_last(image)
                shown = ImageOps.exif_transpose(image).convert(
                    "RGBA" if image.has_transparency_data else "RGB"
                )
    except PictureError:
        raise
    except Exception as error:  # whatever a decoder makes of bytes made to break it
        raise PictureError(f"it is no picture that can be read: {error}") from None
    shown.thumbnail((side, side), Image.Resampling.LANCZOS)
    return _saved(shown)


def webp(pixels: NDArray[np.uint8]) -> bytes:
    """A WebP of uint8 [h, w, 3] or [h, w, 4], sRGB."""
    return _saved(Image.fromarray(pixels))


def _saved(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, "WEBP", quality=QUALITY, method=4)
    return target.getvalue()
