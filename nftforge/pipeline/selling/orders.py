"""The file's terms as Seaport orders: a pure function of file, contract and counter."""

from __future__ import annotations

from dataclasses import dataclass

from nftforge.core.errors import ConfigError
from nftforge.market.fulfillment import buyer_of, is_fixed
from nftforge.market.opensea_terms import check_listing
from nftforge.market.orders import NOBODY, OrderComponents
from nftforge.market.prices import Share, royalty_share
from nftforge.market.terms import ListingTerms, listing
from nftforge.market.typed_data import order_hash
from nftforge.pipeline.job import Job
from nftforge.pipeline.selling.shop import Shop
from nftforge.pipeline.selling.terms import Asked, on_the_clock_of, sale_of


@dataclass(frozen=True)
class Wanted:
    """An order that the file asks for, of a token that is there and ours."""

    asked: Asked
    token_id: int
    components: OrderComponents
    shares: tuple[Share, ...]  # fees and royalty
    series: int

    @property
    def order_hash(self) -> bytes:
        return order_hash(self.components)

    @property
    def received(self) -> int:
        """What the seller gets at the start, in wei."""
        return self.asked.start_price - sum(share.start_amount for share in self.shares)


def wanted(job: Job, shop: Shop, asked: Asked) -> Wanted:
    """Raises ConfigError with the line for a price that leaves nothing, GuardError for a royalty
    that no price can pay."""
    series, token_id = sale_of(job.file).series, shop.tokens[asked.piece]
    if asked.buyer == shop.seller:
        raise job.file.error(asked.place, f"{asked.buyer} is your own address: nobody could buy")
    terms = on_the_clock_of(job.network, asked)
    start, end, market = asked.start_price, asked.end_price, shop.marketplace
    shares = [royalty_share(shop.chain, shop.token, token_id, start, end)]
    try:
        if market:
            shares += market.terms.shares(start, end, private=bool(asked.buyer))
        taken = tuple(share for share in shares if share and share.recipient != shop.seller)
        components = listing(
            ListingTerms(
                shop.seller, shop.token, token_id, start, end, terms.start_time, terms.end_time,
                taken, asked.buyer, shop.conduit_key,
                market.terms.zone if market else NOBODY, series,
            ),
            shop.seen.counter,
        )  # fmt: skip
        if market:
            check_listing(components, market.terms)
    except ConfigError as error:
        raise job.file.error(asked.place, error.fact, hint=error.hint) from None
    return Wanted(asked, token_id, components, taken, series)


def kind_of(order: OrderComponents) -> str:
    """`fixed`, `dutch` or `private`."""
    if buyer_of(order):
        return "private"
    return "fixed" if is_fixed(order) else "dutch"
