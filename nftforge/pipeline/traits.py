"""Which traits a collection has, how often, and which pieces are rare; nothing is painted for it.

Generated or written by hand makes no difference. What is counted is what the file says: Brush and
Strokes, which are added when a piece is painted, are not among it. Rarity is the gallery's.
"""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from nftforge.config.drawn import id_of
from nftforge.config.models import Piece, Trait
from nftforge.core.fsync import atomic_write
from nftforge.gallery.metadata import TokenTrait
from nftforge.gallery.rarity import rank
from nftforge.pipeline.job import Job

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet runs begins so
NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?")
SHOWN = 10  # rarest pieces, most common ones, and pairs
MANY = 200  # values: of a trait that has more, no pairs are looked for


@dataclass(frozen=True)
class TraitTable:
    """The document of `traits --json`, and what is shown beside it.

    rarest, commonest  ids, by OpenRarity's rule
    never              two values that no piece has both of, and how many would have by chance
    """

    document: Mapping[str, Any]
    rarest: tuple[str, ...]
    commonest: tuple[str, ...]
    never: tuple[tuple[str, str, float], ...]


def trait_table(job: Job) -> TraitTable:
    """Of all pieces of the file."""
    pieces = job.collection.pieces
    told = [{name: _text(given) for name, given in piece.traits.items()} for piece in pieces]
    names = dict.fromkeys(name for traits in told for name in traits)
    rows = [
        {"id": piece.id, "number": number, "name": piece.name, "traits": traits}
        for number, piece, traits in zip(job.file.numbers, pieces, told, strict=True)
    ]
    counts = {name: _counts(told, name) for name in names}
    document = {
        "count": len(pieces),
        "traits": counts,
        "pieces": rows,
        "changed": changed_pieces(job),
    }
    ranked = rank([list(_tokens(piece)) for piece in pieces]).pieces
    order = sorted(range(len(pieces)), key=lambda i: (ranked[i].rank, i))
    ids = [pieces[i].id for i in order]
    return TraitTable(
        document,
        tuple(ids[:SHOWN]),
        tuple(reversed(ids[SHOWN:][-SHOWN:])),
        tuple(_never(told, counts)),
    )


def changed_pieces(job: Job) -> list[dict[str, Any]]:
    """Generated pieces that are not minted and not what the lock file says any more."""
    generated = job.file.generated
    return [
        {"id": id_of(each.number), "number": each.number, "was": dict(each.was),
         "now": dict(each.now)}
        for each in (generated.changed if generated else ())
    ]  # fmt: skip


def _text(given: object) -> str:
    value = given.value if isinstance(given, Trait) else given
    return str(value).lower() if isinstance(value, bool) else str(value)


def _tokens(piece: Piece) -> Iterator[TokenTrait]:
    for name, given in piece.traits.items():
        value = given.value if isinstance(given, Trait) else given
        display = (given.display_type or "") if isinstance(given, Trait) else ""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        yield TokenTrait(name, _text(given), display, number)


def _counts(told: Sequence[Mapping[str, str]], name: str) -> dict[str, int]:
    """The most frequent first."""
    return dict(Counter(traits[name] for traits in told if name in traits).most_common())


def _never(
    told: Sequence[Mapping[str, str]], counts: Mapping[str, Mapping[str, int]]
) -> list[tuple[str, str, float]]:
    """Pairs of values that at least one piece would have by chance, the most surprising first."""
    few = [name for name, values in counts.items() if len(values) <= MANY]
    found: list[tuple[str, str, float]] = []
    for one, other in itertools.combinations(few, 2):
        met = {(traits[one], traits[other]) for traits in told if {one, other} <= traits.keys()}
        for x, y in itertools.product(counts[one], counts[other]):
            expected = counts[one][x] * counts[other][y] / len(told)
            if expected >= 1 and (x, y) not in met:
                found.append((f"{one} = {x}", f"{other} = {y}", round(expected, 1)))
    return sorted(found, key=lambda pair: -pair[2])


# --- files --------------------------------------------------------------------------------------


def write_csv(path: Path, document: Mapping[str, Any]) -> None:
    """A line a piece, a column a trait. Raises OSError."""
    names = list(document["traits"])
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["id", "number", "name", *map(_harmless, names)])
    for row in document["pieces"]:
        cells = [row["name"], *(row["traits"].get(name, "") for name in names)]
        writer.writerow([row["id"], row["number"], *map(_harmless, cells)])
    with atomic_write(path, fsync=False) as stream:
        stream.write(out.getvalue().encode())


def _harmless(cell: str | int | float) -> str | int | float:
    """A cell that no spreadsheet runs: an apostrophe before what it would take for a formula (as
    OWASP has it, "CSV Injection"). Numbers stay, -5 too."""
    if not isinstance(cell, str) or NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def write_page(path: Path, name: str, table: TraitTable) -> None:
    """A page that stands by itself, in the gallery's colours. Raises OSError."""
    style = files("nftforge.gallery").joinpath("static/style.css").read_text() + PAGE_STYLE
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = (
        '<!doctype html>\n<html lang="en" data-theme="auto">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        f"style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(name)}: traits</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f'<main class="trait-shares"><h1>{escape(name)}</h1>\n'
        + "".join(_sections(table))
        + "</main>\n"
        "</body>\n</html>\n"
    )
    with atomic_write(path, fsync=False) as stream:
        stream.write(page.encode())


PAGE_STYLE = """
.trait-shares { max-width: 60rem; margin: 3rem auto; padding: 0 1.5rem; }
.trait-shares h2 { font-size: 1.3rem; margin: 2.2rem 0 .6rem; }
.trait-shares table { width: 100%; border-collapse: collapse; }
.trait-shares td { padding: .3rem .6rem .3rem 0; vertical-align: middle; }
.trait-shares td.amount { width: 6rem; text-align: right; white-space: nowrap; }
.trait-shares td.share-bar { width: 45%; }
.trait-shares svg { display: block; width: 100%; height: .7rem; }
.trait-shares rect { fill: currentColor; opacity: .55; }
"""


def _sections(table: TraitTable) -> Iterator[str]:
    count, names = table.document["count"], {r["id"]: r["name"] for r in table.document["pieces"]}
    yield f"<p>{count} pieces</p>\n"
    for trait, values in table.document["traits"].items():
        yield f"<h2>{escape(trait)}</h2>\n<table>\n"
        for value, pieces in values.items():
            share = 100 * pieces / count
            yield (
                f'<tr><td>{escape(value)}</td><td class="amount">{pieces}</td>'
                f'<td class="amount">{share:.2f} %</td><td class="share-bar"><svg role="img" '
                f'viewBox="0 0 100 1" preserveAspectRatio="none" aria-label="{share:.2f} percent">'
                f'<rect width="{share:.3f}" height="1"/></svg></td></tr>\n'
            )
        yield "</table>\n"
    for title, ids in (("Rarest", table.rarest), ("Most common", table.commonest)):
        if ids:
            items = "".join(f"<li>{escape(names[each])} ({escape(each)})</li>" for each in ids)
            yield f"<h2>{title}</h2>\n<ol>{items}</ol>\n"
    if table.never:
        items = "".join(f"<li>{escape(a)} and {escape(b)}</li>" for a, b, _ in table.never[:100])
        yield f"<h2>Never together</h2>\n<ul>{items}</ul>\n"
