#!/usr/bin/env python3
"""What relief costs: CPU-seconds of stills and films, bytes of films, likeness to the flat one.

The paintings: scikit-image's astronaut in 500 strokes of every brush but `own`, and in 2,000 of
oil, or the stroke files that are named. Flat and lit take turns in one process; figures are
medians. CPU-seconds are user + system of all threads, drawing alone; `with PNG` also writes it.

    scripts/bench_relief.py [--relief 0.5] [--size 1024] [--turns 7] [--films] [STROKES ...]
"""

from __future__ import annotations

import argparse
import functools
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numba
import numpy as np
import skimage.data

from nftforge import __version__
from nftforge.media.gif import write_gif
from nftforge.media.png import write_png
from nftforge.media.video import MP4, WEBM, even, timeline, write_video
from nftforge.painting import relief
from nftforge.painting.engine import paint
from nftforge.painting.metrics import psnr, ssim
from nftforge.painting.settings import FLAT, PaintSettings, Relief, looks_best
from nftforge.painting.strokes import Strokes
from nftforge.pipeline.render import keyframes_of

PAINTINGS = (("oil", 500), ("oil", 2000), ("tape", 500), ("watercolor", 500), ("marker", 500))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("strokes", nargs="*", type=Path)
    parser.add_argument("--relief", type=float, help="default: what paintings have unasked")
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--films", action="store_true", help="GIF, MP4 and WebM at 512 pixels, too")
    options = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    print(
        f"nftforge {__version__}, Python {platform.python_version()}, numpy {np.__version__}, "
        f"numba {numba.__version__}; {processor()}, {cores} cores, load {os.getloadavg()[0]:.1f}\n"
    )
    paintings = list(given(options.strokes) if options.strokes else painted())
    lit = [
        Relief(looks_best(each.brush, len(each)) if options.relief is None else options.relief)
        for each in paintings
    ]
    stills(paintings, lit, options.size, options.turns)
    if options.films:
        films(paintings, lit)


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(": ")[1] for line in lines if line.startswith("model name")), "?")


def given(paths: list[Path]) -> Iterator[Strokes]:
    for path in paths:
        yield Strokes.load(path)


def painted() -> Iterator[Strokes]:
    rgb = skimage.data.astronaut().astype(np.float32) / 255
    for brush, count in PAINTINGS:
        settings = PaintSettings(brush=brush, strokes=count)
        yield paint(rgb, None, settings, lambda *_: None).strokes


def stills(paintings: list[Strokes], reliefs: list[Relief], size: int, turns: int) -> None:
    print(f"Stills of {size} pixels\n")
    print("| | flat CPU s | lit CPU s | ratio | ratio with PNG | PSNR to flat | SSIM |")
    print("|---|---|---|---|---|---|---|")
    for strokes, lit in zip(paintings, reliefs, strict=True):
        sides = strokes.shape(size)
        pictures = [relief.render(strokes, *sides, each) for each in (FLAT, lit)]  # compiles
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "still.png"

            def both(each: Relief) -> None:
                write_png(path, relief.render(strokes, *sides, each))  # noqa: B023

            drawn = spent(functools.partial(relief.render, strokes, *sides), lit, turns)
            whole = spent(both, lit, turns)
        flat, shown = (picture / 255.0 for picture in pictures)
        print(
            f"| {strokes.brush}, {len(strokes)}, {lit.amount} | {drawn[0]:.3f} | {drawn[1]:.3f} | "
            f"{drawn[1] / drawn[0]:.2f} | {whole[1] / whole[0]:.2f} | {psnr(shown, flat):.1f} | "
            f"{ssim(shown, flat):.3f} |",
            flush=True,
        )


def spent(draw: Callable[[Relief], object], lit: Relief, turns: int) -> tuple[float, float]:
    """CPU-seconds flat and lit, in turns, so that what else the machine does meets both."""
    times: dict[float, list[float]] = {0.0: [], lit.amount: []}
    for _ in range(turns):
        for each in (FLAT, lit):
            began = time.process_time()
            draw(each)
            times[each.amount].append(time.process_time() - began)
    flat, shown = (statistics.median(taken) for taken in times.values())
    return flat, shown


def films(paintings: list[Strokes], reliefs: list[Relief]) -> None:
    print("\nFilms of 512 pixels, 120 frames; CPU of drawing them without ffmpeg\n")
    print(
        "| | GIF kB flat | lit | ratio | MP4 kB flat | lit | ratio | WebM ratio | CPU ratio, GIF |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for strokes, lit in zip(paintings, reliefs, strict=True):
        keyframes = keyframes_of(strokes, 120, 3000)
        sides = even(*strokes.shape(512))
        cells = []
        with tempfile.TemporaryDirectory() as folder:
            path, cpu = Path(folder) / "film", []
            sizes: dict[str, list[float]] = {"gif": [], "mp4": [], "webm": []}
            for each in (FLAT, Relief(lit.amount, "none")):
                draw = functools.partial(relief.frames, strokes, *sides, relief=each)
                began = time.process_time()
                for _ in draw([keyframe.strokes for keyframe in keyframes]):
                    pass
                cpu.append(time.process_time() - began)
                write_gif(path, draw, keyframes)
                sizes["gif"].append(path.stat().st_size / 1000)
                for name, form in (("mp4", MP4), ("webm", WEBM)):
                    write_video(path, draw, timeline(keyframes, True), form, None)
                    sizes[name].append(path.stat().st_size / 1000)
        for name in ("gif", "mp4"):
            flat, shown = sizes[name]
            cells.append(f"{flat:.0f} | {shown:.0f} | {shown / flat:.2f}")
        flat, shown = sizes["webm"]
        print(
            f"| {strokes.brush}, {len(strokes)} | {' | '.join(cells)} | {shown / flat:.2f} | "
            f"{cpu[1] / cpu[0]:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
