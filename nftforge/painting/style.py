"""The look of another picture: its colours, and how it is textured.

    colours    the picture's colours are moved by a linear map so that mean and covariance are the
               style's, then drawn towards colours that the style has; what is compared with from
               then on is that recoloured picture
    textures   Gram matrices of VGG-16's features: which features come together, wherever they are
               (Gatys, Ecker and Bethge, CVPR 2016)

Strokes descend on: squared error against the recoloured picture + Gram distance / CONTENT. The
paper (arXiv 2011.08114) has no recolouring; without it Gram matrices invent colours that neither
picture has (docs/lab/styles.md). What is transparent is not compared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from nftforge.core.errors import ConfigError
from nftforge.painting.pictures import F64, RgbaImage, found_palette
from nftforge.painting.settings import StyleSettings, device
from nftforge.painting.vgg import VGG16, load_vgg16

CONTENT = 6.0
BLOCKS, COLOUR_BLOCKS = 4, 2  # of features: with textures, and for colours only
COLOURS, REACH, DRAWN = 16, 0.07, 0.6  # a style has; how far they draw others, and what part of it
LEAST_SPREAD, TINY = 1e-4, 1e-9  # variance that a picture of one colour is taken to have


@dataclass(frozen=True, eq=False)
class Look:
    """What a style picture looks like at one size."""

    mean: F64  # [3], of its colours
    spread: F64  # [3, 3], their covariance
    palette: F64  # [COLOURS, 3], the most of them
    grams: list[Tensor]  # [C, C], one a block
    strength: float
    network: VGG16

    def recoloured(self, picture: RgbaImage) -> RgbaImage:
        """The picture in the style's colours."""
        pixels = picture.rgb.reshape(-1, 3)
        mean, spread = moments(pixels, picture.alpha.ravel())
        moved = self.mean + (pixels - mean) @ transport(spread, self.spread)
        drawn = moved + DRAWN * (nearby(moved, self.palette) - moved)
        return RgbaImage(drawn.clip(0, 1).reshape(picture.rgb.shape), picture.alpha)

    def gradient(self, painted: F64, alpha: F64) -> F64:
        """Of the look's part in the loss, with respect to `painted` [h, w, 3] (same shape)."""
        torch.set_num_threads(1)  # sums in one order: on some processors they hang on the number
        picture = _tensor(painted, self.network.device).requires_grad_()
        (gradient,) = torch.autograd.grad(self._distance(picture, alpha), picture)
        return self.strength / CONTENT * gradient.permute(1, 2, 0).cpu().double().numpy()

    def distance(self, painted: F64, alpha: F64) -> float:
        """How unlike the textures are: squared, 1 for a picture without any; mean over blocks."""
        with torch.no_grad():
            return float(self._distance(_tensor(painted, self.network.device), alpha))

    def _distance(self, picture: Tensor, alpha: F64) -> Tensor:
        grams = _grams(self.network, picture, alpha, len(self.grams))
        parts = [
            _squares(gram - wanted) / (_squares(wanted) + TINY)
            for gram, wanted in zip(grams, self.grams, strict=True)
        ]
        return torch.stack(parts).mean()


def look_of(style: RgbaImage, wish: StyleSettings) -> Look:
    """The look of a picture at its size.

    Raises MissingError without the extra `style`, ConfigError if nothing of the picture shows.
    """
    torch.set_num_threads(1)  # as in `gradient`
    network = load_vgg16(device())
    if style.alpha.max() <= 0:
        raise ConfigError("the style picture is transparent all over")
    with torch.no_grad():
        picture = _tensor(style.rgb, network.device)
        grams = _grams(network, picture, style.alpha, BLOCKS if wish.texture else COLOUR_BLOCKS)
    colours = moments(style.rgb.reshape(-1, 3), style.alpha.ravel())
    palette = found_palette(style, COLOURS, np.random.default_rng(0))
    return Look(*colours, palette, grams, wish.strength, network)


def _tensor(rgb: F64, device: str) -> Tensor:
    return torch.from_numpy(rgb.transpose(2, 0, 1).astype(np.float32)).to(device)


def _grams(network: VGG16, picture: Tensor, alpha: F64, blocks: int) -> list[Tensor]:
    """Means, over where a picture is opaque, of the products of features: [C, C] a block."""
    mask = torch.from_numpy(alpha.astype(np.float32))[None, None].to(network.device)
    grams = []
    for seen in network(picture, blocks):
        weight = interpolate(mask, seen.shape[1:], mode="area").flatten()
        flat = seen.flatten(1)
        grams.append((flat * (weight / weight.sum().clamp(min=TINY))) @ flat.T)
    return grams


def _squares(matrix: Tensor) -> Tensor:
    """Their sum, row by row, so that it is the same to the bit for any number of threads."""
    return (matrix**2).sum(dim=1).sum()


def moments(colours: F64, weights: F64) -> tuple[F64, F64]:
    """Mean [3] and covariance [3, 3] of colours [n, 3] that count as much as `weights` [n]."""
    share = weights / max(weights.sum(), TINY)
    mean = share @ colours
    off = colours - mean
    return mean, (off * share[:, None]).T @ off + LEAST_SPREAD * np.eye(3)


def transport(spread: F64, wanted: F64) -> F64:
    """The matrix [3, 3] that moves colours the least and gives them the covariance `wanted`.

    Monge and Kantorovich's solution for normal distributions (Pitié and Kokaram, CVMP 2007).
    """
    root = _root(spread)
    inverse = np.linalg.inv(root)
    return np.asarray(inverse @ _root(root @ wanted @ root) @ inverse)


def nearby(colours: F64, palette: F64) -> F64:
    """Colours [n, 3] in a palette [k, 3]: the mean of those nearby, of the nearest most."""
    far = ((colours[:, None] - palette) ** 2).sum(axis=2)
    near = np.exp((far.min(axis=1, keepdims=True) - far) / (2 * REACH**2))
    return np.asarray(near @ palette / near.sum(axis=1, keepdims=True))


def _root(matrix: F64) -> F64:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(values.clip(0))) @ vectors.T)
