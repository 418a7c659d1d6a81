"""Names near to one that was mistyped; of what costs or cannot be undone only a clear slip.

A suggestion is tried without much thought. So what sends, publishes or overwrites is named only for
a word as long as its own with a letter or two wrong, never for the beginning of it (`transfer` is
no `transfer-ownership`), and not where something harmless is nearer.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

OTHER_COMMANDS = {  # what others call ours: the same, and no more than that
    "sell": "list", "sale": "list", "unlist": "delist", "unsell": "delist", "withdraw": "delist",
    "sales": "listings", "sold": "listings", "bids": "offers", "gift": "transfer",
    "give": "transfer", "send": "transfer", "new": "init", "create": "init", "start": "init",
    "validate": "check", "lint": "check", "cost": "plan", "costs": "plan", "estimate": "plan",
    "page": "gallery", "website": "gallery", "info": "status",
    "show": "status", "ls": "status", "keys": "wallet", "keystore": "wallet",
}  # fmt: skip
ALIKE = 0.65  # of `difflib`, for what does no harm
MOST = 3  # are named
SHORT = 6  # letters: shorter words have one wrong, others two


def nearest(word: str, harmless: Iterable[str], careful: Iterable[str] = ()) -> list[str]:
    """What was meant by `word`, the likeliest first; often nothing."""
    harmless = list(harmless)
    begun = [name for name in harmless if len(word) > 1 and name.startswith(word)]
    found = [*begun, *get_close_matches(word, harmless, cutoff=ALIKE)]
    least = min((distance(word, name) for name in found), default=len(word))
    slips = [name for name in careful if _is_slip(word, name) and distance(word, name) <= least]
    by_likeness = sorted(
        {*found, *slips}, key=lambda name: (distance(word, name), name in slips, name)
    )
    return by_likeness[:MOST]


def did_you_mean(names: Iterable[str]) -> str:
    """A sentence, or nothing if there are none."""
    quoted = [f"'{name}'" for name in names]
    return f" Did you mean {' or '.join(quoted)}?" if quoted else ""


def distance(one: str, other: str) -> int:
    """Letters to put in, take out, change or swap with their neighbour (optimal string alignment).

    Source: https://en.wikipedia.org/wiki/Damerau-Levenshtein_distance
    """
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, wanted in enumerate(other, 1):
            changed = rows[i - 1][j - 1] + (letter != wanted)
            row.append(min(rows[i - 1][j] + 1, row[j - 1] + 1, changed))
            if i > 1 and j > 1 and (letter, one[i - 2]) == (other[j - 2], wanted):
                row[j] = min(row[j], rows[i - 2][j - 2] + 1)
        rows.append(row)
    return rows[-1][-1]


def _is_slip(word: str, name: str) -> bool:
    most = 1 if len(name) < SHORT else 2
    return word not in name and abs(len(word) - len(name)) <= most and distance(word, name) <= most
