"""Transactions of a sale done on a throwaway copy of the chain: `--dry-run`.

Nothing is signed with the seller's key, and nothing is written: the copy is asked to act for the
account. Whether each does what it is for is then read from the copy, as it would be from the chain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from nftforge.chain.dry_run import need_anvil
from nftforge.core.errors import MismatchError
from nftforge.core.stage import Report
from nftforge.pipeline import documents
from nftforge.pipeline.job import Job, working
from nftforge.pipeline.minting import cost, trades
from nftforge.pipeline.minting.mint import carried_out_on_a_copy
from nftforge.pipeline.minting.open import embedded_path, rpc_url, sending
from nftforge.pipeline.minting.session import Step
from nftforge.pipeline.selling.shop import Shop, open_shop


@contextmanager
def shop_that_sends(
    job: Job, report: Report, places: Sequence[str] = ("page",), *, dry_run: bool
) -> Iterator[Shop]:
    """The shop, with what one command at a time holds; a dry run holds nothing.

    Raises MissingError if a dry run needs Anvil and there is none.
    """
    if dry_run:
        if job.network.kind != "embedded":
            need_anvil()
        with open_shop(job, report, places) as shop:
            yield shop
        return
    with (
        working(job, report),
        open_shop(job, report, places) as shop,
        sending(shop.session, job.locks, report),
    ):
        yield shop


def rehearsed(job: Job, shop: Shop, steps: Sequence[Step], report: Report) -> dict[str, Any]:
    """The bill of the steps, and what they used on the copy; for the command's document.

    Raises GuardError if a call fails there, MismatchError if one does not do what it is for.
    """
    session = shop.session
    bill = cost.bill(session, steps)
    if not steps:
        return {"bill": bill, "rehearsal": documents.rehearsal(())}
    with carried_out_on_a_copy(
        session,
        steps,
        report,
        rpc_url=rpc_url(job.network, job.env),
        embedded_path=embedded_path(job.file.work_folder),
    ) as (chain, receipts):
        for step in steps:
            if not trades.happened(chain, step.effect.details, chain.head()):
                raise MismatchError(
                    f"{step.kind} {step.subject}: the rehearsal went through and did not do it; "
                    "nothing was sent"
                )
        return {"bill": bill, "rehearsal": documents.rehearsal(receipts)}
