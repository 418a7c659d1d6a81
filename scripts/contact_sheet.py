#!/usr/bin/env python3
"""Ten pictures of different kinds in every brush, on one sheet, to be looked at.

Photographs are scikit-image's; a snowy hill and a skyline at night are drawn here. Prints likeness
and time of each.

    scripts/contact_sheet.py OUT.jpg [--strokes 200] [--side 150]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from nftforge.config.models import Paint
from nftforge.painting.brushes import brush_names
from nftforge.painting.engine import paint
from nftforge.painting.relief import render
from nftforge.painting.settings import Relief, looks_best
from nftforge.pipeline.paint import settings_from

WORK = 320  # pixels on the longer side that is painted after
PAPER = (232, 230, 226)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--strokes", type=int, default=200)
    parser.add_argument("--side", type=int, default=150)
    options = parser.parse_args()
    brushes, side = [name for name in brush_names() if name != "own"], options.side
    kinds = pictures()
    sheet = Image.new("RGB", ((len(brushes) + 1) * side, len(kinds) * side + 24), PAPER)
    pen = ImageDraw.Draw(sheet)
    for column, name in enumerate(("picture", *brushes)):
        pen.text((column * side + 6, 6), name, fill=(40, 40, 40))
    for row, (kind, picture) in enumerate(kinds.items()):
        put(sheet, picture, 0, row, side)
        for column, brush in enumerate(brushes, start=1):
            began = time.process_time()
            wish = settings_from(Paint(brush=brush, strokes=options.strokes), 0)
            rgb = (picture / 255.0).astype(np.float32)
            painting = paint(rgb, None, wish, lambda *_: None)
            lit = Relief(looks_best(brush, options.strokes))
            shown = render(painting.strokes, *painting.strokes.shape(2 * side), lit)
            put(sheet, shown, column, row, side)
            spent = time.process_time() - began
            print(f"{kind:10} {brush:10} {painting.psnr:5.1f} dB {spent:5.1f} CPU s", flush=True)
    sheet.save(options.out, quality=80)


def put(sheet: Image.Image, pixels: NDArray[np.uint8], column: int, row: int, side: int) -> None:
    """A picture in the middle of its cell."""
    shown = Image.fromarray(pixels)
    shown.thumbnail((side - 8, side - 8), Image.Resampling.LANCZOS)
    x = column * side + (side - shown.width) // 2
    y = 24 + row * side + (side - shown.height) // 2
    sheet.paste(shown, (x, y))


def pictures() -> dict[str, NDArray[np.uint8]]:
    """By kind, uint8 [h, w, 3], `WORK` pixels on the longer side."""
    logo = skimage.data.logo()
    solid = logo[..., 3:] / 255.0
    found = {
        "portrait": skimage.data.astronaut()[:300, 90:390],
        "landscape": skimage.data.rocket(),
        "still life": skimage.data.coffee(),
        "animal": skimage.data.chelsea(),
        "logo": (logo[..., :3] * solid + 255 * (1 - solid)).astype(np.uint8),
        "night": night(),
        "snow": snow(),
        "text": skimage.data.page(),
        "line art": np.where(skimage.data.horse(), 255, 0).astype(np.uint8),
        "very wide": skimage.data.hubble_deep_field()[300:420],
    }
    return {kind: sized(picture) for kind, picture in found.items()}


def sized(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    image = Image.fromarray(picture).convert("RGB")
    image.thumbnail((WORK, WORK), Image.Resampling.LANCZOS)
    return np.asarray(image)


def ridge(width: int, seed: int, height: float) -> NDArray[np.float64]:
    """A line of hills, 0..1."""
    random, x = np.random.default_rng(seed), np.linspace(0, 2 * np.pi, width)
    waves = (np.sin(x * k + random.uniform(0, 6)) / k for k in (1, 2, 3, 5, 9, 17))
    return height + 0.08 * np.sum(list(waves), axis=0)


def snow() -> NDArray[np.uint8]:
    """White hills under a pale sky, and dark firs."""
    y, x = np.mgrid[0:240, 0:320]
    picture = np.array([205, 218, 232]) + (np.array([238, 236, 232]) - [205, 218, 232]) * (
        y[..., None] / 240
    )
    for seed, height, shade in ((1, 0.45, 0.86), (2, 0.62, 0.93), (3, 0.78, 1.0)):
        below = y > 240 * ridge(320, seed, height)
        picture[below] = np.array([246, 248, 252]) * shade
    for at, base, tall in ((60, 190, 70), (95, 200, 50), (250, 205, 85), (215, 196, 40)):
        fir = (np.abs(x - at) < 0.32 * (y - base + tall)) & (y < base) & (y > base - tall)
        picture[fir] = (46, 66, 58)
    return picture.clip(0, 255).astype(np.uint8)


def night() -> NDArray[np.uint8]:
    """A skyline with lit windows, and a moon."""
    random = np.random.default_rng(4)
    y, x = np.mgrid[0:240, 0:320]
    picture = np.array([10, 14, 40]) + np.array([30, 20, 40]) * (y[..., None] / 240)
    picture[np.hypot(x - 245, y - 55) < 22] = (240, 232, 200)
    left = 0
    while left < 320:
        wide, top = int(random.integers(22, 46)), int(random.integers(90, 180))
        picture[top:, left : left + wide] = random.integers(8, 26, 3)
        for row in range(top + 8, 232, 14):
            for column in range(left + 5, min(left + wide, 320) - 6, 10):
                if random.random() < 0.45:
                    picture[row : row + 7, column : column + 5] = (244, 200, 96)
        left += wide
    return picture.clip(0, 255).astype(np.uint8)


if __name__ == "__main__":
    main()
