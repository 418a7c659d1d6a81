"""The order of things. Read `run` first: it is the table of contents of nftforge.

    run       what would be refused is refused first; then
              paint -> render -> describe -> pin -> mint, each only where needed
    plan      what run would do, why, and what it would cost; sends and writes nothing
    dry_run   everything but the sending: on a throwaway copy of the chain
    status    where each piece stands

Each step takes the pieces as far as they have come and hands them on. What follows a mint is in
`owner`; `verify`, `sheets` and `gallery` only look.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from typing import Any

from nftforge.chain.dry_run import need_anvil
from nftforge.core.errors import GuardError
from nftforge.core.stage import Report
from nftforge.pipeline import documents
from nftforge.pipeline.artwork import check_artworks
from nftforge.pipeline.build import build, on_disk
from nftforge.pipeline.estimate import making
from nftforge.pipeline.job import Job, check_others_hold_it, working
from nftforge.pipeline.metadata import contract_files
from nftforge.pipeline.minting import cost
from nftforge.pipeline.minting.art import ArtGuard, art_changes
from nftforge.pipeline.minting.elsewhere import elsewhere
from nftforge.pipeline.minting.mint import Consent, mint, rehearse
from nftforge.pipeline.minting.open import (
    as_after_a_run,
    as_shown,
    embedded_path,
    look_on_chain,
    mint_plan,
    open_session,
    rpc_url,
    sending,
)
from nftforge.pipeline.minting.plan import MintPlan, OnChain, read_on_chain
from nftforge.pipeline.minting.record import record
from nftforge.pipeline.minting.replacement import ChangeArt, refuse_sold
from nftforge.pipeline.minting.session import Session
from nftforge.pipeline.minting.twins import refuse_twins
from nftforge.pipeline.pinning.pin import (
    Pinner,
    backup,
    look_at_back_ends,
    open_pinner,
    pin_directory,
    pin_published,
    pin_works,
)
from nftforge.pipeline.preflight import preflight
from nftforge.pipeline.traits import changed_pieces
from nftforge.pipeline.work import Work

STAGES = ("paint", "render", "pin", "mint")


def run(
    job: Job,
    report: Report,
    consent: Consent,
    until: str = "mint",
    change_art: ChangeArt = refuse_sold,
) -> documents.Outcome:
    """Paint, render, pin and mint what is not there yet; the document of `run --json`."""
    if until == "mint":
        need_all(job)
        check_others_hold_it(job, report.warn)
    pinner, session, on_chain = None, None, None
    with working(job, report), ExitStack() as held:
        if until in ("pin", "mint"):
            pinner = open_pinner(job, report)
        if until == "mint":
            session = held.enter_context(open_session(job, report))
        ready = preflight(job, pinner, session, report, change_art)
        works = build(job, report, until)
        if pinner:
            works = pin_works(pinner, contract_files(job.collection), as_shown(job, works))
        if pinner and session:
            guard = ArtGuard(job, works, report.warn, change_art, ready.agreed)
            on_chain = mint_works(job, works, pinner, session, consent, guard)
        if pinner:
            backup(pinner)
    return documents.outcome(job, works, on_chain)


def mint_works(
    job: Job,
    works: Sequence[Work],
    pinner: Pinner,
    session: Session,
    consent: Consent,
    guard: ArtGuard,
) -> OnChain:
    """What is pinned, minted; what the contract names, held by every back-end."""
    report = pinner.report
    with sending(session, job.locks, report):
        plan = guard.watching(session, partial(mint_plan, job, session, works))
        on_chain = mint(session, plan, partial(pin_directory, pinner), consent, report)
    record(job, works, on_chain, report)
    pin_published(pinner, session.chain, session.address)
    return on_chain


def plan(job: Job, report: Report) -> dict[str, Any]:
    """What `run` would do and why, the bytes to pin, the gas and what it costs, the balance."""
    check_artworks(job)
    works, holdings = look_at_back_ends(job, as_shown(job, on_disk(job)))
    with open_session(job, report) as session:
        foreseen = as_after_a_run(job, session, works)
        planned = mint_plan(job, session, foreseen.works)
        refuse_twins(job, session, planned)
        bill = cost.bill(session, planned.steps)
        document = documents.planned(
            job, works, foreseen, holdings, session.address, planned.steps, bill
        )
        ahead = {
            "making": making(job, works),
            "elsewhere": elsewhere(job, planned.steps, bill["gas"]),
        }
        return {**document, **{key: value for key, value in ahead.items() if value},
                **spoken_for(job, session, planned, works)}  # fmt: skip


def spoken_for(
    job: Job, session: Session, planned: MintPlan, works: Sequence[Work]
) -> dict[str, Any]:
    """What a plan says of tokens besides the steps: those that would show other art, those whose
    piece is gone, and generated pieces that are drawn anew. Nothing where there are none."""
    changes = art_changes(job, session, planned, works)
    gone = documents.not_in_file(job, read_on_chain(session, planned, sent=()))
    rows = {
        "art_changes": [asdict(change) for change in changes],
        "not_in_file": gone,
        "changed": changed_pieces(job),
    }
    return {name: value for name, value in rows.items() if value}


def dry_run(job: Job, report: Report) -> documents.Outcome:
    """Everything but the sending (`run --dry-run`): the tokens as they would be, and the bill."""
    need_all(job)
    if job.network.kind != "embedded":
        need_anvil()
    with working(job, report):
        preflight(job, None, None, report, refuse_sold)
        works = build(job, report, "pin")
    with open_session(job) as session:
        planned = mint_plan(job, session, works)
        refuse_twins(job, session, planned)
        for change in art_changes(job, session, planned, works):
            report.say(change.text)
        on_chain = read_on_chain(session, planned, sent=planned.steps)
        bill = cost.bill(session, planned.steps)
        tried = rehearse(
            session, planned.steps, report,
            rpc_url=rpc_url(job.network, job.env),
            embedded_path=embedded_path(job.file.work_folder),
        )  # fmt: skip
        return documents.dry_run(job, works, on_chain, planned.steps, bill, tried)


def status(job: Job, report: Report) -> documents.Outcome:
    """Where each piece stands, by looking at the disk and, where one is set up, at the chain."""
    works, holdings = look_at_back_ends(job, as_shown(job, on_disk(job)))
    for holding in holdings:
        if holding.why:
            report.warn(f"{holding.name} was not asked: {holding.why}")
    return documents.outcome(job, works, look_on_chain(job, works, report))


def need_all(job: Job) -> None:
    if job.only and job.collection.mint.placeholder:
        raise GuardError(
            "--only: what is committed to before a reveal is the whole collection",
            hint="mint without --only; it goes with --until pin and the commands that send nothing",
        )
