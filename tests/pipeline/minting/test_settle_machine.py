"""A state machine over `settle` and `confirm`: a fake chain that crashes us at every step.

The fake chain has a mempool that loses transactions, blocks that are reorganised away (also deeper
than the confirmation depth), fees that change, strangers who take our nonce, and nodes that accept
and then say no, or that show a receipt of what never happened. hypothesis draws what happens and
where we die. Always:

- What must happen once has not happened twice.
- Whatever a node is given stands in the journal on the disk already, in one intent with everything
  sent before for its nonce: a nonce belongs to one effect.
- Done means that the world was asked, and showed it.

In the end it has happened once. Breaking `settle` in each of six ways is found out (the last test).
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from eth_utils import keccak
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from nftforge.chain.connection import Chain
from nftforge.chain.failover import FailoverProvider
from nftforge.chain.networks import find_network
from nftforge.chain.pricing import NO_LIMITS, Call, quote
from nftforge.chain.providers import NodeProvider, answered
from nftforge.chain.transactions import SignedTx, Timing, bump_fees, confirm, sign, unsign
from nftforge.chain.wallet import DEV_ADDRESS, dev_signer
from nftforge.core import stage
from nftforge.core.errors import (
    BusyError,
    FailedTransactionError,
    NftforgeError,
    NoAnswerError,
    NonceGapError,
    NonceTakenError,
    RpcError,
    TransactionRefusedError,
)
from nftforge.core.journal import Journal
from nftforge.core.stage import IntentVoidError

NETWORK = replace(find_network("sepolia"), chain_id=1, confirmations=2, block_s=1)
TIMING = Timing(poll_s=1, resend_s=3, bump_s=6, patience_s=60)
ONCE = Call(DEV_ADDRESS, b"once")
HEADER = {"journal": "test"}
SEEN = {"seen": "in the world"}


class CrashError(BaseException):
    pass


class FakeNode(NodeProvider):
    """A chain of blocks, each a list of (hash, nonce, data); `ONCE` fails the second time."""

    name = "fake"

    def __init__(self):
        super().__init__()
        self.blocks = [[]]
        self.pool = {}  # nonce -> (max fee, hash, data)
        self.manners = []  # how the next sends are received
        self.crash_after = None  # so many questions
        self.crash_after_sends = None
        self.base_fee = 10**9
        self.salt = 0
        self.phantoms = False  # whether receipts are shown of what was never mined
        self.given = {}  # nonce -> the hashes of all that was sent for it
        self.on_send = lambda nonce: None

    def make_request(self, method, params):
        if self.crash_after is not None:
            self.crash_after -= 1
            if self.crash_after < 0:
                self.crash_after = None
                raise CrashError
        answer = getattr(self, method)(*params)
        if method == "eth_sendRawTransaction" and self.crash_after_sends is not None:
            self.crash_after_sends -= 1
            if self.crash_after_sends < 0:
                self.crash_after_sends = None
                raise CrashError
        return answered(answer)

    def eth_chainId(self):  # noqa: N802
        return "0x1"

    def eth_blockNumber(self):  # noqa: N802
        return hex(len(self.blocks) - 1)

    def eth_getTransactionCount(self, who, at):  # noqa: N802
        last = len(self.blocks) - 1 if at == "latest" else int(at, 16)
        if last >= len(self.blocks):
            raise RpcError(-32000, "header not found")
        return hex(sum(len(block) for block in self.blocks[: last + 1]))

    def eth_getBlockByNumber(self, at, full):  # noqa: N802
        number = len(self.blocks) - 1 if at == "latest" else int(at, 16)
        digest = keccak(repr(self.blocks[: number + 1]).encode()).hex()
        return {"hash": "0x" + digest, "baseFeePerGas": hex(self.base_fee)}

    def eth_maxPriorityFeePerGas(self):  # noqa: N802
        return hex(10**9)

    def eth_getBalance(self, who, at):  # noqa: N802
        return hex(10**21)

    def eth_call(self, call, at):
        if self.times_at(len(self.blocks) - 1):
            raise RpcError(3, "execution reverted", "0x")
        return "0x"

    def eth_estimateGas(self, call, at):  # noqa: N802
        return hex(50_000)

    def eth_getTransactionReceipt(self, wanted):  # noqa: N802
        if self.phantoms:
            return self.receipt(wanted, 0, True)
        done = 0
        for number, block in enumerate(self.blocks):
            for found, _, data in block:
                ok = data != ONCE.data or not done
                done += data == ONCE.data
                if found == wanted:
                    return self.receipt(wanted, number, ok)
        return None

    def receipt(self, digest, number, ok):
        return {
            "transactionHash": digest,
            "blockNumber": hex(number),
            "blockHash": self.eth_getBlockByNumber(hex(number), False)["hash"],
            "status": "0x1" if ok else "0x0",
            "gasUsed": "0x1",
            "effectiveGasPrice": "0x1",
        }

    def eth_sendRawTransaction(self, raw):  # noqa: N802
        manner = self.manners.pop() if self.manners else "take"
        raw = bytes.fromhex(raw[2:])
        call, bill = unsign(SignedTx(raw, "", 0, ""))
        nonce = raw_nonce(raw)
        digest = "0x" + keccak(raw).hex()
        self.given.setdefault(nonce, set()).add(digest)
        self.on_send(nonce)
        if manner == "silent":
            raise NoAnswerError("no connection")
        if manner == "busy":
            raise BusyError("HTTP 429", 7)
        if manner == "too low":
            asked = bill.priority_fee + 5
            raise RpcError(-32000, f"transaction underpriced: minimum needed {asked}")
        if manner == "lose":
            return digest
        if nonce < sum(len(block) for block in self.blocks):
            raise RpcError(-32000, "nonce too low")
        there = self.pool.get(nonce)
        if there and there[1] == digest:
            raise RpcError(-32000, "already known")
        if there and bill.max_fee < there[0] * 1.1:
            raise RpcError(-32000, "replacement transaction underpriced")
        self.pool[nonce] = (bill.max_fee, digest, call.data)
        if manner == "take, then drop":
            raise NoAnswerError("no connection")
        if manner == "take, then lie":
            raise RpcError(-32000, "internal error")
        return digest

    def mine(self):
        nonce = sum(len(block) for block in self.blocks)
        found = self.pool.pop(nonce, None)
        self.blocks.append([(found[1], nonce, found[2])] if found else [])

    def times_at(self, last):
        """How often ONCE took effect by block `last`: the second time it reverts."""
        data = [row[2] for block in self.blocks[: last + 1] for row in block]
        return min(1, data.count(ONCE.data))

    def mined_once(self):
        data = [row[2] for block in self.blocks for row in block]
        return data.count(ONCE.data)


def raw_nonce(raw):
    from eth_account.typed_transactions.typed_transaction import TypedTransaction
    from hexbytes import HexBytes

    return TypedTransaction.from_bytes(HexBytes(raw)).as_dict()["nonce"]


class Once:
    """Does to the fake chain what TransactionEffect does to a real one."""

    name = "once"

    def __init__(self, node, journal, sleep, clock):
        self.node, self.journal, self.sleep, self.clock = node, journal, sleep, clock
        self.chain = Chain(
            NETWORK, FailoverProvider(NETWORK, [node], "fake", clock=clock, sleep=sleep)
        )

    def observe(self):
        while self.node.times_at(head := self.chain.head()):
            if self.node.times_at(self.chain.settled(head)):
                return SEEN
            self.sleep(1)
        return None

    def plan(self):
        again = self.journal.last_intent(self.name) if self.journal.outcome(self.name) else None
        head = self.chain.head()
        if again and self.chain.nonce(DEV_ADDRESS, head) <= again["transactions"][0]["nonce"]:
            return again  # reorganised away: the same bytes, as `TransactionEffect` does
        bill = quote(self.chain, DEV_ADDRESS, ONCE)
        nonce = self.chain.nonce(DEV_ADDRESS, head)
        return {"transactions": [sign(self.chain, dev_signer(), ONCE, bill, nonce).to_json()]}

    def perform(self, intent):
        attempts = [SignedTx.from_json(fields) for fields in intent["transactions"]]
        try:
            confirm(
                self.chain, attempts, self._bump, timing=TIMING, clock=self.clock, sleep=self.sleep
            )
        except (
            NonceTakenError, NonceGapError, FailedTransactionError, TransactionRefusedError,
        ) as final:  # fmt: skip
            raise IntentVoidError(str(final)) from None

    def _bump(self, tries, floor):
        higher = bump_fees(self.chain, tries, NO_LIMITS, floor)
        if higher is None:
            return None
        signed = sign(self.chain, dev_signer(), *higher, tries[-1].nonce)
        rows = [attempt.to_json() for attempt in (*tries, signed)]
        self.journal.append(self.name, "intent", {"transactions": rows})
        return signed


class CrashingJournal(Journal):
    """Dies before or after writing, on demand; may also tear the line it was writing."""

    crash = None

    def append(self, effect, event, data):
        how, self.crash = self.crash, None
        if how == "before":
            raise CrashError
        super().append(effect, event, data)
        if how == "torn":
            raw = self.path.read_bytes()
            self.path.write_bytes(raw[: len(raw) - 20])
        if how:
            raise CrashError


MANNERS = ["take", "lose", "silent", "busy", "too low", "take, then drop", "take, then lie"]


class Minting(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.node, self.now, self.done = FakeNode(), 0.0, False
        self.node.on_send = self.all_that_was_sent_is_on_the_disk

    @property
    def journal(self):
        return Journal(self.folder / "journal.jsonl", HEADER)

    def teardown(self):
        try:
            self.node.manners = []
            for _ in range(6):
                if self.run():
                    break
            assert self.node.mined_once() == 1 and self.done
            assert not self.journal.unfinished() and self.journal.outcome("once") == SEEN
        finally:
            shutil.rmtree(self.folder)

    def all_that_was_sent_is_on_the_disk(self, nonce):
        intent = self.journal.pending("once")
        assert intent, "sent before it was written down"
        written = {transaction["hash"] for transaction in intent["transactions"]}
        assert self.node.given[nonce] <= written, "one nonce, two intents"

    def sleep(self, seconds):
        self.now += seconds
        self.node.mine()

    def run(self, crash_after=None, crash_after_sends=None, journal_crash=None, phantoms=False):
        journal = CrashingJournal(self.folder / "journal.jsonl", HEADER)
        journal.crash = journal_crash
        self.node.crash_after, self.node.crash_after_sends = crash_after, crash_after_sends
        self.node.phantoms = phantoms
        try:
            stage.settle(Once(self.node, journal, self.sleep, lambda: self.now), journal)
            self.done = True
        except (CrashError, NftforgeError):
            return False
        finally:
            self.node.crash_after = self.node.crash_after_sends = None
            self.node.phantoms = False
        return True

    @rule(
        crash_after=st.none() | st.integers(0, 40),
        crash_after_sends=st.none() | st.integers(0, 2),
        journal_crash=st.none() | st.sampled_from(["before", "after", "torn"]),
        manners=st.lists(st.sampled_from(MANNERS), max_size=6),
        phantoms=st.sampled_from([False, False, False, True]),
        gwei=st.integers(1, 3),
    )
    def run_and_maybe_die(self, manners, gwei, **how):
        self.node.manners, self.node.base_fee = manners, gwei * 10**9
        self.run(**how)

    @rule()
    def mine(self):
        self.node.mine()

    @rule()
    def forget_the_pool(self):
        self.node.pool.clear()

    @rule()
    def reorganise_the_last_block(self):
        """Shallower than the depth: ours is lost; a stranger's, which all nodes know, comes back.

        If it did not, a nonce would be missing before ours, and with the journal lost as well gas
        could be spent on a second one that reverts.
        """
        if len(self.node.blocks) > 1:
            last = self.node.blocks.pop()
            self.node.blocks.append([row for row in last if row[2] != ONCE.data])

    @rule()
    def a_reorganisation_deeper_than_the_depth_undoes_it(self):
        blocks = self.node.blocks
        first = next(
            (i for i, block in enumerate(blocks) if ONCE.data in [row[2] for row in block]),
            len(blocks),
        )
        blocks[first:] = [[] for _ in blocks[first:]]
        self.done = False

    @rule()
    def a_stranger_takes_the_nonce(self):
        nonce = sum(len(block) for block in self.node.blocks)
        self.node.salt += 1
        self.node.blocks.append([(f"0xforeign{self.node.salt}", nonce, b"foreign")])
        self.node.pool.pop(nonce, None)

    @rule()
    def the_journal_is_lost(self):
        (self.folder / "journal.jsonl").unlink(missing_ok=True)
        self.node.given.clear()

    @invariant()
    def no_gas_was_spent_on_it_twice(self):
        assert self.node.mined_once() <= 1

    @invariant()
    def what_is_done_stays_done_at_its_depth(self):
        if self.done:
            assert self.node.times_at(len(self.node.blocks) - 1) == 1


THOROUGH = settings(
    max_examples=150,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
Minting.TestCase.settings = THOROUGH
TestMinting = Minting.TestCase


# --- is the machine any good? ---------------------------------------------------------------------

OUTCOME = "        outcome = effect.observe()\n"
RECORD = '            journal.append(effect.name, "intent", intent)\n'
PERFORM = "            effect.perform(intent)\n"
MUTANTS = {
    "the pending intent is not taken up": (
        "intent = journal.pending(effect.name)\n", "intent = None\n",
    ),
    "nothing is written down before it is performed": (RECORD, ""),
    "it is performed before it is written down": (
        RECORD, f"            effect.perform(intent)\n{RECORD}",
    ),
    "it counts as done because it was performed": (
        PERFORM,
        f"{PERFORM}            journal.append(effect.name, 'outcome', {{}})\n"
        "            return Settled({}, cached=False)\n",
    ),
    "it counts as done because the journal says so": (
        OUTCOME, "        outcome = journal.outcome(effect.name) or effect.observe()\n",
    ),
    "what is done is not written down": (
        'journal.append(effect.name, "outcome", outcome)', "pass",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_a_settle_that_is_broken_is_found_out(name, monkeypatch):
    source, (old, new) = Path(stage.__file__).read_text(), MUTANTS[name]
    assert source.count(old) == 1
    broken = ModuleType("broken")
    monkeypatch.setitem(sys.modules, "broken", broken)  # dataclasses look there
    exec(compile(source.replace(old, new), "broken", "exec"), vars(broken))
    broken.IntentVoidError = IntentVoidError
    monkeypatch.setattr(stage, "settle", broken.settle)
    quick = settings(
        THOROUGH, max_examples=600, phases=[Phase.generate], database=None, derandomize=True
    )
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Minting, settings=quick)
