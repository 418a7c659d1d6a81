"""Transactions planned, shown as a bill, sent in turn and read back; or carried out on a copy."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from nftforge.chain.connection import Chain, Receipt
from nftforge.chain.dry_run import dry_run
from nftforge.core.errors import (
    AllowanceError,
    ContractRefusesError,
    OvertakenError,
    ServiceError,
)
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
from nftforge.pipeline.minting.spending import Allowance, signed_in, written
from nftforge.pipeline.minting.transaction import resume, still_out

PLANS = 5  # how often a run plans anew because others minted meanwhile, and no step is done by it

Consent = Callable[[Mapping[str, Any]], int | None]
"""Shown the bill before anything is sent; the wei that may be spent (None: any), or GuardError."""

Publish = Callable[[str, Mapping[str, bytes]], None]
"""Pins a metadata directory (its subject, its files) before a transaction names it."""


def mint(
    session: Session,
    plan: Callable[[], MintPlan],
    publish: Publish,
    consent: Consent,
    report: Report,
    allowance: Allowance | None = None,
) -> OnChain:
    """Deploy if absent, publish changed metadata, mint what is missing; never twice.

    `plan` looks at the chain each time it is called. Everything is done within one `allowance`:
    that which was agreed to before, or is asked for with the first bill, what an earlier run left
    unfinished included. Where it does not do, whatever the reason, nothing is signed before
    `consent` was asked again.
    """
    sent: list[Step] = []
    resumed: frozenset[str] = frozenset()
    plans, left = PLANS, math.inf
    exceeded: AllowanceError | None = None
    while plans:
        try:
            if exceeded or (allowance is None and must_ask(session)):
                allowance = agree(session, plan().steps, consent, allowance, exceeded)
                exceeded = None
            resumed |= resume(session.sender.within(allowance), report)
            planned = plan()
            if not planned.steps:
                for subject, files in planned.unpinned.items():
                    publish(subject, files)
                return replace(read_on_chain(session, planned, sent), resumed=resumed)
            if len(planned.steps) < left:  # something was done meanwhile, by whomever
                plans, left = PLANS, len(planned.steps)
            check(session.chain, session.address, planned.receivers)
            allowance = allowance or agree(session, planned.steps, consent)
            for step in planned.steps:
                if step.files:
                    publish(step.subject, step.files)
                effect = step.effect.within(allowance)
                least_gas = allowance.gas.get(f"{step.kind} {step.subject}", 0)
                settle(replace(effect, least_gas=least_gas), session.journal)
                sent.append(step)
                report.say(f"{step.kind} {step.subject}: {step.why}; done")
        except OvertakenError as overtaken:
            plans, exceeded = plans - 1, None
            report.say(f"{overtaken}; looking again")
        except AllowanceError as more:
            report.say(f"{more}; asking again")
            exceeded = more
        else:
            plans -= 1
    raise ServiceError(
        f"others keep changing {session.address}: {PLANS} plans were overtaken",
        hint="nothing was minted twice; run again when the other machine is done",
    )


def must_ask(session: Session, command: str = "") -> bool:
    """Whether something is signed and not mined that is sent again, or replaced. Raises as
    `still_out`."""
    left = still_out(session.sender, command)
    return bool(left) and not session.chain.network.is_rehearsal


def agree(
    session: Session,
    steps: Sequence[Step],
    consent: Consent,
    before: Allowance | None = None,
    more: AllowanceError | None = None,
) -> Allowance:
    """What may be spent from now on, asked for with the bill. `before`: what was agreed to so far,
    `more`: why it does not do.

    Raises GuardError, or what else `consent` does, to refuse.
    """
    spent = written(session.journal)
    unfinished = [signed_in(intent)[0] for intent in session.journal.unfinished().values()]
    bill = _bill(session, steps, more)
    if before and before.wei is not None:
        used = before.used(spent.without(unfinished))
        bill |= {"agreed": before.wei / 1e18, "spent": used / 1e18}
    gas = {
        f"{row['kind']} {row['subject']}": row["gas"]
        for row in bill["transactions"]
        if row["kind"] in cost.MEASURED
    }
    return Allowance(consent(bill), spent.without(unfinished), gas)  # those are on the bill


def _bill(session: Session, steps: Sequence[Step], more: AllowanceError | None) -> dict[str, Any]:
    """Their cost. Raises OvertakenError if they are refused because another run does them."""
    try:
        return cost.bill(session, steps, more)
    except ContractRefusesError as refused:
        steps[0].effect.look_again(refused)  # steps go in order
        raise


def only_updates(planned: MintPlan) -> MintPlan:
    """Of `planned`, what changes metadata and deploys and mints nothing."""
    return replace(planned, steps=[step for step in planned.steps if step.kind == "update"])


@contextmanager
def carried_out_on_a_copy(
    session: Session,
    steps: Sequence[Step],
    report: Report,
    *,
    rpc_url: str | None,
    embedded_path: Path,
) -> Iterator[tuple[Chain, list[Receipt]]]:
    """A throwaway copy of the chain on which the steps are done, and what they used there."""
    network, sender = session.chain.network, session.signer.address
    with dry_run(network, sender, rpc_url=rpc_url, embedded_path=embedded_path) as copy:
        chain, perform = copy
        receipts = []
        for step in steps:
            receipts.append(perform(step.call))
            report.say(f"rehearsed {step.kind} {step.subject}: {receipts[-1].gas_used:,} gas")
        yield chain, receipts


def rehearse(
    session: Session,
    steps: Sequence[Step],
    report: Report,
    *,
    rpc_url: str | None,
    embedded_path: Path,
) -> DryRun:
    """Carry the steps out on a throwaway copy of the chain; what they used, and every token."""
    with carried_out_on_a_copy(
        session, steps, report, rpc_url=rpc_url, embedded_path=embedded_path
    ) as (chain, receipts):
        return read_dry_run(chain, session.address, receipts)
