"""Rules as clauses: values that must never all meet in one piece.

`if A not B` is one clause, `if A only B` one with the values that are left out, `differ` one for
each value that two traits share. What is forbidden is the same for every rule from here on.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from nftforge.traits.errors import ImpossibleError
from nftforge.traits.models import NONE, AtMost, Differ, Having, Never, Only, Place, Rule, Traits

Clause: TypeAlias = Mapping[str, frozenset[str]]  # never one of these in each of these traits
Values: TypeAlias = Mapping[str, Sequence[str]]  # trait -> its values


@dataclass(frozen=True)
class Law:
    """One rule, as it is obeyed. `caps`: conditions that so many pieces may meet, at most."""

    place: Place
    traits: frozenset[str]
    clauses: tuple[Clause, ...] = ()
    caps: tuple[tuple[Clause, int], ...] = ()


def laws_of(rules: Sequence[Rule], values: Values) -> tuple[Law, ...]:
    """Raises ImpossibleError with the rule that names a trait or value that is not there."""
    return tuple(_law(("rules", index), rule, values) for index, rule in enumerate(rules))


def _law(place: Place, rule: Rule, values: Values) -> Law:
    for trait, named in _named(rule):
        if trait not in values:
            raise ImpossibleError(f"there is no trait {trait!r}", [place])
        for value in named:
            if value not in values[trait]:
                raise ImpossibleError(f"{trait} has no value {value!r}", [place])
    traits = frozenset(trait for trait, _ in _named(rule))
    if isinstance(rule, AtMost):
        of = {trait: frozenset(named) for trait, named in rule.of.items()}
        return Law(place, traits, caps=((of, rule.most),))
    return Law(place, traits, tuple(each for each in _clauses(rule, values) if all(each.values())))


def _named(rule: Rule) -> Iterator[tuple[str, Sequence[str]]]:
    match rule:
        case Never(when, then) | Only(when, then):
            yield from (*when.items(), *then.items())
        case Differ(traits):
            yield from ((trait, ()) for trait in traits)
        case AtMost(of=of):
            yield from of.items()


def _clauses(rule: Never | Only | Differ, values: Values) -> Iterator[Clause]:
    match rule:
        case Never(when, then):
            for trait, named in then.items():
                yield _both(when, trait, frozenset(named))
        case Only(when, then):
            for trait, named in then.items():
                yield _both(when, trait, frozenset(values[trait]) - frozenset(named))
        case Differ(traits):
            for one, other in itertools.combinations(traits, 2):
                for value in values[one]:
                    if value in values[other] and value != NONE:
                        yield {one: frozenset((value,)), other: frozenset((value,))}


def _both(when: Having, trait: str, named: frozenset[str]) -> Clause:
    """`when` and one of `named`; both may speak of the same trait."""
    clause = {each: frozenset(given) for each, given in when.items()}
    return {**clause, trait: named & clause.get(trait, named)}


def holds(clause: Clause, piece: Traits) -> bool:
    """Whether a piece, which may lack traits as yet, has one of the values in each trait."""
    return all(piece.get(trait) in named for trait, named in clause.items())
