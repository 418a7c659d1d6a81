"""MP4 (H.264) for `animation_url`, where marketplaces take no GIF.

Encoded by the ffmpeg program inside imageio-ffmpeg, fed on standard input. One thread and bit-exact
flags make the same frames the same bytes; colours are converted and tagged as bt709, or players
would guess. H.264 at a constant frame rate: a frame that stays long is sent several times.
"""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nftforge.errors import MissingError
from nftforge.media.schedule import Stop

FPS = 25
CRF = 18  # visually lossless
TAGS = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709"
SEI = 6  # the unit in which x264 writes its name, version and settings


def even(width: int, height: int) -> tuple[int, int]:
    """The nearest sides, rounded down, that 4:2:0 video can have."""
    return max(2, width // 2 * 2), max(2, height // 2 * 2)


def write_mp4(path: Path, frames: Iterable[NDArray[np.uint8]], stops: Iterable[Stop]) -> None:
    """Write one frame [h, w, 3] uint8 sRGB a stop, at least one of them; sides must be even.

    Raises MissingError if the bundled ffmpeg does not run, OSError if the disk is full.
    """
    process: subprocess.Popen[bytes] | None = None
    try:
        for frame, repeats in zip(frames, _repeats(stops), strict=True):
            if process is None:
                process = _start(path, *frame.shape[:2])
            assert process.stdin
            for _ in range(repeats):
                process.stdin.write(frame.tobytes())
    except BrokenPipeError:
        pass  # ffmpeg has died; it says why below
    except BaseException:
        if process:
            process.kill()
            process.communicate()
        raise
    assert process
    _, log = process.communicate()
    if process.returncode != 0:
        raise _failure(path, log.decode(errors="replace").strip())


def _repeats(stops: Iterable[Stop]) -> list[int]:
    """How often each stop's frame is sent: once or more, and rounding errors do not add up."""
    ends = [round(ms * FPS / 1000) for ms in accumulate(stop.delay_ms for stop in stops)]
    return [max(1, end - start) for start, end in zip([0, *ends], ends, strict=False)]


def _failure(path: Path, log: str) -> Exception:
    full = os.strerror(errno.ENOSPC)
    if full in log:
        return OSError(errno.ENOSPC, full, str(path))
    reason = log.splitlines()[-1] if log else "it stopped without a word"
    return MissingError(f"ffmpeg could not write {path.name}: {reason}")


def _start(path: Path, height: int, width: int) -> subprocess.Popen[bytes]:
    options = f"""
        -y -loglevel error -nostdin
        -f rawvideo -pix_fmt rgb24 -s {width}x{height} -r {FPS} -i pipe:0 -an
        -vf scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+bitexact,{TAGS}
        -c:v libx264 -preset medium -crf {CRF} -pix_fmt yuv420p -threads 1
        -bsf:v filter_units=remove_types={SEI}
        -fflags +bitexact -flags:v +bitexact -map_metadata -1 -movflags +faststart -f mp4
    """
    command = [_program(), *options.split(), f"file:{path}"]
    try:
        return subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    except OSError as error:
        raise MissingError(f"ffmpeg does not start: {error}", hint=WITHOUT) from None


WITHOUT = "pip install --force-reinstall imageio-ffmpeg, or `mp4: false`"


def _program() -> str:
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise MissingError(f"there is no ffmpeg: {error}", hint=WITHOUT) from None
