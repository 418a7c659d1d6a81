"""A job's transactions: planned, shown as a bill, sent in turn; or carried out on a copy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nftforge.chain.dry_run import dry_run
from nftforge.core.errors import ServiceError
from nftforge.core.stage import Report, settle
from nftforge.pipeline.job import Job, Work
from nftforge.pipeline.minting import cost
from nftforge.pipeline.minting import plan as mint
from nftforge.pipeline.minting import recipients as airdrop
from nftforge.pipeline.minting.open import embedded_path, mint_plan, opened, rpc_url, sending
from nftforge.pipeline.minting.session import Session, Step
from nftforge.pipeline.minting.transaction import OvertakenError, resume
from nftforge.pipeline.pinning.pin import pin_directory

PLANS = 5  # how often a run plans anew because someone else minted meanwhile

Consent = Callable[[Mapping[str, Any]], None]
"""Shown the bill before anything is sent; raises GuardError to refuse."""


def mint_pieces(
    job: Job,
    works: list[Work],
    report: Report,
    consent: Consent,
    *,
    only_updates: bool = False,
    reveal: bool = False,
) -> mint.OnChain:
    """Deploy if absent, publish changed metadata, mint what is missing; never twice.

    reveal: publish what a placeholder hides.
    """
    with opened(job, report) as session, sending(job, session, report):
        resume(session.sender, report)
        sent: list[Step] = []
        for _ in range(PLANS):
            planned = mint_plan(job, session, works, reveal=reveal)
            if only_updates:
                steps = [step for step in planned.steps if step.kind == "update"]
                planned = replace(planned, steps=steps)
            if not planned.steps:
                for subject, files in planned.unpinned.items():
                    pin_directory(job, subject, files, report)
                return mint.read_on_chain(session, planned, sent)
            airdrop.check(session.chain, session.address, planned.receivers)
            consent(cost.bill(session, planned.steps))
            try:
                for step in planned.steps:
                    if step.files:
                        pin_directory(job, step.subject, step.files, report)
                    settle(step.effect, session.journal)
                    sent.append(step)
                    report.say(f"{step.kind} {step.subject}: {step.why}; done")
            except OvertakenError as overtaken:
                report.say(f"{overtaken}; looking again")
        raise ServiceError(
            f"others keep changing {session.address}: {PLANS} plans were overtaken",
            hint="nothing was minted twice; run again when the other machine is done",
        )


def rehearse_steps(
    job: Job, session: Session, steps: Sequence[Step], report: Report
) -> mint.Rehearsed:
    """Carry the steps out on a throwaway copy of the chain; what they used, and every token."""
    with dry_run(
        job.network,
        session.signer.address,
        rpc_url=rpc_url(job.network, job.env),
        embedded_path=embedded_path(job.file.work_folder),
    ) as (chain, perform):
        receipts = []
        for step in steps:
            receipts.append(perform(step.call))
            report.say(f"rehearsed {step.kind} {step.subject}: {receipts[-1].gas_used:,} gas")
        return mint.read_rehearsed(chain, session.address, receipts)
