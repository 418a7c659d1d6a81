"""What is for sale, as the page's files say it; and nothing of it in a page that sells nothing."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from support.gallery_pages import COLLECTION, OWNERS, page, piece

from nftforge.gallery.models import Listing, Payment, SaleTerms, Sold

ETHER = 10**18
SIGNATURE = "0x" + "5e" * 65
LISTING = Listing(
    order_hash="0x" + "ab" * 32,
    seller=OWNERS[0],
    token=COLLECTION.contract,
    token_id=2,
    payments=(Payment(OWNERS[0], 9 * ETHER + 1, 2 * ETHER), Payment(OWNERS[1], ETHER, ETHER // 5)),
    start_time=1_800_000_000,
    end_time=1_800_086_400,
    order_type=0,
    zone="0x" + "00" * 20,
    zone_hash="0x" + "00" * 32,
    salt=2**255 + 1,
    conduit_key="0x" + "00" * 32,
    counter=2**130,
    signature=SIGNATURE,
)
SELLING = replace(
    COLLECTION, sale=SaleTerms("POL", {"0x08c379a0": ("{reason}", [("reason", "string")])})
)
SALE_FILES = {
    "sale.css", "sale.js", "sale-abi.js", "sale-bid.js", "sale-price.js", "sale-proof.js",
    "sale-till.js", "sale-wallet.js",
}  # fmt: skip


def data_of(folder):
    """What each script of data hands over, by its name."""
    found = {}
    for path in (folder / "data").rglob("*.js"):
        literals = re.findall(r'JSON\.parse\(("(?:[^"\\]|\\.)*")\)', path.read_text())
        found[path.name] = json.loads(json.loads(literals[-1]))
    return found


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_a_page_that_sells_nothing_has_nothing_of_a_shop(tmp_path):
    written = page(tmp_path, [piece(1)])
    assert not any(name.startswith("sale") for name in names(tmp_path))
    assert '"sale' not in written.index.read_text()
    data = data_of(tmp_path)
    assert "market.js" not in data and not data["collection.js"].keys() & {"sale", "currency"}
    assert len(data["pieces-0.js"][0]) == 11 and "listing" not in data["details-0.js"][0]


def test_a_page_that_sells_has_its_scripts_and_one_that_no_longer_does_loses_them(tmp_path):
    index = page(tmp_path, [piece(2, listing=LISTING)], SELLING).index.read_text()
    assert names(tmp_path) >= SALE_FILES
    assert set(re.findall(r'(?:src|href)="(sale[^"]*)"', index)) == SALE_FILES
    page(tmp_path, [piece(2)])
    assert not names(tmp_path) & SALE_FILES


def test_the_policy_of_a_page_that_sells_is_that_of_any(tmp_path):
    policy = re.compile(r'Content-Security-Policy" content="([^"]*)"')
    indexes = [
        page(tmp_path / name, [piece(2, listing=LISTING)], collection).index.read_text()
        for name, collection in (("sells", SELLING), ("shows", COLLECTION))
    ]
    first, second = (policy.search(index)[1] for index in indexes)
    assert first == second


def test_the_grid_knows_the_price_and_a_pieces_own_data_the_order(tmp_path):
    sold = Sold(3 * ETHER, OWNERS[1], "0x" + "cd" * 32)
    page(tmp_path, [piece(1), piece(2, listing=LISTING), piece(3, sold=sold)], SELLING)
    data = data_of(tmp_path)
    first, second, third = data["pieces-0.js"]
    prices = [str(10 * ETHER + 1), "2200000000000000000"]
    assert len(first) == 11
    assert second[11:] == [
        "", "", [*prices, 1_800_000_000, 1_800_086_400, "", LISTING.order_hash], None,
    ]  # fmt: skip
    assert third[11:] == ["", "", None, [str(3 * ETHER), OWNERS[1], sold.tx]]
    assert "listing" not in data["details-0.js"][0]
    order = data["details-0.js"][1]["listing"]
    assert order["payments"] == [
        [OWNERS[0], str(9 * ETHER + 1), str(2 * ETHER)],
        [OWNERS[1], str(ETHER), str(ETHER // 5)],
    ]
    assert (order["salt"], order["counter"]) == (str(2**255 + 1), str(2**130))
    assert order["signature"] == SIGNATURE
    assert data["collection.js"]["currency"] == "POL"
    assert data["market.js"] == {"refusals": {"0x08c379a0": ["{reason}", [["reason", "string"]]]}}


def test_a_piece_that_awaits_its_painting_says_so_beside_a_sale(tmp_path):
    page(tmp_path, [piece(2, listing=LISTING, awaits="painted", source="source/2.webp")], SELLING)
    (row,) = data_of(tmp_path)["pieces-0.js"]
    assert row[11:13] == ["painted", "source/2.webp"] and row[13][0] == str(10 * ETHER + 1)


def test_what_is_for_sale_changes_the_page_and_an_order_keeps_its_signature_to_itself(tmp_path):
    page(tmp_path, [piece(2, listing=LISTING)], SELLING)
    (before,) = (tmp_path / "data").iterdir()
    page(tmp_path, [piece(2, listing=replace(LISTING, end_time=1_800_086_401))], SELLING)
    (after,) = (tmp_path / "data").iterdir()
    assert before != after
    assert SIGNATURE not in repr(LISTING) and SIGNATURE[2:] not in str(piece(2, listing=LISTING))
