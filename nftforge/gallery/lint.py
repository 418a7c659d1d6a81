"""What a marketplace would complain about, and how to mend it.

Each rule looks at one piece (or at all of them) and yields the pieces it is about; the page and the
command show one complaint a rule. Sources: EIP-721, EIP-2981,
https://docs.opensea.io/docs/media-and-traits (formats, 3000 px, 200 and 300 MB, display types).
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from nftforge.gallery.metadata import is_number
from nftforge.gallery.pieces import Collection, Media, Piece

OPENSEA = "https://docs.opensea.io/docs/media-and-traits"
ERC721 = "https://eips.ethereum.org/EIPS/eip-721"
ERC2981 = "https://eips.ethereum.org/EIPS/eip-2981"

SMALLEST, WANTED = 350, 3000  # pixels
LARGEST, LARGE = 300_000_000, 200_000_000  # bytes
ANIMATIONS = ("video/mp4", "video/webm", "audio/", "model/", "text/html", "video/ogg")
DISPLAY_TYPES = ("number", "boost_number", "boost_percentage", "date")
HIGH_ROYALTY = 10.0  # percent

Level = Literal["problem", "advice"]


@dataclass(frozen=True)
class Rule:
    """`seen(piece)` says what is wrong with it, or nothing."""

    name: str
    level: Level
    title: str
    fix: str
    link: str
    seen: Callable[[Piece], str]


@dataclass(frozen=True)
class Complaint:
    """One rule, and what it found: (piece key, detail); no key if it is about the collection."""

    rule: str
    level: Level
    title: str
    fix: str
    link: str
    found: tuple[tuple[str, str], ...]

    @property
    def row(self) -> dict[str, Any]:
        return dict(vars(self))


def lint(collection: Collection, pieces: Sequence[Piece]) -> list[Complaint]:
    """Every complaint, problems first."""
    complaints = [
        Complaint(rule.name, rule.level, rule.title, rule.fix, rule.link, found)
        for rule in RULES
        if (found := tuple((p.key, what) for p in pieces if (what := rule.seen(p))))
    ]
    complaints += [*_twins(pieces), *_contract(collection)]
    return sorted(complaints, key=lambda complaint: complaint.level != "problem")


# --- about one piece ----------------------------------------------------------------------------


def _unread(piece: Piece) -> str:
    if piece.problem:
        return piece.problem
    return "" if piece.metadata.fields or not piece.metadata.text else "it is no JSON object"


def _missing(name: str) -> Callable[[Piece], str]:
    def seen(piece: Piece) -> str:
        fields = piece.metadata.fields
        if not fields:
            return ""
        if name not in fields:
            return f"there is no {name}"
        return "" if piece.metadata.string(name).strip() else f"{name} is empty or no text"

    return seen


def _media(piece: Piece) -> Iterator[tuple[str, Media]]:
    for name, media in (("image", piece.image), ("animation_url", piece.animation)):
        if media:
            yield name, media


def _unreachable(piece: Piece) -> str:
    return "; ".join(
        f"{name}: {media.why}"
        for name, media in _media(piece)
        if not media.mime and media.uri.startswith("ipfs://")
    )


def _elsewhere(piece: Piece) -> str:
    named = [("token URI", piece.token_uri), *((name, media.uri) for name, media in _media(piece))]
    return "; ".join(f"{name}: {uri[:120]}" for name, uri in named if _is_elsewhere(uri))


def _is_elsewhere(uri: str) -> bool:
    return bool(uri) and not uri.startswith(("ipfs://", "data:", "ar://"))


def _gif_animation(piece: Piece) -> str:
    return "a GIF" if piece.animation and piece.animation.mime == "image/gif" else ""


def _odd_animation(piece: Piece) -> str:
    mime = piece.animation.mime if piece.animation else ""
    return mime if mime and mime != "image/gif" and not mime.startswith(ANIMATIONS) else ""


def _odd_image(piece: Piece) -> str:
    mime = piece.image.mime if piece.image else ""
    return mime if mime and not mime.startswith("image/") else ""


def _smaller_than(low: int, high: int) -> Callable[[Piece], str]:
    def seen(piece: Piece) -> str:
        image = piece.image
        if image is None or image.mime == "image/svg+xml":
            return ""
        side = max(image.width, image.height)
        return f"{image.width} × {image.height}" if low <= side < high and side else ""

    return seen


def _larger_than(low: int, high: int) -> Callable[[Piece], str]:
    def seen(piece: Piece) -> str:
        big = [(name, media.size) for name, media in _media(piece) if low < media.size <= high]
        return "; ".join(f"{name}: {size / 1e6:.0f} MB" for name, size in big)

    return seen


def _attributes(piece: Piece) -> str:
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


def _display(piece: Piece) -> str:
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


def _repeated(piece: Piece) -> str:
    names = [trait.name for trait in piece.metadata.traits if trait.name]
    return ", ".join(sorted({name[:80] for name in names if names.count(name) > 1}))


def _colour(piece: Piece) -> str:
    colour = piece.metadata.fields.get("background_color")
    if colour is None or (isinstance(colour, str) and re.fullmatch("[0-9a-fA-F]{6}", colour)):
        return ""
    return str(colour)[:40]


def _link(piece: Piece) -> str:
    url = piece.metadata.fields.get("external_url")
    if url is None or (isinstance(url, str) and re.match(r"https?://[^/\s]", url)):
        return ""
    return str(url)[:120] or "it is empty"


def _invisible(piece: Piece) -> str:
    odd = [c for c in piece.name if unicodedata.category(c) in ("Cc", "Cf", "Cs") and c != "\u200d"]
    return ", ".join(sorted({f"U+{ord(c):04X}" for c in odd}))


RULES = (
    Rule("metadata", "problem", "The metadata cannot be read",
         "Pin it and make sure that it is a JSON object: `nftforge run`, then `nftforge verify`.",
         ERC721, _unread),
    Rule("no-name", "problem", "A piece has no name",
         "Give it a `name` in the collection file.", ERC721, _missing("name")),
    Rule("no-image", "problem", "A piece has no image",
         "Put the address of a picture into `image`.", ERC721, _missing("image")),
    Rule("unreachable", "problem", "A file cannot be retrieved",
         "Pin it, best in two places: `pin: {to: [...]}`, then `nftforge run`.", OPENSEA,
         _unreachable),
    Rule("gif-animation", "problem", "animation_url is a GIF, which marketplaces do not play there",
         "Put the GIF into `image` and an MP4 into `animation_url`: `media: {mp4: true}`.", OPENSEA,
         _gif_animation),
    Rule("odd-animation", "problem", "animation_url is of a kind that marketplaces do not play",
         "Use MP4 or WebM.", OPENSEA, _odd_animation),
    Rule("odd-image", "problem", "image is not a picture",
         "Put a PNG, JPEG, WebP, GIF or SVG there, and films into `animation_url`.", OPENSEA,
         _odd_image),
    Rule("too-small", "problem", f"The picture is smaller than {SMALLEST} pixels",
         "Raise `media: {gif: {size: ...}}`.", OPENSEA, _smaller_than(1, SMALLEST)),
    Rule("too-large", "problem", "The file is over 300 MB, more than OpenSea takes",
         "Lower the size, or set `media: {gif: {max_mb: ...}}`.", OPENSEA,
         _larger_than(LARGEST, 1 << 62)),
    Rule("attributes", "problem", "Attributes that a marketplace cannot show",
         "Each is an object with a text `trait_type` and a `value` that is text or a number.",
         OPENSEA, _attributes),
    Rule("display-type", "problem", "A display type does not fit its value",
         f"Known are {', '.join(DISPLAY_TYPES)}, all for numbers.", OPENSEA, _display),
    Rule("no-description", "advice", "A piece has no description",
         "Give the piece or the collection a `description`.", ERC721, _missing("description")),
    Rule("elsewhere", "advice", "An address that is not on IPFS",
         "What is on a web server can change or go away: pin it and use ipfs://.", ERC721,
         _elsewhere),
    Rule("smallish", "advice", f"The picture is smaller than the {WANTED} pixels OpenSea asks for",
         "A larger GIF costs bytes; many collections live well with less.", OPENSEA,
         _smaller_than(SMALLEST, WANTED)),
    Rule("large", "advice", "The file is over 200 MB and will load slowly",
         "Lower the size, or set `media: {gif: {max_mb: ...}}`.", OPENSEA,
         _larger_than(LARGE, LARGEST)),
    Rule("repeated-trait", "advice", "A trait is there twice; only one of them is filtered by",
         "Give each trait a name of its own.", OPENSEA, _repeated),
    Rule("background", "advice", "background_color is not six hex digits without #",
         "Write it like ffeedd.", OPENSEA, _colour),
    Rule("external-url", "advice", "external_url is no http or https address",
         "Write it with https:// in front, or leave it out.", OPENSEA, _link),
    Rule("invisible", "advice", "A name has characters that cannot be seen or turn text around",
         "Take them out: buyers may take them for a deception.", "https://www.unicode.org/reports/tr36/",
         _invisible),
)  # fmt: skip


# --- about all of them --------------------------------------------------------------------------


def _twins(pieces: Sequence[Piece]) -> Iterator[Complaint]:
    yield from _shared(
        pieces, lambda piece: piece.name.strip().casefold(), "duplicate-name",
        "Pieces with the same name", "Give each a name of its own; a number in it will do.",
        "problem",
    )  # fmt: skip
    yield from _shared(
        pieces, lambda piece: piece.image.uri if piece.image else "", "duplicate-image",
        "Pieces with the same picture", "Take one out, or give it another seed.", "advice",
    )  # fmt: skip


def _shared(
    pieces: Sequence[Piece],
    what: Callable[[Piece], str],
    rule: str,
    title: str,
    fix: str,
    level: Level,
) -> Iterator[Complaint]:
    groups: dict[str, list[Piece]] = defaultdict(list)
    for piece in pieces:
        if shared := what(piece):
            groups[shared].append(piece)
    found = tuple(
        (piece.key, f"{what(piece)[:120]}, {len(group)} times")
        for group in groups.values()
        if len(group) > 1
        for piece in group
    )
    if found:
        yield Complaint(rule, level, title, fix, OPENSEA, found)


def _contract(collection: Collection) -> Iterator[Complaint]:
    percent = collection.royalty_percent
    if percent == 0:
        yield Complaint(
            "no-royalty", "advice", "The contract asks for no royalty",
            "Set `contract: {royalty_percent: 5}` before it is deployed.", ERC2981, (("", ""),),
        )  # fmt: skip
    if percent is not None and percent > HIGH_ROYALTY:
        yield Complaint(
            "high-royalty", "advice", "The royalty is above the ten percent that OpenSea allows",
            "Set a lower `contract: {royalty_percent: ...}` before it is deployed.", ERC2981,
            (("", f"{percent:g} %"),),
        )  # fmt: skip
    if (
        collection.contract
        and collection.royalty_percent is not None
        and not collection.contract_uri
    ):
        yield Complaint(
            "no-contract-uri", "advice", "The contract has no contractURI",
            "Marketplaces then know neither its description nor its link: deploy it by nftforge.",
            "https://eips.ethereum.org/EIPS/eip-7572", (("", ""),),
        )  # fmt: skip
