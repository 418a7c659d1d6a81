"""What the artist's own page sells: the living orders of the book and of the chain, and sales.

The page is built from what stands, whoever listed it and whenever, so what the file asks by now is
not looked at; an order that could not be bought is not shown. Nothing is asked of a chain without
Seaport, or of a collection that nobody ever listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nftforge.chain.contract import read_state
from nftforge.core.errors import GuardError, MissingError
from nftforge.core.stage import Report
from nftforge.market.orders import Order
from nftforge.market.seaport import Sale, check_seaport
from nftforge.pipeline.job import Job
from nftforge.pipeline.minting.session import Session
from nftforge.pipeline.selling.book import open_book
from nftforge.pipeline.selling.shop import Shop, seen_by
from nftforge.pipeline.selling.standing import Listed, look

SHOWN = ("for-sale", "not-begun")


@dataclass(frozen=True)
class PageSales:
    """By token id: what can be bought, and what was sold to whom."""

    orders: Mapping[int, Order] = field(default_factory=dict)
    sales: Mapping[int, tuple[Sale, Order | None]] = field(default_factory=dict)


def sales_for_page(job: Job, session: Session, report: Report) -> PageSales:
    """Raises ServiceError if the chain does not answer."""
    sale = job.file.collection.sale
    if sale is None or "page" not in sale.places:
        return PageSales()
    state = read_state(session.chain, session.address)
    try:
        check_seaport(session.chain)
    except (MissingError, GuardError):
        return PageSales()
    if state is None:
        return PageSales()
    seen = seen_by(session, list(range(1, state.next_id)))
    book = open_book(session.chain, job.file.work_folder)
    shop = Shop(session, book, {}, seen)
    return shown(shop, look(shop, (), report))


def shown(shop: Shop, rows: list[Listed]) -> PageSales:
    """Of many orders of one token the one that the book or the chain has last."""
    orders, sales = {}, {}
    for row in rows:
        plain = row.order.components.is_listing  # what asks for other things has no price
        if row.standing.state in SHOWN and row.is_published and plain:
            orders[row.token_id] = row.order
        elif row.sale and shop.seen.owners.get(row.token_id) != shop.seller:
            sales[row.token_id] = (row.sale, row.order)
    return PageSales(orders, {token: each for token, each in sales.items() if token not in orders})
