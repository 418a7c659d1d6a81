"""MP4 (H.264) for `animation_url`, where marketplaces take no GIF.

Encoded by the ffmpeg program inside imageio-ffmpeg, fed on standard input. One thread and bit-exact
flags make the same frames the same bytes; colours are converted and tagged as bt709, or players
would guess. H.264 at a constant frame rate: a frame that stays long is sent several times.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nftforge.errors import MissingError
from nftforge.media.schedule import Stop

FPS = 25
CRF = 18  # visually lossless


def even(width: int, height: int) -> tuple[int, int]:
    """The nearest sides that 4:2:0 video can have."""
    return max(2, width // 2 * 2), max(2, height // 2 * 2)


def write_mp4(path: Path, frames: Iterable[NDArray[np.uint8]], stops: Iterable[Stop]) -> None:
    """Write one frame [h, w, 3] uint8 sRGB a stop; sides must be even.

    Raises MissingError if the bundled ffmpeg does not run, OSError if the disk is full.
    """
    process: subprocess.Popen[bytes] | None = None
    try:
        for frame, stop in zip(frames, stops, strict=True):
            if process is None:
                process = _start(path, *frame.shape[:2])
            assert process.stdin
            for _ in range(max(1, round(stop.delay_ms * FPS / 1000))):
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
        reason = log.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
        if "No space left" in reason[0]:
            raise OSError(28, "No space left on device", str(path))
        raise MissingError(f"ffmpeg could not write {path.name}: {reason[0]}")


def _start(path: Path, height: int, width: int) -> subprocess.Popen[bytes]:
    tags = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709"
    command = [
        *[_program(), "-y", "-loglevel", "error", "-nostdin"],
        *["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(FPS)],
        *["-i", "pipe:0", "-an", "-vf", f"scale=out_color_matrix=bt709:out_range=tv,{tags}"],
        *["-c:v", "libx264", "-preset", "medium", "-crf", str(CRF), "-pix_fmt", "yuv420p"],
        *["-threads", "1", "-bsf:v", "filter_units=remove_types=6"],
        *[
            "-fflags",
            "+bitexact",
            "-flags:v",
            "+bitexact",
            "-map_metadata",
            "-1",
            "-movflags",
            "+faststart",
        ],
        *["-f", "mp4", str(path)],
    ]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)


def _program() -> str:
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise MissingError(
            f"there is no ffmpeg: {error}", hint="pip install imageio-ffmpeg, or `mp4: false`"
        ) from None
