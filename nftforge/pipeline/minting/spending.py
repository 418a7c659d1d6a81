"""What was paid, what may still be taken, and what was agreed to.

A signature is a promise to pay: until its nonce is consumed, whoever has the bytes may have them
mined. So a transaction counts from the moment it is signed, with its gas at its highest price; once
it is mined, with what the receipt says, reverted or not. Attempts for one nonce count once, with
the dearest, for the chain takes one of them.

The journal says what this machine signed. What it cannot say, because it was lost or because
another machine sent, the chain does (`History`); the two are united by the transactions' hashes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from nftforge.chain.connection import Chain
from nftforge.chain.contract import transactions_about
from nftforge.chain.transactions import SignedTx, unsign
from nftforge.core.errors import ContradictionError, ServiceError
from nftforge.core.journal import JournalEntry

Slot = tuple[str, int]  # (account, nonce): the chain takes one transaction for each


@dataclass(frozen=True)
class Signed:
    """What was signed for one slot, one of which may still be mined."""

    hashes: frozenset[str]
    wei: int  # at most

    def also(self, other: Signed) -> Signed:
        return Signed(self.hashes | other.hashes, max(self.wei, other.wei))


@dataclass(frozen=True)
class Spent:
    """What a journal says of money."""

    paid: Mapping[str, int]  # transaction -> wei; a reverted one by what it was for
    signed: Mapping[Slot, Signed]  # not known to be mined, nor that it cannot be

    def without(self, slots: Iterable[Slot]) -> Spent:
        """But for what was signed for `slots`."""
        left_out = set(slots)
        signed = {slot: each for slot, each in self.signed.items() if slot not in left_out}
        return Spent(self.paid, signed)

    def wei(self, but: Slot | None = None) -> int:
        """At most; without what was signed for the slot `but`."""
        return sum(self.paid.values()) + sum(
            signed.wei for slot, signed in self.signed.items() if slot != but
        )


def written(journal: Iterable[JournalEntry]) -> Spent:
    """Everything in the journal that was paid or may be."""
    paid: dict[str, int] = {}
    signed: dict[Slot, Signed] = {}
    slots: dict[str, Slot] = {}  # effect -> that of its newest intent
    for number, entry in enumerate(journal):
        if entry.event == "intent":
            slot, may_be = signed_in(entry.data)
            slots[entry.effect] = slot
            signed[slot] = may_be.also(signed[slot]) if slot in signed else may_be
        elif "paid_wei" in entry.data:
            paid[entry.data.get("tx", f"{entry.effect} {number}")] = int(entry.data["paid_wei"])
            if entry.effect in slots:
                signed.pop(slots[entry.effect], None)
    return Spent(paid, signed)


def signed_in(intent: Mapping[str, Any]) -> tuple[Slot, Signed]:
    attempts = [SignedTx.from_json(fields) for fields in intent["transactions"]]
    bills = [unsign(attempt)[1] for attempt in attempts]
    l1_wei = int(intent.get("money", {}).get("l1_wei", 0))
    signed = Signed(
        frozenset(attempt.hash for attempt in attempts), max(bill.wei for bill in bills) + l1_wei
    )
    return (attempts[-1].sender, attempts[-1].nonce), signed


@dataclass(frozen=True)
class Allowance:
    """What was agreed to: so many wei beside what was spent before. None: no limit."""

    wei: int | None
    before: Spent = Spent({}, {})
    gas: Mapping[str, int] = field(
        default_factory=dict
    )  # measured for the bill, by kind and subject

    def left(self, spent: Spent, but: Slot | None = None) -> int | None:
        return None if self.wei is None else self.wei - self.used(spent, but)

    def used(self, spent: Spent, but: Slot | None = None) -> int:
        """Of `spent`, what is paid since, or was signed since and may still be taken."""
        return sum(wei for name, wei in spent.paid.items() if name not in self.before.paid) + sum(
            signed.wei
            for slot, signed in spent.signed.items()
            if slot != but and self.before.signed.get(slot) != signed
        )


@dataclass(frozen=True)
class History:
    """What the chain says `account` paid for the contract at `address`; asked once, if at all.

    Reverted transactions leave no trace that can be searched for: only a journal has them.
    """

    chain: Chain
    address: str
    account: str
    say: Callable[[str], None] = field(default=lambda text: None, compare=False)

    @cached_property
    def paid(self) -> Mapping[str, int]:
        """Transaction -> wei."""
        try:
            hashes = transactions_about(self.chain, self.address)
        except ContradictionError:
            raise
        except ServiceError as refused:
            self.say(
                f"max_total_eth: {refused.fact}; only what the journal on this machine says is "
                f"counted: a lower bound, if other machines sent too or a journal was lost"
            )
            return {}
        receipts = (self.chain.receipt(each) for each in hashes)
        return {
            found.hash: found.paid_wei
            for found in receipts
            if found and found.sender.lower() == self.account.lower()
        }

    def settled(self, spent: Spent) -> Spent:
        """`spent` and what the chain knows; what was signed for nonces long gone, looked up."""
        paid, signed = {**self.paid, **spent.paid}, {}
        for slot, may_be in spent.signed.items():
            if not self._consumed(slot):
                signed[slot] = may_be
            else:
                found = (self.chain.receipt(each) for each in may_be.hashes)
                paid |= {receipt.hash: receipt.paid_wei for receipt in found if receipt}
        return Spent(paid, signed)

    def _consumed(self, slot: Slot) -> bool:
        account, nonce = slot
        return self.chain.nonce(account, self.chain.settled(self.chain.head())) > nonce
