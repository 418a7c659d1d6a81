"""The brushes: each module in this folder is one, named after it; adding one touches one file.

A brush module defines

    BRUSH                       a `Brush`: what it is called and what its parameters are
    prepare(p) -> row           derived values of one stroke (sines, seeds), float64 [G]
    shade(row, x, y, w)         (alpha, mix, tone) at a point; edges are `w` canvas units soft
    shade_grad(row, x, y, w, g_alpha, g_mix, g_tone)
                                the exact gradient with respect to the P parameters
    reach(row, w)               half width and half height of the box it stays inside
    place(x, y, length, width, angle, texture) -> p
                                a stroke of that size lying there, for the painter to start from
    twin(p, x, y, w)            `shade` again in plain torch, the oracle of the tests

The colour at a point is `tone * ((1 - mix) * colours[0] + mix * colours[-1])`: linear in the
colours whatever the brush does. The first four are numba functions that `canvas` compiles its
loops around; none of this is loaded until something is painted.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from types import ModuleType

from nftforge.errors import ConfigError


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


def brush_names() -> list[str]:
    """Every brush there is, without loading any."""
    return sorted(
        module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")
    )


def load_brush(name: str) -> ModuleType:
    """The module of the brush called `name`. Raises ConfigError listing the brushes."""
    if name not in brush_names():
        raise ConfigError(
            f"there is no brush {name!r}", hint=f"brushes: {', '.join(brush_names())}"
        )
    return importlib.import_module(f"{__name__}.{name}")
