"""Listings withdrawn, looked at by strangers, and tokens given away: no order is left behind."""

import json

import pytest
from support.anvil import mined, rpc
from support.machine import LAB
from support.shop import ETHER, SELLER

from nftforge.chain.connection import connect
from nftforge.core.errors import ConfigError, GuardError
from nftforge.market.addresses import SEAPORT
from nftforge.market.tokens import approve, give, may_move_all, revoke
from nftforge.pipeline.minting.open import open_session
from nftforge.pipeline.selling.ending import listings_of_contract

pytestmark = pytest.mark.anvil
COLLECTOR = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


def act_for(shop, who, call):
    fields = {"from": who, "to": call.to, "data": "0x" + call.data.hex()}
    sent = rpc(shop.url, "eth_sendTransaction", fields)
    rpc(shop.url, "evm_mine")  # Anvil answers before it mines
    assert rpc(shop.url, "eth_getTransactionReceipt", sent)["status"] == "0x1"


def address(shop):
    with open_session(shop.job) as session:
        return session.address


def test_one_is_withdrawn_and_the_others_stay(shop, buyer, tmp_path):
    orders = shop.orders(tmp_path)
    found = shop.delist(only=["two"])
    assert [row["piece"] for row in found["withdrawn"]] == ["two"]
    assert shop.states() == {1: ["for-sale"], 2: ["withdrawn"], 3: ["for-sale"]}
    with pytest.raises(Exception, match=r"OrderIsCancelled|0x1a515574"):
        buyer.buy(orders[1])
    buyer.buy(orders[0])
    shop.delist(only=["two"])  # again: nothing to do
    assert kinds(shop) == ["approve-all", "cancel"]


def kinds(shop):
    return [row["kind"] for bill in shop.asked for row in bill["transactions"]]


def test_all_are_withdrawn_at_once_whoever_has_them(shop, buyer, tmp_path):
    orders = shop.orders(tmp_path)
    shop.forget()  # not even we know them any more
    found = shop.delist(everything=True, revoke=True)
    assert kinds(shop) == ["approve-all", "count", "revoke"] and found["approved"] == []
    for order in orders:
        with pytest.raises(Exception, match=r"0x815e1d64|InvalidSigner"):
            buyer.buy(order)
    with connect(LAB, rpc_url=shop.url, embedded_path=None) as chain:
        assert not may_move_all(chain, address(shop), SELLER, SEAPORT)
    shop.list()  # with the new counter they are other orders
    assert shop.states()[1][0] == "for-sale"


def test_an_approval_that_other_orders_need_stays(shop):
    shop.list()
    found = shop.delist(only=["one"], revoke=True)
    assert kinds(shop) == ["approve-all", "cancel"] and found["approved"] == []
    assert any("other orders are alive" in text for text in shop.report.said)


def test_a_listed_token_is_not_given_away(shop):
    shop.list()
    with pytest.raises(GuardError, match=r"is listed.*\n.*delist --only two"):
        shop.transfer("two", COLLECTOR)
    shop.delist(only=["two"])
    found = shop.transfer("two", COLLECTOR)
    assert found["tx"] and found["to"] == COLLECTOR
    (told,) = shop.asked[-1]["transactions"]
    assert told["subject"] == f"two to {COLLECTOR}"  # a name is seen as the address that it is
    again = shop.transfer("two", COLLECTOR)
    assert again["cached"] and len(kinds(shop)) == 3


@pytest.mark.parametrize(
    ("who", "words"),
    [
        (lambda shop: "0x" + "0" * 40, "is nobody's address"),
        (lambda shop: "0x" + "0" * 40, "nothing was sent"),
        (address, "is the contract of the tokens itself"),
        (lambda shop: SELLER, "is your own address"),
    ],
)
def test_a_token_is_not_given_to_nobody_its_own_contract_or_oneself(shop, who, words):
    with pytest.raises(ConfigError, match=words):
        shop.transfer("two", who(shop))
    assert not shop.asked and shop.mint().tokens["two"].owner == SELLER


def test_an_order_that_is_broken_only_for_now_counts_as_alive(shop):
    shop.list(only=["two"])
    act_for(shop, SELLER, revoke(address(shop), 2))
    assert shop.states() == {2: ["broken"]}
    with pytest.raises(GuardError, match=r"is listed.*\n.*delist --only two"):
        shop.transfer("two", COLLECTOR)


def test_a_token_is_not_given_to_a_contract_that_would_lose_it(shop):
    with pytest.raises(GuardError, match=r"takes no ERC-721"):
        shop.transfer("one", SEAPORT)


def test_a_token_that_comes_back_brings_its_old_order_and_that_is_said(shop):
    shop.list(only=["one"])
    act_for(shop, SELLER, give(address(shop), SELLER, COLLECTOR, 1))
    (row,) = shop.listings()
    assert (
        row["state"] == "broken" and "can be taken again if the token comes back" in row["reason"]
    )
    act_for(shop, COLLECTOR, give(address(shop), COLLECTOR, SELLER, 1))
    act_for(shop, SELLER, approve(address(shop), SEAPORT, 1))
    shop.sale = {**shop.sale, "price": "0.9 ETH"}
    (row,) = shop.listings()
    assert row["state"] == "for-sale" and not row["in_file"]
    assert row["price_wei"] == ETHER // 2
    shop.list(only=["one"])  # takes the old one away first
    assert kinds(shop) == ["approve", "cancel"]


def test_a_stranger_sees_orders_and_sales_by_the_contract_alone(shop, buyer, tmp_path):
    orders = shop.orders(tmp_path, on_chain=True)
    buyer.buy(orders[2])
    shop.delist(only=["one"])
    env = {"LAB_RPC_URL": shop.url}
    found = listings_of_contract(LAB, address(shop), env, shop.report)["listings"]
    assert {row["token_id"]: row["state"] for row in found} == {
        1: "withdrawn", 2: "for-sale", 3: "sold",
    }  # fmt: skip
    assert next(row for row in found if row["token_id"] == 3)["buyer"] == buyer.address


def test_what_is_sold_is_sold_for_status_and_the_next_list(shop, buyer, tmp_path):
    orders = shop.orders(tmp_path)
    buyer.buy(orders[0])
    since = int(rpc(shop.url, "eth_blockNumber"), 16)
    found = shop.list()
    assert [row["piece"] for row in found["orders"]] == ["two", "three"]
    assert not mined(shop.url, SELLER, since)
    assert shop.mint().tokens["one"].owner == buyer.address  # a run changes nothing


def test_with_a_lost_book_what_the_file_names_is_withdrawn_all_the_same(shop, buyer, tmp_path):
    orders = shop.orders(tmp_path)
    shop.forget()
    found = shop.delist(revoke=True)
    assert [row["piece"] for row in found["withdrawn"]] == ["one", "two", "three"]
    assert found["approved"] == []
    with pytest.raises(Exception, match=r"OrderIsCancelled|0x1a515574"):
        buyer.buy(orders[0])


def test_that_the_book_is_lost_is_said_before_anything_is_listed_or_given_away(shop):
    shop.list()
    shop.forget()
    for act in (lambda: shop.list(dry_run=True), lambda: shop.transfer("one", COLLECTOR)):
        shop.report.said.clear()
        act()
        assert any("was not there" in text and "--all" in text for text in shop.report.said)


def test_what_the_file_lists_no_more_and_is_for_sale_is_named(shop):
    shop.list()
    shop.prices = {"two": "none"}
    shop.list()
    assert any("two: an order at 0.5 ETH is alive" in text for text in shop.report.said)


@pytest.mark.parametrize(
    "details",
    [
        {},
        {"kind": ["give"]},
        {"kind": "give", "to": COLLECTOR},
        {"kind": "give", "to": COLLECTOR, "token_id": 10**80},
        {"kind": "approve-all", "operator": "0x12"},
        {"kind": "cancel", "orders": []},
        {"kind": "count"},
        {"kind": "accept", "order": {}, "token_id": 1, "conduit": "zz"},
    ],
    ids=str,
)
def test_a_journal_line_that_tells_of_no_call_is_named(shop, details):
    rows = [json.loads(line) for line in shop.journal_path.read_text().splitlines()[1:]]
    data = {
        "transactions": rows[0]["data"]["transactions"], "owner": SELLER, "address": address(shop),
    }  # fmt: skip
    with shop.journal_path.open("a") as stream:
        entry = {"effect": "x y", "event": "intent", "data": {**data, **details}}
        stream.write(json.dumps(entry) + "\n")
    with pytest.raises(GuardError, match=rf"jsonl:{len(rows) + 2}: .* damaged"):
        shop.delist()
