"""One door to every engine: a picture and settings in, strokes out.

    analytic   exact differentiable brushes on the true global canvas; see `fit`

This module is light: an engine loads when it paints.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nftforge.painting.settings import OnProgress, PaintSettings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nftforge.painting.strokes import Strokes


@dataclass(frozen=True)
class Painting:
    """Strokes, and how close they come to the picture at the working size (PSNR in dB)."""

    strokes: Strokes
    psnr: float
    ssim: float
    seconds: float
    engine: str


def paint(
    rgb: NDArray[np.float32],
    alpha: NDArray[np.float32] | None,
    settings: PaintSettings,
    on_progress: OnProgress,
) -> Painting:
    """Paint a picture: rgb float32 [h, w, 3] sRGB 0..1, alpha [h, w] or None for opaque.

    Pictures with alpha are painted only where they are opaque. PSNR and SSIM compare the painting
    with the picture over the canvas colour, at the size given (at most WORKING_SIZE).
    """
    from nftforge.painting.fit import fit

    started = time.perf_counter()
    strokes, psnr, ssim = fit(rgb, alpha, settings, on_progress)
    return Painting(strokes, psnr, ssim, time.perf_counter() - started, settings.chosen_engine)
