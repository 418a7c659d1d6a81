"""What people see of work: lines and progress on stderr, as bars where it is a terminal."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING

from nftforge.cli.colour import Style, plain
from nftforge.cli.columns import fitted, width_of
from nftforge.cli.log import log
from nftforge.cli.loudness import Loudness, loudness
from nftforge.cli.output import show, shown

if TYPE_CHECKING:
    from nftforge.cli.bars import Bars

LINE_EVERY_S = 5.0  # a log gets a line of progress this often

_alive: list[
    Screen
] = []  # there is one terminal: who asks on it must find the bars that live there


@contextmanager
def resting() -> Iterator[None]:
    """While somebody is asked: no bar moves and nothing is printed by others, on any screen."""
    with ExitStack() as held:
        for screen in _alive:
            held.enter_context(screen.resting())
        yield


class Screen:
    """A `core.stage.Report`. `clean` takes secrets out of every text."""

    def __init__(self, clean: Callable[[str], str]) -> None:
        self._clean = clean
        self._bars: Bars | None = None
        self._last_line = time.monotonic()
        self._turn = threading.RLock()  # whoever asks has it; threads that print wait for theirs

    def __enter__(self) -> Screen:
        if sys.stderr.isatty() and loudness() is not Loudness.QUIET:
            from nftforge.cli.bars import Bars

            self._bars = Bars()
            self._bars.start()
        _alive.append(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _alive.remove(self)
        if self._bars:
            self._bars.stop()

    @contextmanager
    def resting(self) -> Iterator[None]:
        """No bar and no line until the end: somebody is asked."""
        with self._turn:
            if self._bars is None:
                yield
            else:
                with self._bars.resting():
                    yield

    def say(self, text: str) -> None:
        self._tell(text, Loudness.USUAL)

    def skip(self, text: str) -> None:
        self._tell(text, Loudness.VERBOSE, "dim")

    def warn(self, text: str) -> None:
        self._tell(text, Loudness.QUIET, "warning")

    def _tell(self, text: str, least: Loudness, style: Style = "") -> None:
        """Print a line if so much is to be said; the log has it in any case."""
        with self._turn:
            text = self._clean(text)
            if loudness() < least:
                log(shown(text))
            elif self._bars:
                log(line := shown(text))
                self._bars.print_lines(map(plain, fitted(line, width_of(sys.stderr))), style)
            else:
                show(text, sys.stderr, style)

    def progress(self, task: str, done: int, total: int, note: str = "") -> None:
        with self._turn:
            self._progress(self._clean(task), done, total, self._clean(note))

    def _progress(self, task: str, done: int, total: int, note: str) -> None:
        if self._bars:
            self._bars.move(shown(task), done, total, shown(note))
        if done < total and time.monotonic() - self._last_line > LINE_EVERY_S:
            self._last_line = time.monotonic()
            text = f"{task}: {100 * done // total} % {note}".rstrip()
            if self._bars or loudness() is Loudness.QUIET:
                log(shown(text))
            else:
                show(text, sys.stderr)
