"""Any picture an artist may have, to sRGB floats of a bounded size; or one clear error.

Handles palettes, grey, 1-bit, 16-bit, CMYK, alpha, EXIF orientation and embedded ICC profiles;
`formats` says what else a file may be, `frames` which frame of an animation is meant, `mending`
what is wrong with many files and does not matter. The pixel count is read from the header and
checked before anything is decoded; JPEGs are decoded small (`draft`); everything else is averaged
down a band of rows at a time, so that a 20,000 x 20,000 picture takes its own decoded size (4 bytes
a pixel at most) and no copy of it.
"""

from __future__ import annotations

import contextlib
import io
import os
import stat
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, PngImagePlugin, UnidentifiedImageError

from nftforge.core.errors import NftforgeError, PictureError
from nftforge.media.formats import readable, refuse, unreadable
from nftforge.media.frames import choose_frame
from nftforge.media.mending import mended

T = TypeVar("T")

MAX_PIXELS = 400_000_000  # 20,000 x 20,000
BAND_PIXELS = 4_000_000  # how many are reduced at once
TIP = 256  # pixels on either side of a brush tip
SMALLER = "make it smaller, 4096 pixels are plenty"


@dataclass(frozen=True)
class Picture:
    """rgb float32 [h, w, 3], sRGB 0..1; alpha float32 [h, w] or None; size (w, h) of the file;
    notes: what whoever paints it should know."""

    rgb: NDArray[np.float32]
    alpha: NDArray[np.float32] | None
    size: tuple[int, int]
    notes: tuple[str, ...] = ()

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """uint8 [h, w, 3], or [h, w, 4] with alpha."""
        layers = [self.rgb] if self.alpha is None else [self.rgb, self.alpha]
        return (np.dstack(layers) * 255 + 0.5).astype(np.uint8)


def load_picture(path: Path, max_side: int, frame: int | None = None) -> Picture:
    """Decode `path`, upright and in sRGB, its longer side at most `max_side` pixels.

    frame: which of an animation, counted from 1; by default the first that is not blank. Raises
    PictureError naming the file, what is wrong with it and what to do; MissingError if it takes a
    package that is not there.
    """
    picture, note = _read(path, lambda image: _decode(image, path, max_side, frame))
    return replace(picture, notes=(note, *picture.notes)) if note else picture


def _read(path: Path, use: Callable[[Image.Image], T]) -> tuple[T, str]:
    """What `use` makes of a picture, and what had to be mended."""
    head = _head(path)
    refuse(path, head)
    try:
        with _decoding, _only_our_rules(quiet=head[:2] in (b"II", b"MM")):
            formats = readable(path, head)
            try:
                with Image.open(path, formats=formats) as image:
                    return use(image), ""
            except (OSError, ValueError) as error:
                with mended(path, head, error) as found:
                    if not found:
                        raise
                    stream, note = found
                    with Image.open(stream, formats=formats) as image:
                        return use(image), note
    except NftforgeError:
        raise
    except UnidentifiedImageError:
        raise unreadable(path, head) from None
    except Image.DecompressionBombError as error:
        what = str(error).split(",")[0]  # "Image size (N pixels) exceeds limit of M pixels"
        raise PictureError(f"{path} is too large: {what}", hint=SMALLER) from None
    except MemoryError:
        raise PictureError(f"{path} does not fit into memory", hint=SMALLER) from None
    except Exception as error:  # whatever a decoder makes of damaged bytes: there is no list of it
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise PictureError(
            f"{path} cannot be decoded: {reason}",
            hint="open it in a picture editor and save it again",
        ) from None


def _head(path: Path) -> bytes:
    """The file's first bytes, once it is known to be one that can be read."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise PictureError(f"{path} is a folder, not a picture")
        if not stat.S_ISREG(mode):
            raise PictureError(f"{path} is a device or a pipe, not a picture")
        with path.open("rb") as stream:
            return stream.read(4096)
    except (FileNotFoundError, NotADirectoryError):
        raise PictureError(f"there is no picture {path}") from None
    except OSError as error:
        raise PictureError(f"{path} cannot be read: {error.strerror}") from None


def load_tip(path: Path) -> NDArray[np.uint8]:
    """A brush tip from a grey picture: uint8 [256, 256], 255 = paint, cropped to where paint is.

    Paint is what is opaque if the picture has alpha; else what differs from its border: dark ink on
    white paper or white on black. Raises PictureError naming the file.
    """
    picture = load_picture(path, 2 * TIP)
    paint = picture.rgb.mean(axis=2) if picture.alpha is None else picture.alpha
    if picture.alpha is None:
        border = np.concatenate([paint[0], paint[-1], paint[:, 0], paint[:, -1]])
        paint = 1.0 - paint if border.mean() > 0.5 else paint
    rows, columns = (np.flatnonzero((paint > 1 / 32).any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        raise PictureError(
            f"{path} shows no brush tip: all of it is alike",
            hint="draw the tip dark on white, white on black, or on a transparent ground",
        )
    shown = paint[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32)
    tip = Image.fromarray(shown, mode="F").resize((TIP, TIP), Image.Resampling.BOX)
    return (np.asarray(tip).clip(0, 1) * 255 + 0.5).astype(np.uint8)


def load_mask(path: Path, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """A mask for a picture of `shape` [h, w, ..]: [h, w], 0 black or transparent .. 1 white.

    Raises PictureError naming the file, also if it is of another shape or all of it is alike.
    """
    picture = load_picture(path, max(shape[:2]))
    grey = picture.rgb.mean(axis=2) * (1.0 if picture.alpha is None else picture.alpha)
    (tall, wide), (height, width) = grey.shape, shape[:2]
    if abs(tall * width - wide * height) > 0.02 * wide * height:
        raise PictureError(
            f"the mask {path} is {wide / tall:.2f} times as wide as high, the picture "
            f"{width / height:.2f} times",
            hint="draw the mask over the picture itself: it must have the same shape",
        )
    if np.ptp(grey) < 1 / 32:
        raise PictureError(
            f"the mask {path} shows no place that matters more: all of it is alike",
            hint="draw what matters white on black",
        )
    return np.asarray(grey, np.float64)


_decoding = threading.Lock()  # the rules below hold for the whole process


@contextlib.contextmanager
def _only_our_rules(quiet: bool) -> Iterator[None]:
    """Our pixel limit, no Python warnings, and, if `quiet`, nothing on stderr."""
    limit = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2  # Pillow warns from there, and refuses above twice it
    try:
        with _silence() if quiet else contextlib.nullcontext(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """libtiff writes its complaints straight to file descriptor 2, past all that Python can do."""
    stderr, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nowhere)


def _decode(image: Image.Image, path: Path, max_side: int, frame: int | None) -> Picture:
    _scale_transparency(image)
    note = choose_frame(image, path, frame)
    size = image.size
    image.draft(None, (max_side, max_side))
    image.load()
    profile, turn = image.info.get("icc_profile"), _turn(image)
    image = _shrunk(image, max_side)
    if profile:
        image = _to_srgb(image, profile)
    if turn is not None:
        image = image.transpose(turn)
    has_alpha = image.mode in ("LA", "RGBA")
    values = np.asarray(image.convert("RGBA" if has_alpha else "RGB"), np.float32) / 255.0
    alpha = np.ascontiguousarray(values[..., 3]) if has_alpha else None
    return Picture(
        rgb=np.ascontiguousarray(values[..., :3]),
        alpha=None if alpha is None or alpha.min() == 1 else alpha,
        size=size[::-1] if turn in SIDEWAYS else size,
        notes=(note,) if note else (),
    )


def _scale_transparency(image: Image.Image) -> None:
    """Bring the colour that a PNG's tRNS chunk makes transparent to the scale of decoded pixels.

    Pillow leaves it on the file's scale, and so finds it at 8 bits a channel only.
    """
    tiles = image.tile if isinstance(image, PngImagePlugin.PngImageFile) else ()
    given, raw = image.info.get("transparency"), tiles[0].args if tiles else ""
    if isinstance(given, int) and raw in ("L;2", "L;4"):
        image.info["transparency"] = given * (85 if raw == "L;2" else 17)
    elif isinstance(given, tuple) and raw == "RGB;16B":
        image.info["transparency"] = tuple(value >> 8 for value in given)


UPRIGHT = {  # EXIF orientation (TIFF 6.0, tag 0x0112) -> what undoes it
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = tuple(UPRIGHT[orientation] for orientation in (5, 6, 7, 8))


def _turn(image: Image.Image) -> Image.Transpose | None:
    with contextlib.suppress(Exception):  # broken EXIF around sound pixels is common
        return UPRIGHT.get(image.getexif().get(0x0112, 1))
    return None


def _shrunk(image: Image.Image, max_side: int) -> Image.Image:
    """To 8 bits a channel and `max_side`: whole blocks averaged, then Lanczos.

    Colours are weighted by their alpha, so what hides under transparency does not bleed out.
    """
    white = _white(image)
    longest = max(image.size)
    factor = max(1, longest // (3 * max_side))  # leaves Lanczos the last three-fold or more
    width, height = image.size
    rows = factor * max(1, BAND_PIXELS // (width * factor))
    bands = []
    for top in range(0, height, rows):
        band = _plain(image.crop((0, top, width, min(top + rows, height))), white)
        bands.append(_premultiplied(band).reduce(factor))
    whole = Image.new(bands[0].mode, (bands[0].width, sum(band.height for band in bands)))
    for index, band in enumerate(bands):
        whole.paste(band, (0, index * (rows // factor)))
    if longest > max_side:
        sides = [max(1, round(side * max_side / longest)) for side in (width, height)]
        box = 0, 0, width / factor, height / factor
        whole = whole.resize((sides[0], sides[1]), Image.Resampling.LANCZOS, box)
    return whole.convert(STRAIGHT.get(whole.mode, whole.mode))


PREMULTIPLIED = {"LA": "La", "RGBA": "RGBa"}
STRAIGHT = {"La": "LA", "RGBa": "RGBA"}


def _premultiplied(image: Image.Image) -> Image.Image:
    return image.convert(PREMULTIPLIED.get(image.mode, image.mode))


def _white(image: Image.Image) -> float:
    """What counts as white in a picture of more than 8 bits a channel."""
    if image.mode.startswith("I;16"):
        return 65535.0
    if image.mode not in ("I", "F"):
        return 255.0
    brightest = image.getextrema()[1]
    assert isinstance(brightest, int | float)  # it has one channel
    usual = (1.0, 255.0, 65535.0) if image.mode == "F" else (65535.0,)
    return next((white for white in usual if not brightest > white), float(2**31 - 1))


def _plain(image: Image.Image, white: float) -> Image.Image:
    """To one of L, LA, RGB, RGBA, CMYK with 8 bits a channel."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        values = np.nan_to_num(np.asarray(image, np.float32)) * (255 / white)
        grey = Image.fromarray(values.clip(0, 255).round().astype(np.uint8))
        if "transparency" in image.info:  # of a PNG, 16 bits: one grey that is transparent
            opaque = np.asarray(image) != image.info["transparency"]
            grey.putalpha(Image.fromarray(np.where(opaque, 255, 0).astype(np.uint8)))
        return grey
    if image.mode in ("P", "PA") or "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK"):
        return image
    return image.convert("RGB")


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Apply an embedded profile; one that is broken or for other channels is left out."""
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    colour = image.convert(image.mode.removesuffix("A")) if alpha else image
    with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
        converted = ImageCms.profileToProfile(
            colour,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode="RGB",
        )
        assert converted is not None  # it is only for inPlace=True
        if alpha:
            converted.putalpha(alpha)
        return converted
    return image
