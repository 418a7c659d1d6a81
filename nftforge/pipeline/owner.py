"""What is done to a collection that is minted: published anew, revealed, frozen, handed over.

    update               metadata that changed since
    reveal               what a placeholder held back
    freeze               make the metadata unchangeable
    transfer_ownership   offer the contract to another owner
    verify_source        the contract's source, for Sourcify and Etherscan

All but the last send transactions, each once, and show the bill before.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from nftforge.chain import explorers
from nftforge.chain.contract import read_provenance
from nftforge.core.errors import AllowanceError, GuardError, OvertakenError
from nftforge.core.stage import Report, settle
from nftforge.pipeline import documents
from nftforge.pipeline.build import build, on_disk
from nftforge.pipeline.job import Job, check_others_hold_it, working
from nftforge.pipeline.metadata import contract_files
from nftforge.pipeline.minting.art import ArtGuard
from nftforge.pipeline.minting.mint import Consent, agree, mint, must_ask, only_updates
from nftforge.pipeline.minting.open import (
    as_after_a_run,
    as_shown,
    mint_plan,
    open_session,
    sending,
)
from nftforge.pipeline.minting.owner import deployed_source, freeze_step, transfer_step
from nftforge.pipeline.minting.plan import MintPlan
from nftforge.pipeline.minting.record import record
from nftforge.pipeline.minting.replacement import ChangeArt, refuse_sold
from nftforge.pipeline.minting.session import Session, Step
from nftforge.pipeline.minting.transaction import OWN_COMMANDS, resume
from nftforge.pipeline.pinning.destinations import safe_url
from nftforge.pipeline.pinning.pin import (
    backup,
    open_pinner,
    pin_directory,
    pin_published,
    pin_works,
)
from nftforge.pipeline.preflight import preflight


def update(
    job: Job, report: Report, consent: Consent, change_art: ChangeArt = refuse_sold
) -> documents.Outcome:
    """Publish metadata that changed since it was minted; deploys and mints nothing."""
    check_others_hold_it(job, report.warn)
    with working(job, report):
        pinner = open_pinner(job, report)
        with open_session(job, report) as session:
            ready = preflight(job, pinner, session, report, change_art, minting=False)
            works = build(job, report, "pin")
            works = pin_works(pinner, contract_files(job.collection), as_shown(job, works))
            guard = ArtGuard(job, works, report.warn, change_art, ready.agreed)
            with sending(session, job.locks, report):
                plan = guard.watching(session, lambda: only_updates(mint_plan(job, session, works)))
                on_chain = mint(session, plan, partial(pin_directory, pinner), consent, report)
        record(job, works, on_chain, report)
        backup(pinner)
    return documents.outcome(job, works, on_chain)


def reveal(job: Job, report: Report, consent: Consent) -> documents.Outcome:
    """Publish what a delayed reveal held back: exactly what was committed to, or nothing."""
    if job.collection.mint.placeholder is None:
        raise GuardError(
            f"{job.file.path} has no `mint: {{placeholder: ...}}`: there is nothing to reveal"
        )
    check_others_hold_it(job, report.warn)
    with working(job, report):
        pinner = open_pinner(job, report)
        works = build(job, report, "pin")
        with open_session(job, report) as session:

            def plan() -> MintPlan:
                return mint_plan(job, session, works, reveal=True)

            allowance = None
            if steps := plan().steps:  # what is published cannot be taken back either: ask before
                allowance = agree(session, steps, consent)
            works = pin_works(pinner, contract_files(job.collection), works)
            publish = partial(pin_directory, pinner)
            with sending(session, job.locks, report):
                on_chain = mint(
                    session, lambda: only_updates(plan()), publish, consent, report, allowance
                )
            record(job, works, on_chain, report)
            pin_published(pinner, session.chain, session.address)
        backup(pinner)
    return documents.outcome(job, works, on_chain)


def freeze(job: Job, report: Report, consent: Consent) -> dict[str, Any]:
    """Make the metadata unchangeable; refused while what is published is not what is here."""
    check_others_hold_it(job, report.warn)
    works = on_disk(job)
    command = "reveal" if job.collection.mint.placeholder else "update"

    def step(session: Session) -> Step:
        foreseen = as_after_a_run(job, session, works)
        outdated = sorted(mint_plan(job, session, foreseen.works).outdated)
        if outdated:
            raise GuardError(
                f"the metadata of {', '.join(outdated[:10])} changed since it was published",
                hint="`nftforge update` publishes it; frozen metadata can never be changed",
            )
        step = freeze_step(session)
        promise = read_provenance(session.chain, session.address)
        if promise and not promise.kept:
            raise GuardError(
                f"the metadata of {session.address} is not what was committed to before the reveal "
                f"(provenance 0x{promise.committed.hex()})",
                hint=f"`nftforge {command}` publishes it; frozen metadata can never be changed",
            )
        return step

    return administer(job, report, consent, step)


def transfer_ownership(job: Job, report: Report, consent: Consent, to: str) -> dict[str, Any]:
    """Offer the contract to another owner."""
    return administer(job, report, consent, lambda session: transfer_step(session, to))


def administer(
    job: Job, report: Report, consent: Consent, make: Callable[[Session], Step]
) -> dict[str, Any]:
    """The one step that `make` gives, settled; the document of `freeze --json`."""
    with (
        working(job, report),
        open_session(job, report) as session,
        sending(session, job.locks, report),
    ):
        allowance, settled = None, None
        exceeded: AllowanceError | None = None
        while settled is None:
            try:
                step = make(session)
                if exceeded or (
                    allowance is None and must_ask(session, OWN_COMMANDS.get(step.kind, ("",))[0])
                ):
                    allowance = agree(session, [step], consent, allowance, exceeded)
                    exceeded = None
                resume(session.sender.within(allowance), report)
                if allowance is None and step.effect.observe() is None:
                    allowance = agree(session, [step], consent)
                effect = step.effect.within(allowance) if allowance else step.effect
                settled = settle(effect, session.journal)
            except OvertakenError:
                exceeded = None  # it is there by now
            except AllowanceError as more:
                report.say(f"{more}; asking again")
                exceeded = more
        report.say(f"{step.kind}: {'was done before' if settled.cached else 'done'}")
        return documents.administered(job, session.address, step, settled)


def verify_source(job: Job, report: Report) -> dict[str, Any]:
    """Publish the contract's source on Sourcify, and on Etherscan if there is a key for it."""
    if job.network.is_rehearsal:
        raise GuardError(f"{job.network.name} has no explorer: sources go to public networks")
    key = job.env.get("ETHERSCAN_API_KEY")
    etherscan = safe_url(job.env.get("ETHERSCAN_URL") or explorers.ETHERSCAN, key, "etherscan")
    with open_session(job) as session:
        source = deployed_source(session)
    published = [
        explorers.publish_on_sourcify(source, job.env.get("SOURCIFY_URL") or explorers.SOURCIFY)
    ]
    if key:
        published.append(explorers.publish_on_etherscan(source, key, etherscan))
    else:
        report.say("etherscan: skipped, ETHERSCAN_API_KEY is not set")
    return documents.source_published(job, source.address, published)
