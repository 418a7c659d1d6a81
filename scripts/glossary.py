#!/usr/bin/env python3
"""Each option of painting before and after, on one sheet: a cat's face in oil.

scripts/glossary.py OUT.jpg [--side 220]
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from nftforge.painting.engine import paint
from nftforge.painting.palettes import named_palette
from nftforge.painting.relief import render
from nftforge.painting.settings import PaintSettings, Relief

PAPER, INK = (232, 230, 226), (40, 40, 40)


@dataclass(frozen=True)
class Entry:
    """An option as it is written, and what it does."""

    words: str
    paint: dict[str, Any] = field(default_factory=dict)
    light: dict[str, Any] = field(default_factory=dict)


ENTRIES = (
    Entry("unasked: strokes 300"),
    Entry("strokes: 60", {"strokes": 60}),
    Entry("strokes: 1500", {"strokes": 1500}),
    Entry("max_size: 0.08", {"max_size": 0.08}),
    Entry("min_size: 0.2", {"min_size": 0.2}),
    Entry("opaque: true", {"opaque": True}),
    Entry("flow: 0", {"flow": 0.0}),
    Entry("flow: 1", {"flow": 1.0}),
    Entry("focus: auto", {"focus": "auto"}),
    Entry("underpainting: '#8a5a3a'", {"underpainting": (138, 90, 58), "strokes": 120}),
    Entry("palette: 6", {"palette": 6, "oklab": True}),
    Entry("palette: zorn", {"palette": named_palette("zorn"), "oklab": True}),
    Entry("loss: l1", {"loss": "l1"}),
    Entry("preset: 8-bit", {"brush": "tape", "palette": 16, "opaque": True, "lattice": 64},
          {"amount": 0.0}),
    Entry("relief: 0", {}, {"amount": 0.0}),
    Entry("relief: 1", {}, {"amount": 1.0}),
    Entry("surface: paper", {}, {"surface": "paper"}),
    Entry("draw --light 135", {}, {"light": 135.0, "amount": 0.8}),
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--side", type=int, default=220)
    options = parser.parse_args()
    side, columns = options.side, 6
    rows = -(-len(ENTRIES) // columns)
    sheet = Image.new("RGB", (columns * side, rows * (side + 24)), PAPER)
    pen = ImageDraw.Draw(sheet)
    for at, entry in enumerate(ENTRIES):
        x, y = at % columns * side, at // columns * (side + 24)
        shown = Image.fromarray(drawn(entry, 2 * side)).resize((side - 8, side - 8))
        sheet.paste(shown, (x + 4, y + 4))
        pen.text((x + 6, y + side), entry.words, fill=INK)
        print(entry.words, flush=True)
    sheet.save(options.out, quality=80)


def drawn(entry: Entry, side: int) -> NDArray[np.uint8]:
    """What an entry makes of the cat, uint8 [side, side, 3]."""
    picture = skimage.data.chelsea()[:300, 70:370]
    wish = {"strokes": 300, "flow": 0.5, "schedule": 2, **entry.paint}
    if "lattice" in wish:
        wish["flow"] = 0.0
    rgb = (picture / 255.0).astype(np.float32)
    strokes = paint(rgb, None, PaintSettings(**wish), lambda *_: None).strokes
    return render(strokes, side, side, Relief(**{"amount": 0.5, **entry.light}))


if __name__ == "__main__":
    main()
