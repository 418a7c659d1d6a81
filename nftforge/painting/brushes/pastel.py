"""pastel: a broad stick of chalk, soft at its edges, broken by the tooth of the paper.

See `_dry`: where it is pressed less, at its edges first, only the tops of the paper take colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nftforge.painting.brushes import Brush, _dry
from nftforge.painting.brushes._curve import (
    HIGH,
    LOW,
    PARAMS,
    STEP,
    add,
    ends,
    reach,
    span,
    straight,
)
from nftforge.painting.brushes._dry import prepare, rub, rub_grad
from nftforge.painting.brushes._kit import compiled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

__all__ = [
    "BRUSH", "add", "covers", "ends", "outline", "place", "prepare", "reach", "reference", "shade",
    "shade_grad", "span",
]  # fmt: skip

STICK = (1.4, 1.0, 1.1, 0.8, 1.2, 0.3)  # press, lift, edge, part, grip, dust
WIDE, LIGHT = 0.12, 0.6  # half width at most; pressure at least
BRUSH = Brush(
    "pastel", 1, "broad chalk, broken by the tooth, one colour", 1, PARAMS,
    (*LOW[:8], LIGHT, 0.0), (*HIGH[:3], WIDE, *HIGH[4:]), STEP,
)  # fmt: skip


@compiled
def shade(row: Any, data: Any, x: float, y: float) -> Any:
    return rub(row, x, y, STICK)


@compiled
def shade_grad(
    row: Any, data: Any, x: float, y: float, g_alpha: float, g_mix: float, g_tone: float
) -> Any:
    return rub_grad(row, x, y, g_alpha, STICK)


def place(
    x: float, y: float, length: float, width: float, angle: float, texture: float
) -> tuple[float, ...]:
    return straight(x, y, 1.1 * length, 1.2 * width, angle, 0.9, texture)


def outline(p: Sequence[float]) -> NDArray[np.float64]:
    return _dry.outline(p, STICK)


def covers(p: Sequence[float]) -> float:
    return _dry.covers(p, STICK)


def reference(
    p: Tensor, data: Tensor, x: Tensor, y: Tensor, w: float | Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    return _dry.reference(p, x, y, w, STICK)
