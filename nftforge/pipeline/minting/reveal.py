"""Delayed reveal: tokens show a placeholder until the sale is over, and nobody can reorder them.

Before the first token, the contract is given a commitment: the hash of the real directories of all
batches. A placeholder names no piece, so the pieces are the tokens in the order of the file, and
the commitment proves that: whatever is added, changed or moved afterwards gives another hash and is
refused. The real files are published by the reveal, not before. Source: the Solidity comment at
`ForgeCollection.provenance`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from nftforge.chain.contract import CollectionState, commit_provenance, commitment_to, read_state
from nftforge.core.errors import GuardError
from nftforge.core.plural import counted
from nftforge.pipeline.directories import Directories
from nftforge.pipeline.minting.identity import check_identity
from nftforge.pipeline.minting.plan import (
    Batch,
    MintPlan,
    deploy_step,
    mint_step,
    new_batches,
    update_step,
)
from nftforge.pipeline.minting.session import Session, Step
from nftforge.pipeline.minting.transaction import TransactionEffect


@dataclass(frozen=True)
class Placeholder:
    """What a token shows before the reveal, by its id; `reveal`: reveal now."""

    text_of: Callable[[int], bytes]
    reveal: bool = False

    def files(self, batch: Batch) -> dict[str, bytes]:
        return {f"{token_id}.json": self.text_of(token_id) for token_id in batch.tokens}


def plan_with_placeholder(
    session: Session,
    texts: Mapping[str, bytes],
    directories: Directories,
    to: Mapping[str, str],
    placeholder: Placeholder,
) -> MintPlan:
    """As `plan_mint`, but with placeholders, and the commitment before the first token.

    A batch that shows its real directory stays revealed. While `texts` lack a piece of `to`,
    nothing can be committed to: only the deployment is planned. Raises GuardError if the
    commitment on chain is to something else, or comes too late.
    """
    state = read_state(session.chain, session.address)
    check_identity(session.address, session.spec, state)
    minted = _in_order(session, state, to)
    steps = [] if state else [deploy_step(session)]
    if texts.keys() != to.keys():
        _refuse_early(session, state, placeholder, left=1)
        return MintPlan(state, minted, steps, {})
    coming = new_batches(minted, to, state.next_id if state else 1)
    _refuse_early(session, state, placeholder, left=sum(len(batch.pieces) for batch in coming))
    batches = [*minted, *coming]
    real = [{f"{i}.json": texts[p] for i, p in batch.tokens.items()} for batch in batches]
    digests = [directories.digest(files) for files in real]
    commitment = commitment_to(digests)
    if state is None or not any(state.provenance):
        steps.append(commit_step(session, commitment))
    elif state.provenance != commitment:
        raise _changed(session, state)
    unpinned, revealed = {}, False
    for batch, files, digest in zip(minted, real, digests, strict=False):
        assert batch.on_chain and state
        shown = batch.on_chain.directory
        revealed |= shown == digest
        wanted = files if placeholder.reveal or shown == digest else placeholder.files(batch)
        if directories.digest(wanted) == shown:
            if not directories.read(shown):
                unpinned[batch.label] = wanted
            continue
        if state.frozen:
            raise GuardError(
                f"{batch.label} of {session.address} would get other metadata, and it is frozen",
                hint="nothing was sent",
            )
        step = update_step(session, batch, wanted, directories.digest(wanted))
        steps.append(replace(step, why="the reveal") if placeholder.reveal else step)
    for batch in coming:
        files = placeholder.files(batch)
        steps.append(mint_step(session, batch, files, directories.digest(files), to))
    return MintPlan(state, minted, steps, unpinned, revealed)


def _in_order(
    session: Session, state: CollectionState | None, to: Mapping[str, str]
) -> list[Batch]:
    """The batches on chain, their pieces in the order of the file."""
    left, batches = list(to), []
    for found in state.batches if state else ():
        pieces, left = tuple(left[: found.count]), left[found.count :]
        batches.append(Batch(found.first_id, pieces, found))
    if batches and state and not any(state.provenance):
        minted = state.next_id - 1
        raise GuardError(
            f"{counted(minted, 'token')} of {session.address} {'is' if minted == 1 else 'are'} "
            f"minted and nothing was committed to: it is too late for `mint: {{placeholder: ...}}`",
            hint="take the line out; a delayed reveal begins before the first token",
        )
    if state and any(
        len(batch.pieces) != batch.on_chain.count for batch in batches if batch.on_chain
    ):
        raise _changed(session, state)
    return batches


def _refuse_early(
    session: Session, state: CollectionState | None, placeholder: Placeholder, left: int
) -> None:
    """A reveal before the last token is minted would show what is still for sale."""
    if placeholder.reveal and (state is None or left):
        raise GuardError(
            f"the collection is not all minted at {session.address} on "
            f"{session.chain.network.name}: nothing can be revealed yet",
            hint="`nftforge run` mints the rest behind the placeholder",
        )


def _changed(session: Session, state: CollectionState) -> GuardError:
    return GuardError(
        f"the collection was changed since {session.address} committed to it (provenance "
        f"0x{state.provenance.hex()}): pieces, their order and their metadata are fixed by that",
        hint="put back what was added, removed, moved or changed, or start another collection "
        "under another name or symbol; nothing was sent or published",
    )


def commit_step(session: Session, commitment: bytes) -> Step:
    details = {"kind": "commit", "address": session.address, "provenance": commitment.hex()}
    name = f"commit {session.address} {commitment.hex()[:16]}"
    call = commit_provenance(session.address, commitment)
    effect = TransactionEffect(name, session.sender, details, call)
    return Step(effect, "before the first token, for the reveal", "provenance", {}, ())
