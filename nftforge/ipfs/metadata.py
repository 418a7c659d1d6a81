"""Token and contract metadata as marketplaces read it, as canonical bytes.

The same values give the same bytes, hence the same CID: UTF-8, fixed key order, no dates. Only
`ipfs://` addresses go in, never a gateway's. Sources: EIP-721 (Metadata JSON Schema), ERC-7572,
https://docs.opensea.io/docs/metadata-standards
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nftforge.errors import ConfigError, MismatchError
from nftforge.ipfs.cid import Cid

DISPLAY_TYPES = ("number", "boost_number", "boost_percentage", "date")
SCHEME = "ipfs://"


@dataclass(frozen=True)
class Attribute:
    """One trait. `date` values are Unix seconds; display types are for numbers only."""

    trait_type: str
    value: str | int | float | bool
    display_type: str | None = None
    max_value: int | float | None = None


def token_metadata(
    *,
    name: str,
    description: str,
    image: Cid,
    animation: Cid | None,
    external_url: str | None,
    background_color: str | None,
    attributes: Sequence[Attribute],
    properties: Mapping[str, str | int],
) -> bytes:
    """The JSON of one token. `background_color` is six hex digits. Raises ConfigError."""
    fields: dict[str, Any] = {
        "name": name,
        "description": description,
        "image": SCHEME + str(image),
        "animation_url": SCHEME + str(animation) if animation else None,
        "external_url": external_url,
        "background_color": background_color,
        "attributes": [_attribute(attribute) for attribute in attributes],
        "properties": dict(properties),
    }
    return _encode(fields)


def contract_metadata(
    *, name: str, symbol: str, description: str, external_link: str | None
) -> bytes:
    """The JSON behind `contractURI()` (ERC-7572)."""
    fields = {
        "name": name,
        "symbol": symbol,
        "description": description or None,
        "external_link": external_link,
    }
    return _encode(fields)


@dataclass(frozen=True)
class TokenMetadata:
    """What a token's JSON says, as far as verification needs it."""

    name: str
    image: Cid
    animation: Cid | None
    properties: Mapping[str, Any]


def parse_token_metadata(text: bytes) -> TokenMetadata:
    """Read a token's JSON, ours or another tool's. Raises MismatchError."""
    try:
        fields = json.loads(text)
        animation = fields.get("animation_url")
        properties = fields.get("properties")
        return TokenMetadata(
            name=str(fields.get("name", "")),
            image=parse_uri(fields["image"])[0],
            animation=parse_uri(animation)[0] if animation else None,
            properties=properties if isinstance(properties, dict) else {},
        )
    except (ValueError, KeyError, AttributeError, TypeError):
        raise MismatchError("the metadata is not the JSON of a token with an image") from None


def parse_uri(uri: str) -> tuple[Cid, str]:
    """Split `ipfs://CID/path` into the CID and the path. Raises MismatchError."""
    if not isinstance(uri, str) or not uri.startswith(SCHEME):
        raise MismatchError(f"{str(uri)[:100]!r} is no ipfs:// address")
    root, _, path = uri.removeprefix(SCHEME).partition("/")
    try:
        return Cid.parse(root), path
    except ConfigError as error:
        raise MismatchError(f"{uri[:100]!r}: {error.fact}") from None


def _attribute(attribute: Attribute) -> dict[str, Any]:
    value, where = attribute.value, f"trait {attribute.trait_type!r}"
    if isinstance(value, float) and not math.isfinite(value):
        raise ConfigError(f"{where}: {value} is no number that JSON knows")
    if attribute.display_type is None:
        shown = str(value).lower() if isinstance(value, bool) else value
        return {"trait_type": attribute.trait_type, "value": shown}
    if attribute.display_type not in DISPLAY_TYPES:
        raise ConfigError(f"{where}: display_type must be one of {', '.join(DISPLAY_TYPES)}")
    if isinstance(value, str | bool):
        raise ConfigError(f"{where}: display_type {attribute.display_type} needs a number")
    row = {
        "display_type": attribute.display_type,
        "trait_type": attribute.trait_type,
        "value": value,
    }
    return row if attribute.max_value is None else {**row, "max_value": attribute.max_value}


def _encode(fields: Mapping[str, Any]) -> bytes:
    given = {key: value for key, value in fields.items() if value is not None}
    return json.dumps(given, ensure_ascii=False, indent=2, allow_nan=False).encode() + b"\n"
