"""Slopes of a painting drawn by the networks: what `canvas.descent` is for the exact brushes.

Strokes paint on sheets: windows of one size, one below another, each with strokes of its own, so
all blocks of a picture are one computation; a whole canvas is a sheet of one window. Fragments (a
stroke at a pixel) are drawn and blended in layers, the topmost of every pixel at once, then the
second, ...: a few dozen steps whatever the number of strokes, and what is hidden costs nothing. The
gradient of blending is written out below; autograd only works inside the networks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from nftforge.painting.canvas import Descent, Slope
from nftforge.painting.neural.renderer import Renderer
from nftforge.painting.neural.teacher import Pixels, pixels
from nftforge.painting.pictures import F64, View

CHUNK = 16_384  # fragments drawn at once: their activations fit a core's cache
KEPT = 800_000  # of more fragments than this no activations are kept, but computed again
HIDDEN = 1e-3  # what shows through less than this is not drawn


@dataclass(frozen=True, eq=False)
class Sheet:
    """Windows to paint on, `height` rows each, and which stroke paints on which."""

    target: F64  # [windows * height, width, 3]
    weight: F64  # [windows * height, width]
    base: F64  # like target: what is there already
    height: int
    scale: float  # pixels in a canvas unit
    corner: F64  # [stroke, 2], where its window begins, canvas units
    window: NDArray[np.int64]  # [stroke]


def descent(renderer: Renderer) -> Descent:
    """Losses and gradients through a renderer on a whole canvas. Edges are a pixel soft."""

    def descend(params: F64, colours: F64, view: View, soft_px: float) -> Slope:
        height, width, _ = view.target.shape
        base = np.broadcast_to(view.canvas, view.target.shape)
        alone = np.zeros((len(params), 2)), np.zeros(len(params), np.int64)
        sheet = Sheet(view.target, view.weight, base, height, max(height, width), *alone)
        return slope(renderer, params, colours, sheet)

    return descend


def slope(renderer: Renderer, params: F64, colours: F64, sheet: Sheet) -> Slope:
    """sum(weight * (painting - target)^2) over all windows, and its gradients."""
    device = next(renderer.parameters()).device

    def flat(values: F64) -> Tensor:  # [3 or 1, pixel]
        pixel = torch.tensor(values.reshape(sheet.weight.size, -1), dtype=torch.float32)
        return pixel.T.contiguous().to(device)

    p, c = (
        torch.tensor(array, dtype=torch.float32, device=device, requires_grad=True)
        for array in (params, colours)
    )
    width = sheet.target.shape[1]
    corner = torch.from_numpy(sheet.corner).to(p)
    seen = pixels(renderer.brush, p, width, sheet.height, sheet.scale, corner)
    window = torch.from_numpy(sheet.window).to(device)
    where = window[seen.stroke] * (width * sheet.height) + seen.at
    layers, alpha, ink = _drawn(renderer, p, c, seen, where, sheet.weight.size)
    with torch.no_grad():
        shown = torch.cat(layers)
        stroke, where = seen.stroke[shown], where[shown]
        runs = torch.split(
            torch.arange(len(shown), device=device), [len(layer) for layer in layers]
        )
        painted, weight = flat(sheet.base), flat(sheet.weight)
        under = blend(painted, alpha, ink, where, runs)
        error = painted - flat(sheet.target)
        loss = float((weight * error**2).sum())
        g_alpha, g_ink, clear = unblend(2 * weight * error, alpha, under, where, runs)
        gone = clear * (alpha * under - ink)  # what the pixel would gain without the fragment
        more = weight[:, where] * gone * (gone + 2 * error[:, where])
        worth = more.new_zeros(len(p)).index_add(0, stroke, more.sum(dim=0))
    torch.autograd.backward([alpha, ink], [g_alpha, g_ink])
    assert p.grad is not None and c.grad is not None
    g_params, g_colours, worths = (
        values.double().cpu().numpy() for values in (p.grad, c.grad, worth)
    )
    return Slope(
        loss, g_params, g_colours, worths,
        lambda: painted.T.double().cpu().numpy().reshape(sheet.target.shape),
    )  # fmt: skip


def _drawn(
    renderer: Renderer, params: Tensor, colours: Tensor, seen: Pixels, where: Tensor, cells: int
) -> tuple[list[Tensor], Tensor, Tensor]:
    """(numbers of the fragments that show, a tensor a layer, top first; their alpha; their ink).

    From the top down, so that what is hidden is never drawn.
    """

    def draw(some: Tensor) -> tuple[Tensor, Tensor]:
        part = seen.part(some)
        paint = renderer(params, part)
        return paint.alpha, paint.foreground(colours, part)

    if len(where) > KEPT:
        draw = partial(checkpoint, draw, use_reentrant=False)
    through = params.new_ones(cells)
    shown, alphas, inks = [where[:0]], [params[:0, 0]], [colours[:0, 0].T]
    for layer in layered(where, cells):
        layer = layer[through[where[layer]] > HIDDEN]
        shown.append(layer)
        for some in torch.split(layer, CHUNK):
            alpha, ink = draw(some)
            alphas.append(alpha)
            inks.append(ink)
            through[where[some]] *= 1 - alpha.detach()
    return shown, torch.cat(alphas), torch.cat(inks, dim=1)


def layered(where: Tensor, cells: int) -> tuple[Tensor, ...]:
    """Numbers of the fragments, the last of every pixel first: one tensor a layer."""
    order = torch.argsort(where, stable=True)
    last = torch.bincount(where, minlength=cells).cumsum(0) - 1
    depth = last[where[order]] - torch.arange(len(where), device=where.device)
    layers = torch.bincount(depth).tolist() if len(where) else []
    return torch.split(order[torch.argsort(depth, stable=True)], layers)


def blend(
    painted: Tensor, alpha: Tensor, ink: Tensor, where: Tensor, layers: tuple[Tensor, ...]
) -> Tensor:
    """Paint fragments over `painted` [3, pixel], in place; what lay under each, [3, fragment]."""
    under = torch.empty_like(ink)
    for layer in reversed(layers):
        at = where[layer]
        lower = painted[:, at]
        under[:, layer] = lower
        painted[:, at] = ink[:, layer] + (1 - alpha[layer]) * lower
    return under


def unblend(
    slope: Tensor, alpha: Tensor, under: Tensor, where: Tensor, layers: tuple[Tensor, ...]
) -> tuple[Tensor, Tensor, Tensor]:
    """From the slope [3, pixel] of the finished picture to those of alpha and foreground.

    Third comes how much of each fragment shows through what lies above it.
    """
    g_alpha, g_ink, clear = torch.empty_like(alpha), torch.empty_like(under), torch.ones_like(alpha)
    slope, through = slope.clone(), torch.ones_like(slope[0])
    for layer in layers:
        at = where[layer]
        g = slope[:, at]
        g_ink[:, layer], g_alpha[layer] = g, -(g * under[:, layer]).sum(dim=0)
        clear[layer] = through[at]
        slope[:, at], through[at] = g * (1 - alpha[layer]), through[at] * (1 - alpha[layer])
    return g_alpha, g_ink, clear
