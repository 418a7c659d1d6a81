"""Where a picture matters: there strokes are smaller and errors dearer, elsewhere the opposite.

A mask says it, or what draws the eye does: what differs from its surroundings, in the middle rather
than at the rim (centre-surround contrast: Itti, Koch, Niebur, A Model of Saliency-Based Visual
Attention, TPAMI 1998).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nftforge.painting.pictures import RgbaImage, blurred

F64 = NDArray[np.float64]

DEARER = 8.0  # an error where it matters most, beside one where it matters least
SMALLER = 0.5  # strokes are as long as this power of what matters less
SIZE = 128  # pixels on the longer side that attention is worked out at
SURROUNDINGS = 0.03, 0.12  # of the longer side: what a place is compared with
CENTRE = 0.35  # of the longer side: from there to the rim attention falls


def focused(picture: RgbaImage, mask: F64) -> RgbaImage:
    """With `mask` [any size, 0..1]: 1 matters most. Its mean weight is 1 where there is paint."""
    from PIL import Image

    height, width = picture.alpha.shape
    shown = Image.fromarray(mask.astype(np.float32), mode="F")
    fitted = np.asarray(shown.resize((width, height), Image.Resampling.BILINEAR), np.float64)
    dear = 1.0 + (DEARER - 1.0) * fitted.clip(0, 1)
    mean = (dear * picture.alpha).sum() / max(picture.alpha.sum(), 1e-9)
    return RgbaImage(picture.rgb, picture.alpha, dear / mean)


def attention(picture: RgbaImage) -> F64:
    """What draws the eye, 0..1, [h, w] at `SIZE`."""
    small = picture.resized(SIZE)
    shown, scale = small.rgb * small.alpha[..., None], small.scale
    apart: F64 = np.zeros(small.alpha.shape)
    for part in SURROUNDINGS:
        around = np.stack([blurred(shown[..., c], part * scale) for c in range(3)], axis=2)
        apart += blurred(((shown - around) ** 2).sum(axis=2), 0.02 * scale)
    height, width = apart.shape
    rows, columns = np.arange(height)[:, None] + 0.5, np.arange(width) + 0.5
    away = np.hypot(rows - height / 2, columns - width / 2) / scale
    drawn = np.sqrt(apart) * np.exp(-0.5 * (away / CENTRE) ** 2)
    return np.asarray((drawn / max(np.quantile(drawn, 0.98), 1e-9)).clip(0, 1))
