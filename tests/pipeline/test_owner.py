"""After minting: publish changed metadata, freeze it, hand the contract over. Each once."""

import pytest
from eth_utils import keccak
from support.anvil import anvil, mined, rpc
from support.machine import LAB, Machine, metadata, mint_pieces

from nftforge.chain.connection import connect
from nftforge.chain.contract import (
    Provenance,
    accept_ownership,
    commit_provenance,
    read_provenance,
    read_state,
    set_directory,
)
from nftforge.chain.pricing import quote
from nftforge.chain.transactions import confirm, sign
from nftforge.chain.wallet import key_signer
from nftforge.core.errors import GuardError
from nftforge.pipeline import owner
from nftforge.pipeline.minting.open import open_session
from nftforge.pipeline.minting.owner import freeze_step, transfer_step
from nftforge.pipeline.work import Work

pytestmark = pytest.mark.anvil
KEY, OTHER = "0x" + "42" * 32, "0x" + "43" * 32
OWNER, NEXT = key_signer(KEY).address, key_signer(OTHER).address


@pytest.fixture
def node():
    with anvil() as url:
        for who in (OWNER, NEXT):
            rpc(url, "anvil_setBalance", who, hex(10**19))
        yield url


@pytest.fixture
def machine(tmp_path, node):
    made = Machine(tmp_path / "a", node, LAB, key=KEY)
    made.mint()
    return made


def administer(machine, make):
    before = len(machine.bills)
    found = owner.administer(machine.job, machine.report, machine.agree, make)
    return found, machine.bills[before:]


def state(machine):
    with open_session(machine.job) as session:
        return read_state(session.chain, session.address)


def test_freezing_happens_once_and_then_nothing_can_be_published(node, machine):
    found, asked = administer(machine, freeze_step)
    assert found["action"] == "freeze" and found["tx"] and len(asked) == 1
    assert asked[0]["transactions"] == [
        {"kind": "freeze", "subject": "metadata", "gas": asked[0]["gas"]}
    ]
    sent = mined(node, OWNER)
    found, asked = administer(machine, freeze_step)
    assert found["cached"] and not asked and mined(node, OWNER) == sent
    assert state(machine).frozen
    with pytest.raises(GuardError, match=r"of tokens-1-3 changed here, and .* is frozen"):
        changed(machine)


def changed(machine, **options):
    works = [
        Work(piece, text=metadata(piece.id).replace(b"}}", b', "new": 1}}'))
        for piece in machine.job.collection.pieces
    ]
    return mint_pieces(machine.job, works, machine.report, machine.agree, **options)


def test_updating_publishes_what_changed_and_mints_nothing(node, machine):
    before = state(machine)
    machine.pieces = (*machine.pieces, "four")
    ledger = changed(machine, updates=True)
    after = state(machine)
    assert after.next_id == before.next_id == 4
    assert after.batches[0].directory != before.batches[0].directory
    assert "four" not in ledger.tokens
    assert len(mined(node, OWNER)) == 3
    changed(machine, updates=True)
    assert len(mined(node, OWNER)) == 3


def test_ownership_is_offered_and_changes_when_it_is_accepted(node, machine):
    found, _ = administer(machine, lambda session: transfer_step(session, NEXT))
    assert found["to"] == NEXT and state(machine).owner == OWNER
    again, asked = administer(machine, lambda session: transfer_step(session, NEXT))
    assert again["cached"] and not asked
    with connect(LAB, rpc_url=node, embedded_path=None) as chain:
        call, signer = accept_ownership(found["contract"]), key_signer(OTHER)
        bill = quote(chain, NEXT, call)
        confirm(chain, [sign(chain, signer, call, bill, 0)])
    assert state(machine).owner == NEXT
    with pytest.raises(GuardError, match=f"belongs to {NEXT}, this key is {OWNER}"):
        administer(machine, freeze_step)


def test_a_commitment_is_kept_once_the_batches_show_what_it_was_made_of(node, machine):
    machine.pieces = (*machine.pieces, "four")
    address = machine.mint().address
    digests = [batch.directory for batch in state(machine).batches]
    with connect(LAB, rpc_url=node, embedded_path=None) as chain:

        def send(call):
            bill, nonce = quote(chain, OWNER, call), chain.nonce(OWNER)
            confirm(chain, [sign(chain, key_signer(KEY), call, bill, nonce)])

        assert read_provenance(chain, address) is None
        send(commit_provenance(address, keccak(b"".join(digests))))
        assert read_provenance(chain, address).kept
        send(set_directory(address, 0, keccak(b"not yet revealed")))
        assert read_provenance(chain, address) == Provenance(
            keccak(b"".join(digests)), kept=False, frozen=False
        )
        send(set_directory(address, 0, digests[0]))
        assert read_provenance(chain, address).kept


def test_without_a_contract_there_is_nothing_to_freeze(node, tmp_path):
    machine = Machine(tmp_path / "b", node, LAB, key=KEY, name="Nothing")
    with pytest.raises(GuardError, match="there is no contract at"):
        administer(machine, freeze_step)
