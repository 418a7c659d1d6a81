"""Secrets taken out of texts: known ones in every spelling, and what has the shape of one.

A private key has the shape of a transaction's hash, 64 hex digits, and those must be shown. So hex
is hidden where it is known to be a secret, or where a text is about what somebody wrote by hand
(`without_hex`): no hash belongs there. A JWT is hidden wherever it stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

HEX = re.compile(r"(?<![0-9A-Za-z])(?:0[xX])?([0-9a-fA-F]{56,160})(?![0-9A-Za-z])")
JWT = r"(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*"


class Redactor:
    """Called with a text, gives it without `secrets`, each replaced by its label."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        longest_first = sorted(filter(None, secrets), key=len, reverse=True)
        self._labels = ["<JWT>", *(secrets[secret] for secret in longest_first)]
        patterns = [JWT, *map(_pattern, longest_first)]
        self._pattern = re.compile("|".join(f"({each})" for each in patterns))

    def __call__(self, text: str) -> str:
        return self._pattern.sub(lambda found: self._labels[(found.lastindex or 1) - 1], text)


def _pattern(secret: str) -> str:
    """A regular expression without groups for a secret as it is, in a URL, in JSON."""
    if HEX.fullmatch(secret):
        return f"(?i:(?:0x)?{re.escape(secret)})"
    spellings = (
        secret,
        quote(secret, safe=""),
        quote(secret),
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(secret)[1:-1],
    )
    return "|".join(re.escape(spelling) for spelling in dict.fromkeys(spellings))


def hex_in(text: str) -> Iterator[str]:
    """What may be private keys or seeds in `text`, without 0x."""
    return (found[1] for found in HEX.finditer(text))


def without_hex(text: str) -> str:
    """`text` without what may be a private key or a seed."""
    return HEX.sub(lambda found: f"<{len(found[1])} hex digits>", text)
