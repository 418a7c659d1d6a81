"""Writes the page: a folder that works from a disk, from a web server and from IPFS alike.

    index.html                       names the data, and in its head the collection (`head`)
    style.css, *.js                  the same for every collection
    data/<digest>/                   this collection's, as scripts: a page opened from a disk may
      collection.js                    not fetch, but may load scripts. First view: this and
      pieces-0.js, ...                 the first rows of the grid; the rest follows unseen
      more.js                          traits to filter by, rarity, lint
      details-0.js, ...                what only a piece's own view needs, 25 pieces each
      market.js                        what refusals of a purchase mean, if something is for sale
    media/, preview/, source/, replay/   named by what they hold; put there by whoever calls us
    social.jpg                           what a shared link shows; likewise

index.html names the data it belongs to and is written last: a page that is being written, or whose
writing broke off, still shows the old collection.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path

from nftforge.core.errors import GuardError
from nftforge.core.fsync import PART, atomic_write
from nftforge.core.limits import holds
from nftforge.core.links import refuse_links, sweep
from nftforge.gallery.data import files
from nftforge.gallery.head import head_tags
from nftforge.gallery.lint import LintFinding, lint
from nftforge.gallery.models import GalleryCollection, GalleryPiece
from nftforge.gallery.rarity import Ranking, rank

INDEX = "index.html"
MARK = "nftforge-gallery.txt"  # says that a folder is ours to write and to sweep
PICTURE = "social.jpg"
SHELVES = ("media", "preview", "source", "replay")  # filled by whoever calls us
BRUSH, PAINTER = "replay/brush-", "replay/painter"  # how scripts begin that several pieces share
DATA_PLACE = "data/0"  # in the index.html that we ship
HEAD_PLACE = "<title>Gallery</title>"  # likewise
CHECKS = "checks.js"  # not in a page for others, nor is what index.html says of them
SALE = "sale"  # how files begin that are only in a page that sells; likewise

_PART = re.compile(PART).fullmatch
_DIGEST = re.compile(r"[0-9a-f]{16}").fullmatch  # how folders of data are named
_OURS = re.compile(
    rf"(?:b[a-z2-7]{{58}}|[0-9a-f]{{24}}(?:-[0-9]+)?)\.[a-z0-9]+|{PART}"
).fullmatch  # by CID, SHA-256


@dataclass(frozen=True)
class Written:
    """Where the page is, and what it found."""

    index: Path
    findings: tuple[LintFinding, ...]
    ranking: Ranking


def write_page(out: Path, collection: GalleryCollection, pieces: Sequence[GalleryPiece]) -> Written:
    """Write or renew the page in `out`. Raises OSError."""
    findings = lint(collection, pieces)
    ranking = rank([piece.metadata.traits for piece in pieces])
    texts = dict(files(collection, pieces, ranking, findings))
    digest = hashlib.sha256(repr(sorted(texts.items())).encode()).hexdigest()[:16]
    data = out / "data" / digest
    data.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_whole(data / name, text.encode("ascii"))
    unneeded = []
    for name, content in static_files():
        if name == INDEX:
            index = _index(content.decode(), f"data/{digest}", collection, len(pieces))
        elif _is_needed(name, collection):
            write_whole(out / name, content)
        else:
            unneeded.append(out / name)
    write_whole(out / INDEX, index.encode())
    for path in unneeded:
        path.unlink(missing_ok=True)
    _sweep(out, data, pieces)
    return Written(out / INDEX, tuple(findings), ranking)


def _index(text: str, data: str, collection: GalleryCollection, pieces: int) -> str:
    """index.html with its data's place and the collection's head, without what is not needed."""
    left_out = [] if collection.private else ["checks"]
    left_out += [] if collection.sale else [f'"{SALE}']
    lines = text.splitlines(keepends=True)
    kept = "".join(line for line in lines if not any(word in line for word in left_out))
    return kept.replace(DATA_PLACE, data).replace(HEAD_PLACE, head_tags(collection, pieces))


def _is_needed(name: str, collection: GalleryCollection) -> bool:
    if name.startswith(SALE):
        return collection.sale is not None
    return name != CHECKS or collection.private


def claim(out: Path) -> None:
    """Make `out` a gallery's folder: what is in it is renewed and swept from now on.

    Raises GuardError if it is a folder of something else, or symbolic links are where it writes.
    """
    for name in ("data", *SHELVES):
        refuse_links(out / name, depth=0)
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()) and not (out / MARK).exists():
        raise GuardError(f"{out} is not empty and no gallery", hint="name another folder")
    write_whole(out / MARK, b"Made by nftforge gallery, which renews and sweeps this folder.\n")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is never seen half; leaves it alone if it is the same."""
    if holds(path, content):
        return
    with atomic_write(path, fsync=False) as stream:
        stream.write(content)


def _sweep(out: Path, data: Path, pieces: Sequence[GalleryPiece]) -> None:
    """Take away what an earlier page showed and this one does not, and what a crash left."""
    media = (m for p in pieces for m in (p.image, p.animation, p.still) if m)
    kept = {file.file for file in media}
    kept |= {name for p in pieces for name in (p.preview, p.source, p.replay)}
    for folder in SHELVES:
        sweep(out / folder, partial(_is_left_over, folder, kept))
    sweep(out / "data", lambda name: _DIGEST(name) and name != data.name)
    for written in (out, data):
        sweep(written, _PART)


def _is_left_over(folder: str, kept: Set[str], name: str) -> bool:
    return _OURS(name) is not None and f"{folder}/{name}" not in kept


def static_files() -> Iterator[tuple[str, bytes]]:
    """The page's own files, index.html among them."""
    folder = resources.files("nftforge.gallery") / "static"
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        yield item.name, item.read_bytes()
