"""Orders of the market become what the page sells; those that it cannot rebuild are refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.gallery_pages import piece

from nftforge.chain.abi import Interface
from nftforge.core.errors import GuardError
from nftforge.gallery.models import Payment, Sold
from nftforge.market.errors import describe, refusals
from nftforge.market.orders import NOBODY, ItemType, Order, OrderType
from nftforge.market.prices import Share
from nftforge.market.seaport import Sale
from nftforge.market.terms import ListingTerms, OfferTerms, listing, offer
from nftforge.market.typed_data import order_hash
from nftforge.pipeline.gallery.listings import listing_of, sale_terms, sold, with_sales

SELLER, BUYER, ARTIST, ZONE = (f"0x{digit * 40}" for digit in "1234")
TOKEN = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
TERMS = ListingTerms(SELLER, TOKEN, 7, 1000, 600, 100, 200, [Share(ARTIST, 50, 30)])
BID = Order(offer(OfferTerms(BUYER, ZONE, 1000, TOKEN, 7, 100, 200), counter=0), b"")
SALE = Sale(b"\1" * 32, BUYER, 990, "0x" + "cd" * 32, 5)


def order_of(**changes):
    return Order(listing(replace(TERMS, **changes), counter=3), b"\x5e" * 64)


def test_an_order_keeps_everything_that_its_hash_is_made_of():
    order = order_of(buyer=BUYER, zone=ZONE, conduit_key=b"\7" * 32)
    components, found = order.components, listing_of(order)
    assert found.order_hash == "0x" + order_hash(components).hex()
    assert found.payments == (Payment(SELLER, 950, 570), Payment(ARTIST, 50, 30))
    assert (found.start_price, found.end_price) == (1000, 600)
    assert (found.seller, found.token, found.token_id, found.buyer) == (SELLER, TOKEN, 7, BUYER)
    assert (found.start_time, found.end_time, found.counter) == (100, 200, 3)
    assert (found.zone, found.order_type) == (ZONE, OrderType.FULL_RESTRICTED)
    assert (found.salt, found.conduit_key) == (components.salt, "0x" + "07" * 32)
    assert found.zone_hash == "0x" + "00" * 32 and found.signature == "0x" + "5e" * 64


def test_an_order_that_stands_on_the_chain_needs_no_signature():
    assert listing_of(Order(order_of().components)).signature == "0x"
    assert listing_of(order_of()).buyer == ""


def odd_orders():
    components = order_of(buyer=BUYER).components
    token, (own, fee, itself) = components.offer[0], components.consideration
    weth = replace(own, item_type=ItemType.ERC20, token=ZONE)
    changes = {
        "two tokens": {"offer": (token, replace(token, identifier_or_criteria=8))},
        "one of many": {"offer": (replace(token, item_type=ItemType.ERC1155),)},
        "two of it": {"offer": (replace(token, start_amount=2),)},
        "another currency": {"consideration": (weth, fee)},
        "the token not at last": {"consideration": (itself, own, fee)},
        "for nothing": {"consideration": (itself,)},
        "for no one": {"consideration": ()},
    }
    return {name: replace(components, **change) for name, change in changes.items()} | {
        "an offer": BID.components
    }


@pytest.mark.parametrize("odd", odd_orders())
def test_what_the_page_cannot_rebuild_is_refused(odd):
    with pytest.raises(GuardError, match="no sale of one token for the currency"):
        listing_of(Order(odd_orders()[odd]))


def test_a_sale_tells_who_bought_as_far_as_it_is_known():
    assert sold(SALE) == Sold(990, BUYER, SALE.transaction)
    matched = replace(SALE, recipient=NOBODY)
    assert sold(matched) == Sold(990, "", SALE.transaction)
    assert sold(matched, order_of(buyer=BUYER)).buyer == BUYER
    accepted = replace(SALE, recipient=SELLER)  # who gets the money of an offer
    assert sold(accepted, BID) == Sold(0, BUYER, SALE.transaction)


def test_what_is_for_sale_goes_to_its_token_and_not_to_pieces_that_are_none_yet():
    pieces = [piece(7), piece(8), piece(9, minted=False), piece(10, minted=False, token_id=None)]
    found = with_sales(pieces, {7: order_of(), 9: order_of()}, {8: (SALE, None)})
    assert found[0].listing == listing_of(order_of()) and found[0].sold is None
    assert found[1].sold == Sold(990, BUYER, SALE.transaction) and found[1].listing is None
    assert found[2:] == pieces[2:]


def test_every_refusal_that_nftforge_knows_is_told_on_the_page():
    told = sale_terms("ETH").refusals
    assert told == refusals() and sale_terms("POL").currency == "POL"
    for selector, (words, values) in told.items():
        if values:
            continue
        assert describe(selector) == words
    error = {"type": "error", "name": "InvalidTime", "inputs": [
        {"name": "startTime", "type": "uint256"}, {"name": "endTime", "type": "uint256"},
    ]}  # fmt: skip
    data = "0x21ccfeb7" + f"{5:064x}{6:064x}"
    assert Interface([error]).error(bytes.fromhex(data[2:])) == ("InvalidTime", (5, 6))
    words, values = told["0x21ccfeb7"]
    assert values == [("startTime", "uint256"), ("endTime", "uint256")] and "{endTime}" in words
