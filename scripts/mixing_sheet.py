#!/usr/bin/env python3
"""What the paints of `palette: primary` mix to as light and as pigment, and a meadow in both.

Prints likeness and time of each, and what the palettes take to mix.

    scripts/mixing_sheet.py OUT.jpg [--side 300]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from contact_sheet import ridge
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from nftforge.config.load import paint_options
from nftforge.painting.engine import paint
from nftforge.painting.palettes import LIGHT, PIGMENT, mixed_palette, named_palette
from nftforge.painting.relief import render
from nftforge.painting.settings import Relief
from nftforge.pipeline.paint import settings_from

PAPER, INK = (232, 230, 226), (40, 40, 40)
YELLOW, RED, BLUE, WHITE, BLACK = named_palette("primary")[:5]
PAIRS = (YELLOW, BLUE), (RED, BLUE), (WHITE, BLUE), (BLACK, YELLOW)
WAYS = LIGHT, PIGMENT


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--side", type=int, default=300)
    options = parser.parse_args()
    side = options.side
    sheet = Image.new("RGB", (3 * side, side + 20 + 22 * 2 * len(PAIRS)), PAPER)
    pen = ImageDraw.Draw(sheet)
    shown = [("the picture", meadow()), *((f"mixing: {way}", painted(way)) for way in WAYS)]
    for at, (words, picture) in enumerate(shown):
        fitted = Image.fromarray(picture).resize((side - 8, side - 8), Image.Resampling.LANCZOS)
        sheet.paste(fitted, (at * side + 4, 20))
        pen.text((at * side + 6, 4), words, fill=INK)
    for row, pair in enumerate(PAIRS):
        for under, way in enumerate(WAYS):
            top = side + 20 + 44 * row + 20 * under
            pen.text((10, top + 4), way, fill=INK)
            swatches(pen, mixed_palette(pair, way), 70, top, 3 * side - 4)
    sheet.save(options.out, quality=82)


def swatches(
    pen: ImageDraw.ImageDraw,
    colours: tuple[tuple[int, int, int], ...],
    left: int,
    top: int,
    right: int,
) -> None:
    wide = (right - left) / len(colours)
    for at, colour in enumerate(colours):
        box = left + round(at * wide), top, left + round((at + 1) * wide) - 1, top + 19
        pen.rectangle(box, fill=colour)


def painted(way: str) -> NDArray[np.uint8]:
    """The meadow with three paints, black and white, uint8 [2 * 300, 2 * 300, 3]."""
    began = time.process_time()
    named_palette("primary", way)  # kept for what paints with it
    mixed = time.process_time() - began
    rgb = (meadow() / 255.0).astype(np.float32)
    wish = settings_from(paint_options({"strokes": 400, "palette": "primary", "mixing": way}), 0)
    painting = paint(rgb, None, wish, lambda *_: None)
    spent = time.process_time() - began
    print(f"{way:8} {painting.psnr:5.1f} dB {spent:5.2f} CPU s, of it {1000 * mixed:.1f} ms to mix")
    return render(painting.strokes, 600, 600, Relief(0.5))


def meadow() -> NDArray[np.uint8]:
    """Hills in greens and a yellow field under a blue sky, a house with a red roof."""
    side = 300
    y, x = np.mgrid[0:side, 0:side]
    picture = np.array([70, 120, 200]) + np.array([150, 110, 40]) * (y[..., None] / side * 1.6)
    hills = (
        (1, 0.42, (88, 130, 120)), (2, 0.52, (70, 125, 60)), (3, 0.62, (220, 190, 50)),
        (5, 0.72, (120, 165, 55)), (8, 0.88, (40, 95, 50)),
    )  # fmt: skip
    for seed, height, colour in hills:
        line = side * ridge(side, seed, height)
        depth = ((y - line) / side).clip(0, 1)[..., None]
        picture = np.where((y > line)[..., None], np.array(colour) * (1.12 - depth), picture)
    picture[(abs(x - 200) < 26) & (y > 168) & (y < 200)] = (240, 235, 220)
    picture[(y < 169) & (y > 140) & (abs(x - 200) < 1.15 * (y - 140))] = (190, 50, 40)
    for at, base, tall in ((60, 230, 70), (95, 240, 50), (262, 236, 80)):
        crown = np.hypot((x - at) / 0.7, y - base + tall) < tall * 0.5
        picture[(abs(x - at) < 4) & (y < base) & (y > base - tall)] = (70, 50, 35)
        picture[crown] = (45, 105, 45)
    return picture.clip(0, 255).astype(np.uint8)


if __name__ == "__main__":
    main()
