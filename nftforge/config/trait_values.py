"""The values of each trait of a generated set: those that are written, and a folder's pictures.

`Red#10.png` is the value Red with the weight 10 (the number after the last #, as HashLips has it);
where any file of a trait has a weight, those without have 1. What stands beside `from:` and
`layers:` under a file's name says more of that value. A trait called Brush paints with the brushes
that its values name. Labels are compared as Unicode's NFC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from nftforge.config.files import locate
from nftforge.config.generate import GeneratedTrait, Value
from nftforge.config.piece_folders import pictures_in
from nftforge.config.piece_settings import PieceSettings
from nftforge.config.templates import label
from nftforge.config.yaml import Location
from nftforge.core.errors import quoted
from nftforge.core.nearest import suggestion
from nftforge.painting.brushes import brush_names
from nftforge.traits import NONE, Exactly, Part, Remaining, Share, Weight

WEIGHT = re.compile(r"(.+)#([0-9]+(?:\.[0-9]+)?)", re.DOTALL)


@dataclass(frozen=True)
class Choice:
    """One value: its share, and what a piece that has it is.

    settings  keys of a piece, as they would be written there
    layer     what is put over it, as one of a piece's `layers`
    place     where it is said
    """

    share: Share
    place: Location
    settings: Mapping[str, Any] = field(default_factory=dict)
    layer: Mapping[str, Any] | None = None
    facets: Mapping[str, str] = field(default_factory=dict)


class NoValueError(Exception):
    """What is wrong with a trait, where, and what to do."""

    def __init__(self, place: Location, fact: str, hint: str = "") -> None:
        super().__init__(fact)
        self.place, self.fact, self.hint = place, fact, hint


Choices = Mapping[str, Mapping[str, Choice]]  # trait -> value -> what it is


def choices_of(
    traits: Mapping[str, GeneratedTrait], written: Mapping[str, Any], folder: Path
) -> dict[str, dict[str, Choice]]:
    """Every value of every trait. `written`: the same as it stands in the file in `folder`.

    Raises NoValueError.
    """
    return {
        label(name): _choices(name, trait, _values_of(written[name]), folder)
        for name, trait in traits.items()
    }


def settings_of(given: Any) -> dict[str, Any]:
    """What a value, or a fixed piece, says of a piece, as it is written."""
    if not isinstance(given, dict):
        return {}
    own = {k: given[k] for k in PieceSettings.model_fields if k in given and k != "paint"}
    return {**(given.get("paint") or {}), **own}


def _values_of(given: Any) -> Mapping[str, Any]:
    return given if isinstance(given, dict) else dict.fromkeys(given)


def _choices(
    name: str, trait: GeneratedTrait, written: Mapping[str, Any], folder: Path
) -> dict[str, Choice]:
    here: Location = ("generate", "traits", name)
    source = trait.from_ or trait.layers
    files = dict(_files(here, trait, folder)) if source else {}
    weighted = any(weight is not None for _, weight in files.values())
    values = {label(value): (value, given) for value, given in trait.values.items()}
    found: dict[str, Choice] = {}
    for value in dict.fromkeys((*files, *values)):
        key, given = values.get(value, (value, Value()))
        picture, weight = files.get(value, ("", None))
        share = _share(given)
        if isinstance(share, Remaining) and weighted:
            share = Weight(Fraction(weight or "1"))
        place = (*here, key) if value in values else (*here, "from" if trait.from_ else "layers")
        if source and not (picture or value == NONE or given.image or given.layer):
            near = suggestion(value, files)
            raise NoValueError(
                place, f"{source} has no picture for {quoted(value)}",
                f"{near}name its picture: {{image: ..}} or {{layer: ..}}",
            )  # fmt: skip
        settings = settings_of(written.get(key))
        if trait.from_ and picture:
            settings = {"image": picture, **settings}
        layer = given.layer or (picture if trait.layers else "")
        found[value] = Choice(
            share, place, settings, _layer(trait, given, layer), _facets(trait, value, given)
        )
    return _with_brushes(name, found)


def _share(given: Value) -> Share:
    if given.count is not None:
        return Exactly(given.count)
    if given.share is not None:
        return Part(Fraction(str(given.share)) / 100)
    return Remaining() if given.weight is None else Weight(Fraction(str(given.weight)))


def _layer(trait: GeneratedTrait, given: Value, picture: str) -> dict[str, Any] | None:
    if not picture:
        return None
    opacity = trait.opacity if given.opacity is None else given.opacity
    return {"image": picture, "blend": given.blend or trait.blend, "opacity": opacity}


def _facets(trait: GeneratedTrait, value: str, given: Value) -> dict[str, str]:
    """Those that are written, else those that the name is made of."""
    named: dict[str, str] = {}
    if trait.facets:
        parts = re.split(r"(\{\w[\w ]*\})", trait.facets)
        names = [part[1:-1] for part in parts[1::2]]
        pattern = "".join("(.+?)" if i % 2 else re.escape(p) for i, p in enumerate(parts))
        if found := re.fullmatch(pattern, value):
            named = dict(zip(names, found.groups(), strict=True))
    return {k: label(v) for k, v in {**named, **given.facets}.items()}


def _with_brushes(name: str, found: dict[str, Choice]) -> dict[str, Choice]:
    """With the brush of a value that is called so, if all values of `Brush` are brushes."""
    brushes = {brush.casefold(): brush for brush in brush_names() if brush != "own"}
    values = [value for value in found if value != NONE]
    if name.casefold() != "brush" or not all(v.casefold() in brushes for v in values):
        return found
    for value in values:
        known = found[value]
        settings = {"brush": brushes[value.casefold()], **known.settings}
        found[value] = Choice(known.share, known.place, settings, known.layer, known.facets)
    return found


# --- folders ------------------------------------------------------------------------------------


def _files(
    here: Location, trait: GeneratedTrait, folder: Path
) -> Iterator[tuple[str, tuple[str, str | None]]]:
    """Value -> its picture's path from the collection file on, and its weight."""
    key, source = ("from", trait.from_) if trait.from_ else ("layers", trait.layers)
    assert source
    seen: dict[str, str] = {}
    for path in pictures_in(folder, source):
        weighted = WEIGHT.fullmatch(path.stem)
        value = label(weighted[1] if weighted else path.stem)
        if value in seen:
            raise NoValueError(
                (*here, key), f"{seen[value]} and {path.name} are the same value, {quoted(value)}"
            )
        seen[value] = path.name
        name = path.relative_to(folder) if path.is_relative_to(folder) else path
        yield value, (name.as_posix(), weighted[2] if weighted else None)
    if not seen:
        there = locate(folder, source)
        fact = f"there is no picture in {there}" if there.exists() else f"there is no {there}"
        raise NoValueError((*here, key), fact, "name a folder of pictures, or a pattern as a/*.png")
