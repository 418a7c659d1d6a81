"""What was drawn for a generated set, as pieces.lock.csv keeps it: a line a piece, a cell a trait.

    id,...,trait:Base,trait:Mood,drawn
    piece-17,...,skull,Noir,5f0c2a91

It wins over a new draw. `drawn` tells a line that a person has changed: then it is no longer the
digest of its cells, and what they say holds; `by hand` says so from then on. A piece whose cells
are all emptied is drawn anew. A piece that is minted, on a chain that is no rehearsal, stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from nftforge.config.pieces_lock import LockedPiece, PiecesLock
from nftforge.core.fingerprint import fingerprint

TRAIT, STAMP, BY_HAND = "trait:", "drawn", "by hand"
ID = re.compile(r"piece-([1-9][0-9]{0,5})")


@dataclass(frozen=True)
class DrawnLine:
    """One piece: what its line says, and whether a person wrote that."""

    traits: Mapping[str, str]
    by_hand: bool
    line: int


def id_of(number: int) -> str:
    """Of a generated piece: it hangs on nothing that is edited later."""
    return f"piece-{number}"


def drawn_lines(lock: PiecesLock) -> dict[int, DrawnLine]:
    """Number -> what the lock file says of it."""
    found = {}
    for row in lock.rows:
        traits = {
            name.removeprefix(TRAIT): value
            for name, value in row.more.items()
            if name.startswith(TRAIT) and value
        }
        if not row.chain_id and traits and (number := ID.fullmatch(row.id)):
            by_hand = row.more.get(STAMP) != _stamp(traits)
            found[int(number[1])] = DrawnLine(traits, by_hand, row.line)
    return found


def minted_numbers(lock: PiecesLock) -> set[int]:
    """Generated pieces that are tokens or signed to be, beyond rehearsals."""
    return {int(found[1]) for each in lock.minted if (found := ID.fullmatch(each))}


def with_drawn(
    lock: PiecesLock, pieces: Mapping[int, Mapping[str, str]], by_hand: Iterable[int]
) -> PiecesLock:
    """`lock` with a line for every piece: number -> traits, `none` too."""
    written = frozenset(by_hand)
    names = dict.fromkeys(TRAIT + trait for traits in pieces.values() for trait in traits)
    others = [name for name in lock.others if not name.startswith(TRAIT) and name != STAMP]
    alone = {row.id: row for row in lock.rows if not row.chain_id}
    rows = [row for row in lock.rows if row.chain_id or not ID.fullmatch(row.id)]
    for number, traits in pieces.items():
        own = alone.get(id_of(number), LockedPiece(id_of(number)))
        more = {name: own.more.get(name, "") for name in others}
        more |= {TRAIT + trait: value for trait, value in traits.items()}
        more[STAMP] = BY_HAND if number in written else _stamp(traits)
        rows.append(replace(own, more=more))
    return replace(lock, rows=tuple(rows), others=(*others, *names, STAMP))


def _stamp(traits: Mapping[str, str]) -> str:
    return fingerprint(dict(traits))[:8]
