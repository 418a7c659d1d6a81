"""Painters that share every step: what they ask is answered together, as one computation.

A small question should cost a GPU little but the launches of its operations, and several share
them. So painters, a thread each, sit down at a table while they descend, and ask; when everyone who
sits has asked, the thread that sees it answers them all at once. Whoever searches or sorts has got
up meanwhile, and the others do not wait.

Nobody waits for ever: a painter that ends, fails or is stopped gets up on its way out, which
completes the table for those left. If a common answer fails (for want of memory, say), everyone is
answered alone, and an error reaches only whom it concerns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Condition
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


@dataclass(frozen=True, eq=False)
class _Asked(Generic[Q, A]):
    question: Q
    answer: Future[A] = field(default_factory=Future)


class Table(Generic[Q, A]):
    """Where questions meet; `answer` gives one answer a question, in their order."""

    def __init__(self, answer: Callable[[Sequence[Q]], Sequence[A]]) -> None:
        self.answer = answer
        self._seated = 0
        self._asked: list[_Asked[Q, A]] = []
        self._changed = Condition()

    def seat(self, more: int) -> None:
        """So many more sit here."""
        with self._changed:
            self._seated += more
            self._changed.notify_all()

    def ask(self, question: Q) -> A:
        """The answer to one who sits here."""
        mine = _Asked[Q, A](question)
        with self._changed:
            self._asked.append(mine)
        try:
            while batch := self._batch(mine):
                self._settle(batch)
        finally:  # whatever has happened, nobody answers a question that nobody asks
            with self._changed:
                if mine in self._asked:
                    self._asked.remove(mine)
        return mine.answer.result()

    def _batch(self, mine: _Asked[Q, A]) -> list[_Asked[Q, A]]:
        """Wait for the answer to `mine`: nothing; or until this thread must answer all these."""

        def complete() -> bool:
            return mine in self._asked and len(self._asked) >= self._seated

        with self._changed:
            self._changed.wait_for(lambda: mine.answer.done() or complete())
            if mine.answer.done():
                return []
            batch, self._asked = self._asked, []
            return batch

    def _settle(self, batch: list[_Asked[Q, A]]) -> None:
        """Answer together, or else one by one; what Ctrl-C leaves unanswered is asked again."""
        try:
            if len(batch) == 1 or not self._together(batch):
                for one in batch:
                    self._alone(one)
        finally:
            with self._changed:
                self._asked += [one for one in batch if not one.answer.done()]
                self._changed.notify_all()

    def _together(self, batch: list[_Asked[Q, A]]) -> bool:
        try:
            answers = self.answer([one.question for one in batch])
        except Exception:  # what it held of memory is free again when this returns
            return False
        for one, answer in zip(batch, answers, strict=True):
            one.answer.set_result(answer)
        return True

    def _alone(self, one: _Asked[Q, A]) -> None:
        try:
            (answer,) = self.answer([one.question])
        except Exception as error:
            one.answer.set_exception(error)
        else:
            one.answer.set_result(answer)


class Seat(Generic[Q, A]):
    """One painter's, on its own thread: it sits `with seat: ...`, which may be nested."""

    def __init__(self, table: Table[Q, A]) -> None:
        self._table = table
        self._depth = 0

    def __enter__(self) -> None:
        if self._depth == 0:
            self._table.seat(1)
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._table.seat(-1)

    def ask(self, question: Q) -> A:
        """The answer to a question; it sits down for that, if it does not sit."""
        with self:
            return self._table.ask(question)
