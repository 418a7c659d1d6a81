"""What OpenSea asks: read from it, held against what can be meant, and against each listing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_utils import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st
from support.fake_opensea import FEE_RECIPIENT, SIGNED_ZONE
from support.faults import WRONG_SCHEMA, lying, status
from support.market import DAY, ETHER, SELLER
from support.opensea import COLLECTIONS, CONTRACT, CONTRACTS, offered, unsigned

from nftforge.core.errors import (
    ConfigError,
    GuardError,
    MismatchError,
    ServiceError,
    ServiceRefusedError,
)
from nftforge.market.addresses import NO_CONDUIT
from nftforge.market.opensea_terms import CollectionTerms, Fee, check_listing, check_price
from nftforge.market.orders import NOBODY
from nftforge.market.prices import Share

OPENSEAS = to_checksum_address(FEE_RECIPIENT)
ZONE = to_checksum_address(SIGNED_ZONE)
OTHER = to_checksum_address("0x" + "bb" * 20)
TERMS = CollectionTerms("sold", CONTRACT, (Fee(OPENSEAS, 100, True), Fee(OTHER, 500, False)))


def test_fees_and_zone_are_those_that_opensea_says(there):
    there.fake.fees.append({"fee": 5, "recipient": OTHER, "required": False})
    assert there.client().collection_terms(CONTRACT) == TERMS
    there.fake.fees[0]["fee"] = 0.5
    there.fake.required_zone = SIGNED_ZONE
    terms = there.client().collection_terms(CONTRACT)
    assert terms.fees[0] == Fee(OPENSEAS, 50, True) and terms.zone == ZONE
    assert TERMS.zone == NOBODY


def test_several_receivers_each_get_their_part(there):
    there.fake.fees = [
        {"fee": fee, "recipient": "0x" + pair * 20, "required": True}
        for fee, pair in ((0.5, "11"), (0.25, "22"), (1.25, "33"))
    ]
    shares = there.client().collection_terms(CONTRACT).shares(ETHER, ETHER // 2)
    assert [(s.start_amount * 10_000 // ETHER, s.end_amount * 10_000 // ETHER) for s in shares] == [
        (50, 25), (25, 12), (125, 62),
    ]  # fmt: skip


def test_a_contract_that_it_does_not_know_yet_is_said_to_be_so(there):
    with pytest.raises(ServiceError, match=r"does not know 0x.* on ethereum") as refused:
        there.client().collection_terms(OTHER)
    assert "run again later" in refused.value.hint


def test_another_refusal_is_told_as_it_is(there):
    there.faults.next(*CONTRACTS, status(409, b'{"errors": ["not now"]}'))
    with pytest.raises(ServiceRefusedError, match=r"refused: 409 \(not now\)"):
        there.client().collection_terms(CONTRACT)


def change(name, value):
    return lying(lambda found: found.update({name: value}))


@pytest.mark.parametrize(
    "where,fault,error,words",
    [
        (CONTRACTS, change("address", OTHER), MismatchError, "answered with 0x"),
        (CONTRACTS, change("chain", "base"), MismatchError, "was asked for"),
        (CONTRACTS, change("collection", "../../evil"), MismatchError, "no slug"),
        (COLLECTIONS, change("collection", "azuki"), MismatchError, "does not have the contract"),
        (COLLECTIONS, change("contracts", []), MismatchError, "does not have the contract"),
        (COLLECTIONS, change("contracts", [{"address": CONTRACT, "chain": "base"}]),
         MismatchError, "does not have the contract"),
        (COLLECTIONS, change("fees", [{"fee": 50, "recipient": OTHER, "required": True}]),
         GuardError, "asks 50 % of each sale"),
        (COLLECTIONS, change("fees", [{"fee": -1, "recipient": OTHER, "required": True}]),
         GuardError, "no order can have it"),
        (COLLECTIONS, change("fees", [{"fee": 0.123, "recipient": OTHER, "required": True}]),
         GuardError, "no order can have it"),
        (COLLECTIONS, change("fees", [{"fee": float("nan"), "recipient": OTHER,
                                       "required": True}]), GuardError, "no order can have it"),
    ],
)  # fmt: skip
def test_terms_that_cannot_be_meant_are_refused(there, where, fault, error, words):
    there.faults.next(*where, fault)
    with pytest.raises(error, match=words):
        there.client().collection_terms(CONTRACT)


@pytest.mark.parametrize(
    "fault",
    [
        WRONG_SCHEMA, change("fees", None), change("contracts", 5), change("fees", [7]),
        change("fees", [{"fee": "1", "recipient": OTHER, "required": True}]),
        change("fees", [{"fee": 1, "recipient": "me", "required": True}]),
        change("fees", [{"fee": 1, "recipient": OTHER}]), change("required_zone", "0x1"),
    ],
)  # fmt: skip
def test_an_answer_of_another_shape_is_asked_for_again(there, fault):
    there.faults.next(*COLLECTIONS, fault)
    there.faults.next(*CONTRACTS, WRONG_SCHEMA)
    assert there.client().collection_terms(CONTRACT).slug == "sold"
    assert there.faults.count(*CONTRACTS) == 2
    assert there.faults.count(*COLLECTIONS) == 2
    there.faults.next(*COLLECTIONS, fault, times=50)
    with pytest.raises(ServiceError, match="answered with"):
        there.client().collection_terms(CONTRACT)


# --- prices ---------------------------------------------------------------------------------------


def test_a_price_that_does_not_divide_is_refused_with_the_nearest_that_does():
    with pytest.raises(ConfigError) as refused:
        TERMS.shares(ETHER + 1, ETHER)
    assert "a price of 1.000000000000000001: OpenSea's fee of 1 % of it" in refused.value.fact
    assert refused.value.hint == "the nearest price that OpenSea takes is 1"
    with pytest.raises(ConfigError, match=r"OpenSea takes is 0.0000000000000001"):
        TERMS.shares(ETHER, 1)
    assert TERMS.shares(ETHER + 1, ETHER, private=True) == ()
    assert TERMS.shares(ETHER, ETHER) == (Share(OPENSEAS, ETHER // 100, ETHER // 100),)


@given(
    price=st.integers(1, 10**22),
    points=st.lists(st.integers(0, 1_000), max_size=3),
)
def test_the_nearest_price_divides_and_none_is_nearer(price, points):
    fees = [Fee(OTHER, each, True) for each in points]
    try:
        check_price(price, fees)
    except ConfigError as refused:
        assert any(price * each % 10_000 for each in points)
        whole, _, rest = refused.hint.split()[-1].partition(".")
        nearest = int(whole) * ETHER + int(rest.ljust(18, "0"))
        assert nearest > 0 and not any(nearest * each % 10_000 for each in points)
        check_price(nearest, fees)
        for nearer in range(1, min(abs(nearest - price), 50)):
            assert any((price + nearer) * each % 10_000 for each in points)
    else:
        assert not any(price * each % 10_000 for each in points)


# --- listings -------------------------------------------------------------------------------------


def test_a_listing_by_the_terms_is_as_opensea_asks():
    check_listing(unsigned(TERMS), TERMS)
    check_listing(unsigned(TERMS, end_price=ETHER // 4), TERMS)
    check_listing(unsigned(TERMS, shares=(), buyer=OTHER), TERMS)
    zoned = replace(TERMS, required_zone=ZONE)
    check_listing(unsigned(zoned), zoned)


def test_a_fee_that_goes_to_the_seller_is_in_what_the_seller_gets():
    own = replace(TERMS, fees=(Fee(SELLER.address, 500, True),))
    check_listing(unsigned(own), own)
    check_listing(unsigned(own, shares=(), buyer=OTHER), own)


SEVEN = [Share(to_checksum_address(f"0x{n:040x}"), ETHER // 100, ETHER // 100) for n in range(1, 8)]


@pytest.mark.parametrize(
    "changes,error,words",
    [
        ({"shares": ()}, MismatchError, "gets 0 wei of"),
        ({"shares": (Share(OPENSEAS, ETHER // 50, ETHER // 50),)}, MismatchError, "has to get"),
        ({"shares": (Share(OTHER, ETHER // 100, ETHER // 100),)}, MismatchError, "gets 0 wei"),
        ({"buyer": OTHER}, MismatchError, "OpenSea takes no fee of one"),
        ({"zone": ZONE}, MismatchError, "takes none for sold"),
        ({"conduit_key": NO_CONDUIT}, ConfigError, "OpenSea's conduit"),
        ({"shares": SEVEN}, ConfigError, "goes to 8 receivers"),
        ({"start_time": 1_900_000_000_000, "end_time": 1_900_000_900_000}, ConfigError,
         "times are in seconds"),
        ({"end_time": 1_900_000_000 + 200 * DAY}, ConfigError, "six months at most"),
    ],
)  # fmt: skip
def test_a_listing_that_opensea_would_refuse_is_refused_before_it_is_signed(changes, error, words):
    with pytest.raises(error, match=words):
        check_listing(unsigned(TERMS, **changes), TERMS)


def test_a_zone_that_is_demanded_has_to_be_there():
    with pytest.raises(MismatchError, match=f"demands the zone {ZONE} for sold.*has none"):
        check_listing(unsigned(TERMS), replace(TERMS, required_zone=ZONE))
    other = unsigned(TERMS, zone=OTHER)
    with pytest.raises(MismatchError, match=f"the order has {OTHER}"):
        check_listing(other, replace(TERMS, required_zone=ZONE))


def test_what_sells_no_token_is_no_listing():
    with pytest.raises(ConfigError, match="sells no token"):
        check_listing(offered().components, TERMS)
