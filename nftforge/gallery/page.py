"""Writes the page: a folder that works from a disk, from a web server and from IPFS alike.

    index.html, style.css, *.js      the same for every collection
    data/<digest>/                   this collection's, as scripts: a page opened from a disk may
      collection.js                    not fetch, but may load scripts. First view: this and
      pieces-0.js, ...                 the first rows of the grid; the rest follows unseen
      more.js                          traits to filter by, rarity, lint
      details-0.js, ...                what only a piece's own view needs, 25 pieces each
    media/, preview/, source/, replay/   named by what they hold; put there by whoever calls us

index.html names the data it belongs to and is written last: a page that is being written, or whose
writing broke off, still shows the old collection. JSON in a script needs care in one place
only: it is ASCII inside a JSON.parse, so no name in it (`__proto__`) means anything to the engine.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from nftforge.gallery.lint import Complaint, lint
from nftforge.gallery.metadata import Trait
from nftforge.gallery.pieces import Collection, Media, Piece
from nftforge.gallery.rarity import Ranking, Rarity, rank

INDEX = "index.html"
FIRST, CHUNK, DETAILS = (
    120,
    500,
    25,
)  # pieces in the first script, in each other, in a detail script
CLIPPED = 200  # characters of a name or trait in the grid; a piece's own view has all of it
DATA_PLACE = "data/0"  # in the index.html that we ship


@dataclass(frozen=True)
class Written:
    """Where the page is, and what it found."""

    index: Path
    complaints: tuple[Complaint, ...]
    ranking: Ranking


def write_page(out: Path, collection: Collection, pieces: Sequence[Piece]) -> Written:
    """Write or renew the page in `out`. Raises OSError."""
    complaints = lint(collection, pieces)
    ranking = rank([piece.metadata.traits for piece in pieces])
    files = dict(_files(collection, pieces, ranking, complaints))
    digest = hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()[:16]
    data = out / "data" / digest
    data.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        write_whole(data / name, text.encode("ascii"))
    for name, content in static_files():
        if name == INDEX:
            index = content.replace(DATA_PLACE.encode(), f"data/{digest}".encode())
        else:
            write_whole(out / name, content)
    write_whole(out / INDEX, index)
    for old in (out / "data").iterdir():
        if old.name != digest:
            shutil.rmtree(old, ignore_errors=True)
    return Written(out / INDEX, tuple(complaints), ranking)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is never seen half; leaves it alone if it is the same."""
    if path.is_file() and path.read_bytes() == content:
        return
    work = path.with_name(path.name + ".part")
    work.write_bytes(content)
    work.replace(path)


def static_files() -> Iterator[tuple[str, bytes]]:
    """The page's own files, index.html among them."""
    folder = resources.files("nftforge.gallery") / "static"
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        yield item.name, item.read_bytes()


# --- the data -----------------------------------------------------------------------------------


def _files(
    collection: Collection,
    pieces: Sequence[Piece],
    ranking: Ranking,
    complaints: Sequence[Complaint],
) -> Iterator[tuple[str, str]]:
    facets, codes = _facets(pieces)
    rows = [
        _row(piece, rarity, codes) for piece, rarity in zip(pieces, ranking.pieces, strict=True)
    ]
    chunks = [rows[:FIRST], *(rows[at : at + CHUNK] for at in range(FIRST, len(rows), CHUNK))]
    head = {
        **asdict(collection),
        "total": len(pieces),
        "minted": sum(piece.minted for piece in pieces),
        "chunks": len(chunks),
        "details": DETAILS,
        "problems": sum(complaint.level == "problem" for complaint in complaints),
        "complaints": len(complaints),
    }
    yield "collection.js", script("collection", head)
    for number, chunk in enumerate(chunks):
        yield f"pieces-{number}.js", script("pieces", number, chunk)
    more = {
        "facets": facets,
        "entropy": ranking.entropy,
        "lint": [complaint.row for complaint in complaints],
    }
    yield "more.js", script("more", more)
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


Codes = Mapping[tuple[str, str], tuple[int, int]]


def _facets(pieces: Sequence[Piece]) -> tuple[list[Any], Codes]:
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


def _row(piece: Piece, rarity: Rarity, codes: Codes) -> list[Any]:
    """What the grid shows of a piece and can sort, search and filter by."""
    moving = next((m for m in (piece.animation, piece.image) if m and _moves(m)), None)
    shape = piece.still or piece.image
    traits = [codes[_clip(trait.name), _clip(trait.value)] for trait in piece.metadata.traits]
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
        round(shape.width / shape.height, 4) if shape and shape.height else 1,
        [code for pair in traits for code in pair],
    ]


def _moves(media: Media) -> bool:
    return bool(media.file) and (media.mime.startswith("video/") or media.mime == "image/gif")


def _detail(piece: Piece, rarity: Rarity) -> dict[str, Any]:
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
    }


def _trait(trait: Trait) -> list[Any]:
    """[name, value, clipped name, clipped value, display, is number]; the clipped ones are keys."""
    return [
        trait.name,
        trait.value,
        _clip(trait.name),
        _clip(trait.value),
        trait.display,
        trait.is_number,
    ]


def _media(media: Media | None) -> dict[str, Any] | None:
    return asdict(media) if media else None


def _clip(text: str) -> str:
    return text if len(text) <= CLIPPED else text[: CLIPPED - 1] + "…"
