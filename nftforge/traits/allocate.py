"""The draw: shares to counts, proofs that it can be, then the search; the same set everywhere.

    from nftforge.traits import allocate

    drawn = allocate(spec)
    more = allocate(larger, minted=..., previous=...)   # what is minted stays, the rest nearly so

Pieces are numbered from 1. `minted` never changes and obeys no rule that came later. `kept` (a
person has written it) is held like `fixed`. `previous` is kept as far as counts and rules let it.
Where the nearest rounding of shares cannot be, others are tried, each the floor or the ceiling of
its part. Where the search fails, small sets are decided by `exact`; of others nothing is proven.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from fractions import Fraction

from nftforge.traits.errors import GaveUpError, ImpossibleError
from nftforge.traits.exact import OverBudgetError, every_way
from nftforge.traits.feasible import Problem, can_be_whole, smallest, why_not
from nftforge.traits.models import NONE, AtMost, Counts, Exactly, Place, Share, Spec, Traits
from nftforge.traits.rules import Law, holds, laws_of
from nftforge.traits.search import Dealing, search
from nftforge.traits.shares import Asked, Range, share_out

ROUNDINGS = 200  # of all traits together, that are tried
SEARCHES = 8  # of them searched, where they are too large to be decided


@dataclass(frozen=True)
class Drawn:
    """A set. `pieces[0]` is number 1; `notes`: what its author should know."""

    pieces: tuple[dict[str, str], ...]
    notes: tuple[str, ...] = ()
    swaps: int = 0


@dataclass(frozen=True)
class _Task:
    """A specification with all that is held."""

    spec: Spec
    shares: Mapping[str, Mapping[str, Share]]  # with the values that only held pieces have
    held: Mapping[int, Traits]  # by index, from 0
    minted: frozenset[int]
    laws: tuple[Law, ...]
    previous: Mapping[int, Traits] = field(default_factory=dict)

    @property
    def whole(self) -> frozenset[int]:
        """Pieces that nothing is open of."""
        return frozenset(i for i, have in self.held.items() if len(have) == len(self.shares))


def allocate(
    spec: Spec,
    *,
    minted: Mapping[int, Traits] | None = None,
    kept: Mapping[int, Traits] | None = None,
    previous: Mapping[int, Traits] | None = None,
) -> Drawn:
    """The values of every piece. Raises ImpossibleError (proven) or GaveUpError (not found)."""
    task = _task(spec, minted or {}, kept or {}, previous or {})
    _check_held(task, kept or {})
    ranges = {trait: _range(task, trait) for trait in task.shares}
    _prove(task, _problem(task, _low(ranges), _high(ranges)))
    pieces, swaps = _draw(task, ranges)
    notes = (
        note
        for trait, each in ranges.items()
        for note in (*each.notes, *_vanished(trait, each, {piece[trait] for piece in pieces}))
    )
    return Drawn(tuple(pieces), tuple(notes), swaps)


# --- what is held -------------------------------------------------------------------------------


def _task(
    spec: Spec,
    minted: Mapping[int, Traits],
    kept: Mapping[int, Traits],
    previous: Mapping[int, Traits],
) -> _Task:
    older = {n: {t: have.get(t, NONE) for t in spec.traits} for n, have in minted.items()}
    written = {n: {**spec.fixed.get(n, {}), **kept.get(n, {})} for n in {*spec.fixed, *kept}}
    held = {
        n - 1: {t: v for t, v in have.items() if t in spec.traits}
        for n, have in {**written, **older}.items()
        if 1 <= n <= spec.count
    }
    shares = {trait: _with_held(trait, values, held) for trait, values in spec.traits.items()}
    laws = laws_of(spec.rules, {trait: list(values) for trait, values in shares.items()})
    before = {n - 1: have for n, have in previous.items() if n <= spec.count}
    return _Task(spec, shares, held, frozenset(n - 1 for n in minted), laws, before)


def _with_held(
    trait: str, values: Mapping[str, Share], held: Mapping[int, Traits]
) -> dict[str, Share]:
    """With the values that only held pieces have: each counts for itself."""
    given = (have[trait] for have in held.values() if trait in have)
    extra = Counter(value for value in given if value not in values)
    return {**values, **{value: Exactly(count) for value, count in sorted(extra.items())}}


def _check_held(task: _Task, kept: Mapping[int, Traits]) -> None:
    """What is fixed keeps the rules, by itself and with the other held pieces."""
    room = {trait: dict.fromkeys(values, 1) for trait, values in task.shares.items()}
    clauses = [clause for law in task.laws for clause in law.clauses]
    written = {i: have for i, have in task.held.items() if i not in task.minted}
    for index, have in sorted(written.items()):
        place = _said(index, kept)
        if can_be_whole(have, room, clauses):
            continue
        guilty = [law for law in task.laws if not can_be_whole(have, room, law.clauses)]
        named = ", ".join(f"{trait} = {value}" for trait, value in have.items())
        raise ImpossibleError(
            f"piece {index + 1} is to have {named}, and that breaks a rule",
            [place, *(law.place for law in guilty or task.laws if law.clauses)],
        )
    _check_caps(task, kept)
    _check_alike(task, kept)


def _said(index: int, kept: Mapping[int, Traits]) -> Place:
    """Where a held piece is written: in the lock file, or in the file."""
    return ("kept" if index + 1 in kept else "fixed", index + 1)


def _check_caps(task: _Task, kept: Mapping[int, Traits]) -> None:
    """No more held pieces than a rule allows, but for those that are minted."""
    for law in task.laws:
        for clause, most in law.caps:
            there = [index for index, have in sorted(task.held.items()) if holds(clause, have)]
            written = [index for index in there if index not in task.minted]
            if written and len(there) > most:
                places = [_said(index, kept) for index in written]
                raise ImpossibleError(
                    f"at most {most} may have that, and {len(there)} are to", [*places, law.place]
                )


def _check_alike(task: _Task, kept: Mapping[int, Traits]) -> None:
    seen: dict[tuple[str, ...], int] = {}
    unique = task.spec.unique
    for index, have in sorted(task.held.items(), key=lambda item: item[0] not in task.minted):
        if not unique or not all(trait in have for trait in unique):
            continue
        first = seen.setdefault(tuple(have[trait] for trait in unique), index)
        if first != index and index not in task.minted:
            places = [_said(i, kept) for i in (first, index) if i not in task.minted]
            raise ImpossibleError(
                f"pieces {first + 1} and {index + 1} are to be alike in {', '.join(unique)}",
                [*places, ("unique",)],
            )


# --- counts -------------------------------------------------------------------------------------


def _range(task: _Task, trait: str) -> Range:
    held = Counter(have[trait] for have in task.held.values() if trait in have)
    minted = Counter(task.held[i][trait] for i in task.minted if i in task.held)
    caps: dict[str, tuple[int, Place]] = {}
    for index, rule in enumerate(task.spec.rules):
        if (
            isinstance(rule, AtMost)
            and list(map(len, rule.of.values())) == [1]
            and trait in rule.of
        ):
            (value,) = rule.of[trait]
            most = max(rule.most, minted[value])  # what is minted is no fault of the others
            if value not in caps or most < caps[value][0]:
                caps[value] = most, ("rules", index)
    shares, total = task.shares[trait], task.spec.count
    lacking = minted[NONE] if NONE not in task.spec.traits[trait] else 0
    if lacking:  # the trait is younger than they are: the others share it
        shares = {value: share for value, share in shares.items() if value != NONE}
        found = share_out(Asked(trait, shares, total - lacking, held, caps))
        one = {NONE: lacking}
        wish = {**found.wish, NONE: Fraction(lacking)}
        return Range(total, wish, {**found.low, **one}, {**found.high, **one}, found.notes)
    return share_out(Asked(trait, shares, total, held, caps))


def _vanished(trait: str, range_: Range, drawn: Set[str]) -> Iterator[str]:
    for value, wish in range_.wish.items():
        if wish and value not in drawn:
            yield f"{trait} = {value}: no piece has it, its part of {range_.total} is less than one"


def _low(ranges: Mapping[str, Range]) -> Counts:
    return {trait: each.low for trait, each in ranges.items()}


def _high(ranges: Mapping[str, Range]) -> Counts:
    return {trait: each.high for trait, each in ranges.items()}


def _roundings(ranges: Mapping[str, Range]) -> Iterator[Counts]:
    """Counts of all traits: the nearest, then one trait after the other, then all together."""
    nearest = {trait: each.nearest() for trait, each in ranges.items()}
    yield nearest
    for trait, each in ranges.items():
        for other in itertools.islice(each.roundings(), 1, None):
            yield {**nearest, trait: other}
    rounded = itertools.product(*(list(each.roundings()) for each in ranges.values()))
    for counts in rounded:
        if sum(count != nearest[t] for t, count in zip(ranges, counts, strict=True)) > 1:
            yield dict(zip(ranges, counts, strict=True))


# --- proof and search ---------------------------------------------------------------------------


def _problem(task: _Task, need: Counts, room: Counts) -> Problem:
    """For the pieces that are open: what is whole has taken its part, and may break a rule."""
    whole = [task.held[i] for i in task.whole]
    gone = {trait: Counter(have[trait] for have in whole) for trait in task.shares}

    def left(counts: Counts) -> Counts:
        return {t: {v: n - gone[t][v] for v, n in values.items()} for t, values in counts.items()}

    laws = tuple(_less(law, whole) for law in task.laws)
    return Problem(task.spec.count - len(whole), left(need), left(room), laws, task.spec.unique)


def _less(law: Law, whole: Sequence[Traits]) -> Law:
    """With what whole pieces have of a cap taken off."""
    if not law.caps:
        return law
    caps = tuple((c, most - sum(holds(c, have) for have in whole)) for c, most in law.caps)
    return Law(law.place, law.traits, law.clauses, caps)


def _prove(task: _Task, problem: Problem) -> None:
    """Raises ImpossibleError if a proof succeeds."""
    found = smallest(problem)
    if found:
        reason, places = found
        raise ImpossibleError(reason.why, places)


def _draw(task: _Task, ranges: Mapping[str, Range]) -> tuple[list[dict[str, str]], int]:
    """By the first rounding that can be."""
    refused: ImpossibleError | None = None
    gave_up: GaveUpError | None = None
    tried = searched = 0
    for counts in itertools.islice(_roundings(ranges), ROUNDINGS):
        tried += 1
        problem = _problem(task, counts, counts)
        if why_not(problem):
            refused = refused or _refusal(problem)
            continue
        try:
            return _found(task, counts)
        except ImpossibleError as error:
            refused = refused or error
        except GaveUpError as error:
            gave_up = gave_up or error
            searched += 1
            if searched == SEARCHES:
                break
    if gave_up:
        raise gave_up
    assert refused is not None
    if tried == ROUNDINGS or not all(each.has_few_roundings for each in ranges.values()):
        raise GaveUpError(refused.why, refused.places)
    raise refused


def _refusal(problem: Problem) -> ImpossibleError:
    found = smallest(problem)
    assert found is not None
    return ImpossibleError(found[0].why, found[1])


def _found(task: _Task, counts: Counts) -> tuple[list[dict[str, str]], int]:
    """By the search; else by trying every way. Raises ImpossibleError or GaveUpError."""
    dealing = Dealing(
        task.spec.count, counts, task.held, task.whole, task.previous, task.laws,
        task.spec.unique, task.spec.seed,
    )  # fmt: skip
    pieces, swaps, broken = search(dealing)
    if not broken:
        return pieces, swaps
    try:
        return _every_way(task, counts, task.laws), swaps
    except OverBudgetError:
        raise GaveUpError(
            f"gave up after {swaps} swaps, and it is not proven that it cannot be; still broken",
            broken[:5],
        ) from None


def _every_way(task: _Task, counts: Counts, laws: tuple[Law, ...]) -> list[dict[str, str]]:
    """Raises ImpossibleError with the fewest rules that leave no way, OverBudgetError."""
    found = _decided(task, counts, laws, task.spec.unique)
    if found is not None:
        return found
    for law in laws:
        fewer = tuple(each for each in laws if each is not law)
        if _decided(task, counts, fewer, task.spec.unique) is None:
            laws = fewer
    unique: tuple[Place, ...] = ()
    if task.spec.unique and _decided(task, counts, laws, ()) is not None:
        unique = (("unique",),)
    traits = {trait for law in laws for trait in law.traits} | set(
        task.spec.unique if unique else ()
    )
    places = (*(("traits", trait) for trait in task.shares if trait in traits), *unique)
    raise ImpossibleError(
        "every way to give these values to the pieces was tried, and each breaks a rule",
        (*places, *(law.place for law in laws)),
    )


def _decided(
    task: _Task, counts: Counts, laws: Sequence[Law], unique: tuple[str, ...]
) -> list[dict[str, str]] | None:
    whole = task.whole
    problem = _problem(task, counts, counts)
    by_place = {law.place: law for law in problem.laws}
    open_ = [i for i in range(task.spec.count) if i not in whole]
    taken = frozenset(tuple(task.held[i][t] for t in unique) for i in whole if unique)
    found = every_way(
        [task.held.get(i, {}) for i in open_],
        problem.need,
        [by_place[law.place] for law in laws],
        unique,
        taken,
    )
    if found is None:
        return None
    pieces = {**dict(zip(open_, found, strict=True)), **{i: dict(task.held[i]) for i in whole}}
    return [{t: pieces[i][t] for t in task.shares} for i in range(task.spec.count)]
