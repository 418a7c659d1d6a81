"""One picture without a collection: `nftforge stroke` and `draw`. No store, no key, no chain."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nftforge.config.models import Gif, Media
from nftforge.core.errors import ConfigError
from nftforge.core.stage import Report
from nftforge.painting.engine import Painting
from nftforge.painting.settings import PaintSettings, Relief, looks_best
from nftforge.painting.strokes import Strokes
from nftforge.pipeline.outputs import GIF, HEIGHT, HTML, MP4, STILL, STROKES, SVG
from nftforge.pipeline.paint import Sources, paint_picture
from nftforge.pipeline.render import draw_all

FILES = {"strokes": STROKES, "still": STILL, "svg": SVG, "gif": GIF, "mp4": MP4}
ASKED = {"height": HEIGHT, "html": HTML}  # for whoever asks
NAMES = FILES | ASKED


@dataclass(frozen=True)
class Light:
    """How a painting is to be lit; `relief` None: as paintings are unasked."""

    relief: float | None = None
    surface: str | None = None
    degrees: float = 315.0

    def on(self, strokes: Strokes) -> Relief:
        best = looks_best(strokes.brush, len(strokes))
        return Relief(best if self.relief is None else self.relief, self.surface, self.degrees)


@dataclass(frozen=True)
class Wish:
    """One painting that is asked for; `size`: the still's longer side, pixels."""

    sources: Sources
    settings: PaintSettings
    size: int
    light: Light = Light()

    def painted(self, report: Report, task: str) -> Painting:
        return paint_picture(self.sources, self.settings, report, task)

    def lit(self) -> Light:
        """Unasked pixel art is flat, as in `relief_of`."""
        flat = self.settings.lattice and self.light.relief is None
        return replace(self.light, relief=0.0) if flat else self.light


def refuse_to_replace(out: Path, kinds: Collection[str]) -> None:
    """Raises ConfigError if `out` has any of the files that would be written there."""
    there = [NAMES[kind] for kind in kinds if os.path.lexists(out / NAMES[kind])]
    if there:
        raise ConfigError(
            f"{out} has {', '.join(there)} already",
            hint="name another folder with -o, or replace what is there with --force; nothing was "
            "made",
        )


def paint_single(wish: Wish, out: Path, report: Report, kinds: Collection[str]) -> dict[str, Any]:
    """Paint it and write files of those kinds into `out`.

    Sizes are those of `draw_single`. Returns the document of `stroke --json`.
    """
    painting, settings = wish.painted(report, "paint"), wish.settings
    subject = wish.sources.picture.stem
    files = draw_single(painting.strokes, out, wish.size, subject, report, wish.lit(), kinds)
    return {
        "strokes": len(painting.strokes),
        "psnr": round(painting.psnr, 4),
        "ssim": round(painting.ssim, 4),
        "seconds": round(painting.seconds, 3),
        "size": wish.size,
        "brush": settings.brush,
        "engine": painting.engine,
        "seed": settings.seed,
        "files": files,
    }


def draw_single(
    strokes: Strokes,
    out: Path,
    size: int,
    subject: str,
    report: Report,
    light: Light,
    kinds: Collection[str],
) -> dict[str, str]:
    """Write the files of those `NAMES` into `out`; the paths by kind.

    `size` is the still's longer side in pixels; GIF and MP4 are at most 512. Files appear in `out`
    only when all of them are finished.
    """
    out.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".nftforge-", dir=out))
    try:
        (work / STROKES).write_bytes(strokes.to_bytes())
        if {*kinds} != {"strokes"}:
            media = Media(gif=Gif(size=min(size, 512)), svg=True)
            media = media.model_copy(update={kind: True for kind in kinds if kind in ASKED})
            draw_all(work, strokes, size, media, subject, report, light.on(strokes))
        for path in sorted(work.iterdir()):
            path.replace(out / path.name)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return {kind: str(out / NAMES[kind]) for kind in kinds}
