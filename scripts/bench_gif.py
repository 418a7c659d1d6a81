#!/usr/bin/env python3
"""GIFs of one painting by several encoders: size, fidelity, flicker, CPU-seconds.

The painting: 500 oil strokes of scikit-image's astronaut. The same frames go to each encoder; what
is measured is what ffmpeg decodes. gifsicle and gifski take part if they are on PATH. The last
columns: how many times our size at the same mean PSNR, and at the same SSIM (interpolated between
our rates; empty where they do not reach).

    scripts/bench_gif.py [--frames 100] [--size 512] [--rates 3,12,25,60,150,400,1000]
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import skimage.data
from PIL import Image

from nftforge.media.gif import write_gif
from nftforge.media.plain import write_plain_gif
from nftforge.painting.canvas import frames
from nftforge.painting.engine import paint
from nftforge.painting.metrics import psnr_of, ssim
from nftforge.painting.settings import PaintSettings
from nftforge.pipeline.render import keyframes_of

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
MOST_DB = 78.13  # a squared error below a thousandth of a step is not told apart


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--rates", default="3,12,25,60,150,400,1000")
    options = parser.parse_args()
    square = Image.fromarray(skimage.data.astronaut()).resize((512, 512))
    rgb = np.asarray(square, np.float32) / 255
    strokes = paint(rgb, None, PaintSettings(strokes=500), lambda *_: None).strokes
    keyframes = keyframes_of(strokes, options.frames, 3000)
    shown = list(
        frames(strokes, options.size, options.size, [keyframe.strokes for keyframe in keyframes])
    )
    write_gif(Path(os.devnull), lambda counts: iter(shown[:3]), keyframes[:3])  # compiles

    print(f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores, {versions()}")
    print(f"{len(shown)} frames of {options.size} px\n")
    print(
        "| encoder | MB | mean dB | worst dB | last dB | SSIM | flicker | CPU s | / PSNR | / SSIM |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    ours: list[Measured] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "painting.gif"
        draw = lambda counts: iter(shown)  # noqa: E731
        for rate in map(float, options.rates.split(",")):
            encode = partial(write_gif, path, draw, keyframes, rate=rate)
            ours.append(report(f"nftforge, rate {rate:g}", path, shown, [], encode))
        report("imageio", path, shown, ours, partial(write_plain_gif, path, draw, keyframes))
        for colours in (256, 128, 64):
            encode = partial(ffmpeg, path, shown, colours)
            report(f"ffmpeg, {colours} colours", path, shown, ours, encode)
            for lossy in (0, 20, 60) if shutil.which("gifsicle") else ():
                again = path.with_name("again.gif")
                encode = partial(gifsicle, path, again, lossy)
                report(f"the same, gifsicle -O3 --lossy={lossy}", again, shown, ours, encode)
        for quality in (40, 60, 75, 90, 100) if shutil.which("gifski") else ():
            encode = partial(gifski, path, shown, quality)
            report(f"gifski Q{quality}", path, shown, ours, encode)


def versions() -> str:
    programs = [[FFMPEG, "-version"], ["gifsicle", "--version"], ["gifski", "--version"]]
    said = (subprocess.run(program, capture_output=True, text=True).stdout.splitlines()[0]
            for program in programs if shutil.which(program[0]))  # fmt: skip
    return "; ".join(line.split(" Copyright")[0] for line in said)


@dataclass(frozen=True)
class Measured:
    size: int
    psnr: float
    ssim: float


def ratio(ours: list[Measured], by: str, other: Measured) -> str:
    """How many times our size `other` takes, as like the painting `by` psnr or ssim."""
    points = sorted((getattr(it, by), np.log(it.size)) for it in ours)
    likeness, sizes = zip(*points, strict=True) if points else ((), ())
    wanted = getattr(other, by)
    if not points or not likeness[0] <= wanted <= likeness[-1]:
        return ""
    return f"{other.size / np.exp(np.interp(wanted, likeness, sizes)):.2f}"


def gifsicle(path: Path, again: Path, lossy: int) -> None:
    subprocess.run(["gifsicle", "-O3", f"--lossy={lossy}", path, "-o", again], check=True)


def gifski(path: Path, shown: list[np.ndarray], quality: int) -> None:
    height, width, _ = shown[0].shape
    names = []
    for index, frame in enumerate(shown):
        names.append(path.with_name(f"{index:04d}.png"))
        Image.fromarray(frame).save(names[-1], compress_level=0)
    sides = ["--width", str(width), "--height", str(height)]
    subprocess.run(
        ["gifski", "--quiet", "--fps", "10", *sides, "--quality", str(quality), "-o", path, *names],
        check=True,
    )


def ffmpeg(path: Path, shown: list[np.ndarray], colours: int) -> None:
    height, width, _ = shown[0].shape
    chain = (
        f"split[a][b];[a]palettegen=stats_mode=full:max_colors={colours}[p];"
        f"[b][p]paletteuse=dither=none:diff_mode=rectangle"
    )
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", "10", "-i", "-"]
    subprocess.run(
        [FFMPEG, "-loglevel", "error", "-y", "-threads", "1", *raw, "-vf", chain, path],
        input=b"".join(frame.tobytes() for frame in shown),
        check=True,
    )


def report(
    name: str, path: Path, shown: list[np.ndarray], ours: list[Measured], encode: Callable[[], None]
) -> Measured:
    began = cpu()
    encode()
    spent = cpu() - began
    height, width, _ = shown[0].shape
    raw = subprocess.run(
        [FFMPEG, "-loglevel", "error", "-i", path, "-fps_mode", "passthrough", "-f", "rawvideo",
         "-pix_fmt", "rgb24", "-"], capture_output=True, check=True,
    ).stdout  # fmt: skip
    seen = np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)
    assert len(seen) == len(shown), (len(seen), len(shown))
    psnr = [
        psnr_of(float(np.mean((a.astype(float) - b) ** 2)), 255, MOST_DB)
        for a, b in zip(seen, shown, strict=True)
    ]
    likeness = np.mean([ssim(a / 255, b / 255) for a, b in zip(seen[::5], shown[::5], strict=True)])
    flicker = np.mean([
        np.abs(seen[n].astype(int) - seen[n - 1])[(shown[n] == shown[n - 1]).all(axis=2)].mean()
        for n in range(1, len(shown))
    ])  # fmt: skip
    it = Measured(path.stat().st_size, float(np.mean(psnr)), float(likeness))
    print(
        f"| {name} | {path.stat().st_size / 1e6:.2f} | {np.mean(psnr):.1f} | {min(psnr):.1f} "
        f"| {psnr[-1]:.1f} | {likeness:.4f} | {flicker:.2f} | {spent:.1f} "
        f"| {ratio(ours, 'psnr', it)} | {ratio(ours, 'ssim', it)} |",
        flush=True,
    )
    return it


def cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    main()
