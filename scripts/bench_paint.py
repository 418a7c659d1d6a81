#!/usr/bin/env python3
"""How well and how fast the painter paints: PSNR, SSIM, CPU-seconds and memory a picture.

Each painting runs in a process of its own, after one that fills numba's cache. Pictures: names of
scikit-image's public samples (centre squares), or paths.

    scripts/bench_paint.py                           500 strokes on three photographs
    scripts/bench_paint.py --brush marker --pictures configs/images/ethereum.png
    scripts/bench_paint.py --engine neural           the same through the networks; the last column
                                                     is how much better that looks in their own eyes
    scripts/bench_paint.py --cost                    seconds by strokes and pixels
    scripts/bench_paint.py --device cuda --batch 64  side by side in one process on a GPU: how many
                                                     an hour (needs the extra `gpu`); through the
                                                     networks all 64 share each step, on a CPU too,
                                                     unless NFTFORGE_TOGETHER says how many
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
from pathlib import Path

SQUARE = """
from pathlib import Path
import numpy as np
from PIL import Image

def square(name, size):  # the middle of a picture, float32 [size, size, 3]
    if Path(name).exists():
        pixels = np.asarray(Image.open(name).convert("RGB"))
    else:
        import skimage.data
        pixels = getattr(skimage.data, name)()
    side = min(pixels.shape[:2])
    top, left = (pixels.shape[0] - side) // 2, (pixels.shape[1] - side) // 2
    middle = Image.fromarray(pixels[top : top + side, left : left + side])
    return np.asarray(middle.resize((size, size), Image.Resampling.LANCZOS), np.float32) / 255
"""

ONE = (
    SQUARE
    + """
import json, resource, sys, time
from functools import partial
from concurrent.futures import ThreadPoolExecutor
from nftforge.painting.engine import paint
from nftforge.painting.settings import PaintSettings

name, brush, engine = sys.argv[1:4]
strokes, seed, size, batch = map(int, sys.argv[4:8])
rgb = square(name, size)

def one(seed):
    settings = PaintSettings(brush=brush, strokes=strokes, seed=seed, engine=engine)
    return paint(rgb, None, settings, lambda *_: None)

def gap(strokes):  # dB: how much better it looks as the networks see it, at the size they refine
    if engine != "neural":
        return 0.0
    from nftforge.painting.canvas import render
    from nftforge.painting.metrics import psnr
    from nftforge.painting.neural.descent import descent, gradients
    from nftforge.painting.neural.painter import FINISHED_AT
    from nftforge.painting.neural.renderer import load
    from nftforge.painting.pictures import RgbaImage
    view = RgbaImage.of(rgb, None).resized(FINISHED_AT).over(np.ones(3))
    side = len(view.target)
    params, colours = strokes.params.astype(float), strokes.colours.astype(float)
    own = descent(partial(gradients, load(brush)[0]))(params, colours, view, 1.0).picture
    return psnr(own, view.target) - psnr(render(strokes, side, side) / 255, view.target)

def gpu_mb():  # of torch, at most
    return sys.modules["torch"].cuda.max_memory_allocated() / 1e6 if engine == "neural" else 0.0

if batch > 1:
    one(seed)  # compiles
wall, cpu = time.perf_counter(), time.process_time()
with ThreadPoolExecutor(batch if engine == "neural" else min(batch, 16)) as pool:
    paintings = list(pool.map(one, range(seed, seed + batch)))
print(json.dumps({
    "psnr": sum(p.psnr for p in paintings) / batch, "ssim": sum(p.ssim for p in paintings) / batch,
    "wall": (time.perf_counter() - wall) / batch, "cpu": (time.process_time() - cpu) / batch,
    "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "gpu_mb": gpu_mb(), "gap": gap(paintings[0].strokes),
}))
"""
)

DRAW = """
import json, sys, time
import numpy as np
from nftforge.painting import canvas
from nftforge.painting.brushes import load_brush, tip_data
from nftforge.painting.pictures import View

strokes, size, brush = int(sys.argv[1]), int(sys.argv[2]), load_brush(sys.argv[3])
random = np.random.default_rng(0)
length = np.sqrt(12 / strokes)  # the canvas is covered four times
params = np.array([
    brush.place(*random.random(2), length, length / 3, random.uniform(0, 3.14), 7.0)
    for _ in range(strokes)
])
colours = random.random((strokes, brush.BRUSH.colours, 3))
view = View(random.random((size, size, 3)), np.full((size, size), 1 / (3 * size**2)),
            np.ones((size, size)), np.ones(3))
descend = canvas.descent(brush.BRUSH.name, tip_data(brush.BRUSH.name, None))
descend(params, colours, view, 1.0)
cpu = time.process_time()
for _ in range(3):
    descend(params, colours, view, 1.0)
print(json.dumps({"cpu": (time.process_time() - cpu) / 3}))
"""


def run(script: str, *arguments: object) -> dict[str, float]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", default="astronaut,coffee,chelsea")
    parser.add_argument("--brush", default="oil")
    parser.add_argument("--engine", choices=("analytic", "neural"), default="analytic")
    parser.add_argument("--strokes", type=int, default=500)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--cost", action="store_true")
    options = parser.parse_args()
    os.environ["NFTFORGE_DEVICE"] = options.device
    os.environ.setdefault("NFTFORGE_TOGETHER", str(options.batch))
    versions = {name: importlib.metadata.version(name) for name in ("numba", "numpy", "torch")}
    device = _device(options.engine)
    print(f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores, {versions}, {device}")
    if options.cost:
        cost(options.brush)
    else:
        paintings(options)


def _device(engine: str) -> str:
    if os.environ["NFTFORGE_DEVICE"] == "cpu":
        return "cpu"
    if engine == "neural":
        import torch

        return torch.cuda.get_device_name()
    import numba.cuda

    return numba.cuda.get_current_device().name.decode()


def paintings(options: argparse.Namespace) -> None:
    """The table of pictures."""
    run(ONE, options.pictures.split(",")[0], options.brush, options.engine, 5, 0, 64, 1)
    print(
        f"{options.strokes} strokes, {options.brush}, {options.engine}, {options.size} px; "
        f"medians of {options.repeat} seeds; {options.batch} at once, "
        f"NFTFORGE_TOGETHER={os.environ['NFTFORGE_TOGETHER']}\n"
    )
    columns = ("picture", "PSNR dB", "SSIM", "CPU s", "wall s", "MB", "GPU MB", "own render dB")
    print(f"| {' | '.join(columns)} |\n" + "|---" * len(columns) + "|")
    rows = []
    for picture in options.pictures.split(","):
        runs = [
            run(
                ONE, picture, options.brush, options.engine, options.strokes, seed, options.size,
                options.batch,
            )
            for seed in range(options.repeat)
        ]  # fmt: skip
        row = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        rows.append(row)
        print(_row(picture, row), flush=True)
    mean = {key: statistics.mean(row[key] for row in rows) for key in rows[0]}
    print(_row("mean", mean))
    print(f"\n{3600 / mean['wall']:,.0f} paintings an hour")


def _row(name: str, row: dict[str, float]) -> str:
    return (
        f"| {Path(name).name} | {row['psnr']:.2f} | {row['ssim']:.3f} | {row['cpu']:.1f} "
        f"| {row['wall']:.1f} | {row['mb']:.0f} | {row['gpu_mb']:.0f} | {row['gap']:+.2f} |"
    )


def cost(brush: str) -> None:
    """CPU-seconds of one step of descent: strokes that cover the canvas four times."""
    sizes = (256, 512, 1024, 2048)
    print(f"one step of descent, {brush}: CPU ms (and ns a covered pixel)\n")
    print("| strokes | " + " | ".join(f"{size} px" for size in sizes) + " |\n|---|" + "---|" * 4)
    for strokes in (100, 500, 2000, 10_000):
        cells = []
        for size in sizes:
            cpu = run(DRAW, strokes, size, brush)["cpu"]
            covered = 4 * size**2
            cells.append(f"{cpu * 1e3:.0f} ({cpu * 1e9 / covered:.0f})")
        print(f"| {strokes} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
