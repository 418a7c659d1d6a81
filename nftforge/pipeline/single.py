"""One picture without a collection: `nftforge stroke` and `draw`. No store, no key, no chain."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from nftforge.config.models import Gif, Media
from nftforge.core.errors import ConfigError
from nftforge.core.stage import Report
from nftforge.painting.settings import PaintSettings
from nftforge.painting.strokes import Strokes
from nftforge.pipeline.outputs import GIF, MP4, STILL, STROKES, SVG
from nftforge.pipeline.paint import paint_picture
from nftforge.pipeline.render import draw_all

FILES = {"strokes": STROKES, "still": STILL, "svg": SVG, "gif": GIF, "mp4": MP4}


def refuse_to_replace(out: Path) -> None:
    """Raises ConfigError if `out` has any of the files that would be written there."""
    there = [name for name in FILES.values() if os.path.lexists(out / name)]
    if there:
        raise ConfigError(
            f"{out} has {', '.join(there)} already",
            hint="name another folder with -o, or replace what is there with --force; nothing was "
            "made",
        )


def paint_single(
    image: Path,
    out: Path,
    settings: PaintSettings,
    size: int,
    report: Report,
    tip: Path | None = None,
    style: Path | None = None,
    frame: int | None = None,
) -> dict[str, Any]:
    """Paint `image` and write its stroke file, still, SVG, GIF and MP4 into `out`.

    tip, style and frame as in `PaintStage`. Sizes are those of `draw_single`. Returns the
    document of `stroke --json`.
    """
    painting = paint_picture(image, settings, report, "paint", tip, style, frame)
    files = draw_single(painting.strokes, out, size, image.stem, report)
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
    strokes: Strokes, out: Path, size: int, subject: str, report: Report
) -> dict[str, str]:
    """Write the stroke file and its pictures into `out`; the paths by kind.

    `size` is the still's longer side in pixels; GIF and MP4 are at most 512. Files appear in `out`
    only when all of them are finished.
    """
    out.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".nftforge-", dir=out))
    try:
        (work / STROKES).write_bytes(strokes.to_bytes())
        media = Media(gif=Gif(size=min(size, 512)), svg=True)
        draw_all(work, strokes, size, media, subject, report)
        for path in sorted(work.iterdir()):
            path.replace(out / path.name)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return {kind: str(out / name) for kind, name in FILES.items()}
