"""Gradients of a painting drawn by the networks: what `canvas.descent` is for the exact brushes.

Strokes paint on sheets: windows of one size, one below another, each with strokes of its own, so
all blocks of a picture are one computation; a whole canvas is a sheet of one window. Sheets of
several pieces are one computation too: all their pixels in a row, whatever their shapes. Fragments
(a stroke at a pixel) are drawn and blended in layers, the topmost of every pixel at once, then the
second, ...: a few dozen steps whatever the number of strokes, and what is hidden costs nothing. The
gradient of blending is written out below; autograd only works inside the networks.

A piece gets the same gradients to the bit whatever is computed beside it and in what chunks: a
fragment looks at no other (sums in a network's layers are over channels), and what fragments give
to a stroke is added up in whole numbers (`added_up`), on a GPU in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, pairwise
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pad
from torch.utils.checkpoint import checkpoint

from nftforge.painting.canvas import Descent, Gradients
from nftforge.painting.neural.renderer import Renderer
from nftforge.painting.neural.teacher import Pixels, Windows, pixels_in
from nftforge.painting.pictures import F64, View

CHUNK = {"cpu": 16_384, "cuda": 1 << 20}  # drawn at once: a core's cache; few launches (untried)
FRAGMENT = 1100  # bytes a drawn fragment keeps for its gradient, about
KEPT = 800_000  # fragments whose activations are kept on a CPU; see `_kept`
COLUMNS = 64  # chunks are made up to a multiple: vector loops treat what is left over differently
HIDDEN = 1e-3  # what shows through less than this is not drawn
BITS, FINEST = 40, 100  # of a sum's largest part that are added up; below 2^-100 is nothing


@dataclass(frozen=True, eq=False)
class Sheet:
    """Windows to paint on, `height` rows each."""

    target: F64  # [windows * height, width, 3]
    weight: F64  # [windows * height, width]
    base: F64  # like target: what is there already
    height: int
    scale: float  # pixels in a canvas unit
    corner: F64  # [window, 2], where it begins, canvas units


@dataclass(frozen=True, eq=False)
class Laid:
    """Strokes on a sheet."""

    params: F64  # [stroke, P]
    colours: F64  # [stroke, C, 3]
    window: NDArray[np.int64]  # [stroke], which one it paints on
    sheet: Sheet


def descent(gradients_of: Callable[[Laid], Gradients]) -> Descent:
    """Losses and gradients on a whole canvas. Edges are a pixel soft."""
    sheets: WeakKeyDictionary[View, Sheet] = WeakKeyDictionary()

    def descend(params: F64, colours: F64, view: View, soft_px: float) -> Gradients:
        if view not in sheets:
            height, width, _ = view.target.shape
            base = np.broadcast_to(view.canvas, view.target.shape)
            sheets[view] = Sheet(
                view.target, view.weight, base, height, max(height, width), np.zeros((1, 2))
            )
        window = np.zeros(len(params), np.int64)
        return gradients_of(Laid(params, colours, window, sheets[view]))

    return descend


def gradients(renderer: Renderer, laid: Laid) -> Gradients:
    """sum(weight * (painting - target)^2) over all windows, and its gradients."""
    return batched_gradients(renderer, [laid])[0]


def batched_gradients(renderer: Renderer, laid: Sequence[Laid]) -> list[Gradients]:
    """The same for strokes on several sheets, as one computation."""
    device = next(renderer.parameters()).device
    strokes = _strokes(laid).to(device)
    planes = torch.cat([_planes(one.sheet, device) for one in laid], dim=1)
    target, painted, weight = planes[:3], planes[3:6], planes[6]
    known = len(strokes) - 6
    seen = pixels_in(_windows(laid, device), weight.shape, renderer.brush, strokes[:known].T)
    drawn = _drawn(renderer, strokes, seen)
    with torch.no_grad():
        shown = torch.cat(drawn.layers)
        stroke, where = seen.stroke[shown], seen.at[shown]
        layers = torch.split(
            torch.arange(len(shown), device=device), [len(layer) for layer in drawn.layers]
        )
        under = blend(painted, drawn.alpha, drawn.ink, where, layers)
        error = painted - target
        g_alpha, g_ink, clear = unblend(2 * weight * error, drawn.alpha, under, where, layers)
        gone = clear * (drawn.alpha * under - drawn.ink)  # what a pixel would gain without it
        gain = (weight[where] * gone * (gone + 2 * error[:, where])).sum(dim=0)
    parts = torch.cat([drawn.back(g_alpha, g_ink), gain[None]])
    sums = added_up(parts, stroke, strokes.shape[1]).T.cpu().numpy()
    pixels = _edges(one.sheet.weight.size for one in laid)
    losses = torch.stack([(weight[i:j] * error[:, i:j] ** 2).sum() for i, j in pixels])

    def one_of(at: int, loss: float, first: int, last: int) -> Gradients:
        part, two = sums[first:last], sums[first:last, known:-1].reshape(-1, 2, 3)
        (start, stop), shape = pixels[at], laid[at].sheet.target.shape
        return Gradients(
            loss,
            part[:, :known],
            two if laid[at].colours.shape[1] == 2 else two.sum(axis=1, keepdims=True),
            part[:, -1],
            lambda: painted[:, start:stop].T.double().cpu().numpy().reshape(shape),
        )

    edges = _edges(len(one.params) for one in laid)
    return [
        one_of(n, loss, *edge)
        for n, (loss, edge) in enumerate(zip(losses.cpu().tolist(), edges, strict=True))
    ]


def _edges(lengths: Iterable[int]) -> list[tuple[int, int]]:
    """Where each of several parts begins and ends, one after another."""
    return list(pairwise(accumulate(lengths, initial=0)))


def _strokes(laid: Sequence[Laid]) -> Tensor:
    """Parameters, first and last colour of all strokes, piece by piece: [P + 6, stroke]."""
    rows = [np.hstack([one.params, one.colours[:, [0, -1]].reshape(-1, 6)]) for one in laid]
    return torch.from_numpy(np.ascontiguousarray(np.concatenate(rows).T, np.float32))


def _windows(laid: Sequence[Laid], device: torch.device) -> Windows:
    """What each of all strokes paints on, sheet after sheet."""
    whole, real = [], []
    for (first, _), one in zip(_edges(one.sheet.weight.size for one in laid), laid, strict=True):
        sheet, ones = one.sheet, np.ones_like(one.window)
        width = sheet.weight.shape[1]
        start = first + one.window * (sheet.height * width)
        whole.append(np.stack([start, width * ones, sheet.height * ones]))
        real.append(np.vstack([sheet.corner[one.window].T, sheet.scale * ones]))
    first, width, height = torch.from_numpy(np.hstack(whole)).to(device)
    places = torch.from_numpy(np.hstack(real).astype(np.float32)).to(device)
    return Windows(first, width, height, places[:2], places[2])


_ON_DEVICE: WeakKeyDictionary[Sheet, Tensor] = WeakKeyDictionary()


def _planes(sheet: Sheet, device: torch.device) -> Tensor:
    """[7, pixel]: target, base, weight; copied to the device once."""
    if sheet not in _ON_DEVICE:
        planes = np.dstack([sheet.target, sheet.base, sheet.weight]).reshape(-1, 7)
        _ON_DEVICE[sheet] = torch.from_numpy(np.ascontiguousarray(planes.T, np.float32)).to(device)
    return _ON_DEVICE[sheet]


@dataclass(frozen=True)
class _Drawn:
    """Fragments, the topmost layer first."""

    layers: list[Tensor]  # their numbers, a tensor a layer
    alpha: Tensor  # [fragment]
    ink: Tensor  # [3, fragment]
    leaves: list[tuple[Tensor, int]]  # [P + 6, chunk] they were drawn from; how many are real

    def back(self, g_alpha: Tensor, g_ink: Tensor) -> Tensor:
        """From gradients of alpha and ink to those of their leaves, [P + 6, fragment]."""
        torch.autograd.backward([self.alpha, self.ink], [g_alpha, g_ink])
        return torch.cat([_gradient_of(leaf)[:, :real] for leaf, real in self.leaves], dim=1)


def _gradient_of(leaf: Tensor) -> Tensor:
    return torch.zeros_like(leaf) if leaf.grad is None else leaf.grad


def _drawn(renderer: Renderer, strokes: Tensor, seen: Pixels) -> _Drawn:
    """From the top down, so that little is drawn that is hidden (and that has no alpha then)."""
    known, chunk = len(strokes) - 6, CHUNK[strokes.device.type]

    def draw(leaf: Tensor, part: Pixels) -> tuple[Tensor, Tensor]:
        drawn = renderer.drawn(leaf[:known], part)
        return drawn.alpha, drawn.inked(leaf[known:].view(2, 3, -1))

    if len(seen.at) > _kept(strokes.device):
        draw = partial(checkpoint, draw, use_reentrant=False, preserve_rng_state=False)
    through = strokes.new_ones(seen.shape)
    nothing = strokes[:, :0].requires_grad_()
    layers, leaves = [seen.at[:0]], [(nothing, 0)]
    alphas, inks, shown = [nothing[0]], [nothing[:3]], [strokes[0, :0] > 0]
    for group in grouped(layered(seen.at, len(through)), chunk):
        group = [layer[through[seen.at[layer]] > HIDDEN] for layer in group]
        first = len(alphas)
        for some in torch.split(torch.cat(group), chunk):
            real = len(some)
            part = seen.part(pad(some, (0, -real % COLUMNS)))  # with the first fragment there is
            leaf = strokes[:, part.stroke].requires_grad_()
            alpha, ink = draw(leaf, part)
            leaves.append((leaf, real))
            alphas.append(alpha[:real])
            inks.append(ink[:, :real])
        layers += group
        shown.append(cover(through, [seen.at[layer] for layer in group], alphas[first:]))
    shows = torch.cat(shown)
    return _Drawn(layers, torch.cat(alphas) * shows, torch.cat(inks, dim=1) * shows, leaves)


def _kept(device: torch.device) -> int:
    """Of more fragments than this no activations are kept, but computed again."""
    if device.type == "cpu":
        return KEPT
    return int(torch.cuda.get_device_properties(device).total_memory / 2 / FRAGMENT)


def added_up(parts: Tensor, stroke: Tensor, strokes: int) -> Tensor:
    """parts [row, fragment] added up for each stroke, float64 [row, stroke], in any order.

    As whole numbers of a 2^-40 of the largest part of each sum: those have one sum, floats have
    one for each order, and a GPU adds in whatever order its threads come.
    """
    whose = stroke.expand_as(parts)
    sums = parts.new_zeros(len(parts), strokes)
    _, size = torch.frexp(sums.scatter_reduce(1, whose, parts.abs(), "amax"))
    fine = torch.exp2((BITS - size).clamp(max=FINEST).to(parts))  # exact: powers of two
    whole = (parts * fine[:, stroke]).long()
    return sums.long().scatter_add(1, whose, whole).double() / fine.double()


def layered(where: Tensor, cells: int) -> tuple[Tensor, ...]:
    """Numbers of the fragments, the last of every pixel first: one tensor a layer."""
    order = torch.argsort(where, stable=True)
    last = torch.bincount(where, minlength=cells).cumsum(0) - 1
    depth = last[where[order]] - torch.arange(len(where), device=where.device)
    layers = torch.bincount(depth).cpu().tolist() if len(where) else []
    return torch.split(order[torch.argsort(depth, stable=True)], layers)


def grouped(layers: Sequence[Tensor], most: int) -> Iterator[list[Tensor]]:
    """Layers that follow each other, as many together as have at most `most` fragments."""
    group: list[Tensor] = []
    for layer in layers:
        if group and sum(map(len, group)) + len(layer) > most:
            yield group
            group = []
        group.append(layer)
    if group:
        yield group


def cover(through: Tensor, places: list[Tensor], alphas: list[Tensor]) -> Tensor:
    """Which of the fragments at `places`, a tensor a layer, show: those that enough shows through.

    What then shows `through` all of them [pixel] is put in its place.
    """
    alpha = torch.cat(alphas).detach()
    shown = [alpha[:0] > 0]
    for at, covers in zip(places, torch.split(alpha, [len(at) for at in places]), strict=True):
        clear = through[at]
        shown.append(clear > HIDDEN)
        through[at] = torch.where(shown[-1], clear * (1 - covers), clear)
    return torch.cat(shown)


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
    g_picture: Tensor, alpha: Tensor, under: Tensor, where: Tensor, layers: tuple[Tensor, ...]
) -> tuple[Tensor, Tensor, Tensor]:
    """From the gradient [3, pixel] of the finished picture to those of alpha and foreground.

    Third comes how much of each fragment shows through what lies above it.
    """
    g_alpha, g_ink, clear = torch.empty_like(alpha), torch.empty_like(under), torch.ones_like(alpha)
    g_picture, through = g_picture.clone(), torch.ones_like(g_picture[0])
    for layer in layers:
        at = where[layer]
        g = g_picture[:, at]
        g_ink[:, layer], g_alpha[layer] = g, -(g * under[:, layer]).sum(dim=0)
        clear[layer] = through[at]
        g_picture[:, at], through[at] = g * (1 - alpha[layer]), through[at] * (1 - alpha[layer])
    return g_alpha, g_ink, clear
