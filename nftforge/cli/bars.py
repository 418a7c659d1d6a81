"""Bars of progress on a terminal: rich's, and what is over is not drawn again.

rich draws its display ten times a second, and once more below each line that is printed, as it was
the last time: a bar that had ended in between came back below the line about its end, and stays in
whatever records a terminal. Here it is drawn as things are, and work that ends soon has no bar.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType, RenderResult
from rich.live import Live
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text
from rich.theme import Theme

from nftforge.cli.colour import Style, is_coloured
from nftforge.cli.columns import cut

SOON_S = 0.3  # work that ends sooner would only flicker
NAME = 0.4  # of a line, at most, for what a bar is about
STYLES: dict[Style, str] = {"error": "red", "warning": "yellow", "done": "green", "dim": "dim"}
CALM = Theme(
    {"bar.complete": "green", "bar.finished": "green", "bar.back": "dim", "progress.elapsed": "dim"}
)


class Bars(Progress):
    """All bars of a screen, on stderr."""

    def __init__(self) -> None:
        self._known: dict[str, TaskID] = {}
        super().__init__(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:.0f} % {task.fields[note]}", markup=False),
            TimeElapsedColumn(),
            console=Console(
                stderr=True,
                highlight=False,
                markup=False,
                theme=CALM,
                color_system="auto" if is_coloured(sys.stderr) else None,
            ),
            transient=True,
        )

    def move(self, name: str, done: int, total: int, note: str) -> None:
        """The bar called `name` has come to `done` of `total`, where it ends."""
        if done >= total:
            if name in self._known:
                self.remove_task(self._known.pop(name))
            return
        if name not in self._known:
            short = cut(name, int(self.console.width * NAME))
            self._known[name] = self.add_task(short, total=total, note=note)
        self.update(self._known[name], completed=done, total=total, note=note)

    def print_lines(self, lines: Iterable[str], style: Style) -> None:
        """Above the bars."""
        text = Text("\n".join(lines), style=STYLES.get(style, ""))
        self.console.print(text, no_wrap=True, overflow="ignore", crop=False)

    @contextmanager
    def resting(self) -> Iterator[None]:
        """No bar until the end."""
        self.stop()
        try:
            yield
        finally:  # a display begun anew: the old one would go up and erase what stands there now
            self.live = Live(
                console=self.console, transient=True, get_renderable=self.get_renderable
            )
            self.start()

    def get_renderable(self) -> RenderableType:
        return _AsItIs(self)

    def get_renderables(self) -> Iterable[RenderableType]:
        yield self.make_tasks_table(task for task in self.tasks if (task.elapsed or 0) >= SOON_S)


class _AsItIs:
    """The bars at the moment when they are drawn."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars

    def __rich_console__(self, *_: object) -> RenderResult:
        yield Group(*self._bars.get_renderables())
