"""Orders of all kinds; their EIP-712 message as wallets are given it, and what eth_account makes
of it."""

from __future__ import annotations

from eth_account.messages import encode_typed_data
from eth_utils import to_checksum_address
from hypothesis import strategies as st

from nftforge.market.addresses import SEAPORT, WETH
from nftforge.market.orders import (
    NOBODY,
    ConsiderationItem,
    ItemType,
    OfferItem,
    OrderComponents,
    OrderType,
)
from support.market import ETHER, SELLER

WORD = st.integers(0, 2**256 - 1)
ADDRESS = st.binary(min_size=20, max_size=20).map(to_checksum_address)
BYTES32 = st.binary(min_size=32, max_size=32)
ITEM = (st.sampled_from(ItemType), ADDRESS, WORD, WORD, WORD)
OFFER = st.builds(OfferItem, *ITEM)
CONSIDERATION = st.builds(ConsiderationItem, *ITEM, ADDRESS)
ORDERS = st.builds(
    OrderComponents, ADDRESS, ADDRESS,
    st.lists(OFFER, max_size=3).map(tuple), st.lists(CONSIDERATION, max_size=4).map(tuple),
    st.sampled_from(OrderType), WORD, WORD, BYTES32, WORD, BYTES32, WORD,
)  # fmt: skip
TYPES = {
    "OfferItem": [
        ("itemType", "uint8"), ("token", "address"), ("identifierOrCriteria", "uint256"),
        ("startAmount", "uint256"), ("endAmount", "uint256"),
    ],
    "ConsiderationItem": [
        ("itemType", "uint8"), ("token", "address"), ("identifierOrCriteria", "uint256"),
        ("startAmount", "uint256"), ("endAmount", "uint256"), ("recipient", "address"),
    ],
    "OrderComponents": [
        ("offerer", "address"), ("zone", "address"), ("offer", "OfferItem[]"),
        ("consideration", "ConsiderationItem[]"), ("orderType", "uint8"), ("startTime", "uint256"),
        ("endTime", "uint256"), ("zoneHash", "bytes32"), ("salt", "uint256"),
        ("conduitKey", "bytes32"), ("counter", "uint256"),
    ],
}  # fmt: skip
SALE = OrderComponents(
    SELLER.address, NOBODY,
    (OfferItem(ItemType.ERC721, "0x" + "aa" * 20, 7, 1, 1),),
    (
        ConsiderationItem(ItemType.NATIVE, NOBODY, 0, ETHER, ETHER // 20, SELLER.address),
        ConsiderationItem(ItemType.ERC20, WETH[1], 0, 10**15, 10**15, "0x" + "bb" * 20),
        ConsiderationItem(ItemType.ERC20, "0x" + "dd" * 20, 0, 17, 17, "0x" + "bb" * 20),
    ),
    OrderType.FULL_OPEN, 1_767_225_600, 1_798_761_600, bytes(32), 5, bytes(32), 0,
)  # fmt: skip


def named(order: OrderComponents):
    """The message by its names."""

    def items(rows, kind):
        return [dict(zip((n for n, _ in TYPES[kind]), row, strict=True)) for row in rows]

    values = dict(zip((name for name, _ in TYPES["OrderComponents"]), order.abi, strict=True))
    offer = items(values["offer"], "OfferItem")
    return {**values, "offer": offer, "consideration": items(
        values["consideration"], "ConsiderationItem")}  # fmt: skip


def theirs(message, primary="OrderComponents", extra=None, chain_id=31_337):
    """What eth_account would sign."""
    types = {name: [{"name": n, "type": t} for n, t in rows] for name, rows in TYPES.items()}
    domain = {
        "name": "Seaport", "version": "1.6", "chainId": chain_id, "verifyingContract": SEAPORT,
    }  # fmt: skip
    return encode_typed_data(
        full_message={
            "types": {
                "EIP712Domain": [
                    {"name": "name", "type": "string"}, {"name": "version", "type": "string"},
                    {"name": "chainId", "type": "uint256"},
                    {"name": "verifyingContract", "type": "address"},
                ],
                **types,
                **(extra or {}),
            },
            "primaryType": primary,
            "domain": domain,
            "message": message,
        }
    )  # fmt: skip
