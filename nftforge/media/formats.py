"""What a picture's file really is, by its content: never by its name.

Many things end in .png and are none: what stands in for a file until it is downloaded, another
program's document, a photograph as a camera keeps it. Each is named for what it is, with what to do
next. HEIC is read by pillow-heif, which is loaded when the first such picture is met.

Sources: TIFF 6.0; DNG 1.7, chapter 4 (where a raw file keeps its preview); ISO 14496-12 (`ftyp`);
the Git LFS pointer format; for the rest what the programs themselves write.
"""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from nftforge.core.errors import MissingError, PictureError
from nftforge.core.sniff import kind_of

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "PPM", "AVIF")
READ = ", ".join((*FORMATS, "HEIC"))
HEIC = "image/heic"


class Other(NamedTuple):
    """Something that is no picture that can be read, and what its owner can do about it."""

    what: str
    hint: str


AS_PNG = "export it as PNG or TIFF"
LARGE = "2048 pixels or more on its longer side"
AGAIN = "copy it again; if it is in OneDrive, Dropbox or Drive, make it available offline"
EMPTY = Other("empty (0 bytes)", AGAIN)
UNFINISHED = Other("nothing but zeros: a download that did not end", AGAIN)
TEXT = Other("a text file, not a picture", "name the picture itself")
SVG = Other("an SVG drawing, which has no pixels", f"{AS_PNG}, {LARGE}")
VIDEO = Other("a video", "save one frame of it as PNG; animated GIF, PNG, WebP and AVIF are read")
RAW = Other(
    "a camera's raw photograph",
    "develop it: export it as TIFF, JPEG or HEIC from the program that you look at it with",
)

OTHERS = (
    # what stands in for a picture
    (
        rb"version https://git-lfs",
        Other("a Git LFS pointer; the picture itself is not on this disk", "git lfs pull"),
    ),
    (
        rb"bplist0",
        Other(
            "a placeholder of iCloud (a property list); the picture itself is not on this disk",
            "in Finder: right-click it, Download Now",
        ),
    ),
    (
        rb"\0\x05\x16\x07",
        Other(
            "what macOS keeps beside a file",
            "name the picture itself: the same name without ._",
        ),
    ),
    (
        rb"L\0\0\0\x01\x14\x02\0|book\0\0\0\0mark|\[InternetShortcut\]",
        Other("a shortcut to a file, not the file", "copy the picture itself here"),
    ),
    (
        rb"\s*<(!doctype html|html)",
        Other("a web page, not a picture", "save the picture, not the page that shows it"),
    ),
    # documents of other programs
    (rb"8BPS", Other("a Photoshop document", f"{AS_PNG} from Photoshop")),
    (rb"gimp xcf", Other("a GIMP document", f"{AS_PNG} from GIMP")),
    (rb"CSFCHUNK", Other("a Clip Studio document", f"{AS_PNG} from Clip Studio")),
    (rb"\0\xffKA", Other("an Affinity document", f"{AS_PNG} from Affinity")),
    (rb"%PDF", Other("a PDF document (Illustrator's .ai is one too)", f"{AS_PNG}, {LARGE}")),
    (rb"%!PS", Other("a PostScript drawing", f"{AS_PNG}, {LARGE}")),
    (
        rb"PK\x03\x04|Rar!|7z\xbc\xaf|\x1f\x8b",
        Other(
            "an archive, not a picture",
            f"unpack it; a document of Procreate or Krita is one too: {AS_PNG} there",
        ),
    ),
    # pictures of kinds that are not read
    (rb"\xff\x0a|\0\0\0\x0cJXL ", Other("a JPEG XL picture", f"{AS_PNG} (djxl in.jxl out.png)")),
    (rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", Other("a JPEG 2000 picture", AS_PNG)),
    (
        rb"\x76\x2f\x31\x01|#\?RADIANCE",
        Other("a high dynamic range picture (OpenEXR or Radiance)", f"{AS_PNG}, as it shall look"),
    ),
    (rb"(II\*\0|MM\0\*).{4}CR|....ftypcrx |FUJIFILMCCD-RAW|II(RO|RS|U\0)|MMOR|FOVb|\0MRM", RAW),
    (
        rb"RIFF....AVI |\0\0\x01[\xba\xb3]|\x30\x26\xb2\x75|FLV\x01|....(moov|mdat|wide)",
        VIDEO,
    ),
)


def refuse(path: Path, head: bytes) -> None:
    """Raises PictureError if `path`, which begins with `head`, is known and is not read."""
    if other := _other(path, head):
        raise _refusal(path, other)


def stands_for(path: Path, head: bytes) -> Other | None:
    """What `path` is instead of a finished file; None if nothing here knows."""
    other = _other(path, head)
    return other._replace(what=other.what.removesuffix(", not a picture")) if other else None


def unreadable(path: Path, head: bytes) -> PictureError:
    """What to say of a file that no decoder knows."""
    mime = kind_of(head).mime
    if b"<svg" in head.lower():
        return _refusal(path, SVG)
    if mime.startswith("image/"):
        name = mime.removeprefix("image/").upper()
        return PictureError(f"{path} is a damaged {name} picture", hint="copy or download it again")
    if head.isascii() and b"\0" not in head:
        return _refusal(path, TEXT)
    return PictureError(
        f"{path} is no picture that can be read ({READ})", hint="save it as PNG or JPEG"
    )


def _refusal(path: Path, other: Other) -> PictureError:
    return PictureError(f"{path} is {other.what}", hint=other.hint)


def readable(path: Path, head: bytes) -> list[str]:
    """Pillow's names of the formats that `path` may have. Raises MissingError for a HEIC picture
    that nothing here reads."""
    if kind_of(head).mime == HEIC:
        _read_heic(path)
        return ["HEIF"]
    Image.init()  # loads every format's plugin; AVIF is not in every build
    return [name for name in FORMATS if name in Image.OPEN]


def _read_heic(path: Path) -> None:
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        raise MissingError(
            f"{path} is a HEIC picture, and pillow-heif, which reads those, is not installed",
            hint="pip install 'nftforge[heic]'",
        ) from None
    register_heif_opener(thumbnails=False)  # or a small one could stand in for the picture


def _other(path: Path, head: bytes) -> Other | None:
    if not head.strip(b"\0"):
        return UNFINISHED if head else EMPTY
    for pattern, other in OTHERS:
        if re.match(pattern, head.removeprefix(b"\xef\xbb\xbf"), re.DOTALL | re.IGNORECASE):
            return other
    if kind_of(head).mime.startswith("video/"):
        return VIDEO
    return RAW if _is_raw(path, head) else None


# Tags of a TIFF file's first directory, and what they say of a raw photograph
NEW_SUBFILE_TYPE, PHOTOMETRIC, SUB_IFDS = 254, 262, 330
COLOUR_FILTER_ARRAY, LINEAR_RAW = 32803, 34892


def _is_raw(path: Path, head: bytes) -> bool:
    """Whether a TIFF file (NEF, ARW, DNG, PEF are such) keeps a camera's raw values: what stands in
    its first directory is then those, or a small preview of the photograph."""
    if head[:4] not in (b"II*\0", b"MM\0*"):
        return False
    tags = _first_directory(path, head)
    is_preview = tags.get(NEW_SUBFILE_TYPE, 0) & 1 == 1 and SUB_IFDS in tags
    return is_preview or tags.get(PHOTOMETRIC) in (COLOUR_FILTER_ARRAY, LINEAR_RAW)


def _first_directory(path: Path, head: bytes) -> dict[int, int]:
    """Tag -> value (its first, or where its values are); nothing of one that is cut off."""
    order = "<" if head[:2] == b"II" else ">"
    try:
        with path.open("rb") as stream:
            stream.seek(struct.unpack(f"{order}4xI", head[:8])[0])
            (count,) = struct.unpack(f"{order}H", stream.read(2))
            entries = stream.read(12 * count)
    except (OSError, struct.error):
        return {}
    tags = {}
    for place in range(0, len(entries) - 11, 12):
        tag, kind = struct.unpack_from(f"{order}HH", entries, place)
        value = "H" if kind == 3 else "I"  # SHORT stands in the first half
        (tags[tag],) = struct.unpack_from(f"{order}{value}", entries, place + 8)
    return tags
