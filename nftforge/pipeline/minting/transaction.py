"""A transaction as an Effect: journaled before it is sent, seen through, and read back.

What a transaction does is told by its `details` (kind, contract, token ids, digest): plain JSON,
journaled with every signed attempt, and enough to ask the chain whether it has happened. So a
run that finds an unfinished intent, its own or that of a run killed a year ago, needs nothing
else to settle it. Unusual:

- Every attempt ever signed for the nonce stands in the journal before it is sent, so that each
  of their hashes can be watched; a replacement is a newer intent that holds all of them.
- Happened means: the chain shows it at the network's confirmation depth. If a reorganisation
  deeper than that undoes it later, the same signed bytes are sent again.
- A batch that another run minted in our place is no error: `OvertakenError` asks for a new plan.
- Nothing is signed beyond what was agreed to: `AllowanceError` asks for a new agreement. What was
  agreed stands in the intent, so that a later run may see it through, and no more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nftforge.chain.connection import Chain, Receipt
from nftforge.chain.contract import (
    describe_revert,
    minted_to,
    pending_owner,
    read_owners,
    read_state,
)
from nftforge.chain.pricing import Bill, Call, Limits, quote
from nftforge.chain.transactions import SignedTx, Timing, bump_fees, confirm, sign
from nftforge.chain.wallet import Signer
from nftforge.core.errors import (
    AllowanceError,
    FailedTransactionError,
    GuardError,
    IntentVoidError,
    NonceTakenError,
    OvertakenError,
    ServiceError,
    StuckError,
    TransactionRefusedError,
)
from nftforge.core.journal import Journal
from nftforge.core.stage import Report, finish
from nftforge.pipeline.minting.spending import (
    Allowance,
    History,
    Slot,
    Spent,
    signed_in,
    written,
)

ANY_MONEY = 1 << 200  # wei
NOT_DETAILS = ("transactions", "money")  # what an intent holds beside them


@dataclass(frozen=True)
class Caps:
    """What the collection file allows to be spent, in wei; None: no limit."""

    max_fee: int | None = None
    max_total: int | None = None  # by this collection on this network, all runs together


@dataclass(frozen=True)
class Sender:
    """Who sends, where to, within which caps, and where it is written down."""

    chain: Chain
    signer: Signer
    journal: Journal
    caps: Caps = Caps()
    timing: Timing | None = None  # None: what suits the network
    say: Callable[[str], None] = lambda text: None
    history: History | None = None  # what the chain knows of earlier payments
    allowance: Allowance | None = None  # None: nobody was asked yet

    @property
    def spent(self) -> int:
        """Wei paid so far for the contract, and what may still be taken for it."""
        return self._all_spent(written(self.journal)).wei()

    def within(self, allowance: Allowance | None) -> Sender:
        return replace(self, allowance=allowance)

    def limits(self, slot: Slot, agreed_then: int | None = 0) -> Limits:
        """What may be spent on `slot`, whatever was signed for it before.

        agreed_then: what a former run, which had asked, could spend on it.
        """
        spent, total = written(self.journal), self.caps.max_total
        left = None if total is None else total - self._all_spent(spent).wei(but=slot)
        if self.allowance:
            agreed = self.allowance.left(spent, but=slot)
        else:
            agreed = None if self.chain.network.is_rehearsal else agreed_then
        return Limits(self.caps.max_fee, left, agreed)

    def _all_spent(self, spent: Spent) -> Spent:
        if self.history is None or self.caps.max_total is None:
            return spent
        return self.history.settled(spent)


@dataclass(frozen=True)
class TransactionEffect:
    """One transaction. Without a `call` it can only be finished, not planned."""

    name: str
    sender: Sender
    details: Mapping[str, Any]
    call: Call | None = None

    def observe(self) -> Mapping[str, Any] | None:
        """What the chain shows, once it is deep enough. Raises OvertakenError, ServiceError."""
        chain = self.sender.chain
        timing = self.sender.timing or Timing.of(chain.network)
        deadline = time.monotonic() + timing.patience_s
        while happened(chain, self.details, head := chain.head()):
            settled = chain.settled(head)
            if happened(chain, self.details, settled):
                _check_recipients(chain, self.details, settled)
                return {**self.details, **self._paid()}
            if time.monotonic() > deadline:
                raise ServiceError(
                    f"{self.name} is on chain but not confirmed after {timing.patience_s:.0f} s",
                    hint="run the same command again: it goes on waiting",
                )
            time.sleep(timing.poll_s)
        return None

    def within(self, allowance: Allowance) -> TransactionEffect:
        return replace(self, sender=self.sender.within(allowance))

    def plan(self) -> Mapping[str, Any]:
        if again := self._undone():
            return again
        assert self.call is not None
        chain, signer = self.sender.chain, self.sender.signer
        nonce = chain.nonce(signer.address, chain.head())
        limits = self.sender.limits((signer.address, nonce))
        try:
            bill = quote(chain, signer.address, self.call, describe_revert, limits)
        except GuardError:
            if happened(chain, self.details, chain.head()):
                raise OvertakenError(f"{self.name}: another run did the same just now") from None
            raise
        return self._intent([sign(chain, signer, self.call, bill, nonce)], bill, limits)

    def perform(self, intent: Mapping[str, Any]) -> None:
        chain, attempts = self.sender.chain, _attempts(intent)
        if chain.network.is_rehearsal and attempts[0].nonce > chain.nonce(attempts[0].sender):
            raise IntentVoidError("the rehearsal chain was started afresh")
        if not chain.network.is_rehearsal:
            self.sender.say(
                f"{self.name}: {attempts[-1].hash}, waiting for {chain.network.confirmations} "
                f"confirmation{'s' if chain.network.confirmations > 1 else ''}"
            )
        try:
            confirm(chain, attempts, self._bump, timing=self.sender.timing)
        except FailedTransactionError as failed:
            raise IntentVoidError(str(failed), paid_wei=failed.paid_wei) from None
        except NonceTakenError as taken:
            raise IntentVoidError(str(taken), paid_wei=self._taken()) from None
        except TransactionRefusedError as final:
            raise IntentVoidError(str(final)) from None
        except StuckError:
            if self._agreement_binds():
                raise AllowanceError(f"{self.name} is not mined at the most agreed to") from None
            raise

    def _intent(self, attempts: Sequence[SignedTx], bill: Bill, limits: Limits) -> dict[str, Any]:
        """What is journaled: what it does, all that was signed for it, and what it may cost."""
        return {
            **self.details,
            "transactions": [attempt.to_json() for attempt in attempts],
            "money": {"l1_wei": bill.l1_wei, "agreed_wei": limits.agreed},
        }

    def _bump(self, tries: Sequence[SignedTx]) -> SignedTx | None:
        """Sign a replacement with higher fees and journal it with all that went before."""
        chain, signer = self.sender.chain, self.sender.signer
        limits = self._limits(tries)
        higher = bump_fees(chain, tries, limits)
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
        money = self._last_intent.get("money", {})  # journals of earlier versions have none
        slot = (tries[-1].sender, tries[-1].nonce)
        return self.sender.limits(slot, agreed_then=money.get("agreed_wei", 0))

    def _agreement_binds(self) -> bool:
        """Whether a stuck transaction could be replaced, had more been agreed to."""
        tries = _attempts(self._last_intent)
        limits = self._limits(tries)
        more = replace(limits, agreed=ANY_MONEY)
        return limits.agreed is not None and bump_fees(self.sender.chain, tries, more) is not None

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

    def _paid(self) -> dict[str, Any]:
        """Which attempt was mined and what it cost, if it was one of ours."""
        intent = self.sender.journal.last_intent(self.name)
        for attempt in reversed(_attempts(intent) if intent else []):
            receipt: Receipt | None = self.sender.chain.receipt(attempt.hash)
            if receipt:
                return {"tx": receipt.hash, "block": receipt.block, "paid_wei": receipt.paid_wei}
        return {}


def resume(sender: Sender, report: Report) -> None:
    """Settle every transaction that a former run signed and did not see through.

    Raises AllowanceError if that would cost more than was agreed to, then or now.
    """
    for name, intent in sender.journal.unfinished().items():
        report.say(f"{name}: taking up what an interrupted run began")
        details = {key: value for key, value in intent.items() if key not in NOT_DETAILS}
        effect = TransactionEffect(name, sender, details)
        try:
            finish(effect, sender.journal)
        except OvertakenError as overtaken:
            sender.journal.append(name, "void", {"why": str(overtaken)})


def happened(chain: Chain, details: Mapping[str, Any], block: int) -> bool:
    """Whether the chain shows, at `block`, what the transaction with these `details` does.

    Raises OvertakenError if something else stands in its place, for good.
    """
    address = str(details["address"])
    state = read_state(chain, address, block)
    if state is None:
        return False
    match details["kind"]:
        case "deploy":
            return True
        case "mint":
            first_id, digest = int(details["first_id"]), bytes.fromhex(str(details["directory"]))
            if state.next_id <= first_id:
                return False
            found = next((b for b in state.batches if b.first_id == first_id), None)
            ours = (len(details["pieces"]), digest, _recipients(details)[first_id])
            if not found or (found.count, found.directory, found.to) != ours:
                raise _overtaken(first_id, address)
            return True
        case "update":
            index = int(details["batch"])
            if index >= len(state.batches):
                return False  # reorganised away
            return state.batches[index].directory == bytes.fromhex(str(details["directory"]))
        case "commit":
            if any(state.provenance) and state.provenance.hex() != details["provenance"]:
                raise OvertakenError(f"{address} was committed to something else in the meantime")
            return any(state.provenance)
        case "freeze":
            return state.frozen
        case "transfer":
            to = str(details["to"]).lower()
            return to in (state.owner.lower(), pending_owner(chain, address, block).lower())
    raise GuardError(f"the journal holds a transaction of the unknown kind {details['kind']!r}")


def _recipients(details: Mapping[str, Any]) -> dict[int, str]:
    """Token id -> who receives it."""
    everyone = [who for who, count in details["to"] for _ in range(count)]
    return dict(enumerate(everyone, start=int(details["first_id"])))


def _check_recipients(chain: Chain, details: Mapping[str, Any], block: int) -> None:
    """Raises OvertakenError if an airdrop like ours, but to others, stands in its place.

    A batch names only its first recipient. Tokens may have moved on since; then the Transfer logs
    say who was given them. Where a node has none that old, `happened` has to be enough.
    """
    if details["kind"] != "mint" or len(details["to"]) == 1:
        return
    address, wanted = str(details["address"]), _recipients(details)
    owners = read_owners(chain, address, list(wanted), block)
    if owners == wanted:
        return
    try:
        given = minted_to(chain, address)
    except ServiceError:
        return
    for token_id, who in wanted.items():
        if given.get(token_id, who) != who:
            raise _overtaken(token_id, address)


def _overtaken(token_id: int, address: str) -> OvertakenError:
    return OvertakenError(
        f"token {token_id} of {address} was minted by another run in the meantime"
    )


def _attempts(intent: Mapping[str, Any]) -> list[SignedTx]:
    return [SignedTx.from_json(fields) for fields in intent["transactions"]]
