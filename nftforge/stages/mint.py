"""mint: deploy the contract if it is not there, mint what is missing, publish changed metadata.

The chain is the truth; the journal only helps to finish what a crash interrupted. Each run

    1. settles every transaction a former run signed but did not see through      (`resume`)
    2. reads the contract and finds out which piece each token is                 (`reconcile`)
    3. plans: deploy, publish changed metadata, mint the pieces not there yet     (`plan_steps`)
    4. settles each step in turn, its metadata directory pinned before            (`pipeline`)

The contract refuses any first id but its next one (`NotNextToken`), so minting twice is
impossible even with no journal. Source: the design, section 8.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nftforge.chain.contract import (
    CollectionSpec,
    CollectionState,
    Deployment,
    OnChainBatch,
    check_proxy,
    deployment_of,
    describe_revert,
    mint_batch,
    mint_transactions,
    read_state,
    read_token,
    set_directory,
)
from nftforge.chain.networks import Network
from nftforge.chain.rpc import Chain
from nftforge.chain.transactions import (
    Call,
    FailedTransactionError,
    NonceTakenError,
    SignedTx,
    quote,
    settle_transaction,
    sign,
)
from nftforge.chain.wallet import Signer
from nftforge.config import Collection
from nftforge.errors import GuardError, ServiceError
from nftforge.fingerprint import fingerprint
from nftforge.journal import Journal
from nftforge.stages.stage import IntentVoidError, Report

MAX_BATCH = 5_000  # tokens in one call: 11.3M gas measured, under 2^24 with any margin (EIP-7825)
UNCAPPED = 2**48 - 1

ReadDirectory = Callable[[bytes], Mapping[int, bytes]]
"""Digest of a metadata directory -> token id -> its JSON; empty if its blocks are not here."""


@dataclass(frozen=True)
class Site:
    """Where a collection is minted: a chain, a key, a contract address and their journal."""

    chain: Chain
    signer: Signer
    journal: Journal
    spec: CollectionSpec
    deployment: Deployment  # where a new contract would go
    address: str  # where ours is, or will be


@dataclass(frozen=True)
class Batch:
    """Tokens [first_id, first_id + len(pieces)), and the piece each of them is."""

    first_id: int
    pieces: tuple[str, ...]
    on_chain: OnChainBatch | None  # None: not minted yet

    @property
    def tokens(self) -> dict[int, str]:
        return {self.first_id + offset: piece for offset, piece in enumerate(self.pieces)}

    @property
    def label(self) -> str:
        return f"tokens-{self.first_id}-{self.first_id + len(self.pieces) - 1}"


@dataclass(frozen=True)
class Step:
    """One transaction to come, and the metadata directory to pin before it is sent."""

    effect: TransactionEffect
    why: str
    subject: str
    files: Mapping[str, bytes]
    pieces: tuple[str, ...]

    @property
    def kind(self) -> str:
        return str(self.effect.details["kind"])

    @property
    def row(self) -> dict[str, str]:
        """As `plan --json` shows it."""
        return {"stage": "mint", "subject": f"{self.kind} {self.subject}", "why": self.why}


def open_site(
    chain: Chain, signer: Signer, folder: Path, collection: Collection, contract_digest: bytes
) -> Site:
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
    return Site(chain, signer, journal, spec, deployment, address or deployment.address)


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


# --- what the chain has: which piece is each token? ---------------------------------------------


def reconcile(site: Site, state: CollectionState, read_directory: ReadDirectory) -> list[Batch]:
    """The batches on chain with the pieces they are. Source: the design, invariant 7.

    Raises GuardError if a batch is explained neither by its directory nor by the journal.
    """
    written = {
        entry.data["first_id"]: tuple(entry.data["pieces"])
        for entry in site.journal
        if entry.effect.startswith(f"mint {site.address} ") and "pieces" in entry.data
    }
    batches = []
    for found in state.batches:
        named = {i: piece_of(text) for i, text in read_directory(found.directory).items()}
        ids = range(found.first_id, found.first_id + found.count)
        pieces = tuple(named.get(token_id, "") for token_id in ids)
        if not all(pieces):
            pieces = written.get(found.first_id, ())
        if len(pieces) != found.count:
            raise GuardError(
                f"tokens {ids.start} to {ids.stop - 1} of {site.address} are minted, but neither "
                f"the blocks in .nftforge/ipfs nor the journal say which pieces they are",
                hint="restore .nftforge from the machine that minted them; nothing was sent",
            )
        batches.append(Batch(found.first_id, pieces, found))
    return batches


def piece_of(metadata: bytes) -> str:
    """The piece id that our metadata carries; empty if it is not ours."""
    try:
        return str(json.loads(metadata)["properties"]["piece"])
    except (ValueError, KeyError, TypeError):
        return ""


# --- what is to be done -------------------------------------------------------------------------


@dataclass(frozen=True)
class MintPlan:
    """What the contract has, and the transactions that would bring it up to date, in order."""

    state: CollectionState | None  # None: no contract yet
    minted: Sequence[Batch]
    steps: Sequence[Step]

    @property
    def outdated(self) -> frozenset[str]:
        """Pieces on chain whose metadata is not what we would publish now."""
        return frozenset(p for step in self.steps if step.kind == "update" for p in step.pieces)


def plan_mint(
    site: Site,
    texts: Mapping[str, bytes],
    read_directory: ReadDirectory,
    digest_of: Callable[[Mapping[str, bytes]], bytes],
    to: str,
) -> MintPlan:
    """How to bring the chain to `texts` (piece id -> metadata JSON); a pure look at the chain.

    `digest_of` gives the CID digest of a directory of files. Pieces on chain that are not in
    `texts` keep the metadata they have.
    """
    state = read_state(site.chain, site.address)
    if state is None:
        minted, steps, next_id = [], [_deploy_step(site)], 1
    else:
        minted, steps, next_id = reconcile(site, state, read_directory), [], state.next_id
    for batch in minted:
        assert batch.on_chain
        published = read_directory(batch.on_chain.directory)
        current = {i: texts.get(piece, published.get(i)) for i, piece in batch.tokens.items()}
        files = {f"{i}.json": text for i, text in current.items() if text is not None}
        digest = digest_of(files)
        if digest != batch.on_chain.directory and len(files) == len(batch.pieces):
            steps.append(_update_step(site, batch, files, digest))
    for batch in new_batches(minted, list(texts), next_id):
        files = {f"{i}.json": texts[piece] for i, piece in batch.tokens.items()}
        steps.append(_mint_step(site, batch, files, digest_of(files), to))
    return MintPlan(state, minted, steps)


def new_batches(minted: Sequence[Batch], pieces: Sequence[str], next_id: int) -> list[Batch]:
    """Those `pieces` that are in no batch yet, in their order, split so that each call fits."""
    there = {piece for batch in minted for piece in batch.pieces}
    missing = tuple(piece for piece in pieces if piece not in there)
    return [
        Batch(next_id + start, missing[start : start + MAX_BATCH], None)
        for start in range(0, len(missing), MAX_BATCH)
    ]


def _deploy_step(site: Site) -> Step:
    check_proxy(site.chain)
    details = {
        "kind": "deploy",
        "address": site.deployment.address,
        "init_code_hash": site.deployment.init_code_hash.hex(),
        "spec": spec_details(site.spec),
    }
    name = f"deploy {site.deployment.address}"
    effect = TransactionEffect(name, site.chain, site.signer, site.deployment.call, details)
    return Step(effect, "no contract there yet", "contract", {}, ())


def _mint_step(
    site: Site, batch: Batch, files: Mapping[str, bytes], digest: bytes, to: str
) -> Step:
    details = {
        "kind": "mint",
        "address": site.address,
        "first_id": batch.first_id,
        "pieces": list(batch.pieces),
        "directory": digest.hex(),
        "to": to,
    }
    call = mint_batch(site.address, to, batch.first_id, len(batch.pieces), digest)
    name = f"mint {site.address} {batch.label}"
    effect = TransactionEffect(name, site.chain, site.signer, call, details)
    return Step(effect, "not minted yet", batch.label, files, batch.pieces)


def _update_step(site: Site, batch: Batch, files: Mapping[str, bytes], digest: bytes) -> Step:
    assert batch.on_chain
    details = {
        "kind": "update",
        "address": site.address,
        "batch": batch.on_chain.index,
        "directory": digest.hex(),
    }
    call = set_directory(site.address, batch.on_chain.index, digest)
    name = f"update {site.address} {batch.label} {digest.hex()[:16]}"
    effect = TransactionEffect(name, site.chain, site.signer, call, details)
    return Step(effect, "metadata changed", batch.label, files, batch.pieces)


def spec_details(spec: CollectionSpec) -> dict[str, Any]:
    """What a deployed contract can never change, to compare a later run with it."""
    return {
        "name": spec.name,
        "symbol": spec.symbol,
        "owner": spec.owner,
        "max_supply": spec.max_supply,
        "royalty_bps": spec.royalty_bps,
    }


# --- doing it -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class TransactionEffect:
    """One transaction. `details` say what it does, in JSON; they are journaled with it."""

    name: str
    chain: Chain
    signer: Signer
    call: Call
    details: Mapping[str, Any]

    def observe(self) -> Mapping[str, Any] | None:
        return self.details if happened(self.chain, self.details) else None

    def plan(self) -> Mapping[str, Any]:
        bill = quote(self.chain, self.signer.address, self.call, describe_revert)
        nonce = self.chain.nonce(self.signer.address)
        signed = sign(self.chain, self.signer, self.call, bill, nonce)
        return {**self.details, "transaction": signed.to_json()}

    def perform(self, intent: Mapping[str, Any]) -> None:
        finish_transaction(self.chain, SignedTx.from_json(intent["transaction"]))


def happened(chain: Chain, details: Mapping[str, Any]) -> bool:
    """Whether the chain shows what the transaction with these `details` does."""
    state = read_state(chain, details["address"])
    if state is None:
        return False
    match details["kind"]:
        case "deploy":
            return True
        case "mint":
            return state.next_id > int(details["first_id"])
        case "update":
            found = state.batches[int(details["batch"])]
            return found.directory == bytes.fromhex(str(details["directory"]))
    raise GuardError(f"the journal holds a transaction of the unknown kind {details['kind']!r}")


def finish_transaction(chain: Chain, signed: SignedTx) -> None:
    """See a signed transaction through. Raises IntentVoidError if it can never be mined."""
    if chain.network.is_rehearsal and signed.nonce > chain.nonce(signed.sender):
        raise IntentVoidError("the rehearsal chain was started afresh")
    try:
        settle_transaction(chain, signed)
    except (NonceTakenError, FailedTransactionError) as final:
        raise IntentVoidError(str(final)) from None


def resume(site: Site, report: Report) -> None:
    """Settle every transaction that a former run signed and did not see through."""
    for name, intent in site.journal.unfinished().items():
        report.say(f"{name}: taking up what an interrupted run began")
        details = {key: value for key, value in intent.items() if key != "transaction"}
        try:
            if not happened(site.chain, details):
                finish_transaction(site.chain, SignedTx.from_json(intent["transaction"]))
        except IntentVoidError as void:
            site.journal.append(name, "void", {"why": str(void)})
        else:
            site.journal.append(name, "outcome", details)


# --- what came of it ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Token:
    """One piece on chain."""

    token_id: int
    owner: str
    uri: str
    tx: str | None
    current: bool  # the chain names the metadata we would publish now
    cached: bool  # nothing was sent for it in this run
    planned: bool = False  # not on chain: what a run would make of it


@dataclass(frozen=True)
class Ledger:
    """What the chain says of the collection."""

    address: str
    deployed: bool
    tokens: Mapping[str, Token]  # by piece id


def read_ledger(site: Site, plan: MintPlan, sent: Sequence[Step]) -> Ledger:
    """Every minted piece with its owner and URI, read from the chain after `sent` was sent."""
    touched = {piece for step in sent for piece in step.pieces}
    hashes = _transaction_hashes(site)
    tokens = {}
    for batch in plan.minted:
        for token_id, piece in batch.tokens.items():
            owner, uri = read_token(site.chain, site.address, token_id)
            current, cached = piece not in plan.outdated, piece not in touched
            tokens[piece] = Token(token_id, owner, uri, hashes.get(token_id), current, cached)
    return Ledger(site.address, plan.state is not None, tokens)


def _transaction_hashes(site: Site) -> Mapping[int, str]:
    """Token id -> hash of the transaction that minted it: from the journal, else from the logs."""
    written = {
        entry.data["first_id"] + offset: str(entry.data["transaction"]["hash"])
        for entry in site.journal
        if entry.event == "intent" and entry.effect.startswith(f"mint {site.address} ")
        for offset in range(len(entry.data["pieces"]))
    }
    if site.chain.network.is_rehearsal or not written:
        try:
            return mint_transactions(site.chain, site.address)
        except ServiceError:  # many public nodes refuse logs this far back
            return written
    return written
