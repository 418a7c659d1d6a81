"""Where an order stands, by the chain alone.

    sold        it was taken
    withdrawn   it was cancelled, or all orders of that time were (the counter)
    expired     its time is over
    not-begun   its time is to come
    for-sale    the very purchase was tried (eth_call, by a stranger who has the money) and works
    broken      it could not be taken now, and why: the token is another's, nobody is approved, the
                signature is not the seller's, ...

A broken order is not a dead one: it comes to life again when its token comes back or the approval
is given. Only what is sold, withdrawn or expired is over for good.

Of an offer for-sale means that the owner could accept it. To try one for any token takes a token;
without one only the money is looked at.

Source: seaport-core 1.6.6, OrderValidator.sol; geth's state override set, for eth_call
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from nftforge.chain.connection import Chain
from nftforge.chain.pricing import Call
from nftforge.core.errors import RevertedError
from nftforge.market.addresses import SEAPORT, operator
from nftforge.market.errors import describe
from nftforge.market.fulfillment import accept, buy, buyer_of
from nftforge.market.orders import ItemType, Order, OrderComponents
from nftforge.market.prices import amount_at, total_at
from nftforge.market.seaport import OrderStatus, counter_of, order_statuses
from nftforge.market.tokens import may_move, owner_of, spendable
from nftforge.market.typed_data import order_hash

State = Literal["for-sale", "sold", "withdrawn", "expired", "not-begun", "broken"]
STRANGER = "0x" + "57" * 20  # anybody who is no contract
GAS_MONEY = 10**18
MOST_PAID = 1 << 128  # wei; more than there is of any currency


@dataclass(frozen=True)
class Standing:
    """The state of an order, and the reason if it is broken."""

    state: State
    reason: str = ""


def standing_of(
    chain: Chain, order: Order, token_id: int | None = None, seaport: str = SEAPORT
) -> Standing:
    """As of the head. `token_id`: the token to try an offer for any with."""
    (standing,) = standings_of(chain, [order], token_id, seaport)
    return standing


def standings_of(
    chain: Chain, orders: Sequence[Order], token_id: int | None = None, seaport: str = SEAPORT
) -> list[Standing]:
    """Of many orders, all as of one block: a request for each that is alive, and a few more."""
    block = chain.head()
    time = chain.timestamp(block)
    hashes = [order_hash(order.components) for order in orders]
    statuses = order_statuses(chain, hashes, block, seaport)
    offerers = dict.fromkeys(order.components.offerer for order in orders)
    counters = {who: counter_of(chain, who, block, seaport) for who in offerers}
    standings = []
    for order, status in zip(orders, statuses, strict=True):
        current = counters[order.components.offerer] == order.components.counter
        over = _over(order.components, status, current, time)
        living = partial(_living, chain, order, block, time, token_id, seaport)
        standings.append(over or living())
    return standings


def _over(order: OrderComponents, status: OrderStatus, current: bool, time: int) -> Standing | None:
    """The state of an order that is over for good; `current`: it has the offerer's counter."""
    if status.taken:
        return Standing("sold")
    if status.cancelled or not current:
        return Standing("withdrawn")
    never = order.start_time >= order.end_time
    return Standing("expired") if never or time >= order.end_time else None


def _living(
    chain: Chain, order: Order, block: int, time: int, token_id: int | None, seaport: str
) -> Standing:
    """Of an order that is not over: tried, if its time has come; else only looked at."""
    begun = time >= order.components.start_time
    attempt = _attempt(chain, order, block, time, token_id, seaport) if begun else None
    refusal = _refusal(chain, attempt, block) if attempt else ""
    if attempt and not refusal:
        return Standing("for-sale")
    if reason := obstacle(chain, order.components, block, time, seaport) or refusal:
        return Standing("broken", reason)
    untried = "" if attempt else _why_untried(order.components)
    return Standing("for-sale" if begun else "not-begun", untried)


def obstacle(
    chain: Chain, order: OrderComponents, block: int, time: int, seaport: str = SEAPORT
) -> str:
    """Why the offerer could not give what is promised; empty if nothing is in the way."""
    given, mover = order.offer[0], operator(order.conduit_key, seaport)
    if given.item_type not in (ItemType.ERC20, ItemType.ERC721):
        return ""  # any of a set, or of another standard: nobody looks
    if given.item_type is ItemType.ERC20:
        needed = amount_at(order, given, max(time, order.start_time), round_up=False)
        balance, allowed = spendable(chain, given.token, order.offerer, mover, block)
        if balance < needed:
            return f"{order.offerer} has {balance} of the {needed} offered"
        return "" if allowed >= needed else f"{mover} may spend {allowed} of the {needed} offered"
    token_id = given.identifier_or_criteria
    owner = owner_of(chain, given.token, token_id, block)
    if owner is None:
        return f"there is no token {token_id} at {given.token}"
    if owner.lower() != order.offerer.lower():
        return (
            f"token {token_id} belongs to {owner} now; the order lives on, and can be taken again "
            "if the token comes back"
        )
    if not may_move(chain, given.token, owner, mover, token_id, block):
        return f"{mover} is not approved to move token {token_id}"
    return ""


def try_purchase(
    chain: Chain, order: Order, block: int, token_id: int | None = None, seaport: str = SEAPORT
) -> str:
    """Why taking the order would fail at `block`; empty if it works. Sends nothing."""
    attempt = _attempt(chain, order, block, chain.timestamp(block), token_id, seaport)
    return _refusal(chain, attempt, block) if attempt else ""


def _why_untried(order: OrderComponents) -> str:
    """Of what others than nftforge list: nothing here knows how to take it."""
    if _is_offer(order) or order.is_listing:
        return ""
    if not any(item.start_amount or item.end_amount for item in order.consideration):
        return "FOR NOTHING: whoever takes it pays nobody"
    return "it is not one token for the chain's currency, so the purchase was not tried"


def _is_offer(order: OrderComponents) -> bool:
    """Of money for a token."""
    return order.offer[0].item_type is ItemType.ERC20


def _refusal(chain: Chain, attempt: tuple[str, Call], block: int) -> str:
    who, call = attempt
    try:
        chain.call(call.fields(who), block, balances={who: call.value + GAS_MONEY})
    except RevertedError as refused:
        return describe(refused.data)
    return ""


def _attempt(
    chain: Chain, order: Order, block: int, time: int, token_id: int | None, seaport: str
) -> tuple[str, Call] | None:
    """Who takes the order, and how; None for an offer for any token, if no token is named, and for
    what others than nftforge list: for other money, for nothing, of other things."""
    components = order.components
    if not _is_offer(components):
        price = total_at(components, time)
        if not components.is_listing or price > MOST_PAID:
            return None
        return buyer_of(components) or STRANGER, buy(order, price, seaport)
    if not components.consideration:
        return None
    asked = components.consideration[0]
    if asked.item_type is ItemType.ERC721:
        token_id = asked.identifier_or_criteria
    owner = None if token_id is None else owner_of(chain, asked.token, token_id, block)
    return None if owner is None else (owner, accept(order, token_id, seaport=seaport))
