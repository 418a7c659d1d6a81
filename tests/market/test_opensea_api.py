"""OpenSea's limits and refusals in words; its key, and what is never shown."""

from __future__ import annotations

import json
import logging
import traceback
from dataclasses import replace
from email.utils import formatdate

import pytest
from support.fake_opensea import KEY
from support.faults import status
from support.market import ARTIST
from support.opensea import (
    COLLECTIONS,
    CONTRACT,
    LOOK,
    MAINNET,
    NOW,
    POST,
    signed,
    unsigned,
)

from nftforge.core.errors import (
    ConfigError,
    GuardError,
    MissingError,
    ServiceError,
    ServiceRefusedError,
)
from nftforge.market.addresses import NO_CONDUIT
from nftforge.market.opensea import OpenSea
from nftforge.market.prices import Share
from nftforge.market.typed_data import sign_order

REFUSED_KEY = "0000c9a4e7d24e5f9a3c6b8d1e2f7a90"


@pytest.fixture
def order(there):
    return signed(there.client().collection_terms(CONTRACT))


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
    with pytest.raises(ServiceError, match="cannot be reached: nothing listens there"):
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
