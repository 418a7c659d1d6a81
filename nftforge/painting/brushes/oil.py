"""oil: a loaded bristle brush. Streaks along the stroke, ragged ends, two colours blending.

    alpha = opacity * ramp(end of this bristle - |u|) * ramp(ragged side - |v|) * paint
    paint = 1 - DRY * gap * tail(s)         towards the tail paint runs out between the bristles
    tone  = 1 + STREAK * (bristle noise + HAIR * hair noise)
    mix   = (s + 1) / 2

Each bristle (a noise value across t) ends where it likes, and so do the finer hairs in it; the
sides waver slowly along s. All of it lives in the stroke's own frame, so any resolution shows the
same bristles.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from nftforge.painting.brushes import Brush
from nftforge.painting.brushes._kit import compiled, fade, noise, ramp, wave
from nftforge.painting.brushes._straight import (
    HIGH,
    LOW,
    PARAMS,
    STEP,
    add,
    box_outline,
    ends,
    frame,
    local,
    reach,
    sign,
    span,
    to_params,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

__all__ = [
    "BRUSH", "add", "ends", "grain", "outline", "place", "prepare", "reach", "reference", "shade",
    "shade_grad", "span",
]  # fmt: skip

BRUSH = Brush("oil", 3, "bristles, ragged ends, two colours", 2, PARAMS, LOW, HIGH, STEP)

BRISTLES = 9.0  # noise cells from the middle of the stroke to its side
ALONG = 0.9  # noise cells from the middle to an end: streaks are long
HAIRS, HAIR = 31.0, 0.5  # the same of finer hairs, and how much they count beside a bristle
RAGGED_END, RAGGED_SIDE = 0.24, 0.10  # how far ends and sides draw back, of half length and width
SIDE_WAVES = 3.5
STREAK = 0.16
DRY = 0.35


@compiled
def prepare(p: Any, w: float) -> Any:
    """The frame, the seed; how much of bristles, waves, hairs shows at this size, d/d(size)."""
    bristles, d_bristles = fade(p[3] / (BRISTLES * w))
    waves, d_waves = fade(p[2] / (SIDE_WAVES * w))
    hairs, d_hairs = fade(p[3] / (HAIRS * w))
    return (
        *frame(p, w), int(p[6]),
        bristles, d_bristles / (BRISTLES * w), waves, d_waves / (SIDE_WAVES * w),
        HAIR * hairs, HAIR * d_hairs / (HAIRS * w),
    )  # fmt: skip


@compiled
def texture(row: Any, s: float, t: float) -> Any:
    """Noise at a point: (end, d/dt, side, d/ds, bristle, d/ds, d/dt, hair, d/dt)."""
    seed = row[10]
    end, end_t = wave(t * BRISTLES, seed + 1000)
    side, side_s = wave(s * SIDE_WAVES, seed + (2000 if t > 0.0 else 3000))
    bristle, bristle_s, bristle_t = noise(s * ALONG, t * BRISTLES, seed)
    hair, hair_t = wave(t * HAIRS, seed + 500)
    return (
        end, BRISTLES * end_t, side, SIDE_WAVES * side_s,
        bristle, ALONG * bristle_s, BRISTLES * bristle_t, hair, HAIRS * hair_t,
    )  # fmt: skip


@compiled
def shade(row: Any, data: Any, x: float, y: float) -> Any:
    u, v = local(row, x, y)
    s, t, bristles, waves, hairs = u * row[7], v * row[8], row[11], row[13], row[15]
    end, _, side, _, bristle, _, _, hair, _ = texture(row, s, t)
    back = 0.5 + 0.5 * HAIR + bristles * end + hairs * hair
    along, _ = ramp((row[2] * (1.0 - RAGGED_END * back) - abs(u)) * row[6])
    across, _ = ramp((row[3] * (1.0 - RAGGED_SIDE * (0.5 + waves * side)) - abs(v)) * row[6])
    tail, _ = ramp(s - 0.5)
    alpha = row[9] * along * across * (1.0 - DRY * (0.5 + bristles * bristle) * tail)
    tone = 1.0 + STREAK * (bristles * bristle + hairs * hair)
    return alpha, min(max(0.5 * (s + 1.0), 0.0), 1.0), tone


@compiled
def shade_grad(
    row: Any, data: Any, x: float, y: float, g_alpha: float, g_mix: float, g_tone: float
) -> Any:
    u, v = local(row, x, y)
    a, b, sharp, opacity, bristles, waves, hairs = (
        row[2], row[3], row[6], row[9], row[11], row[13], row[15]
    )  # fmt: skip
    s, t = u * row[7], v * row[8]
    end, end_t, side, side_s, bristle, bristle_s, bristle_t, hair, hair_t = texture(row, s, t)
    long = 1.0 - RAGGED_END * (0.5 + 0.5 * HAIR + bristles * end + hairs * hair)
    wide = 1.0 - RAGGED_SIDE * (0.5 + waves * side)
    along, d_along = ramp((a * long - abs(u)) * sharp)
    across, d_across = ramp((b * wide - abs(v)) * sharp)
    tail, d_tail = ramp(s - 0.5)
    gap = 0.5 + bristles * bristle
    paint = 1.0 - DRY * gap * tail

    g_along = g_alpha * opacity * across * paint * d_along * sharp
    g_across = g_alpha * opacity * along * paint * d_across * sharp
    g_paint = g_alpha * opacity * along * across
    g_bristle = STREAK * g_tone - DRY * tail * g_paint
    g_end, g_side = -g_along * a * RAGGED_END, -g_across * b * RAGGED_SIDE
    g_s = bristles * g_bristle * bristle_s + waves * g_side * side_s - DRY * gap * d_tail * g_paint
    g_s += 0.5 * g_mix if abs(s) < 1.0 else 0.0
    g_hair = STREAK * g_tone + g_end
    g_t = bristles * (g_bristle * bristle_t + g_end * end_t) + hairs * g_hair * hair_t
    g_u = g_s * row[7] - sign(u) * g_along
    g_v = g_t * row[8] - sign(v) * g_across
    g_a = g_along * long - g_s * s * row[7] + g_side * side * row[14]
    g_b = g_across * wide - g_t * t * row[8]
    g_b += (g_bristle * bristle + g_end * end) * row[12] + g_hair * hair * row[16]
    return to_params(row, u, v, g_u, g_v, g_a, g_b, g_alpha * along * across * paint)


def place(
    x: float, y: float, length: float, width: float, angle: float, texture: float
) -> tuple[float, ...]:
    return x, y, length / 2, width / 2, angle, 1.0, texture


def outline(p: Sequence[float]) -> NDArray[np.float64]:
    seed, one = int(p[6]), wave.py_func

    def end(t: float) -> float:
        hair = HAIR * one(t * HAIRS, seed + 500)[0]
        return float(1 - RAGGED_END * (0.5 + 0.5 * HAIR + one(t * BRISTLES, seed + 1000)[0] + hair))

    def side(start: int, s: float) -> float:
        return float(1 - RAGGED_SIDE * (0.5 + one(s * SIDE_WAVES, seed + start)[0]))

    return box_outline(p, end, partial(side, 3000), partial(side, 2000))


def grain(p: Tensor, s: Tensor, t: Tensor, w: float | Tensor) -> tuple[Tensor, ...]:
    """(end, side, bristle, hair) noise in the reference, each as strong as it shows here."""
    from nftforge.painting.brushes import _reference as kit

    seed = p[6].detach().long()
    bristles, waves = kit.fade(p[3] / (BRISTLES * w)), kit.fade(p[2] / (SIDE_WAVES * w))
    hair = HAIR * kit.fade(p[3] / (HAIRS * w)) * kit.wave(t * HAIRS, seed + 500)
    end = bristles * kit.wave(t * BRISTLES, seed + 1000) + hair
    side = waves * kit.wave(s * SIDE_WAVES, seed + 3000 - 1000 * (t > 0).long())
    return end, side, bristles * kit.noise(s * ALONG, t * BRISTLES, seed), hair


def reference(
    p: Tensor, data: Tensor, x: Tensor, y: Tensor, w: float | Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    from nftforge.painting.brushes import _reference as kit

    u, v = kit.local(p, x, y)
    s, t = u / p[2], v / p[3]
    end, side, bristle, hair = grain(p, s, t, w)
    along = kit.ramp((p[2] * (1 - RAGGED_END * (0.5 + 0.5 * HAIR + end)) - u.abs()) / w)
    across = kit.ramp((p[3] * (1 - RAGGED_SIDE * (0.5 + side)) - v.abs()) / w)
    alpha = p[5] * along * across * (1 - DRY * (0.5 + bristle) * kit.ramp(s - 0.5))
    return alpha, (0.5 * (s + 1)).clamp(0, 1), 1 + STREAK * (bristle + hair)
