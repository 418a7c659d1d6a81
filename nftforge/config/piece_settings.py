"""What a piece may say of itself: it is written there, or at a value that generated pieces get."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from nftforge.config.sale import AnyPrice
from nftforge.config.section import Section
from nftforge.config.values import Brush, FilePath, Focus, Lines, Link, Palette, SixDigits, percent

Part = Annotated[float, Field(ge=0, le=1)]
Surface = Literal["canvas", "paper", "none"]
Blend = Literal["normal", "multiply", "screen", "overlay"]
Opacity = Annotated[
    float, BeforeValidator(percent, json_schema_input_type=float | str), Field(ge=0, le=100)
]


class Style(Section):
    """A picture whose look a painting takes on."""

    image: FilePath = Field(description="its path, relative to this file")
    texture: bool = Field(True, description="strokes change shape too; false: their colours only")
    strength: float = Field(1.0, gt=0, le=10, description="less is closer to the picture itself")


class Painted(Section):
    """How a piece is painted, where it is not as all of them are."""

    brush: Brush | None = None
    strokes: int | None = Field(None, ge=1, le=20_000)
    seed: int | None = Field(None, ge=0, lt=2**63)
    palette: Palette | None = None
    style: Style | None = None
    flow: Part | None = None
    focus: Focus | None = None
    relief: Part | None = None
    surface: Surface | None = None


class Layer(Section):
    """A picture that is put over another."""

    image: FilePath = Field(description="its path, relative to this file")
    blend: Blend = Field("normal", description="normal, multiply, screen or overlay")
    opacity: Opacity = Field(100.0, description="how opaque it is, 60% for one")


AnyLayer = Annotated[
    Layer,
    BeforeValidator(
        lambda given: {"image": given} if isinstance(given, str) else given,
        json_schema_input_type=FilePath | Layer,
    ),
]


class Shown(Painted):
    """And how it is shown and sold."""

    frame: int | None = Field(
        None,
        ge=1,
        description="which frame of an animation is painted, counted from 1; default: the first "
        "that is not blank",
    )
    layers: Annotated[tuple[AnyLayer, ...], Field(strict=False)] = Field(
        (), description="pictures put over it, in this order, before it is painted"
    )
    description: Lines | None = None
    external_url: Link | None = None
    background_color: SixDigits | None = None
    price: AnyPrice = Field(
        None, description="instead of `sale: {price: ..}`: 0.2 ETH, none, or {from, to, over}"
    )


class PieceSettings(Shown):
    """Of a piece that is generated."""

    image: FilePath | None = Field(None, description="what a piece is painted from")
    paint: Painted | None = Field(None, description="the same keys, as under `paint:`")
