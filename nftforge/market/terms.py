"""From what was agreed on to an order: a pure function, without a clock and without chance.

The same terms and counter give the same order, and so the same hash: a lost file is computed anew.
Even the salt follows from the terms. Hence an order that was cancelled stays cancelled, whoever
writes the same terms again: raise `series` to mean another one.

    fixed price    start_price = end_price
    Dutch          the price falls (or rises) from start_price to end_price, between the times
    private        one of the things asked for is the token itself, for the buyer: nobody else gains
                   by taking the order. It is matched with one of the buyer's own (fulfillment.py)
    offer          WETH for a token, or for any of a contract; its owner accepts

The first item asked for in a listing is the seller's money.

Source: npm @opensea/seaport-js 4.3 for the shape of private listings and of collection offers
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nftforge.core.errors import ConfigError
from nftforge.market.addresses import NO_CONDUIT
from nftforge.market.orders import (
    NOBODY,
    ConsiderationItem,
    ItemType,
    OfferItem,
    OrderComponents,
    OrderType,
)
from nftforge.market.prices import Share, rest
from nftforge.market.typed_data import order_hash


@dataclass(frozen=True)
class ListingTerms:
    """A token for the chain's currency. Prices in wei; times in seconds since 1970.

    `shares` are fees and royalty, out of the price: what they leave is the seller's.
    """

    seller: str
    token: str
    token_id: int
    start_price: int
    end_price: int
    start_time: int
    end_time: int
    shares: Sequence[Share] = ()
    buyer: str | None = None  # who alone may buy
    conduit_key: bytes = NO_CONDUIT
    zone: str = NOBODY
    series: int = 0


@dataclass(frozen=True)
class OfferTerms:
    """An amount of `currency` (WETH, in its units) for a token, or (None) any of the contract.

    `shares` are fees and royalty, out of the amount: what they leave is the accepting owner's.
    """

    bidder: str
    currency: str
    amount: int
    token: str
    token_id: int | None
    start_time: int
    end_time: int
    shares: Sequence[Share] = ()
    conduit_key: bytes = NO_CONDUIT
    zone: str = NOBODY
    series: int = 0


def listing(terms: ListingTerms, counter: int) -> OrderComponents:
    """Raises ConfigError for prices, shares or times that no order can have."""
    shares = _shares(terms.shares, terms.seller)
    own = Share(terms.seller, *rest(terms.start_price, terms.end_price, shares))
    token = (ItemType.ERC721, terms.token, terms.token_id, 1, 1)
    paid = [
        ConsiderationItem(
            ItemType.NATIVE, NOBODY, 0, share.start_amount, share.end_amount, share.recipient
        )
        for share in (own, *shares)
    ]
    if terms.buyer:
        paid.append(ConsiderationItem(*token, terms.buyer))
    return _order(terms, terms.seller, OfferItem(*token), paid, counter)


def offer(terms: OfferTerms, counter: int) -> OrderComponents:
    """Raises ConfigError for amounts, shares or times that no order can have."""
    shares = _shares(terms.shares, None)
    rest(terms.amount, terms.amount, shares)
    money = (ItemType.ERC20, terms.currency, 0)
    kind = ItemType.ERC721_WITH_CRITERIA if terms.token_id is None else ItemType.ERC721
    asked = ConsiderationItem(kind, terms.token, terms.token_id or 0, 1, 1, terms.bidder)
    paid = [
        ConsiderationItem(*money, share.start_amount, share.end_amount, share.recipient)
        for share in shares
    ]
    given = OfferItem(*money, terms.amount, terms.amount)
    return _order(terms, terms.bidder, given, [asked, *paid], counter)


def _shares(shares: Sequence[Share], seller: str | None) -> list[Share]:
    """Those that are somebody else's, and not nothing. Raises ConfigError for one that may be 0."""
    others = [
        share
        for share in shares
        if (share.start_amount or share.end_amount) and share.recipient != seller
    ]
    for share in others:
        if min(share.start_amount, share.end_amount) <= 0:
            raise ConfigError(
                f"{share.recipient} would get {share.start_amount} wei at the start and "
                f"{share.end_amount} at the end: Seaport pays no amount of 0",
                hint="raise the lowest price, or leave the fee out",
            )
    return others


def _order(
    terms: ListingTerms | OfferTerms,
    offerer: str,
    given: OfferItem,
    asked: Sequence[ConsiderationItem],
    counter: int,
) -> OrderComponents:
    if not 0 <= terms.start_time < terms.end_time:
        raise ConfigError(f"an order from {terms.start_time} to {terms.end_time} never begins")
    order = OrderComponents(
        offerer=offerer,
        zone=terms.zone,
        offer=(given,),
        consideration=tuple(asked),
        order_type=OrderType.FULL_OPEN if terms.zone == NOBODY else OrderType.FULL_RESTRICTED,
        start_time=terms.start_time,
        end_time=terms.end_time,
        zone_hash=bytes(32),
        salt=terms.series,
        conduit_key=terms.conduit_key,
        counter=counter,
    )
    return replace(order, salt=int.from_bytes(order_hash(order)))
