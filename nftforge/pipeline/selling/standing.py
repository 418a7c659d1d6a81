"""What became of every order there is: the file's, those in the book, those on the chain.

An order that nobody can prove (no signature here, not validated on the chain) is no promise, and is
left out; unless it is written down that it was signed elsewhere, or was about to be. Where nothing
at all is written down, and a market was approved, the file's orders are shown as broken, for others
may have their signatures, and `list` makes the same ones again.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from nftforge.chain.connection import Chain
from nftforge.core.errors import ContradictionError, ServiceError
from nftforge.core.stage import Report
from nftforge.market.addresses import OPENSEA_CONDUIT_KEY, SEAPORT, conduit
from nftforge.market.fulfillment import buyer_of
from nftforge.market.orders import Order, OrderComponents
from nftforge.market.prices import total_at
from nftforge.market.seaport import Sale, order_statuses, sales_of, validated_by
from nftforge.market.status import Standing, standings_of
from nftforge.market.tokens import approvers, first_approval, may_move_all
from nftforge.market.typed_data import order_hash
from nftforge.pipeline.selling.book import cover, orders_in
from nftforge.pipeline.selling.guards import Before
from nftforge.pipeline.selling.shop import Shop

ALIVE = ("for-sale", "not-begun", "broken")  # a broken one lives again when its token comes back
OPERATORS = (SEAPORT, conduit(OPENSEA_CONDUIT_KEY))
OVER = ("sold", "withdrawn")  # an order in that state can never be taken again
ELSEWHERE = (
    "signed on another machine, or as a run broke off, and may be bought by who has the signature; "
    "`nftforge list` makes the one that the file asks for again, `nftforge delist` withdraws it"
)
UNSIGNED = "not signed here, nor on the chain: `nftforge list` makes the same order again"


@dataclass(frozen=True)
class Listed:
    """One order and where it stands."""

    order: Order
    standing: Standing
    named: bool  # the file asks for it as it is
    on_chain: bool = False  # validated: it needs no signature
    sale: Sale | None = None
    noted: bool = False  # signed elsewhere, or about to be signed here
    may_be_out: bool = False  # the book is lost, and this may have been signed before

    @property
    def order_hash(self) -> bytes:
        return order_hash(self.order.components)

    @property
    def token_id(self) -> int:
        return self.order.components.offer[0].identifier_or_criteria

    @property
    def is_published(self) -> bool:
        """Somebody can hold it."""
        return bool(self.order.signature) or self.on_chain

    @property
    def is_known(self) -> bool:
        """It is no mere guess that it was signed."""
        return self.is_published or self.noted

    @property
    def is_alive(self) -> bool:
        """It can be taken, now or one day."""
        return (self.is_known or self.may_be_out) and self.standing.state in ALIVE


def look(shop: Shop, named: Iterable[OrderComponents], report: Report) -> list[Listed]:
    """Every order of the seller's for tokens of the collection, in the order of tokens."""
    wanted = {order_hash(each): Order(each) for each in named}
    asked = {each: order.components for each, order in wanted.items()}
    written = orders_in(shop.book, shop.seller, shop.token, asked)
    recorded = shop.record.orders(shop.seller, shop.token)
    first_block = _first_block(shop)
    validated = _validated(shop, first_block, report)
    elsewhere = {each: Order(order) for each, order in recorded.items()}
    orders = {**wanted, **validated, **elsewhere, **written.orders}
    noted = {*recorded, *written.unsure}
    sales = {} if "sales" in shop.refused else _sales(shop.chain, shop.seller, first_block, report)
    if sales is None:
        shop.refused.add("sales")
    rows = [
        _found_on_chain(replace(listed, noted=listed.order_hash in noted), validated, sales or {})
        for listed in _standing(shop.chain, list(orders.values()), wanted.keys())
    ]
    is_lost = first_block is not None and not (shop.is_covered or written.orders or recorded)
    return [
        replace(row, may_be_out=is_lost and not row.is_known)
        for row in rows
        if row.is_known or row.standing.state in OVER or is_lost
    ]


def _first_block(shop: Shop) -> int | None:
    """The first approval of a market; None: there was none.

    Raises ServiceError if the node shows no logs, where its state shows that there are some.
    """
    found = first_approval(shop.chain, shop.token, shop.seller, OPERATORS, shop.since)
    approved = (may_move_all(shop.chain, shop.token, shop.seller, each) for each in OPERATORS)
    if found is None and any(approved):
        raise ServiceError(
            f"{shop.chain.where} shows no logs of {shop.token}, and what is listed stands there",
            hint=f"name another node in {shop.chain.network.rpc_env}; nothing was signed",
        )
    return found


def warn_of_the_unseen(shop: Shop, report: Report) -> None:
    """If a market was approved before anything was written down here: orders may be out."""
    if shop.is_covered:
        return
    if first_approval(shop.chain, shop.token, shop.seller, OPERATORS, shop.since) is not None:
        also = f", nor {shop.record.path}" if shop.record.path else ""
        report.warn(
            f"a market was approved to move tokens, and {shop.book.path} was not there{also}: what "
            "another machine, a lost folder or another site signed at other prices may still be "
            "bought, and is not seen here; put back a copy, or `nftforge delist --all` ends all of "
            "it"
        )


def begin_book(shop: Shop) -> None:
    """Before the first approval: whatever is signed from now on is written down."""
    if shop.is_covered:
        return
    if first_approval(shop.chain, shop.token, shop.seller, OPERATORS, shop.since) is None:
        cover(shop.book, shop.record, shop.seller, shop.token, shop.seen.counter)


def _standing(chain: Chain, orders: Sequence[Order], named: Iterable[bytes]) -> list[Listed]:
    known = set(named)
    standings = standings_of(chain, orders)
    statuses = order_statuses(chain, [order_hash(order.components) for order in orders])
    rows = [
        Listed(order, standing, order_hash(order.components) in known, status.validated)
        for order, standing, status in zip(orders, standings, statuses, strict=True)
    ]
    return sorted(rows, key=lambda row: (row.token_id, not row.is_alive, not row.named))


def _found_on_chain(
    listed: Listed, validated: Container[bytes], sales: Mapping[bytes, Sale]
) -> Listed:
    standing = listed.standing
    if standing.state == "broken" and not listed.is_published:
        standing = Standing("broken", ELSEWHERE if listed.noted else UNSIGNED)
    return replace(
        listed,
        standing=standing,
        on_chain=listed.on_chain or listed.order_hash in validated,
        sale=sales.get(listed.order_hash),
    )


def _validated(shop: Shop, first_block: int | None, report: Report) -> dict[bytes, Order]:
    """Orders on the chain; none if nobody was ever approved to move a token."""
    if first_block is None or "orders" in shop.refused:
        return {}
    try:
        found = validated_by(shop.chain, shop.seller, shop.token, first_block)
    except ContradictionError:
        raise
    except ServiceError as refused:
        shop.refused.add("orders")
        report.warn(
            f"orders on the chain were not searched for: {refused.fact}; what the book of this "
            "machine does not have is not seen"
        )
        return {}
    return {order_hash(order.components): order for order in found}


def _sales(
    chain: Chain, seller: str, first_block: int | None, report: Report
) -> Mapping[bytes, Sale] | None:
    """None if the node refuses to look so far back."""
    if first_block is None:
        return {}
    try:
        return sales_of(chain, seller, first_block)
    except ContradictionError:
        raise
    except ServiceError as refused:
        report.warn(f"who bought was not searched for: {refused.fact}")
        return None


def buyer_in(listed: Listed) -> str | None:
    """Who bought, or who alone may."""
    private = buyer_of(listed.order.components)
    return private or (listed.sale.recipient if listed.sale else None)


def price_now(listed: Listed, time: int) -> int:
    """Wei: what was paid, else what is asked at `time`, within the order's."""
    components = listed.order.components
    if listed.sale:
        return listed.sale.paid
    return total_at(components, min(max(time, components.start_time), components.end_time))


def prices_before(
    rows: Sequence[Listed], sales: Iterable[Sale], token_id: int, asked: bytes = b""
) -> list[Before]:
    """What the token was last offered for: by living orders, else by the last one, else its sale.

    `asked`: the hash of the order that this is to be compared with, which counts for nothing.
    """
    others = [row for row in rows if row.token_id == token_id and row.order_hash != asked]
    others = [row for row in others if row.is_known or row.standing.state == "sold"]
    others = [row for row in others if row.order.components.is_listing]
    alive = [row for row in others if row.is_alive]
    if shown := alive or others[-1:]:
        return [_asked_before(row) for row in shown]
    sold = [sale for sale in sales if sale.token_id == token_id and sale.paid]
    last = max(sold, key=lambda sale: sale.block, default=None)
    return [Before(last.paid, last.paid, "its last sale")] if last else []


def _asked_before(row: Listed) -> Before:
    order = row.order.components
    ends = total_at(order, order.start_time), total_at(order, order.end_time)
    return Before(min(ends), max(ends), f"its order 0x{row.order_hash.hex()[:8]}")


def sales_here(shop: Shop, report: Report) -> list[Sale]:
    """Of the seller's listings for tokens of the collection, whoever wrote them down."""
    first_block = _first_block(shop)
    found = {} if "sales" in shop.refused else _sales(shop.chain, shop.seller, first_block, report)
    if found is None:
        shop.refused.add("sales")
    return [sale for sale in (found or {}).values() if sale.token.lower() == shop.token.lower()]


def looked_at_contract(chain: Chain, token: str, report: Report) -> list[Listed]:
    """Of every seller: orders on the chain, and what became of them."""
    rows: list[Listed] = []
    for seller, first_block in approvers(chain, token, OPERATORS).items():
        orders = validated_by(chain, seller, token, first_block)
        sales = _sales(chain, seller, first_block, report)
        found = _standing(chain, orders, ())
        rows += [_found_on_chain(row, {row.order_hash}, sales or {}) for row in found]
    return sorted(rows, key=lambda row: (row.token_id, not row.is_alive))
