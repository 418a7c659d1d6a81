"""The options that stand anywhere on a command line: how much is said, how, and where else.

They are taken out before typer reads the rest, so that every command has them, before its name and
after it, and the words about a wrong command line follow them too.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from nftforge import __version__
from nftforge.cli.colour import When, use_colour
from nftforge.cli.log import log, open_log
from nftforge.cli.loudness import Loudness, speak
from nftforge.cli.output import shown
from nftforge.cli.redaction import redacted_input
from nftforge.core.errors import ConfigError

VERBOSE, QUIET, DEBUG = ("-v", "--verbose"), ("-q", "--quiet"), ("--debug",)
COLOUR, LOG = ("--color",), ("--log",)
WHENS: tuple[When, ...] = get_args(When)

HELP = (  # names, as help shows them, and what they do
    (VERBOSE, "-v, --verbose", "Say more: what is read from where, what is kept and why."),
    (QUIET, "-q, --quiet", "Only results, warnings and errors."),
    (COLOUR, "--color WHEN", "auto, always or never; NO_COLOR is heeded."),
    (LOG, "--log FILE", "Append all that is said to a file of yours, with times."),
    (DEBUG, "--debug", "Show tracebacks."),
)
NAMES = tuple(name for names, _, _ in HELP for name in names)


@dataclass(frozen=True)
class Everywhere:
    loudness: Loudness = Loudness.USUAL
    colour: When = "auto"
    log: Path | None = None

    def obey(self) -> None:
        """For the rest of the process. Raises ConfigError if the log cannot be written."""
        speak(self.loudness)
        use_colour(self.colour)
        if self.log:
            open_log(self.log)
            log(shown(redacted_input(f"nftforge {__version__}: {shlex.join(sys.argv[1:])}")))


def taken_from(arguments: Sequence[str]) -> tuple[Everywhere, list[str]]:
    """What `arguments` say of these, and the others. Raises ConfigError."""
    found, waiting = Everywhere(), list(arguments)
    rest: list[str] = []
    while waiting:
        argument = waiting.pop(0)
        name, equals, value = argument.partition("=")
        if argument == "--":
            return found, [*rest, argument, *waiting]
        if argument in VERBOSE:
            found = replace(found, loudness=Loudness.VERBOSE)
        elif argument in QUIET:
            found = replace(found, loudness=Loudness.QUIET)
        elif name in (*COLOUR, *LOG):
            if not equals and not waiting:
                raise ConfigError(f"{name} needs a value: {_wish(name)}")
            found = _with(found, name, value if equals else waiting.pop(0))
        elif argument not in DEBUG:
            rest.append(argument)
    return found, rest


def _with(found: Everywhere, name: str, value: str) -> Everywhere:
    if name in LOG:
        return replace(found, log=Path(value).expanduser())
    colour = next((when for when in WHENS if when == value), None)
    if colour is None:
        raise ConfigError(f"{name} {value}: it is {_wish(name)}")
    return replace(found, colour=colour)


def _wish(name: str) -> str:
    return "the name of a file" if name in LOG else f"{', '.join(WHENS[:-1])} or {WHENS[-1]}"
