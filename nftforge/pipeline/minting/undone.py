"""What the journal calls done and a chain may have undone; and giving up what is not done yet.

A reorganisation deeper than the confirmation depth takes transactions away that were confirmed. The
nonce tells: the chain's for the sender is then lower than one that it had consumed. Whatever has a
later nonce can never be mined before the earlier ones are there again, however much it bids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nftforge.core.journal import Journal

NOT_DETAILS = ("transactions", "money")  # what an intent holds beside them


@dataclass(frozen=True)
class Written:
    """An intent in the journal, with every attempt signed for its nonce."""

    name: str
    intent: Mapping[str, Any]
    reverted: bool = False

    @property
    def nonce(self) -> int:
        return int(self.intent["transactions"][0]["nonce"])

    @property
    def kind(self) -> str:
        return str(self.intent["kind"])

    @property
    def details(self) -> dict[str, Any]:
        return {key: value for key, value in self.intent.items() if key not in NOT_DETAILS}


def mined_before(journal: Journal, sender: str) -> dict[int, Written]:
    """Nonce -> what the chain mined there, by the journal: it succeeded, or reverted."""
    intents: dict[str, Written] = {}
    mined: dict[int, Written] = {}
    for entry in journal:
        if entry.event == "intent":
            intents[entry.effect] = Written(entry.effect, entry.data)
            continue
        intent = intents.get(entry.effect)
        if intent is None or intent.intent["transactions"][0]["sender"] != sender:
            continue
        hashes = [attempt["hash"] for attempt in intent.intent["transactions"]]
        reverted = entry.event == "void" and "paid_wei" in entry.data
        if reverted or (entry.event == "outcome" and entry.data.get("tx") in hashes):
            mined[intent.nonce] = Written(intent.name, intent.intent, reverted)
        elif entry.event == "void" and mined.get(intent.nonce, intent).name == intent.name:
            mined.pop(intent.nonce, None)  # sent again, and given up then
    return mined


def to_send_again(mined: Mapping[int, Written], consumed: int, below: int | None) -> list[Written]:
    """What to send again on a chain that has `consumed` nonces, in their order.

    As far as they follow one another: a nonce that is not ours has to come from elsewhere. What
    reverted is only sent to fill a gap, below the nonce `below` or before something that did not.
    """
    found: list[Written] = []
    while (below is None or consumed < below) and consumed in mined:
        found.append(mined[consumed])
        consumed += 1
    while found and found[-1].reverted and found[-1].nonce + 1 != below:
        found.pop()
    return found


def pending(journal: Journal) -> list[Written]:
    """What was signed and not seen through, in the order of nonces."""
    rows = [Written(name, intent) for name, intent in journal.unfinished().items()]
    return sorted(rows, key=lambda row: row.nonce)


def in_words(given_up: Written) -> str:
    """What it means that this is given up: it is signed, and cannot be unsigned."""
    last, details = given_up.intent["transactions"][-1], given_up.details
    if_mined = {
        "update": f"then batch {details.get('batch')} shows that metadata again: run once more",
        "freeze": "then the metadata is frozen for ever",
        "transfer": f"then the contract is offered to {details.get('to')}",
        "give": f"then token {details.get('token_id')} is {details.get('to')}'s",
        "accept": f"then token {details.get('token_id')} is sold for that offer",
        "validate": "then what it lists can be bought: `nftforge listings`",
    }.get(details["kind"], "the contract refuses doubles, so that it would cost gas and do nothing")
    return (
        f"{given_up.name}: given up. {last['hash']} (nonce {last['nonce']}) may still be mined by "
        f"whoever has it; {if_mined}. The next transaction takes the free nonce, and may have to "
        "outbid it"
    )
