"""Where a collection is minted: the chain, the contract on it and who sends; and a step there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nftforge.chain.connection import Chain
from nftforge.chain.contract import CollectionSpec, Deployment, deployments_of, standing
from nftforge.chain.pricing import Call
from nftforge.chain.wallet import Signer
from nftforge.config.models import Collection
from nftforge.config.pieces_lock import PiecesLock
from nftforge.core.errors import GuardError
from nftforge.core.fingerprint import fingerprint
from nftforge.core.journal import Journal
from nftforge.pipeline.minting.identity import our_contract
from nftforge.pipeline.minting.sender import Caps, Progress, Sender
from nftforge.pipeline.minting.spending import History
from nftforge.pipeline.minting.transaction import TransactionEffect
from nftforge.pipeline.minting.written import check_entries

UNCAPPED = 2**48 - 1


@dataclass(frozen=True)
class Session:
    """Where a collection is minted: who sends, and the contract."""

    sender: Sender
    spec: CollectionSpec
    deployment: Deployment  # of the version at `address`, or where a new contract would go
    address: str  # where ours is, or will be
    pieces: Mapping[int, str] = field(default_factory=dict)  # token id -> piece, by the lock file
    lock: PiecesLock = field(default_factory=lambda: PiecesLock(Path()))

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
    gas: int = 0  # where no node can estimate it yet

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
    lock: PiecesLock,
    say: Callable[[str], None],
    give_up: bool = False,
    progress: Progress = lambda task, done, total, note: None,
) -> Session:
    """Find our contract: the one in the file, else in the journal or the lock, else a new one.

    Raises GuardError if it is deployed and differs from the file.
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
    deployments = deployments_of(spec, bytes.fromhex(salt), chain.chain_id)
    locked, new = lock.contracts(chain.chain_id), standing(chain, deployments).address
    address = our_contract(chain, collection.contract, journal, locked, spec, new)
    deployment = next((each for each in deployments if each.address == address), deployments[0])
    pieces = {token_id: row.id for token_id, row in lock.at(chain.chain_id, address).items()}
    history = History(chain, address, signer.address, say)
    caps = _caps(collection)
    sender = Sender(
        chain, signer, journal, caps, say=say, progress=progress, history=history, give_up=give_up
    )
    return Session(sender, spec, deployment, address, pieces, lock)


def _caps(collection: Collection) -> Caps:
    mint = collection.mint
    return Caps(
        None if mint.max_fee_gwei is None else round(mint.max_fee_gwei * 1e9),
        None if mint.max_total_eth is None else round(mint.max_total_eth * 1e18),
    )


def open_journal(chain: Chain, folder: Path) -> Journal:
    """The journal of this chain's transactions. Raises GuardError."""
    path = folder / f"{chain.network.name}.jsonl"
    return chain_journal(chain, path, "mint", check_entries)


def chain_journal(
    chain: Chain, path: Path, kind: str, check: Callable[[Journal], None] = lambda journal: None
) -> Journal:
    """A journal of this chain. A local chain that was started afresh gets a new one."""
    header = {"journal": kind, "chain_id": chain.chain_id, "genesis": chain.genesis_hash}
    if chain.network.kind == "dev" and path.exists():
        try:
            return _read(path, header, check)
        except GuardError:
            path.replace(path.with_suffix(f".{path.stat().st_mtime_ns}.old"))
    return _read(path, header, check)


def _read(path: Path, header: Mapping[str, Any], check: Callable[[Journal], None]) -> Journal:
    journal = Journal(path, header)
    check(journal)
    return journal
