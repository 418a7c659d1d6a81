"""A token's JSON, read with patience: whatever it holds, it can be shown, and lint can judge it.

Nothing here raises. Sources: EIP-721 (Metadata JSON Schema),
https://docs.opensea.io/docs/media-and-traits
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from nftforge.core.limits import TOKEN_JSON_BYTES
from nftforge.core.token_json import fields_of, properties_of

MAX_BYTES = TOKEN_JSON_BYTES  # what is read and shown of one token's JSON


@dataclass(frozen=True)
class TokenTrait:
    """One attribute as text. `is_number`: it is ranked and not counted."""

    name: str
    value: str
    display: str = ""
    is_number: bool = False


@dataclass(frozen=True)
class Metadata:
    """`fields` is the JSON object, empty if it is none; `text`: what was read, none of a draft."""

    text: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    traits: tuple[TokenTrait, ...] = ()

    def string(self, name: str) -> str:
        """A field if it is text, else empty."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""

    @property
    def properties(self) -> Mapping[str, Any]:
        return properties_of(self.fields)


def read_metadata(raw: bytes) -> Metadata:
    """Read a token's JSON."""
    text = raw[:MAX_BYTES].decode("utf-8", errors="replace")
    fields = fields_of(raw) if len(raw) <= MAX_BYTES else {}
    return Metadata(text, fields, tuple(_traits(fields.get("attributes"))))


MADE_BY_PAINTING = ("image", "animation_url", "properties")


def read_draft(raw: bytes, unknown: Collection[str]) -> Metadata:
    """What a piece will say of itself, without what is known only when it is painted.

    unknown: traits that are.
    """
    whole = read_metadata(raw)
    fields = {name: it for name, it in whole.fields.items() if name not in MADE_BY_PAINTING}
    return Metadata("", fields, tuple(row for row in whole.traits if row.name not in unknown))


def _traits(attributes: Any) -> list[TokenTrait]:
    """The attributes that a marketplace could show; one without a `trait_type` has no name."""
    rows = attributes if isinstance(attributes, list) else []
    return [
        TokenTrait(
            name=str(row["trait_type"]) if row.get("trait_type") is not None else "",
            value=_value(row["value"]),
            display=str(row.get("display_type") or ""),
            is_number=is_number(row["value"]),
        )
        for row in rows
        if isinstance(row, dict) and isinstance(row.get("value"), str | int | float | bool)
    ]


def is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _value(value: Any) -> str:
    try:
        return str(value).lower() if isinstance(value, bool) else str(value)
    except ValueError:  # an integer of more digits than Python writes
        return "a very large number"
