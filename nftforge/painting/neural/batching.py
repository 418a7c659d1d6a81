"""Dynamic batching: what several painters ask for at a step is computed as one batch.

A small request should cost a GPU little but the launches of its operations, and several share
them. So painters, a thread each, join a batcher while they descend, and send requests; when every
member has sent one, the thread that sees it computes them all. Whoever searches or sorts has left
meanwhile, and the others do not wait.

Nobody waits for ever: a painter that ends, fails or is stopped leaves on its way out, which
completes the batch for those left. If a batch fails (for want of memory, say), each request is
computed alone, and an error reaches only whom it concerns.
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
class _Pending(Generic[Q, A]):
    request: Q
    future: Future[A] = field(default_factory=Future)


class Batcher(Generic[Q, A]):
    """Where requests meet; `compute` gives one result a request, in their order."""

    def __init__(self, compute: Callable[[Sequence[Q]], Sequence[A]]) -> None:
        self._compute = compute
        self._members = 0
        self._pending: list[_Pending[Q, A]] = []
        self._changed = Condition()

    def join(self, more: int) -> None:
        """So many more are members; fewer, if it is negative."""
        with self._changed:
            self._members += more
            self._changed.notify_all()

    def compute(self, request: Q) -> A:
        """The result of a member's request."""
        mine = _Pending[Q, A](request)
        with self._changed:
            self._pending.append(mine)
        try:
            while batch := self._batch(mine):
                self._settle(batch)
        finally:  # whatever has happened, nobody computes what nobody waits for
            with self._changed:
                if mine in self._pending:
                    self._pending.remove(mine)
        return mine.future.result()

    def _batch(self, mine: _Pending[Q, A]) -> list[_Pending[Q, A]]:
        """Wait for the result of `mine`: nothing; or until this thread must compute all these."""

        def complete() -> bool:
            return mine in self._pending and len(self._pending) >= self._members

        with self._changed:
            self._changed.wait_for(lambda: mine.future.done() or complete())
            if mine.future.done():
                return []
            batch, self._pending = self._pending, []
            return batch

    def _settle(self, batch: list[_Pending[Q, A]]) -> None:
        """Compute all at once, or else one by one; what Ctrl-C leaves undone is pending again."""
        try:
            if len(batch) == 1 or not self._at_once(batch):
                for one in batch:
                    self._alone(one)
        finally:
            with self._changed:
                self._pending += [one for one in batch if not one.future.done()]
                self._changed.notify_all()

    def _at_once(self, batch: list[_Pending[Q, A]]) -> bool:
        try:
            results = self._compute([one.request for one in batch])
        except Exception:  # what it held of memory is free again when this returns
            return False
        for one, result in zip(batch, results, strict=True):
            one.future.set_result(result)
        return True

    def _alone(self, one: _Pending[Q, A]) -> None:
        try:
            (result,) = self._compute([one.request])
        except Exception as error:
            one.future.set_exception(error)
        else:
            one.future.set_result(result)


class Member(Generic[Q, A]):
    """One painter, on its own thread: a member `with member: ...`, which may be nested."""

    def __init__(self, batcher: Batcher[Q, A]) -> None:
        self._batcher = batcher
        self._depth = 0

    def __enter__(self) -> None:
        if self._depth == 0:
            self._batcher.join(1)
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._batcher.join(-1)

    def compute(self, request: Q) -> A:
        """The result of a request; it joins for that, if it has not joined."""
        with self:
            return self._batcher.compute(request)
