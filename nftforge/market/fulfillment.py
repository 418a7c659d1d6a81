"""Taking orders: the calls of who buys, and of who accepts an offer.

    fixed price       fulfillBasicOrder_efficient_6GL6yc, the cheapest (its selector is 0x00000000)
    Dutch             fulfillOrder; what is paid too much comes back in the same transaction
    several at once   fulfillAvailableAdvancedOrders; what is gone is left out, and its price comes
                      back
    private           matchOrders with an order of the buyer's own, which offers the money and asks
                      for nothing; it needs no signature, for the buyer sends it
    offer for one     fulfillBasicOrder_efficient_6GL6yc; fees come out of the offer
    offer for any     fulfillAdvancedOrder with a resolver that says which; fees are paid by who
                      accepts, out of what came in: the operator has to be allowed that much WETH
    offer of a zone   fulfillAdvancedOrder too, for it carries what the zone wants

Source: seaport-types 1.6.3, ConsiderationStructs.sol, ConsiderationEnums.sol; npm
@opensea/seaport-js 4.3, utils/fulfill.ts, for how fulfilments are put together
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nftforge.chain.pricing import Call
from nftforge.core.errors import ConfigError
from nftforge.market.addresses import NO_CONDUIT, SEAPORT
from nftforge.market.orders import (
    NOBODY,
    ConsiderationItem,
    ItemType,
    OfferItem,
    Order,
    OrderComponents,
    OrderType,
)
from nftforge.market.seaport import interface

BASIC = "fulfillBasicOrder_efficient_6GL6yc"
# BasicOrderType: what the fulfiller gives, to what it gets; the type of the order is added.
ETH_TO_ERC721, ERC721_TO_ERC20 = 0, 16
CONSIDERATION = 1  # of enum Side

Component = tuple[int, int]
"""(place of an order, place of an item in it)."""


def buy(order: Order, price: int, seaport: str = SEAPORT) -> Call:
    """The purchase of a listing for at most `price` wei (`prices.total_at`, or more).

    To be sent by the buyer. Raises ConfigError if the order is no listing.
    """
    components = order.components
    if components.offer[0].item_type is not ItemType.ERC721:
        raise ConfigError("this order sells no token: it can be accepted, not bought")
    if buyer_of(components):
        return _match(order, price, seaport)
    if is_fixed(components):
        data = interface().encode(BASIC, _basic(order, ETH_TO_ERC721, NO_CONDUIT))
    else:
        data = interface().encode("fulfillOrder", order.abi, NO_CONDUIT)
    return Call(seaport, data, price)


def buy_available(orders: Sequence[Order], price: int, buyer: str, seaport: str = SEAPORT) -> Call:
    """Several listings in one transaction, for at most `price` wei; `buyer` gets the tokens.

    Orders that cannot be taken any more are left out. Raises ConfigError for a private one.
    """
    if any(buyer_of(order.components) for order in orders):
        raise ConfigError("a private listing is bought alone")
    offered = [
        [(place, item)]
        for place, order in enumerate(orders)
        for item in range(len(order.components.offer))
    ]
    data = interface().encode(
        "fulfillAvailableAdvancedOrders",
        [order.advanced for order in orders], [], offered,
        _by_recipient([order.components for order in orders]),
        NO_CONDUIT, buyer, len(orders),
    )  # fmt: skip
    return Call(seaport, data, price)


def accept(
    order: Order, token_id: int | None = None, conduit_key: bytes = NO_CONDUIT,
    seaport: str = SEAPORT,
) -> Call:  # fmt: skip
    """To be sent by the token's owner, who has approved it to the operator of `conduit_key`.

    `token_id` for an offer that takes any. Raises ConfigError if the order is no offer, or none is
    given for one that needs it.
    """
    components = order.components
    asked = components.consideration[0]
    if components.offer[0].item_type is not ItemType.ERC20:
        raise ConfigError("this order offers no money: it can be bought, not accepted")
    if not fees_come_from_the_seller(order):
        return Call(seaport, interface().encode(BASIC, _basic(order, ERC721_TO_ERC20, conduit_key)))
    one = asked.item_type is ItemType.ERC721
    if token_id is None and not one:
        raise ConfigError("this offer takes any token of the collection: say which one")
    resolvers: list[Any] = [] if one else [(0, CONSIDERATION, 0, token_id, [])]
    data = interface().encode(
        "fulfillAdvancedOrder", order.advanced, resolvers, conduit_key, NOBODY
    )
    return Call(seaport, data)


def fees_come_from_the_seller(offer: Order) -> bool:
    """Whether who accepts pays them out of what came in: his operator then needs an allowance. Of a
    plain offer for one token they come out of the offer itself."""
    asked = offer.components.consideration[0]
    return asked.item_type is not ItemType.ERC721 or bool(offer.extra_data)


def buyer_of(order: OrderComponents) -> str | None:
    """Who alone can buy a private listing; None if it is none."""
    given = order.offer[0]
    for item in order.consideration:
        same = (item.token.lower(), item.identifier_or_criteria) == (
            given.token.lower(), given.identifier_or_criteria,
        )  # fmt: skip
        if item.item_type is given.item_type is ItemType.ERC721 and same:
            return item.recipient
    return None


def is_fixed(order: OrderComponents) -> bool:
    """Whether no amount changes with time."""
    items: list[OfferItem] = [*order.offer, *order.consideration]
    return all(item.start_amount == item.end_amount for item in items)


def _basic(order: Order, route: int, fulfiller_conduit: bytes) -> tuple[Any, ...]:
    """The struct BasicOrderParameters."""
    components = order.components
    (given,), (first, *others) = components.offer, components.consideration
    return (
        first.token, first.identifier_or_criteria, first.start_amount, components.offerer,
        components.zone, given.token, given.identifier_or_criteria, given.start_amount,
        route + int(components.order_type), components.start_time, components.end_time,
        components.zone_hash, components.salt, components.conduit_key, fulfiller_conduit,
        len(others), [(item.start_amount, item.recipient) for item in others], order.signature,
    )  # fmt: skip


def _match(order: Order, price: int, seaport: str) -> Call:
    """A private listing beside an order of its buyer that offers `price`; the rest comes back."""
    listing = order.components
    buyer = buyer_of(listing)
    assert buyer
    money = (ItemType.NATIVE, NOBODY, 0, price, price)
    mirror = OrderComponents(
        buyer, NOBODY, (OfferItem(*money),), (), OrderType.FULL_OPEN, listing.start_time,
        listing.end_time, bytes(32), listing.salt, NO_CONDUIT, 0,
    )  # fmt: skip
    fulfillments = [
        ([(0, 0)] if item.item_type is ItemType.ERC721 else [(1, 0)], [(0, place)])
        for place, item in enumerate(listing.consideration)
    ]
    data = interface().encode("matchOrders", [order.abi, Order(mirror).abi], fulfillments)
    return Call(seaport, data, price)


def _by_recipient(orders: Sequence[OrderComponents]) -> list[list[Component]]:
    """What is paid, of one currency to one recipient in one transfer."""
    found: dict[tuple[int, str, int, str], list[Component]] = {}
    for place, order in enumerate(orders):
        for number, item in enumerate(order.consideration):
            found.setdefault(_paid_like(item), []).append((place, number))
    return list(found.values())


def _paid_like(item: ConsiderationItem) -> tuple[int, str, int, str]:
    return item.item_type, item.token.lower(), item.identifier_or_criteria, item.recipient.lower()
