"""Sales on the real Seaport, by a buyer that is not ours; everyone's money counted to the wei.

Each is done twice: by web3.py from Seaport's ABI, put together here, and by the calldata of
nftforge, sent by the same wallet.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import partial

import pytest
from support.anvil import rpc
from support.market import ANVIL, ARTIST, DAY, ETHER, MARKETPLACE, SELLER, paid
from support.seaport import OPENSEA_CONDUIT

from nftforge.chain.wallet import key_signer
from nftforge.core.errors import ConfigError
from nftforge.market.addresses import NO_CONDUIT, OPENSEA_CONDUIT_KEY, SEAPORT
from nftforge.market.bulk import sign_orders
from nftforge.market.fulfillment import accept, buy, buy_available, buyer_of
from nftforge.market.orders import NOBODY, ItemType, OrderComponents
from nftforge.market.prices import received_at, total_at
from nftforge.market.seaport import cancel, increment_counter, validate
from nftforge.market.tokens import allow, approve, approve_all

pytestmark = pytest.mark.anvil
BIDDER = key_signer("0x" + "b1" * 32)
BY = pytest.mark.parametrize("by", ["web3", "nftforge"])
EVERYONE = (SELLER.address, ARTIST.address, MARKETPLACE)
PRICE = ETHER + 12_345  # no fee of it is whole


def bought(market, send, token_ids=(1,)):
    """Buy, and what everybody got; what the buyer paid without gas, and the receipt."""
    everyone = (*EVERYONE, market.buyer)
    before = market.balances(*everyone)
    receipt = send()
    after = market.balances(*everyone)
    gained = {who: after[who] - before[who] for who in everyone}
    assert sum(gained.values()) == -paid(receipt)  # nothing is left with Seaport
    assert {market.owner(token_id) for token_id in token_ids} == {market.buyer}
    return [gained[who] for who in EVERYONE], -gained[market.buyer] - paid(receipt)


def by_web3(market, function, value=0, who=None):
    sender = {"from": who or market.buyer, "value": value}
    return market.transact(function.build_transaction({**sender, "gas": 2_000_000}))


def shares(price, fee=250, royalty=500):
    """(the seller's, the royalty, the fee) of a fixed price."""
    others = price * royalty // 10_000, price * fee // 10_000
    return [price - sum(others), *others]


# --- listings -------------------------------------------------------------------------------------


@BY
def test_a_fixed_price_is_paid_to_the_wei(market, by):
    order = market.signed(1, PRICE)

    def send():
        if by == "nftforge":
            return market.execute(market.buyer, buy(order, PRICE))
        return by_web3(market, market.seaport.functions.fulfillOrder(order.abi, NO_CONDUIT), PRICE)

    assert bought(market, send) == (shares(PRICE), PRICE)
    assert total_at(order.components, market.now) == PRICE
    assert received_at(order.components, SELLER.address, market.now) == shares(PRICE)[0]


def test_a_basic_order_is_what_web3_encodes_and_its_selector_is_nothing(market):
    order = market.signed(1, PRICE)
    components = order.components
    first, *others = components.consideration
    basic = {
        "considerationToken": NOBODY, "considerationIdentifier": 0,
        "considerationAmount": first.start_amount, "offerer": SELLER.address, "zone": NOBODY,
        "offerToken": market.token, "offerIdentifier": 1, "offerAmount": 1, "basicOrderType": 0,
        "startTime": components.start_time, "endTime": components.end_time,
        "zoneHash": bytes(32), "salt": components.salt, "offererConduitKey": NO_CONDUIT,
        "fulfillerConduitKey": NO_CONDUIT, "totalOriginalAdditionalRecipients": 2,
        "additionalRecipients": [
            {"amount": item.start_amount, "recipient": item.recipient} for item in others
        ],
        "signature": order.signature,
    }  # fmt: skip
    theirs = market.seaport.encode_abi("fulfillBasicOrder_efficient_6GL6yc", args=[basic])
    assert "0x" + buy(order, PRICE).data.hex() == theirs and theirs.startswith("0x00000000")
    function = market.seaport.functions.fulfillBasicOrder_efficient_6GL6yc(basic)
    assert bought(market, lambda: by_web3(market, function, PRICE)) == (shares(PRICE), PRICE)


def test_without_fee_and_royalty_all_of_it_is_the_sellers(market):
    order = market.signed(2, PRICE, fee=0, royalty=False)
    assert len(order.components.consideration) == 1
    gained, cost = bought(market, lambda: market.execute(market.buyer, buy(order, PRICE)), [2])
    assert (gained, cost) == ([PRICE, 0, 0], PRICE)


@BY
@pytest.mark.parametrize("part", [0, 1, 3, 7])
def test_a_falling_price_is_taken_as_seaport_reckons_it_and_the_rest_comes_back(market, by, part):
    start, end = PRICE, ETHER // 5 + 7
    order = market.signed(1, start, end_price=end)
    components = order.components
    time = components.start_time + DAY * part // 8 + 11  # no eighth of it is whole
    market.later(time - 1)
    price = total_at(components, time)
    line = start - Fraction((start - end) * (time - components.start_time), DAY)
    assert 0 <= price - line < 3  # three shares, each rounded up
    rpc(market.url, "evm_setNextBlockTimestamp", time)

    def send():
        if by == "nftforge":
            return market.execute(market.buyer, buy(order, start))
        return by_web3(market, market.seaport.functions.fulfillOrder(order.abi, NO_CONDUIT), start)

    gained, cost = bought(market, send)
    assert cost == price == sum(gained)
    assert gained[0] == received_at(components, SELLER.address, time)


def test_a_wei_less_than_the_falling_price_is_too_little(market):
    order = market.signed(1, PRICE, end_price=ETHER // 5)
    market.later(order.components.start_time + DAY // 3)
    price = total_at(order.components, market.now)
    assert market.refusal(market.buyer, buy(order, price)) == ""
    assert "too little money" in market.refusal(market.buyer, buy(order, price - 1))


@BY
def test_one_of_a_bulk_is_bought_and_the_others_stay(market, by):
    orders = sign_orders(SELLER, [market.listing(n, PRICE) for n in range(1, 8)], ANVIL)

    def send():
        if by == "nftforge":
            return market.execute(market.buyer, buy(orders[4], PRICE))
        function = market.seaport.functions.fulfillAdvancedOrder(
            (orders[4].components.parameters, 1, 1, orders[4].signature, b""), [], NO_CONDUIT,
            market.buyer,
        )  # fmt: skip
        return by_web3(market, function, PRICE)

    assert bought(market, send, [5]) == (shares(PRICE), PRICE)
    assert market.refusal(market.stranger, buy(orders[6], PRICE)) == ""
    assert "taken already" in market.refusal(market.stranger, buy(orders[4], PRICE))


@BY
def test_several_are_bought_at_once(market, by):
    prices = {1: PRICE, 2: 2 * PRICE, 3: ETHER // 3}
    orders = sign_orders(SELLER, [market.listing(n, p) for n, p in prices.items()], ANVIL)
    total = sum(prices.values())

    def send():
        if by == "nftforge":
            return market.execute(market.buyer, buy_available(orders, total, market.buyer))
        each = [(place, item) for place in range(3) for item in range(3)]
        function = market.seaport.functions.fulfillAvailableAdvancedOrders(
            [(order.components.parameters, 1, 1, order.signature, b"") for order in orders], [],
            [[(place, 0)] for place in range(3)], [[one] for one in each], NO_CONDUIT,
            market.buyer, 3,
        )  # fmt: skip
        return by_web3(market, function, total)

    wanted = [sum(column) for column in zip(*map(shares, prices.values()), strict=True)]
    assert bought(market, send, prices) == (wanted, total)


def test_of_several_the_one_that_is_gone_costs_nothing(market):
    orders = sign_orders(SELLER, [market.listing(n, PRICE) for n in (1, 2, 3)], ANVIL)
    market.execute(market.stranger, buy(orders[1], PRICE))
    call = buy_available(orders, 3 * PRICE, market.buyer)
    gained, cost = bought(market, lambda: market.execute(market.buyer, call), [1, 3])
    assert (gained, cost) == ([2 * part for part in shares(PRICE)], 2 * PRICE)
    assert market.owner(2) == market.stranger
    assert "none of the orders" in market.refusal(market.buyer, call)


@BY
def test_a_private_listing_is_its_buyers(market, by):
    order = market.signed(1, PRICE, buyer=market.buyer)
    assert buyer_of(order.components) == market.buyer and len(order.components.consideration) == 4

    def send():
        if by == "nftforge":
            return market.execute(market.buyer, buy(order, PRICE + 99))
        mirror = OrderComponents(
            market.buyer, NOBODY,
            (replace(order.components.offer[0], item_type=ItemType.NATIVE, token=NOBODY,
                     identifier_or_criteria=0, start_amount=PRICE, end_amount=PRICE),),
            (), order.components.order_type, 0, 2**40, bytes(32), 99, NO_CONDUIT, 0,
        )  # fmt: skip
        fulfillments = [([(1, 0)], [(0, place)]) for place in range(3)] + [([(0, 0)], [(0, 3)])]
        function = market.seaport.functions.matchOrders(
            [order.abi, (mirror.parameters, b"")], fulfillments
        )
        return by_web3(market, function, PRICE)

    assert bought(market, send) == (shares(PRICE), PRICE)


def test_a_private_listing_is_nobody_elses(market):
    order = market.signed(1, PRICE, buyer=market.buyer)
    call = buy(order, PRICE)
    assert market.refusal(market.buyer, call) == ""
    assert "signature" in market.refusal(market.stranger, call)
    taken = market.seaport.encode_abi("fulfillOrder", args=[order.abi, NO_CONDUIT])
    plain = replace(call, data=bytes.fromhex(taken[2:]))  # the token has to go on to the buyer
    assert "not approved to move token 1" in market.refusal(market.stranger, plain)
    with pytest.raises(ConfigError, match="bought alone"):
        buy_available([order], PRICE, market.stranger)


def test_a_private_price_falls_as_any_other(market):
    order = market.signed(1, PRICE, end_price=ETHER // 5 + 7, buyer=market.buyer)
    time = order.components.start_time + DAY // 2 + 1
    market.later(time - 1)
    rpc(market.url, "evm_setNextBlockTimestamp", time)
    gained, cost = bought(market, lambda: market.execute(market.buyer, buy(order, PRICE)))
    assert cost == sum(gained) == total_at(order.components, time) < PRICE


def test_two_private_listings_of_one_price_are_both_bought(market):
    for token_id in (1, 2):
        order = market.signed(token_id, PRICE, buyer=market.buyer)
        bought(market, lambda o=order: market.execute(market.buyer, buy(o, PRICE)), [token_id])


def test_an_order_that_stands_on_the_chain_needs_no_signature(market):
    order = market.signed(1, PRICE)
    unsigned = replace(order, signature=b"")
    assert "no signature" in market.refusal(market.buyer, buy(unsigned, PRICE))
    market.send(SELLER, validate([unsigned]))
    assert bought(market, partial(market.execute, market.buyer, buy(unsigned, PRICE))) == (
        shares(PRICE), PRICE,
    )  # fmt: skip


def test_through_openseas_conduit_with_an_approval_of_that_alone(market):
    market.send(SELLER, approve_all(market.token, SEAPORT, approved=False))
    order = market.signed(1, PRICE, conduit_key=OPENSEA_CONDUIT_KEY)
    assert f"{OPENSEA_CONDUIT.lower()} is not approved to move token 1" in market.refusal(
        market.buyer, buy(order, PRICE)
    )
    market.send(SELLER, approve(market.token, OPENSEA_CONDUIT, 1))
    assert bought(market, partial(market.execute, market.buyer, buy(order, PRICE))) == (
        shares(PRICE), PRICE,
    )  # fmt: skip


def test_a_conduit_that_is_none_is_named(market):
    order = market.signed(1, PRICE, conduit_key=b"\x01" * 32)
    assert "there is no conduit at 0x" in market.refusal(market.buyer, buy(order, PRICE))


def test_what_was_withdrawn_cannot_be_bought(market):
    one, two, other = sign_orders(SELLER, [market.listing(n, PRICE) for n in (1, 2, 3)], ANVIL)
    market.send(SELLER, cancel([one.components]))
    assert market.refusal(market.buyer, buy(one, PRICE)) == "the order was cancelled"
    assert market.refusal(market.buyer, buy(two, PRICE)) == ""
    market.send(SELLER, validate([replace(other, signature=b"")]))
    market.send(SELLER, increment_counter())
    assert "withdrawn" in market.refusal(market.buyer, buy(two, PRICE))
    assert market.refusal(market.buyer, buy(other, PRICE)) != ""  # though it stood on the chain
    again = market.signed(2, PRICE)  # with the new counter
    assert market.refusal(market.buyer, buy(again, PRICE)) == ""


def test_nobody_else_can_cancel(market):
    order = market.signed(1, PRICE)
    words = market.refusal(market.stranger, cancel([order.components]))
    assert words == "only who made the order, or its zone, can cancel it"


# --- offers ---------------------------------------------------------------------------------------


def accepted(market, send, token_id):
    """Accept, and what everybody got of the bidder's WETH."""
    everyone = (SELLER.address, MARKETPLACE, BIDDER.address)
    before = market.weth_balances(*everyone)
    send()
    after = market.weth_balances(*everyone)
    assert market.owner(token_id) == BIDDER.address
    return [after[who] - before[who] for who in everyone]


@BY
def test_an_offer_for_a_token_is_accepted_without_an_approval_of_weth(market, by):
    market.give_weth(BIDDER, PRICE)
    order = market.offer(BIDDER, 4, PRICE)
    fee = PRICE * 250 // 10_000

    def send():
        if by == "nftforge":
            return market.send(SELLER, accept(order, 4))
        market.send(SELLER, allow(market.weth.address, SEAPORT, fee))  # fulfillOrder needs it
        function = market.seaport.functions.fulfillOrder(order.abi, NO_CONDUIT)
        return by_web3(market, function, who=SELLER.address)

    assert accepted(market, send, 4) == [PRICE - fee, fee, -PRICE]
    assert received_at(order.components, SELLER.address, market.now) == PRICE - fee


@pytest.mark.parametrize("fee", [0, 250])
def test_an_offer_for_any_token_is_accepted_with_the_one_that_is_named(market, fee):
    market.give_weth(BIDDER, PRICE)
    order = market.offer(BIDDER, None, PRICE, fee=fee)
    taken = PRICE * fee // 10_000
    with pytest.raises(ConfigError, match="say which one"):
        accept(order)
    if fee:
        assert market.refusal(SELLER.address, accept(order, 9)) != ""
        market.send(SELLER, allow(market.weth.address, SEAPORT, taken))
    gained = accepted(market, lambda: market.send(SELLER, accept(order, 9)), 9)
    assert gained == [PRICE - taken, taken, -PRICE]
    assert "taken already" in market.refusal(SELLER.address, accept(order, 10))


def test_an_offer_for_one_token_is_not_for_another_nor_anybody_elses(market):
    market.give_weth(BIDDER, PRICE)
    order = market.offer(BIDDER, 4, PRICE)
    assert market.refusal(SELLER.address, accept(order, 5)) == ""  # it is token 4 that goes
    words = market.refusal(market.stranger, accept(order, 4))
    assert "ot approved" in words or "belongs to" in words
    with pytest.raises(ConfigError, match="accepted, not bought"):
        buy(order, PRICE)
    with pytest.raises(ConfigError, match="bought, not accepted"):
        accept(market.signed(1), 1)


def test_an_offer_without_the_money_is_refused_in_words(market):
    market.give_weth(BIDDER, PRICE, allowed=PRICE - 1)
    order = market.offer(BIDDER, 4, PRICE, fee=0)
    words = market.refusal(SELLER.address, accept(order, 4))
    assert words  # the currency's own words, whatever they are


def test_an_offer_with_a_zone_brings_along_what_the_zone_wants(market):
    """A zone that says yes to whatever carries 4 kB, by returning the selector it was called by."""
    zone, code = "0x" + "20" * 20, "0x611000361015600c575f5ffd5b5f3560e01c60e01b5f5260205ff3"
    rpc(market.url, "anvil_setCode", zone, code)
    market.give_weth(BIDDER, PRICE)
    order = market.offer(BIDDER, 4, PRICE, zone=zone)
    assert market.refusal(SELLER.address, accept(order)) != ""
    enough = replace(order, extra_data=b"\x51" * 4_096)
    market.weth.functions.approve(SEAPORT, PRICE).transact({"from": SELLER.address})
    market.execute(SELLER.address, accept(enough))
    assert market.owner(4) == BIDDER.address
