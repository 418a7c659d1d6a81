"""How far back a node lets logs be searched in one request, and what it says when that was too far.

Public nodes show logs of 800 to 50,000 blocks at a time, or so many results, each in words of its
own and most with the code of any other error. That is a rule of theirs and no stumble: asked the
same again they refuse again. What they allow is taken from their words where they name it.

Source: what Alchemy, Ankr, Chainstack, Cloudflare, dRPC, Infura, publicnode and QuickNode answer
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

MOST_WINDOWS = 100  # in a search: beyond, one that took minutes would be taken for hanging
TOO_WIDE = re.compile(
    r"\branges?\b|more than [\d,]+ results|too many (?:blocks|results|logs)|response size exceeded"
    r"|query returned more|maximum of [\d,]+ (?:blocks|logs)|limited to [\d,]+ ?k? ?blocks",
    re.IGNORECASE,
)
RESULTS = re.compile(r"results|\blogs\b|response size|returned more", re.IGNORECASE)
PAIR = re.compile(r"\[\s*(0x[0-9a-f]+)\s*,\s*(0x[0-9a-f]+)\s*\]", re.IGNORECASE)
NUMBER = re.compile(r"(?<![\w.])(\d[\d,]*)(\s?k\b)?", re.IGNORECASE)
LEAST_NAMED = 10  # smaller numbers in such words count something else


def is_asked_for(query: Mapping[str, Any], log: Mapping[str, Any]) -> bool:
    """Whether a log is one of the contract, and begins with the topics, that a search names."""
    address, topics = query.get("address"), query["topics"]
    if address is not None and log["address"].lower() != address.lower():
        return False
    if len(log["topics"]) < len(topics):
        return False
    pairs = zip(topics, log["topics"], strict=False)
    return all(
        _is_one_of([wanted] if isinstance(wanted, str) else wanted, got) for wanted, got in pairs
    )


def _is_one_of(wanted: Sequence[str], topic: str) -> bool:
    return not wanted or topic.lower() in [each.lower() for each in wanted]


def is_too_wide(message: str) -> bool:
    """Whether a node declines to look through so much at once."""
    return TOO_WIDE.search(message) is not None


def is_about_results(message: str) -> bool:
    """Whether there were too many logs in it; else any search of so many blocks is declined."""
    return RESULTS.search(message) is not None


def narrower(message: str, width: int) -> int:
    """How many blocks to ask for next, of `width` that were too many; 0: there is nothing less."""
    if pair := PAIR.search(message):
        named = [int(pair[2], 16) - int(pair[1], 16) + 1]
    else:
        named = [
            int(found[1].replace(",", "")) * (1000 if found[2] else 1)
            for found in NUMBER.finditer(message)
        ]
    fitting = [number for number in named if LEAST_NAMED <= number < width]
    return max(fitting, default=width // 2)
