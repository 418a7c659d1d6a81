"""Progressive GIFs: each frame codes what changed, with a palette of its own, and lies cheaply.

The whole painting is known beforehand, so a pixel counts by how long it will be seen: an error
that the next stroke hides costs little, one in the finished picture much. Every frame is the
rectangle that changed, laid over the ones before (disposal 1); pixels that did not change stay
transparent, so nothing flickers; palettes are local and LZW chooses phrases by rate and distortion
(`palette`, `lzw`). Frames stream from the strokes, twice: once for what changes when, once to code.

A size limit is met by a higher price of bits first, then by fewer frames, and refused when even
that is not enough. Format: GIF89a, https://www.w3.org/Graphics/GIF/spec-gif89a.txt
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nftforge.errors import ConfigError
from nftforge.media.lzw import encode
from nftforge.media.palette import palette
from nftforge.media.schedule import Stop, thinned

Frame = NDArray[np.uint8]  # [h, w, 3] sRGB
Draw = Callable[[Sequence[int]], Iterator[Frame]]
"""Rising stroke counts -> the painting after each of them."""

RATE = 12.0  # squared error (8-bit steps) that a bit is worth in a pixel seen for SEEN_MS
DEAREST, TRIES = 4000.0, 6  # the highest rate tried, and how often, to meet a size
SEEN_MS = 70.0
FEWEST_FRAMES = 12
NO_COLOURS = np.zeros((1, 3), np.int32)  # the palette of a frame that changes nothing


@dataclass(frozen=True)
class Change:
    """What a frame changes: its rectangle, which pixels of it, and how long each is then seen."""

    top: int
    left: int
    mask: NDArray[np.bool_]  # [h, w] of the rectangle
    weight: NDArray[np.float32]  # [changed pixel], square root of the time in units of SEEN_MS


def write_gif(
    path: Path,
    draw: Draw,
    stops: Sequence[Stop],
    max_bytes: int | None,
    rate: float = RATE,
) -> None:
    """Write one frame a stop as an endless GIF of at most `max_bytes`.

    rate: squared error that a bit is worth; near 0, frames of at most 255 colours come back
    exactly. Raises ConfigError if no quality is small enough, OSError if the disk is full.
    """
    while True:
        changes, price = _changes(draw, stops), rate
        size = _encode(path, draw, stops, changes, price)
        for _ in range(TRIES):
            if max_bytes is None or size <= max_bytes or price >= DEAREST:
                break
            price = min(DEAREST, price * max(1.5, (size / max_bytes) ** 3))
            size = _encode(path, draw, stops, changes, price)
        if max_bytes is None or size <= max_bytes:
            return
        if len(stops) <= FEWEST_FRAMES:
            raise ConfigError(
                f"the GIF takes {size / 1e6:.3f} MB even at the lowest quality with "
                f"{len(stops)} frames, more than the {max_bytes / 1e6:.3f} MB of max_mb",
                hint="raise media.gif.max_mb or lower media.gif.size",
            )
        stops = thinned(stops)


def _changes(draw: Draw, stops: Sequence[Stop]) -> list[Change]:
    """What every frame changes, and how long each of its pixels will be seen."""
    places: list[tuple[int, int, NDArray[np.bool_]]] = []
    before: Frame | None = None
    for frame in draw([stop.strokes for stop in stops]):
        if before is None:
            changed = np.ones(frame.shape[:2], np.bool_)
        else:
            changed = (frame != before).any(axis=2)
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        if rows.size:
            box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
            places.append((int(rows[0]), int(columns[0]), changed[box].copy()))
        else:  # its time still passes
            places.append((0, 0, np.zeros((1, 1), np.bool_)))
        before = frame.copy()
    assert before is not None
    until = np.full(before.shape[:2], sum(stop.delay_ms for stop in stops), np.float32)
    start = float(until[0, 0])
    changes = []
    for (top, left, mask), stop in zip(reversed(places), reversed(stops), strict=True):
        start -= stop.delay_ms
        seen = until[top : top + mask.shape[0], left : left + mask.shape[1]]
        changes.append(Change(top, left, mask, np.sqrt((seen[mask] - start) / SEEN_MS)))
        seen[mask] = start
    return changes[::-1]


def _encode(
    path: Path, draw: Draw, stops: Sequence[Stop], changes: Sequence[Change], rate: float
) -> int:
    """Write the file; its size in bytes."""
    shown: Frame | None = None
    with path.open("wb") as stream:
        frames = draw([stop.strokes for stop in stops])
        for frame, stop, change in zip(frames, stops, changes, strict=True):
            first = shown is None
            if shown is None:
                shown = np.zeros_like(frame)
                stream.write(_header(frame.shape[1], frame.shape[0]))
            stream.write(_image(frame, shown, change, stop.delay_ms, rate, first))
        stream.write(b";")
        return stream.tell()


def _image(
    frame: Frame, shown: Frame, change: Change, delay_ms: int, rate: float, first: bool
) -> bytes:
    """One frame as GIF blocks; `shown` becomes what viewers then see."""
    mask, height, width = change.mask, *change.mask.shape
    box = slice(change.top, change.top + height), slice(change.left, change.left + width)
    wanted, there = (part[box].reshape(-1, 3).astype(np.int32) for part in (frame, shown))
    changed = mask.ravel()
    weight = np.zeros(len(changed), np.float64)
    weight[changed] = change.weight
    colours = palette(wanted[changed], weight[changed], rate) if changed.any() else NO_COLOURS
    bits = max(2, math.ceil(math.log2(len(colours) + 1)))
    data, symbols = encode(wanted, there, changed, weight, colours, first, bits, rate)
    table = np.zeros((1 << bits, 3), np.uint8)
    table[: len(colours)] = colours
    opaque = symbols < len(colours)
    there[opaque] = colours[symbols[opaque]]
    shown[box] = there.reshape(height, width, 3)
    control = struct.pack("<4sHBB", b"!\xf9\x04\x05", delay_ms // 10, len(colours), 0)
    place = struct.pack("<BHHHHB", 0x2C, change.left, change.top, width, height, 0x80 | (bits - 1))
    return control + place + table.tobytes() + bytes([bits]) + _blocks(data.tobytes())


def _blocks(data: bytes) -> bytes:
    """Sub-blocks of at most 255 bytes, and the empty one that ends them."""
    parts = (data[at : at + 255] for at in range(0, len(data), 255))
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


def _header(width: int, height: int) -> bytes:
    """Screen descriptor without a global table, and the request to loop for ever."""
    screen = struct.pack("<6sHHBBB", b"GIF89a", width, height, 0x70, 0, 0)
    return screen + b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
