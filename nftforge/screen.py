"""Progress and messages for people, on stderr: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

LINE_EVERY_S = 5.0  # a log gets a line of progress this often


class Screen:
    """A `stages.stage.Report`. `clean` takes secrets out of every text."""

    def __init__(self, clean: Callable[[str], str]) -> None:
        self._clean = clean
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._last_line = time.monotonic()

    def __enter__(self) -> Screen:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            self._bars = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.completed:.0f}/{task.total:.0f} {task.fields[note]}"),
                TimeElapsedColumn(),
                console=Console(stderr=True, highlight=False, markup=False),
                transient=True,
            )
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bars:
            self._bars.stop()

    def say(self, text: str) -> None:
        text = self._clean(text)
        if self._bars:
            self._bars.console.print(text)
        else:
            print(text, file=sys.stderr, flush=True)

    def progress(self, task: str, done: int, total: int, note: str = "") -> None:
        if self._bars:
            if task not in self._tasks:
                self._tasks[task] = self._bars.add_task(task, total=total, note=note)
            self._bars.update(self._tasks[task], completed=done, total=total, note=note)
            if done >= total:
                self._bars.remove_task(self._tasks.pop(task))
        elif done < total and time.monotonic() - self._last_line > LINE_EVERY_S:
            self._last_line = time.monotonic()
            print(self._clean(f"{task}: {done}/{total} {note}"), file=sys.stderr, flush=True)
