"""pencil: thin curves of graphite, their tone by pressure and the tooth of the paper.

See `_dry`. A line alone is grey; hatching, line over line, builds up to dark. Graphite, unless a
palette is asked for.
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

LEAD, FAINT = 0.006, 0.2  # half width at most; pressure at least
STICK = (1.3, 0.8, 0.2, 1.0, 1.1, 0.0)  # press, lift, edge, part, grip, dust
BRUSH = Brush(
    "pencil", 1, "thin lines that hatch, graphite on the tooth", 1, PARAMS,
    (*LOW[:8], FAINT, 0.0), (*HIGH[:3], LEAD, *HIGH[4:]), STEP,
    inks=((46, 46, 50),), merge=0.08,
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
    return straight(x, y, 1.2 * length, width, angle, 0.8, texture)


def outline(p: Sequence[float]) -> NDArray[np.float64]:
    return _dry.outline(p, STICK)


def covers(p: Sequence[float]) -> float:
    return _dry.covers(p, STICK)


def reference(
    p: Tensor, data: Tensor, x: Tensor, y: Tensor, w: float | Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    return _dry.reference(p, x, y, w, STICK)
