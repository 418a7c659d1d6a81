"""ink: a pointed brush full of ink. The line swells where it is pressed and ends in points.

    alpha = opacity * ramp(depth - SWELL * half_width * s^2)

`depth` is how far inside the swept discs (`_curve`) a point lies: less SWELL at both ends, which
leaves points there. `taper` moves the swelling towards one end. Nothing else is in it, neither
streaks nor tones: ink is told by its line. Black, unless a palette is asked for.
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
from nftforge.painting.brushes._kit import compiled, ramp

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

__all__ = [
    "BRUSH", "add", "ends", "outline", "place", "prepare", "reach", "reference", "shade",
    "shade_grad", "span",
]  # fmt: skip

SWELL = 0.85  # of half width: how much thinner a line is at its ends
THIN, NIB, TAPER, SOLID = 0.0012, 0.024, 0.35, 0.99  # half width, least and most; opacity
BRUSH = Brush(
    "ink", 1, "lines that swell and end in points, black", 1, PARAMS,
    (*LOW[:3], THIN, *LOW[4:7], -TAPER, SOLID, 0.0),
    (*HIGH[:3], NIB, *HIGH[4:7], TAPER, *HIGH[8:]), STEP,
    inks=((20, 18, 22),), merge=0.08,
)  # fmt: skip


@compiled
def prepare(p: Any, w: float) -> Any:
    return frame(p, w)


@compiled
def shade(row: Any, data: Any, x: float, y: float) -> Any:
    u, v = local(row, x, y)
    s, _, _, _ = beside(row, u, v)
    cover, _ = ramp((depth(row, u, v) - SWELL * row[7] * s * s) * row[10])
    return row[14] * cover, 0.0, 1.0


@compiled
def shade_grad(
    row: Any, data: Any, x: float, y: float, g_alpha: float, g_mix: float, g_tone: float
) -> Any:
    u, v = local(row, x, y)
    s, _, _, _ = beside(row, u, v)
    cover, d_cover = ramp((depth(row, u, v) - SWELL * row[7] * s * s) * row[10])
    g_depth = g_alpha * row[14] * d_cover * row[10]
    g_s, g_b = -2.0 * SWELL * row[7] * s * g_depth, -SWELL * s * s * g_depth
    return to_params(row, u, v, g_depth, g_s, 0.0, 0.0, g_b, g_alpha * cover)


def place(
    x: float, y: float, length: float, width: float, angle: float, texture: float
) -> tuple[float, ...]:
    """Longer than it is asked to be: its points cover little."""
    return straight(x, y, 1.2 * length, width, angle, 1.0, texture)


def outline(p: Sequence[float]) -> NDArray[np.float64]:
    """Across from each place of the middle line, and of what goes straight on beyond its ends."""
    import numpy as np

    a, b, _, bend, skew, taper = p[2:8]
    s = np.linspace(-1.4, 1.4, 41 + int(_curve.FINEST * a))
    on, past = s.clip(-1, 1), a * np.maximum(abs(s) - 1, 0) * (1 - skew * np.sign(s))
    h = np.where(abs(s) > 1, 1 - abs(s), (1 - s * s) / 2)
    radius = np.maximum(b * (1 + taper * on - SWELL * s * s), 0)
    lean = np.hypot(1 - skew * on, bend * on) / (1 - skew * on)
    half = np.sqrt(np.maximum(radius**2 - past**2, 0)) * lean
    u, v, half = (each[half > 0] for each in (a * (s + skew * h), a * bend * h, half))
    sides = np.stack([u, v + half], axis=1), np.stack([u, v - half], axis=1)[::-1]
    return _curve.on_canvas(p, np.concatenate(sides))


def reference(
    p: Tensor, data: Tensor, x: Tensor, y: Tensor, w: float | Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    import torch

    from nftforge.painting.brushes import _reference as kit

    deep, s, _, _ = kit.swept(p, x, y)
    alpha = p[8] * kit.ramp((deep - SWELL * p[3] * s * s) / w)
    return alpha, torch.zeros_like(alpha), torch.ones_like(alpha)
