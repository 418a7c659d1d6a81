#!/usr/bin/env python3
"""MP4 and WebM of one painting: size, fidelity, CPU-seconds, and whether bytes depend on cores.

The painting: 500 oil strokes of scikit-image's astronaut, 14 s. CPU-seconds include drawing the
frames; PSNR is that of what ffmpeg decodes. The last row of each kind has half the size as limit.

    scripts/bench_media.py [--size 512] [--stills]
"""

from __future__ import annotations

import argparse
import functools
import os
import platform
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import skimage.data

from nftforge.media.png import write_png
from nftforge.media.video import MP4, WEBM, Draw, Format, timeline, write_video
from nftforge.painting.canvas import frames, render
from nftforge.painting.engine import paint
from nftforge.painting.metrics import psnr_of
from nftforge.painting.settings import PaintSettings
from nftforge.painting.strokes import Strokes
from nftforge.pipeline.render import keyframes_of

Moments = list[tuple[float, int]]  # strokes done, frames it stands for
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
MOST_DB = 78.13  # a squared error below a thousandth of a step is not told apart


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--stills", action="store_true", help="PNG at 1024, 2048 and 4096 pixels")
    options = parser.parse_args()
    rgb = skimage.data.astronaut().astype(np.float32) / 255
    strokes = paint(rgb, None, PaintSettings(strokes=500), lambda *_: None).strokes
    list(frames(strokes, 64, 64, [1.5]))  # compiles
    about = subprocess.run([FFMPEG, "-version"], capture_output=True, text=True).stdout
    cores = len(os.sched_getaffinity(0))
    print(f"{platform.machine()}, {cores} cores; {' '.join(about.split()[:3])}\n")
    videos(strokes, options.size)
    if options.stills:
        stills(strokes)


def videos(strokes: Strokes, size: int) -> None:
    print("| | MB | mean dB | worst dB | last dB | CPU s | same bytes on one core |")
    print("|---|---|---|---|---|---|---|")
    keyframes = keyframes_of(strokes, 120, 3000)
    draw = functools.partial(frames, strokes, size, size)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "video"
        for form in (MP4, WEBM):
            whole = row(f"{form.name} in steps", path, draw, timeline(keyframes, False), form, None)
            smooth = timeline(keyframes, True)
            whole = row(f"{form.name} smooth", path, draw, smooth, form, None)
            row(f"{form.name} smooth, half the size", path, draw, smooth, form, whole // 2)


def row(
    name: str, path: Path, draw: Draw, moments: Moments, form: Format, limit: int | None
) -> int:
    began = cpu()
    write_video(path, draw, moments, form, limit)
    spent, data = cpu() - began, path.read_bytes()
    quality = psnrs(path, draw, moments)
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    write_video(path, draw, moments, form, limit)
    os.sched_setaffinity(0, cores)
    same = "yes" if path.read_bytes() == data else "NO"
    print(
        f"| {name} | {len(data) / 1e6:.2f} | {np.mean(quality):.1f} | {min(quality):.1f} "
        f"| {quality[-1]:.1f} | {spent:.1f} | {same} |",
        flush=True,
    )
    return len(data)


def psnrs(path: Path, draw: Draw, moments: Moments) -> list[float]:
    """dB of every frame of the video."""
    found: list[float] = []
    command = [FFMPEG, "-loglevel", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        for frame, (_, repeats) in zip(draw([at for at, _ in moments]), moments, strict=True):
            for _ in range(repeats):
                seen = np.frombuffer(process.stdout.read(frame.size), np.uint8)
                error = float(np.mean((seen.reshape(frame.shape).astype(float) - frame) ** 2))
                found.append(psnr_of(error, 255, MOST_DB))
        assert not process.stdout.read(1)
    return found


def stills(strokes: Strokes) -> None:
    print("\n| still | MB | CPU s to draw | to write | most memory of the process, MB |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "still.png"
        for size in (1024, 2048, 4096):
            began = cpu()
            picture = render(strokes, size, size)
            drawn = cpu()
            write_png(path, picture)
            most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
            print(
                f"| {size} px | {path.stat().st_size / 1e6:.2f} | {drawn - began:.1f} "
                f"| {cpu() - drawn:.1f} | {most:.0f} |",
                flush=True,
            )


def cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    main()
