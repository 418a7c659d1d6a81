"""Files as artists have them that are no plain picture, and what is said of each.

docs/lab/odd-pictures.md is made from them.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass

import numpy as np
import pillow_heif
from PIL import Image, ImageCms

from support.icc import ADOBE_RGB, DISPLAY_P3


@dataclass(frozen=True)
class Odd:
    """A file; `said`, of the error, is empty if it is read; `about` it for the table."""

    name: str
    about: str
    content: bytes
    said: str = ""


def scene(size=(80, 60), mode="RGB") -> Image.Image:
    """Soft stripes and a dark square."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    red, green, blue = 127 + 100 * np.sin(x / 9), 127 + 90 * np.cos(y / 7), 2 * (x + y)
    pixels = np.dstack([red, green, blue]).clip(0, 255).astype(np.uint8)
    pixels[10:20, 10:30] = 20
    return Image.fromarray(pixels).convert(mode)


def saved(image: Image.Image, kind: str, **options) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def png(**options) -> bytes:
    return saved(scene(), "PNG", **options)


def jpeg(**options) -> bytes:
    return saved(scene(), "JPEG", quality=90, **options)


def heic(colour=None, **options) -> bytes:
    """A scene, or one colour."""
    target = io.BytesIO()
    image = scene() if colour is None else Image.new("RGB", (48, 32), colour)
    pillow_heif.from_pillow(image).save(target, quality=95, chroma=444, **options)
    return target.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_of(rows: bytes, size, depth: int, colour: int, *chunks: bytes) -> bytes:
    """A PNG from its rows, each with its filter byte; chunks: what stands before the pixels."""
    header = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(rows))
    parts = [chunk(b"IHDR", header), *chunks, pixels, chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def with_text(kind: bytes, body: bytes, *, last: bool = False) -> bytes:
    """A PNG with a chunk of text after its header, or behind its pixels."""
    whole = png()
    place = len(whole) - 12 if last else 33
    return whole[:place] + chunk(kind, body) + whole[place:]


def packed_text(size: int) -> bytes:
    """A zTXt chunk's body, as programs that generate pictures write their settings."""
    return b"workflow\0\0" + zlib.compress(b'{"node": 1} ' * (size // 12))


def grey_16_with_a_clear_grey() -> bytes:
    grey = (np.linspace(0, 65535, 80).astype(">u2") * np.ones((60, 1), ">u2")).astype(">u2")
    grey[10:30, 10:30] = 0x7693
    rows = b"".join(b"\0" + row.tobytes() for row in grey)
    return png_of(rows, (80, 60), 16, 0, chunk(b"tRNS", b"\x76\x93"))


def animation(kind: str, blank: int, shown: int = 2, size=(60, 40)) -> bytes:
    """`blank` white frames, then `shown` that turn the scene round."""
    # not quite the same white: frames that are alike would be written as one
    frames = [Image.new("RGB", size, (255 - index,) * 3) for index in range(blank)]
    frames += [scene(size).rotate(90 * turn) for turn in range(shown)]
    options = {"lossless": True} if kind == "WEBP" else {}
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100, **options)


def raw_tiff(order: str, tags: dict[int, int]) -> bytes:
    """A TIFF file of 8 x 8 grey pixels with these tags too, all of them LONG."""
    tags = {256: 8, 257: 8, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 8, 279: 64, **tags}
    mark = b"II" if order == "<" else b"MM"
    entries = b"".join(
        struct.pack(f"{order}HHII", tag, 4, 1, value) for tag, value in sorted(tags.items())
    )
    head = mark + struct.pack(f"{order}HI", 42, 8 + 64)
    return head + bytes(range(64)) + struct.pack(f"{order}H", len(tags)) + entries + bytes(4)


def cmyk() -> bytes:
    return saved(scene().convert("CMYK"), "JPEG", quality=95)


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
LFS = b"version https://git-lfs\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"
ZIP = b"PK\x03\x04\x14\0\0\0\x08\0" + bytes(40)
LARGE = saved(scene((320, 320)), "JPEG", quality=90)
HALF = LARGE[: len(LARGE) // 2]
RAW, VIDEO = "a camera's raw photograph", "a video"
ODD = (
    # what is read
    Odd("photo.heic", "HEIC, as iPhones write it", heic()),
    Odd("photo-as.jpg", "HEIC that is named .jpg", heic()),
    Odd("photo.avif", "AVIF", saved(scene(), "AVIF")),
    Odd("wide.jpg", "JPEG in Display P3", jpeg(icc_profile=DISPLAY_P3.profile)),
    Odd("adobe.png", "PNG in Adobe RGB", png(icc_profile=ADOBE_RGB.profile)),
    Odd("print.jpg", "CMYK JPEG, inverted as Adobe writes it", cmyk()),
    Odd("no-end.jpg", "JPEG without its last two bytes", jpeg()[:-2]),
    Odd("settings.png", "PNG with 2 MB of text (zTXt)", with_text(b"zTXt", packed_text(2 << 20))),
    Odd(
        "grey16.png",
        "PNG, 16 bits of grey, one of them transparent (tRNS)",
        grey_16_with_a_clear_grey(),
    ),
    Odd("dance.gif", "animated GIF", animation("GIF", 0, 4)),
    Odd("curtain.gif", "animated GIF that opens with a blank frame", animation("GIF", 1)),
    Odd("curtain.png", "animated PNG that opens with three blank frames", animation("PNG", 3)),
    Odd("curtain.webp", "animated WebP, the same", animation("WEBP", 3)),
    # what stands in for a picture
    Odd(
        "half.jpg",
        "JPEG that was cut in the middle",
        HALF,
        "% of the picture are missing",
    ),
    Odd("nothing.png", "empty file, as OneDrive and Dropbox leave them", b"", "is empty (0 bytes)"),
    Odd(
        "zeros.jpg", "file of zeros, a download that did not end", bytes(5000), "nothing but zeros"
    ),
    Odd("lfs.png", "Git LFS pointer", LFS, "a Git LFS pointer"),
    Odd(
        "icloud.png",
        "placeholder of iCloud (binary property list)",
        b"bplist00" + bytes(53),
        "a placeholder of iCloud",
    ),
    Odd(
        "._cat.png",
        "what a Mac's zip keeps beside a file",
        b"\0\5\x16\7\0\2\0\0" + bytes(80),
        "what macOS keeps beside a file",
    ),
    Odd("cat.png.lnk", "shortcut of Windows", b"L\0\0\0\1\x14\2\0" + bytes(60), "a shortcut"),
    Odd("page.png", "web page that was saved instead", b"<!DOCTYPE html><html>", "a web page"),
    Odd("notes.png", "text file", b"to do: paint the cat\n", "is a text file"),
    # documents and other kinds of pictures
    Odd("layers.psd", "Photoshop", b"8BPS\0\1" + bytes(40), "a Photoshop document"),
    Odd("layers.xcf", "GIMP", b"gimp xcf v011\0" + bytes(40), "a GIMP document"),
    Odd("page.clip", "Clip Studio", b"CSFCHUNK" + bytes(40), "a Clip Studio document"),
    Odd("page.af", "Affinity", b"\0\xffKA" + bytes(40), "an Affinity document"),
    Odd("drawing.procreate", "Procreate, Krita (.kra), any zip", ZIP, "an archive"),
    Odd("drawing.svg", "SVG", b"<?xml version='1.0'?><svg xmlns='x'></svg>", "an SVG drawing"),
    Odd("drawing.ai", "Illustrator, PDF", b"%PDF-1.7\n" + bytes(40), "a PDF document"),
    Odd("drawing.eps", "PostScript", b"%!PS-Adobe-3.0 EPSF-3.0\n", "a PostScript drawing"),
    Odd("new.jxl", "JPEG XL", b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(40), "a JPEG XL picture"),
    Odd(
        "new-stream.jxl",
        "JPEG XL without a container",
        b"\xff\x0a" + bytes(40),
        "a JPEG XL picture",
    ),
    Odd("scan.jp2", "JPEG 2000", b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(40), "a JPEG 2000 picture"),
    Odd(
        "light.exr",
        "OpenEXR",
        b"\x76\x2f\x31\1\2\0\0\0" + bytes(40),
        "a high dynamic range picture",
    ),
    Odd("IMG_1.CR2", "raw photograph, Canon", b"II*\0\x10\0\0\0CR\2\0" + bytes(40), RAW),
    Odd("IMG_1.CR3", "raw photograph, Canon", b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", RAW),
    Odd("DSC_1.NEF", "raw photograph, Nikon and Sony", raw_tiff("<", {254: 1, 330: 8}), RAW),
    Odd("photo.dng", "raw photograph, DNG", raw_tiff(">", {254: 0, 262: 32803}), RAW),
    Odd("DSCF1.RAF", "raw photograph, Fujifilm", b"FUJIFILMCCD-RAW 0201" + bytes(40), RAW),
    Odd("clip.mp4", "video", b"\0\0\0\x18ftypisom\0\0\2\0isomiso2", VIDEO),
    Odd("clip.mov", "video, QuickTime", b"\0\0\0\x14ftypqt  \0\0\2\0qt  ", VIDEO),
    Odd("clip.webm", "video, WebM and Matroska", b"\x1a\x45\xdf\xa3" + bytes(40), VIDEO),
    Odd("clip.avi", "video, AVI", b"RIFF\0\0\0\0AVI LIST" + bytes(40), VIDEO),
    Odd("unknown.png", "anything else", bytes(range(256)), "is no picture that can be read"),
)
