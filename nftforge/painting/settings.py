"""What a painter is told. Light: numba and torch load when something is painted, not before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nftforge.errors import ConfigError
from nftforge.painting.brushes import brush_names

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
