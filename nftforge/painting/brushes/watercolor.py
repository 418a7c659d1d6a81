"""watercolor: a translucent wash that pools darker at its edge and blooms inside, two colours.

    alpha = opacity * ramp(depth) * (BODY + POOL * rim + BLOOM * bloom)
    tone  = 1 - DARK * rim
    rim   = 1 at the edge, 0 from RIM * half_width inwards
    mix   = (s + 1) / 2

`depth` is how far inside the swept discs (`_curve`) a point lies; slow noise in the stroke's own
frame, `bloom`, also makes the edge waver. Pigment collects at the edge of a drying wash: Curtis et
al., Computer-Generated Watercolor, SIGGRAPH 1997 ("edge darkening").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nftforge.painting.brushes import Brush, _curve
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
    reach,
    span,
    straight,
    to_params,
)
from nftforge.painting.brushes._kit import compiled, fade, noise, ramp

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

__all__ = [
    "BRUSH", "add", "ends", "grain", "outline", "place", "prepare", "reach", "reference", "shade",
    "shade_grad", "span",
]  # fmt: skip

BODY, POOL, BLOOM = 0.72, 0.2, 0.16
DARK, RIM = 0.12, 0.35
WAVER = 0.16  # of the edge, of half width
CELLS = 1.5  # noise cells in a half width

THIN, DENSE = 0.3, 0.9  # opacity
BRUSH = Brush(
    "watercolor", 1, "translucent washes, pooled edges, two colours", 2,
    PARAMS, (*LOW[:8], THIN, 0.0), (*HIGH[:8], DENSE, HIGH[9]), STEP,
    body=BODY + POOL / 3,
)  # fmt: skip


@compiled
def prepare(p: Any, w: float) -> Any:
    """The frame, the seed; how much of the noise shows at this size, its derivative."""
    blooms, d_blooms = fade(p[3] / (CELLS * w))
    return (*frame(p, w), int(p[9]), blooms, d_blooms / (CELLS * w))


@compiled
def shade(row: Any, data: Any, x: float, y: float) -> Any:
    u, v = local(row, x, y)
    s, _, far, t = beside(row, u, v)
    bloom, _, _ = noise(far * CELLS, t * CELLS, row[15])
    bloom *= row[16]
    deep = depth(row, u, v) + WAVER * row[7] * (bloom - 0.5)
    cover, _ = ramp(deep * row[10])
    inside, _ = ramp(deep / (RIM * row[7]) - 0.5)
    alpha = row[14] * cover * (BODY + POOL * (1.0 - inside) + BLOOM * bloom)
    return alpha, min(max(0.5 * (s + 1.0), 0.0), 1.0), 1.0 - DARK * (1.0 - inside)


@compiled
def shade_grad(
    row: Any, data: Any, x: float, y: float, g_alpha: float, g_mix: float, g_tone: float
) -> Any:
    u, v = local(row, x, y)
    s, _, far, t = beside(row, u, v)
    b, opacity, blooms = row[7], row[14], row[16]
    raw, raw_far, raw_t = noise(far * CELLS, t * CELLS, row[15])
    bloom = blooms * raw
    deep = depth(row, u, v) + WAVER * b * (bloom - 0.5)
    cover, d_cover = ramp(deep * row[10])
    inside, d_inside = ramp(deep / (RIM * b) - 0.5)
    density = BODY + POOL * (1.0 - inside) + BLOOM * bloom

    g_inside = DARK * g_tone - POOL * g_alpha * opacity * cover
    g_deep = g_alpha * opacity * density * d_cover * row[10] + g_inside * d_inside / (RIM * b)
    g_bloom = g_alpha * opacity * cover * BLOOM + g_deep * WAVER * b
    g_b = g_deep * WAVER * (bloom - 0.5) - g_inside * d_inside * deep / (RIM * b * b)
    g_b += g_bloom * raw * row[17]
    g_s = 0.5 * g_mix if abs(s) < 1.0 else 0.0
    g_far, g_t = g_bloom * blooms * CELLS * raw_far, g_bloom * blooms * CELLS * raw_t
    return to_params(row, u, v, g_deep, g_s, g_far, g_t, g_b, g_alpha * cover * density)


def place(
    x: float, y: float, length: float, width: float, angle: float, texture: float
) -> tuple[float, ...]:
    return straight(x, y, length, width, angle, 0.7, texture)


def outline(p: Sequence[float]) -> NDArray[np.float64]:
    return _curve.outline((*p[:3], p[3] * (1 - WAVER / 2), *p[4:]))


def grain(p: Tensor, far: Tensor, t: Tensor, w: float | Tensor) -> tuple[Tensor, ...]:
    """(bloom,) noise in the reference."""
    from nftforge.painting.brushes import _reference as kit

    seed = p[9].detach().long()
    return (kit.noise(far * CELLS, t * CELLS, seed) * kit.fade(p[3] / (CELLS * w)),)


def reference(
    p: Tensor, data: Tensor, x: Tensor, y: Tensor, w: float | Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    from nftforge.painting.brushes import _reference as kit

    deep, s, far, t = kit.swept(p, x, y)
    (bloom,) = grain(p, far, t, w)
    deep = deep + WAVER * p[3] * (bloom - 0.5)
    rim = 1 - kit.ramp(deep / (RIM * p[3]) - 0.5)
    alpha = p[8] * kit.ramp(deep / w) * (BODY + POOL * rim + BLOOM * bloom)
    return alpha, (0.5 * (s + 1)).clamp(0, 1), 1 - DARK * rim
