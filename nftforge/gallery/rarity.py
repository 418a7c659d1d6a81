"""Rarity by the OpenRarity rule: how surprising a piece's traits are, in bits.

    score = sum over traits of -log2 p(value)  /  entropy of the whole collection

p is the share of pieces with that value. A trait that a piece lacks counts as a value of its own,
and so does the number of traits it has. Ranks: pieces with more one-of-one traits come first, then
the higher score; equals share a rank. Numbers and dates are not counted (nearly every piece would
be unique), and texts are compared without case and outer spaces.
Source: https://openrarity.gitbook.io/developers (methodology; rules of version 0.7)
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from nftforge.gallery.metadata import TokenTrait

TRAIT_COUNT = "trait count"
_COUNT_KEY = "\0count"  # no trait of a token: names are stripped of it

Values = dict[str, str]  # trait name -> value


@dataclass(frozen=True)
class Rarity:
    """Of one piece. `bits` are before normalisation, `score` after."""

    rank: int  # 1 is the rarest
    score: float
    bits: float
    uniques: int  # traits that no other piece has


@dataclass(frozen=True)
class Ranking:
    """Of a collection. `entropy` in bits: what a piece's traits tell on average."""

    entropy: float
    pieces: tuple[Rarity, ...]  # in the order given


def rank(traits: Sequence[Sequence[TokenTrait]]) -> Ranking:
    """Rank pieces by their traits."""
    values = [_values(of_one) for of_one in traits]
    total = len(values)
    names = sorted({name for row in values for name in row})
    counts = {name: Counter(row.get(name) for row in values) for name in names}
    bits = {
        (name, value): -math.log2(count / total)
        for name, counter in counts.items()
        for value, count in counter.items()
    }
    entropy = math.fsum(
        count / total * bits[name, value]
        for name, counter in counts.items()
        for value, count in counter.items()
    )
    sums = [math.fsum(bits[name, row.get(name)] for name in names) for row in values]
    uniques = [sum(counts[name][value] == 1 for name, value in row.items()) for row in values]
    scores = [amount / entropy if entropy else 0.0 for amount in sums]
    keys = [(unique, round(score, 9)) for unique, score in zip(uniques, scores, strict=True)]
    places: dict[tuple[int, float], int] = {}
    for place, key in enumerate(sorted(keys, reverse=True), start=1):
        places.setdefault(key, place)
    return Ranking(
        entropy,
        tuple(
            Rarity(places[key], score, amount, unique)
            for key, score, amount, unique in zip(keys, scores, sums, uniques, strict=True)
        ),
    )


def _values(traits: Sequence[TokenTrait]) -> Values:
    values = {
        trait.name.replace("\0", "").strip().lower(): trait.value.strip().lower()
        for trait in traits
        if not trait.is_number and not trait.display
    }
    return {**values, _COUNT_KEY: str(len(values))}
