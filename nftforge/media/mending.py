"""Files that are not quite right around a picture that is whole: read as every viewer reads them.

    a JPEG without its last two bytes   the end mark is added; one that ends earlier is refused
    a PNG with a very long text         the text is left out (programs that generate pictures write
                                        megabytes); Pillow would refuse the picture for it

Whether pixels are missing from a JPEG is not told by its decoder, which fills in what it lacks. So
it is decoded twice, once with noise in place of what is missing: a whole picture takes no notice.
"""

from __future__ import annotations

import io
import struct
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image, ImageChops

from nftforge.core.errors import PictureError
from nftforge.core.limits import GIB, MIB, read_bounded

END = b"\xff\xd9"  # EOI (ITU-T T.81, table B.1)
TEXTS = (b"tEXt", b"zTXt", b"iTXt")  # PNG third edition, section 11.3.3
TEXT_BYTES = MIB  # of all texts together; what tells orientation is far below
AGAIN = "copy or download it again"


@contextmanager
def mended(path: Path, head: bytes, error: Exception) -> Iterator[tuple[IO[bytes], str] | None]:
    """The file as it should be, and what to say of it (or nothing); None if nobody can mend it.

    error: why it was not decoded. Raises PictureError if a part of the picture is missing.
    """
    if head.startswith(b"\xff\xd8") and "truncated" in str(error):
        yield (
            io.BytesIO(_ended(path)),
            f"{path} lacks its last bytes; nothing of the picture is missing",
        )
    elif head.startswith(b"\x89PNG") and isinstance(error, ValueError):
        with path.open("rb") as source, tempfile.TemporaryFile() as target:
            _copy_without_long_texts(source, target)
            target.seek(0)
            yield target, ""
    else:
        yield None


def _ended(path: Path) -> bytes:
    """A JPEG with its end mark. Raises PictureError if it ends before the picture does."""
    content = read_bounded(path, GIB).removesuffix(b"\xff")
    noise = np.random.default_rng(0).integers(0, 0xFF, 4096, np.uint8).tobytes()
    try:
        ended = _decoded(content + END)
        missing = ImageChops.difference(ended, _decoded(content + noise + END)).getbbox()
    except OSError:  # the noise made no sense where something else was due
        raise PictureError(f"{path} is cut off: it ends too early", hint=AGAIN) from None
    if missing is None:
        return content + END
    part = "it ends too early"
    if "progressive" not in ended.info:  # else each part of the file has to do with all rows
        rows = 1 - missing[1] / ended.height
        part = f"the lower {max(1, round(100 * rows))} % of the picture are missing"
    raise PictureError(f"{path} is cut off: {part}", hint=AGAIN)


def _decoded(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content), formats=["JPEG"])
    image.load()
    return image


def _copy_without_long_texts(source: IO[bytes], target: IO[bytes]) -> None:
    """A PNG without the texts that would bring all of them above TEXT_BYTES."""
    target.write(source.read(8))
    left = TEXT_BYTES
    while len(header := source.read(8)) == 8:
        length, kind = struct.unpack(">I4s", header)
        if kind not in TEXTS:
            target.write(header)
            _copy(source, target, length + 4)  # and its CRC
        elif length > left:
            source.seek(length + 4, io.SEEK_CUR)
        else:
            body = source.read(length + 4)
            if (size := _text_size(kind, body[:-4], left)) <= left:
                left -= size
                target.write(header + body)


def _copy(source: IO[bytes], target: IO[bytes], length: int) -> None:
    while block := source.read(min(length, MIB)):
        target.write(block)
        length -= len(block)


def _text_size(kind: bytes, body: bytes, most: int) -> int:
    """Bytes of a text chunk when it is unpacked; not counted beyond `most` + 1."""
    _, _, rest = body.partition(b"\0")
    if kind == b"zTXt":
        packed = rest[1:]
    elif kind == b"iTXt" and rest[:1] == b"\1":
        packed = rest[2:].split(b"\0", 2)[-1]  # after the language and the translated keyword
    else:
        return len(body)
    try:
        return len(zlib.decompressobj().decompress(packed, most + 1))
    except zlib.error:
        return 0
