"""Where a collection is minted: the chain, the contract on it and who sends; and a step there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nftforge.chain.connection import Chain
from nftforge.chain.contract import CollectionSpec, CollectionState, Deployment, deployment_of
from nftforge.chain.networks import Network
from nftforge.chain.pricing import Call
from nftforge.chain.wallet import Signer
from nftforge.config.models import Collection
from nftforge.core.errors import GuardError
from nftforge.core.fingerprint import fingerprint
from nftforge.core.journal import Journal
from nftforge.pipeline.minting.spending import History
from nftforge.pipeline.minting.transaction import Caps, Sender, TransactionEffect

UNCAPPED = 2**48 - 1


@dataclass(frozen=True)
class Session:
    """Where a collection is minted: who sends, and the contract."""

    sender: Sender
    spec: CollectionSpec
    deployment: Deployment  # where a new contract would go
    address: str  # where ours is, or will be

    @property
    def chain(self) -> Chain:
        return self.sender.chain

    @property
    def journal(self) -> Journal:
        return self.sender.journal

    @property
    def signer(self) -> Signer:
        return self.sender.signer


@dataclass(frozen=True)
class Step:
    """One transaction to come, and the metadata directory to pin before it is sent."""

    effect: TransactionEffect
    why: str
    subject: str
    files: Mapping[str, bytes]
    pieces: tuple[str, ...]
    to: tuple[str, ...] = ()  # who receives each piece, if they are minted

    @property
    def call(self) -> Call:
        assert self.effect.call
        return self.effect.call

    @property
    def kind(self) -> str:
        return str(self.effect.details["kind"])

    @property
    def row(self) -> dict[str, str]:
        """As `plan --json` shows it."""
        return {"stage": "mint", "subject": f"{self.kind} {self.subject}", "why": self.why}


def session_on(
    chain: Chain,
    signer: Signer,
    folder: Path,
    collection: Collection,
    contract_digest: bytes,
    say: Callable[[str], None],
) -> Session:
    """Find our contract: the one in the file, else the one in the journal, else a new one.

    Raises GuardError if a deployed contract on a public network differs from the file.
    """
    journal = open_journal(chain, folder)
    spec = CollectionSpec(
        name=collection.name,
        symbol=collection.symbol,
        owner=signer.address,
        max_supply=collection.contract.max_supply or UNCAPPED,
        royalty_bps=round(collection.contract.royalty_percent * 100),
        contract_directory=contract_digest,
    )
    salt = fingerprint("collection", collection.name, collection.symbol)
    deployment = deployment_of(spec, bytes.fromhex(salt), chain.chain_id)
    address = collection.contract.address or _journaled_address(chain.network, journal, spec)
    place = address or deployment.address
    history = History(chain, place, signer.address, say)
    sender = Sender(chain, signer, journal, _caps(collection), say=say, history=history)
    return Session(sender, spec, deployment, place)


def _caps(collection: Collection) -> Caps:
    mint = collection.mint
    return Caps(
        None if mint.max_fee_gwei is None else round(mint.max_fee_gwei * 1e9),
        None if mint.max_total_eth is None else round(mint.max_total_eth * 1e18),
    )


def open_journal(chain: Chain, folder: Path) -> Journal:
    """The journal of this chain. A local chain that was started afresh gets a new one."""
    path = folder / f"{chain.network.name}.jsonl"
    header = {"journal": "mint", "chain_id": chain.chain_id, "genesis": chain.genesis_hash}
    if chain.network.kind == "dev" and path.exists():
        try:
            return Journal(path, header)
        except GuardError:
            path.replace(path.with_suffix(f".{path.stat().st_mtime_ns}.old"))
    return Journal(path, header)


def _journaled_address(network: Network, journal: Journal, spec: CollectionSpec) -> str | None:
    deployed = [entry.data for entry in journal if entry.effect.startswith("deploy ")]
    if not deployed or "spec" not in deployed[-1]:
        return None
    address, then, now = deployed[-1]["address"], deployed[-1]["spec"], spec_details(spec)
    changed = [
        f"{key} was {then.get(key)}, is {now[key]}" for key in now if then.get(key) != now[key]
    ]
    if not changed:
        return str(address)
    if network.is_rehearsal:
        return None  # a rehearsal: the changed collection gets a contract of its own
    raise GuardError(
        f"the contract {address} on {network.name} is deployed and cannot change: "
        + "; ".join(changed),
        hint="put the old values back, or copy the collection to a new folder to start another one",
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


def check_identity(session: Session, state: CollectionState | None) -> None:
    """Two collections aimed at one contract must not mix their tokens."""
    if state is None or (state.name, state.symbol) == (session.spec.name, session.spec.symbol):
        return
    raise GuardError(
        f"the contract at {session.address} is the collection {state.name!r} ({state.symbol}), "
        f"this file is {session.spec.name!r} ({session.spec.symbol})",
        hint="check `contract: {address: ...}`; nothing was sent",
    )
