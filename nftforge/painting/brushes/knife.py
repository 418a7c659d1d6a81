"""knife: a flat slab of thick paint, two colours dragged together, a ridge along one side.

    alpha = opacity * ramp(torn end here - |u|) * ramp(half_width - |v|)
    mix   = ramp(DRAG * (s + PULL * drag noise) / 2)
    tone  = 1 + RIB * (LIP * lip(t) + scratch noise)

A palette knife scrapes paint flat and pushes some of it aside: `lip`. It carries two colours that
do not mix, and drags them into each other in streaks. The ends are torn, the sides straight.
"""

from __future__ import annotations

from collections.abc import Sequence
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

SOLID = 0.9
BRUSH = Brush(
    "knife", 1, "flat slabs with a ridge, two colours dragged", 2,
    PARAMS, (*LOW[:5], SOLID, 0.0), HIGH, STEP,
)  # fmt: skip

TEARS, TORN = 2.5, 0.22  # noise cells from the middle to a side; of half length
STREAKS, ALONG = 4.0, 0.6  # of the dragged colours: across, along
DRAG, PULL = 1.5, 1.5
SCRATCHES = 14.0
RIB, LIP = 0.1, 1.0
START, WIDE = 0.86, 0.28  # of the lip, in half widths: its middle, how wide its slope is


@compiled
def prepare(p: Any, w: float) -> Any:
    """The frame, the seed; how much of tears, streaks, scratches shows at this size, d/d(size)."""
    tears, d_tears = fade(p[3] / (TEARS * w))
    streaks, d_streaks = fade(p[3] / (STREAKS * w))
    scratches, d_scratches = fade(p[3] / (SCRATCHES * w))
    return (
        *frame(p, w), int(p[6]), tears, d_tears / (TEARS * w),
        streaks, d_streaks / (STREAKS * w), scratches, d_scratches / (SCRATCHES * w),
    )  # fmt: skip


@compiled
def texture(row: Any, s: float, t: float) -> Any:
    """Noise at a point: (tear, d/dt, streak, d/ds, d/dt, scratch, d/dt)."""
    seed = row[10]
    tear, tear_t = wave(t * TEARS, seed + (1000 if s > 0.0 else 2000))
    streak, streak_s, streak_t = noise(s * ALONG, t * STREAKS, seed)
    scratch, scratch_t = wave(t * SCRATCHES, seed + 500)
    return (
        tear, TEARS * tear_t, streak, ALONG * streak_s, STREAKS * streak_t,
        scratch, SCRATCHES * scratch_t,
    )  # fmt: skip


@compiled
def shade(row: Any, data: Any, x: float, y: float) -> Any:
    u, v = local(row, x, y)
    s, t = u * row[7], v * row[8]
    tear, _, streak, _, _, scratch, _ = texture(row, s, t)
    long = 1.0 - TORN * (0.5 + row[11] * tear)
    along, _ = ramp((row[2] * long - abs(u)) * row[6])
    across, _ = ramp((row[3] - abs(v)) * row[6])
    mix, _ = ramp(0.5 * DRAG * (s + PULL * row[13] * streak))
    lip, _ = ramp((t - START) / WIDE)
    return row[9] * along * across, mix, 1.0 + RIB * (LIP * lip + row[15] * scratch)


@compiled
def shade_grad(
    row: Any, data: Any, x: float, y: float, g_alpha: float, g_mix: float, g_tone: float
) -> Any:
    u, v = local(row, x, y)
    a, b, sharp, s, t = row[2], row[3], row[6], u * row[7], v * row[8]
    tear, tear_t, streak, streak_s, streak_t, scratch, scratch_t = texture(row, s, t)
    long = 1.0 - TORN * (0.5 + row[11] * tear)
    along, d_along = ramp((a * long - abs(u)) * sharp)
    across, d_across = ramp((b - abs(v)) * sharp)
    _, d_mix = ramp(0.5 * DRAG * (s + PULL * row[13] * streak))
    _, d_lip = ramp((t - START) / WIDE)

    g_along = g_alpha * row[9] * across * d_along * sharp
    g_across = g_alpha * row[9] * along * d_across * sharp
    g_pull, g_tear = 0.5 * DRAG * d_mix * g_mix, -TORN * a * g_along
    g_streak, g_rib = PULL * g_pull, RIB * g_tone
    g_s = g_pull + g_streak * row[13] * streak_s
    g_t = g_tear * row[11] * tear_t + g_streak * row[13] * streak_t
    g_t += g_rib * (LIP * d_lip / WIDE + row[15] * scratch_t)
    g_u = g_s * row[7] - sign(u) * g_along
    g_v = g_t * row[8] - sign(v) * g_across
    g_a = g_along * long - g_s * s * row[7]
    g_b = g_across - g_t * t * row[8]
    g_b += g_tear * tear * row[12] + g_streak * streak * row[14] + g_rib * scratch * row[16]
    return to_params(row, u, v, g_u, g_v, g_a, g_b, g_alpha * along * across)


def place(
    x: float, y: float, length: float, width: float, angle: float, texture: float
) -> tuple[float, ...]:
    return x, y, length / 2, width / 2, angle, 1.0, texture


def outline(p: Sequence[float]) -> NDArray[np.float64]:
    """Torn alike at both ends: as its far end is."""

    def end(t: float) -> float:
        return float(1 - TORN * (0.5 + wave.py_func(t * TEARS, int(p[6]) + 1000)[0]))

    def side(_: float) -> float:
        return 1.0

    return box_outline(p, end, side, side)


def grain(p: Tensor, s: Tensor, t: Tensor, w: float | Tensor) -> tuple[Tensor, ...]:
    """(tear, streak, scratch) noise in the reference, each as strong as it shows here."""
    from nftforge.painting.brushes import _reference as kit

    seed = p[6].detach().long()
    tears, streaks, scratches = (kit.fade(p[3] / (n * w)) for n in (TEARS, STREAKS, SCRATCHES))
    return (
        tears * kit.wave(t * TEARS, seed + 2000 - 1000 * (s > 0).long()),
        streaks * kit.noise(s * ALONG, t * STREAKS, seed),
        scratches * kit.wave(t * SCRATCHES, seed + 500),
    )


def reference(
    p: Tensor, data: Tensor, x: Tensor, y: Tensor, w: float | Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    from nftforge.painting.brushes import _reference as kit

    u, v = kit.local(p, x, y)
    s, t = u / p[2], v / p[3]
    tear, streak, scratch = grain(p, s, t, w)
    along = kit.ramp((p[2] * (1 - TORN * (0.5 + tear)) - u.abs()) / w)
    across = kit.ramp((p[3] - v.abs()) / w)
    mix = kit.ramp(DRAG / 2 * (s + PULL * streak))
    tone = 1 + RIB * (LIP * kit.ramp((t - START) / WIDE) + scratch)
    return p[5] * along * across, mix, tone
