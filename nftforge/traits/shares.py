"""How many pieces get each value of one trait: whole numbers that add up, from shares.

Counts stand. A part of all pieces becomes its floor or its ceiling; weights and the rest share out
what is left, as far as caps and pieces that have a value already let them. Among the roundings the
nearest is taken first (largest remainder, ties to the upper line), others where rules forbid it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from nftforge.traits.errors import ImpossibleError
from nftforge.traits.models import Exactly, Part, Place, Remaining, Share, Weight

NEARLY = Fraction(1, 100)  # of all pieces: three times 33.3 % are meant to be all
ROUNDINGS = 256  # of one trait, that are looked at


@dataclass(frozen=True)
class Asked:
    """Of one trait.

    total  pieces that are to have one of its values
    held   how many of them have a value already, whatever is drawn
    caps   the most that a rule allows, and its place
    """

    name: str
    shares: Mapping[str, Share]
    total: int
    held: Mapping[str, int]
    caps: Mapping[str, tuple[int, Place]]


@dataclass(frozen=True)
class Range:
    """How many pieces may get each value. `wish` is the exact part, before rounding."""

    total: int
    wish: Mapping[str, Fraction]
    low: Mapping[str, int]
    high: Mapping[str, int]
    notes: tuple[str, ...] = ()

    def nearest(self) -> dict[str, int]:
        """By largest remainder."""
        got = dict(self.low)
        for _ in range(self.total - sum(got.values())):
            open_ = [value for value in got if got[value] < self.high[value]]
            got[max(open_, key=lambda value: self.wish[value] - got[value])] += 1
        return got

    def roundings(self) -> Iterator[dict[str, int]]:
        """All of them, the nearest first; of many the first few."""
        first = self.nearest()
        yield first
        ups = [value for value in first if first[value] > self.low[value]]
        downs = [value for value in first if first[value] < self.high[value]]
        for size in range(1, min(len(ups), len(downs)) + 1):
            pairs = itertools.product(
                itertools.combinations(ups, size), itertools.combinations(downs, size)
            )
            for down, up in sorted(itertools.islice(pairs, ROUNDINGS), key=self._farther):
                if not set(down) & set(up):
                    step = dict.fromkeys(down, -1) | dict.fromkeys(up, 1)
                    yield {value: first[value] + step.get(value, 0) for value in first}

    def _farther(self, move: tuple[tuple[str, ...], tuple[str, ...]]) -> Fraction:
        """How much worse than the nearest it is to take from some and give to others."""
        down, up = move
        return sum((self.wish[v] for v in down), Fraction(0)) - sum(
            (self.wish[v] for v in up), Fraction(0)
        )

    @property
    def is_settled(self) -> bool:
        """Whether there is one rounding only."""
        return self.low == self.high

    @property
    def has_few_roundings(self) -> bool:
        """Whether `roundings` gives all there are."""
        free = [value for value in self.low if self.high[value] > self.low[value]]
        single = all(self.high[value] - self.low[value] == 1 for value in free)
        return self.is_settled or (
            single and math.comb(len(free), self.total - sum(self.low.values())) <= ROUNDINGS
        )


def share_out(asked: Asked) -> Range:
    """The range of each value. Raises ImpossibleError naming the values and rules in conflict."""
    _check_caps(asked)
    wish, notes = _wishes(asked)
    low = {value: max(math.floor(wish[value]), asked.held.get(value, 0)) for value in wish}
    high = {
        value: max(low[value], min(math.ceil(wish[value]), _cap(asked, value))) for value in wish
    }
    for value, share in asked.shares.items():
        if isinstance(share, Exactly):
            low[value] = high[value] = share.pieces
    low, high = _loosened(asked, low, high)
    return Range(asked.total, wish, low, high, notes)


def _place(asked: Asked, value: str) -> Place:
    return ("traits", asked.name, value)


def _cap(asked: Asked, value: str) -> int:
    return asked.caps[value][0] if value in asked.caps else asked.total


def _check_caps(asked: Asked) -> None:
    """Promises against what is there already, and what a rule allows."""
    for value, share in asked.shares.items():
        held, title = asked.held.get(value, 0), f"{asked.name} = {value}"
        if isinstance(share, Exactly) and held > share.pieces:
            raise ImpossibleError(
                f"{title}: {held} pieces have it for good, and there are to be {share.pieces}",
                [_place(asked, value)],
            )
        if value not in asked.caps:
            continue
        most, rule = asked.caps[value]
        if held > most:
            raise ImpossibleError(f"{title}: {held} pieces have it for good, {most} may", [rule])
        least = _least(share, asked.total)
        if least > most:
            raise ImpossibleError(
                f"{title}: {least} pieces are to have it, and {most} may",
                [_place(asked, value), rule],
            )


def _least(share: Share, total: int) -> int:
    """That a promise stands for; weights promise nothing."""
    match share:
        case Exactly(pieces):
            return pieces
        case Part(of_all):
            return math.floor(of_all * total)
    return 0


def _wishes(asked: Asked) -> tuple[dict[str, Fraction], tuple[str, ...]]:
    """Exact parts that add up to all pieces, and what has to be said of them."""
    promised, flexible, notes = dict[str, Fraction](), dict[str, Fraction](), list[str]()
    for value, share in asked.shares.items():
        match share:
            case Exactly(pieces):
                promised[value] = Fraction(pieces)
            case Part(of_all):
                promised[value] = of_all * asked.total
                if (held := asked.held.get(value, 0)) > math.ceil(promised[value]):
                    notes.append(
                        f"{asked.name} = {value}: {held} pieces have it for good, more than "
                        f"{_percent(of_all)} of {asked.total}"
                    )
                    promised[value] = Fraction(held)
            case Weight(weight):
                flexible[value] = weight
            case Remaining():
                flexible[value] = Fraction(1)
    _check_kinds(asked)
    left = asked.total - sum(promised.values(), Fraction(0))
    if not flexible and 0 < abs(left) < max(Fraction(1), NEARLY * asked.total):
        scaled = _scaled(asked, promised, left)
        if scaled is not None:
            if abs(left) >= 1:
                notes.append(
                    f"{asked.name}: the shares add up to {_percent(1 - left / asked.total)}, and "
                    "are scaled to 100 %"
                )
            promised, left = scaled, Fraction(0)
    if left < 0 or (left > 0 and not any(flexible.values())):
        _raise_sum(asked, promised, left)
    rounding = sum((part - math.floor(part) for part in promised.values()), Fraction(0))
    filled = _filled(asked, flexible, left, rounding)
    return {value: promised.get(value, filled.get(value, Fraction(0))) for value in asked.shares}, (
        tuple(notes)
    )


def _check_kinds(asked: Asked) -> None:
    kinds = {type(share) for share in asked.shares.values()}
    if {Weight, Remaining} <= kinds:
        bare = next(v for v, share in asked.shares.items() if isinstance(share, Remaining))
        raise ImpossibleError(
            f"{asked.name}: some values have a weight and {bare} has none: which part of the rest "
            "is its?",
            [
                _place(asked, v)
                for v, s in asked.shares.items()
                if isinstance(s, Weight | Remaining)
            ],
        )


def _scaled(
    asked: Asked, promised: Mapping[str, Fraction], left: Fraction
) -> dict[str, Fraction] | None:
    """With the parts of all pieces scaled, so that nothing is left; None if there is no part."""
    parts = {v for v in promised if isinstance(asked.shares[v], Part)}
    whole = sum((promised[v] for v in parts), Fraction(0))
    if not whole:
        return None
    return {v: w + left * w / whole if v in parts else w for v, w in promised.items()}


def _raise_sum(asked: Asked, promised: Mapping[str, Fraction], left: Fraction) -> None:
    """The values that are too much together (the fewest of them), or all that are too little."""
    asked_for = asked.total - left
    places, together = [], Fraction(0)
    for value in sorted(promised, key=lambda value: -promised[value]):
        if together <= asked.total:
            places.append(_place(asked, value))
            together += promised[value]
    raise ImpossibleError(
        f"{asked.name} adds up to {_percent(asked_for / max(asked.total, 1))}: "
        f"{_number(asked_for)} of {asked.total} pieces",
        places,
    )


def _percent(part: Fraction) -> str:
    return f"{_number(part * 100)} %"


def _number(given: Fraction) -> str:
    """With two decimals at most; no float."""
    hundredths = round(given * 100)
    whole, part = divmod(abs(hundredths), 100)
    sign = "-" if hundredths < 0 else ""
    return f"{sign}{whole}" + (f".{part:02d}".rstrip("0") if part else "")


def _filled(
    asked: Asked, weights: Mapping[str, Fraction], left: Fraction, rounding: Fraction
) -> dict[str, Fraction]:
    """What is left, in proportion to the weights, within what is there already and the caps.

    rounding: what the promised parts may lose to whole numbers; what is there already may have it.
    """
    open_, given = dict(weights), dict[str, Fraction]()
    while open_:
        heavy = sum(open_.values())
        part = {v: left * w / heavy if heavy else Fraction(0) for v, w in open_.items()}
        short = {v: Fraction(held) for v in open_ if part[v] < (held := asked.held.get(v, 0))}
        over = {v: Fraction(cap) for v in open_ if part[v] > (cap := _cap(asked, v))}
        if not short and not over:
            return given | part
        lacking = sum((short[v] - part[v] for v in short), Fraction(0))
        spare = sum((part[v] - over[v] for v in over), Fraction(0))
        bound = short if lacking >= spare else over
        given |= bound
        left -= sum(bound.values())
        open_ = {v: w for v, w in open_.items() if v not in bound}
    if left > 0 or -left > rounding:
        _raise_left(asked, weights, left)
    return given


def _raise_left(asked: Asked, weights: Mapping[str, Fraction], left: Fraction) -> None:
    rules = [asked.caps[value][1] for value in weights if value in asked.caps]
    places = [_place(asked, value) for value in asked.shares]
    if left > 0:
        raise ImpossibleError(
            f"{asked.name}: {_number(left)} of {asked.total} pieces are left with no value, for "
            "the others may not have more",
            [*places, *rules],
        )
    raise ImpossibleError(
        f"{asked.name}: {_number(-left)} more pieces have {' or '.join(weights)} for good than "
        "the other shares leave",
        places,
    )


def _loosened(
    asked: Asked, low: dict[str, int], high: dict[str, int]
) -> tuple[dict[str, int], dict[str, int]]:
    """One less, or one more, where what is there already leaves no rounding of all."""
    fixed = {v for v, share in asked.shares.items() if isinstance(share, Exactly)}
    if sum(low.values()) > asked.total:
        low = {v: n if v in fixed else max(asked.held.get(v, 0), n - 1, 0) for v, n in low.items()}
    if sum(high.values()) < asked.total:
        high = {v: n if v in fixed else min(_cap(asked, v), n + 1) for v, n in high.items()}
    if not sum(low.values()) <= asked.total <= sum(high.values()):
        places = [_place(asked, value) for value in asked.shares]
        raise ImpossibleError(
            f"{asked.name}: no whole numbers of pieces add up to {asked.total}",
            [*places, *(rule for _, rule in asked.caps.values())],
        )
    return low, high
