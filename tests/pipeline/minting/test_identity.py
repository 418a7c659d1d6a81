"""Which contract is this collection's: what can never change, and a chain that lacks it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.fake_node import FakeNode, chain_of
from support.machine import Machine

from nftforge.chain.contract import CollectionSpec
from nftforge.chain.networks import find_network
from nftforge.chain.wallet import DEV_ADDRESS
from nftforge.config.models import Contract
from nftforge.core.errors import GuardError
from nftforge.core.journal import Journal
from nftforge.pipeline.minting.identity import our_contract
from nftforge.pipeline.minting.open import open_session

SPEC = CollectionSpec("Art", "ART", DEV_ADDRESS, 100, 500, b"")
THERE, NEW = "0x52908400098527886E0F7030069857D2E4169EE7", "0x" + "12" * 20


@pytest.fixture
def session(tmp_path):
    machine = Machine(tmp_path, "", find_network("embedded"))
    machine.mint()
    with open_session(machine.job) as opened:
        yield opened


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"royalty_bps": 501}, "royalty_bps was 500, is 501"),
        ({"max_supply": 7}, "max_supply was 281474976710655, is 7"),
        ({"name": "Other"}, "name was Fault, is Other"),
        ({"symbol": "OTH"}, "symbol was FLT, is OTH"),
    ],
)
def test_what_a_contract_can_never_change_is_told_by_journal_or_lock_file(session, change, said):
    spec = replace(session.spec, **change)
    lost = Journal(session.journal.path.with_name("lost.jsonl"), {})
    for journal, locked in ((session.journal, []), (lost, [session.address])):
        with pytest.raises(GuardError, match=said):
            our_contract(session.chain, Contract(), journal, locked, spec, NEW)
        same = our_contract(session.chain, Contract(), journal, locked, session.spec, NEW)
        assert same == session.address


def test_a_public_chain_without_the_contract_that_the_lock_file_names_is_refused(tmp_path):
    journal = Journal(tmp_path / "journal.jsonl", {})
    chain = chain_of(FakeNode(eth_getCode="0x"))
    with pytest.raises(GuardError, match="has no contract there"):
        our_contract(chain, Contract(), journal, [THERE], SPEC, NEW)
    assert our_contract(chain, Contract(), journal, [], SPEC, NEW) == NEW
