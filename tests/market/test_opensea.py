"""Listings sent to OpenSea: once, whatever happens on the way."""

from __future__ import annotations

import json
from dataclasses import replace

import httpx
import pytest
from support.fake_opensea import KEY, SIGNED_ZONE
from support.faults import (
    HTML,
    WRONG_SCHEMA,
    fail_after,
    half_json,
    lose_answer,
    lying,
    says,
    slow,
    status,
    truncate,
)
from support.market import ARTIST, ETHER, SELLER
from support.opensea import (
    CONTRACT,
    LISTINGS,
    LOOK,
    MAINNET,
    NOW,
    POST,
    hashed,
    signed,
    unsigned,
)

from nftforge.core.errors import (
    GuardError,
    MismatchError,
    ServiceError,
    ServiceRefusedError,
)
from nftforge.core.retry import Patience
from nftforge.market.bulk import sign_orders
from nftforge.market.opensea import Posted
from nftforge.market.order_json import order_from_json, order_to_json


@pytest.fixture
def order(there):
    return signed(there.client().collection_terms(CONTRACT))


def test_a_listing_is_sent_as_published_and_is_there(there, order):
    posted = there.client().post_listing(order)
    assert posted == Posted(hashed(order), False, "ACTIVE")
    (request,) = [r for r in there.faults.seen if r.method == "POST"]
    assert request.path == POST[1] and request.headers["x-api-key"] == KEY
    assert order_from_json(json.loads(request.body)) == order
    assert there.client().order(posted.order_hash).components == order.components


def test_dutch_private_and_many_under_one_signature_are_taken(there):
    terms = there.client().collection_terms(CONTRACT)
    buyer = ARTIST.address
    several = [
        unsigned(terms, end_price=ETHER // 2),
        unsigned(terms, shares=(), buyer=buyer),
        *(unsigned(terms, token_id=number) for number in range(3)),
    ]
    for each in sign_orders(SELLER, several, MAINNET):
        assert not there.client().post_listing(each).before
    assert there.fake.accepted == 5


def test_a_zone_that_is_demanded_is_in_the_order(there):
    there.fake.required_zone = SIGNED_ZONE
    order = signed(there.client().collection_terms(CONTRACT))
    assert order.components.zone.lower() == SIGNED_ZONE
    assert there.client().post_listing(order).status == "ACTIVE"


def test_the_same_listing_again_is_there_already(there, order):
    first, again = (there.client().post_listing(order) for _ in range(2))
    assert again == replace(first, before=True)
    assert there.fake.accepted == 1
    there.fake.orders[first.order_hash].status = "CANCELLED"
    assert there.client().post_listing(order).status == "CANCELLED"


@pytest.mark.parametrize("fault", [fail_after, lose_answer, truncate, half_json])
def test_after_a_lost_answer_it_is_looked_for_and_not_sent_again(there, order, fault):
    there.faults.next(*POST, fault)
    assert there.client().post_listing(order) == Posted(hashed(order), False, "ACTIVE")
    assert (there.faults.count(*POST), there.faults.count(*LOOK)) == (1, 1)


def test_after_a_slow_answer_too(there, order):
    there.faults.next(*POST, slow(1.5))
    client = there.client(patience=Patience(stall_s=0.5))
    assert client.post_listing(order).order_hash == hashed(order)
    assert (there.faults.count(*POST), there.fake.accepted) == (1, 1)


@pytest.mark.parametrize("fault", [status(500), status(502, b"<html>bad gateway"), HTML,
                                   WRONG_SCHEMA])  # fmt: skip
@pytest.mark.parametrize("absent", [404, 400])
def test_what_did_not_arrive_is_sent_again(there, order, fault, absent):
    there.fake.absent = absent
    there.faults.next(*POST, fault)
    assert there.client().post_listing(order).before is False
    assert (there.faults.count(*POST), there.faults.count(*LOOK)) == (2, 1)
    assert there.fake.accepted == 1


def test_nothing_is_sent_again_while_nobody_knows_whether_it_arrived(there, order):
    there.faults.next(*POST, fail_after)
    there.faults.next(*LOOK, status(503), times=1_000)
    with pytest.raises(ServiceError, match="answered 503"):
        there.client().post_listing(order)
    assert there.faults.count(*POST) == 1 and there.waits() <= 300
    there.faults.planned.clear()
    assert there.client().post_listing(order).before


@pytest.mark.parametrize("fault", [WRONG_SCHEMA, half_json, says(b"[1, 2]"), says(b"[" * 99_999)])
def test_a_look_that_says_nothing_is_repeated(there, order, fault):
    there.faults.next(*POST, fail_after)
    there.faults.next(*LOOK, fault)
    assert there.client().post_listing(order).order_hash == hashed(order)
    assert (there.faults.count(*POST), there.faults.count(*LOOK)) == (1, 2)


def test_a_look_that_is_refused_is_no_leave_to_send_again(there, order):
    there.faults.next(*POST, fail_after)
    there.faults.next(*LOOK, status(409))
    with pytest.raises(ServiceRefusedError, match="409"):
        there.client().post_listing(order)
    assert there.faults.count(*POST) == 1


def test_a_duplicate_that_is_not_shown_yet_is_there(there, order):
    said = f"Duplicate order {hashed(order)}"
    there.faults.next(*POST, status(400, json.dumps({"errors": [said]}).encode()))
    assert there.client().post_listing(order) == Posted(hashed(order), True, "")
    other = f"Duplicate order 0x{'ab' * 32}"
    there.faults.next(*POST, status(400, json.dumps({"errors": [other]}).encode()))
    with pytest.raises(ServiceRefusedError, match="Duplicate order 0xabab"):
        there.client().post_listing(order)


def as_numbers(body):
    body["parameters"]["startTime"] = NOW


def without_salt(body):
    del body["parameters"]["salt"]


def item_in_hex(body):
    body["parameters"]["offer"][0]["itemType"] = "0x2"


@pytest.mark.parametrize("spoil", [as_numbers, without_salt, item_in_hex])
def test_the_stand_in_takes_what_is_published_and_nothing_else(there, order, spoil):
    body = order_to_json(order)
    spoil(body)
    headers = {"x-api-key": KEY}
    answer = httpx.post(there.url + POST[1], json=body, headers=headers)
    assert (answer.status_code, there.fake.accepted) == (400, 0)
    assert "validation errors" in answer.json()["errors"][0]
    sepolia = there.url + POST[1].replace("ethereum", "sepolia")
    assert httpx.post(sepolia, json=order_to_json(order), headers=headers).status_code == 400
    odd = f"{there.url}{LISTINGS[1]}collection/sold/all?x=1"
    assert httpx.get(odd, headers=headers).status_code == 400


# --- what it says is not taken at its word --------------------------------------------------------


def other_hash(row):
    row["order_hash"] = "0x" + "ab" * 32


def extra_item(row):
    items = row["protocol_data"]["parameters"]["consideration"]
    items.append({**items[0], "recipient": "0x" + "ee" * 20})
    row["protocol_data"]["parameters"]["totalOriginalConsiderationItems"] += 1


def another_price(row):
    row["price"]["current"]["value"] = "1"


def another_seaport(row):
    row["protocol_address"] = "0x" + "ee" * 20


def unreadable(row):
    del row["protocol_data"]["parameters"]["zone"]


@pytest.mark.parametrize(
    "change,error,words",
    [
        (other_hash, MismatchError, "was given the order 0x.*, and has 0xabab"),
        (extra_item, MismatchError, "hashes to 0x"),
        (another_price, MismatchError, "shows a price of 1 "),
        (another_seaport, GuardError, "not for Seaport at"),
        (unreadable, MismatchError, "parameters.zone is missing"),
        (lambda row: row.update(chain="base"), MismatchError, "for the chain 'base'"),
        (lambda row: row["price"]["current"].update(decimals=6), MismatchError, "6 decimals"),
        (lambda row: row["price"].update(current=None), MismatchError, "the price is None"),
    ],
)
def test_another_order_than_was_sent_is_refused(there, order, change, error, words):
    there.faults.next(*POST, lying(change))
    with pytest.raises(error, match=words):
        there.client().post_listing(order)
    there.faults.next(*LOOK, lying(lambda found: change(found["order"])))
    with pytest.raises(error):
        there.client().order(hashed(order))


def test_a_dutch_price_is_shown_as_it_is_now(there):
    terms = there.client().collection_terms(CONTRACT)
    order = signed(terms, end_price=ETHER // 2)
    for value, fits in ((ETHER * 3 // 4, True), (ETHER // 2 - 1, False), (ETHER + 3, False)):
        row = lying(lambda row, value=value: row["price"]["current"].update(value=str(value)))
        there.fake.orders.clear()
        there.faults.next(*POST, row)
        if fits:
            assert there.client().post_listing(order).order_hash == hashed(order)
        else:
            with pytest.raises(MismatchError, match="shows a price"):
                there.client().post_listing(order)


def test_an_order_that_it_does_not_have_is_none(there):
    assert there.client().order("0x" + "ab" * 32) is None
