"""A number with its noun: `1 piece`, `2 pieces`."""

from __future__ import annotations


def counted(number: int, noun: str, plural: str = "") -> str:
    """`number` of `noun`; `plural` where that is not the noun and an s (`pieces of advice`)."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"
