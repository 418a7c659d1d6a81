"""The neural renderer of arXiv 2011.08114, in two pathways: parameters of a stroke -> its pixels.

    rasterization network   shape of the stroke -> alpha
    shading network         shape of the stroke -> sigma1, sigma2, and with its colours c0, c1:
                            foreground = alpha * sigma1 * ((1 - sigma2) c0 + sigma2 c1)
    h' = foreground + (1 - alpha) h                         (the paper's soft blending)

Where this departs from the paper, and why (figures: docs/lab/neural-renderers.md):

- The paper's networks turn 7 to 12 numbers into 128 x 128 pixels by layers of transposed
  convolutions and PixelShuffle, 18.1 M parameters. Ours are shown the stroke's geometry at a pixel
  (`geometry`) and answer for that pixel: 4,000 parameters, any resolution, and only the pixels in a
  stroke's box are worked on. Parameters of the stroke enter through the geometry, exactly.
- Colours and opacity stay outside: what a stroke leaves is linear in both, so there is nothing to
  learn.
- Alpha is 0 outside the stroke's box. A painter exploits every faint halo a network leaves there.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import hardswish

from nftforge.core.errors import ConfigError
from nftforge.painting.brushes import load_brush
from nftforge.painting.neural import geometry, weights_of
from nftforge.painting.neural.teacher import Fragments, Pixels, pixels, sample

WIDTH, SHADING_WIDTH = 32, 16
LAYERS, SHADING_LAYERS = 2, 1  # hidden, after the first


class Pathway(nn.Module):
    """A pixel's geometry [C, pixel] and what its stroke is like [D, pixel] -> [outputs, pixel]."""

    def __init__(self, maps: int, described: int, outputs: int, width: int, layers: int) -> None:
        super().__init__()
        self.stroke = nn.Linear(described, width)
        self.enter = nn.Linear(maps, width)
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(layers))
        self.leave = nn.Linear(width, outputs)

    def forward(self, maps: Tensor, described: Tensor) -> Tensor:
        h = hardswish(_linear(self.enter, maps) + _linear(self.stroke, described))
        for layer in self.layers:
            assert isinstance(layer, nn.Linear)
            h = hardswish(_linear(layer, h))
        return _linear(self.leave, h)


def _linear(layer: nn.Linear, h: Tensor) -> Tensor:
    """`layer` on columns [C, pixel]."""
    return torch.addmm(layer.bias[:, None], layer.weight, h)


class Renderer(nn.Module):
    """Both networks of one brush; draws as `teacher.rasterise` does."""

    def __init__(self, brush: str) -> None:
        super().__init__()
        self.brush = brush
        self.opacity = load_brush(brush).BRUSH.params.index("opacity")
        one = sample(brush, 1, torch.Generator())
        seen = pixels(brush, one, 8, 8, 8)
        p = one.T[:, seen.stroke]
        sizes = len(geometry.maps(brush, p, seen)), len(geometry.described(brush, p, seen.scale))
        self.rasterization = Pathway(*sizes, 1, WIDTH, LAYERS)
        self.shading = Pathway(*sizes, 2, SHADING_WIDTH, SHADING_LAYERS)

    def forward(self, params: Tensor, at: Pixels) -> Fragments:
        """What strokes (params [stroke, P]) leave at pixels."""
        return self.drawn(params.T[:, at.stroke], at)

    def drawn(self, p: Tensor, at: Pixels) -> Fragments:
        """The same for p [P, pixel], the stroke of each pixel: no pixel looks at another."""
        maps = geometry.maps(self.brush, p, at)
        described = geometry.described(self.brush, p, at.scale)
        (alpha,) = torch.sigmoid(self.rasterization(maps, described))
        tone, mix = self.shading(maps, described)
        return Fragments(p[self.opacity] * alpha, 1 + tone, mix)

    @property
    def size(self) -> int:
        """How many parameters it has."""
        return sum(weights.numel() for weights in self.parameters())


@dataclass(frozen=True)
class Card:
    """Where weights come from and how good they are, measured on fresh strokes (`validate`)."""

    brush: str
    version: int  # of the brush
    parameters: int
    samples: int  # strokes seen in training
    minutes: float  # of training: CPU time, or wall time on a GPU
    device: str
    seed: int
    psnr: float  # dB at 64 pixels: mean of alpha's and the foreground's
    psnr_covered: float  # the same over the pixels in strokes' boxes only
    psnr_128: float  # dB at 128 pixels
    psnr_256: float  # at 256
    psnr_512: float  # and at 512
    torch: str
    tip: str = ""  # SHA-256 of the tip it draws, if the brush has one


def tip_digest(tip: NDArray[np.uint8] | None) -> str:
    """What a card calls a tip."""
    return "" if tip is None else hashlib.sha256(tip.tobytes()).hexdigest()


def save(renderer: Renderer, card: Card, path: Path) -> None:
    """Write weights (float16) to `path` and the card beside it."""
    from safetensors.torch import save_file

    halves = {name: weights.half().cpu() for name, weights in renderer.state_dict().items()}
    save_file(halves, path)
    path.with_suffix(".json").write_text(json.dumps(asdict(card), indent=2) + "\n")


def load(brush: str, path: Path | None = None) -> tuple[Renderer, Card]:
    """The renderer of a brush and its card, ours or from `path`. Raises ConfigError."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = path or weights_of(brush)
    renderer, version = Renderer(brush), load_brush(brush).BRUSH.version
    again = f"train it again: scripts/train_renderer.py --brush {brush}"
    try:
        card = Card(**json.loads(path.with_suffix(".json").read_text()))
        weights = load_file(path)
        renderer.load_state_dict({name: half.float() for name, half in weights.items()})
    except (OSError, ValueError, TypeError, RuntimeError, SafetensorError):
        raise ConfigError(f"{path} holds no weights for the brush {brush!r}", hint=again) from None
    if (card.brush, card.version) != (brush, version):
        raise ConfigError(
            f"{path} draws {card.brush}, version {card.version}, not {brush}, version {version}",
            hint=again,
        )
    return renderer.eval().requires_grad_(False), card
