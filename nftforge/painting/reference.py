"""`canvas` again in torch float64, one stroke after another: slow, plain, and the oracle.

Every kernel and every gradient is tested against this (values to 1e-5; gradients by autograd and
gradcheck). It makes tensors of size strokes x pixels, so keep pictures tiny.
"""

from __future__ import annotations

import torch
from torch import Tensor

from nftforge.painting.brushes import load_brush


def render(
    brush: str,
    params: Tensor,
    colours: Tensor,
    data: Tensor,
    canvas: Tensor,
    size: tuple[int, int],
    soft_px: float,
) -> Tensor:
    """The painting, float64 [h, w, 3]. params [stroke, P], colours [stroke, C, 3], canvas [3]."""
    width, height = size
    scale = max(width, height)
    y, x = torch.meshgrid(
        (torch.arange(height, dtype=torch.float64) + 0.5) / scale,
        (torch.arange(width, dtype=torch.float64) + 0.5) / scale,
        indexing="ij",
    )
    reference = load_brush(brush).reference
    picture = canvas.expand(height, width, 3)
    for p, colour in zip(params, colours, strict=True):
        alpha, mix, tone = (value[..., None] for value in reference(p, data, x, y, soft_px / scale))
        ink = (tone * ((1 - mix) * colour[0] + mix * colour[-1])).clamp(0, 1)
        picture = alpha * ink + (1 - alpha) * picture
    return picture
