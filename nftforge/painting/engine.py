"""One door to every engine: a picture and settings in, strokes out.

    analytic   exact differentiable brushes on the true global canvas; see `fit`

This module is light: numba and torch load when something is painted, not when engines are listed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nftforge.errors import ConfigError
from nftforge.painting.brushes import brush_names

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nftforge.painting.strokes import Strokes

ENGINES = {"analytic": "exact differentiable brushes on the true global canvas"}

WORKING_SIZE = 512  # pixels; the longer side of the picture that strokes are fitted and measured at

OnProgress = Callable[[int, int, float], None]
"""Told (strokes so far, strokes wanted, PSNR now); may raise KeyboardInterrupt."""


@dataclass(frozen=True)
class PaintSettings:
    """What alters a painting. `canvas` is the background, sRGB 0..255."""

    brush: str = "oil"
    strokes: int = 500
    seed: int = 0
    canvas: tuple[int, int, int] = (255, 255, 255)
    engine: str = "auto"

    def __post_init__(self) -> None:
        if self.brush not in brush_names():
            raise ConfigError(
                f"there is no brush {self.brush!r}", hint=f"brushes: {', '.join(brush_names())}"
            )
        if self.engine != "auto" and self.engine not in ENGINES:
            raise ConfigError(
                f"there is no engine {self.engine!r}", hint=f"engines: auto, {', '.join(ENGINES)}"
            )

    @property
    def chosen_engine(self) -> str:
        """`auto` is the analytic engine: no weights, and what it optimises is what ships."""
        return "analytic" if self.engine == "auto" else self.engine


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
