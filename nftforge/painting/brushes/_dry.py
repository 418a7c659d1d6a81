"""What dry sticks share: colour that rubs off on the teeth of the paper.

    alpha = ramp(depth) * ramp(press * opacity - lift - edge * rim + grip * tooth(x, y))
    tone  = 1 + dust * tooth(x, y)

`depth` is how far inside the swept discs (`_curve`) a point lies, `rim` is 1 at the edge and 0 from
`part` * half_width inwards. Unusual: the tooth belongs to the PAPER, not to the stroke. A second
stroke finds the same valleys bare, so strokes over each other fill them, and light pressure
(`opacity`) leaves the tops only.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from nftforge.painting.brushes import _curve
from nftforge.painting.brushes._curve import depth, frame, local, to_params
from nftforge.painting.brushes._kit import compiled, fade, noise, ramp

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

TEETH, FINER = 170.0, 310.0  # cells of noise along the longer side: of coarse and of fine teeth
COARSE, FINE = 0.6, 0.5  # how much they stand out
FIRST, SECOND = 99, 227
COS, SIN = 0.8, 0.6  # how their lattices are turned


@compiled
def prepare(p: Any, w: float) -> Any:
    """The frame; how much of the coarse and the fine teeth shows at this size."""
    coarse, _ = fade(1.0 / (TEETH * w))
    fine, _ = fade(1.0 / (FINER * w))
    return (*frame(p, w), coarse * COARSE, fine * FINE)


@compiled
def tooth(row: Any, x: float, y: float) -> float:
    """How far the paper stands out at a point of the canvas, about -1/2 to 1/2.

    The lattices of noise are turned, each another way: none is seen.
    """
    one, _, _ = noise((x * COS + y * SIN) * TEETH, (y * COS - x * SIN) * TEETH, FIRST)
    two, _, _ = noise((x * SIN - y * COS) * FINER, (y * SIN + x * COS) * FINER, SECOND)
    return float(row[15] * one + row[16] * two)


@compiled
def rubbed(row: Any, x: float, y: float, stick: Any) -> Any:
    """(u, v, depth, cover, its derivative, that of the inside, colour, its derivative)."""
    u, v = local(row, x, y)
    deep = depth(row, u, v)
    cover, d_cover = ramp(deep * row[10])
    inside, d_inside = ramp(deep / (stick[3] * row[7]) - 0.5)
    firm = stick[0] * row[14] - stick[1] - stick[2] * (1.0 - inside)
    colour, d_colour = ramp(firm + stick[4] * tooth(row, x, y))
    return u, v, deep, cover, d_cover, d_inside, colour, d_colour


@compiled
def rub(row: Any, x: float, y: float, stick: Any) -> Any:
    _, _, _, cover, _, _, colour, _ = rubbed(row, x, y, stick)
    return cover * colour, 0.0, 1.0 + stick[5] * tooth(row, x, y)


@compiled
def rub_grad(row: Any, x: float, y: float, g_alpha: float, stick: Any) -> Any:
    u, v, deep, cover, d_cover, d_inside, colour, d_colour = rubbed(row, x, y, stick)
    rim = stick[3] * row[7]
    g_firm = g_alpha * cover * d_colour
    g_inside = stick[2] * g_firm * d_inside / rim
    g_depth = g_alpha * colour * d_cover * row[10] + g_inside
    return to_params(
        row, u, v, g_depth, 0.0, 0.0, 0.0, -g_inside * deep / row[7], stick[0] * g_firm
    )


def outline(p: Sequence[float], stick: Sequence[float]) -> NDArray[np.float64]:
    """A polygon [point, 2] around what is covered at least half as well as the middle line."""
    soft, _ = _core(p, stick)
    return _curve.outline((*p[:3], p[3] * (1 - soft), *p[4:]))


def covers(p: Sequence[float], stick: Sequence[float]) -> float:
    """How much of the inside of that outline is covered, on average."""
    return _core(p, stick)[1]


def _core(p: Sequence[float], stick: Sequence[float]) -> tuple[float, float]:
    """(where the outline is, in half widths from the edge; what is covered inside of it)."""
    import numpy as np

    press, lift, edge, part, grip, _ = stick
    deep = np.linspace(0, 1, 41)
    inside = np.minimum(deep / part, 1)[:, None]
    rim = 1 - inside**2 * (3 - 2 * inside)
    k = (press * p[8] - lift - edge * rim + grip * _some_teeth() + 0.5).clip(0, 1)
    covered = (k * k * (3 - 2 * k)).mean(axis=1)
    first = int(np.argmax(covered >= covered[-1] / 2))
    return float(deep[first]), float(covered[first:].mean())


@lru_cache
def _some_teeth() -> NDArray[np.float64]:
    """`tooth` at 1,000 points all over the paper."""
    import numpy as np

    row = np.array([0.0] * 15 + [COARSE, FINE])
    return np.array([tooth(row, 0.0137 * k % 1, 0.0071 * k % 1) for k in range(1000)])


LATTICES = (COARSE, TEETH, COS, SIN, FIRST), (FINE, FINER, SIN, -COS, SECOND)


def reference(
    p: Tensor, x: Tensor, y: Tensor, w: float | Tensor, stick: Sequence[float]
) -> tuple[Tensor, Tensor, Tensor]:
    import torch

    from nftforge.painting.brushes import _reference as kit

    press, lift, edge, part, grip, dust = stick
    deep, *_ = kit.swept(p, x, y)
    ground = torch.zeros_like(x)
    for much, cells, cos, sin, seed in LATTICES:
        shown = kit.fade(torch.as_tensor(1 / (cells * w), dtype=x.dtype))
        at = (x * cos + y * sin) * cells, (y * cos - x * sin) * cells
        ground = ground + much * shown * kit.noise(*at, torch.tensor(seed, device=x.device))
    rim = 1 - kit.ramp(deep / (part * p[3]) - 0.5)
    colour = kit.ramp(press * p[8] - lift - edge * rim + grip * ground)
    return kit.ramp(deep / w) * colour, torch.zeros_like(deep), 1 + dust * ground
