"""tape: a clean rotated rectangle of one colour, with edges just soft enough not to be jagged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nftforge.painting.brushes import Brush
from nftforge.painting.brushes._kit import compiled, ramp
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
    "BRUSH", "add", "ends", "outline", "place", "prepare", "reach", "reference", "shade",
    "shade_grad", "span",
]  # fmt: skip

BRUSH = Brush("tape", 2, "clean tape, one colour", 1, PARAMS, LOW, HIGH, STEP)


@compiled
def prepare(p: Any, w: float) -> Any:
    return frame(p, w)


@compiled
def shade(row: Any, data: Any, x: float, y: float) -> Any:
    u, v = local(row, x, y)
    along, _ = ramp((row[2] - abs(u)) * row[6])
    across, _ = ramp((row[3] - abs(v)) * row[6])
    return row[9] * along * across, 0.0, 1.0


@compiled
def shade_grad(
    row: Any, data: Any, x: float, y: float, g_alpha: float, g_mix: float, g_tone: float
) -> Any:
    u, v = local(row, x, y)
    along, d_along = ramp((row[2] - abs(u)) * row[6])
    across, d_across = ramp((row[3] - abs(v)) * row[6])
    g_a = g_alpha * row[9] * across * d_along * row[6]
    g_b = g_alpha * row[9] * along * d_across * row[6]
    opacity = g_alpha * along * across
    return to_params(row, u, v, -sign(u) * g_a, -sign(v) * g_b, g_a, g_b, opacity)


def place(
    x: float, y: float, length: float, width: float, angle: float, texture: float
) -> tuple[float, ...]:
    return x, y, length / 2, width / 2, angle, 1.0, 0.0


def outline(p: Sequence[float]) -> NDArray[np.float64]:
    def whole(_: float) -> float:
        return 1.0

    return box_outline(p, whole, whole, whole)


def reference(
    p: Tensor, data: Tensor, x: Tensor, y: Tensor, w: float | Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    import torch

    from nftforge.painting.brushes import _reference as kit

    u, v = kit.local(p, x, y)
    alpha = p[5] * kit.ramp((p[2] - u.abs()) / w) * kit.ramp((p[3] - v.abs()) / w)
    return alpha, torch.zeros_like(alpha), torch.ones_like(alpha)
