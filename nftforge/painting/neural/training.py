"""Teaching a renderer to draw as the exact brush does; see scripts/train_renderer.py.

Strokes are made up as it goes. The loss is the squared error of alpha and of the foreground, the
latter averaged over all colours by formula: with d, q the errors of s - q and of q, and c0, c1 even
in [0, 1], E[(c0 d + c1 q)^2] = (d^2 + q^2) / 3 + d q / 2. A quarter of the strokes are small, and
weigh more the less they cover. Most batches are drawn at 64 pixels, every fourth at 128 to 512, of
which only some pixels are looked at.
"""

from __future__ import annotations

import copy
import math
from typing import Any

import torch
from torch import Tensor

from nftforge.painting.neural.renderer import Renderer
from nftforge.painting.neural.teacher import Fragments, pixels, rasterise, sample

BATCH, SIDE, LARGE_SIDES, LARGE_EVERY = 32, 64, (128, 256, 512), 4
PIXELS = 600  # looked at for each of the batch, at most
SMALL, SMALL_AREA = 0.25, 0.05  # part of small strokes; they weigh 1 / (area + SMALL_AREA)
RATE, LAST_RATE, WARM_UP = 4e-3, 0.005, 100  # Adam's, what part of it is left at the end, steps
BETAS, AVERAGED = (0.9, 0.99), 0.998


class Training:
    """A renderer in training: `renderer` learns, `average` (of its recent weights) is kept."""

    def __init__(
        self, brush: str, data: Tensor, seed: int, device: str, batch: int = BATCH
    ) -> None:
        torch.manual_seed(seed)
        self.data = data.to(device, torch.float32)
        self.renderer = Renderer(brush).to(device)
        self.average = copy.deepcopy(self.renderer)
        self.optimiser = torch.optim.Adam(self.renderer.parameters(), lr=RATE, betas=BETAS)
        self.random = torch.Generator().manual_seed(seed)
        self.batch = batch
        self.device, self.steps, self.samples, self.seconds = device, 0, 0, 0.0

    def step(self, progress: float) -> Tensor:
        """One step at `progress` 0..1 through the training; the loss before it."""
        rate = LAST_RATE + (1 - LAST_RATE) * (1 + math.cos(math.pi * progress)) / 2
        for group in self.optimiser.param_groups:
            group["lr"] = RATE * rate * min(1.0, (self.steps + 1) / WARM_UP)
        turn, large = self.steps // LARGE_EVERY, self.steps % LARGE_EVERY == LARGE_EVERY - 1
        side = LARGE_SIDES[turn % len(LARGE_SIDES)] if large else SIDE
        count = self.batch // 4 if large else self.batch
        params = sample(self.renderer.brush, count, self.random, SMALL, side).to(self.device)
        every = pixels(self.renderer.brush, params, side, side, side)
        chosen = torch.randperm(len(every.at), generator=self.random).to(self.device)
        seen = every.part(chosen[: PIXELS * self.batch])
        area_of = len(every.at) / (len(seen.at) * side**2)  # of the canvas, that a pixel stands for
        with torch.no_grad():
            truth = rasterise(self.renderer.brush, params, self.data, seen)
            area = torch.zeros(count, device=self.device).index_add(0, seen.stroke, truth.alpha)
            weight = torch.ones(count, device=self.device)
            small = slice(0, round(count * SMALL))
            weight[small] = 1 / (area[small] * area_of + SMALL_AREA)
        errors = squared_error(self.renderer(params, seen), truth) * weight[seen.stroke]
        loss = errors.sum() * area_of / count
        self.optimiser.zero_grad()
        torch.autograd.backward(loss)
        self.optimiser.step()
        keep = min(AVERAGED, (self.steps + 1) / (self.steps + 10))
        with torch.no_grad():
            weights = zip(self.average.parameters(), self.renderer.parameters(), strict=True)
            for mean, now in weights:
                mean.lerp_(now, 1 - keep)
        self.steps, self.samples = self.steps + 1, self.samples + count
        return loss.detach()  # as a number it would make a GPU wait at every step

    def state(self) -> dict[str, Any]:
        """All there is to it, to go on later."""
        return {
            "renderer": self.renderer.state_dict(), "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(), "random": self.random.get_state(),
            "steps": self.steps, "samples": self.samples, "seconds": self.seconds,
        }  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        self.renderer.load_state_dict(state["renderer"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.random.set_state(state["random"].cpu())
        self.steps, self.samples = state["steps"], state["samples"]
        self.seconds = state["seconds"]


def squared_error(drawn: Fragments, truth: Fragments) -> Tensor:
    """Squared error of alpha plus that of the foreground, over all colours: [pixel]."""
    (s, q), (true_s, true_q) = drawn.shade(), truth.shade()
    q = q - true_q
    d = s - true_s - q
    return (drawn.alpha - truth.alpha) ** 2 + (d**2 + q**2) / 3 + d * q / 2
