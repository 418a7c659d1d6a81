"""pieces.lock.csv: which piece is which token, and from which picture; kept beside the file.

    id,image,sha256,chain_id,contract,token_id,defaults,number,stem
    bitcoin,images/bitcoin.png,3f9a...,11155111,0x5290...,1,2,1,bitcoin

People commit it. A row is a piece on a chain, or a piece alone (its three cells empty). `defaults`
says what a piece was drawn by where its file said nothing: new defaults are for new tokens only.
`number` and `stem` are what its texts called it when it was minted (`numbers`), beyond rehearsals.
Unusual: columns that this version does not know are kept as they are; what an editor or a
spreadsheet made of the file (another separator, a byte order mark, other line ends) is read. Where
it is lost, journals and manifests on this disk tell the same (`recall`).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from nftforge.chain.networks import NETWORKS
from nftforge.config.models import PIECE_ID
from nftforge.config.table import Cells, read_cells
from nftforge.config.values import check_address
from nftforge.core.errors import ConfigError, LimitError, quoted
from nftforge.core.fsync import atomic_write
from nftforge.core.journal import JournalEntry, parse_entry, parse_header
from nftforge.core.limits import JOURNAL_BYTES, LOCK_BYTES, holds, read_bounded
from nftforge.core.store import Store

COLUMNS = ("id", "image", "sha256", "chain_id", "contract", "token_id")
DEFAULTS, NUMBER, STEM = "defaults", "number", "stem"  # columns that the first files lack
OWN = (*COLUMNS, DEFAULTS, NUMBER, STEM)
FIRST, NEWEST = 1, 2  # generations of defaults: flat, stills of 1,024 pixels; relief, and of 3,000
REHEARSALS = frozenset(each.chain_id for each in NETWORKS.values() if each.is_rehearsal)


@dataclass(frozen=True)
class LockedPiece:
    """A piece, and the token it became on one chain."""

    id: str
    image: str = ""  # its path, as the collection file named it last
    sha256: str = ""  # of the picture that was painted; empty: not known
    chain_id: int = 0  # 0: on no chain
    contract: str = ""
    token_id: int = 0
    defaults: int = FIRST  # the generation it was minted with
    more: Mapping[str, str] = field(default_factory=dict)  # other columns
    line: int = 0  # where it stands; 0: not read from a file
    number: int | None = None  # that its texts may name; None: not known
    stem: str = ""  # its picture's file name as it was minted; empty: not known

    @property
    def binds(self) -> bool:
        """Whether it is a token that is more than a rehearsal."""
        return bool(self.chain_id) and self.chain_id not in REHEARSALS

    @property
    def place(self) -> tuple[int, str, int, str]:
        """What rows are sorted by."""
        return self.chain_id, self.contract.lower(), self.token_id, self.id

    def cells(self, others: Sequence[str], with_: Collection[str]) -> list[str]:
        token = [str(self.chain_id), self.contract, str(self.token_id)]
        own = [self.id, self.image, self.sha256, *(token if self.chain_id else [""] * 3)]
        later = [cell for name, cell in self.later_cells().items() if name in with_]
        return own + later + [self.more.get(name, "") for name in others]

    def later_cells(self) -> dict[str, str]:
        """Of the columns that are there only where they are needed."""
        newer = self.chain_id and self.defaults > FIRST
        number = "" if self.number is None else str(self.number)
        return {DEFAULTS: str(self.defaults) if newer else "", NUMBER: number, STEM: self.stem}


@dataclass(frozen=True)
class Called:
    """What the texts of a piece may call it."""

    number: int
    stem: str


@dataclass(frozen=True)
class PiecesLock:
    """The rows of the file at `path`, whether it is there or not."""

    path: Path
    rows: tuple[LockedPiece, ...] = ()
    others: tuple[str, ...] = ()  # columns beside ours, in their order
    signed: tuple[LockedPiece, ...] = ()  # what journals on this disk say was to be minted
    called: Mapping[str, Called] = field(default_factory=dict)
    """What texts call each piece of the collection now, if they do: recorded as it is minted."""

    def of(self, piece: str) -> list[LockedPiece]:
        return [row for row in self.rows if row.id == piece]

    def at(self, chain_id: int, contract: str) -> dict[int, LockedPiece]:
        """Token id -> its row, of one contract."""
        wanted = (chain_id, contract.lower())
        return {
            row.token_id: row for row in self.rows if (row.chain_id, row.contract.lower()) == wanted
        }

    def contracts(self, chain_id: int) -> list[str]:
        """Every contract that rows name on a chain."""
        return list(dict.fromkeys(row.contract for row in self.rows if row.chain_id == chain_id))

    @cached_property
    def minted(self) -> dict[str, LockedPiece]:
        """Piece -> a token of it, beyond rehearsals; with the first number and file name known."""
        found: dict[str, LockedPiece] = {}
        for row in (*self.rows, *self.signed):
            if row.binds:
                known = found.get(row.id, row)
                number = row.number if known.number is None else known.number
                found[row.id] = replace(known, number=number, stem=known.stem or row.stem)
        return found

    def called_at(self, chain_id: int, pieces: Iterable[str]) -> dict[str, Called]:
        """What is to be recorded of pieces minted there: nothing of a rehearsal."""
        if chain_id in REHEARSALS:
            return {}
        return {piece: self.called[piece] for piece in pieces if piece in self.called}

    def defaults_of(self, piece: str, chain_id: int) -> int:
        """The generation of defaults that a piece is drawn by on a chain.

        That of its token there, else on other chains, else of the collection's other tokens, the
        oldest if there are several: a series stays of one kind. Without any token the newest.
        """
        here, anywhere, oldest = self._generations
        return here.get((chain_id, piece)) or anywhere.get(piece) or oldest

    @cached_property
    def _generations(self) -> tuple[dict[tuple[int, str], int], dict[str, int], int]:
        there = {(row.chain_id, row.id): row.defaults for row in self.rows if row.chain_id}
        here = {(row.chain_id, row.id): row.defaults for row in reversed(self.signed)} | there
        anywhere: dict[str, int] = {}
        for (_, piece), generation in here.items():
            anywhere[piece] = min(generation, anywhere.get(piece, generation))
        return here, anywhere, min(here.values(), default=NEWEST)

    @property
    def text(self) -> str:
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        later = [row.later_cells() for row in self.rows]
        needed = [name for name in (DEFAULTS, NUMBER, STEM) if any(row[name] for row in later)]
        writer.writerow([*COLUMNS, *needed, *self.others])
        rows = sorted(self.rows, key=_place)
        writer.writerows(row.cells(self.others, needed) for row in rows)
        return out.getvalue()

    def write(self) -> bool:
        """Bring the file up to these rows; whether it had to be changed."""
        content = self.text.encode()
        if holds(self.path, content):
            return False
        with atomic_write(self.path, fsync=True) as stream:
            stream.write(content)
        return True


def _place(row: LockedPiece) -> tuple[int, str, int, int, str]:
    """As people count: `piece-2`, of a generated set, before `piece-10`."""
    number = re.fullmatch(r"piece-([1-9][0-9]{0,5})", row.id)
    return (*row.place[:3], int(number[1]) if number else 0, row.id)


def lock_path(collection: Path) -> Path:
    """The lock file of a collection file: pieces.lock.csv of collection.yaml, else art.lock.csv."""
    if collection.name == "collection.yaml":
        stem = "pieces"
    elif collection.suffix == ".yaml" and collection.stem != "pieces":
        stem = collection.stem
    else:  # or two files could share one
        stem = collection.name
    return collection.with_name(f"{stem}.lock.csv")


# --- reading ------------------------------------------------------------------------------------


def read_lock(path: Path) -> PiecesLock:
    """The lock file at `path`; no rows if it is not there. Raises ConfigError with the line."""
    if not path.exists():
        return PiecesLock(path)
    try:
        first, *lines = [*read_cells(path, COLUMNS, LOCK_BYTES)] or [Cells(1, 1, ())]
    except ConfigError as error:
        raise ConfigError(error.fact, hint=MEND) from None
    header = [cell.strip() for cell in first.cells]
    missing = [name for name in COLUMNS if name not in header]
    if missing or len(set(header)) != len(header):
        raise _damaged(
            path, first.line, f"the first line must name the columns {','.join(COLUMNS)}"
        )
    others = tuple(name for name in header if name not in OWN)
    rows = [_row(path, each.line, header, each.cells) for each in lines if not each.is_empty]
    _check(path, rows)
    return PiecesLock(path, tuple(rows), others)


def _row(path: Path, line: int, header: Sequence[str], cells: Sequence[str]) -> LockedPiece:
    if len(cells) != len(header):
        raise _damaged(path, line, f"{len(cells)} cells, the first line has {len(header)}")
    given = dict(zip(header, (cell.strip() for cell in cells), strict=True))
    more = {name: given[name] for name in header if name not in OWN}
    token = [given[name] for name in ("chain_id", "contract", "token_id")]
    if not re.fullmatch(PIECE_ID, given["id"]):
        raise _damaged(path, line, f"id: {quoted(given['id'])} is no piece id")
    if given["sha256"] and not re.fullmatch(r"[0-9a-f]{64}", given["sha256"]):
        raise _damaged(path, line, f"sha256: {quoted(given['sha256'], 90)} is not 64 hex digits")
    number = given.get(NUMBER, "")
    if number and not re.fullmatch("0|[1-9][0-9]{0,15}", number):
        raise _damaged(path, line, f"{NUMBER}: {quoted(number)} is no number from 0 on")
    piece = LockedPiece(
        given["id"], given["image"], given["sha256"], more=more, line=line,
        number=int(number) if number else None, stem=given.get(STEM, ""),
    )  # fmt: skip
    if not any(token):
        return piece
    try:
        chain_id, contract, token_id = _number(token[0]), check_address(token[1]), _number(token[2])
    except ValueError as error:
        numbers = f"chain_id {quoted(token[0])}, token_id {quoted(token[2])}"
        what = error if "0x" in str(error) else numbers
        raise _damaged(path, line, f"not a token: {what}") from None
    if chain_id < 1 or token_id < 1:
        raise _damaged(path, line, "not a token: chain ids and token ids start at 1")
    generation = given.get(DEFAULTS) or str(FIRST)
    if not re.fullmatch("[1-9][0-9]{0,3}", generation):
        raise _damaged(path, line, f"{DEFAULTS}: {quoted(generation)} is no number from 1 on")
    if int(generation) > NEWEST:
        raise ConfigError(
            f"{path}:{line}: minted by a newer nftforge, which draws otherwise than this one",
            hint="update nftforge",
        )
    return replace(
        piece, chain_id=chain_id, contract=contract, token_id=token_id, defaults=int(generation)
    )


def _number(text: str) -> int:
    """Raises ValueError for what is no number of a chain or a token (EIP-721: 256 bits)."""
    if not re.fullmatch(r"[0-9]{1,78}", text):
        raise ValueError(text)
    return int(text)


def _check(path: Path, rows: Iterable[LockedPiece]) -> None:
    """A piece is one token of a contract, and a token one piece."""
    pieces: dict[tuple[Any, ...], int] = {}
    tokens: dict[tuple[Any, ...], int] = {}
    numbers: dict[int, LockedPiece] = {}
    for row in rows:
        where = (row.chain_id, row.contract.lower())
        first = pieces.setdefault((row.id, *where), row.line)
        if first != row.line:
            raise _damaged(path, row.line, f"the piece {row.id!r} stands in line {first} already")
        if not row.chain_id:
            continue
        first = tokens.setdefault((row.token_id, *where), row.line)
        if first != row.line:
            raise _damaged(path, row.line, f"token {row.token_id} stands in line {first} already")
        if row.number is not None and row.binds:
            other = numbers.setdefault(row.number, row)
            if other.id != row.id:
                fact = f"the number {row.number} is that of {other.id!r} in line {other.line}"
                raise _damaged(path, row.line, fact)


MEND = (
    "mend the line or put the committed file back; without the file `nftforge run` writes it "
    "anew from the chain"
)


def _damaged(path: Path, line: int, fact: str) -> ConfigError:
    return ConfigError(f"{path}:{line}: {fact}", hint=MEND)


# --- what else this disk knows ------------------------------------------------------------------


def recall(lock: PiecesLock, work_folder: Path) -> PiecesLock:
    """`lock` with the tokens that only journals on this disk name: it may be lost, or older.

    A piece that was painted from several pictures has a row for each: any of them may be meant.
    """
    there = {row.place[:3] for row in lock.rows}
    named = {(row.id, *row.place[:2]) for row in lock.rows}
    rows = [
        replace(row, sha256=digest)
        for row in _journaled(work_folder)
        if row.place[:3] not in there and (row.id, *row.place[:2]) not in named
        for digest in painted_from(work_folder, row.id) or [""]
    ]
    return replace(lock, rows=(*lock.rows, *rows), signed=tuple(_signed(work_folder)))


def painted_from(work_folder: Path, piece: str) -> list[str]:
    """SHA-256 of every picture that a piece was painted from on this disk, or that it was as a
    finished work, the newest first."""
    store = Store(work_folder)
    found = reversed([*store.all_of("artwork", piece), *store.all_of("paint", piece)])
    return list(dict.fromkeys(artifact.recipe.inputs.get("picture", "") for artifact in found))


def _journaled(work_folder: Path) -> Iterator[LockedPiece]:
    """The tokens that journals say were minted."""
    for chain_id, entry in _entries(work_folder):
        if entry.event == "outcome":
            with suppress(ValueError):
                yield from _tokens(chain_id, entry.data)


def _signed(work_folder: Path) -> Iterator[LockedPiece]:
    """What journals say was signed, whether it was mined or not."""
    for chain_id, entry in _entries(work_folder):
        with suppress(ValueError):
            yield from _tokens(chain_id, entry.data)


def _entries(work_folder: Path) -> Iterator[tuple[object, JournalEntry]]:
    """What journals say of mints, with the chain's id; what cannot be read is left to who uses
    them."""
    for path in sorted((work_folder / "journal").glob("*.jsonl")):
        with suppress(OSError, LimitError, ValueError):
            yield from _mints(read_bounded(path, JOURNAL_BYTES))


def _mints(journal: bytes) -> Iterator[tuple[object, JournalEntry]]:
    """Those of one journal. Raises ValueError where it is damaged, after what comes before."""
    head, *lines = journal.splitlines() or [b"{}"]
    header = parse_header(head)
    if header.get("journal") != "mint":
        return
    for number, line in enumerate(lines, start=2):
        entry = parse_entry(line, number)
        if entry.data.get("kind") == "mint":
            yield header.get("chain_id"), entry


def _tokens(chain_id: object, minted: Mapping[str, Any]) -> Iterator[LockedPiece]:
    """Those of one transaction. Raises ValueError if they cannot be what it minted."""
    first_id, pieces = minted.get("first_id"), minted.get("pieces")
    if not isinstance(chain_id, int) or not isinstance(first_id, int) or first_id < 1:
        raise ValueError(chain_id, first_id)
    if not isinstance(pieces, list) or not all(re.fullmatch(PIECE_ID, str(p)) for p in pieces):
        raise ValueError(pieces)
    contract = check_address(str(minted.get("address")))
    generations, called = minted.get("defaults", {}), minted.get("called", {})
    for token_id, piece in enumerate(pieces, start=first_id):
        given = generations.get(piece) if isinstance(generations, dict) else None
        defaults = min(given, NEWEST) if isinstance(given, int) and given > 0 else FIRST
        row = LockedPiece(str(piece), "", "", chain_id, contract, token_id, defaults)
        match called.get(piece) if isinstance(called, dict) else None:
            case [int(number), str(stem)] if number >= 0:
                row = replace(row, number=number, stem=stem)
        yield row
