"""Where an order stands, and that "for sale" is what can be bought, on the real Seaport."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.anvil import height, rpc
from support.market import ANVIL, DAY, ETHER, SELLER
from support.seaport import OPENSEA_CONDUIT
from web3.exceptions import Web3Exception

from nftforge.chain.abi import Interface
from nftforge.chain.pricing import Call
from nftforge.chain.providers import HttpProvider
from nftforge.chain.wallet import key_signer
from nftforge.market.addresses import OPENSEA_CONDUIT_KEY, SEAPORT
from nftforge.market.bulk import sign_orders
from nftforge.market.fulfillment import accept, buy
from nftforge.market.orders import Order
from nftforge.market.prices import Share
from nftforge.market.seaport import cancel, increment_counter, sales_of, validate
from nftforge.market.status import Standing, standing_of, standings_of, try_purchase
from nftforge.market.tokens import abi_function, approve, approve_all, revoke
from nftforge.market.typed_data import order_hash, sign_order

pytestmark = pytest.mark.anvil
BIDDER = key_signer("0x" + "b1" * 32)
PRICE = ETHER + 12_345


TRANSFER = Interface([abi_function("transferFrom", "address address uint256")])


def give(market, token_id, sender, to):
    """Away, as any wallet does it."""
    data = TRANSFER.encode("transferFrom", sender, to, token_id)
    market.execute(sender, Call(market.token, data))


def disapprove(market):
    market.send(SELLER, approve_all(market.token, SEAPORT, approved=False))


def given_away(market, order):
    give(market, 1, SELLER.address, market.stranger)


def given_away_and_back(market, order):
    given_away(market, order)
    give(market, 1, market.stranger, SELLER.address)


def sold(market, order):
    market.execute(market.stranger, buy(order, PRICE))


def cancelled(market, order):
    market.send(SELLER, cancel([order.components]))


def counted_on(market, order):
    market.send(SELLER, increment_counter())


def validated_and_counted_on(market, order):
    market.send(SELLER, validate([order]))
    counted_on(market, order)


def disapproved(market, order):
    disapprove(market)


def approved_alone(market, order):
    disapprove(market)
    market.send(SELLER, approve(market.token, SEAPORT, 1))


def approved_and_revoked(market, order):
    approved_alone(market, order)
    market.send(SELLER, revoke(market.token, 1))


def late(market, order):
    market.later(order.components.end_time)


def just_in_time(market, order):
    market.later(order.components.end_time - 1)


HAPPENED = {
    "nothing": (lambda market, order: None, "for-sale", ""),
    "sold": (sold, "sold", ""),
    "cancelled": (cancelled, "withdrawn", ""),
    "all withdrawn": (counted_on, "withdrawn", ""),
    "validated, and all withdrawn": (validated_and_counted_on, "withdrawn", ""),
    "given away": (given_away, "broken", "token 1 belongs to 0x"),
    "given away and back": (given_away_and_back, "for-sale", ""),
    "approval for all withdrawn": (disapproved, "broken", "is not approved to move token 1"),
    "one token approved": (approved_alone, "for-sale", ""),
    "its approval revoked": (approved_and_revoked, "broken", "is not approved to move token 1"),
    "its time over": (late, "expired", ""),
    "the last second of it": (just_in_time, "for-sale", ""),
}


def can_be_bought(market, order):
    """By doing it, and undoing it."""
    snapshot = rpc(market.url, "evm_snapshot")
    rpc(market.url, "anvil_setBlockTimestampInterval", 0)  # the next block is of the same second
    try:
        market.execute(market.buyer, buy(order, PRICE))
        return True
    except (AssertionError, Web3Exception):
        return False
    finally:
        rpc(market.url, "evm_revert", snapshot)
        rpc(market.url, "anvil_removeBlockTimestampInterval")


@pytest.mark.parametrize("happened", HAPPENED)
def test_the_state_is_what_happened_and_for_sale_is_what_can_be_bought(market, happened):
    order = market.signed(1, PRICE)
    do, state, reason = HAPPENED[happened]
    do(market, order)
    before = height(market.url)
    standing = standing_of(market.chain, order)
    assert standing.state == state and reason in standing.reason, standing
    assert height(market.url) == before  # looking sends nothing
    assert can_be_bought(market, order) == (state == "for-sale")


def test_many_orders_are_looked_at_as_of_one_block_in_about_a_request_each(market, monkeypatch):
    orders = [*sign_orders(SELLER, [market.listing(n, PRICE) for n in range(1, 13)], ANVIL)]
    cancelled(market, orders[0])
    sold(market, orders[1])
    give(market, 3, SELLER.address, market.stranger)
    asked, make = [], HttpProvider._post
    monkeypatch.setattr(
        HttpProvider, "_post", lambda self, body: asked.append(body) or make(self, body)
    )
    states = [standing.state for standing in standings_of(market.chain, orders)]
    assert states == ["withdrawn", "sold", "broken", *["for-sale"] * 9]
    assert len(asked) <= len(orders) + 6
    assert standings_of(market.chain, []) == []


def test_an_order_of_a_token_that_comes_back_is_named_as_one_that_may(market):
    order = market.signed(1, PRICE)
    given_away(market, order)
    assert "can be taken again if the token comes back" in standing_of(market.chain, order).reason
    give(market, 1, market.stranger, SELLER.address)
    assert standing_of(market.chain, order) == Standing("for-sale")


def test_what_has_not_begun_is_waited_for_unless_it_is_broken_already(market):
    start = market.now + DAY
    order = market.signed(1, PRICE, start_time=start, end_time=start + DAY)
    assert standing_of(market.chain, order) == Standing("not-begun")
    given_away(market, order)
    assert standing_of(market.chain, order).state == "broken"
    give(market, 1, market.stranger, SELLER.address)
    market.later(start)
    assert standing_of(market.chain, order) == Standing("for-sale")


def test_a_falling_price_a_bulk_a_private_one_and_one_on_the_chain_are_for_sale(market):
    dutch = market.signed(1, PRICE, end_price=ETHER // 7)
    bulk = sign_orders(SELLER, [market.listing(2), market.listing(3)], ANVIL)
    private = market.signed(4, PRICE, buyer=market.buyer)
    on_chain = Order(market.listing(5, PRICE))
    assert standing_of(market.chain, on_chain).state == "broken"  # no signature, and not there yet
    market.send(SELLER, validate([on_chain]))
    market.later(market.now + DAY // 2)
    for order in (dutch, *bulk, private, on_chain):
        assert standing_of(market.chain, order) == Standing("for-sale")


@pytest.mark.parametrize(
    "signature,reason",
    [
        (b"", "has no signature, and was not validated"),
        (b"\1" * 64, "signature is not the seller's"),
        (b"\1" * 65, "signature is damaged: it ends with 1"),
        (b"\1" * 66, "has no signature"),
    ],
)
def test_a_signature_that_is_none_is_told(market, signature, reason):
    order = Order(market.listing(1, PRICE), signature)
    standing = standing_of(market.chain, order)
    assert standing.state == "broken" and reason in standing.reason, standing


def test_a_recipient_that_takes_no_money_is_named_before_anybody_buys(market):
    order = market.signed(1, PRICE, shares=[Share(market.token, 5, 5)])  # a contract without it
    standing = standing_of(market.chain, order)
    assert standing == Standing("broken", f"{market.token.lower()} does not take the 5 wei that it "
                                          "would get")  # fmt: skip


def test_the_conduit_of_the_order_is_who_has_to_be_approved(market):
    order = market.signed(1, PRICE, conduit_key=OPENSEA_CONDUIT_KEY)
    standing = standing_of(market.chain, order)
    assert standing == Standing("broken", f"{OPENSEA_CONDUIT} is not approved to move token 1")
    market.send(SELLER, approve(market.token, OPENSEA_CONDUIT, 1))
    assert standing_of(market.chain, order) == Standing("for-sale")


def test_a_token_that_there_never_was_is_named(market):
    order = sign_order(SELLER, market.listing(99, PRICE, royalty=False), ANVIL)
    assert "there is no token 99" in standing_of(market.chain, order).reason


def test_a_price_that_no_account_has_is_tried_all_the_same(market):
    order = market.signed(1, 10**9 * ETHER)
    assert standing_of(market.chain, order) == Standing("for-sale")


def test_an_offer_stands_as_long_as_the_money_does(market):
    order = market.offer(BIDDER, 4, PRICE)
    assert "has 0 of the" in standing_of(market.chain, order).reason
    market.give_weth(BIDDER, PRICE, allowed=PRICE - 1)
    assert "may spend" in standing_of(market.chain, order).reason
    market.give_weth(BIDDER, PRICE)
    assert standing_of(market.chain, order) == Standing("for-sale")
    disapprove(market)
    assert "not approved to move token 4" in standing_of(market.chain, order).reason
    market.send(SELLER, approve(market.token, SEAPORT, 4))
    market.send(SELLER, accept(order, 4))
    assert standing_of(market.chain, order) == Standing("sold")


def test_an_offer_for_any_token_is_tried_with_the_one_that_is_named(market):
    market.give_weth(BIDDER, PRICE)
    order = market.offer(BIDDER, None, PRICE, fee=0)
    assert standing_of(market.chain, order) == Standing("for-sale")  # as far as the money goes
    assert standing_of(market.chain, order, token_id=6) == Standing("for-sale")
    disapprove(market)
    assert "not approved to move token 6" in standing_of(market.chain, order, token_id=6).reason
    assert standing_of(market.chain, order) == Standing("for-sale")


def test_who_bought_for_how_much_and_where_is_read_from_the_chain(market):
    first = market.signed(1, PRICE)
    second = market.signed(2, 3 * PRICE)
    private = market.signed(3, PRICE, buyer=market.buyer)
    market.signed(4, PRICE)
    receipts = {
        order_hash(order.components): market.execute(market.buyer, buy(order, price))
        for order, price in ((first, PRICE), (second, 3 * PRICE), (private, PRICE))
    }
    sales = sales_of(market.chain, SELLER.address)
    assert set(sales) == set(receipts)
    one = sales[order_hash(second.components)]
    assert (one.recipient, one.paid) == (market.buyer, 3 * PRICE)
    assert one.transaction == receipts[one.order_hash]["transactionHash"].to_0x_hex()
    assert one.block == receipts[one.order_hash]["blockNumber"]
    assert sales[order_hash(private.components)].paid == PRICE
    market.give_weth(BIDDER, PRICE)
    offer = market.offer(BIDDER, 4, PRICE)
    market.send(SELLER, accept(offer, 4))
    (taken,) = sales_of(market.chain, BIDDER.address).values()
    assert taken.paid == PRICE and taken.recipient == SELLER.address


def test_the_purchase_is_tried_at_the_block_that_is_asked_about(market):
    order = market.signed(1, PRICE)
    before = market.chain.head()
    market.send(SELLER, cancel([order.components]))
    assert try_purchase(market.chain, order, before) == ""
    assert try_purchase(market.chain, order, market.chain.head()) == "the order was cancelled"
    other = replace(order, signature=b"")
    assert "no signature" in try_purchase(market.chain, other, before)
