"""One picture without a collection: `nftforge stroke` and `draw`. No store, no key, no chain."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nftforge.config.models import Gif, Media
from nftforge.core.errors import ConfigError
from nftforge.core.stage import Report
from nftforge.painting.settings import PaintSettings, Relief, looks_best
from nftforge.painting.strokes import Strokes
from nftforge.pipeline.outputs import GIF, HEIGHT, HTML, MP4, STILL, STROKES, SVG
from nftforge.pipeline.paint import Sources, paint_picture
from nftforge.pipeline.render import draw_all

FILES = {"strokes": STROKES, "still": STILL, "svg": SVG, "gif": GIF, "mp4": MP4}
ASKED = {"height": HEIGHT, "html": HTML}  # for whoever asks


@dataclass(frozen=True)
class Light:
    """How a painting is to be lit; `relief` None: as paintings are unasked."""

    relief: float | None = None
    surface: str | None = None
    degrees: float = 315.0

    def on(self, strokes: Strokes) -> Relief:
        best = looks_best(strokes.brush, len(strokes))
        return Relief(best if self.relief is None else self.relief, self.surface, self.degrees)


def refuse_to_replace(out: Path, asked: Sequence[str] = ()) -> None:
    """Raises ConfigError if `out` has any of the files that would be written there."""
    names = [*FILES.values(), *(ASKED[kind] for kind in asked)]
    there = [name for name in names if os.path.lexists(out / name)]
    if there:
        raise ConfigError(
            f"{out} has {', '.join(there)} already",
            hint="name another folder with -o, or replace what is there with --force; nothing was "
            "made",
        )


def paint_single(
    sources: Sources,
    out: Path,
    settings: PaintSettings,
    size: int,
    report: Report,
    light: Light = Light(),
) -> dict[str, Any]:
    """Paint from `sources` and write its stroke file, still, SVG, GIF and MP4 into `out`.

    Unasked pixel art is flat, as in `relief_of`. Sizes are those of `draw_single`. Returns the
    document of `stroke --json`.
    """
    painting = paint_picture(sources, settings, report, "paint")
    if settings.lattice and light.relief is None:
        light = replace(light, relief=0.0)
    files = draw_single(painting.strokes, out, size, sources.picture.stem, report, light)
    return {
        "strokes": len(painting.strokes),
        "psnr": round(painting.psnr, 4),
        "ssim": round(painting.ssim, 4),
        "seconds": round(painting.seconds, 3),
        "size": size,
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
    light: Light = Light(),
    asked: Sequence[str] = (),
) -> dict[str, str]:
    """Write the stroke file and its pictures into `out`; the paths by kind.

    `size` is the still's longer side in pixels; GIF and MP4 are at most 512; `asked` names
    those of `ASKED` that are written as well. Files appear in `out` only when all of them are
    finished.
    """
    out.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".nftforge-", dir=out))
    try:
        (work / STROKES).write_bytes(strokes.to_bytes())
        media = Media(gif=Gif(size=min(size, 512)), svg=True)
        media = media.model_copy(update=dict.fromkeys(asked, True))
        draw_all(work, strokes, size, media, subject, report, light.on(strokes))
        for path in sorted(work.iterdir()):
            path.replace(out / path.name)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    made = FILES | {kind: ASKED[kind] for kind in asked}
    return {kind: str(out / name) for kind, name in made.items()}
