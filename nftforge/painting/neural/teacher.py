"""The exact teacher: any brush, a batch of strokes at once, as the networks should draw them.

It is each brush's `reference` in plain torch: any device, any resolution, no loop over strokes.
Unusual: only pixels inside the strokes' boxes are looked at, a flat list of (stroke, pixel) pairs
(`Pixels`), on average a seventh of a canvas. What a stroke leaves at a pixel is

    alpha a     how much it covers: h' = foreground + (1 - a) h
    shade s     a * sigma1, sigma1 the tone of the paint (bristle streaks, pooled edges)
    mix   q     s * sigma2, sigma2 how far from the first colour to the second
    foreground  (s - q) c0 + q c1

so colours never enter a network and the foreground is linear in them. (The painter limits the ink
sigma1 * colour to 1; `foreground` does too.) Frame: x right, y down, the canvas's side is 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from nftforge.painting.brushes import load_brush

LEAST = 0.05  # half sides, canvas units: those of the paper's samples are 0.05 to 0.5
SMALL_LEAST, SMALL_MOST = 0.35, 0.15  # half sides of small strokes, from (pixels) and to (canvas)


@dataclass(frozen=True)
class Pixels:
    """Pixels of windows that strokes may cover, one stroke's after another's; all [pixel]."""

    stroke: Tensor  # whose pixel this is
    at: Tensor  # which one of all windows' pixels
    x: Tensor  # its middle, canvas units
    y: Tensor
    scale: Tensor  # pixels in a canvas unit; edges are a pixel soft
    shape: tuple[int, ...]  # of all windows: [stroke, height, width] or, if they differ, [pixel]

    def part(self, some: Tensor) -> Pixels:
        """Those with the numbers `some`."""
        kept = {name: getattr(self, name)[some] for name in ("stroke", "at", "x", "y", "scale")}
        return replace(self, **kept)

    def spread(self, values: Tensor) -> Tensor:
        """Values [pixel] as pictures of the windows, 0 elsewhere."""
        picture = values.new_zeros(math.prod(self.shape))
        return picture.index_copy(0, self.at, values).view(self.shape)


@dataclass(frozen=True)
class Windows:
    """What each stroke paints on, a row of pixels after another: all [stroke]."""

    first: Tensor  # the number of its first pixel; strokes may share a window
    width: Tensor  # pixels
    height: Tensor
    corner: Tensor  # [2, stroke], where it begins, canvas units
    scale: Tensor  # pixels in a canvas unit


def pixels(
    brush: str,
    params: Tensor,
    width: int,
    height: int,
    scale: float,
    corner: Tensor | None = None,
) -> Pixels:
    """The pixels of windows, a stroke (params [stroke, P]) each, that the strokes may cover.

    corner [stroke, 2]: where they begin, canvas units; None for (0, 0).
    """
    count = torch.arange(len(params), device=params.device)
    corners = params.new_zeros(2, len(params)) if corner is None else corner.to(params).T
    windows = Windows(
        count * (width * height), torch.full_like(count, width), torch.full_like(count, height),
        corners, params.new_full((len(params),), scale),
    )  # fmt: skip
    return pixels_in(windows, (len(params), height, width), brush, params)


def pixels_in(windows: Windows, shape: tuple[int, ...], brush: str, params: Tensor) -> Pixels:
    """The pixels of `windows` (of that `shape` together) that strokes (params [stroke, P]) may
    cover."""
    p, scale, corner = params.detach().T, windows.scale, windows.corner
    box = _box(brush, p, 1 / scale)
    middle, lengths = (box.middle - corner) * scale, torch.stack([windows.width, windows.height])
    first = torch.ceil(middle - box.reach * scale - 0.5).long()
    stop = torch.floor(middle + box.reach * scale - 0.5).long() + 1
    first, stop = (torch.minimum(edge.clamp(min=0), lengths) for edge in (first, stop))
    columns, rows = (stop - first).clamp(min=0)

    count = rows * columns
    stroke = torch.repeat_interleave(count)
    nth = torch.arange(len(stroke), device=params.device) - (count.cumsum(0) - count)[stroke]
    column = first[0, stroke] + nth % columns[stroke]
    row = first[1, stroke] + nth // columns[stroke]
    x = (column + 0.5) / scale[stroke] + corner[0, stroke]
    y = (row + 0.5) / scale[stroke] + corner[1, stroke]
    at = windows.first[stroke] + row * windows.width[stroke] + column
    return Pixels(stroke, at, x, y, scale[stroke], shape).part(box.around(x, y, stroke))


@dataclass(frozen=True)
class _Box:
    """The rotated boxes around strokes, edges included."""

    middle: Tensor  # [2, stroke]
    half: Tensor  # [2, stroke], along and across
    turn: Tensor  # [2, stroke], cos and sin

    @property
    def reach(self) -> Tensor:
        """Half width and half height of the axis-parallel boxes around them, [2, stroke]."""
        cos, sin = self.turn.abs()
        a, b = self.half
        return torch.stack([a * cos + b * sin, a * sin + b * cos])

    def around(self, x: Tensor, y: Tensor, stroke: Tensor) -> Tensor:
        """Which points lie in their stroke's box."""
        dx, dy = x - self.middle[0, stroke], y - self.middle[1, stroke]
        cos, sin = self.turn[:, stroke]
        turned = torch.stack([dx * cos + dy * sin, dy * cos - dx * sin])
        return (turned.abs() < self.half[:, stroke]).all(dim=0)


def _box(brush: str, p: Tensor, w: Tensor) -> _Box:
    x, y, a, b, angle = p[:5]
    turn, rise = torch.stack([torch.cos(angle), torch.sin(angle)]), torch.zeros_like(x)
    half = torch.stack([a, b])
    if curved(brush):  # `_curve.frame`
        rise, most = 0.25 * a * p[5], b * (1 + p[7].abs())
        half = torch.stack([a + most, rise.abs() + most])
    middle = torch.stack([x - rise * turn[1], y + rise * turn[0]])
    edge = 1.5 * w if load_brush(brush).BRUSH.tip else 0.5 * w  # a tip's cells go over by one
    return _Box(middle, half + edge, turn)


@dataclass(frozen=True)
class Fragments:
    """What strokes leave at `Pixels`: all [pixel]."""

    alpha: Tensor
    tone: Tensor  # sigma1
    mix: Tensor  # sigma2

    def shade(self) -> tuple[Tensor, Tensor]:
        """(s, q)."""
        shade = self.alpha * self.tone
        return shade, shade * self.mix

    def foreground(self, colours: Tensor, pixels: Pixels) -> Tensor:
        """alpha * ink, [3, pixel]; colours [stroke, C, 3]."""
        return self.inked(colours[:, [0, -1]].permute(1, 2, 0)[:, :, pixels.stroke])

    def inked(self, pair: Tensor) -> Tensor:
        """The same; pair [2, 3, pixel] of colours."""
        ink = self.tone * (pair[0] + self.mix * (pair[1] - pair[0]))
        return self.alpha * ink.clamp(0, 1)


def rasterise(brush: str, params: Tensor, data: Tensor, pixels: Pixels) -> Fragments:
    """Exactly what strokes (params [stroke, P]) leave; `data` as from `tip_data`."""
    p = params.T[:, pixels.stroke]
    reference = load_brush(brush).reference
    alpha, mix, tone = reference(p, data.to(params), pixels.x, pixels.y, 1 / pixels.scale)
    return Fragments(alpha, tone, mix)


def curved(brush: str) -> bool:
    return "bend" in load_brush(brush).BRUSH.params


def sample(
    brush: str, count: int, random: torch.Generator, small: float = 0.0, scale: float = 64.0
) -> Tensor:
    """Random strokes [count, P] on the unit square, every parameter evenly within its bounds.

    They are as opaque as the brush can be: opacity only scales what they leave, and this is the
    hardest case. small: what part of them have sides drawn evenly in log down to a third of a
    pixel; the square has `scale` pixels on a side.
    """
    brush_ = load_brush(brush).BRUSH
    names = brush_.params
    low, high = torch.tensor(brush_.low), torch.tensor(brush_.high)
    angle, sides = names.index("angle"), [names.index("half_length"), names.index("half_width")]
    low[angle], high[angle] = -math.pi, math.pi
    low[names.index("opacity")] = high[names.index("opacity")]
    low[sides] = torch.minimum(torch.tensor(LEAST), high[sides] / 4)
    params = low + (high - low) * torch.rand(count, len(names), generator=random)
    few = round(count * small)
    most = torch.log(high[sides].clamp(max=SMALL_MOST))
    least = math.log(SMALL_LEAST / scale)
    part = torch.rand(few, len(sides), generator=random)
    params[:few, sides] = torch.exp(least + (most - least) * part)
    params[:, names.index("texture")] = params[:, names.index("texture")].floor()
    return params


def coloured(brush: str, count: int, random: torch.Generator) -> Tensor:
    """Random colours [count, C, 3]."""
    return torch.rand(count, load_brush(brush).BRUSH.colours, 3, generator=random)
