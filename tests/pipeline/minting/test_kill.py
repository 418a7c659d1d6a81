"""SIGKILL at every step of minting, then run again: every batch is mined once, whatever was lost.

A forked child kills itself at the k-th event (tests/killer.py); the parent runs again.
"""

from __future__ import annotations

import pytest
from support.anvil import anvil, height, mined
from support.killer import Killer, killed_at
from support.machine import Machine

from nftforge.chain import contract
from nftforge.chain.wallet import DEV_ADDRESS

pytestmark = pytest.mark.anvil
BATCHES = 2
TRANSACTION = [
    "before sign", "after sign", "before append", "after append", "before send", "after send",
    "receipt", "before append", "after append",
]  # fmt: skip
PIN = ["before append", "after append"] * 2  # the batch's metadata directory
EVENTS = TRANSACTION + (PIN + TRANSACTION) * BATCHES


@pytest.fixture(scope="module")
def node():
    with anvil() as url:
        yield url


@pytest.fixture(autouse=True)
def two_pieces_a_batch(monkeypatch):
    monkeypatch.setattr(contract, "MAX_BATCH", 2)


def pieces():
    return ("one", "two", "three", "four")


def check(node, machine, ledger, since):
    """Four tokens, one transaction a batch, none that failed, nothing left to do."""
    assert sorted(token.token_id for token in ledger.tokens.values()) == [1, 2, 3, 4]
    sent = mined(node, DEV_ADDRESS, since)
    assert [ok for _, ok in sent] == [True] * (1 + BATCHES)
    assert [to.lower() for to, _ in sent].count(ledger.address.lower()) == BATCHES
    assert not machine.journal().unfinished()


def test_the_events_are_those_we_think_of(node, tmp_path, monkeypatch):
    log = []
    Killer(None, log).install(monkeypatch.setattr)
    Machine(tmp_path, node, name="Counted", pieces=pieces()).mint()
    assert log == EVENTS


@pytest.mark.parametrize("at", range(1, len(EVENTS) + 1), ids=lambda at: f"{at}-{EVENTS[at - 1]}")
def test_killed_at_any_event_every_batch_is_mined_once(node, tmp_path, at):
    machine = Machine(tmp_path, node, name=f"Killed {at}", pieces=pieces())
    since = height(node)
    assert killed_at(machine, at)
    check(node, machine, machine.mint(), since)


@pytest.mark.parametrize("step", [5, 7])
def test_killed_again_and_again_after_a_few_events_it_gets_there(node, tmp_path, step):
    machine = Machine(tmp_path, node, name=f"Again {step}", pieces=pieces())
    since, kills = height(node), 0
    while killed_at(machine, step):
        kills += 1
    assert kills >= 3
    check(node, machine, machine.mint(), since)
