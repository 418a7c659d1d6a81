#!/usr/bin/env python3
"""Whether descent brings a stroke home that misses its target, by what it is told about it.

    scripts/bench_misses.py                     oil and watercolor
    scripts/bench_misses.py --brush tape --strokes 200

A target is one stroke on a black canvas of 64 x 64 pixels. Descent begins with the same stroke,
pushed across itself by some of its widths: up to 1 the two overlap, beyond they do not touch. It
is 100 steps of Adam on all of the stroke's parameters against the squared error. `home`: of how
many strokes the error fell below a tenth of what it was. `cosine`: between the first pull on the
stroke's middle and the way home, median. Told by

    exact       the brush itself, in torch
    networks    the neural engine's networks
    soft        the brush with edges 4 pixels wide in the first half of the steps, then one
    transport   exact, and in the first half the paper's loss of that name, as `transport: 0.1`
    both        networks and transport
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from nftforge.painting.brushes import load_brush, tip_data
from nftforge.painting.neural import trained
from nftforge.painting.neural.renderer import load
from nftforge.painting.neural.teacher import Pixels, coloured, pixels, rasterise, sample
from nftforge.painting.optimizer import Adam
from nftforge.painting.transport import transport_gradient

SIDE, STEPS, EASED, RATE = 64, 100, 50, 4.0
SOFT, TRANSPORT, HOME = 4, 0.1, 0.1
SHIFTS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.5)  # widths
WAYS = ("exact", "networks", "soft", "transport", "both")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--brush", choices=trained(), action="append")
    parser.add_argument("--strokes", type=int, default=100)
    parser.add_argument("--seed", type=int, default=2011_08114)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{options.strokes} strokes, torch {torch.__version__}; home, cosine\n")
    heads = ["brush", "told by", *(f"{shift} widths" for shift in SHIFTS)]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for brush in options.brush or ["oil", "watercolor"]:
        for way in WAYS:
            cells = (cell(brush, way, shift, options) for shift in SHIFTS)
            print(f"| {brush} | {way} | {' | '.join(cells)} |", flush=True)


def cell(brush: str, way: str, shift: float, options: argparse.Namespace) -> str:
    """How many come home, and the cosine of the first pull."""
    random = torch.Generator().manual_seed(options.seed)
    goal = strokes(brush, options.strokes, random)
    colours = coloured(brush, options.strokes, random)
    draw, data = load(brush)[0], torch.from_numpy(tip_data(brush, None)).float()

    def painted(params: Tensor, step: int = STEPS, through: str = "exact") -> Tensor:
        """One stroke each on black canvases, [3, stroke, height, width]."""
        soft = through == "soft" and step < EASED
        seen = everywhere(len(params)) if soft else pixels(brush, params, SIDE, SIDE, SIDE)
        nets = through in ("networks", "both")
        paint = draw(params, seen) if nets else rasterise(brush, params, data, seen)
        return torch.stack([seen.spread(part) for part in paint.foreground(colours, seen)])

    def gradient(params: Tensor, step: int) -> Tensor:
        canvas = painted(params, step, way)
        loss = ((canvas - target) ** 2).sum() / (3 * SIDE**2)
        if way in ("transport", "both") and step < EASED:
            loss = loss + TRANSPORT * (pulls(canvas, target) * canvas).sum()
        return torch.autograd.grad(loss, params)[0]

    home = torch.stack([torch.sin(goal[:, 4]), -torch.cos(goal[:, 4])], dim=1)
    away = goal.clone()
    away[:, :2] -= home * (2 * shift * goal[:, 3:4])
    target = painted(goal)
    cosine = torch.cosine_similarity(
        -gradient(away.requires_grad_(), 0)[:, :2], home, dim=1
    ).median()
    before, after = (
        ((painted(params.detach()) - target) ** 2).sum(dim=(0, 2, 3))
        for params in (away, descended(brush, away, colours, gradient))
    )
    return f"{float((after < HOME * before).float().mean()):.0%}, {float(cosine):.2f}"


def descended(
    brush: str, params: Tensor, colours: Tensor, gradient: Callable[[Tensor, int], Tensor]
) -> Tensor:
    """Strokes after all steps, as the painter takes them; its rate falls to 0."""
    spec, still = load_brush(brush).BRUSH, np.zeros(1)
    optimizer = Adam(params.shape[1], colours.shape[1])
    optimizer.add(params.detach().double().numpy(), colours.double().numpy())
    for step in range(STEPS):
        now = torch.from_numpy(optimizer.params).to(params).requires_grad_()
        gradients = gradient(now, step).double().numpy(), np.zeros_like(optimizer.colours)
        rate = RATE * (1 - step / STEPS)
        optimizer.step(
            gradients, (rate * np.array(spec.step), still), np.array([spec.low, spec.high])
        )
    return torch.from_numpy(optimizer.params).to(params)


def strokes(brush: str, count: int, random: torch.Generator) -> Tensor:
    """Strokes that stay on the canvas when pushed aside, [count, P]."""
    params = sample(brush, count, random)
    params[:, :2] = 0.4 + 0.2 * torch.rand(count, 2, generator=random)
    params[:, 2] = 0.08 + 0.12 * torch.rand(count, generator=random)
    params[:, 3] = 0.03 + 0.03 * torch.rand(count, generator=random)
    return params


def everywhere(count: int) -> Pixels:
    """All pixels of the canvases, on which edges are SOFT pixels wide."""
    shape = (count, SIDE, SIDE)
    every = torch.meshgrid(*map(torch.arange, shape), indexing="ij")
    stroke, row, column = (part.flatten() for part in every)
    x, y = (column + 0.5) / SIDE, (row + 0.5) / SIDE
    at, scale = torch.arange(len(stroke)), torch.full_like(x, SIDE / SOFT)
    return Pixels(stroke, at, x, y, scale, shape)


def pulls(canvas: Tensor, target: Tensor) -> Tensor:
    """The gradient of the transport loss, of that shape."""
    have, want = (part.detach().double().permute(1, 2, 3, 0).numpy() for part in (canvas, target))
    gradient = np.stack([transport_gradient(*pair) for pair in zip(have, want, strict=True)])
    return torch.from_numpy(gradient).to(canvas).permute(3, 0, 1, 2)


if __name__ == "__main__":
    main()
