"""One picture without a collection: what `nftforge stroke` does. No store, no key, no chain."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from nftforge.config import Gif
from nftforge.media.pictures import load_picture, load_tip
from nftforge.painting.engine import paint
from nftforge.painting.settings import PaintSettings
from nftforge.stages.render import draw_all
from nftforge.stages.stage import GIF, MP4, STILL, STROKES, Report


def paint_single(
    image: Path, out: Path, settings: PaintSettings, tip: Path | None, size: int, report: Report
) -> dict[str, Any]:
    """Paint `image` and write its stroke file, still, GIF and MP4 into `out`.

    tip: the grey PNG of the brush `own`. `size` is the still's longer side in pixels; GIF and MP4
    are at most 512. Returns the document of `stroke --json`. Files appear in `out` only when all of
    them are finished.
    """
    picture = load_picture(image, settings.working_size)
    painting = paint(
        picture.rgb,
        picture.alpha,
        settings,
        lambda done, total, psnr: report.progress("paint", done, total, f"{psnr:.2f} dB"),
        load_tip(tip) if tip else None,
    )
    out.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".nftforge-", dir=out))
    try:
        (work / STROKES).write_bytes(painting.strokes.to_bytes())
        gif = Gif(size=min(size, 512))
        draw_all(work, painting.strokes, size, gif, True, image.stem, report)
        for path in sorted(work.iterdir()):
            path.replace(out / path.name)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    names = {"strokes": STROKES, "still": STILL, "gif": GIF, "mp4": MP4}
    return {
        "strokes": len(painting.strokes),
        "psnr": round(painting.psnr, 4),
        "ssim": round(painting.ssim, 4),
        "seconds": round(painting.seconds, 3),
        "size": size,
        "brush": settings.brush,
        "engine": painting.engine,
        "seed": settings.seed,
        "files": {key: str(out / name) for key, name in names.items()},
    }
