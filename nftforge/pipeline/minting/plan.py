"""mint: deploy the contract if it is not there, mint what is missing, publish changed metadata.

The chain is the truth; the journal only helps to finish what a crash interrupted. Each run

    1. settles every transaction a former run signed, and did not see through
                                                                      (`transaction.resume`)
    2. reads the contract and finds out which piece each token is                 (`reconcile`)
    3. plans: deploy, publish changed metadata, mint the pieces not there yet      (`plan_mint`)
    4. settles each step in turn, its metadata directory pinned before             (`minting`)

The contract refuses any first id but its next one (`NotNextToken`), so minting twice is
impossible even with no journal. What else must hold: docs/adr/0003-minting-exactly-once.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from nftforge.chain.connection import Chain, Receipt
from nftforge.chain.contract import (
    CollectionState,
    OnChainBatch,
    check_proxy,
    fits_one_call,
    mint_call,
    mint_transactions,
    read_state,
    read_tokens,
    set_directory,
)
from nftforge.config.pieces_lock import FIRST
from nftforge.core.errors import GuardError, ServiceError, UnknownTokensError
from nftforge.core.fingerprint import Value, fingerprint
from nftforge.core.token_json import fields_of, properties_of
from nftforge.pipeline.directories import Directories
from nftforge.pipeline.minting.identity import check_identity, spec_details
from nftforge.pipeline.minting.session import Session, Step
from nftforge.pipeline.minting.transaction import TransactionEffect


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


# --- what the chain has: which piece is each token? ---------------------------------------------


def reconcile(
    session: Session,
    state: CollectionState,
    texts: Mapping[str, bytes],
    directories: Directories,
) -> list[Batch]:
    """The batches on chain with the pieces they are; nothing is planned before all are explained.

    A batch is explained by its directory, by the journal, by being what we would mint now (a
    second machine, or a lost work folder), or by the lock file. Raises UnknownTokensError if not.
    """
    written = {
        (entry.data["first_id"], entry.data["directory"]): tuple(entry.data["pieces"])
        for entry in session.journal
        if entry.effect.startswith(f"mint {session.address} ") and "pieces" in entry.data
    }
    left = list(texts)
    batches = []
    for found in state.batches:
        named = {i: piece_of(text) for i, text in directories.read(found.directory).items()}
        ids = range(found.first_id, found.first_id + found.count)
        pieces = tuple(named.get(token_id, "") for token_id in ids)
        if not all(pieces):
            pieces = written.get((found.first_id, found.directory.hex()), ())
        if not pieces and len(left) >= found.count:  # its digest is proof, a lock file is not
            files = {f"{i}.json": texts[piece] for i, piece in zip(ids, left, strict=False)}
            pieces = (
                tuple(left[: found.count]) if directories.digest(files) == found.directory else ()
            )
        if not pieces and all(token_id in session.pieces for token_id in ids):
            pieces = tuple(session.pieces[token_id] for token_id in ids)
        if len(pieces) != found.count:
            raise UnknownTokensError(
                f"tokens {ids.start} to {ids.stop - 1} of {session.address} are minted, but "
                f"neither the blocks in .nftforge/ipfs nor the journal say which pieces they are",
                hint="restore .nftforge from the machine that minted them, or the lock file beside "
                "the collection; `nftforge run` paints first, and what comes out as it was tells "
                "too; nothing was sent",
            )
        left = [piece for piece in left if piece not in pieces]
        batches.append(Batch(found.first_id, pieces, found))
    return batches


def published(session: Session, directories: Directories) -> dict[str, bytes]:
    """Piece -> the metadata that its token names now, where its blocks are on this disk."""
    state = read_state(session.chain, session.address)
    texts = [
        text
        for batch in (state.batches if state else ())
        for text in directories.read(batch.directory).values()
    ]
    return {piece: text for text in texts if (piece := piece_of(text))}


def piece_of(metadata: bytes) -> str:
    """The piece id that our metadata carries; empty if it is not ours."""
    return str(properties_of(fields_of(metadata)).get("piece", ""))


# --- what is to be done -------------------------------------------------------------------------


@dataclass(frozen=True)
class MintPlan:
    """What the contract has, and the transactions that would bring it up to date, in order."""

    state: CollectionState | None  # None: no contract yet
    minted: Sequence[Batch]
    steps: Sequence[Step]
    unpinned: Mapping[str, Mapping[str, bytes]]  # directories on chain that this machine lacks
    revealed: bool = False  # a batch of a delayed reveal shows its real directory
    published: Mapping[int, bytes] = field(default_factory=dict)  # token id -> metadata, if here

    @property
    def tokens(self) -> dict[int, str]:
        """Every token on chain and the piece it is."""
        return {
            token_id: piece for batch in self.minted for token_id, piece in batch.tokens.items()
        }

    @property
    def receivers(self) -> list[str]:
        """Who would receive tokens."""
        return [who for step in self.steps for who in step.to]

    @property
    def outdated(self) -> frozenset[str]:
        """Pieces on chain whose metadata is not what we would publish now."""
        return frozenset(p for step in self.steps if step.kind == "update" for p in step.pieces)


def plan_mint(
    session: Session,
    texts: Mapping[str, bytes],
    directories: Directories,
    to: Mapping[str, str],
) -> MintPlan:
    """How to bring the chain to `texts` (piece id -> metadata JSON); a pure look at the chain.

    `to` says who receives each piece.
    Pieces on chain that are not in `texts` keep the metadata they have. Raises GuardError if the
    contract belongs to another collection.
    """
    state = read_state(session.chain, session.address)
    check_identity(session.address, session.spec, state)
    if state is None:
        minted, steps, next_id = [], [deploy_step(session)], 1
    else:
        minted = reconcile(session, state, texts, directories)
        steps, next_id = [], state.next_id
    unpinned: dict[str, Mapping[str, bytes]] = {}
    every: dict[int, bytes] = {}
    for batch in minted:
        assert batch.on_chain
        published = directories.read(batch.on_chain.directory)
        every |= published
        current = {i: texts.get(piece, published.get(i)) for i, piece in batch.tokens.items()}
        files = {f"{i}.json": text for i, text in current.items() if text is not None}
        digest = directories.digest(files)
        if digest != batch.on_chain.directory and len(files) == len(batch.pieces):
            if state and state.frozen:
                raise GuardError(
                    f"the metadata of {batch.label} changed here, and {session.address} is frozen",
                    hint="put the old names, traits and pictures back; nothing was sent",
                )
            steps.append(update_step(session, batch, files, digest))
        elif not published:
            unpinned[batch.label] = files
    for batch in new_batches(minted, {piece: to[piece] for piece in texts}, next_id):
        files = {f"{i}.json": texts[piece] for i, piece in batch.tokens.items()}
        steps.append(mint_step(session, batch, files, directories.digest(files), to))
    return MintPlan(state, minted, steps, unpinned, published=every)


def check_capabilities(session: Session, plan: MintPlan) -> MintPlan:
    """`plan`, if the version of the contract that is there can do it. Raises GuardError."""
    if plan.state:
        known = plan.state.known
        if any(step.kind == "commit" for step in plan.steps):
            known.check("provenance", session.address)
        if any(len(set(step.to)) > 1 for step in plan.steps):
            known.check("airdrop", session.address)
    return plan


def new_batches(minted: Sequence[Batch], to: Mapping[str, str], next_id: int) -> list[Batch]:
    """Batches of the pieces in `to` (piece -> recipient) that are in no batch yet, in their order.

    Neighbours with one recipient are a run; a batch is as many runs as one call should mint.
    """
    there = {piece for batch in minted for piece in batch.pieces}
    runs: list[list[str]] = []
    for piece in to:
        if piece in there:
            continue
        if runs and to[runs[-1][0]] == to[piece] and fits_one_call([len(runs[-1]) + 1]):
            runs[-1].append(piece)
        else:
            runs.append([piece])
    calls: list[list[list[str]]] = []
    for run in runs:
        if calls and fits_one_call([len(each) for each in (*calls[-1], run)]):
            calls[-1].append(run)
        else:
            calls.append([run])
    batches = []
    for call in calls:
        pieces = tuple(piece for run in call for piece in run)
        batches.append(Batch(next_id, pieces, None))
        next_id += len(pieces)
    return batches


def deploy_step(session: Session) -> Step:
    check_proxy(session.chain)
    details = {
        "kind": "deploy",
        "address": session.deployment.address,
        "init_code_hash": session.deployment.init_code_hash.hex(),
        "spec": spec_details(session.spec),
    }
    name = f"deploy {session.deployment.address}"
    effect = TransactionEffect(name, session.sender, details, session.deployment.call)
    return Step(effect, "no contract there yet", "contract", {}, ())


def mint_step(
    session: Session, batch: Batch, files: Mapping[str, bytes], digest: bytes, to: Mapping[str, str]
) -> Step:
    receivers = tuple(to[piece] for piece in batch.pieces)
    runs: list[list[Value]] = [[who, len(list(same))] for who, same in groupby(receivers)]
    details = {
        "kind": "mint",
        "address": session.address,
        "first_id": batch.first_id,
        "pieces": list(batch.pieces),
        "directory": digest.hex(),
        "to": runs,
        **_drawn_by(session, batch.pieces),
        **_called(session, batch.pieces),
    }
    call = mint_call(session.address, receivers, batch.first_id, digest)
    name = f"mint {session.address} {batch.label} {fingerprint(digest.hex(), runs)[:12]}"
    effect = TransactionEffect(name, session.sender, details, call)
    return Step(effect, "not minted yet", batch.label, files, batch.pieces, receivers)


def _drawn_by(session: Session, pieces: Sequence[str]) -> dict[str, Any]:
    """The defaults of pieces, where they are not those that the first journals mean."""
    drawn = {piece: session.lock.defaults_of(piece, session.chain.chain_id) for piece in pieces}
    newer = {piece: generation for piece, generation in drawn.items() if generation > FIRST}
    return {"defaults": newer} if newer else {}


def _called(session: Session, pieces: Sequence[str]) -> dict[str, Any]:
    """Number and file name of pieces, for them to be kept whatever is renamed later."""
    found = session.lock.called_at(session.chain.chain_id, pieces)
    return {"called": {p: [each.number, each.stem] for p, each in found.items()}} if found else {}


def update_step(session: Session, batch: Batch, files: Mapping[str, bytes], digest: bytes) -> Step:
    assert batch.on_chain
    details = {
        "kind": "update",
        "address": session.address,
        "batch": batch.on_chain.index,
        "directory": digest.hex(),
    }
    call = set_directory(session.address, batch.on_chain.index, digest)
    name = f"update {session.address} {batch.label} {digest.hex()[:16]}"
    effect = TransactionEffect(name, session.sender, details, call)
    return Step(effect, "metadata changed", batch.label, files, batch.pieces)


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
    updated: bool = False  # minted before; this run published other metadata


@dataclass(frozen=True)
class OnChain:
    """What the chain says of the collection."""

    address: str
    deployed: bool
    tokens: Mapping[str, Token]  # by piece id
    resumed: frozenset[str] = field(default=frozenset(), compare=False)  # of an interrupted run

    @property
    def minted_now(self) -> frozenset[str]:
        new = (p for p, token in self.tokens.items() if not (token.cached or token.updated))
        return self.resumed.union(new)

    @property
    def updated_now(self) -> frozenset[str]:
        return frozenset(piece for piece, token in self.tokens.items() if token.updated)


def read_on_chain(session: Session, plan: MintPlan, sent: Sequence[Step]) -> OnChain:
    """Every minted piece with its owner and URI, read from the chain after `sent` was sent."""
    touched = {piece for step in sent for piece in step.pieces}
    new = {piece for step in sent if step.kind == "mint" for piece in step.pieces}
    hashes = transaction_hashes(session)
    minted = list(plan.tokens)
    read = read_tokens(session.chain, session.address, minted) if minted else {}
    tokens = {}
    for batch in plan.minted:
        for token_id, piece in batch.tokens.items():
            owner, uri = read[token_id]
            tokens[piece] = Token(
                token_id, owner, uri, hashes.get(token_id),
                current=piece not in plan.outdated, cached=piece not in touched,
                updated=piece in touched - new,
            )  # fmt: skip
    return OnChain(session.address, plan.state is not None, tokens)


def transaction_hashes(session: Session) -> Mapping[int, str]:
    """Token id -> hash of the transaction that minted it: from the journal, else from the logs."""
    written = {
        entry.data["first_id"] + offset: str(entry.data["tx"])
        for entry in session.journal
        if entry.event == "outcome" and entry.effect.startswith(f"mint {session.address} ")
        for offset in range(len(entry.data["pieces"]))
        if "tx" in entry.data
    }
    if session.chain.network.is_rehearsal or not written:
        try:
            return mint_transactions(session.chain, session.address)
        except ServiceError:  # many public nodes refuse logs this far back
            return written
    return written


@dataclass(frozen=True)
class DryRun:
    """What a dry run used, and the tokens as its copy of the chain gave them afterwards."""

    receipts: Sequence[Receipt]
    tokens: Mapping[int, tuple[str, str]]  # id -> (owner, token URI)


def read_dry_run(chain: Chain, address: str, receipts: Sequence[Receipt]) -> DryRun:
    state = read_state(chain, address)
    ids = range(1, state.next_id) if state else range(0)
    return DryRun(receipts, read_tokens(chain, address, ids))
