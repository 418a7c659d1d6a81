"""Orders that OpenSea hands out, each computed anew before anybody looks at it.

An order that comes back has to hash to the hash it comes under, stand at our Seaport, and cost what
is said of it. Beyond that a listing pays nobody but the seller and those who get fees, and has no
zone but the one demanded. An offer is in the currency that offers are made in, asks for one token
of the collection, and pays nobody else; its zone, if it has one, is OpenSea's, which signs for who
accepts.

    order_in     raises for what is not true: MismatchError, GuardError for another protocol
    check_...    raise GuardError for what nobody should sign or accept

Source: npm @opensea/api-types 0.12.0 (Listing, Offer, GetOrderResponse, FulfillmentData)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from nftforge.core.errors import BadAnswerError, ConfigError, GuardError, MismatchError, quoted
from nftforge.market.addresses import OPENSEA_ZONE, SEAPORT
from nftforge.market.opensea_terms import CollectionTerms
from nftforge.market.order_json import order_from_json, read_bytes, read_number
from nftforge.market.orders import (
    NOBODY,
    ConsiderationItem,
    ItemType,
    Order,
    OrderComponents,
    OrderType,
)
from nftforge.market.prices import MONEY
from nftforge.market.typed_data import order_hash

OPEN = (OrderType.FULL_OPEN, OrderType.PARTIAL_OPEN)
WEI_DECIMALS = 18


@dataclass(frozen=True)
class Refused:
    """An order that was not what it seemed, or that cannot be used here, and why."""

    order_hash: str
    reason: str


@dataclass(frozen=True)
class Found:
    """What OpenSea has: orders that were computed anew and fit, and those that do not."""

    orders: tuple[Order, ...]
    refused: tuple[Refused, ...] = ()


def hash_in(row: Any) -> str:
    """The hash that an order comes under, for messages and for comparing; "" if it has none."""
    value = row.get("order_hash") if isinstance(row, Mapping) else None
    return value.lower() if isinstance(value, str) and len(value) == 66 else ""


def order_in(row: Any, chain: str, seaport: str = SEAPORT) -> Order:
    """The order that a Listing or Offer of the API holds; without its signature, if it has none.

    Raises MismatchError for what cannot be read, another hash or chain, or another total;
    GuardError for another protocol.
    """
    if not isinstance(row, Mapping) or not isinstance(row.get("protocol_data"), Mapping):
        raise MismatchError("OpenSea's order has no protocol_data")
    if row.get("chain") != chain:
        raise MismatchError(f"OpenSea's order is for the chain {quoted(row.get('chain'))}")
    protocol = row.get("protocol_address")
    if str(protocol).lower() != seaport.lower():
        raise GuardError(f"OpenSea's order is for {quoted(protocol)}, not for Seaport at {seaport}")
    data = row["protocol_data"]
    whole = {
        "parameters": data.get("parameters"),
        "protocol_address": protocol,
        "signature": data.get("signature") or "0x",
    }
    try:
        order = order_from_json(whole, "OpenSea's order", seaport)
    except ConfigError as error:
        raise MismatchError(error.fact) from None
    ours = "0x" + order_hash(order.components).hex()
    if hash_in(row) != ours:
        raise MismatchError(
            f"OpenSea's order hashes to {ours}, and came under {quoted(row.get('order_hash'), 80)}"
        )
    _check_total(row, order.components)
    return order


def _check_total(row: Mapping[str, Any], order: OrderComponents) -> None:
    """The price that is shown is that of the items: between its two ends, if it changes."""
    price = row.get("price")
    if isinstance(price, Mapping) and "current" in price:
        price = price["current"]
    shown = price if isinstance(price, Mapping) else {}
    selling = order.offer and order.offer[0].item_type not in MONEY
    items = [item for item in (order.consideration if selling else order.offer)
             if item.item_type in MONEY]  # fmt: skip
    ends = sorted((sum(i.start_amount for i in items), sum(i.end_amount for i in items)))
    rounding = len(items) if ends[0] != ends[1] else 0  # each is rounded up on its way
    try:
        value = read_number(shown.get("value"))
    except ValueError:
        raise MismatchError(f"OpenSea says the price is {quoted(shown.get('value'))}") from None
    if not ends[0] <= value <= ends[1] + rounding or shown.get("decimals") != WEI_DECIMALS:
        raise MismatchError(
            f"OpenSea shows a price of {value} ({quoted(shown.get('decimals'))} decimals), and the "
            f"order is about {' to '.join(map(str, dict.fromkeys(ends)))} wei"
        )


def check_own_listing(
    order: OrderComponents, terms: CollectionTerms, seller: str, known: Iterable[str] = ()
) -> None:
    """A listing of `seller`'s; `known`: who else may be paid, as the token's royalty receiver."""
    if order.offerer.lower() != seller.lower():
        raise GuardError(f"the order is {order.offerer}'s, not {seller}'s")
    given = order.offer
    if len(given) != 1 or given[0].item_type is not ItemType.ERC721:
        raise GuardError("the order does not sell one token")
    _check_contract(given[0].token, terms)
    if order.zone.lower() not in (NOBODY, terms.zone.lower()):
        raise GuardError(f"the order has the zone {order.zone}, which was not set here")
    paid = [item for item in order.consideration if item.item_type in MONEY]
    _check_paid(paid, terms, {seller.lower(), *(who.lower() for who in known)})


def check_offer(
    order: OrderComponents,
    terms: CollectionTerms,
    currency: str,
    token_id: int | None,
    known: Iterable[str] = (),
) -> None:
    """An offer that can be accepted for `token_id`; None: for any token of the collection."""
    if len(order.offer) != 1 or order.offer[0].item_type is not ItemType.ERC20:
        raise GuardError("the order offers no money")
    if order.offer[0].token.lower() != currency.lower():
        raise GuardError(
            f"the offer is in {order.offer[0].token}, not in {currency}: it may be worth nothing"
        )
    if not order.consideration:
        raise GuardError("the offer asks for nothing")
    asked, *paid = order.consideration
    _check_asked(asked, order.offerer, terms, token_id)
    if order.zone not in (NOBODY, terms.zone, OPENSEA_ZONE):
        raise GuardError(
            f"the offer's zone {order.zone} is not OpenSea's: who knows what it allows"
        )
    if (order.order_type in OPEN) != (order.zone == NOBODY):
        raise GuardError("the offer has a zone that is not asked, or asks one that is not there")
    if any(item.token.lower() != currency.lower() for item in paid):
        raise GuardError("the offer asks for more than one token")
    _check_paid(paid, terms, {who.lower() for who in known})


def _check_asked(
    asked: ConsiderationItem, bidder: str, terms: CollectionTerms, token_id: int | None
) -> None:
    _check_contract(asked.token, terms)
    if (asked.start_amount, asked.end_amount) != (1, 1):
        raise GuardError(f"the offer is for {asked.start_amount} tokens at once")
    if asked.recipient != bidder:
        raise GuardError(f"the token would go to {asked.recipient}, and {bidder} pays")
    number = asked.identifier_or_criteria
    if asked.item_type is ItemType.ERC721_WITH_CRITERIA:
        if number:
            raise GuardError("the offer is for some tokens only: accept it on OpenSea's page")
        return
    if asked.item_type is not ItemType.ERC721 or number != token_id:
        raise GuardError(f"the offer is for token {number}, which was not asked about")


def _check_contract(token: str, terms: CollectionTerms) -> None:
    if token.lower() != terms.contract.lower():
        raise GuardError(f"the order is about {token}, not about {terms.contract}")


def _check_paid(
    items: Iterable[ConsiderationItem], terms: CollectionTerms, known: set[str]
) -> None:
    for item in items:
        if item.recipient.lower() not in known | terms.recipients:
            raise GuardError(
                f"the order pays {item.start_amount} wei to {item.recipient}, who is neither the "
                "seller nor one of those who get fees"
            )


# --- what an offer is accepted with ---------------------------------------------------------------


def orders_to_fill(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each order of a FulfilListingResponse, with the `extraData` that the call has for it.

    Raises BadAnswerError.
    """
    data = answer.get("fulfillment_data")
    rows = data.get("orders") if isinstance(data, Mapping) else None
    call = data.get("transaction") if isinstance(data, Mapping) else None
    given = call.get("input_data") if isinstance(call, Mapping) else None
    if not isinstance(rows, list) or not isinstance(given, Mapping):
        raise BadAnswerError("answered with JSON that has no orders to fulfil")
    among = given.get("orders")
    advanced = [given.get("advancedOrder"), *(among if isinstance(among, list) else [])]
    extra = {
        str(each.get("signature")).lower(): each.get("extraData")
        for each in advanced
        if isinstance(each, Mapping)
    }
    return [
        {**row, "extraData": extra.get(str(row.get("signature")).lower())}
        for row in rows
        if isinstance(row, Mapping)
    ]


def filled_in(row: Mapping[str, Any], seaport: str = SEAPORT) -> Order:
    """An order of `orders_to_fill`. Raises MismatchError."""
    try:
        order = order_from_json({**row, "protocol_address": seaport}, "OpenSea's order", seaport)
        extra = read_bytes(row.get("extraData") or "0x")
    except ConfigError as error:
        raise MismatchError(error.fact) from None
    except ValueError as wanted:
        raise MismatchError(f"OpenSea's order: its extraData is not {wanted}") from None
    return replace(order, extra_data=extra)
