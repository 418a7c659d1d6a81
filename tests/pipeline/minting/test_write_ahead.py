"""Nothing is sent before it stands on the disk: the order of journal, fsync and send, recorded."""

from __future__ import annotations

import pytest
from support.disk import recorded
from support.machine import Machine

from nftforge.chain.failover import FailoverProvider
from nftforge.chain.networks import find_network


@pytest.fixture
def minted(tmp_path, monkeypatch):
    """A machine that has minted on the embedded chain, and what it did, in order."""
    machine = Machine(tmp_path / "a", "", find_network("embedded"))
    send = FailoverProvider._send
    with recorded(monkeypatch) as events:

        def recorded_send(provider, params):
            events.append(("send", params[0]))
            return send(provider, params)

        monkeypatch.setattr(FailoverProvider, "_send", recorded_send)
        machine.mint()
    written = machine.journal_path.read_text()
    real = [event for event in events if event[0] != "send" or event[1] in written]
    return machine, real  # without what was tried on the chain in memory that measures gas


def test_every_transaction_is_on_the_disk_before_it_is_sent(minted):
    machine, events = minted
    name = machine.journal_path.name
    order = [what for what, about in events if about == name or what == "send"]
    sends = [at for at, what in enumerate(order) if what == "send"]
    assert len(sends) == 2  # the deployment, a batch
    for at in sends:
        assert order[at - 2 : at] == ["write", "fsync"]


def test_a_directory_is_pinned_and_written_down_before_the_transaction_that_names_it(minted):
    _, events = minted
    batch = max(at for at, (what, _) in enumerate(events) if what == "send")
    deploy = min(at for at, (what, _) in enumerate(events) if what == "send")
    assert ("fsync", "pin.jsonl") in events[deploy:batch]
