"""Colour, sparingly: errors red, warnings yellow, what is done green, what matters less dim.

Only where eyes are: on a terminal, or where `--color always` or FORCE_COLOR wants it; never in a
JSON document. What is coloured says the same in words.
Sources: https://no-color.org, https://force-color.org, https://bixense.com/clicolors
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TextIO

When = Literal["auto", "always", "never"]
Style = Literal["", "error", "warning", "done", "dim"]

CODES: Mapping[Style, str] = {"error": "31", "warning": "33", "done": "32", "dim": "2"}
STATES: Mapping[str, Style] = {  # of pieces, tokens and checks
    "minted": "done", "ok": "done", "kept": "done", "ready": "done",
    "outdated": "warning", "pending": "warning", "not minted": "warning",
    "failed": "error", "MISSING": "error", "broken": "error",
    "planned": "dim", "pinned": "dim", "rendered": "dim", "painted": "dim", "new": "dim",
    "-": "dim",
}  # fmt: skip

_wanted: When = "auto"


@dataclass(frozen=True)
class Part:
    """A piece of a line, in one colour."""

    text: str
    style: Style = ""


Line = str | Sequence[Part]


def state(text: str) -> Part:
    """A state in its colour."""
    return Part(text, STATES.get(text, ""))


def use_colour(when: When) -> None:
    """What `--color` says, for the rest of the process."""
    global _wanted
    _wanted = when


def is_coloured(stream: TextIO, env: Mapping[str, str] = os.environ) -> bool:
    """Whether what goes to `stream` is coloured."""
    if _wanted != "auto":
        return _wanted == "always"
    if env.get("NO_COLOR"):
        return False
    if any(env.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return stream.isatty() and env.get("TERM") != "dumb" and env.get("CLICOLOR") != "0"


def parts(line: Line, style: Style = "") -> Sequence[Part]:
    """`line` in parts; text alone is one, in `style`."""
    return [Part(line, style)] if isinstance(line, str) else line


def plain(line: Line) -> str:
    """`line` without its colours."""
    return line if isinstance(line, str) else "".join(part.text for part in line)


def painted(line: Line) -> str:
    """`line` with its colours, as terminals take them (ECMA-48, SGR)."""
    return "".join(
        f"\x1b[{CODES[part.style]}m{part.text}\x1b[0m" if part.style and part.text else part.text
        for part in parts(line)
    )
