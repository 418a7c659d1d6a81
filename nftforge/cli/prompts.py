"""Questions on the terminal: all of them, so that none can be asked where nobody sees it.

Bars redraw themselves ten times a second and erase the line they stand on, and with it a question
asked there: people saw a screen that hung. So whatever asks does so here, while the bars rest
(`screen.resting`), and a test looks for questions asked anywhere else. Questions go to stderr, for
stdout may hold a document; with either end not a terminal nobody can be asked. What was typed
before a question stood there answers nothing: it is thrown away.
"""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable
from contextlib import suppress

import typer

from nftforge.cli.colour import plain
from nftforge.cli.columns import fitted, width_of
from nftforge.cli.log import log
from nftforge.cli.output import shown
from nftforge.cli.redaction import redacted_input
from nftforge.cli.screen import resting

LINE_BYTES = 4096  # as much as a terminal hands on at once


def can_ask() -> bool:
    """Whether somebody sees a question and can answer it."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str, show: Callable[[], None] = lambda: None) -> str:
    """The answer, stripped. `show` prints what the question is about, just above it.

    Raises Abort at the end of the input (Ctrl-D).
    """
    with resting():
        show()
        _forget_typed()
        print(_fitted(f"{shown(question)} "), end="", file=sys.stderr, flush=True)
        answer = os.read(sys.stdin.fileno(), LINE_BYTES)  # a line: Python's buffer would read ahead
        log(shown(f"{question} {redacted_input(answer.decode(errors='replace').strip())}"))
        if not answer:
            print(file=sys.stderr)
            raise typer.Abort
    return answer.decode(sys.stdin.encoding, "replace").strip()


def _forget_typed() -> None:
    """Throw away what was typed and not read yet."""
    with suppress(ImportError):  # Windows: there is no termios
        import termios

        termios.tcflush(sys.stdin, termios.TCIFLUSH)


def _fitted(question: str) -> str:
    """With room for an answer on its last line."""
    width = width_of(sys.stderr)
    return "\n".join(map(plain, fitted(question, width))) if width else question


def ask_yes(question: str, show: Callable[[], None] = lambda: None) -> bool:
    """Whether the answer is yes; anything but y or yes is a no."""
    return ask(f"{question} [y/N]:", show).lower() in ("y", "yes")


def ask_secret(question: str) -> str:
    """An answer that is not shown."""
    with resting():
        try:
            return getpass.getpass(_fitted(f"{shown(question)}: "))
        except EOFError:
            raise typer.Abort from None
