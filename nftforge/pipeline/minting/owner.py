"""What the owner does with a contract that is there: freeze it, hand it over, show its source."""

from __future__ import annotations

from nftforge.chain.contract import CollectionState, freeze, read_state, transfer_ownership
from nftforge.chain.explorers import ContractSource, source_of
from nftforge.chain.transactions import SignedTx, unsign
from nftforge.core.errors import GuardError
from nftforge.pipeline.minting.session import Site, Step, check_identity
from nftforge.pipeline.minting.transaction import TransactionEffect

SALT_BYTES = 32  # what the CREATE2 proxy takes before the init code


def freeze_step(site: Site) -> Step:
    """Metadata can never change again. Raises GuardError if there is no contract of ours."""
    _owned(site)
    details = {"kind": "freeze", "address": site.address}
    effect = TransactionEffect(f"freeze {site.address}", site.sender, details, freeze(site.address))
    return Step(effect, "for ever", "metadata", {}, ())


def transfer_step(site: Site, to: str) -> Step:
    """Offer the contract to `to`, who has to accept it. Raises GuardError if it is not ours."""
    _owned(site)
    details = {"kind": "transfer", "address": site.address, "to": to}
    call = transfer_ownership(site.address, to)
    effect = TransactionEffect(f"transfer {site.address} {to}", site.sender, details, call)
    return Step(effect, f"to {to}, who has to accept it", "ownership", {}, ())


def deployed_source(site: Site) -> ContractSource:
    """What a source service needs. Raises GuardError if the contract is not there or not ours."""
    _deployed(site)
    name = f"deploy {site.address}"
    intent, outcome = site.journal.last_intent(name), site.journal.outcome(name)
    creation = b""
    if intent:
        creation = unsign(SignedTx.from_json(intent["transactions"][0]))[0].data[SALT_BYTES:]
    elif site.address == site.deployment.address:
        creation = site.deployment.call.data[SALT_BYTES:]
    return source_of(site.chain.chain_id, site.address, creation, (outcome or {}).get("tx"))


def _owned(site: Site) -> None:
    state = _deployed(site)
    check_identity(site, state)
    if state.owner.lower() != site.signer.address.lower():
        raise GuardError(
            f"{site.address} belongs to {state.owner}, this key is {site.signer.address}",
            hint="use the owner's key; nothing was sent",
        )


def _deployed(site: Site) -> CollectionState:
    state = read_state(site.chain, site.address)
    if state is None:
        raise GuardError(
            f"there is no contract at {site.address} on {site.chain.network.name}",
            hint="`nftforge run` deploys it",
        )
    return state
