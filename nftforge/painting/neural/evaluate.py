"""How well a renderer draws, against the exact brush: likeness of strokes and of gradients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from nftforge.painting.brushes import load_brush
from nftforge.painting.metrics import psnr_of
from nftforge.painting.neural.renderer import Renderer
from nftforge.painting.neural.teacher import Fragments, Pixels, coloured, pixels, rasterise, sample

CHUNK = 100  # strokes at once


@dataclass(frozen=True)
class Score:
    """PSNR in dB, peak 1, of the mean squared error over all strokes."""

    alpha: float
    foreground: float
    covered: float  # mean of both over pixels in strokes' boxes only; full frames flatter

    @property
    def psnr(self) -> float:
        return (self.alpha + self.foreground) / 2


def validate(renderer: Renderer, data: Tensor, count: int, side: int, seed: int) -> Score:
    """How well a renderer draws `count` fresh strokes in random colours."""
    alpha = foreground = seen_pixels = 0.0
    with torch.no_grad():
        for drawn, truth, colours, seen in _drawn(renderer, data, count, side, seed):
            alpha += float(((drawn.alpha - truth.alpha) ** 2).sum())
            error = drawn.foreground(colours, seen) - truth.foreground(colours, seen)
            foreground += float((error**2).mean(dim=0).sum())
            seen_pixels += len(seen.at)
    every = count * side**2
    covered = (psnr_of(alpha / seen_pixels) + psnr_of(foreground / seen_pixels)) / 2
    return Score(psnr_of(alpha / every), psnr_of(foreground / every), covered)


def _drawn(
    renderer: Renderer, data: Tensor, count: int, side: int, seed: int
) -> Iterator[tuple[Fragments, Fragments, Tensor, Pixels]]:
    """Strokes as the renderer and as the exact brush draw them: (drawn, truth, colours, pixels)."""
    device = next(renderer.parameters()).device
    random = torch.Generator().manual_seed(seed)
    for first in range(0, count, CHUNK):
        some = min(CHUNK, count - first)
        params = sample(renderer.brush, some, random).to(device)
        colours = coloured(renderer.brush, some, random).to(device)
        seen = pixels(renderer.brush, params, side, side, side)
        truth = rasterise(renderer.brush, params, data.to(params), seen)
        yield renderer(params, seen), truth, colours, seen


def gradient_cosines(renderer: Renderer, data: Tensor, count: int, side: int, seed: int) -> Tensor:
    """Cosines, [stroke], between the network's and the exact gradient of a stroke's parameters.

    The loss is the squared error between the stroke on a white canvas and a smooth random picture.
    Parameters are scaled by the brush's steps, as descent takes them. A stroke whose exact gradient
    is 0 is left out.
    """
    brush, device = renderer.brush, next(renderer.parameters()).device
    random = torch.Generator().manual_seed(seed)
    params = sample(brush, count, random).to(device).requires_grad_()
    colours = coloured(brush, count, random).to(device)
    coarse = torch.rand(count, 3, 6, 6, generator=random).to(device)
    target = interpolate(coarse, (side, side), mode="bilinear").permute(1, 0, 2, 3).flatten(1)
    seen = pixels(brush, params, side, side, side)
    steps = torch.tensor(load_brush(brush).BRUSH.step, device=device)

    def gradient(fragments: Fragments) -> Tensor:
        canvas = fragments.foreground(colours, seen) + 1 - fragments.alpha
        loss = ((canvas - target[:, seen.at]) ** 2).sum()
        return torch.autograd.grad(loss, params)[0] * steps

    exact = gradient(rasterise(brush, params, data.to(params), seen))
    ours = gradient(renderer(params, seen))
    some = exact.norm(dim=1) > 0
    return torch.cosine_similarity(ours[some], exact[some], dim=1)
