"""A transaction as an Effect: journaled before it is sent, seen through, and read back.

What a transaction does is told by its `details` (kind, contract, token ids, digest): plain JSON,
journaled with every signed attempt, and enough to ask the chain whether it has happened. So a
run that finds an unfinished intent, its own or that of a run killed a year ago, needs nothing
else to settle it. Unusual:

- Every attempt ever signed for the nonce stands in the journal before it is sent, so that each
  of their hashes can be watched; a replacement is a newer intent that holds all of them.
- Happened means: the chain shows it at the network's confirmation depth. If a reorganisation
  deeper than that undoes it later, the same signed bytes are sent again, and those of everything
  before a nonce that waits, before anything new (undone.py).
- A batch that another run minted in our place is no error: `OvertakenError` asks for a new plan.
- Nothing is signed beyond what was agreed to: `AllowanceError` asks for a new agreement. What an
  earlier run left is agreed to again before anything is sent for it (`still_out`), and proven to be
  what our own key signed (signed.py): a journal is a file that others can write.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from nftforge.chain.connection import Chain, Receipt
from nftforge.chain.contract import describe_revert
from nftforge.chain.pricing import Bill, Call, Limits, quote
from nftforge.chain.send_errors import Floor
from nftforge.chain.transactions import LAG_LOOKS, OnDepth, SignedTx, bump_fees, confirm, sign
from nftforge.core.errors import (
    AllowanceError,
    ContractRefusesError,
    FailedTransactionError,
    GuardError,
    IntentVoidError,
    NonceGapError,
    NonceTakenError,
    OvertakenError,
    ServiceError,
    StuckError,
    TransactionRefusedError,
)
from nftforge.core.plural import counted
from nftforge.core.stage import Report, finish
from nftforge.pipeline.minting.happened import check_recipients, happened
from nftforge.pipeline.minting.sender import Sender
from nftforge.pipeline.minting.signed import prove
from nftforge.pipeline.minting.spending import (
    Allowance,
    signed_in,
    written,
)
from nftforge.pipeline.minting.undone import (
    Written,
    in_words,
    mined_before,
    pending,
    to_send_again,
)

ANY_MONEY = 1 << 200  # wei
OWN_COMMANDS = {  # kind -> the commands that may take it up: nobody else asked for it
    "freeze": ("freeze",), "transfer": ("transfer-ownership",),
    "approve": ("list", "accept"), "approve-all": ("list", "accept"), "validate": ("list",),
    "cancel": ("delist", "list"), "count": ("delist",), "revoke": ("delist",),
    "allow": ("accept",), "accept": ("accept",), "give": ("transfer",),
}  # fmt: skip


@dataclass(frozen=True)
class TransactionEffect:
    """One transaction. Without a `call` it can only be finished, not planned.

    `least_gas` is what it was measured to use; an estimate below that is not believed.
    """

    name: str
    sender: Sender
    details: Mapping[str, Any]
    call: Call | None = None
    least_gas: int = 0
    describe: Callable[[str], str] = describe_revert  # what a contract says when it refuses

    def observe(self) -> Mapping[str, Any] | None:
        """What the chain shows, once it is deep enough. Raises OvertakenError, ServiceError."""
        chain = self.sender.chain
        timing = self.sender.pace
        deadline = time.monotonic() + timing.patience_s
        with self._counting() as on_depth:
            while happened(chain, self.details, head := chain.head()):
                settled = chain.settled(head)
                if happened(chain, self.details, settled):
                    check_recipients(chain, self.details, settled)
                    return {**self.details, **self.paid()}
                if time.monotonic() > deadline:
                    raise ServiceError(
                        f"{self.name} is on chain but not confirmed after "
                        f"{timing.patience_s:.0f} s",
                        hint="run the same command again: it goes on waiting",
                    )
                if (block := self.paid().get("block")) is not None:
                    on_depth(head - block + 1)
                time.sleep(timing.poll_s)
        return None

    @contextmanager
    def _counting(self) -> Iterator[OnDepth]:
        """Shows how many confirmations there are of how many; a rehearsal waits for none."""
        words = [word for word in self.name.split() if word != self.details.get("address")]
        task, network = " ".join(words[:2]), self.sender.chain.network
        total, shown = network.confirmations, False

        def on_depth(depth: int) -> None:
            nonlocal shown
            shown = not network.is_rehearsal
            if shown:
                note = f"confirmation {min(depth, total)} of {total}" if depth else "not mined yet"
                self.sender.progress(task, min(depth, total - 1), total, note)

        try:
            yield on_depth
        finally:
            if shown:
                self.sender.progress(task, total, total, "")

    def within(self, allowance: Allowance) -> TransactionEffect:
        return replace(self, sender=self.sender.within(allowance))

    def plan(self) -> Mapping[str, Any]:
        if again := self._undone():
            return again
        assert self.call is not None
        chain, signer = self.sender.chain, self.sender.signer
        send_undone(self.sender)
        nonce = chain.nonce(signer.address, chain.head())
        limits = self.sender.limits((signer.address, nonce))
        try:
            bill = quote(chain, signer.address, self.call, self.describe, limits, self.least_gas)
        except GuardError as refused:
            self.look_again(refused)
            raise
        return self._intent([sign(chain, signer, self.call, bill, nonce)], bill, limits)

    def look_again(self, refused: GuardError) -> None:
        """Raises OvertakenError if it is refused because another run did the same just now.

        That run's block may take a moment to be seen.
        """
        chain = self.sender.chain
        for look in range(LAG_LOOKS if isinstance(refused, ContractRefusesError) else 1):
            if look:
                time.sleep(self.sender.pace.poll_s)
            if happened(chain, self.details, chain.head()):
                raise OvertakenError(f"{self.name}: another run did the same just now")

    def perform(self, intent: Mapping[str, Any]) -> None:
        chain, attempts = self.sender.chain, _attempts(intent)
        _prove(self.sender, Written(self.name, intent))
        if not chain.network.is_rehearsal:
            self.sender.say(
                f"{self.name}: {attempts[-1].hash}, waiting for "
                f"{counted(chain.network.confirmations, 'confirmation')}"
            )
        deadline = time.monotonic() + self.sender.pace.patience_s
        while True:
            try:
                with self._counting() as on_depth:
                    confirm(
                        chain, attempts, self._bump, on_depth=on_depth, timing=self.sender.timing
                    )
                return
            except NonceGapError as gap:
                self._fill(gap, attempts[0].nonce, deadline)
            except FailedTransactionError as failed:
                raise IntentVoidError(str(failed), paid_wei=failed.paid_wei) from None
            except NonceTakenError as taken:
                raise IntentVoidError(str(taken), paid_wei=self._taken()) from None
            except TransactionRefusedError as final:
                raise IntentVoidError(str(final)) from None
            except StuckError as stuck:
                if higher := self._if_more_were_agreed(stuck.floor):
                    about = f"{self.name} is not mined at the most agreed to"
                    raise AllowanceError(about, max_fee=higher.max_fee) from None
                raise

    def _intent(self, attempts: Sequence[SignedTx], bill: Bill, limits: Limits) -> dict[str, Any]:
        """What is journaled: what it does, all that was signed for it, and what it may cost."""
        return {
            **self.details,
            "transactions": [attempt.to_json() for attempt in attempts],
            **({} if limits.agreed is None else {"money": {"l1_wei": bill.l1_wei}}),
        }  # None: a rehearsal

    def _fill(self, gap: NonceGapError, nonce: int, deadline: float) -> None:
        """Send again what comes before `nonce`, if the journal has it."""
        sender = self.sender
        mined = mined_before(sender.journal, sender.signer.address)
        if again := to_send_again(mined, gap.consumed, nonce):
            _send_again(sender, again)
        elif sender.chain.network.is_rehearsal:
            raise IntentVoidError("the rehearsal chain was started afresh") from None
        elif time.monotonic() > deadline:
            raise ServiceError(
                f"{self.name}: {gap}, and nothing in {sender.journal.path} has that nonce",
                hint="another wallet or collection sent it, and the chain undid it: run again when "
                "it is mined, or with --give-up to sign another one",
            ) from None
        else:
            time.sleep(sender.pace.poll_s)

    def _bump(self, tries: Sequence[SignedTx], floor: Floor | None = None) -> SignedTx | None:
        """Sign a replacement with higher fees and journal it with all that went before."""
        chain, signer = self.sender.chain, self.sender.signer
        limits = self._limits(tries)
        higher = bump_fees(chain, tries, limits, floor)
        if higher is None or signer.address != tries[-1].sender:
            return None
        call, bill = higher
        signed = sign(chain, signer, call, bill, tries[-1].nonce)
        self.sender.journal.append(
            self.name, "intent", self._intent((*tries, signed), bill, limits)
        )
        self.sender.say(
            f"{self.name}: not mined yet, sent again as {signed.hash} for up to "
            f"{bill.max_fee / 1e9:.3f} gwei"
        )
        return signed

    def _limits(self, tries: Sequence[SignedTx]) -> Limits:
        return self.sender.limits((tries[-1].sender, tries[-1].nonce))

    def _if_more_were_agreed(self, floor: Floor | None) -> Bill | None:
        """How a stuck transaction could be replaced then; None if that would not do either."""
        tries = _attempts(self._last_intent)
        limits = self._limits(tries)
        if limits.agreed is None:
            return None
        higher = bump_fees(self.sender.chain, tries, replace(limits, agreed=ANY_MONEY), floor)
        return higher[1] if higher else None

    def _taken(self) -> int:
        """Wei paid for a nonce that none of the last intent's attempts consumed: 0 if not ours."""
        slot, _ = signed_in(self._last_intent)
        signed = written(self.sender.journal).signed[slot]  # of other effects, which gave up, too
        receipts = [self.sender.chain.receipt(each) for each in signed.hashes]
        return sum(receipt.paid_wei for receipt in receipts if receipt)

    @property
    def _last_intent(self) -> Mapping[str, Any]:
        intent = self.sender.journal.last_intent(self.name)
        assert intent, "it was journaled before it was performed"
        return intent

    def _undone(self) -> Mapping[str, Any] | None:
        """The intent that was carried out once and then reorganised away, if it still can be."""
        intent = self.sender.journal.last_intent(self.name)
        if intent is None or self.sender.journal.outcome(self.name) is None:
            return None
        nonce = self.sender.chain.nonce(_attempts(intent)[0].sender, self.sender.chain.head())
        return intent if nonce <= _attempts(intent)[0].nonce else None

    def paid(self) -> dict[str, Any]:
        """Which attempt was mined and what it cost, if it was one of ours."""
        intent = self.sender.journal.last_intent(self.name)
        for attempt in reversed(_attempts(intent) if intent else []):
            receipt: Receipt | None = self.sender.chain.receipt(attempt.hash)
            if receipt:
                return {"tx": receipt.hash, "block": receipt.block, "paid_wei": receipt.paid_wei}
        return {}


def still_out(sender: Sender, command: str = "") -> list[Written]:
    """What a former run signed, proven, and the chain does not show: to be agreed to once more.

    Raises GuardError for what the journal forges, and for what only other commands than `command`
    may do.
    """
    if sender.give_up:
        return []
    rows = [row for row in pending(sender.journal) if not _is_there(sender.chain, row)]
    for row in rows:
        _prove(sender, row)
        own = OWN_COMMANDS.get(row.kind, (command,))
        if command not in own:
            raise GuardError(
                f"an interrupted `nftforge {own[0]}` signed {row.name}, which is not mined and "
                "cannot be undone then",
                hint=f"`nftforge {own[0]}` sees it through; --give-up leaves it",
            )
    return rows


def _prove(sender: Sender, row: Written) -> None:
    prove(row, sender.chain.chain_id, sender.signer.address, sender.journal.path)


def resume(sender: Sender, report: Report) -> frozenset[str]:
    """Settle every transaction that a former run signed and did not see through; or give it up.

    Returns the pieces that are minted by what is settled now. Raises AllowanceError if that would
    cost more than was agreed to.
    """
    minted: set[str] = set()
    for row in pending(sender.journal):
        if sender.give_up and not _is_there(sender.chain, row):
            sender.journal.append(row.name, "void", {"why": "given up with --give-up"})
            report.say(in_words(row))
            continue
        report.say(f"{row.name}: taking up what an interrupted run began")
        effect = TransactionEffect(row.name, sender, row.details)
        try:
            if finish(effect, sender.journal) and row.details["kind"] == "mint":
                minted.update(row.details["pieces"])
        except OvertakenError as overtaken:
            sender.journal.append(row.name, "void", {"why": str(overtaken)})
    send_undone(sender)
    return frozenset(minted)


def send_undone(sender: Sender) -> None:
    """Send everything again that the journal calls done and the chain has undone.

    An embedded chain is only ever undone by deleting it; then everything is planned anew.
    """
    chain, address = sender.chain, sender.signer.address
    mined = mined_before(sender.journal, address)
    if chain.network.kind == "embedded" or not mined:
        return
    for look in range(LAG_LOOKS + 1):  # steadily: a node may lag
        if look:
            time.sleep(sender.pace.poll_s)
        consumed = chain.nonce(address, chain.head())
        if consumed > max(mined):
            return
    _send_again(sender, to_send_again(mined, consumed, None))


def _send_again(sender: Sender, undone: Sequence[Written]) -> None:
    for row in undone:
        sender.say(f"{row.name}: the chain undid it; the same bytes are sent again")
        sender.journal.append(row.name, "intent", row.intent)
        effect = TransactionEffect(row.name, sender, row.details)
        try:
            effect.perform(row.intent)
        except IntentVoidError as void:
            sender.journal.append(row.name, "void", {"why": str(void), **void.details})
        else:
            sender.journal.append(row.name, "outcome", {**effect.details, **effect.paid()})


def _is_there(chain: Chain, written: Written) -> bool:
    """Whether there is nothing left to give up."""
    try:
        done = happened(chain, written.details, chain.head())
    except OvertakenError:
        done = False
    return done or any(chain.receipt(attempt.hash) for attempt in _attempts(written.intent))


def _attempts(intent: Mapping[str, Any]) -> list[SignedTx]:
    return [SignedTx.from_json(fields) for fields in intent["transactions"]]
