"""Orders as JSON: what is written comes back, and what is off is named."""

from __future__ import annotations

import copy
import json
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fake_opensea import OPENAPI
from support.openapi import description
from support.typed_orders import ORDERS, SALE

from nftforge.core.errors import ConfigError
from nftforge.market.addresses import SEAPORT
from nftforge.market.order_json import (
    components_from_json,
    components_to_json,
    order_from_json,
    order_to_json,
)
from nftforge.market.orders import Order
from nftforge.market.typed_data import order_hash

SIGNATURE = bytes(range(64))
WRITTEN = order_to_json(Order(SALE, SIGNATURE))
FAR = 1 << 256
REQUEST = {"$ref": "#/components/schemas/SeaportRequest"}


def without_end(value):
    return json.loads(json.dumps(value))


@settings(max_examples=60)
@given(
    order=ORDERS,
    signature=st.one_of(st.just(b""), st.binary(min_size=64, max_size=65),
                        st.binary(min_size=99, max_size=836)),
)  # fmt: skip
def test_any_order_comes_back_as_it_was(order, signature):
    assert components_from_json(without_end(components_to_json(order))) == order
    written = without_end(order_to_json(Order(order, signature)))
    assert order_from_json(written) == Order(order, signature)


@settings(max_examples=30)
@given(order=ORDERS)
def test_what_is_written_is_what_opensea_publishes(order):
    written = order_to_json(Order(order, SIGNATURE))
    assert list(description(OPENAPI).problems(REQUEST, written, "body")) == []
    assert set(written) == {"parameters", "protocol_address", "signature"}
    assert written["protocol_address"] == SEAPORT


def test_components_alone_hold_no_signature():
    assert "signature" not in json.dumps(components_to_json(SALE))
    assert order_to_json(Order(SALE, SIGNATURE))["parameters"] == components_to_json(SALE)


def test_numbers_may_be_numbers_or_hex_and_addresses_small_as_others_write_them():
    other = copy.deepcopy(WRITTEN)
    parameters = other["parameters"]
    parameters["counter"], parameters["salt"] = 0, hex(SALE.salt)
    parameters["offerer"] = SALE.offerer.lower()
    parameters["conduitKey"] = parameters["conduitKey"].upper().replace("0X", "0x")
    other["protocol_address"] = SEAPORT.lower()
    other["order_hash"] = parameters["nonce"] = "of no interest"
    found = order_from_json(other)
    assert found == order_from_json(WRITTEN)
    assert order_hash(found.components) == order_hash(SALE)


def changed(path, value):
    """WRITTEN with another value at the end of `path`; MISSING: with none."""
    other = copy.deepcopy(WRITTEN)
    *way, last = path
    place = reduce(lambda found, step: found[step], way, other)
    if value is MISSING:
        del place[last]
    else:
        place[last] = value
    return other


MISSING = object()
PARAMETERS = ("parameters",)
ITEM = ("parameters", "consideration", 1)


@pytest.mark.parametrize(
    "path,value,field,words",
    [
        (("parameters",), [], "order.parameters", "is no JSON object"),
        (("parameters",), MISSING, "order.parameters", "is missing"),
        (("signature",), MISSING, "order.signature", "is missing"),
        (("signature",), "0x" + "11" * 63, "order.signature", "is not a signature"),
        (("signature",), "0x" + "11" * 2_000, "order.signature", "is not a signature"),
        (("signature",), "0x" + "zz" * 65, "order.signature", "is not bytes"),
        (("signature",), None, "order.signature", "is not bytes"),
        (("protocol_address",), "0x" + "aa" * 20, "order.protocol_address", "not the Seaport"),
        (("protocol_address",), 5, "order.protocol_address", "5 is not an address"),
        ((*PARAMETERS, "offerer"), "0x12", "order.parameters.offerer", "is not an address"),
        ((*PARAMETERS, "zone"), MISSING, "order.parameters.zone", "is missing"),
        ((*PARAMETERS, "zone"), "0x0000000000000068F116a894984e2DB1123eB39F",
         "order.parameters.zone", "checksum"),
        ((*PARAMETERS, "orderType"), 5, "order.parameters.orderType", "one of 0 to 4"),
        ((*PARAMETERS, "orderType"), True, "order.parameters.orderType", "whole number"),
        ((*PARAMETERS, "startTime"), "-1", "order.parameters.startTime", "whole number"),
        ((*PARAMETERS, "startTime"), 1.5, "order.parameters.startTime", "whole number"),
        ((*PARAMETERS, "endTime"), "1e9", "order.parameters.endTime", "whole number"),
        ((*PARAMETERS, "endTime"), "٣", "order.parameters.endTime", "whole number"),
        ((*PARAMETERS, "salt"), str(FAR), "order.parameters.salt", "whole number"),
        ((*PARAMETERS, "salt"), "", "order.parameters.salt", "whole number"),
        ((*PARAMETERS, "counter"), None, "order.parameters.counter", "whole number"),
        ((*PARAMETERS, "zoneHash"), "0x00", "order.parameters.zoneHash", "32 bytes"),
        ((*PARAMETERS, "conduitKey"), "00" * 32, "order.parameters.conduitKey", "is not bytes"),
        ((*PARAMETERS, "offer"), {}, "order.parameters.offer", "not a list"),
        ((*PARAMETERS, "offer"), [{}] * 101, "order.parameters.offer", "not a list"),
        ((*PARAMETERS, "offer"), [7], r"order.parameters.offer\[0\]", "no JSON object"),
        ((*ITEM, "itemType"), 6, r"consideration\[1\].itemType", "one of 0 to 5"),
        ((*ITEM, "recipient"), MISSING, r"consideration\[1\].recipient", "is missing"),
        ((*ITEM, "startAmount"), "0x", r"consideration\[1\].startAmount", "whole number"),
        ((*PARAMETERS, "totalOriginalConsiderationItems"), 2,
         "totalOriginalConsiderationItems", "2, but there are 3"),
    ],
)  # fmt: skip
def test_what_is_off_is_named(path, value, field, words):
    with pytest.raises(ConfigError, match=f"{field}.*{words}") as refused:
        order_from_json(changed(path, value))
    assert SIGNATURE.hex() not in str(refused.value)


def test_a_signature_that_is_off_is_not_repeated():
    almost = "0x" + "5a" * 65 + "g"
    with pytest.raises(ConfigError) as refused:
        order_from_json({**WRITTEN, "signature": almost}, "orders.json: order 3")
    assert "5a5a" not in str(refused.value)
    assert "orders.json: order 3.signature: what stands there is not" in str(refused.value)


@pytest.mark.parametrize("value", [None, 5, "text", [], [WRITTEN]])
def test_what_is_no_object_is_no_order(value):
    with pytest.raises(ConfigError, match=r"order: .* is no JSON object"):
        order_from_json(value)
    with pytest.raises(ConfigError, match=r"parameters: .* is no JSON object"):
        components_from_json(value)
