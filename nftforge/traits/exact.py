"""Small sets decided for good: every way to fill them, or the proof that there is none.

Pieces that nothing tells apart are filled in the order of their combinations, and what cannot be
finished is remembered, so that a set of a few dozen combinations takes milliseconds. Above the
budget there is no answer.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

from nftforge.traits.models import Counts, Traits
from nftforge.traits.rules import Law, holds

COMBINATIONS = 2_000
PIECES = 150
STEPS = 20_000


class OverBudgetError(Exception):
    """Not decided within `STEPS`."""


def every_way(
    open_: Sequence[Traits],
    counts: Counts,
    laws: Sequence[Law],
    unique: Sequence[str],
    taken: frozenset[tuple[str, ...]],
) -> list[dict[str, str]] | None:
    """The values of the pieces `open_`, in their order; None if there is no way.

    open_: what each piece has already; counts: pieces of each value among them; taken: what others
    have in `unique`. Raises OverBudgetError.
    """
    kinds = {t: [v for v, n in values.items() if n > 0] for t, values in counts.items()}
    if len(open_) > PIECES or math.prod(map(len, kinds.values())) > COMBINATIONS:
        raise OverBudgetError
    wholes = [dict(zip(kinds, vs, strict=True)) for vs in itertools.product(*kinds.values())]
    clauses = [clause for law in laws for clause in law.clauses]
    wholes = [whole for whole in wholes if not any(holds(clause, whole) for clause in clauses)]
    order = sorted(range(len(open_)), key=lambda i: (-len(open_[i]), i))
    search = _Search([open_[i] for i in order], wholes, laws, unique)
    found = search.fill(counts, taken)
    if found is None:
        return None
    by_piece = dict(zip(order, found, strict=True))
    return [wholes[by_piece[i]] for i in range(len(open_))]


class _Search:
    """Depth first over the pieces; a state that failed once is not tried again."""

    def __init__(
        self,
        open_: Sequence[Traits],
        wholes: Sequence[Mapping[str, str]],
        laws: Sequence[Law],
        unique: Sequence[str],
    ) -> None:
        self.open = open_
        self.wholes = wholes
        self.caps = [cap for law in laws for cap in law.caps]
        self.keys = [tuple(whole[t] for t in unique) for whole in wholes]
        self.meets = [
            [k for k, (clause, _) in enumerate(self.caps) if holds(clause, whole)]
            for whole in wholes
        ]
        self.failed: set[object] = set()
        self.steps = 0

    def fill(self, counts: Counts, taken: frozenset[tuple[str, ...]]) -> list[int] | None:
        slots = {(t, v): k for k, (t, v) in enumerate((t, v) for t in counts for v in counts[t])}
        left = [counts[t][v] for t, v in slots]
        self.spent = [[slots[pair] for pair in whole.items()] for whole in self.wholes]
        room = [most for _, most in self.caps]
        return self._from(0, 0, left, room, taken)

    def _from(
        self, piece: int, first: int, left: list[int], room: list[int],
        taken: frozenset[tuple[str, ...]],
    ) -> list[int] | None:  # fmt: skip
        if piece == len(self.open):
            return []
        state = (piece, first, tuple(left), tuple(room), taken)
        if state in self.failed:
            return None
        self.steps += 1
        if self.steps > STEPS:
            raise OverBudgetError
        have = self.open[piece]
        for k in range(0 if have else first, len(self.wholes)):
            if (self.keys[k] and self.keys[k] in taken) or not self._fits(k, have, left, room):
                continue
            after, still = list(left), list(room)
            for slot in self.spent[k]:
                after[slot] -= 1
            for cap in self.meets[k]:
                still[cap] -= 1
            gone = taken | {self.keys[k]} if self.keys[k] else taken
            rest = self._from(piece + 1, 0 if have else k, after, still, gone)
            if rest is not None:
                return [k, *rest]
        self.failed.add(state)
        return None

    def _fits(self, k: int, have: Traits, left: Sequence[int], room: Sequence[int]) -> bool:
        whole = self.wholes[k]
        return (
            all(whole[trait] == value for trait, value in have.items())
            and all(left[slot] > 0 for slot in self.spent[k])
            and all(room[cap] > 0 for cap in self.meets[k])
        )
