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
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nftforge.chain.connection import Chain, Receipt
from nftforge.chain.contract import (
    describe_revert,
    minted_to,
    pending_owner,
    read_owners,
    read_state,
)
from nftforge.chain.pricing import Call, Limits, quote
from nftforge.chain.transactions import SignedTx, Timing, bump_fees, confirm, sign
from nftforge.chain.wallet import Signer
from nftforge.core.errors import (
    FailedTransactionError,
    GuardError,
    IntentVoidError,
    NonceTakenError,
    OvertakenError,
    ServiceError,
    TransactionRefusedError,
)
from nftforge.core.journal import Journal
from nftforge.core.stage import Report, finish


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

    @property
    def spent(self) -> int:
        """Wei paid so far for everything in the journal."""
        return sum(int(entry.data.get("paid_wei", 0)) for entry in self.journal)

    @property
    def limits(self) -> Limits:
        left = None if self.caps.max_total is None else self.caps.max_total - self.spent
        return Limits(self.caps.max_fee, left)


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

    def plan(self) -> Mapping[str, Any]:
        if again := self._undone():
            return again
        assert self.call is not None
        chain, signer = self.sender.chain, self.sender.signer
        try:
            bill = quote(chain, signer.address, self.call, describe_revert, self.sender.limits)
        except GuardError:
            if happened(chain, self.details, chain.head()):
                raise OvertakenError(f"{self.name}: another run did the same just now") from None
            raise
        nonce = chain.nonce(signer.address, chain.head())
        signed = sign(chain, signer, self.call, bill, nonce)
        return {**self.details, "transactions": [signed.to_json()]}

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
        except (NonceTakenError, TransactionRefusedError) as final:
            raise IntentVoidError(str(final)) from None

    def _bump(self, tries: Sequence[SignedTx]) -> SignedTx | None:
        """Sign a replacement with higher fees and journal it with all that went before."""
        chain, signer = self.sender.chain, self.sender.signer
        higher = bump_fees(chain, tries, self.sender.limits)
        if higher is None or signer.address != tries[-1].sender:
            return None
        signed = sign(chain, signer, *higher, tries[-1].nonce)
        written = {"transactions": [attempt.to_json() for attempt in (*tries, signed)]}
        self.sender.journal.append(self.name, "intent", {**self.details, **written})
        self.sender.say(
            f"{self.name}: not mined yet, sent again as {signed.hash} for up to "
            f"{higher[1].max_fee / 1e9:.3f} gwei"
        )
        return signed

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
    """Settle every transaction that a former run signed and did not see through."""
    for name, intent in sender.journal.unfinished().items():
        report.say(f"{name}: taking up what an interrupted run began")
        details = {key: value for key, value in intent.items() if key != "transactions"}
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
