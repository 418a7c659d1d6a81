"""Signatures of whole trees of orders, as Seaport itself checks them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_utils import keccak
from hypothesis import given, settings
from hypothesis import strategies as st
from support.market import ANVIL, SELLER

from nftforge.chain.signatures import TypedData, expanded, sign_typed
from nftforge.core.errors import ConfigError
from nftforge.market.bulk import (
    MAX_HEIGHT,
    bulk_message,
    bulk_signature,
    bulk_type_hash,
    empty_hash,
    height_for,
    proof,
    sign_orders,
    tree,
)
from nftforge.market.orders import Order
from nftforge.market.seaport import validate
from nftforge.market.terms import ListingTerms, listing
from nftforge.market.typed_data import domain_separator, order_hash

ANYBODY = "0x" + "77" * 20


def accepted(market, order):
    """Whether Seaport takes the signature: anybody may validate an order that is signed."""
    return market.refusal(ANYBODY, validate([order])) == ""


@pytest.mark.anvil
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 9, 20])
def test_every_order_of_a_bulk_signature_is_the_sellers_to_seaport(market, count):
    orders = [market.listing(token_id) for token_id in range(1, count + 1)]
    signed = sign_orders(SELLER, orders, ANVIL)
    assert [order.components for order in signed] == orders
    height = (count - 1).bit_length()
    assert {len(order.signature) for order in signed} == {
        64 if count == 1 else 64 + 3 + 32 * height
    }
    assert market.refusal(ANYBODY, validate(signed)) == ""


@pytest.mark.anvil
def test_at_every_height_and_with_either_length_of_signature(market):
    """The tree of one order, filled up to as many as 2^24."""
    order = market.listing(1)
    leaf = order_hash(order)
    for height in range(1, MAX_HEIGHT + 1):
        layers = tree([leaf], height)
        root = keccak(bulk_type_hash(height) + layers[-1][0])
        message = TypedData(domain_separator(ANVIL.chain_id), root, "one order")
        for signature in (one := sign_typed(SELLER, message), expanded(one)):
            whole = bulk_signature(signature, 0, proof(layers, 0))
            assert len(whole) == len(signature) + 3 + 32 * height
            assert accepted(market, Order(order, whole)), height


@pytest.mark.anvil
def test_a_signature_of_the_bulk_is_not_one_of_any_other_order_place_or_chain(market):
    orders = [market.listing(token_id) for token_id in (1, 2, 3)]
    one, two, _ = sign_orders(SELLER, orders, ANVIL)
    cheaper = replace(
        orders[0],
        consideration=(replace(orders[0].consideration[0], start_amount=1, end_amount=1),),
    )
    moved = one.signature[:66] + b"\1" + one.signature[67:]
    elsewhere = sign_orders(SELLER, orders, replace(ANVIL, chain_id=1))[0]
    refused = (
        Order(cheaper, one.signature), Order(orders[0], two.signature), Order(orders[0], moved),
        Order(orders[0], one.signature[:-32]), Order(orders[0], elsewhere.signature),
    )  # fmt: skip
    for order in refused:
        assert "signature" in market.refusal(ANYBODY, validate([order]))


@settings(max_examples=60)
@given(count=st.integers(1, 70), data=st.data())
def test_a_proof_leads_from_the_leaf_to_the_root(count, data):
    leaves = [keccak(text=str(number)) for number in range(count)]
    place = data.draw(st.integers(0, count - 1))
    layers = tree(leaves, height_for(count))
    found = leaves[place]
    for level, sibling in enumerate(proof(layers, place)):
        found = keccak(sibling + found if place >> level & 1 else found + sibling)
    assert [found] == layers[-1]
    full = leaves + [empty_hash()] * ((1 << height_for(count)) - count)
    while len(full) > 1:
        full = [keccak(a + b) for a, b in zip(full[::2], full[1::2], strict=True)]
    assert full == [found]


@pytest.mark.parametrize("count", [0, (1 << MAX_HEIGHT) + 1])
def test_none_and_too_many_are_refused(count):
    with pytest.raises(ConfigError, match="one signature is for 1 to 16,777,216 orders"):
        height_for(count)


def test_the_words_name_every_order_and_the_domain_is_seaports():
    token = "0x" + "aa" * 20
    terms = [ListingTerms(SELLER.address, token, number, 10, 10, 1, 2) for number in (1, 2, 3)]
    message, _ = bulk_message([listing(each, 0) for each in terms], ANVIL)
    lines = message.words.splitlines()
    assert lines[0] == "3 orders on chain 31337" and len(lines) == 4
    assert all(f"token {number} of" in line for number, line in enumerate(lines[1:], 1))
    assert message.domain_hash == domain_separator(31_337)
