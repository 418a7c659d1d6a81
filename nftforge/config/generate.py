"""`generate:` of a collection file: so many pieces, drawn from traits, and what must never meet.

    generate:
      count: 1000
      name: "Emblem #{number}"
      traits:
        Base: {from: bases/*.png}
        Mood: {Dawn: 10%, Noir: {count: 25, paint: {palette: noir}}, Plain: {}}
        Hat:  {layers: layers/Hat, none: 40%}
      rules:
        - {if: {Base: skull}, not: {Mood: Dawn}}

Here is what may be written; `trait_values` reads the folders, `generated` draws. Unusual: the
values of a trait stand beside its own few keys (`from`, `layers`, ..), as people write them.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from nftforge.config.piece_settings import Blend, Opacity, PieceSettings
from nftforge.config.section import Section
from nftforge.config.values import PERCENT, FilePath, Line, Lines, Link, Name, percent
from nftforge.core.errors import quoted

MOST = 100_000  # pieces of a set
OWN_KEYS = ("from", "layers", "blend", "opacity", "facets")  # of a trait, beside its values
NO_RULE = (
    "a rule is {if: {..}, not: {..}}, {if: {..}, only: {..}}, {differ: [Hat, Shirt]} or "
    "{at_most: 3, of: {Hat: Crown}}"
)

Percent = Annotated[
    float, BeforeValidator(percent, json_schema_input_type=float | str), Field(ge=0, le=100)
]


class Value(PieceSettings):
    """One value of a trait: how many pieces have it, and what they are then."""

    share: Percent | None = Field(None, description="of all pieces: 12.5%")
    count: int | None = Field(None, ge=0, le=MOST, description="just so many pieces")
    weight: float | None = Field(None, ge=0, description="a part of what the others leave")
    layer: FilePath | None = Field(None, description="a picture that is put over the piece's")
    blend: Blend | None = None
    opacity: Opacity | None = None
    facets: dict[Line, Line] = Field(
        {}, description="what rules may speak of: {colour: red} is `Hat colour`"
    )

    @model_validator(mode="after")
    def _one_number(self) -> Value:
        given = [name for name in ("share", "count", "weight") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} exclude each other: one says how many pieces")
        return self


def _value(given: object) -> object:
    """`10%` is a share, a number a weight, nothing an equal part of what is left."""
    if given is None:
        return {}
    if isinstance(given, str) and PERCENT.fullmatch(given):
        return {"share": given}
    if isinstance(given, int | float) and not isinstance(given, bool):
        return {"weight": given}
    if not isinstance(given, dict | Value):
        shown = "a list" if isinstance(given, list) else quoted(given)
        raise ValueError(
            f"{shown} says no number of pieces; write 10% (of all), {{count: 3}} "
            "(just so many), 5 (a weight), or nothing"
        )
    return given


AnyValue = Annotated[
    Value, BeforeValidator(_value, json_schema_input_type=Value | float | str | None)
]


def _values_beside(schema: dict[str, Any]) -> None:
    """Of the JSON Schema: values are written beside the keys, not under one of them."""
    schema["additionalProperties"] = schema["properties"].pop("values")["additionalProperties"]


class GeneratedTrait(Section):
    """A trait of a generated set."""

    model_config = ConfigDict(json_schema_extra=_values_beside)

    from_: FilePath | None = Field(
        None,
        alias="from",
        description="a folder, or a pattern as bases/*.png: each picture is a value, and what a "
        "piece with it is painted from",
    )
    layers: FilePath | None = Field(
        None,
        description="a folder of pictures: each is a value, put over the piece's picture; "
        "`Red#10.png` has the weight 10",
    )
    blend: Blend = "normal"
    opacity: Opacity = 100.0
    facets: Line | None = Field(
        None, description='how names are made: "{colour} {kind}" of Red Cap'
    )
    values: dict[Line, AnyValue] = Field({}, description="its values, beside these keys")

    @model_validator(mode="before")
    @classmethod
    def _take_values(cls, given: Any) -> Any:
        if isinstance(given, list) and all(isinstance(each, str) for each in given):
            return {"values": dict.fromkeys(given)}
        if not isinstance(given, dict) or "values" in given:
            return given
        own = {key: value for key, value in given.items() if key in OWN_KEYS}
        return {**own, "values": {k: v for k, v in given.items() if k not in OWN_KEYS}}

    @model_validator(mode="after")
    def _has_values(self) -> GeneratedTrait:
        if self.from_ and self.layers:
            raise ValueError("from and layers exclude each other: a picture is base or layer")
        if not (self.from_ or self.layers or self.values):
            raise ValueError("this trait has no values; write some, or `from:` or `layers:`")
        return self


def _text(given: object) -> object:
    """A number is the text that it is as a key."""
    number = isinstance(given, int | float) and not isinstance(given, bool)
    return json.dumps(given) if number else given


def _many(given: object) -> object:
    return given if isinstance(given, list) else [given]


Text = Annotated[Line, BeforeValidator(_text, json_schema_input_type=str | float)]
Texts = Annotated[
    tuple[Text, ...],
    BeforeValidator(_many, json_schema_input_type=str | float | list[str | float]),
    Field(min_length=1, strict=False),
]
Having = Annotated[dict[Line, Texts], Field(min_length=1)]


class Rule(Section):
    """What must not be in one piece, or not too often. `any` is every value but none."""

    if_: Having | None = Field(None, alias="if")
    not_: Having | None = Field(None, alias="not", description="none of these values beside it")
    only: Having | None = Field(None, description="of these traits only these values beside it")
    differ: Annotated[tuple[Line, ...], Field(min_length=2, strict=False)] | None = Field(
        None, description="traits, or facets as `Hat colour`, that never are the same"
    )
    at_most: int | None = Field(None, ge=0, le=MOST)
    of: Having | None = Field(None, description="what so many pieces may have, all of it")

    @model_validator(mode="after")
    def _is_a_rule(self) -> Rule:
        said = {name for name in type(self).model_fields if getattr(self, name) is not None}
        forms: tuple[set[str], ...] = (
            {"if_", "not_"}, {"if_", "only"}, {"if_", "not_", "only"}, {"differ"},
            {"at_most", "of"},
        )  # fmt: skip
        if said not in forms:
            raise ValueError(NO_RULE)
        return self


class Fixed(PieceSettings):
    """A piece of which some is said, or all: a one of one."""

    number: int = Field(ge=1, le=MOST)
    traits: dict[Line, Text] = Field({})
    name: Name | None = None


class Generate(Section):
    """A set of pieces drawn by the file itself: the same file, the same set."""

    count: int = Field(ge=1, le=MOST, description="pieces; more later changes nothing minted")
    name: Name | None = Field(
        None, description='of each piece: "Emblem #{number}", "{Base} in {Mood}"'
    )
    description: Lines | None = None
    external_url: Link | None = None
    seed: int | None = Field(
        None, ge=0, lt=2**63, description="another one, another set; default: the collection's"
    )
    traits: Annotated[dict[Line, GeneratedTrait], Field(min_length=1)]
    rules: Annotated[tuple[Rule, ...], Field(strict=False)] = ()
    unique: Annotated[tuple[Line, ...], Field(strict=False)] = Field(
        (), description="no two pieces are alike in these traits together"
    )
    fixed: Annotated[tuple[Fixed, ...], Field(strict=False)] = ()
