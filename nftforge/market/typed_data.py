"""The EIP-712 message of an order: its hash, and what it says in words.

The hash of an order is what `getOrderHash` of Seaport gives for it. It names the order everywhere:
in its status on the chain, in events, at marketplaces. The signature is over that hash and a
domain, which is one Seaport on one chain.

Sources: https://eips.ethereum.org/EIPS/eip-712; seaport-core 1.6.6, ConsiderationBase.sol
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from eth_abi.abi import encode
from eth_utils import keccak

from nftforge.chain.networks import Network
from nftforge.chain.signatures import MessageSigner, TypedData, sign_typed
from nftforge.core.money import in_ether
from nftforge.market.addresses import SEAPORT, WETH
from nftforge.market.orders import ItemType, OfferItem, Order, OrderComponents

NAME, VERSION = "Seaport", "1.6"
DOMAIN = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
OFFER_ITEM = (
    "OfferItem(uint8 itemType,address token,uint256 identifierOrCriteria,uint256 startAmount,"
    "uint256 endAmount)"
)
CONSIDERATION_ITEM = (
    "ConsiderationItem(uint8 itemType,address token,uint256 identifierOrCriteria,"
    "uint256 startAmount,uint256 endAmount,address recipient)"
)
ORDER_COMPONENTS = (
    "OrderComponents(address offerer,address zone,OfferItem[] offer,"
    "ConsiderationItem[] consideration,uint8 orderType,uint256 startTime,uint256 endTime,"
    "bytes32 zoneHash,uint256 salt,bytes32 conduitKey,uint256 counter)"
)
_ITEM = ["bytes32", "uint8", "address", "uint256", "uint256", "uint256"]
_ORDER = [
    "bytes32", "address", "address", "bytes32", "bytes32", "uint8", "uint256", "uint256",
    "bytes32", "uint256", "bytes32", "uint256",
]  # fmt: skip


def order_hash(order: OrderComponents) -> bytes:
    """What `getOrderHash` gives: 32 bytes."""
    (offerer, zone, offer, consideration, *rest) = order.abi
    offered = b"".join(_struct(OFFER_ITEM, _ITEM, item) for item in offer)
    considered = b"".join(
        _struct(CONSIDERATION_ITEM, [*_ITEM, "address"], item) for item in consideration
    )
    values = (offerer, zone, keccak(offered), keccak(considered), *rest)
    return _struct(ORDER_COMPONENTS + CONSIDERATION_ITEM + OFFER_ITEM, _ORDER, values)


def domain_separator(chain_id: int, seaport: str = SEAPORT) -> bytes:
    """The hash of the domain: this Seaport on this chain."""
    types = ["bytes32", "bytes32", "bytes32", "uint256", "address"]
    values = (keccak(text=NAME), keccak(text=VERSION), chain_id, seaport)
    return _struct(DOMAIN, types, values)


def order_message(order: OrderComponents, network: Network, seaport: str = SEAPORT) -> TypedData:
    """What the offerer signs."""
    words = f"on chain {network.chain_id}, {in_words(order, network)}"
    return TypedData(domain_separator(network.chain_id, seaport), order_hash(order), words)


def sign_order(
    signer: MessageSigner, order: OrderComponents, network: Network, seaport: str = SEAPORT
) -> Order:
    """Raises MismatchError if something else was signed, GuardError if a Ledger's owner refuses."""
    return Order(order, sign_typed(signer, order_message(order, network, seaport)))


def in_words(order: OrderComponents, network: Network) -> str:
    """Everything that the offerer promises, in one line."""
    gives = " and ".join(_item_in_words(item, network) for item in order.offer)
    gets = ", ".join(
        f"{_item_in_words(item, network)} to {item.recipient}" for item in order.consideration
    )
    when = f"{date(order.start_time)} until {date(order.end_time)}"
    return f"give {gives or 'nothing'} for {gets or 'nothing'}, {when}"


def _item_in_words(item: OfferItem, network: Network) -> str:
    match item.item_type:
        case ItemType.NATIVE:
            return f"{_changing(*map(in_ether, _amounts(item)))} {network.currency}"
        case ItemType.ERC20 if item.token == WETH.get(network.chain_id):
            return f"{_changing(*map(in_ether, _amounts(item)))} WETH"
        case ItemType.ERC20:  # of how many decimals?
            return f"{_changing(*map(str, _amounts(item)))} smallest units of {item.token}"
        case ItemType.ERC721_WITH_CRITERIA | ItemType.ERC1155_WITH_CRITERIA:
            which = "any" if item.identifier_or_criteria == 0 else "one of a set"
            return f"{which} of the tokens of {item.token}"
    count = "" if _amounts(item) == (1, 1) else f"{_changing(*map(str, _amounts(item)))} of "
    return f"{count}token {item.identifier_or_criteria} of {item.token}"


def _amounts(item: OfferItem) -> tuple[int, int]:
    return item.start_amount, item.end_amount


def _changing(start: str, end: str) -> str:
    return start if start == end else f"{start} becoming {end}"


def date(seconds: int) -> str:
    """In words: an order may end when no calendar has a day for it."""
    if seconds >= 1 << 35:  # the year 3058: for ever
        return "for ever"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


@lru_cache
def _type_hash(text: str) -> bytes:
    return bytes(keccak(text=text))


def _struct(type_string: str, types: Sequence[str], values: Sequence[object]) -> bytes:
    """hashStruct(s) = keccak256(typeHash ‖ encodeData(s)). Arrays are given as their hashes."""
    return bytes(keccak(encode(types, [_type_hash(type_string), *values])))
