"""The hash of an order is Seaport's own, and what is signed is EIP-712 as eth_account does it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_account import Account
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.market import ANVIL, SELLER
from support.typed_orders import ORDERS, SALE, named, theirs

from nftforge.chain.networks import find_network
from nftforge.chain.signatures import expanded
from nftforge.market.addresses import WETH
from nftforge.market.bulk import bulk_message
from nftforge.market.orders import (
    NOBODY,
    ItemType,
    OfferItem,
    OrderComponents,
    OrderType,
)
from nftforge.market.typed_data import in_words, order_hash, order_message, sign_order


@pytest.mark.anvil
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=ORDERS)
def test_the_hash_of_any_order_is_what_getOrderHash_gives(market, order):  # noqa: N802
    assert order_hash(order) == market.seaport.functions.getOrderHash(order.abi).call()


@settings(max_examples=30)
@given(order=ORDERS)
def test_what_is_signed_is_what_eth_account_would_sign(order):
    ours, other = order_message(order, ANVIL), theirs(named(order), "OrderComponents")
    assert (ours.domain_hash, ours.message_hash) == (other.header, other.body)


@settings(max_examples=15)
@given(orders=st.lists(ORDERS, min_size=2, max_size=5))
def test_a_bulk_order_is_the_nested_array_of_the_specification(orders):
    message, layers = bulk_message(orders, ANVIL)
    height = len(layers) - 1
    nothing = OrderComponents(
        NOBODY, NOBODY, (), (), OrderType.FULL_OPEN, 0, 0, bytes(32), 0, bytes(32), 0
    )
    nested = [named(order) for order in (*orders, *[nothing] * (2**height - len(orders)))]
    while len(nested) > 1:
        nested = [nested[place : place + 2] for place in range(0, len(nested), 2)]
    bulk = {"BulkOrder": [{"name": "tree", "type": f"OrderComponents{'[2]' * height}"}]}
    other = theirs({"tree": nested[0]}, "BulkOrder", bulk)
    assert (message.domain_hash, message.message_hash) == (other.header, other.body)


def test_a_signed_order_is_the_signers_by_eth_account_too():
    order = sign_order(SELLER, SALE, ANVIL)
    message = theirs(named(SALE), "OrderComponents")
    assert len(order.signature) == 64
    assert Account.recover_message(message, signature=expanded(order.signature)) == SELLER.address
    assert order.signature.hex() not in repr(order)


def test_an_order_says_in_words_all_that_it_promises():
    words = in_words(SALE, find_network("mainnet"))
    assert words == (
        f"give token 7 of {'0x' + 'aa' * 20} for 1 becoming 0.05 ETH to {SELLER.address}, "
        f"0.001 WETH to {'0x' + 'bb' * 20}, 17 smallest units of {'0x' + 'dd' * 20} to "
        f"{'0x' + 'bb' * 20}, 2026-01-01 00:00 UTC until 2027-01-01 00:00 UTC"
    )
    assert order_message(SALE, find_network("mainnet")).words.startswith("on chain 1, give token 7")
    assert " POL to " in in_words(SALE, find_network("polygon"))
    weth_of_mainnet = in_words(SALE, find_network("base"))
    assert f"smallest units of {WETH[1]}" in weth_of_mainnet  # another currency there, or none


def test_criteria_amounts_and_far_times_are_told_as_they_are():
    any_one = replace(SALE.consideration[0], item_type=ItemType.ERC721_WITH_CRITERIA,
                      identifier_or_criteria=0)  # fmt: skip
    of_set = replace(any_one, identifier_or_criteria=9)
    five = OfferItem(ItemType.ERC1155, "0x" + "cc" * 20, 3, 5, 5)
    order = replace(SALE, offer=(five,), consideration=(any_one, of_set), end_time=2**256 - 1)
    words = in_words(order, ANVIL)
    assert words.startswith(f"give 5 of token 3 of {'0x' + 'cc' * 20} for any of the tokens of ")
    assert "one of a set of the tokens of" in words and words.endswith("until for ever")
