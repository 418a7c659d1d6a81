"""The transactions of selling: what each calls, and whether a chain shows what it does.

As with mints, a transaction is told by its `details`, plain JSON in the journal, and by nothing
else: its call is made from them, proven against what was signed, and looked for on the chain. What
a sale moves on meanwhile counts as done: nobody approves a token that is another's by now.

    approve       one token to whoever moves it for an order       approve-all  all of them
    revoke        nobody may move all of them any more
    validate      orders are on the chain and need no signature    cancel       orders, for ever
    count         no order of the seller's up to now is worth anything (incrementCounter)
    allow         the market may take fees out of wrapped ether    accept       an offer
    give          a token to somebody, for nothing
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from nftforge.chain.connection import Chain
from nftforge.chain.pricing import Call
from nftforge.core.errors import OvertakenError
from nftforge.core.money import in_ether
from nftforge.market import tokens
from nftforge.market.fulfillment import accept
from nftforge.market.order_json import components_from_json, order_from_json
from nftforge.market.orders import ItemType, Order, OrderComponents
from nftforge.market.seaport import (
    cancel,
    counter_of,
    increment_counter,
    order_statuses,
    validate,
)
from nftforge.market.typed_data import order_hash

KINDS = frozenset(
    {
        "approve", "approve-all", "revoke", "validate", "cancel", "count", "allow", "accept",
        "give",
    }
)  # fmt: skip


def call_of(details: Mapping[str, Any]) -> Call:
    """The call that does what `details` say."""
    token, kind = str(details["address"]), details["kind"]
    match kind:
        case "approve":
            return tokens.approve(token, details["operator"], details["token_id"])
        case "approve-all" | "revoke":
            return tokens.approve_all(token, details["operator"], kind == "approve-all")
        case "validate":
            return validate([Order(components) for components in _orders(details)])
        case "cancel":
            return cancel(_orders(details))
        case "count":
            return increment_counter()
        case "allow":
            return tokens.allow(details["currency"], details["operator"], details["amount"])
        case "accept":
            return accept(_offer(details), details["token_id"], bytes.fromhex(details["conduit"]))
    return tokens.give(token, details["owner"], details["to"], details["token_id"])


def happened(chain: Chain, details: Mapping[str, Any], block: int) -> bool:
    """Whether `block` shows it. Raises OvertakenError if it never can be."""
    token, owner = str(details["address"]), str(details["owner"])
    match details["kind"]:
        case "approve":
            operator, token_id = details["operator"], details["token_id"]
            holder = tokens.owner_of(chain, token, token_id, block)
            return holder != owner or tokens.may_move(
                chain, token, owner, operator, token_id, block
            )
        case "approve-all":
            return tokens.may_move_all(chain, token, owner, details["operator"], block)
        case "revoke":
            return not tokens.may_move_all(chain, token, owner, details["operator"], block)
        case "validate":
            states = _statuses(chain, details, block)
            return all(each.validated or each.cancelled or each.taken for each in states)
        case "cancel":
            if counter_of(chain, owner, block) != _orders(details)[0].counter:
                return True
            return all(each.cancelled or each.taken for each in _statuses(chain, details, block))
        case "count":
            return counter_of(chain, owner, block) != int(details["counter"])
        case "allow":
            currency, operator = details["currency"], details["operator"]
            _, allowed = tokens.spendable(chain, currency, owner, operator, block)
            return allowed >= int(details["amount"])
        case "accept":
            return _accepted(chain, details, block)
    return _given(chain, details, block)


def in_words(details: Mapping[str, Any], pieces: Mapping[int, str], currency: str) -> str:
    """What it is about: pieces by their names, prices, and the orders' hashes."""
    match details["kind"]:
        case "approve":
            return _piece(pieces, details["token_id"])
        case "approve-all":
            return "all tokens"
        case "revoke":
            return "the approval"
        case "validate" | "cancel":
            return orders_in_words(_orders(details), pieces, currency)
        case "count":
            return "every order up to now"
        case "allow":
            return f"{in_ether(int(details['amount']))} WETH"
        case "accept":
            offer, piece = _offer(details).components, _piece(pieces, details["token_id"])
            amount = in_ether(offer.offer[0].start_amount)
            return f"{piece} to {offer.offerer} for {amount} WETH ({_short(offer)})"
    return f"{_piece(pieces, details['token_id'])} to {details['to']}"


def orders_in_words(
    orders: Sequence[OrderComponents], pieces: Mapping[int, str], currency: str
) -> str:
    """The first three of listings: piece, price and hash."""
    told = []
    for order in orders[:3]:
        piece = _piece(pieces, order.offer[0].identifier_or_criteria)
        told.append(f"{piece} at {_price(order, currency)} ({_short(order)})")
    return ", ".join(told) + (f" and {len(orders) - 3} more" if len(orders) > 3 else "")


def _price(order: OrderComponents, currency: str) -> str:
    """What is asked for, in the chain's currency or not."""
    asked = [item for item in order.consideration if item.item_type is ItemType.NATIVE]
    start = in_ether(sum(item.start_amount for item in asked))
    end = in_ether(sum(item.end_amount for item in asked))
    price = f"{start} {currency}" if start == end else f"{start} to {end} {currency}"
    others = {item.token for item in order.consideration if item.item_type is ItemType.ERC20}
    if not others:
        return price
    return f"units of {' and '.join(sorted(others))}" + (f" and {price}" if asked else "")


def _piece(pieces: Mapping[int, str], token_id: int) -> str:
    return pieces.get(token_id, f"token {token_id}")


def _short(order: OrderComponents) -> str:
    return f"order 0x{order_hash(order).hex()[:8]}"


def _accepted(chain: Chain, details: Mapping[str, Any], block: int) -> bool:
    offer = _offer(details).components
    (status,) = order_statuses(chain, [order_hash(offer)], block)
    if status.cancelled or counter_of(chain, offer.offerer, block) != offer.counter:
        raise OvertakenError("the offer was withdrawn in the meantime")
    token, token_id = str(details["address"]), int(details["token_id"])
    kept = status.taken and tokens.owner_of(chain, token, token_id, block) == details["owner"]
    if kept:
        raise OvertakenError("the offer was taken for another token in the meantime")
    return status.taken


def _given(chain: Chain, details: Mapping[str, Any], block: int) -> bool:
    token_id, token = int(details["token_id"]), str(details["address"])
    holder = tokens.owner_of(chain, token, token_id, block)
    if holder not in (details["owner"], details["to"]):
        raise OvertakenError(f"token {token_id} of {token} belongs to {holder} by now")
    return holder == str(details["to"])


def _orders(details: Mapping[str, Any]) -> list[OrderComponents]:
    return [components_from_json(each) for each in details["orders"]]


def _offer(details: Mapping[str, Any]) -> Order:
    extra_data = bytes.fromhex(str(details["extra_data"]))
    return replace(order_from_json(details["order"]), extra_data=extra_data)


def _statuses(chain: Chain, details: Mapping[str, Any], block: int) -> list[Any]:
    return order_statuses(chain, [order_hash(each) for each in _orders(details)], block)
