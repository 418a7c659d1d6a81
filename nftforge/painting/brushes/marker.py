"""marker: a round felt nib drawn along a curve, one colour, the fibres leaving slight streaks.

    alpha = opacity * ramp(depth)
    tone  = 1 + STREAK * fibre noise across the stroke

`depth` is how far inside the swept discs (`_curve`) a point lies. A hand presses a nib now more and
now less, so the width changes a little (`taper`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nftforge.painting.brushes import Brush
from nftforge.painting.brushes._curve import (
    HIGH,
    LOW,
    PARAMS,
    STEP,
    add,
    beside,
    depth,
    ends,
    frame,
    local,
    outline,
    reach,
    span,
    straight,
    to_params,
)
from nftforge.painting.brushes._kit import compiled, fade, noise, ramp

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "BRUSH", "add", "ends", "grain", "outline", "place", "prepare", "reach", "reference", "shade",
    "shade_grad", "span",
]  # fmt: skip

TAPER, NIB = 0.3, 0.07  # most it changes; widest nib, half width
BRUSH = Brush(
    "marker", 1, "a felt nib along a curve, one colour", 1,
    PARAMS, (*LOW[:7], -TAPER, *LOW[8:]), (*HIGH[:3], NIB, *HIGH[4:7], TAPER, *HIGH[8:]), STEP,
)  # fmt: skip

FIBRES, ALONG = 7.0, 0.4  # noise cells in a half width: across, along
STREAK = 0.08


@compiled
def prepare(p: Any, w: float) -> Any:
    """The frame, the seed; how much of the fibres shows at this size, its derivative."""
    fibres, d_fibres = fade(p[3] / (FIBRES * w))
    return (*frame(p, w), int(p[9]), fibres, d_fibres / (FIBRES * w))


@compiled
def shade(row: Any, data: Any, x: float, y: float) -> Any:
    u, v = local(row, x, y)
    _, _, far, t = beside(row, u, v)
    fibre, _, _ = noise(far * ALONG, t * FIBRES, row[15])
    cover, _ = ramp(depth(row, u, v) * row[10])
    return row[14] * cover, 0.0, 1.0 + STREAK * row[16] * fibre


@compiled
def shade_grad(
    row: Any, data: Any, x: float, y: float, g_alpha: float, g_mix: float, g_tone: float
) -> Any:
    u, v = local(row, x, y)
    _, _, far, t = beside(row, u, v)
    fibre, fibre_far, fibre_t = noise(far * ALONG, t * FIBRES, row[15])
    cover, d_cover = ramp(depth(row, u, v) * row[10])
    g_depth, g_fibre = g_alpha * row[14] * d_cover * row[10], STREAK * g_tone
    g_far, g_t = g_fibre * row[16] * ALONG * fibre_far, g_fibre * row[16] * FIBRES * fibre_t
    return to_params(
        row, u, v, g_depth, 0.0, g_far, g_t, g_fibre * row[17] * fibre, g_alpha * cover
    )


def place(
    x: float, y: float, length: float, width: float, angle: float, texture: float
) -> tuple[float, ...]:
    return straight(x, y, length, width, angle, 1.0, texture)


def grain(p: Tensor, far: Tensor, t: Tensor, w: float | Tensor) -> tuple[Tensor, ...]:
    """(fibre,) noise in the reference."""
    from nftforge.painting.brushes import _reference as kit

    seed = p[9].detach().long()
    return (kit.noise(far * ALONG, t * FIBRES, seed) * kit.fade(p[3] / (FIBRES * w)),)


def reference(
    p: Tensor, data: Tensor, x: Tensor, y: Tensor, w: float | Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    import torch

    from nftforge.painting.brushes import _reference as kit

    deep, _, far, t = kit.swept(p, x, y)
    (fibre,) = grain(p, far, t, w)
    alpha = p[8] * kit.ramp(deep / w)
    return alpha, torch.zeros_like(alpha), 1 + STREAK * fibre
