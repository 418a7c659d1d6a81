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

from dataclasses import dataclass
from typing import Literal

from nftforge.chain.connection import Chain
from nftforge.chain.pricing import Call
from nftforge.core.errors import RevertedError
from nftforge.market.addresses import SEAPORT, operator
from nftforge.market.errors import describe
from nftforge.market.fulfillment import accept, buy, buyer_of
from nftforge.market.orders import ItemType, Order, OrderComponents
from nftforge.market.prices import amount_at, total_at
from nftforge.market.seaport import counter_of, order_status
from nftforge.market.tokens import may_move, owner_of, spendable
from nftforge.market.typed_data import order_hash

State = Literal["for-sale", "sold", "withdrawn", "expired", "not-begun", "broken"]
STRANGER = "0x" + "57" * 20  # anybody who is no contract
GAS_MONEY = 10**18


@dataclass(frozen=True)
class Standing:
    """The state of an order, and the reason if it is broken."""

    state: State
    reason: str = ""


def standing_of(
    chain: Chain, order: Order, token_id: int | None = None, seaport: str = SEAPORT
) -> Standing:
    """As of the head. `token_id`: the token to try an offer for any with."""
    block = chain.head()
    components, time = order.components, chain.timestamp(block)
    status = order_status(chain, order_hash(components), block, seaport)
    if status.taken:
        return Standing("sold")
    if status.cancelled or counter_of(chain, components.offerer, block, seaport) != (
        components.counter
    ):
        return Standing("withdrawn")
    if time >= components.end_time:
        return Standing("expired")
    if reason := obstacle(chain, components, block, time, seaport):
        return Standing("broken", reason)
    if time < components.start_time:
        return Standing("not-begun")
    reason = try_purchase(chain, order, block, token_id, seaport)
    return Standing("broken", reason) if reason else Standing("for-sale")


def obstacle(
    chain: Chain, order: OrderComponents, block: int, time: int, seaport: str = SEAPORT
) -> str:
    """Why the offerer could not give what is promised; empty if nothing is in the way."""
    given, mover = order.offer[0], operator(order.conduit_key, seaport)
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
    attempt = _attempt(chain, order, block, token_id, seaport)
    if attempt is None:
        return ""
    who, call = attempt
    try:
        chain.call(call.fields(who), block, balances={who: call.value + GAS_MONEY})
    except RevertedError as refused:
        return describe(refused.data)
    return ""


def _attempt(
    chain: Chain, order: Order, block: int, token_id: int | None, seaport: str
) -> tuple[str, Call] | None:
    """Who takes the order, and how; None for an offer for any token, if no token is named."""
    components = order.components
    if components.offer[0].item_type is not ItemType.ERC20:
        price = total_at(components, chain.timestamp(block))
        return buyer_of(components) or STRANGER, buy(order, price, seaport)
    asked = components.consideration[0]
    if asked.item_type is ItemType.ERC721:
        token_id = asked.identifier_or_criteria
    owner = None if token_id is None else owner_of(chain, asked.token, token_id, block)
    return None if owner is None else (owner, accept(order, token_id, seaport=seaport))
