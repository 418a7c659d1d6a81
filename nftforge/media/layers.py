"""Pictures put over a picture: the layers of an avatar, with alpha, blended as browsers do.

    layered(base, [(hat, LayerLook("multiply", 0.5))])  # both float [h, w, 4], straight alpha

Every layer is brought to the base's size: whole, in its own proportions, in the middle. Pixel art
(no side longer than 128 pixels) grows by nearest neighbour, everything else smoothly; what shrinks
is averaged. Unusual: nothing here depends on how a machine rounds. Sizes are changed with whole
numbers, and blending uses single float64 operations only, in the order they are written; so the
same pictures give the same bytes everywhere. Formulas, on sRGB as it is stored:
https://www.w3.org/TR/compositing-1/ (simple alpha compositing, sections 5.1, 9 and 10)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from nftforge.media.layer_files import LayerFile, LayerLook
from nftforge.media.pictures import Picture, load_picture

PIXEL_ART = 128  # pixels, of the longer side
LARGEST = 4096  # pixels, of the longer side of what is put together
FINE = 65_535  # steps of a channel while sizes are changed

Rgba = NDArray[np.float64]  # [h, w, 4], 0..1, colours not multiplied by alpha
Channel = NDArray[np.float64]


def _overlay(under: Channel, over: Channel) -> Channel:
    """Hard light with the two exchanged."""
    return np.where(under <= 0.5, over * (2 * under), _screen(2 * under - 1, over))


def _screen(under: Channel, over: Channel) -> Channel:
    return under + over - under * over


BLENDS: Mapping[str, Callable[[Channel, Channel], Channel]] = MappingProxyType(
    {
        "normal": lambda _under, over: over,
        "multiply": lambda under, over: under * over,
        "screen": _screen,
        "overlay": _overlay,
    }
)


def layered(
    base: Rgba, layers: Iterable[tuple[Rgba, LayerLook]], pixel_art: bool | None = None
) -> Rgba:
    """`base` with the layers over it, the first lowest; float64 [h, w, 4] of the base's size.

    pixel_art: how layers grow; None: by nearest neighbour if they are small.
    """
    height, width = base.shape[:2]
    result = np.asarray(base, np.float64)
    for layer, look in layers:
        result = composed(result, fitted(layer, width, height, pixel_art), look)
    return result


def composed(under: Rgba, over: Rgba, look: LayerLook) -> Rgba:
    """One layer over another of its size.

    With alpha a and colour C, b the backdrop and s the source (W3C, 5.1 and 9):
    Cs' = (1 - ab) Cs + ab B(Cb, Cs);  a C = as Cs' + ab Cb (1 - as);  a = as + ab (1 - as)
    """
    ab, cb = under[..., 3:], under[..., :3]
    source, cs = over[..., 3:] * look.opacity, over[..., :3]
    mixed = (1 - ab) * cs + ab * BLENDS[look.blend](cb, cs)
    alpha = source + ab * (1 - source)
    premultiplied = source * mixed + ab * cb * (1 - source)
    colour = np.divide(premultiplied, alpha, out=np.zeros_like(premultiplied), where=alpha > 0)
    return np.concatenate([colour.clip(0, 1), alpha], axis=2)


# --- sizes --------------------------------------------------------------------------------------


def fitted(layer: Rgba, width: int, height: int, pixel_art: bool | None = None) -> Rgba:
    """`layer` on a transparent ground of that size: whole, in its proportions, in the middle."""
    tall, wide = layer.shape[:2]
    if (wide, tall) == (width, height):
        return np.asarray(layer, np.float64)
    if wide * height > tall * width:  # it meets the sides first
        new_wide, new_tall = width, max(1, (2 * tall * width + wide) // (2 * wide))
    else:
        new_wide, new_tall = max(1, (2 * wide * height + tall) // (2 * tall)), height
    ground = np.zeros((height, width, 4))
    top, left = (height - new_tall) // 2, (width - new_wide) // 2
    ground[top : top + new_tall, left : left + new_wide] = resized(
        layer, new_wide, new_tall, pixel_art
    )
    return ground


def resized(picture: Rgba, width: int, height: int, pixel_art: bool | None = None) -> Rgba:
    """At another size, colours weighted by their alpha: what is transparent has no colour."""
    tall, wide = picture.shape[:2]
    if pixel_art is None:
        pixel_art = max(tall, wide) <= PIXEL_ART
    if pixel_art and width >= wide and height >= tall:
        rows, columns = np.arange(height) * tall // height, np.arange(width) * wide // width
        return np.asarray(picture[rows][:, columns], np.float64)
    whole = np.rint(picture * FINE).astype(np.int64)
    alpha = whole[..., 3:]
    planes = np.concatenate([(whole[..., :3] * alpha + FINE // 2) // FINE, alpha], axis=2)
    planes = _along(_along(planes, height).swapaxes(0, 1), width).swapaxes(0, 1)
    colour = np.divide(planes[..., :3], planes[..., 3:], out=np.zeros(planes[..., :3].shape),
                       where=planes[..., 3:] > 0)  # fmt: skip
    return np.concatenate([colour.clip(0, 1), planes[..., 3:] / FINE], axis=2)


def _along(planes: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """The first axis at another length, in whole numbers: averaged, or interpolated."""
    old = len(planes)
    if length < old:
        ends = np.arange(length + 1) * old  # of the new pixels, in parts of an old one / length
        full, part = np.divmod(ends, length)
        sums = np.concatenate([np.zeros_like(planes[:1]), planes.cumsum(axis=0)])
        following = planes[np.minimum(full, old - 1)]
        until = sums[full] * length + following * part[:, None, None]
        means: NDArray[np.int64] = (np.diff(until, axis=0) + old // 2) // old
        return means
    steps = (2 * np.arange(length) + 1) * old - length  # of centres, in 1 / (2 length)
    below, part = np.divmod(steps, 2 * length)
    low, high = below.clip(0, old - 1), (below + 1).clip(0, old - 1)
    weight = part[:, None, None]
    mixed: NDArray[np.int64] = planes[low] * (2 * length - weight) + planes[high] * weight + length
    return mixed // (2 * length)


# --- files --------------------------------------------------------------------------------------


def load_layered(
    path: Path, layers: Sequence[LayerFile], max_side: int, frame: int | None = None
) -> Picture:
    """The picture `path` with its layers, its longer side at most `max_side` pixels.

    Without layers it is `load_picture`. With them all are put together at the size that the base
    has (its longer side 4,096 pixels at most), and made smaller then. Raises PictureError.
    """
    if not layers:
        return load_picture(path, max_side, frame)
    base = load_picture(path, LARGEST, frame)
    over = [load_picture(each.path, LARGEST) for each in layers]
    looks = [each.look for each in layers]
    whole = layered(_rgba(base), zip(map(_rgba, over), looks, strict=True))
    notes = tuple(note for picture in (base, *over) for note in picture.notes)
    return _picture(_smaller(whole, max_side), base.size, notes)


def _rgba(picture: Picture) -> Rgba:
    alpha = picture.alpha if picture.alpha is not None else np.ones(picture.rgb.shape[:2])
    return np.dstack([picture.rgb, alpha]).astype(np.float64)


def _smaller(picture: Rgba, max_side: int) -> Rgba:
    tall, wide = picture.shape[:2]
    longer = max(tall, wide)
    if longer <= max_side:
        return picture
    sides = (max(1, (2 * side * max_side + longer) // (2 * longer)) for side in (wide, tall))
    return resized(picture, *sides)


def _picture(rgba: Rgba, size: tuple[int, int], notes: tuple[str, ...]) -> Picture:
    alpha = None if (rgba[..., 3] == 1).all() else rgba[..., 3].astype(np.float32)
    return Picture(rgba[..., :3].astype(np.float32), alpha, size, notes)
