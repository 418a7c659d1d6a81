"""oil: a loaded bristle brush. Streaks along the stroke, ragged ends, two colours blending.

    alpha = ramp(end of this bristle - |u|) * ramp(ragged side - |v|) * (1 - DRY * gap * tail(s))
    tone  = 1 + STREAK * (bristle noise - 1/2)
    mix   = (s + 1) / 2

Each bristle (a noise value across t) ends where it likes; the sides waver slowly along s; towards
the tail (s = 1) paint runs out between the bristles. All of it is smooth noise on the stroke's own
frame, so gradients are exact and any resolution shows the same bristles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nftforge.painting.brushes import Brush
from nftforge.painting.brushes._frame import (
    HIGH,
    LOW,
    PARAMS,
    STEP,
    compiled,
    local,
    noise,
    prepare,
    ramp,
    reach,
    to_params,
)

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["BRUSH", "place", "prepare", "reach", "shade", "shade_grad", "twin"]

BRUSH = Brush("oil", 1, "bristles, ragged ends, two colours", 2, PARAMS, LOW, HIGH, STEP)

BRISTLES = 7.0  # noise cells from the middle of the stroke to its side
ALONG = 0.9  # noise cells from the middle to an end: streaks are long
RAGGED_END, RAGGED_SIDE = 0.30, 0.16  # how far ends and sides draw back, of half length and width
SIDE_WAVES = 2.5
STREAK = 0.16
DRY = 0.35


@compiled
def shade(row: Any, x: float, y: float, w: float) -> Any:
    u, v = local(row, x, y)
    if abs(u) > row[2] + w or abs(v) > row[3] + w:
        return 0.0, 0.0, 1.0
    s, t, seed = u / row[2], v / row[3], int(row[6])
    end, _, _ = noise(t * BRISTLES, 0.5, seed + 1)
    side, _, _ = noise(s * SIDE_WAVES, 0.5 + (v > 0.0), seed + 2)
    bristle, _, _ = noise(s * ALONG, t * BRISTLES, seed)
    along, _ = ramp((row[2] * (1.0 - RAGGED_END * end) - abs(u)) / w)
    across, _ = ramp((row[3] * (1.0 - RAGGED_SIDE * side) - abs(v)) / w)
    tail, _ = ramp(s - 0.5)
    alpha = along * across * (1.0 - DRY * bristle * tail)
    return alpha, min(max(0.5 * (s + 1.0), 0.0), 1.0), 1.0 + STREAK * (bristle - 0.5)


@compiled
def shade_grad(
    row: Any, x: float, y: float, w: float, g_alpha: float, g_mix: float, g_tone: float
) -> Any:
    u, v = local(row, x, y)
    if abs(u) > row[2] + w or abs(v) > row[3] + w:
        return 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    a, b, seed = row[2], row[3], int(row[6])
    s, t = u / a, v / b
    end, d_end, _ = noise(t * BRISTLES, 0.5, seed + 1)
    side, d_side, _ = noise(s * SIDE_WAVES, 0.5 + (v > 0.0), seed + 2)
    bristle, d_bristle_s, d_bristle_t = noise(s * ALONG, t * BRISTLES, seed)
    along, d_along = ramp((a * (1.0 - RAGGED_END * end) - abs(u)) / w)
    across, d_across = ramp((b * (1.0 - RAGGED_SIDE * side) - abs(v)) / w)
    tail, d_tail = ramp(s - 0.5)
    paint = 1.0 - DRY * bristle * tail

    g_along = g_alpha * across * paint * d_along / w
    g_across = g_alpha * along * paint * d_across / w
    g_paint = g_alpha * along * across
    g_bristle = STREAK * g_tone - DRY * tail * g_paint
    g_s = (
        -g_across * b * RAGGED_SIDE * d_side * SIDE_WAVES
        - DRY * bristle * d_tail * g_paint
        + g_bristle * d_bristle_s * ALONG
    )
    if -1.0 < s < 1.0:
        g_s += 0.5 * g_mix
    g_t = (g_bristle * d_bristle_t - g_along * a * RAGGED_END * d_end) * BRISTLES
    g_u = -np.sign(u) * g_along + g_s / a
    g_v = -np.sign(v) * g_across + g_t / b
    g_a = g_along * (1.0 - RAGGED_END * end) - g_s * s / a
    g_b = g_across * (1.0 - RAGGED_SIDE * side) - g_t * t / b
    return to_params(row, u, v, g_u, g_v, g_a, g_b)


def place(
    x: float, y: float, length: float, width: float, angle: float, texture: float
) -> tuple[float, ...]:
    return x, y, length / 2, width / 2, angle, texture


def twin(p: Tensor, x: Tensor, y: Tensor, w: float) -> tuple[Tensor, Tensor, Tensor]:
    import torch

    from nftforge.painting.brushes._twin import local as twin_local
    from nftforge.painting.brushes._twin import noise as twin_noise
    from nftforge.painting.brushes._twin import ramp as twin_ramp

    u, v = twin_local(p, x, y)
    s, t, seed = u / p[2], v / p[3], p[5].detach().long()
    half = torch.full_like(s, 0.5)
    end = twin_noise(t * BRISTLES, half, seed + 1)
    side = twin_noise(s * SIDE_WAVES, half + (v > 0), seed + 2)
    bristle = twin_noise(s * ALONG, t * BRISTLES, seed)
    along = twin_ramp((p[2] * (1 - RAGGED_END * end) - u.abs()) / w)
    across = twin_ramp((p[3] * (1 - RAGGED_SIDE * side) - v.abs()) / w)
    alpha = along * across * (1 - DRY * bristle * twin_ramp(s - 0.5))
    return alpha, (0.5 * (s + 1)).clamp(0, 1), 1 + STREAK * (bristle - 0.5)
