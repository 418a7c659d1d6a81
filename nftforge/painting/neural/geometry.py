"""What a network is shown of a stroke: geometry, not raw parameters.

A network that must work out from seven numbers where a rotated box lies spends all it has on that
(shrunken copies of the paper's networks did). So each pixel is told, in the stroke's own frame,

    straight brushes   signed distances to the four sides of the box, in pixels
    curved brushes     depths in the discs at both ends and in all discs, in pixels
    both               s along and t across the stroke, -1 to 1 inside
                       the brush's random textures there (`grain`), also as lengths in pixels: a
                       table of random numbers is nothing to learn
    own tips           harmonics of s and t, from which a network can draw any picture

and what the whole stroke is like (`described`). Everything is in pixels or in parts of the stroke,
so a network knows no resolution: any window, any canvas. All is differentiable in the parameters.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from nftforge.painting.brushes import _reference as kit
from nftforge.painting.brushes import load_brush
from nftforge.painting.neural.teacher import Pixels, curved

DISCS = 6
NEAR, FAR = 2.0, 6.0  # pixels: distances are shown finely up to NEAR, coarsely up to MOST
MOST = 128.0
EDGE = 1.5  # s and t are cut off here
HARMONICS = 6  # of s and t, for tips


def maps(brush: str, p: Tensor, pixels: Pixels) -> Tensor:
    """Geometry of each pixel's stroke p [P, pixel] there: [C, pixel]."""
    module, scale = load_brush(brush), pixels.scale
    u, v = kit.local(p, pixels.x, pixels.y)
    if curved(brush):
        s, far, t = kit.beside(p, u, v)
        sides = _depths(p, u, v, s)
    else:
        s, t = u / p[2], v / p[3]
        far, sides = s, [p[2] - u, p[2] + u, p[3] - v, p[3] + v]
    shown = [s.clamp(-EDGE, EDGE), t.clamp(-EDGE, EDGE)]
    for side in sides:
        near = side * scale
        shown += [(near / NEAR).clamp(-1, 1), (near / FAR).clamp(-MOST / FAR, MOST / FAR)]
    if hasattr(module, "grain"):
        for noise in module.grain(p, far, t, 1 / scale):
            shown += [noise, noise * p[2] * scale / FAR, noise * p[3] * scale / FAR]
    if module.BRUSH.tip:
        for k in range(1, HARMONICS + 1):
            for at in shown[:2]:
                shown += [torch.sin(k * math.pi / 2 * at), torch.cos(k * math.pi / 2 * at)]
    return torch.stack(shown)


def _depths(p: Tensor, u: Tensor, v: Tensor, s: Tensor) -> list[Tensor]:
    """How deep points lie in the discs at both ends, and in all discs of a curved stroke.

    All: six along the curve and the one beside the point (two Newton steps from s). No disc is
    deeper at a point than the stroke itself, so this is the stroke's depth, or a little less.
    """
    places: list[Tensor | float] = [2 * i / (DISCS - 1) - 1 for i in range(DISCS)]
    with torch.no_grad():
        foot = s.clamp(-1, 1)
        for _ in range(2):
            foot = kit.deeper(p, u, v, foot)
    discs = [kit.disc_depth(p, u, v, place) for place in [*places, foot]]
    return [discs[0], discs[DISCS - 1], torch.stack(discs).amax(dim=0)]


def described(brush: str, p: Tensor, scale: Tensor) -> Tensor:
    """Strokes p [P, pixel] in a few numbers of about 1: [D, pixel]."""
    size = [torch.log2(p[i] * scale) / 4 for i in (2, 3)]
    lengths = [p[i] * scale / FAR for i in (2, 3)]
    bends = [p[5], 2 * p[6], p[7]] if curved(brush) else []
    return torch.stack([*size, *lengths, torch.cos(2 * p[4]), torch.sin(2 * p[4]), *bends])
