"""Why a set cannot be: conditions that every solution meets, and these lines do not.

    dead value      no whole piece can have it
    two traits      the pieces with these values do not fit those they may go with (Hall's theorem,
                    by maximum flow and minimum cut; an `at_most` on a pair is a pipe of its width)
    crowd           values of which no piece can have two, more of them than pieces (a clique)
    at_most         so many pieces must have both, by the counts alone (inclusion and exclusion)
    uniqueness      fewer ways to differ than pieces

Need and room may differ: with the least that values may need and the most that others may give, a
proof holds for every rounding at once. What passes may still be impossible: `exact` decides small
sets.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from nftforge.traits.models import Counts, Place
from nftforge.traits.rules import Clause, Law, holds

Value: TypeAlias = tuple[str, str]  # trait and value

BRANCHES = 20_000  # looked at for one proof


@dataclass(frozen=True)
class Problem:
    """What is open: pieces that are not whole yet, and what they have to share.

    need, room  the least and the most pieces of each value
    """

    total: int
    need: Counts
    room: Counts
    laws: tuple[Law, ...]
    unique: tuple[str, ...]

    @property
    def clauses(self) -> list[Clause]:
        return [clause for law in self.laws for clause in law.clauses]

    def without(self, law: Law) -> Problem:
        return Problem(
            self.total, self.need, self.room, tuple(e for e in self.laws if e is not law),
            self.unique,
        )  # fmt: skip


@dataclass(frozen=True)
class Reason:
    """Why not, in words; `places` are the shares and `unique`, not the rules."""

    why: str
    places: tuple[Place, ...]


def why_not(problem: Problem) -> Reason | None:
    """The first proof that succeeds; None says nothing."""
    foes = _foes(problem.clauses)
    proofs: tuple[Callable[[], Reason | None], ...] = (
        lambda: _dead_value(problem),
        lambda: _narrow_pair(problem, foes),
        lambda: _crowd(problem, foes),
        lambda: _overlap(problem),
        lambda: _few_ways(problem, foes),
    )
    return next(filter(None, (proof() for proof in proofs)), None)


def smallest(problem: Problem) -> tuple[Reason, tuple[Place, ...]] | None:
    """A proof with the fewest lines: every rule is dropped without which it still is impossible."""
    reason = why_not(problem)
    if reason is None:
        return None
    for law in problem.laws:
        if other := why_not(problem.without(law)):
            problem, reason = problem.without(law), other
    return reason, (*reason.places, *(law.place for law in problem.laws))


def _share(trait: str, value: str) -> Place:
    return ("traits", trait, value)


def _names(values: Iterable[Value]) -> str:
    """`Hat = Red or Blue`, of one trait."""
    pairs = list(values)
    return f"{pairs[0][0]} = {' or '.join(value for _, value in pairs)}" if pairs else "nothing"


# --- dead values --------------------------------------------------------------------------------


def can_be_whole(have: Mapping[str, str], room: Counts, clauses: Sequence[Clause]) -> bool:
    """Whether some whole piece has these values; True too where that takes too long to see."""
    order = sorted(room, key=lambda trait: len(room[trait]))
    branches = itertools.count()

    def extends(have: Mapping[str, str]) -> bool:
        if next(branches) > BRANCHES:
            return True
        if any(holds(clause, have) for clause in clauses):
            return False
        trait = next((trait for trait in order if trait not in have), None)
        return trait is None or any(
            count and extends({**have, trait: value}) for value, count in room[trait].items()
        )

    return extends(have)


def _dead_value(problem: Problem) -> Reason | None:
    clauses = problem.clauses
    for trait, counts in problem.need.items():
        for value, count in counts.items():
            if count and not can_be_whole({trait: value}, problem.room, clauses):
                return Reason(
                    f"no piece can have {trait} = {value}: whatever else it has breaks a rule",
                    (_share(trait, value),),
                )
    return None


# --- two traits ---------------------------------------------------------------------------------

Foes: TypeAlias = Mapping[Value, frozenset[Value]]


def _foes(clauses: Sequence[Clause]) -> Foes:
    """The values that none of the pieces with a value may have."""
    foes: dict[Value, set[Value]] = defaultdict(set)
    for clause in clauses:
        if len(clause) == 2:
            (one, xs), (other, ys) = clause.items()
            for x, y in itertools.product(xs, ys):
                foes[one, x].add((other, y))
                foes[other, y].add((one, x))
    return {value: frozenset(others) for value, others in foes.items()}


Node: TypeAlias = tuple[str, ...]
Pipes: TypeAlias = dict[Node, dict[Node, int]]
SOURCE: Node = ("source",)
SINK: Node = ("sink",)


def _narrow_pair(problem: Problem, foes: Foes) -> Reason | None:
    """Pieces of one trait's values flow to the other's that they may have."""
    for one, other in sorted(_met(problem, foes)):
        pipes = _pipes(problem, foes, one, other)
        reached = _cut(pipes)
        if reached is None:
            continue
        xs = [(one, x) for x in problem.need[one] if ("x", x) in reached and problem.need[one][x]]
        ys = [(other, y) for y in problem.room[other] if ("y", y) in reached]
        narrow = [
            (law, most) for law, k, _, most in _pair_caps(problem, one, other)
            if ("in", str(k)) in reached and ("out", str(k)) not in reached
        ]  # fmt: skip
        return _too_narrow(problem, xs, ys, narrow)
    return None


def _met(problem: Problem, foes: Foes) -> set[tuple[str, str]]:
    """The traits that a rule speaks of together, in both directions: the values of one that are
    too many for the other are named."""
    pairs = {(one, other) for (one, _), others in foes.items() for other, _ in others}
    for law in problem.laws:
        for clause, _ in law.caps:
            if len(clause) == 2:
                one, other = clause
                pairs |= {(one, other), (other, one)}
    return pairs


def _pair_caps(problem: Problem, one: str, other: str) -> Iterator[tuple[Law, int, Clause, int]]:
    caps = ((law, *cap) for law in problem.laws for cap in law.caps)
    for k, (law, clause, most) in enumerate(caps):
        if set(clause) == {one, other}:
            yield law, k, clause, most


def _pipes(problem: Problem, foes: Foes, one: str, other: str) -> Pipes:
    """Capacities from the source over x and y to the sink. A pair that `at_most` speaks of goes
    through that rule's pipe; of several rules, through one: that allows more, never less."""
    pipes: Pipes = {SOURCE: {}, SINK: {}}
    for x, need in problem.need[one].items():
        pipes[SOURCE]["x", x] = need
        pipes["x", x] = {}
    for y, room in problem.room[other].items():
        pipes["y", y] = {SINK: room}
    capped: dict[tuple[str, str], int] = {}
    for _, k, clause, most in _pair_caps(problem, one, other):
        pipes["in", str(k)] = {("out", str(k)): max(most, 0)}
        pipes["out", str(k)] = {}
        capped |= dict.fromkeys(itertools.product(clause[one], clause[other]), k)
    for x, y in itertools.product(problem.need[one], problem.room[other]):
        if (other, y) in foes.get((one, x), ()):
            continue
        if (k := capped.get((x, y), -1)) >= 0:
            pipes["x", x]["in", str(k)] = problem.total
            pipes["out", str(k)]["y", y] = problem.total
        else:
            pipes["x", x]["y", y] = problem.total
    return pipes


def _cut(pipes: Pipes) -> set[Node] | None:
    """The source's side of a minimum cut; None if all that comes in goes through (Edmonds and
    Karp). Empties `pipes`."""
    while True:
        came: dict[Node, Node] = {SOURCE: SOURCE}
        queue = [SOURCE]
        for node in queue:
            for after, width in pipes[node].items():
                if width > 0 and after not in came:
                    came[after] = node
                    queue.append(after)
        if SINK not in came:
            return set(came) if any(pipes[SOURCE].values()) else None
        path = [SINK]
        while path[-1] != SOURCE:
            path.append(came[path[-1]])
        steps = [(before, after) for after, before in itertools.pairwise(path)]
        push = min(pipes[before][after] for before, after in steps)
        for before, after in steps:
            pipes[before][after] -= push
            pipes[after][before] = pipes[after].get(before, 0) + push


def _too_narrow(
    problem: Problem, xs: list[Value], ys: list[Value], narrow: list[tuple[Law, int]]
) -> Reason:
    many = sum(problem.need[trait][value] for trait, value in xs)
    room = sum(problem.room[trait][value] for trait, value in ys)
    may = f"may only have {_names(ys)}" if ys else "may have no value beside it"
    but = f"but {room} pieces have that" if ys else ""
    if narrow:
        most = sum(most for _, most in narrow)
        also = f"{most} more by `at_most`"
        but = f"{but}, and {also}" if but else f"but {most} by `at_most`"
    why = f"{many} pieces have {_names(xs)} and {may}" + (f", {but}" if but else "")
    return Reason(why, tuple(_share(*value) for value in (*xs, *ys)))


# --- crowds, overlaps, ways ---------------------------------------------------------------------


def _crowd(problem: Problem, foes: Foes) -> Reason | None:
    """Values that exclude one another, too many together: a heavy clique, by branch and bound."""
    weight = {v: problem.need[v[0]][v[1]] for v in foes if problem.need[v[0]][v[1]]}
    nodes = sorted(weight, key=lambda value: (-weight[value], value))
    branches = itertools.count()

    def heavier(have: list[Value], sum_: int, free: list[Value]) -> list[Value] | None:
        if sum_ > problem.total:
            return have
        if sum_ + _most(free, weight) <= problem.total or next(branches) > BRANCHES:
            return None
        first, others = free[0], free[1:]
        beside = [v for v in others if v[0] == first[0] or v in foes[first]]
        return heavier([*have, first], sum_ + weight[first], beside) or heavier(have, sum_, others)

    many = heavier([], 0, nodes)
    if not many or len({trait for trait, _ in many}) < 2:
        return None
    named = ", ".join(f"{t} = {v} ({weight[t, v]})" for t, v in many)
    return Reason(
        f"no piece can have two of {named}: more than {problem.total} pieces",
        tuple(_share(*value) for value in many),
    )


def _most(free: Iterable[Value], weight: Mapping[Value, int]) -> int:
    return sum(weight[value] for value in free)


def _overlap(problem: Problem) -> Reason | None:
    """So many pieces must meet all conditions of a cap, whatever is drawn."""
    for law in problem.laws:
        for clause, most in law.caps:
            have = {t: sum(problem.need[t][v] for v in sorted(vs)) for t, vs in clause.items()}
            sure = sum(have.values()) - (len(have) - 1) * problem.total
            if sure > max(most, 0):
                named = " and ".join(
                    f"{_names((t, v) for v in sorted(vs))} ({have[t]})" for t, vs in clause.items()
                )
                return Reason(
                    f"at least {sure} of {problem.total} pieces must have {named}, and {most} may",
                    tuple(_share(t, v) for t, vs in clause.items() for v in sorted(vs)),
                )
    return None


def _few_ways(problem: Problem, foes: Foes) -> Reason | None:
    """More pieces than there are different ones."""
    kinds = {t: [v for v, n in problem.room[t].items() if n] for t in problem.unique}
    ways = math.prod(len(values) for values in kinds.values())
    if problem.unique and ways < problem.total:
        return Reason(
            f"{problem.total} pieces must differ in {', '.join(problem.unique)}, only {ways} can",
            _unique_places(problem, kinds),
        )
    for trait, values in kinds.items():
        for value in values:
            beside = [
                sum((other, v) not in foes.get((trait, value), ()) for v in kinds[other])
                for other in problem.unique if other != trait
            ]  # fmt: skip
            if (count := problem.need[trait][value]) > math.prod(beside):
                return Reason(
                    f"{count} pieces with {trait} = {value} must differ in "
                    f"{', '.join(problem.unique)}, only {math.prod(beside)} can",
                    (_share(trait, value), *_unique_places(problem, kinds)),
                )
    return None


def _unique_places(problem: Problem, kinds: Mapping[str, Sequence[str]]) -> tuple[Place, ...]:
    return (("unique",), *(("traits", trait) for trait in kinds))
