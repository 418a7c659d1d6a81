"""The brushes: each module in this folder is one, named after it; adding one touches one file.

A brush module defines

    BRUSH                       a `Brush`: what it is called and what its parameters are
    prepare(p, w) -> row        derived values of one stroke, a tuple that starts with the middle of
                                its box (x, y); edges are `w` canvas units soft
    reach(row)                  half width and half height of that box
    span(row, y)                (from x, to x): the part of a horizontal line it may cover
    shade(row, data, x, y)      (alpha, mix, tone) at a point
    shade_grad(row, data, x, y, g_alpha, g_mix, g_tone)
                                the exact gradient with respect to the P parameters
    add(g, h)                   the sum of two gradients
    place(x, y, length, width, angle, texture) -> p
                                a stroke of that size lying there, for the painter to start from
    outline(p) -> points        its edge, a polygon [point, 2] in canvas units, for vector drawings
    ends(p) -> (x, y, x, y)     where its first and its second colour are
    reference(p, data, x, y, w) `shade` again in plain torch, the oracle of the tests
    grain(p, s, t, w) -> maps   only if it has random textures: each, as `reference` uses it
    covers(p) -> float          only if not `opacity` times `body`: what part of the inside of its
                                outline is covered
    pyramid(tip) -> data        only if the brush has a tip: what `data` holds

The colour at a point is `tone * ((1 - mix) * colours[0] + mix * colours[-1])`: linear in the
colours whatever the brush does. Modules that begin with `_` are what brushes share. None of this
is loaded until something is painted.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING

from nftforge.core.errors import ConfigError
from nftforge.core.nearest import suggestion

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OTHER_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "watercolour": "watercolor", "aquarelle": "watercolor", "aquarell": "watercolor",
        "gouache": "watercolor", "wash": "watercolor", "oils": "oil", "oil-paint": "oil",
        "oil-painting": "oil", "bristle": "oil", "felt": "marker", "felt-tip": "marker",
        "pen": "marker", "fountain-pen": "ink", "brush-pen": "ink", "india-ink": "ink",
        "sumi": "ink", "calligraphy": "ink", "quill": "ink", "washi": "tape", "washi-tape": "tape",
        "graphite": "pencil", "lead": "pencil", "crayon": "pastel", "charcoal": "pencil",
        "chalk": "pastel", "pastels": "pastel", "soft-pastel": "pastel", "conte": "pastel",
        "palette-knife": "knife", "painting-knife": "knife", "spatula": "knife",
        "impasto": "knife",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Brush:
    """`low`/`high` bound each parameter, `step` is its learning rate: all in the brush's units."""

    name: str
    version: int  # raise it when the same parameters draw something else
    about: str
    colours: int  # 1, or 2 for a gradient along the stroke
    params: tuple[str, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    step: tuple[float, ...]
    tip: int = 0  # cells on a side of its tip, if the user brings one
    body: float = 1.0  # how much of its opacity covers, on average: for vector drawings
    inks: tuple[tuple[int, int, int], ...] = ()  # its only colours (sRGB) unless others are asked
    merge: float = (
        0.0  # lines this near (canvas units, times the square root of strokes) are a tone
    )


def brush_names() -> list[str]:
    """Every brush there is, without loading any."""
    return list(_names())


@cache
def _names() -> tuple[str, ...]:
    """Looked for once: thousands of pieces may ask."""
    names = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in names if not name.startswith("_")))


def brush_meant(name: str) -> str:
    """`did you mean X? ` for a brush that there is not, or nothing."""
    return suggestion(name, (each for each in brush_names() if each != "own"), OTHER_NAMES)


def load_brush(name: str) -> ModuleType:
    """The module of the brush called `name`. Raises ConfigError listing the brushes."""
    if name not in brush_names():
        raise ConfigError(
            f"there is no brush {name!r}",
            hint=f"{brush_meant(name)}brushes: {', '.join(brush_names())}",
        )
    return importlib.import_module(f"{__name__}.{name}")


def tip_data(name: str, tip: NDArray[np.uint8] | None) -> NDArray[np.float64]:
    """What a brush's functions get as `data`: its tip made ready, or nothing.

    Raises ConfigError if a tip is missing, not wanted, or not [side, side] as the brush has it.
    """
    import numpy as np

    brush, side = load_brush(name), load_brush(name).BRUSH.tip
    if side and tip is None:
        raise ConfigError(
            f"the brush {name!r} has no tip", hint="give the path of a grey PNG as the brush"
        )
    if tip is None:
        return np.zeros(1)
    if tip.shape != (side, side):
        raise ConfigError(f"the tip of {name!r} is {tip.shape}, not {(side, side)} cells")
    return np.asarray(brush.pyramid(tip), np.float64)
