"""The book is a memory, and no proof: what others wrote into it signs and sells nothing."""

import json

import pytest
from support.shop import ETHER

from nftforge.core.errors import GuardError
from nftforge.market.order_json import components_from_json
from nftforge.market.typed_data import order_hash

pytestmark = pytest.mark.anvil


def lines(shop):
    return [json.loads(line) for line in shop.book_path.read_text().splitlines()]


def rewrite(shop, change):
    rows = lines(shop)
    for row in rows[1:]:
        change(row)
    text = "".join(json.dumps(row, sort_keys=True) + "\n" for row in rows)
    shop.book_path.write_text(text)


def test_an_order_with_a_signature_of_somebody_else_is_none(shop):
    shop.list(only=["one"])

    def forged(row):
        if "signature" in row["data"]:
            row["data"]["signature"] = "0x" + "11" * 64

    rewrite(shop, forged)
    assert shop.listings() == []  # and is not offered to be withdrawn, which would cost gas
    assert shop.delist()["withdrawn"] == []


def test_an_order_that_is_not_what_its_line_says_is_named_and_ignored(shop):
    shop.list(only=["one"])

    def cheaper(row):
        for item in row["data"]["order"]["consideration"]:
            item["startAmount"] = item["endAmount"] = "1"

    rewrite(shop, cheaper)
    assert all(row["price_wei"] == ETHER // 2 for row in shop.listings())


@pytest.mark.parametrize("data", [{}, {"order": []}, {"order": {"offerer": 1}}, {"order": None}])
def test_a_line_that_is_no_order_is_named_with_its_number(shop, data):
    shop.list(only=["one"])
    rewrite(shop, lambda row: row.update(data=data))
    with pytest.raises(GuardError, match=r"sale-lab\.jsonl:2: this journal line is damaged"):
        shop.listings()


def test_the_hash_names_the_order(shop):
    shop.list()
    for row in lines(shop)[1:]:
        components = components_from_json(row["data"]["order"])
        assert row["effect"] == f"list 0x{order_hash(components).hex()}"
