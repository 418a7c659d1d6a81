"""One signature for many orders: a merkle tree of them, each carrying its own proof.

The message is the EIP-712 struct BulkOrder(OrderComponents[2]...[2] tree), a tree of 2^height
orders, filled up with empty ones. Its hash is that of a plain merkle tree whose leaves are the
order hashes. An order's signature is then

    the root's signature (64 or 65 bytes) ‖ its place (3 bytes) ‖ height hashes, from leaf to root

which Seaport tells from a plain one by its length. Heights are 1 to 24. Cancelling one order of a
tree leaves the others alive.

Source: seaport-core 1.6.6, Verifiers.sol (`_computeBulkOrderProof`); seaport-js 4.3, eip712/
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from eth_utils import keccak

from nftforge.chain.networks import Network
from nftforge.chain.signatures import (
    COMPACT,
    FULL,
    MessageSigner,
    TypedData,
    recovered,
    sign_typed,
)
from nftforge.core.errors import ConfigError
from nftforge.market.addresses import SEAPORT
from nftforge.market.orders import NOBODY, Order, OrderComponents, OrderType
from nftforge.market.typed_data import (
    CONSIDERATION_ITEM,
    OFFER_ITEM,
    ORDER_COMPONENTS,
    domain_separator,
    in_words,
    order_hash,
    sign_order,
)

MAX_HEIGHT = 24
PLACE_BYTES = 3
EMPTY = OrderComponents(
    NOBODY, NOBODY, (), (), OrderType.FULL_OPEN, 0, 0, bytes(32), 0, bytes(32), 0
)

Layers = list[list[bytes]]
"""Hashes of a tree: the leaves, their parents, ..., the root alone."""


def sign_orders(
    signer: MessageSigner,
    orders: Sequence[OrderComponents],
    network: Network,
    seaport: str = SEAPORT,
) -> tuple[Order, ...]:
    """All of them, with one signature; a single one in the plain way, which is cheaper to check.

    Raises ConfigError for none or for more than 2^24, MismatchError, and GuardError if the owner of
    a Ledger refuses.
    """
    if len(orders) == 1:
        return (sign_order(signer, orders[0], network, seaport),)
    message, layers = bulk_message(orders, network, seaport)
    signature = sign_typed(signer, message)
    return tuple(
        Order(order, bulk_signature(signature, place, proof(layers, place)))
        for place, order in enumerate(orders)
    )


def bulk_message(
    orders: Sequence[OrderComponents], network: Network, seaport: str = SEAPORT
) -> tuple[TypedData, Layers]:
    """What is signed for all of `orders`, and the tree for their proofs."""
    height = height_for(len(orders))
    layers = tree([order_hash(order) for order in orders], height)
    each = [in_words(order, network) for order in orders]
    words = "\n  ".join([f"{len(orders)} orders on chain {network.chain_id}", *each])
    message_hash = bytes(keccak(bulk_type_hash(height) + layers[-1][0]))
    return TypedData(domain_separator(network.chain_id, seaport), message_hash, words), layers


def signer_of(order: Order, chain_id: int, seaport: str = SEAPORT) -> str | None:
    """Who signed the order, alone or in a tree; None if nobody did."""
    signature, message_hash = order.signature, order_hash(order.components)
    for plain in (COMPACT, FULL):
        siblings, odd = divmod(len(signature) - plain - PLACE_BYTES, 32)
        if not odd and 1 <= siblings <= MAX_HEIGHT:
            place = int.from_bytes(signature[plain : plain + PLACE_BYTES])
            root = _root(message_hash, place, signature[plain + PLACE_BYTES :])
            message_hash = bytes(keccak(bulk_type_hash(siblings) + root))
            signature = signature[:plain]
            break
    if len(signature) not in (COMPACT, FULL):
        return None
    message = TypedData(domain_separator(chain_id, seaport), message_hash, "")
    return recovered(message.digest, signature)


def _root(leaf: bytes, place: int, siblings: bytes) -> bytes:
    for level in range(len(siblings) // 32):
        sibling = siblings[32 * level : 32 * (level + 1)]
        pair = sibling + leaf if place >> level & 1 else leaf + sibling
        leaf = bytes(keccak(pair))
    return leaf


def height_for(count: int) -> int:
    """The height of a tree for so many orders. Raises ConfigError if there is none."""
    height = max(1, (count - 1).bit_length())
    if count < 1 or height > MAX_HEIGHT:
        raise ConfigError(f"one signature is for 1 to {1 << MAX_HEIGHT:,} orders, not {count:,}")
    return height


def tree(leaves: Sequence[bytes], height: int) -> Layers:
    """The merkle tree over `leaves`, filled up with empty orders where a proof needs one."""
    layers, filler = [list(leaves)], empty_hash()
    for _ in range(height):
        below = layers[-1] + [filler] * (len(layers[-1]) % 2)
        pairs = zip(below[::2], below[1::2], strict=True)
        layers[-1] = below
        layers.append([bytes(keccak(left + right)) for left, right in pairs])
        filler = bytes(keccak(filler + filler))
    return layers


def proof(layers: Layers, place: int) -> list[bytes]:
    """The sibling at each level, from the leaf up."""
    return [layer[(place >> level) ^ 1] for level, layer in enumerate(layers[:-1])]


def bulk_signature(signature: bytes, place: int, siblings: Sequence[bytes]) -> bytes:
    """The signature that the order at `place` carries."""
    assert len(signature) in (COMPACT, FULL)
    return signature + place.to_bytes(PLACE_BYTES) + b"".join(siblings)


def bulk_type_hash(height: int) -> bytes:
    """Of the struct BulkOrder with a tree of that height."""
    struct = f"BulkOrder(OrderComponents{'[2]' * height} tree)"
    return bytes(keccak(text=struct + CONSIDERATION_ITEM + OFFER_ITEM + ORDER_COMPONENTS))


@lru_cache
def empty_hash() -> bytes:
    """The leaf of a place that no order has."""
    return order_hash(EMPTY)
