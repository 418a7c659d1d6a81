"""What `list` would refuse for what the file says, told by `check` before a piece is painted.

A run does not look at it: a sale that is over ends no run.
"""

from __future__ import annotations

import time
from typing import Any

from nftforge.chain.links import OPENSEA
from nftforge.core.money import in_ether
from nftforge.core.plural import counted
from nftforge.pipeline.job import Job
from nftforge.pipeline.preflight import row
from nftforge.pipeline.selling.offering import ListOptions, check_asked
from nftforge.pipeline.selling.shop import opensea_of
from nftforge.pipeline.selling.terms import check_times

SALE = "sale"


def examine_sale(job: Job) -> list[dict[str, Any]]:
    """A row as `preflight.examine` gives them; none where nothing is for sale."""
    priced = any(piece.price and not piece.price.is_none for piece in job.collection.pieces)
    sells = priced or job.collection.sale is not None
    return [row(SALE, lambda: check_sale(job))] if sells else []


def check_sale(job: Job) -> str:
    """Raises ConfigError, GuardError or MissingError as `list` would, with the line."""
    sale, chosen = check_asked(job, ListOptions())
    check_times(job.file, chosen, int(time.time()))
    if "opensea" in sale.places and job.network.chain_id in OPENSEA:
        opensea_of(job)
    least, most = (f(each.lowest for each in chosen) for f in (min, max))
    prices = in_ether(least) if least == most else f"{in_ether(least)} to {in_ether(most)}"
    return f"{counted(len(chosen), 'piece')} for {prices} {job.network.currency}"
