"""Questions on the terminal: all of them, so that none can be asked where nobody sees it.

Bars redraw themselves ten times a second and erase the line they stand on, and with it a question
asked there: people saw a screen that hung. So whatever asks does so here, while the bars rest
(`output.resting`), and a test looks for questions asked anywhere else. Questions go to stderr, for
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

from nftforge.cli.output import resting, shown

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
        print(f"{shown(question)} ", end="", file=sys.stderr, flush=True)
        answer = os.read(sys.stdin.fileno(), LINE_BYTES)  # a line: Python's buffer would read ahead
        if not answer:
            print(file=sys.stderr)
            raise typer.Abort
    return answer.decode(sys.stdin.encoding, "replace").strip()


def _forget_typed() -> None:
    """Throw away what was typed and not read yet."""
    with suppress(ImportError):  # Windows: there is no termios
        import termios

        termios.tcflush(sys.stdin, termios.TCIFLUSH)


def ask_yes(question: str, show: Callable[[], None] = lambda: None) -> bool:
    """Whether the answer is yes; anything but y or yes is a no."""
    return ask(f"{question} [y/N]:", show).lower() in ("y", "yes")


def ask_secret(question: str) -> str:
    """An answer that is not shown."""
    with resting():
        try:
            return getpass.getpass(f"{shown(question)}: ")
        except EOFError:
            raise typer.Abort from None
