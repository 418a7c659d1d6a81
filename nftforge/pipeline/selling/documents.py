"""The JSON of the commands that sell. No signature is in any of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from nftforge.chain.networks import Network
from nftforge.core.money import in_ether
from nftforge.market.fulfillment import buyer_of
from nftforge.pipeline import documents
from nftforge.pipeline.job import Job
from nftforge.pipeline.selling.guards import times
from nftforge.pipeline.selling.orders import Wanted, kind_of
from nftforge.pipeline.selling.shop import Shop
from nftforge.pipeline.selling.standing import Listed, buyer_in, price_now


def heading(name: str | None, network: Network, address: str) -> dict[str, Any]:
    """As all documents begin, and the currency that its amounts are in."""
    return {**documents.heading(name, network, address), "currency": network.currency}


def listed(
    job: Job,
    shop: Shop,
    orders: Sequence[Wanted],
    new: Sequence[Wanted],
    bill: Mapping[str, Any],
) -> dict[str, Any]:
    """The document of `list --json`; what is not `new` was listed before."""
    hashes = {each.order_hash for each in new}
    return {
        **heading(job.collection.name, job.network, shop.token),
        "orders": [{**order_row(each), "cached": each.order_hash not in hashes} for each in orders],
        "total_wei": sum(each.asked.start_price for each in orders),
        "bill": dict(bill),
    }


def order_row(each: Wanted) -> dict[str, Any]:
    components = each.components
    return {
        "piece": each.asked.piece,
        "token_id": each.token_id,
        "order_hash": "0x" + each.order_hash.hex(),
        "kind": kind_of(components),
        "price_wei": each.asked.start_price,
        "end_price_wei": each.asked.end_price,
        "received_wei": each.received,
        "start": components.start_time,
        "end": components.end_time,
        "to": buyer_of(components),
    }


def table(job: Job, shop: Shop, orders: Sequence[Wanted], new: Sequence[Wanted]) -> dict[str, Any]:
    """What is agreed to: every new order with what is paid, to whom, and how it compares."""
    middle = median(each.asked.lowest for each in orders)
    return {
        "chain_id": job.network.chain_id,
        "orders": [
            {
                **order_row(each),
                "price": in_ether(each.asked.start_price),
                "end_price": in_ether(each.asked.end_price),
                "times": times(each.asked.lowest, middle),
                "received": in_ether(each.received),
                "fees": in_ether(each.asked.start_price - each.received),
                "fee_to": [share.recipient for share in each.shares],
            }
            for each in new
        ],
        "total": in_ether(sum(each.asked.start_price for each in new)),
        "received": in_ether(sum(each.received for each in new)),
        "standing": len(orders) - len(new),
    }


def offer(job: Job, piece: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """What is agreed to when an offer is accepted; `row`: as `offers --json` has it."""
    return {
        "chain_id": job.network.chain_id,
        "piece": piece,
        "order_hash": row["order_hash"],
        "buyer": row["bidder"],
        "amount": in_ether(row["amount_wei"]),
        "fees": in_ether(row["amount_wei"] - row["received_wei"]),
        "received": in_ether(row["received_wei"]),
        "currency": "WETH",
    }


def listings(
    begun: Mapping[str, Any], rows: Sequence[Listed], pieces: Mapping[int, str], time: int
) -> dict[str, Any]:
    """The document of `listings --json`."""
    return {
        **begun,
        "listings": [listing_row(row, pieces, time) for row in rows],
    }


def listing_row(row: Listed, pieces: Mapping[int, str], time: int) -> dict[str, Any]:
    components = row.order.components
    return {
        "piece": pieces.get(row.token_id),
        "token_id": row.token_id,
        "order_hash": "0x" + row.order_hash.hex(),
        "state": row.standing.state,
        "price_wei": price_now(row, time),
        "kind": kind_of(components),
        "start": components.start_time,
        "end": components.end_time,
        "seller": components.offerer,
        "buyer": buyer_in(row),
        "tx": row.sale.transaction if row.sale else None,
        "reason": row.standing.reason,
        "in_file": row.named,
        "on_chain": row.on_chain,
    }
