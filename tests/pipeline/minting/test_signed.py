"""A journal that others wrote moves no money and signs nothing with our key."""

from __future__ import annotations

import pytest
from eth_utils import keccak
from support.anvil import rpc
from support.fault_proxy import http, lose
from support.machine import LAB, Machine

from nftforge.chain.connection import connect
from nftforge.chain.contract import read_state
from nftforge.chain.pricing import Bill, Call
from nftforge.chain.transactions import sign
from nftforge.chain.wallet import key_signer
from nftforge.core.errors import GuardError, ServiceError
from nftforge.core.journal import Journal
from nftforge.pipeline import owner
from nftforge.pipeline.minting.open import open_session
from nftforge.pipeline.minting.owner import freeze_step

pytestmark = pytest.mark.anvil
OURS, THIEF = key_signer("0x" + "42" * 32), key_signer("0x" + "66" * 32)
RICH = 10**19
PROXY = "0x4e59b44847b379578588920cA78FbF26c0B4956C"
EIGHT = keccak(bytes(8)).hex()  # of the init code behind a salt
NOWHERE = "0x00000000000000000000000000000000DeaDBeef"
SEND = "eth_sendRawTransaction"


@pytest.fixture
def machine(tmp_path, node, proxy):
    for who in (OURS, THIEF):
        rpc(node, "anvil_setBalance", who.address, hex(RICH))
    return Machine(tmp_path / "a", proxy.url, LAB, key="0x" + "42" * 32)


def details(kind="deploy", **rest):
    known = {
        "deploy": {"address": NOWHERE, "init_code_hash": "00" * 32, "spec": {}},
        "transfer": {"address": NOWHERE, "to": THIEF.address},
        "freeze": {"address": NOWHERE},
        "update": {"address": NOWHERE, "batch": 0, "directory": "11" * 32},
    }
    return {"kind": kind, **known[kind], **rest}


def forge(machine, signer, call, about, chain_id=None, **changes):
    """A journal with one pending transaction, as somebody else would write it."""
    with (
        open_session(machine.job) as session,
        connect(LAB, rpc_url=machine.url, embedded_path=None) as chain,
    ):
        header = {"journal": "mint", "chain_id": chain.chain_id, "genesis": chain.genesis_hash}
        path = session.journal.path
        nonce = chain.nonce(OURS.address)
        signed = sign(chain, signer, call, Bill(100_000, 10, 1), nonce)
    attempt = {**signed.to_json(), "sender": OURS.address, **changes}
    intent = {**about, "transactions": [attempt], "money": {"l1_wei": 0, "agreed_wei": RICH}}
    Journal(path, header).append("forged x", "intent", intent)


@pytest.mark.parametrize(
    ("signer", "call", "about", "says"),
    [
        (THIEF, Call(THIEF.address, b"", 7 * 10**18), details(), "was signed by"),
        (THIEF, Call(PROXY, b"\0" * 40), details(), "was signed by"),
        (OURS, Call(THIEF.address, b"", 7 * 10**18), details(), "something else than it says"),
        (OURS, Call(PROXY, b"\0" * 40, 5), details(), "something else than it says"),
        (OURS, Call(PROXY, b"\0" * 40), details(), "something else than it says"),
        (OURS, Call(PROXY, b"\0" * 40, 5), details(init_code_hash=EIGHT), "something else"),
        (OURS, Call(THIEF.address, b"\0" * 40), details(init_code_hash=EIGHT), "something else"),
        (OURS, Call(PROXY, b"approve all"), details("update"), "something else than it says"),
    ],
)
def test_what_our_key_did_not_sign_as_it_says_is_refused(
    node, proxy, machine, signer, call, about, says
):
    """7 of 10 ETH went to a thief: the replacement of his transaction was signed with our key."""
    forge(machine, signer, call, about)
    with pytest.raises(GuardError, match=says) as refused:
        machine.mint()
    assert "move it away" in refused.value.hint and str(machine.journal_path) in str(refused.value)
    assert proxy.sent() == [] and machine.bills == []
    assert int(rpc(node, "eth_getBalance", OURS.address, "latest"), 16) == RICH
    machine.journal_path.unlink()
    assert len(machine.mint().tokens) == 3


@pytest.mark.parametrize("changes", [{"hash": "0x" + "ab" * 32}, {"nonce": 5}, {"raw": "0x02ff"}])
def test_bytes_and_their_words_have_to_agree(proxy, machine, changes):
    forge(machine, OURS, Call(PROXY, b"\0" * 40), details(), **changes)
    with pytest.raises(GuardError, match=r"is not the transaction|no signed transaction"):
        machine.mint()
    assert proxy.sent() == []


def interrupted_freeze(machine, proxy):
    """Signed and sent, lost by the node, and the run ends."""
    machine.mint()
    proxy.on(SEND, lose)
    proxy.on("eth_getTransactionReceipt", http(503), times=-1)
    with pytest.raises(ServiceError):
        owner.administer(machine.job, machine.report, machine.agree, freeze_step)
    proxy.heal()


def frozen(machine):
    with open_session(machine.job) as session:
        return read_state(session.chain, session.address).frozen


def test_an_interrupted_freeze_is_carried_out_by_no_other_command(machine, proxy):
    """`run` froze the metadata for ever, and asked nobody."""
    interrupted_freeze(machine, proxy)
    asked = len(machine.bills)
    with pytest.raises(GuardError, match="an interrupted `nftforge freeze` signed") as refused:
        machine.mint()
    assert "--give-up leaves it" in refused.value.hint
    assert len(machine.bills) == asked and not frozen(machine)
    owner.administer(machine.job, machine.report, machine.agree, freeze_step)
    assert frozen(machine) and len(machine.bills) == asked + 1


def test_an_interrupted_freeze_can_be_left(machine, proxy):
    interrupted_freeze(machine, proxy)
    machine.give_up = True
    assert len(machine.mint().tokens) == 3 and not frozen(machine)
    assert any("given up" in line for line in machine.report.said)
