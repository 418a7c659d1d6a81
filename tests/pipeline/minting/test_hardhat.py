"""Minting on a real Hardhat node, whose words and habits differ from Anvil's."""

from dataclasses import replace

import pytest
from support.anvil import mined, rpc
from support.fault_proxy import fault_proxy
from support.hardhat import hardhat
from support.machine import ANVIL, Machine

from nftforge.chain.connection import connect
from nftforge.chain.pricing import Call, quote
from nftforge.chain.send_errors import Meaning
from nftforge.chain.transactions import sign
from nftforge.chain.wallet import DEV_ADDRESS, dev_signer

pytestmark = [pytest.mark.anvil, pytest.mark.slow]
HARDHAT = replace(ANVIL, name="hardhat", rpc_env="HARDHAT_RPC_URL", timeout_s=20)


@pytest.fixture(scope="module")
def node():
    with hardhat() as url:
        yield url


def test_a_collection_is_minted_once_and_found_again(node, tmp_path):
    machine = Machine(tmp_path, node, HARDHAT, name="Hard")
    ledger = machine.mint()
    sent = mined(node, DEV_ADDRESS)
    assert [ok for _, ok in sent] == [True, True] and len(ledger.tokens) == 3
    assert all(token.cached for token in machine.mint().tokens.values())
    assert mined(node, DEV_ADDRESS) == sent


def test_an_error_for_a_transaction_that_was_mined_all_the_same_is_no_outcome(node, tmp_path):
    """Hardhat answers a raw transaction that reverts with an error, and mines it."""
    machine = Machine(tmp_path, node, HARDHAT, name="Quirk")
    address = machine.mint().address
    since = int(rpc(node, "eth_blockNumber"), 16)
    code = rpc(node, "eth_getCode", address, "latest")
    heard = []

    def asleep(forward, request):
        rpc(node, "hardhat_setCode", address, "0x60006000fd")
        reply = forward()
        heard.append(reply)
        rpc(node, "hardhat_setCode", address, code)
        return reply

    with fault_proxy(node) as proxy:
        proxy.on("eth_sendRawTransaction", asleep)
        machine.url, machine.pieces = proxy.url, (*machine.pieces, "four")
        assert machine.mint().tokens["four"].token_id == 4
    assert "error" in heard[0]
    assert [ok for _, ok in mined(node, DEV_ADDRESS, since)] == [False, True]
    assert machine.events[-4:] == ["mint intent", "mint void", "mint intent", "mint outcome"]


def test_what_it_says_of_bad_transactions_is_understood(node):
    with connect(HARDHAT, rpc_url=node, embedded_path=None) as chain:
        call = Call(DEV_ADDRESS, b"")
        bill = quote(chain, DEV_ADDRESS, call)
        nonce = chain.nonce(DEV_ADDRESS)

        def said(bill, nonce):
            complaint = chain.send_raw(sign(chain, dev_signer(), call, bill, nonce).raw)
            return complaint.meaning if complaint else None

        assert said(replace(bill, gas=20_000), nonce) is Meaning.REFUSED
        assert said(replace(bill, max_fee=1, priority_fee=1), nonce) is Meaning.FEE_LOW
        assert said(replace(bill, max_fee=10**24), nonce) is Meaning.FUNDS
        assert said(bill, nonce + 5) is Meaning.NONCE_HIGH
        assert said(bill, nonce) is None
        assert said(bill, nonce) in (Meaning.NONCE_LOW, Meaning.KNOWN)
        assert said(replace(bill, gas=bill.gas + 1), nonce) is Meaning.NONCE_LOW
