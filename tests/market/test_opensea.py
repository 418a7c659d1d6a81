"""Listings sent to OpenSea: once, whatever happens on the way; its limits, and its words."""

from __future__ import annotations

import json
import logging
import traceback
from dataclasses import replace
from email.utils import formatdate

import httpx
import pytest
from support.fake_opensea import KEY, SIGNED_ZONE, fail_after, lying, slow
from support.faults import HTML, WRONG_SCHEMA, half_json, lose_answer, says, status, truncate
from support.market import ARTIST, ETHER, SELLER
from support.opensea import (
    COLLECTIONS,
    CONTRACT,
    LISTINGS,
    LOOK,
    MAINNET,
    NOW,
    POST,
    hashed,
    running,
    signed,
    unsigned,
)

from nftforge.core.errors import (
    ConfigError,
    GuardError,
    MismatchError,
    MissingError,
    ServiceError,
    ServiceRefusedError,
)
from nftforge.core.retry import Patience
from nftforge.market.addresses import NO_CONDUIT
from nftforge.market.bulk import sign_orders
from nftforge.market.opensea import OpenSea, Posted
from nftforge.market.order_json import order_from_json, order_to_json
from nftforge.market.prices import Share
from nftforge.market.typed_data import sign_order

REFUSED_KEY = "0000c9a4e7d24e5f9a3c6b8d1e2f7a90"


@pytest.fixture(scope="module")
def served():
    with running() as there:
        yield there


@pytest.fixture
def there(served):
    return served.reset()


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


# --- its limits -----------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [429, 599, 503])
def test_what_it_asks_to_wait_is_waited(there, order, code):
    there.faults.next(*POST, status(code, Retry_After="17"))
    there.client().post_listing(order)
    (waited,) = there.waits.waited
    assert 17 < waited <= 18


def test_a_date_may_be_waited_for_too(there, order):
    there.faults.next(*POST, status(429, Retry_After=formatdate(NOW + 40, usegmt=True)))
    there.client().post_listing(order)
    assert 40 < there.waits() <= 41


def test_the_reset_that_every_answer_has_means_something_in_a_429_alone(there, order):
    there.faults.next(*POST, status(500, X_RateLimit_Reset=str(NOW + 3_600)))
    there.client().post_listing(order)
    assert there.waits() <= 1
    there.faults.next(*POST, status(429, X_RateLimit_Reset=str(NOW + 60)))
    there.client().post_listing(order)
    assert there.waits() >= 59


def test_what_takes_too_long_is_said_instead_of_waited(there, order):
    there.fake.per_hour = len(there.fake.asked)
    with pytest.raises(ServiceError) as refused:
        there.client().post_listing(order)
    assert "answered 429 (Request was throttled.) and asks to wait 36" in refused.value.fact
    assert "run the same command again" in refused.value.hint and there.waits() == 0


def test_waiting_has_an_end(there, order):
    there.faults.next(*POST, status(429, Retry_After="50"), times=1_000)
    with pytest.raises(ServiceError, match="tried 6 times"):
        there.client().post_listing(order)
    assert 200 < there.waits() <= 300


def test_nobody_there_is_known_soon(there):
    with pytest.raises(ServiceError, match="cannot be reached"):
        OpenSea(KEY, "ethereum", url="http://127.0.0.1:1", clock=there.waits,
                sleep=there.waits.sleep).collection_terms(CONTRACT)  # fmt: skip
    assert there.waits() <= 20


# --- its refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said,hint",
    [
        ("provided an invalid number of currency consideration items: 8.", "1 to 7 receivers"),
        ("You provided an invalid zone: 0x11, please use the null address", "run again"),
        ("Please provide an OPEN order type when using 0x00", "run again"),
        ("Private transactions should not include marketplace fees.", "has no fee item"),
        ("An incorrect OpenSea fee has been provided. Expecting 250", "fees are read anew"),
        ("OpenSea fees are required to post this order.", "read anew"),
        ("We encountered an exception while processing your request.", "milliseconds"),
        ("The moon is full", ""),
    ],
)
def test_a_refusal_is_told_and_explained(there, order, said, hint):
    there.faults.next(*POST, status(400, json.dumps({"errors": [said]}).encode()))
    with pytest.raises(ServiceRefusedError) as refused:
        there.client().post_listing(order)
    assert f"refused: 400 ({said})" in refused.value.fact
    assert hint in refused.value.hint and bool(hint) == bool(refused.value.hint)
    assert there.faults.count(*POST) == 1


def test_fees_that_changed_after_they_were_read_are_refused_there(there, order):
    there.fake.fees[0]["fee"] = 2.5
    with pytest.raises(ServiceRefusedError, match="Expecting 250 basis points, but received 100"):
        there.client().post_listing(order)
    assert there.fake.accepted == 0


def test_a_signature_of_another_is_refused_there(there, order):
    terms = there.client().collection_terms(CONTRACT)
    forged = replace(order, signature=sign_order(ARTIST, unsigned(terms), MAINNET).signature)
    with pytest.raises(ServiceRefusedError, match="Invalid order signature"):
        there.client().post_listing(forged)


def test_what_no_listing_can_be_is_not_sent(there):
    for changes in ({"conduit_key": NO_CONDUIT},
                    {"shares": [Share(f"0x{n:040x}", 1, 1) for n in range(1, 9)]}):  # fmt: skip
        with pytest.raises(ConfigError):
            there.client().post_listing(signed(**changes))
    with pytest.raises(ConfigError, match="with its signature alone"):
        there.client().post_listing(replace(signed(), signature=b""))
    assert there.faults.seen == []


# --- the key, and the signature -------------------------------------------------------------------


@pytest.mark.parametrize("code", [401, 403])
def test_a_key_that_is_refused_is_said_by_its_name_alone(there, code):
    said = json.dumps({"errors": [f"Invalid API key: {REFUSED_KEY}"]}).encode()
    there.faults.next("GET", "/", status(code, said))
    with pytest.raises(MissingError) as refused:
        there.client(REFUSED_KEY).collection_terms(CONTRACT)
    assert "OPENSEA_API_KEY" in str(refused.value) and str(code) in str(refused.value)
    assert REFUSED_KEY not in "".join(traceback.format_exception(refused.value))


def test_without_a_key_nothing_is_asked(there):
    with pytest.raises(MissingError) as missing:
        there.client("")
    assert "OPENSEA_API_KEY" in missing.value.hint
    with pytest.raises(ConfigError) as refused:
        there.client("two words\n")
    assert "two words" not in str(refused.value)
    assert there.faults.seen == []


def test_the_key_goes_to_opensea_alone_and_never_unencrypted(there):
    elsewhere = there.url.replace("127.0.0.1", "localhost")
    there.faults.next(*COLLECTIONS, status(302, Location=f"{elsewhere}/steal"))
    with pytest.raises(ServiceRefusedError, match="302"):
        there.client().collection_terms(CONTRACT)
    assert not any(request.path == "/steal" for request in there.faults.seen)
    with pytest.raises(GuardError, match=r"unencrypted to http://api.opensea.io"):
        OpenSea(KEY, "ethereum", url="http://api.opensea.io")
    with pytest.raises(ConfigError, match="https://"):
        OpenSea(KEY, "ethereum", url="api.opensea.io")


def test_neither_key_nor_signature_are_in_any_log_error_or_repr(there, order, caplog):
    caplog.set_level(logging.DEBUG)
    client = there.client()
    client.post_listing(order)
    signature = order.signature.hex()
    quoting = json.dumps({"errors": [f"0x{signature} by {KEY} is no good"]}).encode()
    there.faults.next(*POST, status(400, quoting))
    with pytest.raises(ServiceRefusedError) as refused:
        client.post_listing(order)
    there.faults.next(*POST, status(500, quoting), times=1_000)
    there.faults.next(*LOOK, status(400), times=1_000)
    with pytest.raises(ServiceError) as given_up:
        client.post_listing(order)
    shown = [caplog.text, repr(client), repr(client._api), str(vars(client))]
    shown += ["".join(traceback.format_exception(each.value)) for each in (refused, given_up)]
    assert all(KEY not in text and signature not in text for text in shown)
    assert "<hex> by <key> is no good" in str(refused.value)


def test_there_is_no_test_network(there):
    with pytest.raises(ConfigError, match="no chain 'sepolia', and no test network"):
        there.client(chain="sepolia")
