"""What a Seaport order is: the protocol's structs, frozen, by its own names in Python's spelling.

An order gives the items of `offer` for the items of `consideration`, each of which goes to its
recipient, from `start_time` (inclusive) to `end_time` (exclusive), in seconds since 1970 by the
chain's clock. An item whose two amounts differ changes from one to the other in that time. Amounts
of ETH are wei; addresses are 0x and 40 hex digits; bytes32 are 32 bytes.

Source: seaport-types 1.6.3, ConsiderationStructs.sol and ConsiderationEnums.sol
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from eth_utils import to_checksum_address

NOBODY = "0x" + "00" * 20


class ItemType(IntEnum):
    """What an item is: the currency of the chain, or a token of some standard."""

    NATIVE = 0
    ERC20 = 1
    ERC721 = 2
    ERC1155 = 3
    ERC721_WITH_CRITERIA = 4  # any token of a set; the set 0 is the whole contract
    ERC1155_WITH_CRITERIA = 5


class OrderType(IntEnum):
    """Whether in parts, and whether the zone is asked. CONTRACT orders are made by a contract."""

    FULL_OPEN = 0
    PARTIAL_OPEN = 1
    FULL_RESTRICTED = 2
    PARTIAL_RESTRICTED = 3
    CONTRACT = 4


@dataclass(frozen=True)
class OfferItem:
    """What the offerer gives. `identifier_or_criteria` is a token id, or the root of a set."""

    item_type: ItemType
    token: str
    identifier_or_criteria: int
    start_amount: int
    end_amount: int

    @property
    def abi(self) -> tuple[Any, ...]:
        return (
            int(self.item_type), self.token, self.identifier_or_criteria,
            self.start_amount, self.end_amount,
        )  # fmt: skip


@dataclass(frozen=True)
class ConsiderationItem(OfferItem):
    """What `recipient` gets for it."""

    recipient: str

    @property
    def abi(self) -> tuple[Any, ...]:
        return (*super().abi, self.recipient)


@dataclass(frozen=True)
class OrderComponents:
    """All that is hashed and signed. `counter` is the offerer's on the chain at that time."""

    offerer: str
    zone: str
    offer: tuple[OfferItem, ...]
    consideration: tuple[ConsiderationItem, ...]
    order_type: OrderType
    start_time: int
    end_time: int
    zone_hash: bytes
    salt: int
    conduit_key: bytes  # zero: Seaport itself moves the tokens
    counter: int

    @property
    def is_listing(self) -> bool:
        """Whether it is one that nftforge makes: one token, for the chain's currency, and, if it is
        private, for its buyer."""
        if len(self.offer) != 1 or self.start_time >= self.end_time:
            return False
        (given,), paid = self.offer, self.consideration
        if len(paid) > 1 and paid[-1].item_type is ItemType.ERC721:
            paid = paid[:-1]
        return (
            (given.item_type, given.start_amount, given.end_amount) == (ItemType.ERC721, 1, 1)
            and self.order_type in (OrderType.FULL_OPEN, OrderType.FULL_RESTRICTED)
            and bool(paid)
            and all(item.item_type is ItemType.NATIVE for item in paid)
            and all(min(item.start_amount, item.end_amount) > 0 for item in paid)
        )

    @property
    def abi(self) -> tuple[Any, ...]:
        """The struct OrderComponents: for getOrderHash and cancel."""
        return (*self._common, self.counter)

    @property
    def parameters(self) -> tuple[Any, ...]:
        """The struct OrderParameters: for all that fulfils; Seaport reads the counter itself."""
        return (*self._common, len(self.consideration))

    @property
    def _common(self) -> tuple[Any, ...]:
        return (
            self.offerer, self.zone, [item.abi for item in self.offer],
            [item.abi for item in self.consideration], int(self.order_type), self.start_time,
            self.end_time, self.zone_hash, self.salt, self.conduit_key,
        )  # fmt: skip


def order_of(parameters: tuple[Any, ...], counter: int) -> OrderComponents | None:
    """The struct OrderParameters as events and calls have it; None if it is of no known kind."""
    (offerer, zone, offer, asked, kind, start, end, zone_hash, salt, conduit_key, total) = (
        parameters
    )
    try:
        given = tuple(OfferItem(ItemType(each[0]), *each[1:]) for each in offer)
        wanted = tuple(ConsiderationItem(ItemType(each[0]), *each[1:]) for each in asked)
        order_type = OrderType(kind)
    except ValueError:
        return None
    if total != len(wanted):
        return None
    return OrderComponents(
        to_checksum_address(offerer), zone, given, wanted, order_type, start, end, zone_hash, salt,
        conduit_key, counter,
    )  # fmt: skip


@dataclass(frozen=True)
class Order:
    """An order and the offerer's signature, empty if it was validated on the chain instead.

    The signature is a bearer promise: whoever has it can take the order. `extra_data` is for the
    order's zone, if that wants something beside it; it is no part of the order.
    """

    components: OrderComponents
    signature: bytes = b""
    extra_data: bytes = b""

    @property
    def abi(self) -> tuple[Any, ...]:
        """The struct Order."""
        return (self.components.parameters, self.signature)

    @property
    def advanced(self) -> tuple[Any, ...]:
        """The struct AdvancedOrder, all of it."""
        return (self.components.parameters, 1, 1, self.signature, self.extra_data)

    def __repr__(self) -> str:
        """Without the signature, which is nobody's to see."""
        return f"Order({self.components!r}, <{len(self.signature)} bytes of signature>)"
