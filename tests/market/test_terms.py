"""From terms to orders: always the same, and never an order that Seaport could not take."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from support.market import SELLER

from nftforge.core.errors import ConfigError
from nftforge.market.addresses import NO_CONDUIT, OPENSEA_CONDUIT_KEY
from nftforge.market.orders import NOBODY, ItemType, OfferItem, OrderType
from nftforge.market.prices import Share
from nftforge.market.terms import ListingTerms, OfferTerms, listing, offer
from nftforge.market.typed_data import order_hash

TOKEN, OTHER, BUYER, ZONE = ("0x" + pair * 20 for pair in ("aa", "bb", "cc", "dd"))
TERMS = ListingTerms(SELLER.address, TOKEN, 7, 1_000, 800, 100, 200, (Share(OTHER, 20, 16),))
OFFER = OfferTerms(BUYER, OTHER, 1_000, TOKEN, 7, 100, 200, (Share(ZONE, 25, 25),))
LISTING_HASH = "ec29a044e77ff24a0bea2f518d728081b5409759ca8f8459ab89cc22ab66d3a7"
OFFER_HASH = "b305d2f41dc1865a51f8d6003f6b1647e862b59826cd2dc2698fa9c4c84c645a"
CHANGES = {
    "seller": OTHER, "token": OTHER, "token_id": 8, "start_price": 1_001, "end_price": 801,
    "start_time": 101, "end_time": 201, "shares": (Share(OTHER, 21, 16),), "buyer": BUYER,
    "conduit_key": OPENSEA_CONDUIT_KEY, "zone": ZONE, "series": 1,
}  # fmt: skip
OFFER_CHANGES = {
    "bidder": OTHER, "currency": ZONE, "amount": 1_001, "token": OTHER, "token_id": None,
    "start_time": 101, "end_time": 201, "shares": (Share(ZONE, 26, 26),),
    "conduit_key": OPENSEA_CONDUIT_KEY, "zone": ZONE, "series": 1,
}  # fmt: skip


def test_the_same_terms_are_the_same_order_for_ever():
    """A lost file is computed anew: no release may give these terms another hash."""
    assert order_hash(listing(TERMS, 3)).hex() == LISTING_HASH
    assert order_hash(offer(OFFER, 3)).hex() == OFFER_HASH


@pytest.mark.parametrize(
    "make,terms,changes", [(listing, TERMS, CHANGES), (offer, OFFER, OFFER_CHANGES)]
)
def test_every_term_makes_another_order_with_another_salt(make, terms, changes):
    assert set(changes) == {field.name for field in fields(terms)}
    orders = [make(terms, 0), make(terms, 1)]
    orders += [make(replace(terms, **{name: value}), 0) for name, value in changes.items()]
    assert len({order_hash(order) for order in orders}) == len({o.salt for o in orders})
    assert len({order.salt for order in orders}) == len(changes) + 2


def test_a_listing_pays_the_seller_first():
    order = listing(TERMS, 9)
    assert [(i.recipient, i.start_amount, i.end_amount) for i in order.consideration] == [
        (SELLER.address, 980, 784), (OTHER, 20, 16),
    ]  # fmt: skip
    (given,) = order.offer
    assert given == OfferItem(ItemType.ERC721, TOKEN, 7, 1, 1)
    assert (order.counter, order.zone, order.order_type) == (9, NOBODY, OrderType.FULL_OPEN)
    assert order.conduit_key == NO_CONDUIT and (order.start_time, order.end_time) == (100, 200)


def test_a_share_of_the_seller_or_of_nothing_is_no_item_of_its_own():
    own = replace(TERMS, shares=(Share(SELLER.address, 50, 40), Share(OTHER, 0, 0)))
    (one,) = listing(own, 0).consideration
    assert (one.recipient, one.start_amount, one.end_amount) == (SELLER.address, 1_000, 800)


def test_with_a_buyer_the_token_is_asked_for_and_with_a_zone_it_is_asked():
    *_, last = listing(replace(TERMS, buyer=BUYER), 0).consideration
    assert (last.item_type, last.token, last.identifier_or_criteria) == (ItemType.ERC721, TOKEN, 7)
    assert last.recipient == BUYER
    assert listing(replace(TERMS, zone=ZONE), 0).order_type is OrderType.FULL_RESTRICTED


def test_an_offer_asks_for_the_token_or_for_any():
    first, fee = offer(OFFER, 0).consideration
    assert (first.item_type, first.identifier_or_criteria) == (ItemType.ERC721, 7)
    assert (first.recipient, fee.recipient, fee.start_amount) == (BUYER, ZONE, 25)
    anything = offer(replace(OFFER, token_id=None), 0).consideration[0]
    assert (anything.item_type, anything.identifier_or_criteria) == (
        ItemType.ERC721_WITH_CRITERIA, 0,
    )  # fmt: skip


@pytest.mark.parametrize(
    "changes,words",
    [
        ({"start_price": 0, "end_price": 0, "shares": ()}, "leave the seller 0 wei"),
        ({"end_price": 16}, "leave the seller 0 wei"),
        ({"start_price": -5, "shares": ()}, "leave the seller -5 wei"),
        ({"shares": (Share(OTHER, 1, 0),)}, "Seaport pays no amount of 0"),
        ({"shares": (Share(OTHER, -1, 5),)}, "Seaport pays no amount of 0"),
        ({"end_time": 100}, "never begins"),
        ({"start_time": -1}, "never begins"),
    ],
)
def test_what_no_order_can_be_is_refused(changes, words):
    with pytest.raises(ConfigError, match=words):
        listing(replace(TERMS, **changes), 0)


def test_an_offer_leaves_something_for_the_owner():
    with pytest.raises(ConfigError, match="leave the seller"):
        offer(replace(OFFER, amount=25), 0)
