"""tape: a clean rotated rectangle of one colour, with edges just soft enough not to be jagged."""

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
    prepare,
    ramp,
    reach,
    to_params,
)

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["BRUSH", "place", "prepare", "reach", "shade", "shade_grad", "twin"]

BRUSH = Brush("tape", 1, "clean tape, one colour", 1, PARAMS, LOW, HIGH, STEP)


@compiled
def shade(row: Any, x: float, y: float, w: float) -> Any:
    u, v = local(row, x, y)
    along, _ = ramp((row[2] - abs(u)) / w)
    across, _ = ramp((row[3] - abs(v)) / w)
    return along * across, 0.0, 1.0


@compiled
def shade_grad(
    row: Any, x: float, y: float, w: float, g_alpha: float, g_mix: float, g_tone: float
) -> Any:
    u, v = local(row, x, y)
    along, d_along = ramp((row[2] - abs(u)) / w)
    across, d_across = ramp((row[3] - abs(v)) / w)
    g_a = g_alpha * across * d_along / w
    g_b = g_alpha * along * d_across / w
    return to_params(row, u, v, -np.sign(u) * g_a, -np.sign(v) * g_b, g_a, g_b)


def place(
    x: float, y: float, length: float, width: float, angle: float, texture: float
) -> tuple[float, ...]:
    return x, y, length / 2, width / 2, angle, 0.0


def twin(p: Tensor, x: Tensor, y: Tensor, w: float) -> tuple[Tensor, Tensor, Tensor]:
    import torch

    from nftforge.painting.brushes import _twin

    u, v = _twin.local(p, x, y)
    alpha = _twin.ramp((p[2] - u.abs()) / w) * _twin.ramp((p[3] - v.abs()) / w)
    return alpha, torch.zeros_like(alpha), torch.ones_like(alpha)
