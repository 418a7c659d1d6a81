"""What OpenSea hands out: taken if it is what it seems, else left out and named."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from eth_utils import to_checksum_address
from support.fake_opensea import FEE_RECIPIENT, SIGNED_ZONE, WETH
from support.faults import WRONG_SCHEMA, lying, status, truncate
from support.market import ANVIL, ARTIST, DAY, ETHER, SELLER
from support.opensea import (
    CONTRACT,
    FILL,
    LISTINGS,
    OFFERS,
    hashed,
    offered,
    signed,
    unsigned,
)

from nftforge.core.errors import (
    ConfigError,
    GuardError,
    MismatchError,
    ServiceError,
    ServiceRefusedError,
)
from nftforge.market.addresses import OPENSEA_CONDUIT_KEY, operator
from nftforge.market.fulfillment import accept
from nftforge.market.opensea_orders import check_offer, check_own_listing
from nftforge.market.orders import ConsiderationItem, ItemType, Order, OrderType
from nftforge.market.prices import Share
from nftforge.market.status import Standing, standing_of
from nftforge.market.terms import OfferTerms, offer
from nftforge.market.typed_data import sign_order

OTHER = to_checksum_address("0x" + "bb" * 20)
OPENSEAS = to_checksum_address(FEE_RECIPIENT)
ZONE = to_checksum_address(SIGNED_ZONE)
ROYALTY = Share(ARTIST.address, ETHER // 20, ETHER // 20)


@pytest.fixture
def terms(there):
    return there.client().collection_terms(CONTRACT)


def kept(there, order):
    """As if the order had been accepted, however odd it is."""
    there.fake.offer(order)
    return hashed(order)


def refusals(found):
    return {refused.order_hash: refused.reason for refused in found.refused}


# --- listings -------------------------------------------------------------------------------------


def test_the_sellers_listings_are_found_on_all_pages_private_ones_too(there, terms):
    there.fake.page = 2
    orders = [signed(terms, token_id=number) for number in range(4)]
    orders.append(signed(terms, shares=(), buyer=OTHER))
    for order in orders:
        there.client().post_listing(order)
    found = there.client().listings_of(terms, SELLER.address)
    assert {hashed(order) for order in found.orders} == {hashed(order) for order in orders}
    assert found.refused == () and there.faults.count(*LISTINGS) == 3
    assert all(order.signature == b"" for order in found.orders)
    assert there.client().listings_of(terms, OTHER).orders == ()
    there.fake.shows_signatures = True
    shown = there.client().listings_of(terms, SELLER.address).orders
    assert {order.signature for order in shown} == {order.signature for order in orders}


def test_a_royalty_goes_to_whom_the_caller_names(there, terms):
    order = signed(shares=(*terms.shares(ETHER, ETHER), ROYALTY))
    there.client().post_listing(order)
    client = there.client()
    (refused,) = client.listings_of(terms, SELLER.address).refused
    assert refused.order_hash == hashed(order)
    assert f"to {ARTIST.address}, who is neither the seller nor" in refused.reason
    assert client.listings_of(terms, SELLER.address, [ARTIST.address.lower()]).refused == ()


def altered(**changes):
    return lambda terms: replace(unsigned(terms), **changes)


@pytest.mark.parametrize(
    "make,words",
    [
        (lambda terms: unsigned(terms, zone=OTHER), f"the zone {OTHER}, which was not set here"),
        (lambda terms: unsigned(shares=[Share(OTHER, 10**16, 10**16)]), f"to {OTHER}, who is"),
        (lambda terms: unsigned(terms, token=OTHER), f"about {OTHER}, not about {CONTRACT}"),
        (altered(offer=unsigned().offer * 2), "does not sell one token"),
    ],
)
def test_a_listing_that_was_not_meant_is_left_out_and_named(there, terms, make, words):
    odd = Order(make(terms), b"\x01" * 64)
    fine = signed(terms)
    for order in (odd, fine):
        kept(there, order)
    found = there.client().listings_of(terms, SELLER.address)
    assert [hashed(order) for order in found.orders] == [hashed(fine)]
    assert list(refusals(found)) == [hashed(odd)] and words in refusals(found)[hashed(odd)]


def test_listings_of_another_are_left_out(there, terms):
    kept(there, signed(terms))
    there.fake.orders[hashed(signed(terms))].parameters["offerer"] = OTHER.lower()
    found = there.client().listings_of(terms, OTHER)
    assert found.orders == () and "hashes to 0x" in refusals(found)[hashed(signed(terms))]
    with pytest.raises(GuardError, match=f"is {SELLER.address}'s, not {OTHER}'s"):
        check_own_listing(unsigned(terms), terms, OTHER)


def test_an_order_without_items_is_neither_listing_nor_offer(terms):
    nothing = replace(unsigned(terms), offer=(), consideration=())
    with pytest.raises(GuardError, match="does not sell one token"):
        check_own_listing(nothing, terms, SELLER.address)
    with pytest.raises(GuardError, match="offers no money"):
        check_offer(nothing, terms, WETH, 7)
    with pytest.raises(GuardError, match="asks for nothing"):
        check_offer(replace(offered().components, consideration=()), terms, WETH, 7)


def test_pages_without_end_are_an_error(there, terms):
    kept(there, signed(terms))
    there.faults.next(*LISTINGS, lying(lambda found: found.update(next="0")), times=100)
    with pytest.raises(ServiceError, match="no end of listings"):
        there.client().listings_of(terms, SELLER.address)
    assert there.faults.count(*LISTINGS) == 2


@pytest.mark.parametrize("fault", [WRONG_SCHEMA, truncate, status(599, Retry_After="3"),
                                   lying(lambda found: found.update(next=5))])  # fmt: skip
def test_a_page_that_did_not_come_whole_is_asked_for_again(there, terms, fault):
    kept(there, signed(terms))
    there.faults.next(*LISTINGS, fault)
    assert len(there.client().listings_of(terms, SELLER.address).orders) == 1


@pytest.mark.parametrize("row", [None, 7, "text", [], {}, {"protocol_data": 1}, {"order_hash": 5}])
def test_a_row_that_is_no_order_is_left_out(there, terms, row):
    kept(there, signed(terms))
    there.faults.next(*LISTINGS, lying(lambda found: found["listings"].append(row)))
    found = there.client().listings_of(terms, SELLER.address)
    assert len(found.orders) == 1 and refusals(found) == {
        "": "OpenSea's order has no protocol_data"
    }


# --- offers ---------------------------------------------------------------------------------------


def test_offers_for_a_token_are_those_for_it_and_for_any(there, terms):
    one = offered(shares=[Share(OPENSEAS, ETHER // 100, ETHER // 100)])
    anyone, other = offered(None, ETHER // 2), offered(8)
    for order in (one, anyone, other):
        there.fake.offer(order)
    client = there.client()
    found = client.offers_for(terms, 7)
    assert {hashed(order) for order in found.orders} == {hashed(one), hashed(anyone)}
    assert found.refused == ()
    assert [hashed(order) for order in client.collection_offers(terms).orders] == [hashed(anyone)]
    assert all(order.signature == b"" for order in found.orders)


def other(**changes):
    """An offer like others, but for this."""
    return Order(replace(offered().components, **changes), b"\x01" * 64)


def asking(**changes):
    return other(consideration=(replace(offered().components.consideration[0], **changes),))


SECOND = ConsiderationItem(ItemType.ERC721, CONTRACT, 8, 1, 1, ARTIST.address)


@pytest.mark.parametrize(
    "order,words",
    [
        (offered(currency=OTHER), "may be worth nothing"),
        (offered(shares=[Share(OTHER, 10**16, 10**16)]), f"to {OTHER}, who is neither"),
        (offered(zone=OTHER), f"zone {OTHER} is not OpenSea's"),
        (other(order_type=OrderType.FULL_RESTRICTED), "asks one that is not there"),
        (other(zone=ZONE), "a zone that is not asked"),
        (offered(token=OTHER), f"about {OTHER}"),
        (asking(start_amount=2, end_amount=2), "for 2 tokens at once"),
        (asking(recipient=OTHER), f"would go to {OTHER}"),
        (asking(item_type=ItemType.ERC721_WITH_CRITERIA), "for some tokens only"),
        (asking(item_type=ItemType.ERC1155), "token 7, which was not asked about"),
        (other(consideration=(*offered().components.consideration, SECOND)), "more than one token"),
        (other(offer=offered().components.offer * 2), "offers no money"),
    ],
)
def test_an_offer_that_nobody_should_accept_is_left_out_and_named(there, terms, order, words):
    fine = offered(amount=ETHER // 3)
    for each in (order, fine):
        there.fake.offer(each)
    if order.components.consideration[0].item_type is ItemType.ERC721_WITH_CRITERIA:
        there.fake.orders[hashed(order)].parameters["consideration"][0]["itemType"] = 4
    found = there.client().offers_for(terms, 7)
    assert [hashed(each) for each in found.orders] == [hashed(fine)]
    assert words in refusals(found)[hashed(order)]


def test_an_offer_for_another_token_or_with_another_price_is_left_out(there, terms):
    there.fake.offer(offered())

    def cheaper(found):
        found["offers"][0]["price"]["value"] = str(ETHER * 2)

    there.faults.next(*OFFERS, lying(cheaper))
    assert "shows a price" in refusals(there.client().offers_for(terms, 7))[hashed(offered())]
    row = there.fake.row(hashed(offered()))
    there.faults.next(*OFFERS, lying(lambda found: found["offers"].append(row)))
    found = there.client().offers_for(terms, 8)
    assert found.orders == () and "which was not asked about" in refusals(found)[hashed(offered())]


def test_the_currency_is_that_of_the_chain_or_the_callers(there, terms):
    there.fake.offer(offered(currency=OTHER))
    found = there.client(currency=OTHER).offers_for(terms, 7)
    assert len(found.orders) == 1
    there.fake.chain = "ronin"
    with pytest.raises(ConfigError, match="offers on ronin are made in is not known"):
        there.client(chain="ronin").offers_for(terms, 7)


def test_a_signature_comes_for_the_offer_that_is_accepted(there, terms):
    order = offered()
    there.fake.offer(order)
    (found,) = there.client().offers_for(terms, 7).orders
    assert there.client().signed(found.components, SELLER.address, CONTRACT, 7) == order
    (request,) = [r for r in there.faults.seen if r.method == "POST"]
    assert json.loads(request.body) == {
        "offer": {
            "hash": hashed(order),
            "chain": "ethereum",
            "protocol_address": "0x0000000000000068F116a894984e2DB1123eB395",
        },
        "fulfiller": {"address": SELLER.address},
        "consideration": {"asset_contract_address": CONTRACT, "token_id": "7"},
    }
    there.fake.orders[hashed(order)].status = "CANCELLED"
    with pytest.raises(ServiceRefusedError, match="does not exist"):
        there.client().signed(found.components, SELLER.address, CONTRACT, 7)


def test_an_answer_without_orders_is_asked_for_again(there, terms):
    there.fake.offer(offered())
    there.faults.next(*FILL, WRONG_SCHEMA)
    assert there.client().signed(offered().components, SELLER.address, CONTRACT, 7) == offered()
    assert there.faults.count(*FILL) == 2


def in_orders(change):
    return lying(lambda found: change(found["fulfillment_data"]["orders"][0]))


@pytest.mark.parametrize(
    "fault,words",
    [
        (in_orders(lambda row: row["parameters"]["offer"][0].update(endAmount="1")), "another"),
        (in_orders(lambda row: row.update(signature="0x")), "gave another order"),
        (in_orders(lambda row: row.update(signature="0xzz")), "order.signature"),
        (in_orders(lambda row: row.pop("parameters")), "parameters is missing"),
        (lying(lambda found: found["fulfillment_data"].update(orders=[])), "another order"),
    ],
)
def test_another_order_is_never_accepted_in_its_place(there, terms, fault, words):
    there.fake.offer(offered())
    there.faults.next(*FILL, fault)
    with pytest.raises(MismatchError, match=words):
        there.client().signed(offered().components, SELLER.address, CONTRACT, 7)


def test_what_its_zone_signs_comes_with_the_offer(there, terms):
    order = offered(None, zone=ZONE)
    there.fake.offer(order)
    (found,) = there.client().offers_for(terms, 7).orders
    given = there.client().signed(found.components, SELLER.address, CONTRACT, 7)
    who = bytes.fromhex(SELLER.address[2:])
    assert given == replace(order, extra_data=b"\0" + who + there.fake.zone_signature)
    assert given.extra_data in accept(given, 7).data
    for name, value, words in (("extraData", "0x", "without what its zone"),
                               ("signature", "0x11", "without what its zone"),
                               ("extraData", "0xabc", "its extraData is not bytes")):  # fmt: skip

        def change(found, name=name, value=value):
            call = found["fulfillment_data"]["transaction"]["input_data"]
            call["advancedOrder"][name] = value

        there.faults.next(*FILL, lying(change))
        with pytest.raises(MismatchError, match=words):
            there.client().signed(found.components, SELLER.address, CONTRACT, 7)


@pytest.mark.anvil
def test_an_offer_found_there_is_accepted_on_the_chain(there, market):
    there.fake.chain_id = ANVIL.chain_id
    there.fake.collections = {market.token.lower(): "sold"}
    market.give_weth(ARTIST, ETHER)
    conduit = operator(OPENSEA_CONDUIT_KEY)
    market.weth.functions.approve(conduit, ETHER).transact({"from": ARTIST.address})
    made = OfferTerms(ARTIST.address, market.weth.address, ETHER, market.token, None, market.now,
                      market.now + DAY, [Share(OPENSEAS, ETHER // 100, ETHER // 100)],
                      conduit_key=OPENSEA_CONDUIT_KEY)  # fmt: skip
    there.fake.offer(sign_order(ARTIST, offer(made, market.counter(ARTIST.address)), ANVIL))
    client = there.client()
    terms = client.collection_terms(market.token)
    (found,) = client.offers_for(terms, 3).orders
    order = client.signed(found.components, SELLER.address, market.token, 3)
    market.weth.functions.approve(market.seaport.address, ETHER).transact({"from": SELLER.address})
    assert standing_of(market.chain, order, 3) == Standing("for-sale")
    market.execute(SELLER.address, accept(order, 3))
    assert market.owner(3) == ARTIST.address
    assert market.weth_balances(SELLER.address) == {SELLER.address: ETHER * 99 // 100}
