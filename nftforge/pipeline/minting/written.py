"""Whether the lines of a mint journal are such as minting writes; looked at before one is believed.

What an entry says of a token (its piece, its contract) is only a hint, and the chain is asked. But
it has to be of the right kind to be compared with what the chain says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from nftforge.core.journal import Journal, JournalEntry
from nftforge.pipeline.minting import trades

NEEDED = {"deploy": {"address", "spec"}, "mint": {"address", "first_id", "pieces", "directory"}}


def check_entries(journal: Journal) -> None:
    """Raises GuardError naming the first line that is of another kind."""
    for entry in journal:
        if not _is_written(entry):
            raise journal.damaged(entry.line)


def _is_written(entry: JournalEntry) -> bool:
    if entry.event == "void":
        return True
    if entry.event == "intent" and not _is_told(entry.data):
        return False
    known = all(_KINDS[name](value) for name, value in entry.data.items() if name in _KINDS)
    return known and NEEDED.get(entry.effect.split(" ")[0], set()) <= entry.data.keys()


def _is_told(intent: Mapping[str, Any]) -> bool:
    """Whether an intent says its kind, and, of a sale's, all that its call is made of."""
    kind = intent.get("kind")
    if not isinstance(kind, str):
        return False
    if kind not in trades.KINDS:
        return True
    if not isinstance(intent.get("transactions"), list):
        return False
    try:
        trades.call_of(intent)
    except Exception:  # whatever a decoder makes of such values: there is no list of it
        return False
    if kind == "count":
        return re.fullmatch("[0-9]{1,78}", str(intent.get("counter"))) is not None
    return isinstance(intent.get("owner"), str) and (kind != "cancel" or bool(intent["orders"]))


def _count(value: object) -> bool:
    return isinstance(value, int) and value >= 0


def _called(value: object) -> bool:
    match value:
        case [int(number), str(_)]:
            return number >= 0
    return False


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
    "defaults": lambda value: isinstance(value, dict) and all(map(_count, value.values())),
    "called": lambda value: isinstance(value, dict) and all(map(_called, value.values())),
    "first_id": _count,
    "block": _count,
    "paid_wei": _count,
}
