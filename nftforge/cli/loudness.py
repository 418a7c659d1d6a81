"""How much is said besides results, warnings and errors: `--quiet` nothing, `--verbose` more."""

from __future__ import annotations

from enum import IntEnum


class Loudness(IntEnum):
    QUIET = -1
    USUAL = 0
    VERBOSE = 1


_now = Loudness.USUAL


def speak(loudness: Loudness) -> None:
    """For the rest of the process."""
    global _now
    _now = loudness


def loudness() -> Loudness:
    return _now
