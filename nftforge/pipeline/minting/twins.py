"""The same art twice: a piece to be minted has the picture of a token that has another name."""

from __future__ import annotations

from nftforge.config.pieces_lock import COLUMNS, painted_from
from nftforge.core.errors import GuardError
from nftforge.pipeline.artwork import first_stage
from nftforge.pipeline.job import Job
from nftforge.pipeline.minting.identity import refuse_second_contract
from nftforge.pipeline.minting.plan import MintPlan
from nftforge.pipeline.minting.session import Session


def refuse_twins(job: Job, session: Session, planned: MintPlan) -> None:
    """Raises GuardError if a piece of the file may be the art of a token that has another name."""
    if planned.state is None:
        refuse_second_contract(
            session.chain, session.signer.address, session.spec, session.journal, session.sender.say
        )
        return
    known, minted = set(job.file.ids), set(planned.tokens.values())
    dropped = {token_id: piece for token_id, piece in planned.tokens.items() if piece not in known}
    if not dropped:
        return
    pictures = {token_id: _pictures(job, piece) for token_id, piece in dropped.items()}
    lines = job.file.lock.at(session.chain.chain_id, session.address)
    for index in job.indices:
        piece, new = job.file.ids[index], job.file.ids[index] not in minted
        digest = first_stage(job, index).recipe.inputs["picture"]
        for token_id, was in dropped.items():
            if digest in pictures[token_id] and (new or digest not in _pictures(job, piece)):
                raise job.file.refusal(
                    ("pieces", index),
                    f"this is the picture of token {token_id}, minted as {was!r}",
                    hint=f"the same piece: give it `id: {was}`; one more of that picture: keep "
                    f"{was!r} in the file too; nothing was sent",
                )
            if new and not pictures[token_id] and not (token_id in lines and lines[token_id].line):
                raise _unsure(job, session, index, token_id, was)


def _pictures(job: Job, piece: str) -> list[str]:
    """SHA-256 of all that the piece may have been painted from."""
    locked = [row.sha256 for row in job.file.lock.of(piece) if row.sha256]
    return locked + painted_from(job.file.work_folder, piece)


def _unsure(job: Job, session: Session, index: int, token_id: int, piece: str) -> GuardError:
    path = job.file.lock.path
    head = "" if path.is_file() else f"`{','.join(COLUMNS)}` and "
    line = f"{piece},,,{session.chain.chain_id},{session.address},{token_id}"
    return job.file.refusal(
        ("pieces", index),
        f"this would be minted, and token {token_id} was minted from {piece!r}, which this file no "
        "longer names: nothing here says whether they are the same picture",
        hint=f"the same: give it `id: {piece}`; not the same: write {head}`{line}` into {path}; "
        "nothing was sent",
    )
