"""Everything that can go wrong between us and a chain, on a real Anvil behind a fault proxy.

After each: the supply is exact, every token is ours, and no batch was mined twice.
"""

from __future__ import annotations

import itertools
import shutil
import threading
import time
from dataclasses import replace

import pytest
from support.anvil import anvil, mined, rpc
from support.fault_proxy import (
    accept_then_drop,
    accept_then_hang,
    accept_then_say,
    after,
    answer,
    fault_proxy,
    first,
    http,
    lose,
    say,
)
from support.machine import ANVIL, LAB, Machine, race

from nftforge.chain.connection import connect
from nftforge.chain.contract import MAX_BATCH, mint_batch, read_state, set_minter
from nftforge.chain.pricing import MAX_GAS, Call, market, quote
from nftforge.chain.transactions import SignedTx, confirm, sign, unsign
from nftforge.chain.wallet import DEV_ADDRESS, dev_signer, key_signer
from nftforge.core.errors import FundsError, GuardError, ServiceError
from nftforge.pipeline.minting.open import open_session

pytestmark = pytest.mark.anvil
SEND = "eth_sendRawTransaction"
OTHER_KEY, MINTER_KEY = "0x" + "42" * 32, "0x" + "43" * 32


def check(node, machine, ledger, failed=0):
    """Three tokens, one owner, one deployment, one mint."""
    assert {t.token_id for t in ledger.tokens.values()} == set(range(1, len(machine.pieces) + 1))
    with connect(ANVIL, rpc_url=node, embedded_path=None) as chain:
        assert read_state(chain, ledger.address).next_id == len(machine.pieces) + 1
    sent = mined(node, DEV_ADDRESS)
    assert [ok for to, ok in sent if to.lower() == ledger.address.lower()].count(True) == 1
    assert [ok for _, ok in sent].count(False) == failed
    again = machine.mint()
    assert all(token.cached for token in again.tokens.values())
    assert mined(node, DEV_ADDRESS) == sent


def give(node, address, ether=10):
    rpc(node, "anvil_setBalance", address, hex(int(ether * 10**18)))


def once_mined(node, fault):
    """`fault`, but what it forwards is mined by then: Anvil answers a moment before it mines."""

    def patient(forward, request):
        def forward_and_wait():
            reply = forward()
            while rpc(node, "eth_getTransactionReceipt", reply["result"]) is None:
                time.sleep(0.01)
            return reply

        return fault(forward_and_wait, request)

    return patient


def foreign_transaction(node, nonce):
    """A transaction of our key that nftforge knows nothing of."""
    with connect(ANVIL, rpc_url=node, embedded_path=None) as chain:
        call = Call(DEV_ADDRESS, b"foreign")
        bill = quote(chain, DEV_ADDRESS, call)
        rpc(node, SEND, "0x" + sign(chain, dev_signer(), call, bill, nonce).raw.hex())


# --- what a node may do with a transaction: rows 2, 3, 4, 15 -------------------------------------


SEND_FAULTS = {
    "timeout": accept_then_hang,
    "drop": accept_then_drop,
    "lost": lose,
    "nonce-too-low": accept_then_say("nonce too low"),
    "known": accept_then_say("already known"),
    "underpriced": accept_then_say("replacement transaction underpriced"),
    "reverted": accept_then_say("execution reverted"),
    "funds": accept_then_say("insufficient funds for gas * price + value"),
    "moon": accept_then_say("the moon is full"),
    "429": http(429, b"{}", Retry_After="1"),
    "503": http(503, b"upstream"),
    "502": http(502, b"<html>Bad Gateway</html>"),
    "html": http(200, b"<html>Welcome</html>"),
    "torn": http(200, b'{"jsonrpc": "2.0", "id": 1'),
    "foreign-id": http(200, b'{"jsonrpc": "2.0", "id": 99999, "result": "0x1"}'),
    "nonsense": answer({"surprise": True}),
    "full": say("txpool is full"),
    "lagging": say("header not found"),
}


@pytest.mark.parametrize("fault", SEND_FAULTS.values(), ids=SEND_FAULTS)
def test_whatever_a_node_says_of_a_mint_it_is_mined_once(node, proxy, machine, fault):
    if fault is SEND_FAULTS["funds"]:  # said of one that is only waiting, it stops the run
        fault = once_mined(node, fault)
    proxy.on(SEND, fault, skip=1)
    check(node, machine, machine.mint())
    assert len(set(proxy.sent())) == 2  # never signed anew: the same bytes, sent again


@pytest.mark.parametrize("name", ["timeout", "drop", "lost", "503"])
def test_whatever_a_node_says_of_a_deployment_it_is_mined_once(node, proxy, machine, name):
    proxy.on(SEND, SEND_FAULTS[name])
    check(node, machine, machine.mint())
    assert len(set(proxy.sent())) == 2


@pytest.mark.parametrize(
    "fault",
    [
        http(429, b"slow down", Retry_After="0"),
        http(500, b"oops"),
        http(200, b"<html>"),
        http(200, b"[]"),
        answer(None),
        answer("0xzz"),
        answer({"what": 1}),
        say("internal error", -32603),
    ],
    ids=["429", "500", "html", "list", "null", "bad-hex", "object", "internal"],
)
def test_reads_are_asked_again_and_garbage_is_no_answer(node, proxy, machine, fault):
    for method in (
        "eth_chainId", "eth_blockNumber", "eth_call", "eth_getCode", "eth_estimateGas",
        "eth_getTransactionCount", "eth_getBlockByNumber", "eth_getBalance",
    ):  # fmt: skip
        proxy.on(method, fault, skip=1)
    check(node, machine, machine.mint())


def test_a_node_that_never_answers_stops_the_run_and_the_next_goes_on(node, proxy, machine):
    proxy.on("eth_estimateGas", http(503), times=-1)
    with pytest.raises(ServiceError, match=r"does not answer .*HTTP 503"):
        machine.mint()
    proxy.heal()
    check(node, machine, machine.mint())


# --- stuck: rows 5, 6 ----------------------------------------------------------------------------


def fees(attempt):
    bill = unsign(SignedTx.from_json(attempt))[1]
    return bill.max_fee, bill.priority_fee


def stop_mining(node):
    rpc(node, "evm_setAutomine", False)


def test_a_stuck_transaction_pays_more_up_to_the_cap_then_stops_and_goes_on_later(
    node, proxy, machine
):
    ledger_before = machine.mint()
    machine.pieces = (*machine.pieces, "four")
    machine.mint_options = {"max_fee_gwei": 5}
    stop_mining(node)
    with pytest.raises(GuardError, match=r"not mined at .* the most that is allowed"):
        machine.mint()
    attempts = machine.attempts
    assert len(attempts) >= 3 and len({a["nonce"] for a in attempts}) == 1
    for lower, higher in itertools.pairwise(attempts):
        assert all(new >= old * 1.1 for old, new in zip(fees(lower), fees(higher), strict=True))
    assert fees(attempts[-1])[0] <= 5 * 10**9
    sent = proxy.sent()
    assert [a["raw"] for a in attempts] == list(dict.fromkeys(sent))[-len(attempts) :]
    rpc(node, "evm_setAutomine", True)
    rpc(node, "evm_mine")
    ledger = machine.mint()
    assert ledger.address == ledger_before.address and len(ledger.tokens) == 4
    assert len(set(proxy.sent())) == len(set(sent))
    assert len(mined(node, DEV_ADDRESS)) == 3


def test_the_older_attempt_is_mined_after_a_bump_and_counts(node, proxy, machine):
    machine.mint()
    machine.pieces = (*machine.pieces, "four")
    stop_mining(node)
    proxy.on(SEND, lose, skip=1, times=-1)  # replacements never arrive

    def mine_when_bumped():
        while len(set(proxy.sent())) < 4:  # deploy, mint, mint, its replacement
            pass
        rpc(node, "evm_mine")

    miner = threading.Thread(target=mine_when_bumped)
    miner.start()
    ledger = machine.mint()
    miner.join()
    assert ledger.tokens["four"].tx == machine.attempts[0]["hash"] != machine.attempts[1]["hash"]
    assert len(mined(node, DEV_ADDRESS)) == 3


def test_fees_above_the_cap_stop_before_anything_is_sent(node, proxy, machine):
    machine.mint_options = {"max_fee_gwei": 0.5}
    with pytest.raises(GuardError, match=r"gas costs .* over the cap of 0\.500"):
        machine.mint()
    assert not proxy.sent()


def test_the_total_stops_before_the_transaction_that_would_cross_it(node, proxy, machine):
    machine.mint()
    with open_session(machine.job) as session:
        spent = session.sender.spent
    assert spent == 10 * 10**21 + 0 - int(rpc(node, "eth_getBalance", DEV_ADDRESS, "latest"), 16)
    machine.pieces = (*machine.pieces, "four")
    machine.mint_options = {"max_total_eth": spent / 1e18 + 0.00001}
    sent = len(proxy.sent())
    with pytest.raises(GuardError, match=r"costs at least .* is left of the total allowed"):
        machine.mint()
    assert len(proxy.sent()) == sent
    machine.mint_options = {"max_total_eth": spent / 1e18 + 1}
    assert machine.mint().tokens["four"].token_id == 4


def test_fees_are_held_down_to_what_is_left_of_the_total(node, proxy, machine):
    machine.mint()
    with open_session(machine.job) as session:
        spent, least = session.sender.spent, market(session.chain)[0]
    machine.pieces = (*machine.pieces, "four")
    left = int(least * 1.05) * 200_000
    machine.mint_options = {"max_total_eth": (spent + left) / 1e18}
    machine.mint()
    _, bill = unsign(SignedTx.from_json(machine.attempts[0]))
    assert bill.wei <= left + 1000


# --- the nonce: rows 7, 8, 9, 10 ------------------------------------------------------------------


def test_a_foreign_transaction_that_took_our_nonce_is_found_and_another_nonce_is_used(
    node, proxy, machine
):
    proxy.on(SEND, first(lambda: foreign_transaction(node, 0)))
    ledger = machine.mint()
    assert machine.events[:3] == ["deploy intent", "deploy void", "deploy intent"]
    assert "went to another transaction" in machine.journal_path.read_text()
    check(node, machine, ledger)


def test_two_machines_with_one_key_and_one_collection(node, tmp_path):
    machines = [Machine(tmp_path / name, node) for name in "abcd"]
    ledgers = race(machines)
    assert all(ledger.tokens.keys() == ledgers[0].tokens.keys() for ledger in ledgers)
    assert len({ledger.address for ledger in ledgers}) == 1
    sent = mined(node, DEV_ADDRESS)
    assert len([ok for to, ok in sent if to.lower() == ledgers[0].address.lower() and ok]) == 1


def test_two_machines_with_one_key_and_two_collections(node, tmp_path):
    machines = [Machine(tmp_path / name, node, name=f"Race {name}") for name in "abc"]
    ledgers = race(machines)
    assert len({ledger.address for ledger in ledgers}) == 3
    assert all(len(ledger.tokens) == 3 for ledger in ledgers)
    for ledger in ledgers:
        sent = [ok for to, ok in mined(node, DEV_ADDRESS) if to.lower() == ledger.address.lower()]
        assert sent.count(True) == 1


def test_two_authorised_minters_share_one_contract(node, tmp_path):
    to = "0x00000000000000000000000000000000000000AA"
    give(node, key_signer(OTHER_KEY).address)
    owner = Machine(tmp_path / "a", node, LAB, ("one",), OTHER_KEY, mint_options={"to": to})
    address = owner.mint().address
    minter = key_signer(MINTER_KEY)
    give(node, minter.address)
    with connect(ANVIL, rpc_url=node, embedded_path=None) as chain:
        call = set_minter(address, minter.address, True)
        signer = key_signer(OTHER_KEY)
        signed = sign(chain, signer, call, quote(chain, signer.address, call), 2)
        confirm(chain, [signed])
    pieces = ("one", "two", "three", "four")
    machines = [
        replace(owner, address=address, pieces=pieces),
        replace(owner, folder=tmp_path / "b", key=MINTER_KEY, address=address, pieces=pieces),
    ]
    blocks = tmp_path / "b" / ".nftforge" / "ipfs"
    shutil.copytree(tmp_path / "a" / ".nftforge" / "ipfs", blocks)  # what is minted so far
    ledgers = race(machines)
    assert [sorted(t.token_id for t in ledger.tokens.values()) for ledger in ledgers] == [
        [1, 2, 3, 4]
    ] * 2
    assert ledgers[0].tokens["four"].owner.lower() == to.lower()


def test_two_collections_aimed_at_one_contract_do_not_mix(node, tmp_path):
    first_one = Machine(tmp_path / "a", node, name="First")
    address = first_one.mint().address
    second = Machine(tmp_path / "b", node, name="Second", address=address)
    with pytest.raises(
        GuardError, match=r"is the collection 'First' \(FLT\), this file is 'Second'"
    ):
        second.mint()
    twin = Machine(tmp_path / "c", node, name="First", address=address, pieces=("x", "y"))
    with pytest.raises(GuardError, match=r"neither the blocks .* nor the journal say which pieces"):
        twin.mint()
    assert len(mined(node, DEV_ADDRESS)) == 2


# --- reorganisations: row 11 ----------------------------------------------------------------------

DEEP = replace(ANVIL, confirmations=3)


def mine_now_and_then(node, stop, blocks=200):
    while not stop.is_set() and blocks:
        rpc(node, "evm_mine")
        stop.wait(0.05)
        blocks -= 1


@pytest.fixture
def mining(node):
    stop = threading.Event()
    thread = threading.Thread(target=mine_now_and_then, args=(node, stop))
    thread.start()
    yield
    stop.set()
    thread.join()


def test_done_means_as_deep_as_the_network_asks(node, tmp_path, mining):
    machine = Machine(tmp_path / "a", node, DEEP)
    ledger = machine.mint()
    receipt = rpc(node, "eth_getTransactionReceipt", ledger.tokens["one"].tx)
    head = int(rpc(node, "eth_blockNumber"), 16)
    assert head - int(receipt["blockNumber"], 16) + 1 >= 3


def test_a_reorganisation_shallower_than_the_depth_only_delays(node, proxy, tmp_path, mining):
    """The block of the mint is rolled back as soon as its receipt was seen, twice."""
    machine = Machine(tmp_path / "a", proxy.url, DEEP)
    undone = []

    def undo(forward, request):
        reply = forward()
        if reply["result"] and len(undone) < 2:
            transaction = rpc(node, "eth_getTransactionByHash", request["params"][0])
            depth = int(rpc(node, "eth_blockNumber"), 16) - int(transaction["blockNumber"], 16) + 1
            if int(transaction["nonce"], 16) == 1 and depth <= 2:
                rpc(node, "anvil_rollback", depth)
                undone.append(transaction["hash"])
        return reply

    proxy.on("eth_getTransactionReceipt", undo, times=-1)
    ledger = machine.mint()
    assert undone == [undone[0]] * 2 and ledger.tokens["one"].tx == undone[0]
    proxy.heal()
    check(node, machine, ledger)


def test_a_reorganisation_deeper_than_the_depth_sends_the_same_bytes_again(node, proxy, tmp_path):
    machine = Machine(tmp_path / "a", proxy.url)
    ledger = machine.mint()
    before = proxy.sent()
    rpc(node, "anvil_rollback", 2)  # neither the mint nor the contract is there any more
    assert rpc(node, "eth_getCode", ledger.address, "latest") == "0x"
    again = machine.mint()
    assert again.address == ledger.address and again.tokens.keys() == ledger.tokens.keys()
    assert set(proxy.sent()) == set(before)
    check(node, machine, again)


# --- the journal: row 12 --------------------------------------------------------------------------


def test_a_lost_journal_is_rebuilt_from_the_chain(node, machine):
    ledger = machine.mint()
    machine.journal_path.unlink()
    assert machine.mint() == replace_cached(ledger)
    machine.pieces = (*machine.pieces, "four")
    assert machine.mint().tokens["four"].token_id == 4


def replace_cached(ledger):
    tokens = {piece: replace(token, cached=True) for piece, token in ledger.tokens.items()}
    return replace(ledger, tokens=tokens)


def test_a_journal_lost_with_a_transaction_in_flight_is_no_second_mint(node, proxy, machine):
    machine.mint()
    machine.pieces = (*machine.pieces, "four")
    stop_mining(node)
    machine.network = replace(ANVIL, block_s=0.02)
    with pytest.raises(GuardError, match="not mined at"):
        machine.mint()
    machine.journal_path.unlink()
    rpc(node, "evm_setAutomine", True)
    rpc(node, "evm_mine")
    machine.network = ANVIL
    assert machine.mint().tokens["four"].token_id == 4
    assert [ok for _, ok in mined(node, DEV_ADDRESS)].count(True) == 3


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9])
def test_a_journal_torn_in_the_middle_of_a_line_is_read_up_to_there(node, machine, kept):
    ledger = machine.mint()
    lines = machine.journal_path.read_bytes().splitlines(keepends=True)
    torn = b"".join(lines[:-1]) + lines[-1][: int(len(lines[-1]) * kept)]
    machine.journal_path.write_bytes(torn)
    check(node, machine, ledger)
    assert machine.events[-1] == "mint outcome"


def test_a_journal_of_another_chain_is_refused_where_money_is_real(node, tmp_path):
    machine = Machine(tmp_path / "a", node, LAB, key=OTHER_KEY)
    give(node, key_signer(OTHER_KEY).address)
    machine.mint()
    with anvil("--timestamp", "1700000000") as other:
        give(other, key_signer(OTHER_KEY).address)
        machine.url = other
        with pytest.raises(GuardError, match=r"belongs to genesis .* this run is for genesis"):
            machine.mint()
        assert rpc(other, "eth_blockNumber") == "0x0"


# --- the wrong chain: row 13 ----------------------------------------------------------------------


def test_a_node_of_another_chain_is_refused_before_anything_is_signed(tmp_path):
    with anvil("--chain-id", "31338") as url, fault_proxy(url) as proxy:
        machine = Machine(tmp_path / "a", proxy.url)
        with pytest.raises(GuardError, match="is chain 31338, but anvil is 31337"):
            machine.mint()
        assert not proxy.sent() and not machine.journal_path.exists()


def test_a_node_that_changes_its_chain_in_the_middle_of_a_run_gets_nothing(node, proxy, machine):
    def switch():
        proxy.on("eth_chainId", answer("0x1"), times=-1)

    proxy.on("eth_estimateGas", after(switch))
    with pytest.raises(GuardError, match="is chain 1, but anvil is 31337"):
        machine.mint()
    assert not proxy.sent()
    proxy.heal()
    check(node, machine, machine.mint())


# --- money: row 14 --------------------------------------------------------------------------------


def test_funds_that_run_out_between_batches_are_told_and_a_top_up_goes_on(node, proxy, machine):
    proxy.on(SEND, once_mined(node, after(lambda: give(node, DEV_ADDRESS, 0.0001))))
    with pytest.raises(FundsError, match=r"has 0\.0001.* the next transaction may need"):
        machine.mint()
    assert machine.events == ["deploy intent", "deploy outcome"]
    give(node, DEV_ADDRESS)
    check(node, machine, machine.mint())


def test_funds_that_run_out_after_signing_are_told_and_the_same_bytes_go_on(node, proxy, machine):
    proxy.on(SEND, first(lambda: give(node, DEV_ADDRESS, 0.00001)), skip=1)
    with pytest.raises(FundsError, match=r"(?i)insufficient funds"):
        machine.mint()
    signed = machine.attempts
    give(node, DEV_ADDRESS)
    check(node, machine, machine.mint())
    assert proxy.sent()[-1] == signed[0]["raw"]


# --- lagging nodes and several of them: row 16 ----------------------------------------------------


def test_a_node_with_an_old_nonce_and_missing_receipts_is_waited_for(node, proxy, machine):
    proxy.on("eth_getTransactionReceipt", answer(None), times=4)
    proxy.on("eth_getTransactionCount", answer("0x0"), times=1, skip=1)
    proxy.on("eth_blockNumber", answer("0x0"), times=3, skip=6)
    check(node, machine, machine.mint())


def test_one_dead_node_of_two_does_not_matter(node, proxy, machine):
    machine.url = f"http://127.0.0.1:9/token,{proxy.url}"
    check(node, machine, machine.mint())


def test_nodes_that_disagree_stop_the_run(node, proxy, machine):
    proxy.on("eth_getCode", answer("0x60"), times=-1)
    machine.url = f"{node},{proxy.url}"
    with pytest.raises(ServiceError, match="disagree about eth_getCode"):
        machine.mint()
    assert not proxy.sent() and rpc(node, "eth_blockNumber") == "0x0"


def test_a_node_that_hangs_behind_another_stops_the_run_and_is_named(node, proxy, machine):
    machine.mint()
    proxy.on("eth_blockNumber", answer("0x0"), times=-1)
    machine.url = f"{proxy.url},{node}"
    machine.pieces = (*machine.pieces, "four")
    with pytest.raises(ServiceError, match=r"stay apart .* at block 0, .* at block 2"):
        machine.mint()
    proxy.heal()
    assert machine.mint().tokens["four"].token_id == 4
    assert len(mined(node, DEV_ADDRESS)) == 3


def test_a_node_on_a_longer_fork_with_the_tokens_on_it_is_not_believed(node, machine, tmp_path):
    """Both have the chain id; the fork is further ahead, and all is minted there."""
    with anvil() as fork:
        Machine(tmp_path / "b", fork).mint()
        for urls in (f"{fork},{node}", f"{node},{fork}"):
            machine.url = urls
            with pytest.raises(ServiceError, match=r"disagree|stay apart"):
                machine.mint()
    assert rpc(node, "eth_blockNumber") == "0x0"


# --- mined but reverted, too large, taken: rows 17, 18 --------------------------------------------


def test_mined_but_reverted_is_no_mint_and_is_done_again(node, proxy, machine):
    """The contract is put to sleep while the mint is mined: it reverts, later it does not."""
    machine.mint()
    machine.pieces = (*machine.pieces, "four")
    code = rpc(node, "eth_getCode", machine_address(machine), "latest")
    always_reverts = "0x60006000fd"

    def asleep(forward, request):
        rpc(node, "anvil_setCode", machine_address(machine), always_reverts)
        reply = forward()
        rpc(node, "anvil_setCode", machine_address(machine), code)
        return reply

    proxy.on(SEND, once_mined(node, asleep))
    ledger = machine.mint()
    assert ledger.tokens["four"].token_id == 4
    assert [ok for _, ok in mined(node, DEV_ADDRESS)] == [True, True, False, True]
    assert machine.events[-4:] == ["mint intent", "mint void", "mint intent", "mint outcome"]
    assert '"paid_wei"' in machine.journal_path.read_text()


def test_a_transaction_above_the_gas_limit_of_all_chains_is_not_sent(node, proxy, machine):
    proxy.on("eth_estimateGas", answer(hex(2**24 + 1)), skip=1)
    with pytest.raises(GuardError, match=r"needs 16,777,217 gas, and no chain takes .*EIP-7825"):
        machine.mint()
    assert len(proxy.sent()) == 1
    check(node, machine, machine.mint())


def test_a_node_that_cannot_run_the_call_in_its_gas_is_a_refusal_not_a_retry(node, proxy, machine):
    proxy.on("eth_estimateGas", say("gas required exceeds allowance (30000000)"))
    words = r"the contract refuses: gas required exceeds allowance \(30000000\)"
    with pytest.raises(GuardError, match=words):
        machine.mint()
    assert not proxy.sent()


def test_the_largest_batch_fits_into_a_transaction(node, tmp_path):
    machine = Machine(tmp_path / "a", node, pieces=("one",))
    address = machine.mint().address
    with connect(ANVIL, rpc_url=node, embedded_path=None) as chain:
        call = mint_batch(address, DEV_ADDRESS, 2, MAX_BATCH, bytes(32))
        assert quote(chain, DEV_ADDRESS, call).gas < 0.95 * MAX_GAS


def machine_address(machine):
    journal = machine.journal()
    return next(e.data["address"] for e in journal if e.effect.startswith("deploy"))


def test_the_create2_address_taken_by_our_own_contract_is_used(node, tmp_path):
    first_one = Machine(tmp_path / "a", node)
    second = Machine(tmp_path / "b", node)
    ledger = first_one.mint()
    assert second.mint().address == ledger.address
    assert len(mined(node, DEV_ADDRESS)) == 2


def test_the_create2_address_taken_by_other_code_is_refused(node, tmp_path, proxy):
    machine = Machine(tmp_path / "a", proxy.url)
    address = machine.mint().address
    rpc(node, "anvil_setCode", address, "0x6001600155")
    sent = len(proxy.sent())
    with pytest.raises(GuardError, match="is not one of nftforge's"):
        machine.mint()
    assert len(proxy.sent()) == sent
