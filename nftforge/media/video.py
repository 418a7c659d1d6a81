"""MP4 (H.264) for `animation_url`, where marketplaces take no GIF, and WebM (AV1), a third smaller.

Encoded by the ffmpeg program inside imageio-ffmpeg, fed on standard input; frames stream. One
thread and bit-exact flags make the same frames the same bytes; colours are converted to and tagged
as bt709, or players would guess. The frame rate is constant, so strokes can be drawn along their
paths between two keyframes of the schedule (`timeline`), and what stays long is sent several times.

A size limit is met by a higher `crf`, searched.
"""

from __future__ import annotations

import errno
import math
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nftforge.core.errors import ConfigError, MissingError
from nftforge.media.schedule import Keyframe

FPS = 30
TAGS = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709"
COLOURS = f"scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+bitexact,{TAGS}"
ENOUGH = 0.85  # of a size limit: then the search for a better quality ends

Frame = NDArray[np.uint8]  # [h, w, 3] sRGB
Draw = Callable[[Sequence[float]], Iterator[Frame]]
"""Rising numbers of strokes (3.4: three, and a part of the next) -> the painting at each."""


@dataclass(frozen=True)
class Format:
    """A codec in its container, as ffmpeg's options, and the qualities it may have."""

    name: str
    options: str
    best: int  # crf, where there is no size limit
    worst: int
    halves: float  # steps of crf that make a painting half the size


ONE = "-g 600"  # I-frames: another at half-time would cost 15 to 25 % and help only seeking
SEI = 6  # the unit in which x264 writes its name, version and settings
MP4 = Format(
    "mp4",
    f"-c:v libx264 -preset medium -threads 1 {ONE} -bsf:v filter_units=remove_types={SEI} "
    "-movflags +faststart -f mp4",
    best=18, worst=45, halves=9,
)  # fmt: skip
WEBM = Format(
    "webm",
    f"-c:v libsvtav1 -preset 6 -svtav1-params lp=1 {ONE} -f webm",
    best=35, worst=60, halves=16,
)  # fmt: skip


def even(width: int, height: int) -> tuple[int, int]:
    """The nearest sides, rounded down, that 4:2:0 video can have."""
    return max(2, width // 2 * 2), max(2, height // 2 * 2)


def timeline(keyframes: Sequence[Keyframe], smooth: bool) -> list[tuple[float, int]]:
    """(moment, frames of the video that show it), as long as `keyframes` take.

    Smooth: the strokes that a keyframe adds are drawn along their paths, one after the other, while
    it lasts; those of the last one in as long as the one before took, at most half of its hold.
    """
    ends = list(accumulate(keyframe.delay_ms for keyframe in keyframes))
    if not smooth:
        frames = [round(ms * FPS / 1000) for ms in ends]
        pairs = zip(keyframes, [0, *frames], frames, strict=False)
        return [(float(keyframe.strokes), max(1, end - start)) for keyframe, start, end in pairs]
    hold = keyframes[-1].delay_ms
    lead = min(hold / 2, keyframes[-2].delay_ms if len(keyframes) > 1 else hold)
    times = (np.arange(max(1, round(ends[-1] * FPS / 1000))) + 1) * (1000 / FPS)
    knots = [0, *ends[:-1], ends[-1] - hold + lead]
    grown = np.interp(times, knots, [0, *(keyframe.strokes for keyframe in keyframes)])
    grown[-1] = keyframes[-1].strokes
    moments, counts = np.unique(grown, return_counts=True)
    return list(zip(moments.tolist(), counts.tolist(), strict=True))


def write_video(
    path: Path,
    draw: Draw,
    moments: Sequence[tuple[float, int]],
    form: Format,
    max_bytes: int | None = None,
) -> None:
    """Write frames of even sides as a video of at most `max_bytes`, as good as that allows.

    Raises ConfigError if no quality is small enough, MissingError if the bundled ffmpeg does not
    run, OSError if the disk is full.
    """
    crf, dear, cheap = form.best, form.best - 1, form.worst + 1  # too large; known to fit
    rival = path.with_name(f"{path.name}.next")
    try:
        while True:
            _encode(rival, draw, moments, form, crf)
            size = rival.stat().st_size
            if max_bytes is None or size <= max_bytes:
                rival.replace(path)
                cheap = crf
                if max_bytes is None or size > ENOUGH * max_bytes:
                    return
            else:
                dear = crf
            if cheap - dear <= 1:
                break
            guess = crf + math.ceil(form.halves * math.log2(size / max_bytes))
            crf = min(max(guess, dear + 1), cheap - 1)
    finally:
        rival.unlink(missing_ok=True)
    if cheap > form.worst:
        raise ConfigError(
            f"the {form.name.upper()} takes {size / 1e6:.3f} MB even at the lowest quality, more "
            f"than the {max_bytes / 1e6:.3f} MB of max_mb",
            hint=f"raise media.{form.name}.max_mb or lower media.{form.name}.size",
        )


def _encode(
    path: Path, draw: Draw, moments: Sequence[tuple[float, int]], form: Format, crf: int
) -> None:
    process: subprocess.Popen[bytes] | None = None
    frames = draw([moment for moment, _ in moments])
    try:
        for frame, (_, repeats) in zip(frames, moments, strict=True):
            if process is None:
                process = _start(path, form, crf, *frame.shape[:2])
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
        raise _failure(path, form, log.decode(errors="replace").strip())


def _failure(path: Path, form: Format, log: str) -> Exception:
    for code in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
        if os.strerror(code) in log:
            return OSError(code, os.strerror(code), str(path))
    reason = log.splitlines()[-1] if log else "it stopped without a word"
    return MissingError(f"ffmpeg could not write the {form.name.upper()} {path}: {reason}")


def _start(path: Path, form: Format, crf: int, height: int, width: int) -> subprocess.Popen[bytes]:
    options = f"""
        -y -loglevel error -nostdin
        -f rawvideo -pix_fmt rgb24 -s {width}x{height} -r {FPS} -i pipe:0 -an
        -vf {COLOURS} -pix_fmt yuv420p {form.options} -crf {crf}
        -fflags +bitexact -flags:v +bitexact -map_metadata -1
    """
    command = [_program(), *options.split(), f"file:{path}"]
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "SVT_LOG": "1"},  # errors only
            restore_signals=False,  # a limit on file sizes is an error to tell, not a signal
            start_new_session=True,  # Ctrl-C is ours to answer
        )
    except OSError as error:
        raise MissingError(f"ffmpeg does not start: {error}", hint=WITHOUT) from None


WITHOUT = "pip install --force-reinstall imageio-ffmpeg, or `mp4: false`"


def _program() -> str:
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise MissingError(f"there is no ffmpeg: {error}", hint=WITHOUT) from None
