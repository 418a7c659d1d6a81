"""A number with its noun: `1 piece`, `2 pieces`."""

from __future__ import annotations


def counted(number: int, noun: str, plural: str = "") -> str:
    """`number` of `noun`; `plural` where that is not the noun and an s (`pieces of advice`)."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"


def duration(seconds: float) -> str:
    """`40 s`, `12 min`, `3 h 20 min`: as exact as anybody wants to know."""
    if seconds < 90:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
