"""What the owner does with a contract that is there: freeze it, hand it over, show its source."""

from __future__ import annotations

from nftforge.chain.contract import (
    CollectionState,
    freeze,
    known_at,
    read_state,
    transfer_ownership,
)
from nftforge.chain.explorers import ContractSource, source_of
from nftforge.chain.transactions import SignedTx, unsign
from nftforge.core.errors import GuardError
from nftforge.pipeline.minting.identity import check_identity
from nftforge.pipeline.minting.session import Session, Step
from nftforge.pipeline.minting.transaction import TransactionEffect

SALT_BYTES = 32  # what the CREATE2 proxy takes before the init code


def freeze_step(session: Session) -> Step:
    """Metadata can never change again. Raises GuardError if there is no contract of ours."""
    _owned(session).known.check("freeze", session.address)
    details = {"kind": "freeze", "address": session.address}
    effect = TransactionEffect(
        f"freeze {session.address}", session.sender, details, freeze(session.address)
    )
    return Step(effect, "for ever", "metadata", {}, ())


def transfer_step(session: Session, to: str) -> Step:
    """Offer the contract to `to`, who has to accept it. Raises GuardError if it is not ours."""
    _owned(session)
    details = {"kind": "transfer", "address": session.address, "to": to}
    call = transfer_ownership(session.address, to)
    effect = TransactionEffect(f"transfer {session.address} {to}", session.sender, details, call)
    return Step(effect, f"to {to}, who has to accept it", "ownership", {}, ())


def deployed_source(session: Session) -> ContractSource:
    """What a source service needs. Raises GuardError if the contract is not there or not ours."""
    _deployed(session)
    name = f"deploy {session.address}"
    intent, outcome = session.journal.last_intent(name), session.journal.outcome(name)
    creation = b""
    if intent:
        creation = unsign(SignedTx.from_json(intent["transactions"][0]))[0].data[SALT_BYTES:]
    elif session.address == session.deployment.address:
        creation = session.deployment.call.data[SALT_BYTES:]
    known, tx = known_at(session.chain, session.address), (outcome or {}).get("tx")
    return source_of(known, session.chain.chain_id, session.address, creation, tx)


def _owned(session: Session) -> CollectionState:
    state = _deployed(session)
    check_identity(session.address, session.spec, state)
    if state.owner.lower() != session.signer.address.lower():
        raise GuardError(
            f"{session.address} belongs to {state.owner}, this key is {session.signer.address}",
            hint="use the owner's key; nothing was sent",
        )
    return state


def _deployed(session: Session) -> CollectionState:
    state = read_state(session.chain, session.address)
    if state is None:
        raise GuardError(
            f"there is no contract at {session.address} on {session.chain.network.name}",
            hint="`nftforge run` deploys it",
        )
    return state
