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
    """Called with a text, gives it without `secrets`, each replaced by its label.

    Unusual: a regular expression tries one secret after the other at every letter, which with a
    thousand of them takes minutes. So it is made of those only that are in the text.
    """

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._labels = {
            spelling: label
            for secret, label in secrets.items()
            if secret
            for spelling in _spellings(secret)
        }
        self._longest_first = sorted(self._labels, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        texts = {text, text.lower()}
        there = [known for known in self._longest_first if any(known in each for each in texts)]
        pattern = re.compile("|".join([JWT, *map(_pattern, there)]))
        return pattern.sub(self._label, text)

    def _label(self, found: re.Match[str]) -> str:
        plain = found[0].lower().removeprefix("0x")
        return self._labels.get(found[0]) or self._labels.get(plain, "<JWT>")


def _spellings(secret: str) -> Iterator[str]:
    """A secret as it is, in a URL, in JSON; hex in small letters, without 0x."""
    if HEX.fullmatch(secret):
        yield secret.lower().removeprefix("0x")
        return
    yield secret
    yield quote(secret, safe="")
    yield quote(secret)
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield json.dumps(secret)[1:-1]


def _pattern(spelling: str) -> str:
    """A regular expression without groups."""
    if HEX.fullmatch(spelling):
        return f"(?i:(?:0x)?{re.escape(spelling)})"
    return re.escape(spelling)


def hex_in(text: str) -> Iterator[str]:
    """What may be private keys or seeds in `text`, without 0x."""
    return (found[1] for found in HEX.finditer(text))


def without_hex(text: str) -> str:
    """`text` without what may be a private key or a seed."""
    return HEX.sub(lambda found: f"<{len(found[1])} hex digits>", text)
