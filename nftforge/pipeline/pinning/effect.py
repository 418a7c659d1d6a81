"""Pinning to several back-ends at once: each has its own thread, progress and outcome.

    pin_everywhere
      for each back-end, side by side
        ask what it holds                      what is there is not sent again
        its limits and its key                 before the first byte is sent
        for each batch: settle a PinEffect     a wrong CID stops the batch, another error all
        wait a while for what is only accepted
      raise what went wrong, with what is done and what is left

One back-end that fails stops no other, and nothing is minted unless all are done.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from nftforge.core.errors import (
    ConfigError,
    GuardError,
    MismatchError,
    MissingError,
    NftforgeError,
    ServiceError,
    StoppedError,
)
from nftforge.core.journal import Journal
from nftforge.core.stage import Report, settle
from nftforge.ipfs.backend import Backend, Pinnable, PinState
from nftforge.ipfs.cid import Cid
from nftforge.pipeline.metadata import entry_row

KINDS = (MismatchError, GuardError, ConfigError, MissingError, ServiceError, NftforgeError)


@dataclass(frozen=True)
class PinBatch:
    """What is pinned together: a piece's files, or one directory."""

    subject: str
    items: Sequence[Pinnable]


@dataclass(frozen=True)
class PinEffect:
    """`backend` holds every item of `batch`; `states` is what it is known to hold, kept up to date.

    PENDING counts as done: it was accepted, and sending it again would change nothing.
    """

    backend: Backend
    batch: PinBatch
    states: dict[Cid, PinState]
    report: Report
    stop: Callable[[], None]

    @property
    def name(self) -> str:
        cids = " ".join(str(item.entry.cid) for item in self.batch.items)
        return f"pin {self.backend.name} {self.batch.subject} {cids}"

    def observe(self) -> Mapping[str, Any] | None:
        if self._absent:
            return None
        return {"items": {item.name: entry_row(item.entry) for item in self.batch.items}}

    def plan(self) -> Mapping[str, Any]:
        sizes = [self.backend.to_send(item) for item in self._absent]
        return {"files": [item.name for item in self._absent], "bytes": sum(sizes)}

    def perform(self, intent: Mapping[str, Any]) -> None:
        absent = self._absent
        total = max(1, sum(item.entry.size for item in absent))
        task, sent, lock = f"pin {self.batch.subject} to {self.backend.name}", 0, threading.Lock()

        def on_bytes(count: int) -> None:
            nonlocal sent
            self.stop()
            with lock:
                sent += count
            self.report.progress(task, min(max(sent, 0), total - 1), total)

        def pin(item: Pinnable) -> None:
            self.states[item.entry.cid] = self.backend.pin(item, on_bytes)

        with ThreadPoolExecutor(self.backend.parallel) as pool:
            futures = [pool.submit(pin, item) for item in absent]
        for future in futures:
            future.result()
        self.report.progress(task, total, total)

    @property
    def _absent(self) -> list[Pinnable]:
        return _absent(self.batch.items, self.states)


@dataclass
class BackendOutcome:
    """What came of one back-end's work."""

    backend: Backend
    states: dict[Cid, PinState] = field(default_factory=dict)
    cached: dict[str, bool] = field(default_factory=dict)  # subject -> nothing had to be sent
    errors: dict[str, Exception] = field(default_factory=dict)  # subject -> why it is not pinned


class Stop:
    """Ends work on other threads: they call it while they work or wait."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def __call__(self) -> None:
        if self._event.is_set():
            raise StoppedError

    def set(self) -> None:
        self._event.set()


def pin_everywhere(
    backends: Sequence[Backend],
    batches: Sequence[PinBatch],
    journal: Journal,
    report: Report,
    *,
    stop: Stop,
    wait_s: float = 0.0,
) -> dict[str, bool]:
    """Every back-end is made to hold every batch, side by side; one that fails stops no other.

    Returns, for each subject, whether all of it was there already. Raises what went wrong (a wrong
    CID before all else), with what is done and what is left, after everything else is done.
    """
    with ThreadPoolExecutor(len(backends), thread_name_prefix="nftforge-pin") as pool:
        futures = [
            pool.submit(_pin_all, backend, batches, journal, report, stop, wait_s)
            for backend in backends
        ]
        try:
            outcomes = [future.result() for future in futures]
        except BaseException:
            stop.set()
            raise
    _raise_errors(outcomes, batches)
    _raise_if_nowhere(outcomes, batches, report)
    return {
        batch.subject: all(outcome.cached[batch.subject] for outcome in outcomes)
        for batch in batches
    }


def _pin_all(
    backend: Backend,
    batches: Sequence[PinBatch],
    journal: Journal,
    report: Report,
    stop: Stop,
    wait_s: float,
) -> BackendOutcome:
    outcome = BackendOutcome(backend)
    subject = batches[0].subject
    try:
        outcome.states = backend.states(_cids(batches))
        _prepare(backend, batches, outcome.states)
        for batch in batches:
            stop()
            subject = batch.subject
            effect = PinEffect(backend, batch, outcome.states, report, stop)
            try:
                settled = settle(effect, journal)
            except MismatchError as error:
                outcome.errors[subject] = error  # stops this piece, not the others
                continue
            outcome.cached[subject] = settled.cached
            if settled.cached:
                report.skip(f"pin {subject}: cached ({backend.name})")
            else:
                report.say(f"pin {subject}: done ({backend.name})")
    except (NftforgeError, OSError) as error:
        outcome.errors[subject] = error
    _wait_for_pending(outcome, stop, wait_s)
    return outcome


def _prepare(backend: Backend, batches: Sequence[PinBatch], states: Mapping[Cid, PinState]) -> None:
    """Before the first byte is sent: the known limits, and whether the key may."""
    absent = _absent([item for batch in batches for item in batch.items], states)
    if not absent:
        return
    if problems := backend.problems(absent):
        raise GuardError(
            f"{backend.name} ({backend.where}) cannot take it: {'; '.join(problems)}",
            hint="nothing was sent there; make it smaller, or take another back-end in `pin: {to:`",
        )
    backend.prove()


def _wait_for_pending(outcome: BackendOutcome, stop: Stop, wait_s: float) -> None:
    end = time.monotonic() + wait_s
    while time.monotonic() < end:
        pending = [cid for cid, state in outcome.states.items() if state is PinState.PENDING]
        if not pending:
            return
        for _ in range(10):
            stop()
            time.sleep(min(0.1, wait_s / 10))
        try:
            outcome.states.update(outcome.backend.states(pending))
        except NftforgeError:
            return  # it accepted them; how far they are is asked again next time


def _raise_errors(outcomes: Sequence[BackendOutcome], batches: Sequence[PinBatch]) -> None:
    failed = [outcome for outcome in outcomes if outcome.errors]
    if not failed:
        return
    errors = [error for outcome in failed for error in outcome.errors.values()]
    worst = next((error for error in errors if isinstance(error, MismatchError)), errors[0])
    if not isinstance(worst, NftforgeError):
        raise worst
    kind = next(kind for kind in KINDS if isinstance(worst, kind))
    facts = dict.fromkeys(
        error.fact if isinstance(error, NftforgeError) else str(error) for error in errors
    )
    rest = [_so_far(outcome, batches) for outcome in outcomes]
    raise kind("; ".join(facts) + ". " + "; ".join(rest), hint=worst.hint)


def _so_far(outcome: BackendOutcome, batches: Sequence[PinBatch]) -> str:
    left = [batch.subject for batch in batches if batch.subject not in outcome.cached]
    if not left:
        return f"{outcome.backend.name} has all {len(batches)}"
    named = ", ".join(left[:10]) + (", ..." if len(left) > 10 else "")
    return f"{outcome.backend.name} has {len(outcome.cached)} of {len(batches)}, left: {named}"


def _raise_if_nowhere(
    outcomes: Sequence[BackendOutcome], batches: Sequence[PinBatch], report: Report
) -> None:
    """What is pending at one back-end must be held by another before anything is minted."""
    for outcome in outcomes:
        pending = [
            item.name
            for batch in batches
            for item in batch.items
            if outcome.states.get(item.entry.cid) is PinState.PENDING
        ]
        if pending:
            report.warn(f"pin: {outcome.backend.name} is still fetching {', '.join(pending[:10])}")
    remote = [outcome for outcome in outcomes if outcome.backend.name != "local"] or outcomes
    nowhere = [
        item.name
        for batch in batches
        for item in batch.items
        if not any(o.states.get(item.entry.cid) is PinState.PINNED for o in remote)
    ]
    if nowhere:
        names = " and ".join(outcome.backend.name for outcome in remote)
        raise ServiceError(
            f"{names} accepted but has not pinned yet: {', '.join(nowhere[:10])}",
            hint="run again in a while to go on; add a back-end that holds the content at once",
        )


def _absent(items: Sequence[Pinnable], states: Mapping[Cid, PinState]) -> list[Pinnable]:
    """What is still to be sent; two files with the same bytes are sent once."""
    absent = {
        item.entry.cid: item
        for item in items
        if states.get(item.entry.cid, PinState.ABSENT) is PinState.ABSENT
    }
    return list(absent.values())


def _cids(batches: Sequence[PinBatch]) -> list[Cid]:
    return list(dict.fromkeys(item.entry.cid for batch in batches for item in batch.items))


@dataclass(frozen=True)
class Holding:
    """What one back-end holds of some items, or `why` it could not be asked."""

    name: str
    where: str
    states: Mapping[Cid, PinState]
    files: int = 0  # still to send
    bytes: int = 0
    problems: Sequence[str] = ()
    why: str = ""

    def holds(self, cids: Sequence[Cid]) -> bool:
        return not self.why and all(self.states[cid] is PinState.PINNED for cid in cids)

    @property
    def row(self) -> dict[str, Any]:
        return {
            "to": self.name,
            "where": self.where,
            "files": self.files,
            "bytes": self.bytes,
            "problems": list(self.problems),
            "not_asked": self.why or None,
        }


def survey(name: str, make: Callable[[], Backend], items: Sequence[Pinnable]) -> Holding:
    """Ask one back-end what it holds, and what it would be sent; sends nothing.

    What is out of reach is said, not raised.
    """
    holding, backend = _ask(name, make, [item.entry.cid for item in items])
    if backend is None:
        return holding
    absent = _absent(items, holding.states)
    return replace(
        holding,
        files=len(absent),
        bytes=sum(backend.to_send(item) for item in absent),
        problems=backend.problems(absent),
    )


def survey_cids(name: str, make: Callable[[], Backend], cids: Sequence[Cid]) -> Holding:
    """The same for what is known by its CID alone; a damaged block is said too."""
    try:
        return _ask(name, make, cids)[0]
    except MismatchError as error:
        return Holding(name, "", {}, why=error.fact)


def _ask(
    name: str, make: Callable[[], Backend], cids: Sequence[Cid]
) -> tuple[Holding, Backend | None]:
    where = ""
    try:
        backend = make()
        where = backend.where
        return Holding(name, where, backend.states(list(dict.fromkeys(cids)))), backend
    except (ServiceError, MissingError) as error:
        return Holding(name, where, {}, why=error.fact), None
