"""What the page loads: the collection as scripts, the first view apart from the rest.

A page opened from a disk may not fetch, but may load scripts; each calls `Gallery.receive`. JSON in
a script needs care in one place only: it is ASCII inside a JSON.parse, so no name in it
(`__proto__`) means anything to the engine.

A page for others holds nothing of what is between the artist and the machine: no checks, and no
reason why a file is missing, which may name a folder of this disk.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from nftforge.gallery.lint import LintFinding
from nftforge.gallery.metadata import TokenTrait
from nftforge.gallery.models import GalleryCollection, GalleryPiece, Listing, MediaFile, Sold
from nftforge.gallery.rarity import Ranking, Rarity

FIRST, CHUNK = 80, 500  # pieces in the first script (a large screen of them), and in each other
DETAILS = 25  # pieces in a script of details
UNREAD = "it was not to be had when this page was made"
CLIPPED = 200  # characters of a name or trait in the grid; a piece's own view has all of it


def files(
    collection: GalleryCollection,
    pieces: Sequence[GalleryPiece],
    ranking: Ranking,
    findings: Sequence[LintFinding],
) -> Iterator[tuple[str, str]]:
    private = collection.private
    pieces = pieces if private else [_for_others(piece) for piece in pieces]
    facets, codes = _facets(pieces)
    rows = [
        _row(piece, rarity, codes) for piece, rarity in zip(pieces, ranking.pieces, strict=True)
    ]
    chunks = [rows[:FIRST], *(rows[at : at + CHUNK] for at in range(FIRST, len(rows), CHUNK))]
    head = {
        "total": len(pieces),
        "minted": sum(piece.minted for piece in pieces),
        "chunks": len(chunks),
        "details": DETAILS,
        **_collection(collection),
    }
    if private:
        levels = [finding.level for finding in findings]
        head["checks"] = {"problems": levels.count("problem"), "all": len(levels)}
    yield "collection.js", script("collection", head)
    for number, chunk in enumerate(chunks):
        yield f"pieces-{number}.js", script("pieces", number, chunk)
    more = {"facets": facets, "entropy": ranking.entropy}
    if private:
        more["lint"] = [finding.row for finding in findings]
    yield "more.js", script("more", more)
    if collection.sale:
        yield "market.js", script("market", {"refusals": collection.sale.refusals})
    for number, at in enumerate(range(0, len(pieces), DETAILS)):
        details = [
            _detail(piece, rarity)
            for piece, rarity in zip(
                pieces[at : at + DETAILS], ranking.pieces[at : at + DETAILS], strict=True
            )
        ]
        yield f"details-{number}.js", script("details", number, details)


def script(what: str, *values: Any) -> str:
    """A call of the page's `Gallery.receive`, ASCII only."""
    texts = (json.dumps(json.dumps(value, separators=(",", ":"))) for value in values)
    return (
        f'"use strict";Gallery.receive("{what}",{",".join(f"JSON.parse({t})" for t in texts)});\n'
    )


def shared_script(place: str, expression: str) -> str:
    """The same for what a JavaScript expression is: a brush, or what draws with it. ASCII only."""
    return f'"use strict";Gallery.receive("brush",{json.dumps(place)},{expression});\n'


def _collection(collection: GalleryCollection) -> dict[str, Any]:
    """What the page says of the collection, the notes that are for its reader among it."""
    fields = asdict(collection)
    own = fields.pop("artist_notes")
    if sale := fields.pop("sale"):
        fields["currency"] = sale["currency"]
    return {**fields, "notes": [*own, *collection.notes] if collection.private else fields["notes"]}


def _for_others(piece: GalleryPiece) -> GalleryPiece:
    """Without the reasons why something of it did not come."""
    return replace(
        piece,
        problem=UNREAD if piece.problem else "",
        image=_unexplained(piece.image),
        animation=_unexplained(piece.animation),
        still=_unexplained(piece.still),
    )


def _unexplained(media: MediaFile | None) -> MediaFile | None:
    return replace(media, why=UNREAD) if media and media.is_lost else media


Codes = Mapping[tuple[str, str], tuple[int, int]]


def _facets(pieces: Sequence[GalleryPiece]) -> tuple[list[Any], Codes]:
    """[[name, is number, [[value, count], ...]], ...] and where in it a trait's value is."""
    numbers: dict[str, bool] = {}
    counts: dict[str, Counter[str]] = {}
    for piece in pieces:
        for trait in piece.metadata.traits:
            name, value = _clip(trait.name), _clip(trait.value)
            numbers[name] = numbers.get(name, True) and trait.is_number
            counts.setdefault(name, Counter())[value] += 1
    facets: list[Any] = []
    codes: dict[tuple[str, str], tuple[int, int]] = {}
    for name in sorted(counts, key=str.casefold):
        values = sorted(counts[name].items(), key=lambda item: (-item[1], item[0].casefold()))
        codes |= {(name, value): (len(facets), at) for at, (value, _) in enumerate(values)}
        facets.append([name, numbers[name], values])
    return facets, codes


def _row(piece: GalleryPiece, rarity: Rarity, codes: Codes) -> list[Any]:
    """What the grid shows of a piece and can sort, search and filter by."""
    moving = next((m for m in (piece.animation, piece.image) if m and _moves(m)), None)
    shape = piece.still or piece.image
    traits = [codes[_clip(trait.name), _clip(trait.value)] for trait in piece.metadata.traits]
    traded = piece.listing or piece.sold
    unfinished = [piece.awaits, piece.source] if piece.awaits or traded else []
    return [
        piece.key,
        piece.token_id,
        int(piece.minted),
        _clip(piece.name),
        piece.owner,
        rarity.rank,
        round(rarity.score, 6),
        piece.preview,
        moving.file if moving else "",
        round(shape.width / shape.height if shape and shape.height else piece.shape, 4),
        [code for pair in traits for code in pair],
        *unfinished,
        *([_price(piece.listing), _sold(piece.sold)] if traded else []),
    ]


def _price(listing: Listing | None) -> list[Any] | None:
    """What the grid shows of a listing. Wei are texts: no number of JavaScript holds them."""
    if listing is None:
        return None
    return [
        str(listing.start_price),
        str(listing.end_price),
        listing.start_time,
        listing.end_time,
        listing.buyer,
        listing.order_hash,
    ]


def _sold(sold: Sold | None) -> list[Any] | None:
    return [str(sold.price), sold.buyer, sold.tx] if sold else None


def _listing(listing: Listing) -> dict[str, Any]:
    """All of the order, for whoever buys."""
    numbers = ("token_id", "start_time", "end_time", "salt", "counter")
    return {
        **vars(listing),
        **{name: str(getattr(listing, name)) for name in numbers},
        "payments": [
            [payment.recipient, str(payment.start_amount), str(payment.end_amount)]
            for payment in listing.payments
        ],
    }


def _moves(media: MediaFile) -> bool:
    return bool(media.file) and (media.mime.startswith("video/") or media.mime == "image/gif")


def _detail(piece: GalleryPiece, rarity: Rarity) -> dict[str, Any]:
    metadata = piece.metadata
    return {
        "name": piece.name,
        "uri": piece.token_uri,
        "tx": piece.tx,
        "description": metadata.string("description"),
        "link": metadata.string("external_url"),
        "text": metadata.text,
        "traits": [_trait(trait) for trait in metadata.traits],
        "image": _media(piece.image),
        "animation": _media(piece.animation),
        "still": _media(piece.still),
        "source": piece.source,
        "replay": piece.replay,
        "cids": list(piece.cids),
        "problem": piece.problem,
        "score": rarity.score,
        "bits": rarity.bits,
        "uniques": rarity.uniques,
        **({"finished": True} if piece.finished else {}),
        **({"listing": _listing(piece.listing)} if piece.listing else {}),
    }


def _trait(trait: TokenTrait) -> list[Any]:
    """[name, value, clipped name, clipped value, display, is number]; the clipped ones are keys."""
    return [
        trait.name,
        trait.value,
        _clip(trait.name),
        _clip(trait.value),
        trait.display,
        trait.is_number,
    ]


def _media(media: MediaFile | None) -> dict[str, Any] | None:
    return asdict(media) if media else None


def _clip(text: str) -> str:
    return text if len(text) <= CLIPPED else text[: CLIPPED - 1] + "…"
