"""Whether the lines of a mint journal are such as minting writes; looked at before one is believed.

What an entry says of a token (its piece, its contract) is only a hint, and the chain is asked. But
it has to be of the right kind to be compared with what the chain says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from nftforge.core.journal import Journal, JournalEntry

NEEDED = {"deploy": {"address", "spec"}, "mint": {"address", "first_id", "pieces", "directory"}}


def check_entries(journal: Journal) -> None:
    """Raises GuardError naming the first line that is of another kind."""
    for entry in journal:
        if not _is_written(entry):
            raise journal.damaged(entry.line)


def _is_written(entry: JournalEntry) -> bool:
    if entry.event == "void":
        return True
    known = all(_KINDS[name](value) for name, value in entry.data.items() if name in _KINDS)
    return known and NEEDED.get(entry.effect.split(" ")[0], set()) <= entry.data.keys()


def _count(value: object) -> bool:
    return isinstance(value, int) and value >= 0


def _text(pattern: str) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


_KINDS: Mapping[str, Callable[[Any], bool]] = {
    "address": _text("0x[0-9a-fA-F]{40}"),
    "spec": lambda value: isinstance(value, dict),
    "directory": _text("[0-9a-f]{64}"),
    "tx": _text("0x[0-9a-f]{64}"),
    "pieces": _texts,
    "first_id": _count,
    "block": _count,
    "paid_wei": _count,
}
