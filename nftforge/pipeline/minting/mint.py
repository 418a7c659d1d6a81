"""Transactions planned, shown as a bill, sent in turn and read back; or carried out on a copy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nftforge.chain.dry_run import dry_run
from nftforge.core.errors import OvertakenError, ServiceError
from nftforge.core.stage import Report, settle
from nftforge.pipeline.minting import cost
from nftforge.pipeline.minting.plan import (
    DryRun,
    MintPlan,
    OnChain,
    read_dry_run,
    read_on_chain,
)
from nftforge.pipeline.minting.recipients import check
from nftforge.pipeline.minting.session import Session, Step
from nftforge.pipeline.minting.transaction import resume

PLANS = 5  # how often a run plans anew because someone else minted meanwhile

Consent = Callable[[Mapping[str, Any]], None]
"""Shown the bill before anything is sent; raises GuardError to refuse."""

Publish = Callable[[str, Mapping[str, bytes]], None]
"""Pins a metadata directory (its subject, its files) before a transaction names it."""


def mint(
    session: Session,
    plan: Callable[[], MintPlan],
    publish: Publish,
    consent: Consent,
    report: Report,
) -> OnChain:
    """Deploy if absent, publish changed metadata, mint what is missing; never twice.

    `plan` looks at the chain each time it is called.
    """
    resume(session.sender, report)
    sent: list[Step] = []
    for _ in range(PLANS):
        planned = plan()
        if not planned.steps:
            for subject, files in planned.unpinned.items():
                publish(subject, files)
            return read_on_chain(session, planned, sent)
        check(session.chain, session.address, planned.receivers)
        consent(cost.bill(session, planned.steps))
        try:
            for step in planned.steps:
                if step.files:
                    publish(step.subject, step.files)
                settle(step.effect, session.journal)
                sent.append(step)
                report.say(f"{step.kind} {step.subject}: {step.why}; done")
        except OvertakenError as overtaken:
            report.say(f"{overtaken}; looking again")
    raise ServiceError(
        f"others keep changing {session.address}: {PLANS} plans were overtaken",
        hint="nothing was minted twice; run again when the other machine is done",
    )


def only_updates(planned: MintPlan) -> MintPlan:
    """Of `planned`, what changes metadata and deploys and mints nothing."""
    return replace(planned, steps=[step for step in planned.steps if step.kind == "update"])


def rehearse(
    session: Session,
    steps: Sequence[Step],
    report: Report,
    *,
    rpc_url: str | None,
    embedded_path: Path,
) -> DryRun:
    """Carry the steps out on a throwaway copy of the chain; what they used, and every token."""
    network, sender = session.chain.network, session.signer.address
    with dry_run(network, sender, rpc_url=rpc_url, embedded_path=embedded_path) as copy:
        chain, perform = copy
        receipts = []
        for step in steps:
            receipts.append(perform(step.call))
            report.say(f"rehearsed {step.kind} {step.subject}: {receipts[-1].gas_used:,} gas")
        return read_dry_run(chain, session.address, receipts)
