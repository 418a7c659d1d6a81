"""What a marketplace would complain about, and how to mend it.

Each rule looks at one piece (or at all of them) and yields the pieces it is about; the page and the
command show one finding a rule. Sources: EIP-721, EIP-2981,
https://docs.opensea.io/docs/media-and-traits (formats, 3000 px, 200 and 300 MB, display types).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from nftforge.core.token_json import DISPLAY_TYPES
from nftforge.gallery import rules
from nftforge.gallery.models import GalleryCollection, GalleryPiece

OPENSEA = "https://docs.opensea.io/docs/media-and-traits"
ERC721 = "https://eips.ethereum.org/EIPS/eip-721"
ERC2981 = "https://eips.ethereum.org/EIPS/eip-2981"

SMALLEST, WANTED = 350, 3000  # pixels
LARGEST, LARGE = 300_000_000, 200_000_000  # bytes
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
    seen: Callable[[GalleryPiece], str]


@dataclass(frozen=True)
class LintFinding:
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


def lint(collection: GalleryCollection, pieces: Sequence[GalleryPiece]) -> list[LintFinding]:
    """Every finding, problems first."""
    findings = [
        LintFinding(rule.name, rule.level, rule.title, rule.fix, rule.link, found)
        for rule in RULES
        if (found := tuple((p.key, what) for p in pieces if (what := rule.seen(p))))
    ]
    findings += [*_twins(pieces), *_contract(collection)]
    return sorted(findings, key=lambda finding: finding.level != "problem")


RULES = (
    Rule("metadata", "problem", "The metadata cannot be read",
         "Pin it and make sure that it is a JSON object: `nftforge run`, then `nftforge verify`.",
         ERC721, rules.unread),
    Rule("no-name", "problem", "A piece has no name",
         "Give it a `name` in the collection file.", ERC721, rules.missing("name")),
    Rule("no-image", "problem", "A piece has no image",
         "Put the address of a picture into `image`.", ERC721, rules.missing("image")),
    Rule("unreachable", "problem", "A file cannot be retrieved",
         "Pin it, best in two places: `pin: {to: [...]}`, then `nftforge run`.", OPENSEA,
         rules.unreachable),
    Rule("gif-animation", "problem", "animation_url is a GIF, which marketplaces do not play there",
         "Put the GIF into `image` and an MP4 into `animation_url`: `media: {mp4: true}`.", OPENSEA,
         rules.gif_animation),
    Rule("odd-animation", "problem", "animation_url is of a kind that marketplaces do not play",
         "Use MP4 or WebM.", OPENSEA, rules.odd_animation),
    Rule("odd-image", "problem", "image is not a picture",
         "Put a PNG, JPEG, WebP, GIF or SVG there, and films into `animation_url`.", OPENSEA,
         rules.odd_image),
    Rule("too-small", "problem", f"The picture is smaller than {SMALLEST} pixels",
         "Raise `media: {gif: {size: ...}}`.", OPENSEA, rules.smaller_than(1, SMALLEST)),
    Rule("too-large", "problem", "The file is over 300 MB, more than OpenSea takes",
         "Lower the size, or set `media: {gif: {max_mb: ...}}`.", OPENSEA,
         rules.larger_than(LARGEST, 1 << 62)),
    Rule("attributes", "problem", "Attributes that a marketplace cannot show",
         "Each is an object with a text `trait_type` and a `value` that is text or a number.",
         OPENSEA, rules.attributes),
    Rule("display-type", "problem", "A display type does not fit its value",
         f"Known are {', '.join(DISPLAY_TYPES)}, all for numbers.", OPENSEA, rules.display),
    Rule("no-description", "advice", "A piece has no description",
         "Give the piece or the collection a `description`.", ERC721,
         rules.missing("description")),
    Rule("elsewhere", "advice", "An address that is not on IPFS",
         "What is on a web server can change or go away: pin it and use ipfs://.", ERC721,
         rules.elsewhere),
    Rule("smallish", "advice", f"The picture is smaller than the {WANTED} pixels OpenSea asks for",
         "A larger GIF costs bytes; many collections live well with less.", OPENSEA,
         rules.smaller_than(SMALLEST, WANTED)),
    Rule("large", "advice", "The file is over 200 MB and will load slowly",
         "Lower the size, or set `media: {gif: {max_mb: ...}}`.", OPENSEA,
         rules.larger_than(LARGE, LARGEST)),
    Rule("repeated-trait", "advice", "A trait is there twice; only one of them is filtered by",
         "Give each trait a name of its own.", OPENSEA, rules.repeated),
    Rule("background", "advice", "background_color is not six hex digits without #",
         "Write it like ffeedd.", OPENSEA, rules.colour),
    Rule("external-url", "advice", "external_url is no http or https address",
         "Write it with https:// in front, or leave it out.", OPENSEA, rules.link),
    Rule("invisible", "advice", "A name has characters that cannot be seen or turn text around",
         "Take them out: buyers may take them for a deception.", "https://www.unicode.org/reports/tr36/",
         rules.invisible),
)  # fmt: skip


# --- about all of them --------------------------------------------------------------------------


def _twins(pieces: Sequence[GalleryPiece]) -> Iterator[LintFinding]:
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
    pieces: Sequence[GalleryPiece],
    what: Callable[[GalleryPiece], str],
    rule: str,
    title: str,
    fix: str,
    level: Level,
) -> Iterator[LintFinding]:
    groups: dict[str, list[GalleryPiece]] = defaultdict(list)
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
        yield LintFinding(rule, level, title, fix, OPENSEA, found)


def _contract(collection: GalleryCollection) -> Iterator[LintFinding]:
    percent = collection.royalty_percent
    if percent == 0:
        yield LintFinding(
            "no-royalty", "advice", "The contract asks for no royalty",
            "Set `contract: {royalty_percent: 5}` before it is deployed.", ERC2981, (("", ""),),
        )  # fmt: skip
    if percent is not None and percent > HIGH_ROYALTY:
        yield LintFinding(
            "high-royalty", "advice", "The royalty is above the ten percent that OpenSea allows",
            "Set a lower `contract: {royalty_percent: ...}` before it is deployed.", ERC2981,
            (("", f"{percent:g} %"),),
        )  # fmt: skip
    if (
        collection.contract
        and collection.royalty_percent is not None
        and not collection.contract_uri
    ):
        yield LintFinding(
            "no-contract-uri", "advice", "The contract has no contractURI",
            "Marketplaces then know neither its description nor its link: deploy it by nftforge.",
            "https://eips.ethereum.org/EIPS/eip-7572", (("", ""),),
        )  # fmt: skip
