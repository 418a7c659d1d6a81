"""What this process must never print, and the streams that see to it.

The last line of defence: messages hold no secret to begin with. It stands at the streams, so that
tracebacks, warnings and the words of libraries pass it too, and it is one for the process, since an
error is printed when the command that read the `.env` is long gone. Known are: what variables with
the names of secrets hold, in the environment and in every `.env` that was read, and the parts of it
that are keys on their own; whatever looks like a private key in any other variable or an argument,
where people paste it by mistake; what was typed where passwords are asked for.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TextIO, cast

from nftforge.core.redaction import Redactor, hex_in, without_hex
from nftforge.core.urls import secret_parts
from nftforge.pipeline.pinning.destinations import SECRET_OF

SECRET = ("_KEY", "_PASSWORD", "_JWT", "_TOKEN", "_SECRET")
ARGUMENT = "an argument"
PHRASE = 8  # words of seed phrases in a row that are no sentence; whole phrases have 12 to 24
WORDS = re.compile(rf"\b(?:[a-z]{{3,8}}[\s,'\"]+){{{PHRASE - 1},}}[a-z]{{3,8}}\b")

_known: dict[str, str] = {}
_redactor = Redactor(_known)


def learn(variables: Iterable[tuple[str, str]]) -> None:
    """Names and values of variables: what of them is secret is not printed from now on."""
    global _redactor
    for name, value in variables:
        for secret in _secrets_in(name, value.strip()):
            _known.setdefault(secret, f"<{name}>")
    _redactor = Redactor(_known)


def _secrets_in(name: str, value: str) -> Iterator[str]:
    yield from hex_in(value)
    if name.endswith(SECRET) and len(value) > 5:
        yield value
    is_url = "://" in value and (name == ARGUMENT or name in SECRET_OF or name.endswith("_RPC_URL"))
    if is_url:
        for url in value.split(","):  # one, or several with commas
            yield from secret_parts(url.strip())


def redacted(text: str) -> str:
    """`text` without any secret that is known, JWT or seed phrase."""
    return WORDS.sub(_unless_phrase, _redactor(text))


def redacted_input(text: str) -> str:
    """The same for what is said of something typed or written by hand, which may be a key."""
    return without_hex(redacted(text))


def redacted_document(value: Any) -> Any:
    """A document with its texts redacted. Its keys are ours, and kept."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, Mapping):
        return {key: redacted_document(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redacted_document(item) for item in value]
    return value


def _unless_phrase(found: re.Match[str]) -> str:
    words = re.findall("[a-z]+", found[0])
    in_a_row = longest = 0
    for word in words:
        in_a_row = in_a_row + 1 if word in _seed_words() else 0
        longest = max(longest, in_a_row)
    return f"<{len(words)} words>" if longest >= PHRASE else found[0]


@cache
def _seed_words() -> frozenset[str]:
    """English BIP-39, out of eth_account without importing it, which takes a while."""
    spec = find_spec("eth_account")
    if spec is None or spec.origin is None:
        return frozenset()
    words = Path(spec.origin).parent / "hdaccount" / "wordlist" / "english.txt"
    return frozenset(words.read_text("utf-8").split())


# --- streams ------------------------------------------------------------------------------------


class _Guard:
    """A text stream that prints no secret."""

    def __init__(self, stream: TextIO) -> None:
        self.unguarded = stream

    def write(self, text: str) -> int:
        self.unguarded.write(redacted(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.unguarded, name)


def guard_streams() -> None:
    """From now on stdout and stderr hold no secret of the environment and the arguments."""
    learn([*os.environ.items(), *((ARGUMENT, argument) for argument in sys.argv[1:])])
    sys.stdout, sys.stderr = (cast(TextIO, _Guard(stream)) for stream in (sys.stdout, sys.stderr))


def unguarded(stream: TextIO) -> TextIO:
    """For what is redacted already, a document whose keys must not be touched."""
    return cast(TextIO, getattr(stream, "unguarded", stream))
