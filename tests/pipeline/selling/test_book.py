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
    for row in rows:
        if row.get("effect", "").startswith("list"):
            change(row)
    text = "".join(json.dumps(row, sort_keys=True) + "\n" for row in rows)
    shop.book_path.write_text(text)


def test_an_order_with_a_signature_of_somebody_else_is_none(shop):
    shop.list(only=["one"])

    def forged(row):
        if "signature" in row["data"]:
            row["data"]["signature"] = "0x" + "11" * 64

    rewrite(shop, forged)
    shop.record_path.unlink()
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
    shop.sale = {**shop.sale, "price": "0.6 ETH"}
    with pytest.raises(GuardError, match=r"sale-lab\.jsonl:3: this journal line is damaged"):
        shop.listings()


def test_a_damaged_line_of_an_order_that_the_file_makes_anew_harms_nothing(shop, tmp_path):
    before = shop.orders(tmp_path)
    shop.record_path.unlink()
    rewrite(shop, lambda row: row.update(data={"order": None}))
    assert [row["state"] for row in shop.listings()] == ["broken"] * 3
    assert shop.orders(tmp_path) == before
    assert shop.states() == {1: ["for-sale"], 2: ["for-sale"], 3: ["for-sale"]}


def test_the_hash_names_the_order(shop):
    shop.list()
    for row in lines(shop)[2:]:
        components = components_from_json(row["data"]["order"])
        assert row["effect"] == f"list 0x{order_hash(components).hex()}"
