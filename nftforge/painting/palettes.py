"""Palettes by name.

A named palette is a few pigments and what they mix to: painters who own four tubes have twenty
colours. As light they mix through OKLab, so half way between two colours looks half way; as pigment
like paints that are stirred (`pigments`), so yellow and blue are green.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations
from types import MappingProxyType

from nftforge.core.errors import ConfigError
from nftforge.core.nearest import suggestion
from nftforge.painting.settings import Colour

DUOTONE = "duotone"
TONES = 9  # of a duotone, its ends among them
MIXTURES = 1 / 3, 2 / 3  # of two pigments
LIGHT, PIGMENT = "light", "pigment"
MIXED = 8  # pigments at most: what they mix to are 64 colours

PIGMENTS = MappingProxyType(
    {
        # Anders Zorn's: yellow ochre, vermilion, ivory black, lead white
        "zorn": ("#c58a34", "#c4341f", "#262529", "#f4efe4"),
        "primary": ("#f2c500", "#d1202f", "#1d4fa8", "#f7f5ef", "#1a1a1c"),
        "earth": ("#b9813b", "#9c4a2b", "#5d3a24", "#6f6f45", "#efe6d4", "#231d19"),
        "noir": ("#101012", "#f1f0ec"),
        "pastel": (
            "#f4b6c2",
            "#f7d9a8",
            "#bfe3c8",
            "#a9cfe8",
            "#cdb9e6",
            "#fbf8f2",
            "#7d8fa6",
            "#5b4f70",
        ),
    }
)


def palette_names() -> list[str]:
    """What `palette` may be called, `duotone` aside."""
    return list(PIGMENTS)


def is_named(text: str) -> bool:
    """Whether `text` is what a palette is called, or a duotone."""
    return text in PIGMENTS or text.partition(":")[0] == DUOTONE


def named_palette(name: str, mixing: str = LIGHT) -> tuple[Colour, ...]:
    """The colours of a palette. Raises ConfigError, with the nearest name, if there is none."""
    if name not in PIGMENTS:
        known = [*PIGMENTS, f"{DUOTONE}:#rrggbb,#rrggbb"]
        raise ConfigError(
            f"there is no palette {name!r}",
            hint=f"{suggestion(name, list(PIGMENTS))}known: {', '.join(known)}",
        )
    return mixed_palette([_parsed(pigment) for pigment in PIGMENTS[name]], mixing)


def mixed_palette(pigments: Sequence[Colour], mixing: str = LIGHT) -> tuple[Colour, ...]:
    """Pigments and the mixtures of each two, as light or pigment; of two only, `TONES` in a row."""
    return _mixed(tuple(pigments), mixing)


@lru_cache(64)  # each piece of a collection asks
def _mixed(pigments: tuple[Colour, ...], mixing: str) -> tuple[Colour, ...]:
    mix = _stirred if mixing == PIGMENT else between
    if len(pigments) == 2:
        first, last = pigments
        inner = [mix(first, last, step / (TONES - 1)) for step in range(1, TONES - 1)]
        return _distinct([first, *inner, last])
    mixtures = [mix(*pair, part) for pair in combinations(pigments, 2) for part in MIXTURES]
    return _distinct([*pigments, *mixtures])


def _stirred(first: Colour, last: Colour, part: float) -> Colour:
    from nftforge.painting.pigments import mixture

    return mixture(first, last, part)


def between(first: Colour, last: Colour, part: float) -> Colour:
    """The colour that is so far (0..1) from one to another."""
    import numpy as np

    from nftforge.painting.oklab import from_oklab, to_oklab

    one, other = (to_oklab(np.array(colour) / 255.0) for colour in (first, last))
    red, green, blue = (from_oklab(one + part * (other - one)) * 255).round().astype(int).tolist()
    return red, green, blue


def _distinct(colours: Iterable[Colour]) -> tuple[Colour, ...]:
    return tuple(dict.fromkeys(colours))


def _parsed(text: str) -> Colour:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)
