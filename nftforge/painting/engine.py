"""One door to every engine: a picture and settings in, strokes out.

    analytic   exact differentiable brushes on the true global canvas; see `painter`
    neural     networks that imitate the brushes, coarse to fine in blocks; see `neural.painter`

This module is light: an engine loads when it paints.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nftforge.core.errors import ConfigError
from nftforge.core.jit import clock
from nftforge.painting.settings import PaintSettings, ProgressCallback

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nftforge.painting.painter import Painter
    from nftforge.painting.pictures import RgbaImage
    from nftforge.painting.strokes import Strokes


@dataclass(frozen=True)
class Painting:
    """Strokes, and how close they come to the picture at the working size (PSNR in dB)."""

    strokes: Strokes
    psnr: float
    ssim: float
    seconds: float  # without those in which the brush was compiled
    engine: str


def paint(
    rgb: NDArray[np.float32],
    alpha: NDArray[np.float32] | None,
    settings: PaintSettings,
    on_progress: ProgressCallback,
    tip: NDArray[np.uint8] | None = None,
    weights: Path | None = None,
    style: RgbaImage | None = None,
    mask: NDArray[np.float64] | None = None,
) -> Painting:
    """Paint a picture: rgb float32 [h, w, 3] sRGB 0..1, alpha [h, w] or None for opaque.

    Pictures with alpha are painted only where they are opaque. tip [256, 256] is that of the brush
    `own`; weights those of the neural engine, if not ours; style the picture (as from
    `RgbaImage.of`) whose look is taken on as `settings.style` says; mask [h, w] what matters,
    0..1, for the focus of that name. PSNR and SSIM compare the painting with the picture over the
    canvas colour (white if it has none), at the size given.

    Raises ConfigError, or MissingError if the machine lacks what the settings need.
    """
    import numpy as np

    from nftforge.painting.canvas import render
    from nftforge.painting.fit import fit
    from nftforge.painting.metrics import psnr, ssim
    from nftforge.painting.pictures import RgbaImage

    started = clock()
    settings = _inked(settings)
    goal = RgbaImage.of(rgb, alpha)
    looked_at = _focused(_toned(goal, settings), settings.focus, mask)
    painter = painter_for(looked_at, settings, tip, weights)
    strokes = fit(painter, on_progress, clock, style)
    height, width = rgb.shape[:2]
    painted, target = (
        render(strokes, width, height) / 255.0,
        goal.over(np.array(settings.canvas or (255, 255, 255)) / 255.0).target,
    )
    quality = psnr(painted, target), ssim(painted, target)
    on_progress(1.0, len(strokes), quality[0], max(height, width))
    return Painting(strokes, *quality, clock() - started, settings.chosen_engine)


def _inked(settings: PaintSettings) -> PaintSettings:
    """With the colours that the brush has, if it has its own and no others are asked for."""
    from nftforge.painting.brushes import load_brush

    inks = load_brush(settings.brush).BRUSH.inks
    if not inks or settings.palette is not None:
        return settings
    return replace(settings, palette=inks, oklab=True)


def _toned(picture: RgbaImage, settings: PaintSettings) -> RgbaImage:
    """In the tones of the palette; what is drawn in ink has the ground's besides."""
    import numpy as np

    from nftforge.painting.brushes import load_brush
    from nftforge.painting.pictures import drawn, toned

    if not (settings.oklab and isinstance(settings.palette, tuple)):
        return picture
    palette = np.array(settings.palette) / 255.0
    if not load_brush(settings.brush).BRUSH.inks:
        return toned(picture, palette)
    ground = settings.underpainting or settings.canvas or (255, 255, 255)
    return toned(drawn(picture), np.vstack([palette, np.array(ground) / 255.0]))


def _focused(picture: RgbaImage, focus: str | None, mask: NDArray[np.float64] | None) -> RgbaImage:
    from nftforge.painting.focus import attention, focused

    if focus is None:
        return picture
    if focus == "mask" and mask is None:
        raise ConfigError("a focus without a mask", hint="give one, or say auto")
    return focused(picture, attention(picture) if mask is None else mask)


def painter_for(
    picture: RgbaImage,
    settings: PaintSettings,
    tip: NDArray[np.uint8] | None = None,
    weights: Path | None = None,
) -> Painter:
    """Who paints: with exact brushes, or through networks (of their own `weights`, if not ours)."""
    if settings.chosen_engine == "neural":
        from nftforge.painting.neural.painter import NeuralPainter

        return NeuralPainter(picture, settings, tip, weights)
    from nftforge.painting.painter import Painter

    return Painter(picture, settings, tip)
