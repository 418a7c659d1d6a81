"""Any picture an artist may have, to sRGB floats of a bounded size; or one clear error.

Handles palettes, grey, 1-bit, 16-bit, CMYK, alpha, EXIF orientation and embedded ICC profiles;
of an animation, the first frame. The pixel count is read from the header and checked before
anything is decoded, and JPEGs are decoded small (`draft`), so a huge file cannot fill the memory.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, UnidentifiedImageError

from nftforge.errors import PictureError

MAX_PIXELS = 400_000_000  # 20,000 x 20,000
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "PPM", "AVIF", "MPO", "TGA")


@dataclass(frozen=True)
class Picture:
    """rgb float32 [h, w, 3], sRGB 0..1; alpha float32 [h, w] or None; size (w, h) of the file."""

    rgb: NDArray[np.float32]
    alpha: NDArray[np.float32] | None
    size: tuple[int, int]


def load_picture(path: Path, max_side: int) -> Picture:
    """Decode `path`, upright and in sRGB, its longer side at most `max_side` pixels.

    Raises PictureError naming the file, what is wrong with it and what to do.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _decode(path, max_side)
    except PictureError:
        raise
    except FileNotFoundError:
        raise PictureError(f"there is no picture {path}") from None
    except IsADirectoryError:
        raise PictureError(f"{path} is a folder, not a picture") from None
    except UnidentifiedImageError:
        raise PictureError(_not_a_picture(path), hint="save it as PNG or JPEG") from None
    except MemoryError:
        raise PictureError(
            f"{path} does not fit into memory", hint="make it smaller, 4096 pixels are plenty"
        ) from None
    except PermissionError:
        raise PictureError(f"{path} cannot be read: permission denied") from None
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise PictureError(
            f"{path} is damaged: {str(error).splitlines()[0] if str(error) else 'cut off'}",
            hint="open it in a picture editor and save it again",
        ) from None


def _decode(path: Path, max_side: int) -> Picture:
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # our own check, below
    try:
        Image.init()  # loads every format's plugin
        with Image.open(path, formats=[name for name in FORMATS if name in Image.OPEN]) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise PictureError(
                    f"{path} has {width} x {height} pixels, over {MAX_PIXELS // 10**6} million",
                    hint="make it smaller, 4096 pixels are plenty",
                )
            image.draft(None, (max_side, max_side))
            image.load()
            return _convert(image, max_side, (width, height))
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _convert(image: Image.Image, max_side: int, size: tuple[int, int]) -> Picture:
    profile = image.info.get("icc_profile")
    orientation = image.getexif().get(0x0112, 1)
    if orientation in (5, 6, 7, 8):
        size = size[::-1]
    image = _shrunk(_plain(image), max_side)
    image = _upright(image, orientation)
    if profile:
        image = _to_srgb(image, profile)
    has_alpha = image.mode in ("LA", "RGBA")
    values = np.asarray(image.convert("RGBA" if has_alpha else "RGB"), np.float32) / 255.0
    if not has_alpha:
        return Picture(np.ascontiguousarray(values), None, size)
    alpha = np.ascontiguousarray(values[..., 3])
    return Picture(np.ascontiguousarray(values[..., :3]), alpha if alpha.min() < 1 else None, size)


def _plain(image: Image.Image) -> Image.Image:
    """To one of L, LA, RGB, RGBA, CMYK with 8 bits a channel."""
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, np.float64)
        top = 65535.0 if image.mode != "F" or values.max(initial=0) > 1 else 1.0
        return Image.fromarray((values / top * 255).clip(0, 255).round().astype(np.uint8))
    if image.mode in ("P", "PA") or "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK"):
        return image
    return image.convert("RGB")


def _shrunk(image: Image.Image, max_side: int) -> Image.Image:
    """Lanczos after a box reduction; colours are weighted by alpha, so edges keep theirs."""
    longest = max(image.size)
    if longest <= max_side:
        return image
    factor = max_side / longest
    size = max(1, round(image.width * factor)), max(1, round(image.height * factor))
    premultiplied = {"RGBA": "RGBa", "LA": "La"}.get(image.mode)
    if premultiplied:
        return _resized(image.convert(premultiplied), size).convert(image.mode)
    return _resized(image, size)


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    """Undo an EXIF orientation (TIFF 6.0, tag 0x0112)."""
    turn = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }.get(orientation)
    return image if turn is None else image.transpose(turn)


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    colour = image.convert("RGB") if image.mode == "RGBA" else image
    colour = colour.convert("L") if image.mode == "LA" else colour
    with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):  # a profile of no use
        converted = ImageCms.profileToProfile(
            colour,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode="RGB",
        )
        image = converted or image
        if alpha:
            image.putalpha(alpha)
    return image


def _not_a_picture(path: Path) -> str:
    with path.open("rb") as stream:
        head = stream.read(512)
    if not head:
        return f"{path} is empty (0 bytes)"
    if b"<svg" in head.lower():
        return f"{path} is an SVG drawing, which has no pixels"
    if head.isascii() and b"\0" not in head:
        return f"{path} is a text file, not a picture"
    return f"{path} is no picture that can be read ({', '.join(FORMATS[:6])})"
