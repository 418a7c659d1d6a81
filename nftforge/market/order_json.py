"""Orders as JSON, in the shape that OpenSea's API, seaport-js and most marketplaces write.

    {"parameters": {"offerer", "zone", "offer": [...], ..., "counter"},
     "protocol_address", "signature"}

What is written: numbers as text in decimals, for they have 256 bits and most JSON readers 53; types
as numbers; addresses with their checksum; bytes in hex. What is read: the same, and numbers as
numbers or in hex too, as others write them. All fields are needed, and others are nobody's
business: they are no part of what is signed. Components without a signature are worth nothing to
anybody, and may be kept and shown.

Source: npm @opensea/api-types 0.12.0, opensea-api.json (SeaportRequest, ProtocolData)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeVar

from eth_utils import is_checksum_address, to_checksum_address

from nftforge.chain.signatures import COMPACT, FULL
from nftforge.core.errors import ConfigError, quoted
from nftforge.market.addresses import SEAPORT
from nftforge.market.bulk import MAX_HEIGHT, PLACE_BYTES
from nftforge.market.orders import (
    ConsiderationItem,
    ItemType,
    OfferItem,
    Order,
    OrderComponents,
    OrderType,
)

MOST_ITEMS = 100  # of an order; real ones have two or three
MOST_SIGNATURE = FULL + PLACE_BYTES + 32 * MAX_HEIGHT  # bytes: one for many orders
DECIMALS = re.compile(r"[0-9]{1,78}")
HEX_NUMBER = re.compile(r"0[xX][0-9a-fA-F]{1,64}")

T = TypeVar("T")
Kind = TypeVar("Kind", bound=IntEnum)


def order_to_json(order: Order, seaport: str = SEAPORT) -> dict[str, Any]:
    """With its signature: whoever has it can take the order."""
    return {
        "parameters": components_to_json(order.components),
        "protocol_address": to_checksum_address(seaport),
        "signature": "0x" + order.signature.hex(),
    }


def components_to_json(order: OrderComponents) -> dict[str, Any]:
    """The `parameters` alone."""
    return {
        "offerer": to_checksum_address(order.offerer),
        "zone": to_checksum_address(order.zone),
        "offer": [_item(item) for item in order.offer],
        "consideration": [
            _item(item) | {"recipient": to_checksum_address(item.recipient)}
            for item in order.consideration
        ],
        "orderType": int(order.order_type),
        "startTime": str(order.start_time),
        "endTime": str(order.end_time),
        "zoneHash": "0x" + order.zone_hash.hex(),
        "salt": str(order.salt),
        "conduitKey": "0x" + order.conduit_key.hex(),
        "totalOriginalConsiderationItems": len(order.consideration),
        "counter": str(order.counter),
    }


def _item(item: OfferItem) -> dict[str, Any]:
    return {
        "itemType": int(item.item_type),
        "token": to_checksum_address(item.token),
        "identifierOrCriteria": str(item.identifier_or_criteria),
        "startAmount": str(item.start_amount),
        "endAmount": str(item.end_amount),
    }


def order_from_json(value: object, where: str = "order", seaport: str = SEAPORT) -> Order:
    """The order, and its signature, which is not checked.

    Raises ConfigError naming the field, after `where`, that is not there or not what it must be;
    also for an order of another Seaport.
    """
    fields = _Fields(value, where)
    protocol = fields.address("protocol_address")
    if protocol.lower() != seaport.lower():
        raise ConfigError(
            f"{where}.protocol_address: {protocol} is not the Seaport at {seaport}",
            hint="orders of other versions or contracts cannot be used here",
        )
    components = components_from_json(fields["parameters"], f"{where}.parameters")
    return Order(components, fields.read("signature", _signature))


def components_from_json(value: object, where: str = "parameters") -> OrderComponents:
    """Raises ConfigError naming the field, after `where`, that is off."""
    fields = _Fields(value, where)
    consideration = tuple(
        ConsiderationItem(*_item_of(item), item.address("recipient"))
        for item in fields.items("consideration")
    )
    total = fields.number("totalOriginalConsiderationItems")
    if total != len(consideration):
        raise ConfigError(
            f"{where}.totalOriginalConsiderationItems: {total}, but there are {len(consideration)}",
            hint="items that a buyer adds are no part of an order",
        )
    return OrderComponents(
        offerer=fields.address("offerer"),
        zone=fields.address("zone"),
        offer=tuple(OfferItem(*_item_of(item)) for item in fields.items("offer")),
        consideration=consideration,
        order_type=fields.kind("orderType", OrderType),
        start_time=fields.number("startTime"),
        end_time=fields.number("endTime"),
        zone_hash=fields.read("zoneHash", _bytes32),
        salt=fields.number("salt"),
        conduit_key=fields.read("conduitKey", _bytes32),
        counter=fields.number("counter"),
    )


def _item_of(fields: _Fields) -> tuple[ItemType, str, int, int, int]:
    return (
        fields.kind("itemType", ItemType),
        fields.address("token"),
        fields.number("identifierOrCriteria"),
        fields.number("startAmount"),
        fields.number("endAmount"),
    )


# --- one field ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Fields:
    """An object of the JSON; `where` it stands is what errors begin with."""

    value: object
    where: str

    def __getitem__(self, name: str) -> object:
        if not isinstance(self.value, Mapping):
            raise ConfigError(f"{self.where}: {quoted(self.value)} is no JSON object")
        if name not in self.value:
            raise ConfigError(f"{self.where}.{name} is missing")
        return self.value[name]

    def read(self, name: str, parse: Callable[[object], T]) -> T:
        """`parse` raises ValueError saying what is wanted."""
        value = self[name]
        try:
            return parse(value)
        except ValueError as wanted:
            shown = "what stands there" if name == "signature" else quoted(value)
            raise ConfigError(f"{self.where}.{name}: {shown} is not {wanted}") from None

    def address(self, name: str) -> str:
        return self.read(name, read_address)

    def number(self, name: str) -> int:
        return self.read(name, read_number)

    def kind(self, name: str, kinds: type[Kind]) -> Kind:
        number = self.number(name)
        if number not in list(kinds):
            raise ConfigError(f"{self.where}.{name}: {number} is not one of 0 to {len(kinds) - 1}")
        return kinds(number)

    def items(self, name: str) -> list[_Fields]:
        rows = self[name]
        if not isinstance(rows, list) or len(rows) > MOST_ITEMS:
            raise ConfigError(f"{self.where}.{name} is not a list of at most {MOST_ITEMS} items")
        return [_Fields(row, f"{self.where}.{name}[{place}]") for place, row in enumerate(rows)]


def read_address(value: object) -> str:
    """With its checksum. Raises ValueError saying what is wanted."""
    if not isinstance(value, str) or not re.fullmatch(r"0x[0-9a-fA-F]{40}", value):
        raise ValueError("an address: 0x and 40 hex digits")
    has_checksum = value[2:] not in (value[2:].lower(), value[2:].upper())
    if has_checksum and not is_checksum_address(value):
        raise ValueError("an address: its checksum (EIP-55) does not fit, so a letter is wrong")
    return str(to_checksum_address(value))


def read_number(value: object) -> int:
    """Of 256 bits. Raises ValueError saying what is wanted."""
    number = -1
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, str) and DECIMALS.fullmatch(value):
        number = int(value)
    elif isinstance(value, str) and HEX_NUMBER.fullmatch(value):
        number = int(value, 16)
    if not 0 <= number < 1 << 256:
        raise ValueError("a whole number from 0 to 2^256 - 1")
    return number


def read_bytes(value: object) -> bytes:
    """Raises ValueError saying what is wanted."""
    found = re.fullmatch(r"0x((?:[0-9a-fA-F]{2})*)", value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("bytes: 0x and hex digits")
    return bytes.fromhex(found[1])


def _bytes32(value: object) -> bytes:
    raw = read_bytes(value)
    if len(raw) != 32:
        raise ValueError("32 bytes: 0x and 64 hex digits")
    return raw


def _signature(value: object) -> bytes:
    raw = read_bytes(value)
    if raw and not COMPACT <= len(raw) <= MOST_SIGNATURE:
        raise ValueError(f"a signature: 0x and the hex digits of {COMPACT} bytes or more")
    return raw
