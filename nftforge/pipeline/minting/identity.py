"""Which contract is this collection's, and that the file still says what it was deployed with.

Name, symbol, royalty and supply of a deployed contract can never change. A file that says
otherwise would get a second contract and its tokens a second time: it is refused at once, in
rehearsals with the same words as where it costs money. The contract is the one that the file names,
else the one in the journal, else the one in the lock file. With all of them lost, what the signer
deployed before is looked for on the chain (`refuse_second_contract`), as far as a node lets us.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nftforge.chain.connection import Chain
from nftforge.chain.contract import (
    CollectionSpec,
    CollectionState,
    deployed_by,
    read_spec,
    read_state,
)
from nftforge.chain.networks import Network
from nftforge.config.models import Contract
from nftforge.core.errors import ContradictionError, GuardError, ServiceError
from nftforge.core.journal import Journal


def our_contract(
    chain: Chain,
    section: Contract,
    journal: Journal,
    locked: Sequence[str],
    spec: CollectionSpec,
    new: str,
) -> str:
    """The address of ours, `new` if there is none yet. Raises GuardError if the file differs."""
    if section.address:
        if chain.code(section.address):
            _check_terms(chain, section, journal, spec)
        return section.address
    written = [entry for entry in journal if entry.effect.startswith("deploy ")]
    if written and "spec" in written[-1].data:
        address, then = str(written[-1].data["address"]), written[-1].data["spec"]
        under_way = journal.pending(written[-1].effect) is not None
        if under_way or then == spec_details(spec) or chain.code(address):
            _check(chain, address, journal, then, spec)
            return address
    there = [address for address in locked if chain.code(address)]
    if new in there or not there:
        _check_network(chain, [] if new in there else locked)
        return new
    for address in there:
        if not _changes(spec_details(read_spec(chain, address)), spec):
            return address
    _check(chain, there[-1], journal, spec_details(read_spec(chain, there[-1])), spec)
    return there[-1]


def refuse_second_contract(
    chain: Chain,
    signer: str,
    spec: CollectionSpec,
    journal: Journal,
    say: Callable[[str], None],
) -> None:
    """Before a contract is deployed: is this collection's there, though nothing here knows of it?

    One is taken for it that has the same name and symbol and has tokens; in a chain of this
    folder's own, any that has tokens. Raises GuardError naming it.
    """
    try:
        found = deployed_by(chain, signer)
    except ContradictionError:
        raise
    except ServiceError as refused:  # many public nodes do not search this far back
        say(
            f"{chain.where} does not say what {signer} deployed before "
            f"({refused.fact}); if this collection is deployed, name it: "
            "`contract: {address: 0x...}`"
        )
        return
    own_chain = chain.network.kind == "embedded"
    for address in found:
        state, then = read_state(chain, address), read_spec(chain, address)
        ours = (then.name, then.symbol) == (spec.name, spec.symbol)
        if state is None or state.next_id == 1 or not (ours or own_chain):
            continue
        changed = _changes(spec_details(then), spec) or ["its description or links"]
        raise _cannot_change(address, chain.network, journal, changed)


def check_identity(address: str, spec: CollectionSpec, state: CollectionState | None) -> None:
    """Two collections aimed at one contract must not mix their tokens."""
    if state is None or (state.name, state.symbol) == (spec.name, spec.symbol):
        return
    raise GuardError(
        f"the contract at {address} is the collection {state.name!r} ({state.symbol}), "
        f"this file is {spec.name!r} ({spec.symbol})",
        hint="check `contract: {address: ...}`; nothing was sent",
    )


def spec_details(spec: CollectionSpec) -> dict[str, Any]:
    """What a deployed contract can never change, to compare a later run with it."""
    return {
        "name": spec.name,
        "symbol": spec.symbol,
        "owner": spec.owner,
        "max_supply": spec.max_supply,
        "royalty_bps": spec.royalty_bps,
    }


def _check(
    chain: Chain, address: str, journal: Journal, then: Mapping[str, Any], spec: CollectionSpec
) -> None:
    changed = _changes(then, spec)
    if changed and then.get("owner") != spec.owner and chain.code(address):
        changed = _changes({**then, "owner": read_spec(chain, address).owner}, spec)  # handed over
    if changed:
        raise _cannot_change(address, chain.network, journal, changed)


def _check_terms(chain: Chain, section: Contract, journal: Journal, spec: CollectionSpec) -> None:
    """Of a contract that the file names, what it says besides."""
    said = {"royalty_percent": "royalty_bps", "max_supply": "max_supply"}
    there = {key for name, key in said.items() if name in section.model_fields_set}
    if not there:
        return
    found = spec_details(read_spec(chain, str(section.address)))
    then = {**spec_details(spec), **{key: found[key] for key in there}}
    if changed := _changes(then, spec):
        raise _cannot_change(str(section.address), chain.network, journal, changed)


def _changes(then: Mapping[str, Any], spec: CollectionSpec) -> list[str]:
    now = spec_details(spec)
    return [f"{key} was {then.get(key)}, is {now[key]}" for key in now if then.get(key) != now[key]]


def _cannot_change(
    address: str, network: Network, journal: Journal, changed: Sequence[str]
) -> GuardError:
    chain = journal.path.parent.with_name("chain")
    anew = {
        "embedded": f"; or begin this rehearsal anew: delete {chain}",
        "dev": "; or begin this rehearsal anew: start the node afresh",
    }
    return GuardError(
        f"the contract {address} on {network.name} is deployed and cannot change: "
        + "; ".join(changed),
        hint="put the old values back, or copy the collection, without its lock file, to a new "
        f"folder to start another one{anew.get(network.kind, '')}",
    )


def _check_network(chain: Chain, locked: Sequence[str]) -> None:
    """A public network that lacks a contract of ours is another chain, or behind."""
    if locked and not chain.network.is_rehearsal:
        raise GuardError(
            f"by the lock file the tokens are at {locked[-1]} on {chain.network.name}, and "
            f"{chain.where} has no contract there",
            hint="ask another node; if the lines are wrong, take them out of the lock file",
        )
