"""Shares of a price: nothing is lost, nothing is made, and rounding goes where it is said to go."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.market import ARTIST, ETHER, SELLER

from nftforge.core.errors import ConfigError, GuardError
from nftforge.market import prices
from nftforge.market.orders import ItemType
from nftforge.market.prices import (
    BASIS,
    Share,
    amount_at,
    fee_share,
    received_at,
    rest,
    royalty_share,
    total_at,
)
from nftforge.market.terms import ListingTerms, OfferTerms, listing, offer
from nftforge.market.tokens import royalty

TOKEN, OTHER, THIRD = ("0x" + pair * 20 for pair in ("aa", "bb", "cc"))
WEI = st.integers(10_000, 10**24)
BPS = st.integers(1, 3_000)


def sale(start, end, *fees, begin=1_000, seconds=86_400):
    shares = [fee_share(who, bps, start, end) for who, bps in fees]
    terms = ListingTerms(SELLER.address, TOKEN, 1, start, end, begin, begin + seconds, shares)
    return listing(terms, 0)


@given(price=WEI, fee=BPS, royalty=BPS)
def test_a_fixed_price_is_shared_out_to_the_wei(price, fee, royalty):
    order = sale(price, price, (OTHER, fee), (THIRD, royalty))
    amounts = [item.start_amount for item in order.consideration]
    assert sum(amounts) == price == total_at(order, 1_000) == total_at(order, 87_399)
    assert amounts[1:] == [price * fee // BASIS, price * royalty // BASIS]
    parts = [received_at(order, who, 1_000) for who in (SELLER.address, OTHER, THIRD)]
    assert parts == amounts


@given(start=WEI, end=WEI, fee=BPS, royalty=BPS, elapsed=st.integers(0, 86_399))
def test_a_changing_price_is_its_line_and_at_most_two_wei_more_for_three_shares(
    start, end, fee, royalty, elapsed
):
    order = sale(start, end, (OTHER, fee), (THIRD, royalty))
    line = start + Fraction((end - start) * elapsed, 86_400)
    assert 0 <= total_at(order, 1_000 + elapsed) - line < 3
    assert total_at(order, 1_000) == start
    each = [received_at(order, who, 1_000 + elapsed) for who in (SELLER.address, OTHER, THIRD)]
    assert sum(each) == total_at(order, 1_000 + elapsed)


@given(start=WEI, end=WEI, elapsed=st.integers(0, 86_399))
def test_what_is_asked_is_rounded_up_and_what_is_given_down(start, end, elapsed):
    order = sale(start, end)
    item, time = order.consideration[0], 1_000 + elapsed
    up, down = (amount_at(order, item, time, round_up=up) for up in (True, False))
    exact = start + Fraction((end - start) * elapsed, 86_400)
    assert down <= exact <= up and up - down == (exact.denominator > 1)


def test_of_an_offer_the_owner_gets_what_fees_leave():
    shares = [fee_share(OTHER, 250, 1_001, 1_001)]
    terms = OfferTerms(ARTIST.address, THIRD, 1_001, TOKEN, None, 5, 9, shares)
    order = offer(terms, 0)
    assert order.consideration[0].item_type is ItemType.ERC721_WITH_CRITERIA
    assert received_at(order, SELLER.address, 6) == 1_001 - 25 and total_at(order, 6) == 0


@pytest.mark.parametrize("bps", [-1, 10_001])
def test_a_fee_is_a_part(bps):
    with pytest.raises(ConfigError, match="0 to 10000 are possible"):
        fee_share(OTHER, bps, 100, 100)


@pytest.mark.parametrize("taken", [100, 101])
def test_something_is_left_for_the_seller(taken):
    assert rest(100, 100, [Share(OTHER, 99, 99)]) == (1, 1)
    for share in (Share(OTHER, taken, 1), Share(OTHER, 1, taken)):
        with pytest.raises(ConfigError, match="leave the seller"):
            rest(100, 100, [share])


@pytest.mark.anvil
def test_the_royalty_is_what_the_token_says_of_that_very_price(market):
    for price in (ETHER, 199, 200, 10**24 + 7):
        amount = price * 500 // 10_000
        found = royalty(market.chain, market.token, 1, price)
        assert found == (ARTIST.address, amount)
    share = royalty_share(market.chain, market.token, 1, ETHER + 19, 199)
    assert share == Share(ARTIST.address, (ETHER + 19) // 20, 9)


@pytest.mark.anvil
def test_a_token_without_royalty_asks_for_none(market):
    assert royalty(market.chain, market.token, 1, 19) is None  # rounded down to nothing
    for no_such_view in (market.weth.address, market.buyer):
        assert royalty_share(market.chain, no_such_view, 1, ETHER, ETHER) is None


@pytest.mark.parametrize(
    "answers", [((OTHER, 101), (OTHER, 5)), ((OTHER, 5), (OTHER, 51)), ((OTHER, 5), (THIRD, 2))]
)
def test_a_royalty_that_cannot_be_is_refused(monkeypatch, answers):
    said = dict(zip((100, 50), answers, strict=True))
    monkeypatch.setattr(prices, "royalty", lambda chain, token, token_id, price: said[price])
    with pytest.raises(GuardError, match="a royalty that no sale can pay"):
        royalty_share(SimpleNamespace(), TOKEN, 1, 100, 50)
