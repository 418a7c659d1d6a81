"""One picture painted in several ways, side by side on a sheet, before hours are spent."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nftforge.core.errors import ConfigError
from nftforge.core.jit import announced
from nftforge.core.parallel import Team
from nftforge.core.plural import counted
from nftforge.core.stage import Report
from nftforge.media.sheet import FORMATS, Cell, Grid, compose, grid, kind, save
from nftforge.painting.engine import Painting
from nftforge.pipeline.paint import crew
from nftforge.pipeline.sheets import lit, source
from nftforge.pipeline.single import Wish

SHEET = "compare.png"
LARGEST = 8000  # pixels on a sheet's longer side


@dataclass(frozen=True)
class Variant:
    """A painting, and the options by which it differs from others, in their order."""

    options: Mapping[str, Any]
    wish: Wish

    def title(self) -> str:
        return ", ".join(f"{name} {_said(value)}" for name, value in self.options.items())


def sheet_in(out: Path) -> Path:
    """The sheet that `-o` means: a picture, or the one in a folder. Raises ConfigError."""
    sheet = out if out.suffix.lower() in FORMATS else out / SHEET
    kind(sheet)
    return sheet


def refuse_to_replace(sheet: Path) -> None:
    """Raises ConfigError if the sheet is there."""
    if os.path.lexists(sheet):
        raise ConfigError(
            f"{sheet} is there already", hint="name another with -o, or replace it with --force"
        )


def compare(variants: Sequence[Variant], sheet: Path, side: int, report: Report) -> dict[str, Any]:
    """Paint all of them, at most `side` pixels each, and write the sheet.

    Where more than one option differs, a row holds the values of the last one, after the picture.
    Returns the document of `stroke --compare --json`.
    """
    started, team = time.monotonic(), Team(report)

    def paint(variant: Variant) -> Painting:
        return variant.wish.painted(team.report, variant.title())

    with announced(report.say):
        made = team.map(paint, variants, crew())
        across = _across(variants)
        layout = _layout(made[0].strokes.aspect, len(variants), across, side)
        cells = list(_cells(variants, made, layout, across))
        sheet.parent.mkdir(parents=True, exist_ok=True)
        name = variants[0].wish.sources.picture.name
        save(compose(layout, cells, len(cells), name, None), sheet)
    rows = [_row(*pair) for pair in zip(variants, made, strict=True)]
    seconds = round(time.monotonic() - started, 3)
    return {"sheet": str(sheet), "cells": rows, "seconds": seconds}


def _across(variants: Sequence[Variant]) -> int:
    """How many paintings stand beside each picture: all, or those of a row."""
    if len(variants[0].options) == 1:
        return len(variants)
    last = [[*variant.options.values()][-1] for variant in variants]
    return 1 + next(at for at, value in enumerate([*last[1:], last[0]]) if value == last[0])


def _layout(aspect: float, count: int, across: int, side: int) -> Grid:
    rows = count // across
    columns = 1 + across if rows > 1 else None
    wide = columns or -(-(1 + count) // 2)
    size = round(1.2 * side * max(wide * min(aspect, 1), rows / max(aspect, 1)))
    return grid([aspect] * (count + rows), min(LARGEST, max(600, size)), columns)


def _cells(
    variants: Sequence[Variant], made: Sequence[Painting], layout: Grid, across: int
) -> Iterator[Cell]:
    for at, (variant, painting) in enumerate(zip(variants, made, strict=True)):
        sides = layout.fit(painting.strokes.aspect)
        if at % across == 0:
            sources = variant.wish.sources
            yield Cell(source(sources.picture, sources.frame, sides), "the picture")
        drawn = lit(painting.strokes, layout, variant.wish.lit().on(painting.strokes))
        said = "strokes" in variant.options
        note = "" if said else counted(len(painting.strokes), "stroke") + ", "
        note += f"{painting.psnr:.1f} dB, {painting.seconds:.1f} s"
        yield Cell(drawn, variant.title(), note)


def _row(variant: Variant, painting: Painting) -> dict[str, Any]:
    return {
        **{name: _said(value) for name, value in variant.options.items()},
        "psnr": round(painting.psnr, 4),
        "painted": len(painting.strokes),
        "seconds": round(painting.seconds, 3),
    }


def _said(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value
