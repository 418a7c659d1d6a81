"""Nodes that ask to wait, name a price, estimate too little; chains that undo what was done.

On a real Anvil behind a fault proxy. After each: every token once, and no transaction failed.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest
from support import RecordedReport
from support.anvil import mined, rpc
from support.fault_proxy import answer, fault_proxy, first, http, say
from support.machine import ANVIL, LAB, Machine

from nftforge.chain import contract, failover
from nftforge.chain.connection import connect
from nftforge.chain.contract import read_state, set_minter
from nftforge.chain.pricing import Call, quote
from nftforge.chain.transactions import SignedTx, Timing, confirm, sign, unsign
from nftforge.chain.wallet import DEV_ADDRESS, dev_signer, key_signer
from nftforge.core.errors import GuardError, ServiceError

pytestmark = pytest.mark.anvil
SEND = "eth_sendRawTransaction"
KEY, MINTER = "0x" + "42" * 32, "0x" + "43" * 32


def check(node, machine, ledger, sender=DEV_ADDRESS):
    tokens = sorted(token.token_id for token in ledger.tokens.values())
    assert tokens == list(range(1, len(machine.pieces) + 1))
    with connect(ANVIL, rpc_url=node, embedded_path=None) as chain:
        assert read_state(chain, ledger.address).next_id == len(tokens) + 1
    assert all(ok for _, ok in mined(node, sender))
    assert not machine.journal().unfinished()


def bills(machine):
    return [unsign(SignedTx.from_json(attempt))[1] for attempt in machine.attempts]


# --- asked to wait --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        http(429, b"", Retry_After="2"),
        http(503, b"", Retry_After="2"),
        http(429, b'{"error": {"code": -32005, "message": "x", "data": {"backoff_seconds": 2}}}'),
        say("Your app has exceeded its compute units per second capacity, retry in 2 s", 429),
        say("rate limit reached: try again in 2000ms", -32005),
    ],
    ids=["429", "503", "backoff_seconds", "compute-units", "rate-limit"],
)
def test_a_send_that_is_asked_to_wait_waits_says_so_once_and_pays_no_more(
    node, proxy, machine, fault
):
    """Two waits of 2 s, where 1 s without a block is reason to bid more."""
    proxy.on(SEND, fault, skip=1, times=2)
    started = time.monotonic()
    check(node, machine, machine.mint())
    assert time.monotonic() - started >= 4
    assert len(machine.attempts) == 1
    host = proxy.url.removeprefix("http://")
    assert [line for line in machine.report.said if "asks to wait" in line] == [
        f"anvil node at {host} asks to wait 2 s"
    ]


def test_a_read_that_is_asked_to_wait_longer_than_usual_waits(node, proxy, machine):
    proxy.on("eth_estimateGas", http(429, b"", Retry_After="3"))  # others are given 2 s
    check(node, machine, machine.mint())


def test_a_wait_longer_than_a_run_is_told_and_the_next_run_sends_the_same(node, proxy, machine):
    proxy.on(SEND, http(429, b"", Retry_After="3600"), skip=1)
    with pytest.raises(ServiceError, match=r"a wait of 3600 s .* longer than this run"):
        machine.mint()
    signed = machine.attempts
    check(node, machine, machine.mint())
    assert machine.attempts == signed


# --- a price is named -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "transaction underpriced: gas tip cap 1, minimum needed 2000000000",
        "transaction underpriced: tip needed 2000000000, tip permitted 1000000000",
        "fee too low: minimum tip 2 gwei",
    ],
)
def test_the_least_tip_in_an_answer_is_the_next_bid_at_once(node, proxy, machine, words):
    machine.mint_options = {"max_fee_gwei": 10}
    proxy.on(SEND, say(words), skip=1)
    check(node, machine, machine.mint())
    assert len(machine.attempts) == 2 and bills(machine)[1].priority_fee == 2 * 10**9


def test_a_least_tip_over_the_cap_stops_the_run_with_the_words_of_the_node(node, proxy, machine):
    machine.mint_options = {"max_fee_gwei": 10}
    words = "transaction underpriced: gas tip cap 1, minimum needed 25000000000"
    proxy.on(SEND, say(words), skip=1)
    with pytest.raises(GuardError, match=f"the most that is allowed.*{words}"):
        machine.mint()
    assert len(machine.attempts) == 1


def test_a_node_that_estimates_less_than_was_measured_is_not_believed(node, proxy, machine):
    proxy.on("eth_estimateGas", answer(hex(21_000)), times=-1)
    check(node, machine, machine.mint())
    assert len(proxy.sent()) == 2


# --- the chain undoes what was done ---------------------------------------------------------------


def rollback(node, depth):
    rpc(node, "anvil_rollback", depth)


def reorganise(node, depth):
    rpc(node, "anvil_reorg", depth, [])


def revert(node, depth):
    """To the beginning; every test takes a snapshot first."""
    assert depth == 3 and rpc(node, "evm_revert", "0x0")


@pytest.mark.parametrize(
    ("network", "depth", "undo"),
    [
        *((ANVIL, depth, undo) for depth in (1, 2, 3) for undo in (rollback, reorganise)),
        (ANVIL, 3, revert),
        (LAB, 2, reorganise),
    ],
    ids=lambda value: getattr(value, "name", getattr(value, "__name__", value)),
)
def test_what_was_done_before_a_transaction_in_flight_and_undone_is_sent_again(
    node, proxy, tmp_path, depth, undo, network
):
    """Deployment and two mints are confirmed; the third mint is sent as they are undone."""
    rpc(node, "anvil_setBalance", key_signer(KEY).address, hex(10**19))
    assert rpc(node, "evm_snapshot") == "0x0"
    machine = Machine(tmp_path / "a", proxy.url, network, key=KEY)
    sender = key_signer(KEY).address if network is LAB else DEV_ADDRESS
    machine.mint()
    machine.pieces = (*machine.pieces, "four")
    machine.mint()
    before = proxy.sent()
    proxy.on(SEND, first(lambda: undo(node, depth)))
    machine.pieces = (*machine.pieces, "five")
    ledger = machine.mint()
    check(node, machine, ledger, sender)
    assert len(set(proxy.sent())) == len(before) + 1  # the same bytes, and no higher bid
    assert len(mined(node, sender)) == 4


def test_what_was_undone_under_an_interrupted_run_is_sent_again_by_the_next(node, proxy, machine):
    def undo():
        rollback(node, 1)
        proxy.on("eth_blockNumber", http(500), times=-1)  # and the run ends

    proxy.on(SEND, first(undo), skip=1)
    with pytest.raises(ServiceError, match="does not answer"):
        machine.mint()
    proxy.heal()
    check(node, machine, machine.mint())
    assert len(set(proxy.sent())) == 2


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_what_was_undone_while_nothing_ran_is_sent_again_before_anything_new(
    node, proxy, tmp_path, depth
):
    rpc(node, "anvil_setBalance", key_signer(KEY).address, hex(10**19))
    machine = Machine(tmp_path / "a", proxy.url, LAB, key=KEY)
    machine.mint()
    machine.pieces = (*machine.pieces, "four")
    machine.mint()
    before = proxy.sent()
    rollback(node, depth)
    machine.pieces = (*machine.pieces, "five")
    check(node, machine, machine.mint(), key_signer(KEY).address)
    assert set(proxy.sent()[:-1]) == set(before)


def test_what_is_undone_between_two_steps_is_sent_again_before_the_second(node, proxy, machine):
    class Undoing(RecordedReport):
        def say(self, text):
            super().say(text)
            if text.startswith("deploy contract:"):
                rollback(node, 1)

    machine.report = Undoing()
    check(node, machine, machine.mint())
    assert len(set(proxy.sent())) == 2


def test_what_was_undone_and_is_all_there_is_needs_no_new_consent(node, proxy, tmp_path):
    rpc(node, "anvil_setBalance", key_signer(KEY).address, hex(10**19))
    machine = Machine(tmp_path / "a", proxy.url, LAB, key=KEY)
    machine.mint()
    asked, before = len(machine.bills), set(proxy.sent())
    rollback(node, 2)
    check(node, machine, machine.mint(), key_signer(KEY).address)
    assert len(machine.bills) == asked and set(proxy.sent()) == before


def test_a_receipt_from_a_block_that_is_not_the_chains_is_not_believed(node, proxy):
    """An orphan's: there it failed, on the chain it did not."""

    def orphaned(forward, request):
        reply = forward()
        if reply["result"]:
            reply["result"] |= {"blockHash": "0x" + "cd" * 32, "status": "0x0"}
        return reply

    proxy.on("eth_getTransactionReceipt", orphaned, times=4)
    with connect(ANVIL, rpc_url=proxy.url, embedded_path=None) as chain:
        call = Call(DEV_ADDRESS, b"x")
        bill = quote(chain, DEV_ADDRESS, call)
        receipt = confirm(chain, [sign(chain, dev_signer(), call, bill, 0)])
        assert receipt.ok and receipt.block_hash == chain.block_hash(receipt.block)


# --- the exit -------------------------------------------------------------------------------------


def test_a_transaction_that_is_given_up_is_said_with_what_it_means_and_planned_anew(
    node, proxy, machine
):
    machine.mint()
    machine.pieces, machine.mint_options = (*machine.pieces, "four"), {"max_fee_gwei": 3}
    rpc(node, "evm_setAutomine", False)
    with pytest.raises(GuardError, match="not mined at"):
        machine.mint()
    given_up = machine.attempts

    def mine_what_is_taken(forward, request):
        if "result" in (reply := forward()):
            rpc(node, "evm_setAutomine", True)
            rpc(node, "evm_mine")
        return reply

    proxy.on(SEND, mine_what_is_taken, times=-1)
    machine.pieces = (*machine.pieces, "five")  # another batch, at the same nonce
    machine.give_up, machine.mint_options = True, {"max_fee_gwei": 50}
    machine.report.said.clear()
    check(node, machine, machine.mint())
    said = [line for line in machine.report.said if "given up" in line]
    assert len(said) == 1 and given_up[-1]["hash"] in said[0] and "outbid" in said[0]
    assert machine.events.count("mint void") == 1 and len(mined(node, DEV_ADDRESS)) == 3
    assert {attempt["nonce"] for attempt in machine.attempts} == {given_up[0]["nonce"]}


def test_what_is_mined_by_now_is_not_given_up(node, proxy, machine):
    def mine_and_end():
        proxy.on("eth_blockNumber", http(500), times=-1)

    proxy.on(SEND, first(mine_and_end), skip=1)
    with pytest.raises(ServiceError, match="does not answer"):
        machine.mint()
    proxy.heal()
    machine.give_up = True
    check(node, machine, machine.mint())
    assert "mint void" not in machine.events and len(set(proxy.sent())) == 2


def test_a_nonce_that_waits_for_a_foreign_one_is_told_and_given_up(
    node, proxy, tmp_path, monkeypatch
):
    signer = key_signer(KEY)
    rpc(node, "anvil_setBalance", signer.address, hex(10**19))
    machine = Machine(tmp_path / "a", proxy.url, LAB, key=KEY)
    machine.mint()
    with connect(ANVIL, rpc_url=node, embedded_path=None) as chain:
        call = Call(DEV_ADDRESS, b"foreign")
        bill = quote(chain, signer.address, call)
        rpc(node, SEND, "0x" + sign(chain, signer, call, bill, 2).raw.hex())
    quick = Timing(0.05, 1.0, 30.0, patience_s=3.0)
    monkeypatch.setattr(Timing, "of", lambda network: quick)
    monkeypatch.setattr(failover, "LAG_S", 1.0)
    proxy.on(SEND, first(lambda: rollback(node, 1)))
    machine.pieces = (*machine.pieces, "four")
    with pytest.raises(ServiceError, match=r"nonce 3 of .* waits for 2, and nothing in .*jsonl"):
        machine.mint()
    assert len(machine.attempts) == 1  # no bidding behind a gap
    machine.give_up = True
    assert machine.mint().tokens["four"].token_id == 4
    assert machine.attempts[0]["nonce"] == 2


# --- two machines ---------------------------------------------------------------------------------


def test_the_loser_of_a_race_sees_that_all_is_done_though_its_node_lags(node, proxy, machine):
    """The other machine mints while this one tries its call, which is then refused."""
    machine.mint()
    other = replace(machine, folder=machine.folder.parent / "b", url=node)
    other.mint()
    other.pieces = machine.pieces = (*machine.pieces, "four")
    height = rpc(node, "eth_blockNumber")
    proxy.on("eth_estimateGas", first(other.mint))
    proxy.on("eth_blockNumber", answer(height), times=6)
    assert machine.mint().tokens["four"].token_id == 4
    assert len(mined(node, DEV_ADDRESS)) == 3


ROUNDS = 4


def in_a_process(machine, wait_s):
    """Mint in a process of its own, after a while. Its process id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        time.sleep(wait_s)
        machine.mint()
    except BaseException as error:
        (machine.folder / "error").write_text(repr(error))
        os._exit(getattr(error, "exit_code", 1))
    os._exit(0)


@contextmanager
def slow(node, seed):
    """A way to the node on which every question takes another while."""
    chances = random.Random(seed)
    with fault_proxy(node) as proxy:
        proxy.on(None, first(lambda: time.sleep(0.02 * chances.random())), times=-1)
        yield proxy.url


@pytest.mark.parametrize("minter", [KEY, MINTER], ids=["one-key", "two-keys"])
def test_both_of_two_machines_end_well_whatever_the_interleaving(
    node, tmp_path, minter, monkeypatch
):
    """The same collection, from two processes, for four rounds of three batches."""
    monkeypatch.setattr(contract, "MAX_BATCH", 1)
    to = "0x00000000000000000000000000000000000000AA"
    owner = key_signer(KEY)
    for key in (KEY, MINTER):
        rpc(node, "anvil_setBalance", key_signer(key).address, hex(10**20))
    with slow(node, 1) as one, slow(node, 2) as two:
        for number in range(ROUNDS):
            start = Machine(tmp_path / f"{number}a", one, LAB, ("one",), KEY, f"Race {number}")
            start.mint_options = {"to": to}
            address = start.mint().address
            if minter != KEY:
                with connect(ANVIL, rpc_url=node, embedded_path=None) as chain:
                    call = set_minter(address, key_signer(minter).address, True)
                    bill = quote(chain, owner.address, call)
                    nonce = chain.nonce(owner.address)
                    confirm(chain, [sign(chain, owner, call, bill, nonce)])
            other = tmp_path / f"{number}b"
            shutil.copytree(start.folder / ".nftforge" / "ipfs", other / ".nftforge" / "ipfs")
            pieces = ("one", "two", "three", "four")
            machines = [
                replace(start, address=address, pieces=pieces),
                replace(start, address=address, pieces=pieces, folder=other, url=two, key=minter),
            ]
            chances = random.Random(number)
            pids = [in_a_process(machine, 0.2 * chances.random()) for machine in machines]
            codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
            errors = [(m.folder / "error") for m in machines]
            assert codes == [0, 0], [e.read_text() for e in errors if e.exists()]
            with connect(ANVIL, rpc_url=node, embedded_path=None) as chain:
                assert read_state(chain, address).next_id == 5


def test_a_read_that_crosses_the_deployment_is_asked_again(node, proxy, machine):
    address = machine.mint().address
    proxy.on("eth_call", answer("0x"), times=3)
    with connect(ANVIL, rpc_url=proxy.url, embedded_path=None) as chain:
        assert read_state(chain, address).next_id == 4
