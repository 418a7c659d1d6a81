#!/usr/bin/env python3
"""How well and how fast the painter paints: PSNR, SSIM, CPU-seconds and memory a picture.

Each painting runs in a process of its own, after one that fills numba's cache. Pictures: centre
squares of scikit-image's public samples at 512 pixels.

    scripts/bench_paint.py [--strokes 500] [--brush oil] [--pictures astronaut,coffee,chelsea]
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys

ONE = """
import json, resource, sys, time
import numpy as np
import skimage.data
from PIL import Image
from nftforge.painting.engine import paint
from nftforge.painting.settings import PaintSettings

name, brush, strokes, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
pixels = getattr(skimage.data, name)()
side = min(pixels.shape[:2])
top, left = (pixels.shape[0] - side) // 2, (pixels.shape[1] - side) // 2
square = Image.fromarray(pixels[top : top + side, left : left + side])
rgb = np.asarray(square.resize((512, 512), Image.Resampling.LANCZOS), np.float32) / 255
wall, cpu = time.perf_counter(), time.process_time()
painting = paint(rgb, None, PaintSettings(brush=brush, strokes=strokes, seed=seed), lambda *_: None)
print(json.dumps({
    "psnr": painting.psnr, "ssim": painting.ssim, "wall": time.perf_counter() - wall,
    "cpu": time.process_time() - cpu,
    "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""


def measure(picture: str, brush: str, strokes: int, seed: int) -> dict[str, float]:
    command = [sys.executable, "-c", ONE, picture, brush, str(strokes), str(seed)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", default="astronaut,coffee,chelsea")
    parser.add_argument("--brush", default="oil")
    parser.add_argument("--strokes", type=int, default=500)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    measure("astronaut", options.brush, 5, 0)
    versions = {name: importlib.metadata.version(name) for name in ("numba", "numpy")}
    print(f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores, {versions}")
    print(f"{options.strokes} strokes, {options.brush}; medians of {options.repeat} seeds\n")
    print("| picture | PSNR dB | SSIM | CPU s | wall s | MB |\n|---|---|---|---|---|---|")
    rows = []
    for picture in options.pictures.split(","):
        runs = [
            measure(picture, options.brush, options.strokes, seed) for seed in range(options.repeat)
        ]
        row = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        rows.append(row)
        print(_row(picture, row), flush=True)
    print(_row("mean", {key: statistics.mean(row[key] for row in rows) for key in rows[0]}))


def _row(name: str, row: dict[str, float]) -> str:
    return (
        f"| {name} | {row['psnr']:.2f} | {row['ssim']:.3f} | {row['cpu']:.1f} | {row['wall']:.1f} "
        f"| {row['mb']:.0f} |"
    )


if __name__ == "__main__":
    main()
