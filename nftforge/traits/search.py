"""Values dealt to pieces, then swapped within a trait until no rule is broken.

Unusual: counts cannot go wrong, for a swap keeps them. A piece that breaks a rule is drawn, and the
best of some swaps that might mend it is made, sideways too, and now and then a worse one
(min-conflicts; Minton et al., Artificial Intelligence 58, 1992). A piece is one number, a bit for
each value, so that a rule is tested by one `and`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nftforge.traits.chance import Chance, shuffled
from nftforge.traits.models import Counts, Place, Traits
from nftforge.traits.rules import Clause, Law

TRIES = 12  # swaps that are looked at, for a value that may have to go
UPHILL = 20  # one in so many swaps may make it worse
SWAPS, SWAPS_A_PIECE = 400, 8  # then the search gives up


@dataclass(frozen=True)
class Dealing:
    """What is to be dealt.

    counts    pieces of each value, all pieces together
    held      piece index -> values that do not move
    whole     indices of pieces that obey no rule: they are minted, or whole and checked
    previous  what each piece had before, as far as it had
    """

    total: int
    counts: Counts
    held: Mapping[int, Traits]
    whole: frozenset[int]
    previous: Mapping[int, Traits]
    laws: tuple[Law, ...]
    unique: tuple[str, ...]
    seed: int


def deal(dealing: Dealing, trait: str) -> list[str]:
    """One trait's column: what pieces have for good, what they had, then what is missing."""
    need = Counter(dealing.counts[trait])
    column = [dealing.held.get(index, {}).get(trait, "") for index in range(dealing.total)]
    need.subtract(value for value in column if value)
    before = (i for i in dealing.previous if i < dealing.total and not column[i])
    for index in shuffled(before, dealing.seed, "keep", trait):
        value = dealing.previous[index].get(trait, "")
        if need.get(value, 0) > 0:
            column[index] = value
            need[value] -= 1
    pool = [value for value in sorted(need) for _ in range(need[value])]
    empty = (index for index, value in enumerate(column) if not value)
    for index in shuffled(empty, dealing.seed, "deal", trait):
        column[index] = pool.pop()
    return column


def search(dealing: Dealing) -> tuple[list[dict[str, str]], int, list[Place]]:
    """Every piece's values, the swaps it took, and the rules still broken, most first."""
    board = _Board(dealing)
    most = SWAPS + SWAPS_A_PIECE * dealing.total
    swaps = board.mend(Chance(dealing.seed, "swap"), most)
    return board.pieces(), swaps, board.broken()


@dataclass
class _Cap:
    sets: tuple[int, ...]
    most: int
    met: int = 0

    def holds(self, mask: int) -> bool:
        return all(mask & some for some in self.sets)


class _Board:
    """The pieces while they are searched.

    Masks and bits: a bit is one value of one trait; `cells[t][i]` is the bit that piece i has in
    trait t, `masks[i]` all its bits. `holders[bit]` are the pieces that may give that value away,
    `spots[t][i]` where piece i stands in that list.
    """

    def __init__(self, dealing: Dealing) -> None:
        self.dealing = dealing
        self.names = sorted(dealing.counts)
        pairs = [(t, v) for t in self.names for v in sorted(dealing.counts[t])]
        self.bits = {pair: 1 << k for k, pair in enumerate(pairs)}
        self.values = {bit: value for (_, value), bit in self.bits.items()}
        self._place()
        self._obey()
        self.masks = [sum(row) for row in zip(*self.cells, strict=True)]
        self.same = sum(bit for (t, _), bit in self.bits.items() if t in dealing.unique)
        self.twins = Counter(mask & self.same for mask in self.masks) if self.same else Counter()
        for cap in self.caps:
            cap.met = sum(map(cap.holds, self.masks))

    def _place(self) -> None:
        dealing, total = self.dealing, self.dealing.total
        self.cells: list[list[int]] = []
        self.was: list[dict[int, int]] = []
        self.spots = [[-1] * total for _ in self.names]
        self.holders: dict[int, list[int]] = {bit: [] for bit in self.bits.values()}
        self.own = [[b for (t, _), b in self.bits.items() if t == name] for name in self.names]
        for t, name in enumerate(self.names):
            cells = [self.bits[name, value] for value in deal(dealing, name)]
            stuck = {i for i, held in dealing.held.items() if name in held}
            for i, bit in enumerate(cells):
                if i not in stuck:
                    self.spots[t][i] = len(self.holders[bit])
                    self.holders[bit].append(i)
            self.cells.append(cells)
            before = ((i, each.get(name, "")) for i, each in dealing.previous.items())
            self.was.append({i: self.bits.get((name, value), 0) for i, value in before})

    def _obey(self) -> None:
        """Pairs of values as masks of what a bit forbids; longer clauses as they are."""
        self.forbids = dict.fromkeys(self.bits.values(), 0)
        self.longer: list[tuple[int, ...]] = []
        self.caps: list[_Cap] = []
        for law in self.dealing.laws:
            for clause in law.clauses:
                sets = self._sets(clause)
                if len(sets) != 2:
                    self.longer.append(sets)
                    continue
                for one, other in (sets, sets[::-1]):
                    for bit in _bits_of(one):
                        self.forbids[bit] |= other
            caps = ((clause, most) for clause, most in law.caps if len(clause) > 1)  # a swap
            self.caps += [_Cap(self._sets(clause), most) for clause, most in caps]  # keeps counts
        # bits that a longer clause, or a cap, speaks of
        self.rare = sum({bit for sets in self.longer for some in sets for bit in _bits_of(some)})
        self.capped = sum({bit for c in self.caps for some in c.sets for bit in _bits_of(some)})

    def _sets(self, clause: Clause) -> tuple[int, ...]:
        return tuple(sum(self.bits[t, v] for v in values) for t, values in clause.items())

    # --- faults ---------------------------------------------------------------------------------

    def faults(self, i: int) -> int:
        """How many rules piece i breaks."""
        mask, forbids = self.masks[i], self.forbids
        count = 0
        for cells in self.cells:
            if met := forbids[cells[i]] & mask:
                count += met.bit_count()
        count //= 2  # each pair was met from both sides
        if self.same and self.twins[mask & self.same] > 1:
            count += 1
        for sets in self.longer:
            count += all(mask & some for some in sets)
        for cap in self.caps:
            count += cap.met > cap.most and cap.holds(mask)
        return count

    def gain(self, mask: int, other: int, gives: int, takes: int) -> int:
        """The change of all faults if a piece gives one value for another piece's."""
        forbids = self.forbids
        after, other_after = mask ^ gives ^ takes, other ^ gives ^ takes
        change = (
            (mask & forbids[takes]).bit_count() - (mask & forbids[gives]).bit_count()
            + (other & forbids[gives]).bit_count() - (other & forbids[takes]).bit_count()
        )  # fmt: skip
        same, twins = self.same, self.twins
        if gives & same and after & same != other & same:  # else they only change places
            change += (twins[after & same] > 0) + (twins[other_after & same] > 0)
            change -= (twins[mask & same] > 1) + (twins[other & same] > 1)
        moved = gives | takes
        for sets in self.longer if moved & self.rare else ():
            if any(moved & some for some in sets):
                change += all(after & some for some in sets) - all(mask & some for some in sets)
                change += all(other_after & s for s in sets) - all(other & s for s in sets)
        for cap in self.caps if moved & self.capped else ():
            if any(moved & some for some in cap.sets):
                met = cap.met + cap.holds(after) + cap.holds(other_after)
                met -= cap.holds(mask) + cap.holds(other)
                change += max(0, met - cap.most) - max(0, cap.met - cap.most)
        return change

    def guilty(self, i: int) -> int:
        """The bits of piece i that have a part in a fault other than of a pair."""
        mask, found = self.masks[i], 0
        if self.same and self.twins[mask & self.same] > 1:
            found |= self.same
        for sets in self.longer:
            if all(mask & some for some in sets):
                found |= sum(sets)
        for cap in self.caps:
            if cap.met > cap.most and cap.holds(mask):
                found |= sum(cap.sets)
        return found

    # --- swaps ----------------------------------------------------------------------------------

    def mend(self, chance: Chance, most: int) -> int:
        """Swap until nothing is broken, or `most` times; how often."""
        whole = self.dealing.whole
        bad = [i for i in range(self.dealing.total) if i not in whole and self.faults(i)]
        swaps = 0
        while bad and swaps < most:
            k = chance.below(len(bad))
            i, bad[k] = bad[k], bad[-1]
            bad.pop()
            own = self.faults(i)
            if not own:
                continue
            swaps += 1
            best = self._best(i, own, chance)
            if best and (best[0][0] <= 0 or chance.below(UPHILL) == 0):
                _, t, j = best
                self._swap(t, i, j)
                if j not in whole and self.faults(j):
                    bad.append(j)
            if self.faults(i):
                bad.append(i)
        return swaps

    def _best(self, i: int, own: int, chance: Chance) -> tuple[tuple[int, int], int, int] | None:
        """(faults, pieces that change), the trait and the other piece of the best swap seen."""
        mask, guilty, best = self.masks[i], self.guilty(i), None
        for t, cells in enumerate(self.cells):
            gives = cells[i]
            if self.spots[t][i] < 0 or not (self.forbids[gives] & mask or guilty & gives):
                continue
            takes = [bit for bit in self.own[t] if bit != gives and self.holders[bit]]
            takes = [bit for bit in takes if not self.forbids[bit] & mask] or takes
            for _ in range(TRIES if takes else 0):
                bit = chance.one_of(takes)
                j = chance.one_of(self.holders[bit])
                score = self.gain(mask, self.masks[j], gives, bit), self._moved(t, i, j)
                if best is None or score < best[0]:
                    best = score, t, j
            if best and best[0] <= (-own, 0):
                break
        return best

    def _moved(self, t: int, i: int, j: int) -> int:
        """How many more pieces would differ from what they were."""
        was, x, y = self.was[t], self.cells[t][i], self.cells[t][j]
        i_was, j_was = was.get(i, 0), was.get(j, 0)
        return (i_was == x) + (j_was == y) - (i_was == y) - (j_was == x)

    def _swap(self, t: int, i: int, j: int) -> None:
        cells, spots, same = self.cells[t], self.spots[t], self.same
        x, y = cells[i], cells[j]
        for piece, old, new in ((i, x, y), (j, y, x)):
            before = self.masks[piece]
            after = before ^ old ^ new
            self.masks[piece], cells[piece] = after, new
            if same:
                self.twins[before & same] -= 1
                self.twins[after & same] += 1
            for cap in self.caps:
                cap.met += cap.holds(after) - cap.holds(before)
        spots[i], spots[j] = spots[j], spots[i]
        self.holders[x][spots[j]], self.holders[y][spots[i]] = j, i

    # --- what came of it ------------------------------------------------------------------------

    def pieces(self) -> list[dict[str, str]]:
        """In the traits' own order."""
        columns = {t: self.cells[self.names.index(t)] for t in self.dealing.counts}
        return [
            {t: self.values[cells[i]] for t, cells in columns.items()}
            for i in range(self.dealing.total)
        ]

    def broken(self) -> list[Place]:
        """The places of rules that pieces break, the most broken first."""
        open_ = [m for i, m in enumerate(self.masks) if i not in self.dealing.whole]
        counts: Counter[Place] = Counter()
        for law in self.dealing.laws:
            for sets in map(self._sets, law.clauses):
                counts[law.place] += sum(all(m & some for some in sets) for m in open_)
            for clause, most in law.caps:
                cap = _Cap(self._sets(clause), most)
                met = sum(map(cap.holds, self.masks))
                counts[law.place] += max(0, met - max(most, 0)) if any(map(cap.holds, open_)) else 0
        if self.same and any(self.twins[mask & self.same] > 1 for mask in open_):
            counts[("unique",)] += 1
        return [place for place, count in counts.most_common() if count]


def _bits_of(mask: int) -> Iterator[int]:
    while mask:
        bit = mask & -mask
        yield bit
        mask ^= bit
