"""Orders of the market as the page takes them: plain values, nothing left to be looked up.

The page encodes every purchase itself, from what it shows: an order of a shape that it cannot
rebuild (another currency, several tokens) is refused here rather than by a buyer's wallet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from eth_utils import to_checksum_address

from nftforge.core.errors import GuardError
from nftforge.gallery.models import GalleryPiece, Listing, Payment, SaleTerms, Sold
from nftforge.market.errors import refusals
from nftforge.market.fulfillment import buyer_of
from nftforge.market.orders import NOBODY, ItemType, Order, OrderComponents
from nftforge.market.seaport import Sale
from nftforge.market.typed_data import order_hash


def listing_of(order: Order) -> Listing:
    """Raises GuardError for an order that sells anything but one token for the chain's currency."""
    components = order.components
    _check(components)
    (given,) = components.offer
    return Listing(
        order_hash="0x" + order_hash(components).hex(),
        seller=components.offerer,
        token=to_checksum_address(given.token),
        token_id=given.identifier_or_criteria,
        payments=tuple(
            Payment(item.recipient, item.start_amount, item.end_amount)
            for item in components.consideration
            if item.item_type is ItemType.NATIVE
        ),
        start_time=components.start_time,
        end_time=components.end_time,
        order_type=int(components.order_type),
        zone=components.zone,
        zone_hash="0x" + components.zone_hash.hex(),
        salt=components.salt,
        conduit_key="0x" + components.conduit_key.hex(),
        counter=components.counter,
        buyer=buyer_of(components) or "",
        signature="0x" + order.signature.hex(),
    )


def sold(sale: Sale, order: Order | None = None) -> Sold:
    """`order`: what was taken, if it is known; who bought a private listing stands in it alone.

    What was paid by an offer is in another currency, and left out.
    """
    if order and order.components.offer[0].item_type is ItemType.ERC20:
        return Sold(0, order.components.offerer, sale.transaction)
    buyer = (order and buyer_of(order.components)) or sale.recipient
    return Sold(sale.paid, "" if buyer == NOBODY else buyer, sale.transaction)


def with_sales(
    pieces: Sequence[GalleryPiece],
    orders: Mapping[int, Order],
    sales: Mapping[int, tuple[Sale, Order | None]],
) -> list[GalleryPiece]:
    """The pieces with what is for sale of them and what was sold, both by token id."""

    def with_sale(piece: GalleryPiece, token_id: int) -> GalleryPiece:
        listing = listing_of(orders[token_id]) if token_id in orders else None
        return replace(
            piece, listing=listing, sold=sold(*sales[token_id]) if token_id in sales else None
        )

    return [
        with_sale(piece, piece.token_id) if piece.minted and piece.token_id is not None else piece
        for piece in pieces
    ]


def sale_terms(currency: str) -> SaleTerms:
    """For a page that sells: the network's currency, and what each refusal means."""
    return SaleTerms(currency, refusals())


def _check(components: OrderComponents) -> None:
    """That the page can rebuild it: one token; money, and at last the token for its only buyer."""
    kinds = [item.item_type for item in components.consideration]
    private = buyer_of(components) is not None
    money = kinds[:-1] if private else kinds
    gives = [(item.item_type, item.start_amount, item.end_amount) for item in components.offer]
    if gives != [(ItemType.ERC721, 1, 1)] or not money or {*money} != {ItemType.NATIVE}:
        raise GuardError(
            f"order 0x{order_hash(components).hex()} is no sale of one token for the currency of "
            "the chain: the page cannot show it",
            hint="list the token with nftforge",
        )
