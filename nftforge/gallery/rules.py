"""What may be wrong with one piece: each function says what, or nothing. `lint` names them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from nftforge.core.token_json import DISPLAY_TYPES
from nftforge.gallery.metadata import is_number
from nftforge.gallery.models import GalleryPiece, MediaFile

ANIMATIONS = ("video/mp4", "video/webm", "audio/", "model/", "text/html", "video/ogg")


def unread(piece: GalleryPiece) -> str:
    if piece.problem:
        return piece.problem
    return "" if piece.metadata.fields or not piece.metadata.text else "it is no JSON object"


def missing(name: str) -> Callable[[GalleryPiece], str]:
    def seen(piece: GalleryPiece) -> str:
        fields = piece.metadata.fields
        if not fields:
            return ""
        if name not in fields:
            return f"there is no {name}" if piece.metadata.text else ""  # a draft has no image yet
        return "" if piece.metadata.string(name).strip() else f"{name} is empty or no text"

    return seen


def _media(piece: GalleryPiece) -> Iterator[tuple[str, MediaFile]]:
    for name, media in (("image", piece.image), ("animation_url", piece.animation)):
        if media:
            yield name, media


def unreachable(piece: GalleryPiece) -> str:
    return "; ".join(f"{name}: {media.why}" for name, media in _media(piece) if media.is_lost)


def elsewhere(piece: GalleryPiece) -> str:
    named = [("token URI", piece.token_uri), *((name, media.uri) for name, media in _media(piece))]
    return "; ".join(f"{name}: {uri[:120]}" for name, uri in named if _is_elsewhere(uri))


def _is_elsewhere(uri: str) -> bool:
    return bool(uri) and not uri.startswith(("ipfs://", "data:", "ar://"))


def gif_animation(piece: GalleryPiece) -> str:
    return "a GIF" if piece.animation and piece.animation.mime == "image/gif" else ""


def odd_animation(piece: GalleryPiece) -> str:
    mime = piece.animation.mime if piece.animation else ""
    return mime if mime and mime != "image/gif" and not mime.startswith(ANIMATIONS) else ""


def odd_image(piece: GalleryPiece) -> str:
    mime = piece.image.mime if piece.image else ""
    return mime if mime and not mime.startswith("image/") else ""


def smaller_than(low: int, high: int) -> Callable[[GalleryPiece], str]:
    def seen(piece: GalleryPiece) -> str:
        image = piece.image
        if image is None or image.mime == "image/svg+xml":
            return ""
        side = max(image.width, image.height)
        return f"{image.width} × {image.height}" if low <= side < high and side else ""

    return seen


def larger_than(low: int, high: int) -> Callable[[GalleryPiece], str]:
    def seen(piece: GalleryPiece) -> str:
        big = [(name, media.size) for name, media in _media(piece) if low < media.size <= high]
        return "; ".join(f"{name}: {size / 1e6:.0f} MB" for name, size in big)

    return seen


def attributes(piece: GalleryPiece) -> str:
    attributes = piece.metadata.fields.get("attributes", [])
    if not isinstance(attributes, list):
        return "attributes is no list"
    return "; ".join(filter(None, map(_attribute, attributes)))


def _attribute(row: Any) -> str:
    if not isinstance(row, dict):
        return "an attribute is no object"
    name = row.get("trait_type")
    if not isinstance(name, str | None):
        return "trait_type is no text"
    label = (name or "an attribute")[:80]
    if row.get("value") is None:
        return f"{label} has no value"
    if not isinstance(row["value"], str | int | float | bool):
        return f"{label}: its value is neither text nor number"
    return ""


def display(piece: GalleryPiece) -> str:
    attributes = piece.metadata.fields.get("attributes")
    rows = attributes if isinstance(attributes, list) else []
    return "; ".join(filter(None, (_shown(row) for row in rows if isinstance(row, dict))))


def _shown(row: Mapping[str, Any]) -> str:
    display, value, label = (
        row.get("display_type"),
        row.get("value"),
        str(row.get("trait_type"))[:80],
    )
    if display is not None and display not in (*DISPLAY_TYPES, "string"):
        return f"{label}: display_type {str(display)[:40]!r}"
    if display in DISPLAY_TYPES and not is_number(value):
        return f"{label}: {display} needs a number"
    top = row.get("max_value")
    if is_number(top) and is_number(value) and top < value:
        return f"{label}: {value} is above its max_value {top}"
    return ""


def repeated(piece: GalleryPiece) -> str:
    names = [trait.name for trait in piece.metadata.traits if trait.name]
    return ", ".join(sorted({name[:80] for name in names if names.count(name) > 1}))


def colour(piece: GalleryPiece) -> str:
    colour = piece.metadata.fields.get("background_color")
    if colour is None or (isinstance(colour, str) and re.fullmatch("[0-9a-fA-F]{6}", colour)):
        return ""
    return str(colour)[:40]


def link(piece: GalleryPiece) -> str:
    url = piece.metadata.fields.get("external_url")
    if url is None or (isinstance(url, str) and re.match(r"https?://[^/\s]", url)):
        return ""
    return str(url)[:120] or "it is empty"


def invisible(piece: GalleryPiece) -> str:
    odd = [c for c in piece.name if unicodedata.category(c) in ("Cc", "Cf", "Cs") and c != "\u200d"]
    return ", ".join(sorted({f"U+{ord(c):04X}" for c in odd}))
