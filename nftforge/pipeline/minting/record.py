"""The lock file, brought up to what the chain says: after every mint and update, on every network.

The chain is the truth: what the file said otherwise is told and put right. Tokens of pieces that
the collection no longer names keep their rows. A rehearsal chain has one contract, the newest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nftforge.config.pieces_lock import LockedPiece, PiecesLock, read_lock
from nftforge.core.plural import counted
from nftforge.core.stage import Report
from nftforge.pipeline.job import Job
from nftforge.pipeline.minting.plan import OnChain
from nftforge.pipeline.work import Work


def record(job: Job, works: Sequence[Work], on_chain: OnChain, report: Report) -> None:
    """Write which piece is which token, if that is news. Raises OSError."""
    before = read_lock(job.file.lock.path)
    after = updated(job, before, works, on_chain)
    for row in before.rows:
        token = on_chain.tokens.get(row.id)
        if _is_there(job, on_chain, row) and (token is None or token.token_id != row.token_id):
            truth = f"is token {token.token_id}" if token else "has no token there"
            report.warn(f"{before.path}:{row.line}: on {job.network.name} {row.id!r} {truth}")
    if after.rows and after.write():
        tokens = counted(len(on_chain.tokens), "token")
        report.say(f"{after.path}: {tokens}; commit it with the collection")


def updated(job: Job, lock: PiecesLock, works: Sequence[Work], on_chain: OnChain) -> PiecesLock:
    """`lock` with what the chain says of this contract, and the pictures' places of today."""
    known = {row.id: row for row in job.file.lock.rows if row.sha256}  # from journals too
    known |= {row.id: row for row in lock.rows if _is_there(job, on_chain, row)}
    pictures = {
        work.piece.id: work.first.artifact.recipe.inputs["picture"] for work in works if work.first
    }
    images = {piece.id: piece.original for piece in job.collection.pieces}
    rows = [
        _with_picture(row, images.get(row.id))
        for row in lock.rows
        if not _is_stale(job, on_chain, row)
    ]
    for piece, token in on_chain.tokens.items():
        row = replace(
            known.get(piece, LockedPiece(piece)),
            chain_id=job.network.chain_id,
            contract=on_chain.address,
            token_id=token.token_id,
            defaults=job.defaults_of(piece),
        )
        row = _with_picture(row, images.get(piece), pictures.get(piece))
        for called in job.file.lock.called_at(job.network.chain_id, [piece]).values():
            row = replace(row, number=called.number, stem=called.stem)
        if row.sha256 or row.line:  # of a token of unknown origin nothing is claimed
            rows.append(row)
    return replace(lock, rows=tuple(rows))


def _with_picture(row: LockedPiece, image: str | None, sha256: str | None = None) -> LockedPiece:
    return replace(row, image=image or row.image, sha256=sha256 or row.sha256)


def _is_there(job: Job, on_chain: OnChain, row: LockedPiece) -> bool:
    """Whether the row is of this contract."""
    wanted = (job.network.chain_id, on_chain.address.lower())
    return (row.chain_id, row.contract.lower()) == wanted


def _is_stale(job: Job, on_chain: OnChain, row: LockedPiece) -> bool:
    """Whether what the chain says takes the row's place."""
    same_chain = row.chain_id == job.network.chain_id
    return same_chain and (job.network.is_rehearsal or _is_there(job, on_chain, row))
