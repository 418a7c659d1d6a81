"""Before a run paints anything it knows that it can end. `nftforge check` looks at the same alone.

    pictures     what has to be painted opens, to its last byte
    disk         there is room for what will be drawn
    pin          every back-end is there and takes the key
    key          there is one, and its password is right
    journal      what an earlier run left is ours to finish                       (`minting/signed`)
    contract     the file still says what it was deployed with; no art twice
    art          of tokens on chain is not replaced unasked                       (`minting/art`)
    recipients   names have addresses, contracts take tokens
    funds        the account can pay for it
    anvil        is there for a dry run

Unusual: a check is a function that raises what the run would be ended with, hours later, and
returns what it found in words. A run raises the first, `examine` tells them all. What costs
requests or seconds is only looked at if something is left to paint; else the stages, which come at
once, say it themselves.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nftforge.chain.dry_run import need_anvil
from nftforge.chain.wallet import KeystoreSigner, read_password
from nftforge.core.errors import (
    MissingError,
    NftforgeError,
    PictureError,
    UnknownTokensError,
    all_of,
)
from nftforge.core.plural import counted
from nftforge.core.stage import Report, find
from nftforge.media.pictures import load_mask, load_picture
from nftforge.pipeline.artwork import check_artworks
from nftforge.pipeline.build import on_disk
from nftforge.pipeline.foresee import bytes_to_come
from nftforge.pipeline.job import Job, check_others_hold_it
from nftforge.pipeline.minting import cost, recipients
from nftforge.pipeline.minting.art import ArtGuard, art_changes
from nftforge.pipeline.minting.open import (
    as_after_a_run,
    mint_plan,
    open_chain,
    open_session,
    signer_of,
)
from nftforge.pipeline.minting.plan import MintPlan
from nftforge.pipeline.minting.replacement import ChangeArt, Replacement, refuse_sold
from nftforge.pipeline.minting.session import Session
from nftforge.pipeline.minting.transaction import still_out
from nftforge.pipeline.minting.twins import refuse_twins
from nftforge.pipeline.paint import Sources, need_pictures, paint_stage, painted, picture_place
from nftforge.pipeline.pinning.pin import Pinner, open_pinner
from nftforge.pipeline.work import Work

COPIES = 4  # of what is drawn: the store, its blocks, the backup, the gallery
ROOM = 200e6  # bytes beside that: the strokes, the chain, what the machine needs itself
SMALL = 64  # pixels that a picture is decoded to, only to see that it can be


@dataclass(frozen=True)
class Ready:
    """What was looked at, and need not be looked at again."""

    works: Sequence[Work]
    agreed: frozenset[int] = frozenset()  # tokens whose new art is here and was agreed to


def preflight(
    job: Job,
    pinner: Pinner | None,
    session: Session | None,
    report: Report,
    change_art: ChangeArt,
    *,
    minting: bool = True,
) -> Ready:
    """Raises what a run would end with: of its pictures, its `pinner`, its `session`."""
    works = on_disk(job)
    painting = any(work.text is None for work in works)
    if painting:
        check_pictures(job)
        check_disk(job, works)
        if pinner:
            check_back_ends(pinner)
    if session is None:
        return Ready(works)
    if not job.network.is_rehearsal:
        session.signer.prove()
    still_out(session.sender)
    planned = _planned(job, session, works, painting)
    if planned is None:
        return Ready(works)
    if minting:
        refuse_twins(job, session, planned)
        if painting:
            foreseen = _foreseen(job, session, works)
            check_recipients(session, foreseen)
            check_funds(session, foreseen)
    guard = ArtGuard(job, works, report.say, change_art)
    return Ready(works, guard.checked(session, planned))


def _planned(job: Job, session: Session, works: Sequence[Work], painting: bool) -> MintPlan | None:
    """None where only what has to be painted tells which tokens there are."""
    try:
        return mint_plan(job, session, works)
    except UnknownTokensError as unknown:
        if not painting:
            raise
        session.sender.say(f"{unknown.fact}; what is painted may tell")
        return None


def _foreseen(job: Job, session: Session, works: Sequence[Work]) -> MintPlan:
    return mint_plan(job, session, as_after_a_run(job, session, works).works)


# --- each check -----------------------------------------------------------------------------------


def check_pictures(job: Job) -> str:
    """Raises ConfigError or PictureError, with the line, for one that does not open."""
    need_pictures(job)
    finished = check_artworks(job)
    seen: set[tuple[Path, int | None]] = set()
    for index in painted(job):
        stage = paint_stage(job, index)
        if find(stage, job.store):
            continue
        for what, path in stage.sources:
            frame = stage.sources.frame if what == "picture" else None
            if (path, frame) not in seen or what == "mask":  # which must fit each picture
                _open(job, index, what, path, stage.sources)
                seen.add((path, frame))
    said = f"{len(seen)} to be painted, all open" if seen else "nothing is left to be painted"
    return (
        f"{said}; {counted(finished, 'finished file')} to be taken, all whole" if finished else said
    )


def _open(job: Job, index: int, what: str, path: Path, sources: Sources) -> None:
    frame = sources.frame if what in ("picture", "mask") else None
    try:
        if what == "mask":
            load_mask(path, load_picture(sources.picture, SMALL, frame).rgb.shape)
        else:
            load_picture(path, SMALL, frame)
    except PictureError as error:
        at_frame = frame and what == "picture"
        place = ("pieces", index, "frame") if at_frame else picture_place(job.file, index, what)
        raise PictureError(job.file.error(place, error.fact).fact, hint=error.hint) from None


def check_disk(job: Job, works: Sequence[Work]) -> str:
    """Raises MissingError if what is to come does not fit."""
    needed = COPIES * bytes_to_come(job, works) + ROOM
    free = shutil.disk_usage(job.file.path.parent).free
    sizes = f"{free / 1e9:.1f} GB free, about {needed / 1e9:.1f} GB needed"
    if free < needed:
        raise MissingError(
            f"{job.file.path.parent}: {sizes}", hint="free some space; nothing was painted"
        )
    return sizes


def check_back_ends(pinner: Pinner) -> str:
    """Raises ServiceError or MissingError if one is not there or does not take its key."""
    back_ends = pinner.back_ends()
    all_of(back_end.prove for back_end in back_ends)
    return ", ".join(back_end.name for back_end in back_ends)


def check_held(job: Job, report: Report) -> str:
    """Raises GuardError if on a mainnet nobody but this disk would hold the media."""
    check_others_hold_it(job, report.say)
    others = [name for name in job.collection.pin.to if name != "local"]
    return f"this disk and {', '.join(others)}" if others else "this disk only"


def check_key(job: Job, report: Report) -> str:
    """Raises MissingError if there is none, ConfigError if it is none, or the keystore's password,
    where the environment has it, is wrong."""
    signer = signer_of(job, report.warn)
    if isinstance(signer, KeystoreSigner) and not read_password(job.env):
        return f"{signer.address}; its password is asked for when something is sent"
    signer.prove()
    return signer.address


def check_chain(job: Job, report: Report) -> str:
    """Raises what `connect` does."""
    with open_chain(job, report.say) as chain:
        return f"{job.network.name}, chain {chain.chain_id}"


def check_recipients(session: Session, planned: MintPlan) -> str:
    """Raises ConfigError for a name without address, GuardError for one who would lose a token."""
    recipients.check(session.chain, session.address, planned.receivers)
    if not planned.receivers:
        return "nothing to mint"
    first, *others = dict.fromkeys(planned.receivers)
    whom = counted(len(others) + 1, "receiver") if others else first
    return f"{counted(len(planned.receivers), 'piece')} to be minted, to {whom}"


def check_funds(session: Session, planned: MintPlan) -> str:
    """Raises FundsError if the account cannot pay for what there is to send."""
    if session.chain.network.is_rehearsal:
        return "a rehearsal costs nothing"
    if not planned.steps:
        return "nothing to send"
    bill = cost.bill(session, planned.steps)
    cost.need_funds(session.chain.network, bill)
    currency = bill["currency"]
    return f"{bill['balance']:.6f} {currency}, up to {bill['max_cost']:.6f} {currency} needed"


# --- all of them, told ----------------------------------------------------------------------------


def examine(job: Job, report: Report) -> list[dict[str, Any]]:
    """Rows of name, ok, detail, hint, exit_code: every check of a run that mints. Asks nobody for
    a password, sends and writes nothing."""
    works = on_disk(job)
    rows = [
        row("pictures", lambda: check_pictures(job)),
        row("disk", lambda: check_disk(job, works)),
        row("pin", lambda: check_back_ends(open_pinner(job, report))),
        row("held by", lambda: check_held(job, report)),
        *_on_chain(job, report, works),
    ]
    if job.network.kind != "embedded":
        rows.append({**row("anvil", lambda: str(need_anvil())), "needed": False})
    return rows


def _on_chain(job: Job, report: Report, works: Sequence[Work]) -> list[dict[str, Any]]:
    """What is missing of node and key is told of each; the rest is looked at if both are there."""
    rows = [
        row("chain", lambda: check_chain(job, report)),
        row("key", lambda: check_key(job, report)),
    ]
    if not rows[0]["ok"]:  # a node that is silent is not waited for twice
        return rows
    try:
        with open_session(job, report) as session:
            rows += _of_session(job, report, session, works)
    except NftforgeError as error:
        if all(each["ok"] for each in rows):
            rows.append(_refused("contract", error))
    return rows


def _of_session(
    job: Job, report: Report, session: Session, works: Sequence[Work]
) -> list[dict[str, Any]]:
    plans: dict[str, MintPlan] = {}

    def contract() -> str:
        painting = any(work.text is None for work in works)
        planned = _planned(job, session, works, painting)
        if planned is None:
            return f"{session.address}, what is painted tells which tokens there are"
        plans["now"] = planned
        refuse_twins(job, session, planned)
        plans["after"] = _foreseen(job, session, works)
        return f"{session.address}, {'deployed' if planned.state else 'not deployed yet'}"

    def art() -> str:
        changes = art_changes(job, session, plans["now"], works)
        for change in changes:
            report.say(change.text)
        refuse_sold(Replacement(changes, painted=False))
        return f"{len(changes)} of yours would be replaced" if changes else "stays as it is"

    rows = [row("contract", contract)]
    if "after" in plans:
        rows.append(row("art", art))
        rows.append(row("recipients", lambda: check_recipients(session, plans["after"])))
        rows.append(row("funds", lambda: check_funds(session, plans["after"])))
    return rows


def row(name: str, look: Callable[[], str]) -> dict[str, Any]:
    """What `look` returns, or is ended with."""
    try:
        detail = _in_a_line(look())
    except NftforgeError as error:
        return _refused(name, error)
    return {
        "name": name, "needed": True, "ok": True, "detail": detail, "hint": "", "exit_code": 0
    }  # fmt: skip


def _refused(name: str, error: NftforgeError) -> dict[str, Any]:
    return {
        "name": name, "needed": True, "ok": False,
        "detail": "\n".join(map(_in_a_line, error.facts)),
        "hint": error.hint, "exit_code": error.exit_code,
    }  # fmt: skip


def _in_a_line(fact: str) -> str:
    """Facts are told apart by their lines: a name with a line break in it forges none."""
    return fact.replace("\n", "\\n")
