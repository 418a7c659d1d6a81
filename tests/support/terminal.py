"""The command line in a real pseudo-terminal, and what a person would see on its screen."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyte

ROWS = 24
ESCAPE = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")  # CSI, as rich and `painted` write it


class Terminal:
    """A child whose terminal is ours: `screen` is what stands there now, `seen` every byte."""

    def __init__(self, arguments: Sequence[str | Path], env: dict[str, str], columns: int) -> None:
        self._screen = pyte.Screen(columns, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self.seen = b""
        self.code: int | None = None
        size = struct.pack("HHHH", ROWS, columns, 0, 0)
        self._child, self._end = pty.fork()
        if self._child == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)  # before it can ask
            command = [sys.executable, *map(str, arguments)]
            for name in ("COLUMNS", "LINES"):  # xdist says its own to its workers
                os.environ.pop(name, None)
            os.execve(sys.executable, command, {**os.environ, "TERM": "xterm-256color", **env})

    @property
    def screen(self) -> str:
        """Its lines, joined where one was too long for it."""
        return "".join(
            line if len(line.rstrip()) == self._screen.columns else f"{line.rstrip()}\n"
            for line in self._screen.display
        )

    @property
    def lines(self) -> list[str]:
        """All that was ever written, line by line, bars that are gone too; without escapes."""
        text = ESCAPE.sub(b"", self.seen).decode(errors="replace")
        return [line for line in re.split(r"[\r\n]+", text) if line.strip()]

    @property
    def cursor_hidden(self) -> bool:
        return bool(self._screen.cursor.hidden)

    def rest(self, seconds: float) -> str:
        """The screen after so long, whatever is written meanwhile."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and self._read(left):
            pass
        return self.screen

    def wait_for(self, text: str, seconds: float = 120) -> str:
        """The screen once it shows `text`. Raises AssertionError with what it shows instead."""
        end = time.monotonic() + seconds
        while text not in self.screen:
            left = end - time.monotonic()
            assert left > 0 and self._read(left), f"no {text!r} on:\n{self.screen}"
        return self.screen

    def type(self, text: str) -> None:
        os.write(self._end, text.encode())

    def finish(self, seconds: float = 120) -> int:
        """The exit code, once all was read."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self._read(1.0):
            pass
        return self._wait()

    def close(self) -> None:
        if self.code is None:
            os.kill(self._child, signal.SIGKILL)
            self._wait()
        os.close(self._end)

    def _wait(self) -> int:
        if self.code is None:
            self.code = os.waitstatus_to_exitcode(os.waitpid(self._child, 0)[1])
        return self.code

    def _read(self, seconds: float) -> bool:
        """Take in what is written within `seconds`; whether the child may write more."""
        if not select.select([self._end], [], [], seconds)[0]:
            return True
        try:
            written = os.read(self._end, 65_536)
        except OSError:  # the child is gone
            return False
        self.seen += written
        self._stream.feed(written)
        return bool(written)


@contextmanager
def terminal(
    *arguments: str | Path, columns: int = 80, env: dict[str, str] | None = None
) -> Iterator[Terminal]:
    """`python ARGUMENTS` (`-m nftforge run ...`) in a terminal so many columns wide."""
    made = Terminal(arguments, env or {}, columns)
    try:
        yield made
    finally:
        made.close()
