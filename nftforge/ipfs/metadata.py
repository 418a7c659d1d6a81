"""Token and contract metadata as marketplaces read it, as canonical bytes.

The same values give the same bytes, hence the same CID: UTF-8, fixed key order, no dates. Only
`ipfs://` addresses go in, never a gateway's. Sources: EIP-721 (Metadata JSON Schema), ERC-7572,
https://docs.opensea.io/docs/metadata-standards
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nftforge.core.errors import ConfigError, MismatchError
from nftforge.core.token_json import DISPLAY_TYPES, fields_of, properties_of
from nftforge.ipfs.cid import Cid

SCHEME = "ipfs://"


@dataclass(frozen=True)
class Attribute:
    """One trait. `date` values are Unix seconds; display types and maxima are for numbers only."""

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
    """The JSON of one token; what is None is left out. Raises ConfigError.

    `background_color` is six hex digits without '#'.
    """
    if background_color is not None and not re.fullmatch("[0-9a-fA-F]{6}", background_color):
        raise ConfigError(f"background_color: {background_color!r} is not six hex digits")
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
    *,
    name: str,
    symbol: str,
    description: str,
    external_link: str | None,
    image: Cid | None = None,
) -> bytes:
    """The JSON behind `contractURI()` (ERC-7572). Raises ConfigError."""
    fields = {
        "name": name,
        "symbol": symbol,
        "description": description or None,
        "image": SCHEME + str(image) if image else None,
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
    """Read a token's JSON, ours or another tool's that gives media a CID of their own.

    Unknown fields are ignored. Raises MismatchError.
    """
    fields = fields_of(text)
    if "image" not in fields:
        raise MismatchError(f"the metadata is not the JSON of a token with an image: {text[:80]!r}")
    animation = fields.get("animation_url")
    return TokenMetadata(
        name=str(fields.get("name", "")),
        image=_parse_media(fields["image"]),
        animation=_parse_media(animation) if animation else None,
        properties=properties_of(fields),
    )


def parse_uri(uri: object) -> tuple[Cid, str]:
    """Split `ipfs://CID/path` into the CID and the path. Raises MismatchError."""
    if not isinstance(uri, str) or not uri.startswith(SCHEME):
        raise MismatchError(f"{str(uri)[:100]!r} is no ipfs:// address")
    root, _, path = uri.removeprefix(SCHEME).partition("/")
    try:
        return Cid.parse(root), path
    except ConfigError as error:
        raise MismatchError(f"{uri[:100]!r}: {error.fact}") from None


def _parse_media(uri: object) -> Cid:
    cid, path = parse_uri(uri)
    if path:
        raise MismatchError(f"{str(uri)[:100]!r} is a path in a directory, not the CID of a file")
    return cid


def _attribute(attribute: Attribute) -> dict[str, Any]:
    value, where = attribute.value, f"trait {attribute.trait_type!r}"
    numbers = (number for number in (value, attribute.max_value) if isinstance(number, float))
    if not all(map(math.isfinite, numbers)):
        raise ConfigError(f"{where}: infinity and NaN are no numbers that JSON knows")
    if attribute.display_type not in (None, *DISPLAY_TYPES):
        raise ConfigError(
            f"{where}: display_type is {attribute.display_type!r}, it must be one of "
            f"{', '.join(DISPLAY_TYPES)}"
        )
    if isinstance(value, str | bool) and (
        attribute.display_type or attribute.max_value is not None
    ):
        raise ConfigError(f"{where}: display_type and max_value need a number, not {value!r}")
    row = {
        "display_type": attribute.display_type,
        "trait_type": attribute.trait_type,
        "value": str(value).lower() if isinstance(value, bool) else value,
        "max_value": attribute.max_value,
    }
    return _given(row)


def _encode(fields: Mapping[str, Any]) -> bytes:
    try:
        text = json.dumps(_given(fields), ensure_ascii=False, indent=2, allow_nan=False)
        return text.encode() + b"\n"
    except ValueError as error:  # NaN, infinity, or half a surrogate pair
        raise ConfigError(f"the metadata cannot be written as JSON: {error}") from None


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
