"""Several pieces at once, on threads that stop together.

Painting and encoding happen outside Python's lock, so threads keep every core busy and the pieces
share one process, one set of compiled brushes and one pool of painting threads. Only so many pieces
are in work that memory does not grow with the collection. After an error the pieces in work are
finished and kept, and no other is begun; Ctrl-C makes every piece stop at its next report.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Protocol, TypeVar

from nftforge.core.errors import StoppedError
from nftforge.core.stage import Report

T = TypeVar("T")
R = TypeVar("R")


class Map(Protocol):
    """The results in the order of `items`, at most `size` in work at once."""

    def __call__(self, work: Callable[[T], R], items: Sequence[T], size: int) -> list[R]: ...


def one_by_one(work: Callable[[T], R], items: Sequence[T], size: int) -> list[R]:
    """A `Map` in this thread, for work that only looks."""
    return [work(item) for item in items]


@dataclass(frozen=True)
class _StoppableReport:
    report: Report
    stop: threading.Event

    def say(self, text: str) -> None:
        self.report.say(text)

    def skip(self, text: str) -> None:
        self.report.skip(text)

    def warn(self, text: str) -> None:
        self.report.warn(text)

    def progress(self, task: str, done: int, total: int, note: str = "") -> None:
        if self.stop.is_set():
            raise StoppedError
        self.report.progress(task, done, total, note)


class Team:
    """`map` as the built-in, but in parallel; the work must tell `report` its progress."""

    def __init__(self, report: Report) -> None:
        self._stop = threading.Event()
        self.report: Report = _StoppableReport(report, self._stop)

    def map(self, work: Callable[[T], R], items: Sequence[T], size: int) -> list[R]:
        """The results in the order of `items`, `size` in work at once.

        Raises what the first piece to fail raised.
        """
        if len(items) < 2:
            return [work(item) for item in items]
        with ThreadPoolExecutor(size, thread_name_prefix="nftforge-piece") as pool:
            futures = [pool.submit(work, item) for item in items]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
                for future in futures:
                    future.cancel()  # none but those not begun, after an error
            except BaseException:
                self._stop.set()
                for future in futures:
                    future.cancel()
                raise
        for future in futures:
            _raise_own(future)
        return [future.result() for future in futures]


def _raise_own(future: Future[R]) -> None:
    error = None if future.cancelled() else future.exception()
    if error and not isinstance(error, StoppedError):
        raise error
