"""The two kinds of work: a Stage builds files and may be redone; an Effect changes the world.

    Stage   paint, render, address, metadata: `ensure` returns the finished artifact from the
            store, or builds it. Redoing one costs seconds.
    Effect  pin, deploy, mint: `settle` makes the world so, exactly once. Redoing one costs money.

`settle` always looks at the world first and trusts it over everything written down. Only then
does it take up the intent a crashed run left in the journal, or plan one and write it down
(fsynced) before anything is sent. `perform` must be repeatable with the same intent. Why:
docs/adr/0001-two-kinds-of-work.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from nftforge.core.errors import IntentVoidError, MismatchError, ServiceError
from nftforge.core.journal import Journal
from nftforge.core.store import Artifact, Recipe, Store

TRIES = 4  # how often an effect is attempted in one run


class Report(Protocol):
    """Where stages tell what they do. The command line prints it; tests collect it."""

    def say(self, text: str) -> None:
        """One thing that was done, and why."""

    def skip(self, text: str) -> None:
        """One thing that was there before."""

    def warn(self, text: str) -> None:
        """One thing that somebody has to know or do, whatever else is not said."""

    def progress(self, task: str, done: int, total: int, note: str = "") -> None:
        """`task` has come to `done` of `total`; done == total ends it."""


class Stage(Protocol):
    """A pure build: the same recipe always makes the same files."""

    @property
    def subject(self) -> str:
        """What it is made for, a piece id; names a folder of the store."""

    @property
    def recipe(self) -> Recipe: ...

    def build(self, folder: Path, report: Report) -> Mapping[str, Any]:
        """Write the outputs into `folder` and return provenance (outside the key)."""

    def is_sound(self, artifact: Artifact) -> bool:
        """Whether what was found has all that `build` makes; else it is built anew."""


@dataclass(frozen=True)
class Built:
    artifact: Artifact
    cached: bool


Obtain = Callable[[Stage], Built | None]
"""How a stage is taken: built if missing (`ensure`), or only looked up (`find`)."""


def find(stage: Stage, store: Store) -> Built | None:
    """The artifact of `stage` if it is there; builds nothing."""
    found = store.find(stage.recipe, stage.subject)
    return Built(found, cached=True) if found and stage.is_sound(found) else None


def ensure(stage: Stage, store: Store, report: Report) -> Built:
    """The artifact of `stage`: found, or built whole. Says which and why."""
    recipe = stage.recipe
    label = f"{recipe.stage} {stage.subject}"
    if found := find(stage, store):
        report.skip(f"{label}: cached")
        return found
    why = store.why(recipe, stage.subject)
    started = time.monotonic()

    def make(folder: Path) -> Mapping[str, Any]:
        provenance = stage.build(folder, report)
        return {"seconds": round(time.monotonic() - started, 3), **provenance}

    artifact = store.build(recipe, stage.subject, make)
    report.say(f"{label}: {why}; done in {time.monotonic() - started:.1f} s")
    return Built(artifact, cached=False)


class Effect(Protocol):
    """A change of the world that must happen once."""

    @property
    def name(self) -> str:
        """Unique within its journal."""

    def observe(self) -> Mapping[str, Any] | None:
        """What the world says, if the effect has happened (whoever did it); else None."""

    def plan(self) -> Mapping[str, Any]:
        """Everything `perform` needs, priced and signed, as JSON; sends nothing."""

    def perform(self, intent: Mapping[str, Any]) -> None:
        """Make it so; repeatable with the same intent. Raises IntentVoidError if it cannot be."""


@dataclass(frozen=True)
class Settled:
    outcome: Mapping[str, Any]
    cached: bool  # nothing was sent in this run


def settle(effect: Effect, journal: Journal) -> Settled:
    """Make `effect` so, exactly once, whatever crashed before.

    The world is asked first, and again after every attempt: it may have happened without us.
    Raises MismatchError if it was performed and the world still says otherwise, ServiceError if
    every attempt was voided.
    """
    settled = _settle(effect, journal, effect.plan)
    assert settled
    return settled


def finish(effect: Effect, journal: Journal) -> Settled | None:
    """Settle what is pending of `effect` and plan nothing; None if it came to nothing."""
    return _settle(effect, journal, None)


def _settle(
    effect: Effect, journal: Journal, plan: Callable[[], Mapping[str, Any]] | None
) -> Settled | None:
    performed, void = False, None
    for attempt in range(TRIES + 1):
        outcome = effect.observe()
        if outcome is not None:
            if journal.outcome(effect.name) is None:  # or we died before writing it down
                journal.append(effect.name, "outcome", outcome)
            return Settled(outcome, cached=not performed)
        if attempt == TRIES:
            break
        intent = journal.pending(effect.name)
        if intent is None:
            if plan is None:
                return None
            intent = dict(plan())
            journal.append(effect.name, "intent", intent)
        try:
            effect.perform(intent)
            performed, void = True, None
        except IntentVoidError as given_up:
            void = given_up
            journal.append(effect.name, "void", {"why": str(void), **void.details})
    if void is not None:
        raise ServiceError(
            f"{effect.name} came to nothing {TRIES} times: {void}",
            hint="run the same command again; what is on chain is never sent twice",
        )
    raise MismatchError(
        f"{effect.name} was performed, yet the world does not show it",
        hint="run `nftforge verify` to see what is there; nothing is sent twice",
    )
