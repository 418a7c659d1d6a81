"""Progressive GIFs: each frame codes what changed, with a palette of its own, and lies cheaply.

The whole painting is known beforehand, so a pixel counts by how long it will be seen: an error
that the next stroke hides costs little, one in the finished picture much. In smooth places, where
the eye finds it, an error counts more than among bristles. Every frame is the rectangle that
changed, laid over the ones before (disposal 1); pixels that did not change stay transparent, so
nothing flickers; palettes are local, their sizes are tried out, and LZW chooses phrases by rate and
distortion (`palette`, `lzw`). Frames stream from the strokes, twice: once for what changes when,
once to code.

How dear a bit is decides size and likeness; it is searched to meet a size or a PSNR. A size that
no quality meets is met with fewer frames, and refused when even that is not enough.
Format: GIF89a, https://www.w3.org/Graphics/GIF/spec-gif89a.txt; `plain` is its readable twin.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nftforge.core.errors import ConfigError
from nftforge.media.lzw import Part, encode
from nftforge.media.palette import SIZES, distortion, recentre, settle, split
from nftforge.media.schedule import Keyframe, thinned

Frame = NDArray[np.uint8]  # [h, w, 3] sRGB
Draw = Callable[[Sequence[int]], Iterator[Frame]]
"""Rising stroke counts -> the painting after each of them."""

RATE = 25.0  # squared error (8-bit steps) that a bit is worth in a pixel that counts 1
CHEAPEST, DEAREST, TRIES = 0.05, 6000.0, 7  # rates between which is searched, and how often
NEAR = 0.03  # a size limit is met when the file is at most so much smaller; the same for MSE
SLOPE_SIZE, SLOPE_MSE = -0.3, 0.7  # d log(size or MSE) / d log(rate), about: where a search begins
SEEN_MS, TIME = 70.0, 0.75  # a pixel seen for n times SEEN_MS counts n to the power of TIME,
SMOOTH, ACTIVITY = 58.0, 0.3  # times (SMOOTH / (2 variance + SMOOTH))^ACTIVITY; as in SSIM
LUMA = np.array([77, 150, 29], np.int32)  # of 256: BT.601
WINDOW = 3  # pixels to each side in which the variance is taken
FEWEST_FRAMES = 12
NO_COLOURS = np.zeros((1, 3), np.int32)  # the palette of a frame that changes nothing


@dataclass(frozen=True)
class Change:
    """What a frame changes: its rectangle, which pixels of it, and how much each counts."""

    top: int
    left: int
    mask: NDArray[np.bool_]  # [h, w] of the rectangle
    weight: NDArray[np.float32]  # [changed pixel]


@dataclass(frozen=True)
class Trial:
    """One way to code a frame."""

    loss: float  # weighted squared error + rate * bits
    data: bytes
    symbols: NDArray[np.int32]
    colours: NDArray[np.int32]
    value: float  # what a pixel has cost


@dataclass(frozen=True)
class Coded:
    rate: float
    size: int  # bytes
    psnr: float  # dB, mean over the frames


def write_gif(
    path: Path,
    draw: Draw,
    keyframes: Sequence[Keyframe],
    max_bytes: int | None = None,
    min_psnr: float | None = None,
    loop: bool = True,
    rate: float = RATE,
) -> None:
    """Write the keyframes as a GIF of at most `max_bytes`, or like the painting by `min_psnr`.

    min_psnr: dB, the mean over all frames; loop: endless, else played once; rate: squared error
    that a bit is worth if neither is asked for; near 0, frames of at most 255 colours come back
    exactly. Raises ConfigError if no quality is small enough or good enough, OSError if the disk
    is full.
    """
    while True:
        coded = partial(_encode, path, draw, keyframes, _changes(draw, keyframes), loop)
        first = coded(rate)
        if min_psnr is None and (max_bytes is None or first.size <= max_bytes):
            return
        aim = _size_aim(max_bytes) if max_bytes else _psnr_aim(min_psnr or 0.0)
        best = _searched(coded, first, aim)
        if aim.excess(best) <= 0:
            return
        if max_bytes is None:
            raise ConfigError(
                f"the GIF reaches {best.psnr:.1f} dB at the highest quality, less than the "
                f"{min_psnr:g} dB of min_psnr",
                hint="lower media.gif.min_psnr",
            )
        if len(keyframes) <= FEWEST_FRAMES:
            raise ConfigError(
                f"the GIF takes {best.size / 1e6:.3f} MB even at the lowest quality with "
                f"{len(keyframes)} frames, more than the {max_bytes / 1e6:.3f} MB of max_mb",
                hint="raise media.gif.max_mb or lower media.gif.size",
            )
        keyframes = thinned(keyframes)


@dataclass(frozen=True)
class Aim:
    """What a rate is searched for: an `excess` of 0 or just below."""

    excess: Callable[[Coded], float]  # of a logarithm over what is allowed
    slope: float  # of the excess by the logarithm of the rate, about


def _size_aim(most: int) -> Aim:
    return Aim(lambda it: math.log(it.size / most), SLOPE_SIZE)


def _psnr_aim(least: float) -> Aim:
    """In logarithms of the mean squared error."""
    return Aim(lambda it: (least - it.psnr) * math.log(10) / 10, SLOPE_MSE)


def _searched(coded: Callable[[float], Coded], first: Coded, aim: Aim) -> Coded:
    """The rate that meets the aim; the file of the answer is the last one written.

    If nothing will do, the answer is the closest that the rates allow.
    """
    tried = {math.log(first.rate): first}
    last = first
    while not -NEAR <= aim.excess(last) <= 0 and len(tried) < TRIES:
        at = min(max(_next(tried, aim), math.log(CHEAPEST)), math.log(DEAREST))
        if at in tried:
            break
        last = tried[at] = coded(math.exp(at))
    fitting = [it for it in tried.values() if aim.excess(it) <= 0]
    best = max(fitting, key=aim.excess) if fitting else min(tried.values(), key=aim.excess)
    return best if best is last else coded(best.rate)


def _next(tried: dict[float, Coded], aim: Aim) -> float:
    """The logarithm of the rate to try next."""
    points = [(at, aim.excess(it) + NEAR / 2) for at, it in tried.items()]
    over = min((point for point in points if point[1] > 0), key=lambda p: p[1], default=None)
    under = max((point for point in points if point[1] <= 0), key=lambda p: p[1], default=None)
    if over and under:
        share = over[1] / (over[1] - under[1])
        return over[0] + min(max(share, 0.1), 0.9) * (under[0] - over[0])
    at, off = over or under or points[0]
    return at - 1.2 * off / aim.slope  # rather too far, so that the answer lies between


def _changes(draw: Draw, keyframes: Sequence[Keyframe]) -> list[Change]:
    """What every frame changes, and how long each of its pixels will be seen."""
    places: list[tuple[int, int, NDArray[np.bool_], NDArray[np.float32]]] = []
    before: Frame | None = None
    for frame in draw([keyframe.strokes for keyframe in keyframes]):
        if before is None:
            changed = np.ones(frame.shape[:2], np.bool_)
        else:
            changed = (frame != before).any(axis=2)
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        if rows.size:
            box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
            mask = changed[box].copy()
            places.append((int(rows[0]), int(columns[0]), mask, _calm(frame[box])[mask]))
        else:  # its time still passes
            places.append((0, 0, np.zeros((1, 1), np.bool_), np.zeros(0, np.float32)))
        before = frame.copy()
    assert before is not None
    until = np.full(before.shape[:2], sum(keyframe.delay_ms for keyframe in keyframes), np.float32)
    start = float(until[0, 0])
    changes = []
    for (top, left, mask, calm), keyframe in zip(
        reversed(places), reversed(keyframes), strict=True
    ):
        start -= keyframe.delay_ms
        seen = until[top : top + mask.shape[0], left : left + mask.shape[1]]
        changes.append(Change(top, left, mask, calm * ((seen[mask] - start) / SEEN_MS) ** TIME))
        seen[mask] = start
    return changes[::-1]


def _calm(frame: Frame) -> NDArray[np.float32]:
    """[h, w]: 1 in smooth places and less, the more the luma varies around a pixel."""
    luma = (frame @ LUMA).astype(np.int64)  # 0..255 * 256
    sides = 2 * WINDOW + 1
    count = np.float32(sides * sides)
    mean = _box_sums(luma) / count
    variance = np.maximum(_box_sums(luma * luma) / count - mean * mean, 0) / 65536
    calm = (SMOOTH / (2 * variance + SMOOTH)) ** ACTIVITY
    return np.asarray(calm, np.float32)


def _box_sums(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sums over the window around each pixel, edges repeated; [h, w]."""
    side = 2 * WINDOW + 1
    padded = np.pad(values, WINDOW, mode="edge")
    total = np.pad(padded, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    inner = total[side:, side:] - total[:-side, side:] - total[side:, :-side]
    return np.asarray(inner + total[:-side, :-side])


def _encode(
    path: Path,
    draw: Draw,
    keyframes: Sequence[Keyframe],
    changes: Sequence[Change],
    loop: bool,
    rate: float,
) -> Coded:
    """Write the file."""
    shown: Frame | None = None
    size, value = len(SIZES) // 2, rate
    total, decibels = 0, 0.0
    with path.open("wb") as stream:
        frames = draw([keyframe.strokes for keyframe in keyframes])
        for frame, keyframe, change in zip(frames, keyframes, changes, strict=True):
            first = shown is None
            if shown is None:
                shown = np.zeros_like(frame)
                off = np.zeros(frame.shape[:2], np.int32)  # squared error of what is shown
                stream.write(_header(frame.shape[1], frame.shape[0], loop))
            box = _box(change)
            wanted, there = (part[box].reshape(-1, 3).astype(np.int32) for part in (frame, shown))
            size, best = _best(wanted, there, change, rate, value, size, first)
            value = best.value
            stream.write(_image(change, best, keyframe.delay_ms))
            opaque = best.symbols < len(best.colours)
            there[opaque] = best.colours[best.symbols[opaque]]
            shown[box] = there.reshape(*change.mask.shape, 3)
            now = np.where(change.mask.ravel(), ((wanted - there) ** 2).sum(axis=1), 0)
            now = np.where(change.mask, now.reshape(change.mask.shape), off[box])
            total += int(now.sum(dtype=np.int64)) - int(off[box].sum(dtype=np.int64))
            off[box] = now
            decibels += 10 * math.log10(255**2 / max(total / frame.size, 1e-5))
        stream.write(b";")
        return Coded(rate, stream.tell(), decibels / len(keyframes))


def _box(change: Change) -> tuple[slice, slice]:
    height, width = change.mask.shape
    return slice(change.top, change.top + height), slice(change.left, change.left + width)


def _best(
    wanted: NDArray[np.int32],
    there: NDArray[np.int32],
    change: Change,
    rate: float,
    value: float,
    size: int,
    first: bool,
) -> tuple[int, Trial]:
    """The palette size (index) and trial with the least loss; from `size` up or down until worse.

    wanted, there [pixel of the rectangle, 3]: what is asked for and what is shown so far; value:
    as for `lzw.encode`.
    """
    changed = change.mask.ravel()
    weight = np.zeros(len(changed))
    weight[changed] = change.weight
    pixels = wanted[changed]

    def trial(colours: NDArray[np.int32]) -> Trial:
        return _trial(Part(wanted, there, changed, weight, colours, first), rate, value)

    if not len(pixels):
        return size, trial(NO_COLOURS)
    rows, counts = split(pixels, change.weight)
    trials: dict[int, Trial] = {}

    def loss(size: int) -> float:
        if size not in trials:
            trials[size] = trial(settle(pixels, change.weight, rows[size, : counts[size]]))
        return trials[size].loss

    while True:
        near = [at for at in (size, size - 1, size + 1) if 0 <= at < len(SIZES)]
        best = min(near, key=loss)
        if best == size:
            return size, trials[size]
        size = best


def _trial(part: Part, rate: float, value: float) -> Trial:
    bits = _bits(part.palette)
    data, symbols, value = encode(part, bits, rate, value)
    colours = recentre(part.pixels, part.weight, symbols, part.palette)
    loss = distortion(part.pixels, part.shown, part.weight, symbols, colours)
    loss += rate * 8 * (len(data) + (3 << bits))
    return Trial(loss, data.tobytes(), symbols, colours, value)


def _bits(colours: NDArray[np.int32]) -> int:
    """Of a symbol: a colour or transparent."""
    return max(2, math.ceil(math.log2(len(colours) + 1)))


def _image(change: Change, trial: Trial, delay_ms: int) -> bytes:
    """One frame as GIF blocks."""
    height, width = change.mask.shape
    bits = _bits(trial.colours)
    table = np.zeros((1 << bits, 3), np.uint8)
    table[: len(trial.colours)] = trial.colours
    control = struct.pack("<4sHBB", b"!\xf9\x04\x05", delay_ms // 10, len(trial.colours), 0)
    place = struct.pack("<BHHHHB", 0x2C, change.left, change.top, width, height, 0x80 | (bits - 1))
    return control + place + table.tobytes() + bytes([bits]) + _blocks(trial.data)


def _blocks(data: bytes) -> bytes:
    """Sub-blocks of at most 255 bytes, and the empty one that ends them."""
    parts = (data[at : at + 255] for at in range(0, len(data), 255))
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


def _header(width: int, height: int, loop: bool) -> bytes:
    """Screen descriptor without a global table, and the request to loop for ever."""
    screen = struct.pack("<6sHHBBB", b"GIF89a", width, height, 0x70, 0, 0)
    return screen + b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0" * loop
