"""What a buyer pays, and who gets how much of it, exact to the wei.

A price is split into shares: fees in basis points of it, rounded down, and a royalty as the token
itself says (ERC-2981); the seller gets what is left, so that a fixed price is paid to the wei.

A price that changes is split at its start and at its end. In between Seaport takes each share along
a straight line of its own and rounds each up, to the recipients' favour: n shares together are at
most n - 1 wei above the line of the whole price. `total_at` is what is really taken.

Source: seaport-core 1.6.6, AmountDeriver.sol (`_locateCurrentAmount`)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nftforge.chain.connection import Chain
from nftforge.core.errors import ConfigError, GuardError
from nftforge.market.orders import ItemType, OfferItem, OrderComponents
from nftforge.market.tokens import royalty

BASIS = 10_000  # basis points of a whole
MONEY = (ItemType.NATIVE, ItemType.ERC20)


@dataclass(frozen=True)
class Share:
    """What `recipient` gets of a price, at its start and at its end; the same if it is fixed."""

    recipient: str
    start_amount: int
    end_amount: int


def fee_share(recipient: str, basis_points: int, start_price: int, end_price: int) -> Share:
    """A part of the price, rounded down. Raises ConfigError for less than 0 or more than all."""
    if not 0 <= basis_points <= BASIS:
        raise ConfigError(f"a fee of {basis_points} basis points: 0 to {BASIS} are possible")
    start, end = (price * basis_points // BASIS for price in (start_price, end_price))
    return Share(recipient, start, end)


def royalty_share(
    chain: Chain, token: str, token_id: int, start_price: int, end_price: int
) -> Share | None:
    """What the token asks of a sale; None if nothing.

    Raises GuardError if that is more than the price, or goes to another at the end than the start.
    """
    start, end = (royalty(chain, token, token_id, price) for price in (start_price, end_price))
    if start is None and end is None:
        return None
    receivers = {found[0] for found in (start, end) if found}
    amounts = [found[1] if found else 0 for found in (start, end)]
    if len(receivers) > 1 or amounts[0] > start_price or amounts[1] > end_price:
        raise GuardError(
            f"{token} asks for a royalty that no sale can pay: {amounts[0]} of {start_price} wei "
            f"to {', '.join(sorted(receivers))}",
            hint="ask whoever made that contract",
        )
    return Share(receivers.pop(), *amounts)


def rest(start_price: int, end_price: int, shares: Iterable[Share]) -> tuple[int, int]:
    """What is left for the seller at the start and at the end, in wei.

    Raises ConfigError if that is nothing: Seaport takes no item of amount 0.
    """
    taken = list(shares)
    start = start_price - sum(share.start_amount for share in taken)
    end = end_price - sum(share.end_amount for share in taken)
    if min(start, end) <= 0:
        raise ConfigError(
            f"fees and royalty leave the seller {min(start, end)} wei of a price of "
            f"{min(start_price, end_price)}"
        )
    return start, end


def amount_at(order: OrderComponents, item: OfferItem, time: int, *, round_up: bool) -> int:
    """The amount of an item at `time`, within the order's. Consideration is rounded up."""
    if item.start_amount == item.end_amount:
        return item.start_amount
    duration, elapsed = order.end_time - order.start_time, time - order.start_time
    if duration <= 0:  # it can never be taken
        return item.start_amount
    whole = item.start_amount * (duration - elapsed) + item.end_amount * elapsed
    return -(-whole // duration) if round_up else whole // duration


def total_at(order: OrderComponents, time: int) -> int:
    """What a buyer pays at `time`, in wei of the chain's currency."""
    return sum(
        amount_at(order, item, time, round_up=True)
        for item in order.consideration
        if item.item_type is ItemType.NATIVE
    )


def received_at(order: OrderComponents, who: str, time: int) -> int:
    """What `who` gets in money, once the order is taken at `time`: wei, or units of an ERC-20.

    Of an offer the seller (`who`) gets what it offers without what it asks for others.
    """
    asked = [
        (item.recipient.lower(), amount_at(order, item, time, round_up=True))
        for item in order.consideration
        if item.item_type in MONEY
    ]
    if order.offer[0].item_type in MONEY:
        offered = amount_at(order, order.offer[0], time, round_up=False)
        return offered - sum(amount for recipient, amount in asked if recipient != who.lower())
    return sum(amount for recipient, amount in asked if recipient == who.lower())
