"""`settle` against a fake world that crashes at every step: the effect happens exactly once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nftforge.core.errors import IntentVoidError, MismatchError
from nftforge.core.journal import Journal
from nftforge.core.stage import settle

HEADER = {"journal": "test"}


class CrashError(Exception):
    pass


class World:
    """Counts what happened; a transaction with a given number counts once, as a nonce does."""

    def __init__(self):
        self.done = []
        self.planned = 0

    def perform(self, number):
        if number not in self.done:
            self.done.append(number)


class Minting:
    name = "mint"

    def __init__(self, world, crashes):
        self.world, self.crashes = world, crashes

    def _maybe_crash(self, where):
        if where in self.crashes:
            self.crashes.remove(where)
            raise CrashError(where)

    def observe(self):
        self._maybe_crash("observe")
        return {"number": self.world.done[0]} if self.world.done else None

    def plan(self):
        self._maybe_crash("plan")
        self.world.planned += 1
        return {"number": self.world.planned}

    def perform(self, intent):
        self._maybe_crash("before")
        self.world.perform(intent["number"])
        self._maybe_crash("after")


@given(st.lists(st.sampled_from(["observe", "plan", "before", "after"]), max_size=6))
def test_whatever_crashes_it_happens_exactly_once(tmp_path_factory, crashes):
    path = tmp_path_factory.mktemp("settle") / "journal.jsonl"
    world, left = World(), list(crashes)
    for _ in range(len(crashes) + 1):
        try:
            settled = settle(Minting(world, left), Journal(path, HEADER))
            break
        except CrashError:
            continue
    assert world.done == [1] and world.planned == 1
    assert settled.outcome == {"number": 1}
    journal = Journal(path, HEADER)
    assert journal.outcome("mint") == {"number": 1} and not journal.unfinished()
    length = path.stat().st_size
    assert settle(Minting(world, []), Journal(path, HEADER)).cached
    assert path.stat().st_size == length


def test_an_intent_that_can_never_happen_is_planned_anew(tmp_path):
    world = World()

    class Taken(Minting):
        def perform(self, intent):
            if intent["number"] == 1:
                raise IntentVoidError("nonce taken")
            super().perform(intent)

    journal = Journal(tmp_path / "journal.jsonl", HEADER)
    settle(Taken(world, []), journal)
    assert [entry.event for entry in journal] == ["intent", "void", "intent", "outcome"]
    assert world.done == [2]


def test_performed_but_not_seen_is_a_mismatch_and_stays_pending(tmp_path):
    class Blind(Minting):
        def observe(self):
            return None

    journal = Journal(tmp_path / "journal.jsonl", HEADER)
    with pytest.raises(MismatchError):
        settle(Blind(World(), []), journal)
    assert journal.pending("mint") == {"number": 1}


def test_a_lost_journal_is_written_again_from_the_world(tmp_path):
    world = World()
    world.perform(1)
    journal = Journal(tmp_path / "journal.jsonl", HEADER)
    assert settle(Minting(world, []), journal).cached
    assert journal.outcome("mint") == {"number": 1}
