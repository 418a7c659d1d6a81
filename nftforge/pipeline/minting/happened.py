"""Whether a chain shows what a transaction does, told from its `details` alone: plain JSON.

The same look serves before a transaction is sent, after it, and a year later on another machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nftforge.chain.connection import Chain
from nftforge.chain.contract import (
    minted_to,
    pending_owner,
    read_owners,
    read_state,
)
from nftforge.core.errors import (
    GuardError,
    OvertakenError,
    ServiceError,
)
from nftforge.pipeline.minting import trades


def happened(chain: Chain, details: Mapping[str, Any], block: int) -> bool:
    """Whether the chain shows, at `block`, what the transaction with these `details` does.

    Raises OvertakenError if something else stands in its place, for good.
    """
    if details["kind"] in trades.KINDS:
        return trades.happened(chain, details, block)
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


def check_recipients(chain: Chain, details: Mapping[str, Any], block: int) -> None:
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
