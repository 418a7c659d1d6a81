"""The JSON of a token, as far as all agree who read it; whatever bytes come, nothing here raises.

`ipfs.metadata` is strict about it (what is verified must name its media by CID), `gallery.metadata`
takes and shows what there is; both begin here. Source: EIP-721 (Metadata JSON Schema).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nftforge.core.json_file import parse_json

DISPLAY_TYPES = ("number", "boost_number", "boost_percentage", "date")


def fields_of(text: bytes) -> Mapping[str, Any]:
    """The JSON object, empty if it is none."""
    try:
        found = parse_json(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def properties_of(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the artist's tools add under `properties`; empty if there is nothing of use."""
    found = fields.get("properties")
    return found if isinstance(found, dict) else {}
