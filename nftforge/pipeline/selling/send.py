"""Transactions of a sale, sent as the mint sends: agreed to, journaled, each once, read back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nftforge.core.errors import AllowanceError, OvertakenError, ServiceError
from nftforge.core.stage import Report, settle
from nftforge.pipeline.minting import cost
from nftforge.pipeline.minting.mint import PLANS, Consent, agree, must_ask
from nftforge.pipeline.minting.session import Session, Step
from nftforge.pipeline.minting.spending import Allowance
from nftforge.pipeline.minting.transaction import resume

Plan = Callable[[], Sequence[Step]]
"""Looks at the chain each time: what is still to be sent, in order."""


def would_send(session: Session, plan: Plan) -> dict[str, Any]:
    """What a dry run says beside what it would do: the bill; nothing is signed or sent."""
    return {"dry_run": True, "bill": cost.bill(session, plan())}


def send(
    session: Session,
    command: str,
    plan: Plan,
    consent: Consent,
    report: Report,
    allowance: Allowance | None = None,
) -> tuple[list[Step], Allowance | None]:
    """Send until nothing is left of the plan; what was sent, and what was agreed to.

    Whatever an interrupted run of this `command` signed is seen through first. Raises as
    `minting.mint.mint`.
    """
    sent: list[Step] = []
    exceeded: AllowanceError | None = None
    for _ in range(PLANS):
        try:
            if exceeded or (allowance is None and must_ask(session, command)):
                allowance = agree(session, plan(), consent, allowance, exceeded)
                exceeded = None
            resume(session.sender.within(allowance), report)
            steps = plan()
            if not steps:
                return sent, allowance
            allowance = allowance or agree(session, steps, consent)
            for each in steps:
                settle(each.effect.within(allowance), session.journal)
                sent.append(each)
                report.say(f"{each.kind} {each.subject}: {each.why}; done")
        except OvertakenError as overtaken:
            report.say(f"{overtaken}; looking again")
            exceeded = None
        except AllowanceError as more:
            report.say(f"{more}; asking again")
            exceeded = more
    raise ServiceError(
        f"{session.address} keeps changing: {PLANS} plans were overtaken",
        hint="run the same command again; what is on chain is never sent twice",
    )
