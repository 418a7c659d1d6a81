"""Whether a finished file is whole, and what its author may not know is in it.

A file that was cut off, or that a program never finished, is pinned and minted like any other, and
shows nothing for ever. So each is walked through by its own structure, from block to block to its
end; pixels and sound are not decoded. Each function takes a file's bytes, returns what its owner
should know before it is published, and raises Damaged.

Sources: PNG 3, 5.3 (chunks, CRC-32); ITU-T T.81, B.1 (markers); GIF89a; RIFF; WebP container;
ISO 14496-12, 4.2 (boxes) and 8.2.1 (moov); RFC 8794 and 9559 (EBML, Matroska); ISO 11172-3, 2.4.2
(frames of MP3); glTF 2.0, 4.4; Exif 2.32 (tags).
"""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from PIL import Image

Notes = list[str]
Check = Callable[[bytes], Notes]

MOST_PIXELS = 400_000_000  # of a picture, by its header
GPS, BODY_SERIAL, LENS_SERIAL, OWNER, EXIF = 0x8825, 0xA431, 0xA435, 0xA430, 0x8769
PLACES = (b"\xa9xyz", b"location.ISO6709", b"loci")  # where a video was taken (3GPP TS 26.244, 8.3)
STARTS_LATE = (
    "its index (moov) is behind its frames, so that it plays only when all of it is there: "
    "`ffmpeg -i IN -c copy -movflags +faststart OUT.mp4` puts it in front"
)


class Damaged(Exception):  # noqa: N818  (what is said of a file, in our words)
    """Why a file is not what it begins as."""


def png(data: bytes) -> Notes:
    """A PNG or APNG."""
    notes: Notes = []
    at, seen = 8, set()
    while b"IEND" not in seen:
        length, kind = _unpack(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise Damaged(f"it ends in the middle of its {_name(kind)} chunk: it is cut off")
        if zlib.crc32(memoryview(data)[at + 4 : end - 4]) != _unpack(">I", data, end - 4)[0]:
            raise Damaged(f"its {_name(kind)} chunk at byte {at} is damaged (CRC-32)")
        if kind == b"IHDR":
            _check_pixels(*_unpack(">II", data, at + 8))
        if kind == b"eXIf":
            notes += _personal(data[at + 8 : end - 4])
        if kind in (b"iTXt", b"tEXt") and b"GPSLatitude" in data[at:end]:
            notes += ["GPS position"]
        seen.add(kind)
        at = end
    if b"IDAT" not in seen:
        raise Damaged("there are no pixels in it (no IDAT chunk)")
    return _private(notes) + _behind(data, at)


def jpeg(data: bytes) -> Notes:
    notes: Notes = []
    at, drawn = 2, False
    while True:
        mark = data.find(b"\xff", at) if drawn else at
        if mark < 0 or mark + 2 > len(data):
            raise Damaged("it ends before its end marker (EOI): it is cut off")
        code = data[mark + 1]
        if code == 0xD9:
            break
        if code in (0x00, 0x01, 0xFF) or 0xD0 <= code <= 0xD7:  # a byte, filling, a restart
            at = mark + (1 if code == 0xFF else 2)
            continue
        if data[mark] != 0xFF:
            raise Damaged(f"there is no marker at byte {mark}")
        (length,) = _unpack(">H", data, mark + 2)
        body = data[mark + 4 : mark + 2 + length]
        if code == 0xE1 and body.startswith(b"Exif\0\0"):
            notes += _personal(body[6:])
        elif code == 0xE1 and b"GPSLatitude" in body:
            notes += ["GPS position"]
        elif 0xC0 <= code <= 0xCF and code not in (0xC4, 0xC8, 0xCC):
            height, width = _unpack(">HH", body, 1)
            _check_pixels(width, height)
        drawn = drawn or code == 0xDA
        at = mark + 2 + length
    if not drawn:
        raise Damaged("there are no pixels in it (no SOS marker)")
    return _private(notes) + _behind(data, mark + 2)


def gif(data: bytes) -> Notes:
    def after(at: int) -> int:
        """The end of the sub-blocks that begin there."""
        while size := _byte(data, at):
            at += 1 + size
        return at + 1

    _check_pixels(*_unpack("<HH", data, 6))
    at, frames = 13 + _table(_byte(data, 10)), 0
    while (kind := _byte(data, at)) != 0x3B:
        if kind == 0x21:
            at = after(at + 2)
        elif kind == 0x2C:
            at = after(at + 11 + _table(_byte(data, at + 9)))
            frames += 1
        else:
            raise Damaged(f"there is no block at byte {at}")
    if not frames:
        raise Damaged("there is no picture in it")
    return _behind(data, at + 1)


def _table(flags: int) -> int:
    """Bytes of a colour table."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def webp(data: bytes) -> Notes:
    notes: Notes = []
    for kind, body in _riff(data):
        if kind == b"EXIF":
            notes += _personal(body.removeprefix(b"Exif\0\0"))
        elif kind == b"XMP " and b"GPSLatitude" in body:
            notes += ["GPS position"]
        elif kind == b"VP8X" and len(body) >= 10:
            _check_pixels(
                1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
            )
    if not any(kind in (b"VP8 ", b"VP8L", b"ANMF") for kind, _ in _riff(data)):
        raise Damaged("there is no picture in it")
    return _private(notes) + _behind(data, _riff_end(data))


def wav(data: bytes) -> Notes:
    chunks = dict(_riff(data))
    for name in (b"fmt ", b"data"):
        if name not in chunks:
            raise Damaged(f"it has no {_name(name)} chunk")
    if not chunks[b"data"]:
        raise Damaged("there is no sound in it")
    return _behind(data, _riff_end(data))


def _riff_end(data: bytes) -> int:
    end: int = 8 + _unpack("<I", data, 4)[0]
    if end > len(data):
        raise Damaged(f"it is to have {end} bytes and has {len(data)}: it is cut off")
    return end + (end % 2 and len(data) > end)


def _riff(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at, end = 12, min(_riff_end(data), len(data))
    while at + 8 <= end:
        kind, size = _unpack("<4sI", data, at)
        if at + 8 + size > end:
            raise Damaged(f"its {_name(kind)} chunk is longer than the file")
        yield kind, data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def mp4(data: bytes) -> Notes:
    boxes = list(_boxes(data))
    kinds = [kind for kind, _ in boxes]
    if b"moov" not in kinds:
        raise Damaged("it has no moov box, without which nothing plays: it was never finished")
    if b"mdat" not in kinds:
        raise Damaged("there are no frames in it (no mdat box)")
    moov = next(body for kind, body in boxes if kind == b"moov")
    late = kinds.index(b"moov") > kinds.index(b"mdat")
    notes = [STARTS_LATE] if late else []
    if b"hvc1" in moov or b"hev1" in moov:
        notes.append(
            "it is HEVC (H.265), which many browsers do not play: "
            "`ffmpeg -i IN -c:v libx264 -pix_fmt yuv420p -movflags +faststart OUT.mp4`"
        )
    meta = moov + b"".join(body for kind, body in boxes if kind in (b"meta", b"udta"))
    if any(place in meta for place in PLACES):
        notes.append(
            "it says where it was taken (GPS position), and that will be public: "
            "`ffmpeg -i IN -map_metadata -1 -c copy -movflags +faststart OUT.mp4` takes it out"
        )
    return notes


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        size, kind = _unpack(">I4s", data, at)
        head = 8
        if size == 1:
            head, (size,) = 16, _unpack(">Q", data, at + 8)
        elif size == 0:
            size = len(data) - at
        if size < head:
            raise Damaged(f"its {_name(kind)} box at byte {at} has {size} bytes")
        if at + size > len(data):
            missing = at + size - len(data)
            raise Damaged(f"{missing} bytes of its {_name(kind)} box are missing: it is cut off")
        yield kind, b"" if kind == b"mdat" else data[at + head : at + size]
        at += size


DOC_TYPE = b"\x42\x82"
SEGMENT, CLUSTER = b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75"


def webm(data: bytes) -> Notes:
    length, at = _vint(data, 4)
    head = data[at : at + (length or 0)]
    place = head.find(DOC_TYPE)
    kind = head[place + 3 : place + 3 + (head[place + 2] & 0x7F)] if place >= 0 else b""
    if kind != b"webm":
        raise Damaged(
            f"it is {_name(kind) or 'Matroska'}, not WebM, and browsers do not play it: "
            "`ffmpeg -i IN -c:v libx264 -pix_fmt yuv420p -movflags +faststart OUT.mp4`"
        )
    at += len(head)
    if data[at : at + 4] != SEGMENT:
        raise Damaged("it ends after its header: it is cut off")
    length, at = _vint(data, at + 4)
    if length is not None and at + length > len(data):
        raise Damaged(f"{at + length - len(data)} bytes of it are missing: it is cut off")
    if CLUSTER not in data[at:]:
        raise Damaged("there are no frames in it")
    return []


def _vint(data: bytes, at: int) -> tuple[int | None, int]:
    """A number of EBML and where it ends; None: not known when it was written."""
    first = _byte(data, at)
    if not first:
        raise Damaged(f"there is no length at byte {at}")
    more = 8 - first.bit_length()
    if at + 1 + more > len(data):
        raise Damaged("it is cut off")
    value = int.from_bytes(data[at : at + 1 + more], "big") & (1 << 7 * (more + 1)) - 1
    unknown = value == (1 << 7 * (more + 1)) - 1
    return (None if unknown else value), at + 1 + more


RATES = {  # kbit/s by index, layer III: MPEG 1, and MPEG 2 and 2.5
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
SAMPLES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
IN_A_ROW = 3  # frames that must follow each other: eleven bits alone are found by chance


def mp3(data: bytes) -> Notes:
    at = 0
    if data[:3] == b"ID3":
        size = _unpack("4B", data, 6)
        at = 10 + sum(byte << 7 * (3 - place) for place, byte in enumerate(size))
        at += 10 if _byte(data, 5) & 0x10 else 0
    at += len(data[at:]) - len(data[at:].lstrip(b"\0"))  # padding
    for number in range(IN_A_ROW):
        if at + 4 > len(data):
            raise Damaged(f"there is no sound in it: it ends after {number} frames")
        length = _frame(data[at : at + 4])
        if not length:
            raise Damaged(f"there is no frame of MP3 at byte {at}")
        at += length
    return []


def _frame(head: bytes) -> int:
    """Bytes of the frame with that header; 0 if it is none of layer III."""
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate, sample = head[2] >> 4, head[2] >> 2 & 3
    if head[0] != 0xFF or head[1] < 0xE0 or layer != 1 or version == 1 or sample == 3:
        return 0
    if rate in (0, 15):
        return 0
    samples = 144 if version == 3 else 72
    kbit = RATES[3 if version == 3 else 2][rate]
    return samples * kbit * 1000 // SAMPLES[version][sample] + (head[2] >> 1 & 1)


def glb(data: bytes) -> Notes:
    version, length = _unpack("<II", data, 4)
    if version != 2:
        raise Damaged(f"it is GLB {version}; marketplaces show GLB 2")
    if length != len(data):
        raise Damaged(f"it says that it has {length} bytes, and has {len(data)}")
    size, kind = _unpack("<I4s", data, 12)
    if kind != b"JSON" or 20 + size > len(data):
        raise Damaged("its description (the JSON chunk) is missing or cut off")
    try:
        scene = json.loads(data[20 : 20 + size])
    except (ValueError, RecursionError):
        raise Damaged("its description (the JSON chunk) is no JSON") from None
    if not isinstance(scene, Mapping):
        raise Damaged("its description (the JSON chunk) is no object")
    for name in ("buffers", "images"):
        rows = scene.get(name, [])
        for row in rows if isinstance(rows, list) else []:
            uri = row.get("uri") if isinstance(row, Mapping) else None
            if isinstance(uri, str) and not uri.startswith("data:"):
                raise Damaged(f"it needs {uri[:80]!r}, which is not in it; export it as one file")
    at, last = 12, len(data)
    while at < last:
        size, _ = _unpack("<I4s", data, at)
        at += 8 + size
    if at != last:
        raise Damaged("its last chunk is cut off")
    return []


# --- shared ---------------------------------------------------------------------------------------


def _personal(exif: bytes) -> Notes:
    """What Exif tells of whoever took a photograph."""
    try:
        tags = Image.Exif()
        tags.load(exif)
        more = tags.get_ifd(EXIF)
        where = tags.get_ifd(GPS)
    except Exception:  # broken Exif around sound pixels is common, and Pillow raises much
        return []
    wanted = {BODY_SERIAL: "serial number", LENS_SERIAL: "serial number", OWNER: "owner's name"}
    return ["GPS position"] * bool(where) + [wanted[tag] for tag in wanted if more.get(tag)]


def _private(found: Notes) -> Notes:
    if not found:
        return []
    return [
        f"it holds personal data that will be public: {', '.join(dict.fromkeys(found))}; "
        "`exiftool -gps:all= -xmp:all= -SerialNumber= -LensSerialNumber= -OwnerName= FILE` takes "
        "it out"
    ]


def _behind(data: bytes, end: int) -> Notes:
    more = len(data) - end
    return [f"{more} bytes follow its end; whatever they are, they will be public"] * (more > 0)


def _check_pixels(width: int, height: int) -> None:
    if not width or not height:
        raise Damaged(f"it is {width} x {height} pixels large")
    if width * height > MOST_PIXELS:
        raise Damaged(f"{width} x {height} pixels are more than a browser can show")


def _unpack(layout: str, data: bytes, at: int) -> tuple[Any, ...]:
    try:
        return struct.unpack_from(layout, data, at)
    except struct.error:
        raise Damaged("it ends too early: it is cut off") from None


def _byte(data: bytes, at: int) -> int:
    if at >= len(data):
        raise Damaged("it ends too early: it is cut off")
    return data[at]


def _name(kind: bytes) -> str:
    return re.sub(r"[^\x21-\x7e]", "?", kind.decode("latin-1").strip())
