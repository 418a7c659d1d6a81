"""Relief again, slow and plain: stroke after stroke over whole pictures, in numpy float64.

The oracle of `nftforge.painting.relief`: shapes from the brushes' own torch references, heights
and light by the formulas, no tiles, no order from the top, no gaps.
"""

from __future__ import annotations

import numpy as np
import torch

from nftforge.painting.brushes import load_brush, tip_data
from nftforge.painting.brushes._kit import CELLS, COLUMN, ROW, TABLE
from nftforge.painting.light_kernels import (
    BRIGHTEST,
    DARKEST,
    HIDES,
    SHOWN,
    SLOW,
    SQUARES,
    TEETH,
    WAVER,
)
from nftforge.painting.relief import MATERIALS, finish_of, lamp_at


def plain(strokes, width, height, relief):
    """The lit painting, float64 [h, w, 3], 0..255."""
    scale = float(max(width, height))
    y, x = (np.mgrid[0:height, 0:width] + 0.5) / scale
    colour, thick = laid(strokes, x, y, scale)
    return 255 * lit(colour, thick, x, y, scale, finish_of(strokes, relief), lamp_at(relief.light))


def laid(strokes, x, y, scale):
    """(colour [h, w, 3], height [h, w])."""
    module, body = load_brush(strokes.brush), MATERIALS[strokes.brush].body
    data = torch.tensor(tip_data(strokes.brush, strokes.tip))
    tx, ty = torch.tensor(x), torch.tensor(y)
    colour = np.broadcast_to(strokes.canvas[:3].astype(float), (*x.shape, 3))
    height = np.zeros(x.shape)
    for p, ends in zip(strokes.params.astype(float), strokes.colours.astype(float), strict=True):
        opacity, b = p[module.BRUSH.params.index("opacity")], p[3]
        soft = max(min(max(body.part * b, body.low), body.high), 1 / scale)
        sharp = (v.numpy() for v in module.reference(torch.tensor(p), data, tx, ty, 1 / scale))
        alpha, mix, tone = sharp
        cover = module.reference(torch.tensor(p), data, tx, ty, soft)[0].numpy() / opacity
        cover = np.minimum(cover, 1)
        ink = tone[..., None] * (ends[0] + mix[..., None] * (ends[-1] - ends[0]))
        colour = colour + alpha[..., None] * (ink.clip(0, 1) - colour)
        bristle = (tone - 1) / body.tone
        here = body.body * (1 - 0.3 * body.dry * mix) + body.pile * (1 - cover)
        here = here + body.ridge * bristle * (1 + body.dry * mix)
        here = here * body.thick * b / (b + body.half)
        height = height + opacity**1.5 * cover * (here - height)
    return colour, height


def lit(colour, height, x, y, scale, finish, lamp):
    ground = (weave if finish.woven else paper)(x, y, finish.cells, scale)
    paint = np.zeros_like(height) if finish.wet else height
    shown = SHOWN + (1 - SHOWN) * np.maximum(1 - paint / (8 * HIDES), 0) ** 8
    high = (paint + finish.rough / finish.cells * shown * ground) * scale * finish.relief
    padded = np.pad(high, 1, mode="edge")
    dx, dy = (padded[1:-1, 2:] - padded[1:-1, :-2]) / 2, (padded[2:, 1:-1] - padded[:-2, 1:-1]) / 2
    normal = np.stack([-dx, -dy, np.ones_like(dx)], -1) / np.sqrt(dx**2 + dy**2 + 1)[..., None]
    diffuse = (normal @ np.array(lamp[:3]) / lamp.z).clip(DARKEST, BRIGHTEST)
    diffuse = 1 + SQUARES * (diffuse - 1)
    shine = (normal @ np.array(lamp[3:])).clip(0) ** 14 - lamp.half_z**14
    density = finish.grain * (1 - 2 * ground) + finish.pool * height * finish.wet
    colour = colour ** (1 + finish.relief * density)[..., None]
    bright = np.sqrt(colour**2 @ np.array([0.2126, 0.7152, 0.0722]))[..., None]
    tint = 0.5 * (colour + bright) + 0.02
    seen = colour**2 * diffuse[..., None] + finish.gloss * shine.clip(0)[..., None] * tint
    return np.sqrt(seen.clip(0, 1))


def noise(x, y, seed):
    i, j = np.floor(x).astype(int), np.floor(y).astype(int)
    kx, ky = (r**3 * (r * (r * 6 - 15) + 10) for r in (x - i, y - j))
    at = i * COLUMN + j * ROW + seed
    n00, n10, n01, n11 = (TABLE[(at + k) % CELLS] for k in (0, COLUMN, ROW, COLUMN + ROW))
    return (n00 * (1 - kx) + n10 * kx) * (1 - ky) + (n01 * (1 - kx) + n11 * kx) * ky


def shows(cell):
    k = np.clip((cell - 1.25) / 1.5, 0, 1)
    return k * k * (3 - 2 * k)


def paper(x, y, cells, scale):
    grains = (
        much * shows(scale / cells / finer) * noise(x * cells * finer, y * cells * finer, seed)
        for finer, much, seed in TEETH
    )
    return 0.5 + sum(grains)


def weave(x, y, cells, scale):
    u = x * cells + WAVER * noise(x * SLOW, y * SLOW, 7)
    v = y * cells + WAVER * noise(x * SLOW, y * SLOW, 99)
    i, j = np.floor(u), np.floor(v)
    warp = bulge(u - i) * over(v + 1.5 + i) * (1 + 0.5 * noise(i, v * 0.15, 3))
    weft = bulge(v - j) * over(u + 2.5 + j) * (1 + 0.5 * noise(u * 0.15, j, 5))
    return np.maximum(warp, weft) * shows(scale / cells)


def bulge(part):
    k = 4 * part * (1 - part)
    return k * (0.775 + 0.225 * k)


def over(at):
    k = 1 - np.abs(at % 2 - 1)
    return k * k * (3 - 2 * k)
