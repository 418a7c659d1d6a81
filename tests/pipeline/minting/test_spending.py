"""What was agreed to is the most that a run can cost, and what is gone is what is written down.

On a real Anvil behind a proxy that lies about tips, with blocks that do not come, reverts, replaced
transactions and new plans. After each: the money gone from the account is the money in the journal.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import nftforge, small_collection
from support.anvil import anvil, mined, rpc
from support.fault_proxy import accept_then_drop, answer, fault_proxy, http, say
from support.machine import ANVIL, LAB, Machine, mint_pieces, race

from nftforge.chain.contract import read_state
from nftforge.chain.pricing import L1_MARGIN
from nftforge.chain.transactions import SignedTx, unsign
from nftforge.chain.wallet import DEV_ADDRESS, key_signer
from nftforge.cli.confirm import ask_first
from nftforge.cli.options import SendOptions
from nftforge.core.errors import GuardError, ServiceError
from nftforge.core.journal import JournalEntry
from nftforge.pipeline import owner
from nftforge.pipeline.minting.mint import mint
from nftforge.pipeline.minting.open import mint_plan, open_session
from nftforge.pipeline.minting.reveal import commit_step
from nftforge.pipeline.minting.spending import Allowance, Signed, Spent, written

pytestmark = pytest.mark.anvil
KEY = "0x" + "42" * 32
OWNER = key_signer(KEY).address
SEND, TIP = "eth_sendRawTransaction", "eth_maxPriorityFeePerGas"
RICH = 10**22
GWEI = 10**9
ALWAYS_REVERTS = "0x60006000fd"
ORACLE = "0x420000000000000000000000000000000000000F"
ORACLE_ABOVE = "0x69{:020x}60005260206000f3"  # always answers so many wei


@pytest.fixture
def node():
    with anvil() as url:
        for who in (OWNER, DEV_ADDRESS):
            rpc(url, "anvil_setBalance", who, hex(RICH))
        yield url


class Careful(Machine):
    """Agrees to `share` of the first bill's band (0: the least, 1: the most), and to no other."""

    share = 1.0
    agreed = 0
    more = 0  # how often it agrees to more than before

    def agree(self, bill):
        self.bills.append(bill)
        if "agreed" in bill and not self.more:
            raise GuardError("agreed was to less")
        self.more -= "agreed" in bill
        least = round(bill["cost"] * 10**18)
        wei = least + round(self.share * (bill["max_cost_wei"] - least))
        self.agreed = wei if "agreed" not in bill else self.agreed + wei
        return wei


def gone(node, who):
    return RICH - int(rpc(node, "eth_getBalance", who, "latest"), 16)


def in_the_journal(machine):
    lines = machine.journal_path.read_text().splitlines()[1:]
    return sum(json.loads(line)["data"].get("paid_wei", 0) for line in lines)


def lab(tmp_path, url, **options):
    return Careful(tmp_path / "a", url, LAB, key=KEY, **options)


# --- the maximum is the maximum -------------------------------------------------------------------


@pytest.mark.parametrize("sends", [0, 1])
def test_a_tip_that_jumps_after_the_consent_stops_the_run(tmp_path, node, proxy, sends):
    """2,000 gwei: 3.44 ETH were spent where the bill said 0.005."""
    machine = lab(tmp_path, proxy.url)
    proxy.on(TIP, answer(hex(2000 * GWEI)), times=-1, skip=1 + sends)
    with pytest.raises(GuardError, match="agreed was to less"):
        machine.mint()
    assert len(proxy.sent()) == sends and len(machine.bills) == 2
    assert gone(node, OWNER) == (in_the_journal(machine) if sends else 0) <= machine.agreed
    proxy.heal()
    assert len(machine.mint().tokens) == 3
    assert gone(node, OWNER) == in_the_journal(machine)


def test_who_agrees_to_more_is_asked_with_what_was_agreed_and_spent(tmp_path, node, proxy):
    machine = lab(tmp_path, proxy.url)
    machine.more = 1
    proxy.on(TIP, answer(hex(200 * GWEI)), times=-1, skip=2)
    assert len(machine.mint().tokens) == 3
    first, second = machine.bills
    assert second["agreed"] == first["max_cost"] and second["cost"] > first["max_cost"]
    deployed = json.loads(machine.journal_path.read_text().splitlines()[2])["data"]["paid_wei"]
    assert second["spent"] == deployed / 1e18
    assert [row["kind"] for row in second["transactions"]] == ["mint"]
    assert first["max_cost_wei"] < gone(node, OWNER) == in_the_journal(machine) <= machine.agreed


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(
    share=st.floats(-0.2, 1.2),
    tips=st.lists(st.sampled_from([1, 2, 3, 5, 8, 40]), min_size=8, max_size=8),
    base=st.sampled_from([1, 2, 4]),
    reverts=st.booleans(),
    loses=st.booleans(),
)
def test_whatever_the_market_does_no_run_costs_more_than_was_agreed(
    tmp_path_factory, share, tips, base, reverts, loses
):
    with anvil() as url, fault_proxy(url) as proxy:
        rpc(url, "anvil_setBalance", OWNER, hex(RICH))
        machine = lab(tmp_path_factory.mktemp("money"), proxy.url)
        machine.share = share
        for tip in tips:
            proxy.on(TIP, answer(hex(tip * GWEI)))
        if reverts:
            machine.mint_options = {}
            proxy.on(SEND, reverting(url), skip=1)
        if loses:
            proxy.on(SEND, accept_then_drop, times=2)
        proxy.on("eth_call", then(lambda: base_fee(url, base)), skip=12)
        with contextlib.suppress(GuardError, ServiceError):
            assert len(machine.mint().tokens) == 3
        spent = in_the_journal(machine) if machine.journal_path.exists() else 0
        assert gone(url, OWNER) == spent <= max(0, machine.agreed)


def base_fee(url, gwei):
    rpc(url, "anvil_setNextBlockBaseFeePerGas", hex(gwei * GWEI))


def then(act):
    def fault(forward, request):
        act()
        return forward()

    return fault


def reverting(url):
    """The contract is put to sleep while the transaction is mined: its gas is gone all the same."""

    def fault(forward, request):
        from eth_account.typed_transactions.typed_transaction import TypedTransaction
        from hexbytes import HexBytes

        raw = HexBytes(request["params"][0])
        to = "0x" + bytes(TypedTransaction.from_bytes(raw).as_dict()["to"]).hex()
        code = rpc(url, "eth_getCode", to, "latest")
        rpc(url, "anvil_setCode", to, ALWAYS_REVERTS)
        reply = forward()
        while rpc(url, "eth_getTransactionReceipt", reply["result"]) is None:
            pass
        rpc(url, "anvil_setCode", to, code)
        return reply

    return fault


def test_the_gas_of_what_reverted_is_spent(tmp_path, node, proxy):
    machine = lab(tmp_path, proxy.url)
    proxy.on(SEND, reverting(node), skip=1)
    machine.mint()
    assert [ok for _, ok in mined(node, OWNER)] == [True, False, True]
    assert gone(node, OWNER) == in_the_journal(machine) <= machine.agreed
    with open_session(machine.job) as session:
        assert session.sender.spent == gone(node, OWNER)


def test_a_replacement_stays_within_what_was_agreed_and_beyond_it_somebody_is_asked(
    tmp_path, node, proxy
):
    machine = Careful(tmp_path / "a", proxy.url, replace(ANVIL, block_s=0.05))
    machine.mint()
    machine.pieces = (*machine.pieces, "four")
    rpc(node, "evm_setAutomine", False)
    with pytest.raises(GuardError, match="agreed was to less"):
        machine.mint()
    attempts = [unsign(SignedTx.from_json(each))[1] for each in machine.attempts]
    agreed = machine.bills[-2]["max_cost_wei"]
    assert len(attempts) >= 2 and max(bill.wei for bill in attempts) <= agreed
    assert attempts[-1].wei * 1.125 > agreed * 0.99  # it went as far as it might
    assert machine.bills[-1]["cost"] < machine.bills[-1]["max_cost"]
    rpc(node, "evm_setAutomine", True)
    rpc(node, "evm_mine")
    asked = len(machine.bills)
    assert machine.mint().tokens["four"].token_id == 4
    assert len(machine.bills) == asked  # what is signed was agreed to
    assert gone(node, DEV_ADDRESS) == in_the_journal(machine)


def sent_and_not_seen_through(machine, proxy, skip=0):
    """The next send (after `skip`) is taken; then the node knows no receipt, and the run ends."""
    deaf = lambda: proxy.on("eth_getTransactionReceipt", http(503), times=-1)  # noqa: E731
    proxy.on(SEND, then(deaf), skip=skip)
    with pytest.raises(ServiceError):
        machine.mint()
    assert machine.events[-1] == "mint intent"
    proxy.heal()


def test_a_run_taken_up_asks_for_nothing_that_was_agreed_to(tmp_path, node, proxy):
    machine = lab(tmp_path, proxy.url)
    sent_and_not_seen_through(machine, proxy, skip=1)
    assert len(machine.mint().tokens) == 3 and len(machine.bills) == 1
    assert gone(node, OWNER) == in_the_journal(machine)


def stuck_batch(machine, node, proxy):
    """A second batch is signed and sent, and no block takes it."""
    machine.mint()
    machine.pieces = (*machine.pieces, "four")
    rpc(node, "evm_setAutomine", False)
    sent_and_not_seen_through(machine, proxy)
    return unsign(SignedTx.from_json(machine.attempts[0]))[1]


def test_what_was_signed_and_is_not_mined_is_agreed_to_again(tmp_path, node, proxy):
    """It was replaced at will, within what a line of the journal said had been agreed to."""
    machine = lab(tmp_path, proxy.url)
    signed = stuck_batch(machine, node, proxy)
    with open_session(machine.job) as session:
        assert session.sender.limits((OWNER, 2)).agreed == 0  # in this run nobody agreed
    before, sent, bills = gone(node, OWNER), len(proxy.sent()), []

    def refuse(bill):
        bills.append(bill)
        raise GuardError("no")

    with pytest.raises(GuardError, match="no"):
        mint_pieces(machine.job, machine.works, machine.report, refuse)
    assert len(proxy.sent()) == sent and gone(node, OWNER) == before
    assert [row["kind"] for row in bills[0]["transactions"]] == ["mint"]
    assert bills[0]["max_cost_wei"] >= signed.wei

    def agree(bill):
        rpc(node, "evm_setAutomine", True)
        return bill["max_cost_wei"]

    assert len(mint_pieces(machine.job, machine.works, machine.report, agree).tokens) == 4


@pytest.mark.parametrize("limit", ["1 gwei", "0.0000001 ETH"])
def test_a_limit_holds_for_what_an_earlier_run_signed(tmp_path, node, proxy, limit):
    """Of --max-cost 1gwei three million times as much was spent, and then it said: nothing."""
    machine = lab(tmp_path, proxy.url)
    stuck_batch(machine, node, proxy)
    machine.agree = ask_first(LAB, SendOptions(yes=True, max_cost=limit))
    before, sent = gone(node, OWNER), len(proxy.sent())
    with pytest.raises(GuardError, match="more than --max-cost"):
        machine.mint()
    assert gone(node, OWNER) == before and len(proxy.sent()) == sent


def test_an_estimate_above_the_measurement_is_on_the_next_bill(tmp_path, node, proxy):
    """The same bill was shown again for ever: Arbitrum estimates what L1 takes too."""

    def five_times(forward, request):
        reply = forward()
        if isinstance(reply.get("result"), str):
            reply["result"] = hex(5 * int(reply["result"], 16))
        return reply

    machine = lab(tmp_path, proxy.url)
    machine.more = 9
    proxy.on("eth_estimateGas", five_times, times=-1)
    assert len(machine.mint().tokens) == 3
    costs = [bill["max_cost_wei"] for bill in machine.bills]
    assert len(costs) <= 3 and costs[1] > 2 * costs[0]
    assert gone(node, OWNER) <= machine.agreed


def committing(session):
    return commit_step(session, b"\x11" * 32)


@pytest.mark.parametrize("way", ["mint", "administer"])
def test_what_another_run_does_while_more_is_asked_for_is_seen(tmp_path, node, proxy, way):
    """It was an unexpected error: the bill of what is done already is refused."""
    other = lab(tmp_path, node)
    other.mint()
    machine = Careful(tmp_path / "b", proxy.url, LAB, key=KEY)
    asked = itertools.count()

    def step(session):
        made = committing(session)
        if next(asked) == 1:  # it is asked for again, and the other machine is quicker
            owner.administer(other.job, other.report, other.agree, committing)
        return made

    proxy.on(TIP, answer(hex(200 * GWEI)), times=-1, skip=2)
    if way == "administer":
        owner.administer(machine.job, machine.report, machine.agree, step)
    else:
        commit_by_mint(machine, step)
    assert len(machine.bills) == 1 and "asking again" in str(machine.report.said)
    with open_session(other.job) as session:
        assert any(read_state(session.chain, session.address).provenance)
    assert gone(node, OWNER) == in_the_journal(other)


def commit_by_mint(machine, step):
    """`mint`, with a plan whose only step is this one."""
    with open_session(machine.job) as session:

        def plan():
            planned = mint_plan(machine.job, session, machine.works)
            steps = [] if any(planned.state.provenance) else [step(session)]
            return replace(planned, steps=steps)

        mint(session, plan, lambda subject, files: None, machine.agree, machine.report)


def test_another_machines_mint_makes_a_new_plan_within_the_same_agreement(tmp_path, node):
    machines = [
        Careful(tmp_path / name, node, LAB, key=KEY, name="Race") for name in ("a", "b", "c")
    ]
    race(machines)
    assert all("agreed" not in bill for machine in machines for bill in machine.bills)
    hashes = {}
    for machine in machines:
        for line in machine.journal_path.read_text().splitlines()[1:]:
            data = json.loads(line)["data"]
            if data.get("paid_wei"):
                hashes[data.get("tx", line)] = data["paid_wei"]
    assert gone(node, OWNER) == sum(hashes.values())


# --- as it is typed -------------------------------------------------------------------------------


NETWORK = (
    "networks: {lab: {chain_id: 31337, kind: testnet, confirmations: 1, block_seconds: 0.2}}\n"
)


@pytest.fixture
def typed(tmp_path, proxy):
    path = small_collection(tmp_path / "typed", "lab")
    path.write_text(path.read_text() + NETWORK)
    env = {"LAB_RPC_URL": proxy.url, "NFTFORGE_PRIVATE_KEY": KEY}
    assert nftforge("pin", path, env=env).code == 0
    return lambda *arguments: nftforge("run", path, *arguments, env=env)


def test_yes_is_said_to_the_first_bill_only(node, proxy, typed):
    proxy.on(TIP, answer(hex(2000 * GWEI)), times=-1, skip=2)
    stopped = typed("--yes")
    assert stopped.code == 7, stopped.err
    assert "agreed was to 0.00" in stopped.err and "would now cost" in stopped.err
    assert "--max-cost" in stopped.err and len(proxy.sent()) == 1
    assert gone(node, OWNER) < 10**16


def test_max_cost_is_a_limit_that_yes_does_not_move(node, proxy, typed):
    refused = typed("--yes", "--max-cost", "0.0001ETH")
    assert refused.code == 7 and "more than --max-cost 0.0001ETH" in refused.err
    assert not proxy.sent()
    proxy.on(TIP, answer(hex(30 * GWEI)), times=-1, skip=1)
    done = typed("--yes", "--max-cost", "0.2 eth")
    assert done.code == 0, done.err
    assert 10**16 < gone(node, OWNER) < 2 * 10**17


@pytest.mark.parametrize("amount", ["0.01", "ETH", "0ETH", "-1ETH", "1e3ETH", "1 POL", "0.5wei"])
def test_max_cost_without_a_unit_that_is_known_is_refused(tmp_path, amount):
    refused = nftforge("run", small_collection(tmp_path), "--max-cost", amount)
    assert refused.code == 2 and "units: ETH, gwei, wei" in refused.err
    assert not (tmp_path / ".nftforge").exists()


def test_max_cost_holds_in_a_rehearsal_too(tmp_path):
    path = small_collection(tmp_path)
    refused = nftforge("run", path, "--max-cost", "1000 gwei")
    assert refused.code == 7 and "this costs at least" in refused.err
    assert nftforge("status", path, "--json").json["contract"] is None
    assert nftforge("run", path, "--max-cost", "1ETH").code == 0


# --- all runs together ----------------------------------------------------------------------------


def test_the_total_is_counted_from_the_chain_when_the_journal_is_lost(tmp_path, node):
    machine = lab(tmp_path, node)
    machine.mint()
    spent = gone(node, OWNER)
    machine.journal_path.unlink()
    machine.mint_options = {"max_total_eth": (spent + 10**12) / 1e18}
    with open_session(machine.job) as session:
        assert session.sender.spent == spent
    machine.pieces = (*machine.pieces, "four")
    with pytest.raises(GuardError, match=r"costs at least .* is left of the total allowed"):
        machine.mint()
    assert gone(node, OWNER) == spent


def test_a_second_machine_counts_what_the_first_one_paid_and_nothing_twice(tmp_path, node):
    first = lab(tmp_path, node)
    first.mint()
    first.pieces = (*first.pieces, "four")
    first.mint()
    second = replace(first, folder=tmp_path / "b")
    second.mint_options = {"max_total_eth": 1}
    with open_session(second.job) as session:
        assert session.sender.spent == gone(node, OWNER)
    first.mint_options = second.mint_options
    first.pieces = (*first.pieces, "five")
    first.mint()  # half of it from the journal, all of it from the chain
    with open_session(first.job) as session:
        assert session.sender.spent == gone(node, OWNER)


def test_what_holders_pay_is_not_counted(tmp_path, node):
    machine = lab(tmp_path, node)
    machine.mint_options = {"max_total_eth": 1}
    address = machine.mint().address
    spent = gone(node, OWNER)
    to = DEV_ADDRESS.removeprefix("0x").lower().rjust(64, "0")
    data = "0x23b872dd" + OWNER[2:].lower().rjust(64, "0") + to + hex(1)[2:].rjust(64, "0")
    rpc(node, "anvil_impersonateAccount", OWNER)
    rpc(node, "eth_sendTransaction", {"from": OWNER, "to": address, "data": data})
    machine.journal_path.unlink()
    with open_session(machine.job) as session:
        assert session.sender.spent == spent < gone(node, OWNER)


def test_a_node_that_refuses_old_logs_gives_a_lower_bound_and_it_is_said(tmp_path, node, proxy):
    machine = lab(tmp_path, proxy.url)
    machine.mint()
    spent = gone(node, OWNER)
    machine.mint_options = {"max_total_eth": (spent + 10**12) / 1e18}
    machine.pieces = (*machine.pieces, "four")
    proxy.on("eth_getLogs", say("block range is too wide", -32601), times=-1)
    with pytest.raises(GuardError, match="is left of the total allowed"):
        machine.mint()
    assert [line for line in machine.report.said if "a lower bound" in line]
    assert gone(node, OWNER) == spent


def test_what_is_signed_and_not_mined_counts_at_its_highest_price(tmp_path, node, proxy):
    machine = lab(tmp_path, proxy.url)
    machine.mint()
    spent = gone(node, OWNER)
    machine.pieces = (*machine.pieces, "four")
    rpc(node, "evm_setAutomine", False)
    sent_and_not_seen_through(machine, proxy)
    bill = unsign(SignedTx.from_json(machine.attempts[0]))[1]
    with open_session(machine.job) as session:
        assert session.sender.spent == spent + bill.wei
        assert written(session.journal).wei(but=(OWNER, 2)) == spent


# --- the L1 fee of a rollup -----------------------------------------------------------------------


def rollup(tmp_path, url):
    network = replace(LAB, op_stack=True)
    return Careful(tmp_path / "a", url, network, key=KEY)


def test_the_l1_fee_is_agreed_to_journaled_and_kept_within_the_total(tmp_path, node, proxy):
    l1_fee = 10**15
    rpc(node, "anvil_setCode", ORACLE, ORACLE_ABOVE.format(l1_fee))

    def with_l1(forward, request):
        reply = forward()
        if reply.get("result"):
            reply["result"]["l1Fee"] = hex(l1_fee)
        return reply

    proxy.on("eth_getTransactionReceipt", with_l1, times=-1)
    machine = rollup(tmp_path, proxy.url)
    machine.mint()
    (bill,) = machine.bills
    l2 = gone(node, OWNER)
    assert in_the_journal(machine) == l2 + 2 * l1_fee <= bill["max_cost_wei"]
    assert bill["max_cost_wei"] >= 2 * L1_MARGIN * l1_fee
    intents = [json.loads(line) for line in machine.journal_path.read_text().splitlines()[1:]]
    money = [row["data"]["money"] for row in intents if row["event"] == "intent"]
    assert [each["l1_wei"] for each in money] == [int(L1_MARGIN * l1_fee)] * 2
    machine.pieces = (*machine.pieces, "four")
    sent = len(proxy.sent())
    machine.mint_options = {"max_total_eth": (l2 + 2 * l1_fee + 10**15) / 1e18}  # gas alone fits
    with pytest.raises(GuardError, match="is left of the total allowed"):
        machine.mint()
    machine.mint_options = {}
    machine.share = -0.5 * L1_MARGIN  # so does it here
    with pytest.raises(GuardError, match="agreed was to less"):
        machine.mint()
    assert len(proxy.sent()) == sent


def paid(rows):
    return [row["data"]["paid_wei"] for row in rows if "paid_wei" in row["data"]]


# --- the ledger by itself -------------------------------------------------------------------------


EVENTS = st.lists(
    st.tuples(
        st.sampled_from("ab"),  # effect
        st.sampled_from(["sign", "mined", "reverted", "taken", "refused"]),
        st.integers(1, 10**6),  # wei
    ),
    max_size=20,
)


@given(events=EVENTS)
@settings(max_examples=200, deadline=None)
def test_a_slot_counts_once_with_the_dearest_until_it_is_paid(events):
    """Against a ledger kept by hand."""
    journal, paid_wei, open_slots, nonce, at = [], [], {}, 0, {}
    for effect, event, wei in events:
        if event == "sign":
            signed = SIGNED(nonce, wei)
            journal.append(JournalEntry(effect, "intent", {"transactions": [signed]}))
            open_slots[nonce] = max(open_slots.get(nonce, 0), wei * 21_000)
            at[effect] = nonce
            continue
        if at.get(effect) != nonce:  # nothing of it is under way
            continue
        if event == "refused":
            journal.append(JournalEntry(effect, "void", {"why": "refused"}))
            continue
        cost = {"mined": wei, "reverted": wei, "taken": 0}[event]
        kind = "outcome" if event == "mined" else "void"
        data = {"paid_wei": cost, **({"tx": f"0x{len(journal)}"} if event == "mined" else {})}
        journal.append(JournalEntry(effect, kind, data))
        paid_wei.append(cost)
        del open_slots[nonce]
        nonce += 1
    spent = written(journal)
    assert spent.wei() == sum(paid_wei) + sum(open_slots.values())
    assert spent.wei(but=(DEV_ADDRESS, nonce)) == sum(paid_wei)


def SIGNED(nonce, fee):  # noqa: N802
    from eth_account import Account

    from nftforge.chain.wallet import DEV_KEY

    fields = {
        "chainId": 1, "nonce": nonce, "to": DEV_ADDRESS, "data": b"", "value": 0, "gas": 21_000,
        "type": 2, "maxFeePerGas": fee, "maxPriorityFeePerGas": 0,
    }  # fmt: skip
    raw = bytes(Account.from_key(DEV_KEY).sign_transaction(fields).raw_transaction)
    return SignedTx(raw, f"0x{nonce}{fee}", nonce, DEV_ADDRESS).to_json()


def test_what_was_left_over_before_is_not_on_the_new_bill_but_what_is_signed_anew_is():
    left_over = {("a", 1): Signed(frozenset("x"), 50)}
    allowance = Allowance(100, Spent({"old": 7}, left_over))
    assert allowance.left(Spent({"old": 7}, left_over)) == 100
    assert allowance.left(Spent({"old": 7, "new": 30}, left_over)) == 70
    again = {("a", 1): Signed(frozenset("xy"), 60)}
    assert allowance.left(Spent({"old": 7}, again)) == 40
    assert allowance.left(Spent({"old": 7}, again), but=("a", 1)) == 100
    assert Allowance(None).left(Spent({"new": 10**30}, {})) is None


def test_pairs_of_attempts_are_counted_by_the_dearer():
    one, two = SIGNED(4, 10), SIGNED(4, 30)
    for pair in itertools.permutations((one, two)):
        spent = written([JournalEntry("mint", "intent", {"transactions": list(pair)})])
        assert spent.wei() == 30 * 21_000
