"""What is asked of a generated set: how many pieces, which values, and what must never meet.

Everything is a whole number or a fraction: floats differ from machine to machine, and 10 % of
1,000 pieces are 100. A `Place` names what in a specification is meant, as a path into it:
("rules", 3), ("traits", "Hat", "Crown"), ("unique",), ("fixed", 1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

NONE = "none"  # a value that is counted like others and is no trait of the piece

Place: TypeAlias = tuple[str | int, ...]
Traits: TypeAlias = Mapping[str, str]  # of one piece: trait -> value
Having: TypeAlias = Mapping[str, tuple[str, ...]]  # of one piece: one of these values in each trait
Counts: TypeAlias = Mapping[str, Mapping[str, int]]  # trait -> value -> pieces

# --- shares -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Exactly:
    """So many pieces."""

    pieces: int


@dataclass(frozen=True)
class Part:
    """A part of all pieces, 1/10 for 10 %: its floor or its ceiling."""

    of_all: Fraction


@dataclass(frozen=True)
class Weight:
    """A part of what the two above leave, in proportion to the other weights."""

    weight: Fraction


@dataclass(frozen=True)
class Remaining:
    """An equal part of what is left."""


Share: TypeAlias = Exactly | Part | Weight | Remaining

# --- rules --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Never:
    """A piece that has all of `when` has none of `then`."""

    when: Having
    then: Having


@dataclass(frozen=True)
class Only:
    """A piece that has all of `when` has, in each trait of `then`, one of these values."""

    when: Having
    then: Having


@dataclass(frozen=True)
class Differ:
    """No two of these traits have the same value; two `none` never clash."""

    traits: tuple[str, ...]


@dataclass(frozen=True)
class AtMost:
    """No more than `most` pieces have all of `of`."""

    most: int
    of: Having


Rule: TypeAlias = Never | Only | Differ | AtMost

# --- the set ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spec:
    """A set to be drawn.

    unique  no two pieces are alike in these traits together; empty: they may be
    fixed   piece number, from 1 -> values that it has whatever is drawn; some of its traits or all
    seed    another one, another set
    """

    count: int
    traits: Mapping[str, Mapping[str, Share]]
    rules: tuple[Rule, ...] = ()
    unique: tuple[str, ...] = ()
    fixed: Mapping[int, Traits] = field(default_factory=dict)
    seed: int = 0
