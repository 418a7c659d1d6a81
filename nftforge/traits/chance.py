"""Chance that is the same on every machine: SHA-256 of a purpose, and whole numbers.

Python promises the same stream for `random.random()` alone, and no array library promises one from
version to version. What is drawn here may be minted, and must be found again in ten years.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
WORD = 64  # bits of a number that is drawn


def shuffled(numbers: Iterable[int], *purpose: str | int) -> list[int]:
    """`numbers` in an order where each has its place by itself: one more moves no other."""
    seeded = _hashed(purpose)

    def place(number: int) -> bytes:
        own = seeded.copy()
        own.update(b"%d" % number)
        return own.digest()

    return sorted(numbers, key=place)


class Chance:
    """Numbers without end."""

    def __init__(self, *purpose: str | int) -> None:
        self._words = _words(purpose)

    def below(self, end: int) -> int:
        """A number from 0 up to, and without, `end`."""
        return next(self._words) * end >> WORD

    def one_of(self, items: Sequence[T]) -> T:
        return items[next(self._words) * len(items) >> WORD]


def _words(purpose: Sequence[str | int]) -> Iterator[int]:
    seeded = _hashed(purpose)
    for block in itertools.count():
        own = seeded.copy()
        own.update(b"%d" % block)
        digest = own.digest()
        for start in range(0, len(digest), WORD // 8):
            yield int.from_bytes(digest[start : start + WORD // 8], "big")


def _hashed(purpose: Sequence[str | int]) -> hashlib._Hash:
    """ASCII JSON is the same bytes everywhere."""
    return hashlib.sha256(json.dumps(purpose).encode())
