"""Offers of wrapped ether: read from a file, judged by hash and signature, accepted once."""

import json
import re
from dataclasses import replace

import pytest
from support.anvil import mined, rpc
from support.killer import killed_at
from support.offers import BIDDER, CURRENCY, accept, looked_at
from support.shop import DAY, ETHER, SELLER
from web3 import HTTPProvider, Web3

from nftforge.cli import selling as cli
from nftforge.core.errors import ConfigError, GuardError
from nftforge.market.addresses import SEAPORT
from nftforge.market.fulfillment import accept as taking
from nftforge.market.order_json import order_from_json
from nftforge.market.orders import OrderType
from nftforge.market.prices import Share
from nftforge.market.tokens import TOKEN, approve_all
from nftforge.pipeline.minting.cost import bill
from nftforge.pipeline.minting.open import open_session
from nftforge.pipeline.selling import offers as selling
from nftforge.pipeline.selling.shop import open_shop

pytestmark = pytest.mark.anvil
FEES = "0x" + "fE" * 20


def weth_of(shop, who):
    w3 = Web3(HTTPProvider(shop.url))
    return w3.eth.contract(CURRENCY, abi=TOKEN.abi).functions.balanceOf(who).call()


@pytest.mark.parametrize("token_id", [2, None])
def test_an_offer_is_shown_with_what_is_left_and_accepted_to_the_wei(shop, bid, token_id):
    path = bid(token_id, shares=[Share(FEES, ETHER // 100, ETHER // 100)])
    (row,) = looked_at(shop, path)
    assert (row["amount_wei"], row["received_wei"]) == (ETHER, ETHER * 99 // 100)
    assert row["state"] == "for-sale" and row["bidder"] == BIDDER.address
    found = accept(shop, path)
    assert weth_of(shop, SELLER) == ETHER * 99 // 100
    assert weth_of(shop, Web3.to_checksum_address(FEES)) == ETHER // 100
    assert found["tx"] and not found["cached"]
    assert shop.mint().tokens["two"].owner == BIDDER.address
    again = accept(shop, path, which=row["order_hash"])  # done already, wherever it was
    assert again["cached"] and again["tx"] is None and len(shop.asked) == 1
    assert weth_of(shop, SELLER) == ETHER * 99 // 100
    with pytest.raises(GuardError, match=r"for token 2, not 1|taken for another token"):
        accept(shop, path, piece="one", which=row["order_hash"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"currency": "0x" + "33" * 20}, "not the wrapped ether"),
        ({"token": "0x" + "44" * 20}, "other tokens than those of"),
        ({"change": lambda row: row.update(signature="0x" + "11" * 64)}, "not the bidder's"),
        ({"shares": [Share(FEES, ETHER - 1, ETHER - 1)]}, ""),
    ],
)
def test_what_is_no_offer_for_us_is_left_out_and_named(shop, bid, options, words):
    path = bid(2, **options)
    rows = looked_at(shop, path)
    if words:
        assert rows == [] and any(words in text for text in shop.report.said)
    else:
        assert rows[0]["received_wei"] == 1


def test_less_than_the_least_price_has_to_be_meant(shop, bid):
    shop.sale = {**shop.sale, "min_price": "2 ETH"}
    path = bid(2)
    with pytest.raises(GuardError, match="you would receive 1 WETH; `min_price` is 2 ETH"):
        accept(shop, path)
    assert accept(shop, path, price_is_right=True)["tx"]


def test_what_is_agreed_to_names_who_buys_and_what_comes_in_to_the_wei(shop, bid):
    fee = ETHER // 100 + 1
    path = bid(2, shares=[Share(FEES, fee, fee)])
    accept(shop, path)
    told = shop.asked[-1]["offer"]
    assert told["buyer"] == BIDDER.address and told["piece"] == "two"
    assert (told["amount"], told["fees"]) == ("1", "0.010000000000000001")
    assert told["received"] == "0.989999999999999999"
    assert weth_of(shop, SELLER) == ETHER - fee


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "0.1 x of its price in the file, 0.5 ETH; 0.1 x of this file's median, 0.5 ETH"),
        ({"prices": {"two": "none"}}, "you would receive 0.05 WETH; 0.1 x of this file's median"),
        ({"sale": None}, "0.1 x of its order 0x[0-9a-f]{8}, 0.5 ETH$"),
    ],
)
def test_an_offer_far_below_what_the_piece_goes_for_has_to_be_meant(shop, bid, change, words):
    if "sale" in change:
        shop.list(only=["two"])
        shop.delist(only=["two"])
    for name, value in change.items():
        setattr(shop, name, value)
    path, since = bid(2, amount=ETHER // 20), int(rpc(shop.url, "eth_blockNumber"), 16)
    with pytest.raises(GuardError) as refused:
        accept(shop, path)
    assert re.search(words, refused.value.fact) and "--price-is-right" in refused.value.hint
    assert not mined(shop.url, SELLER, since)
    assert accept(shop, path, price_is_right=True)["tx"]


def test_an_interrupted_acceptance_is_told_in_full_before_it_is_agreed_to_again(shop, bid):
    path = bid(2)
    which = looked_at(shop, path)[0]["order_hash"]

    def go(machine):
        accept(machine, path, which=which)

    signed = 2 + 9 + 5  # the approval is through; the acceptance is signed, written and not sent
    assert killed_at(shop, signed, go)
    bid(3)  # another offer, for another piece
    with open_session(shop.job) as session:
        told = bill(session, [])["transactions"]
    assert [row["subject"] for row in told] == [
        f"token 2 to {BIDDER.address} for 1 WETH (order {which[:10]}), signed before"
    ]


def test_an_offer_that_is_taken_for_another_token_meanwhile_is_not_called_sold(
    shop, bid, monkeypatch
):
    """Somebody else accepts it as we have approved ours."""
    path = bid(None)
    which = looked_at(shop, path)[0]["order_hash"]
    order = order_from_json(json.loads(path.read_text())[0])
    real = selling.send

    def overtaken(session, command, plan, consent, report):
        fields = taking(order, 3)
        with open_session(shop.job) as other:
            call = approve_all(other.address, SEAPORT)
        send(shop, SELLER, call.to, call.data)
        send(shop, SELLER, fields.to, fields.data)
        return real(session, command, plan, consent, report)

    monkeypatch.setattr(selling, "send", overtaken)
    with pytest.raises(GuardError, match="was taken for another token"):
        accept(shop, path, which=which)
    monkeypatch.setattr(selling, "send", real)
    assert shop.mint().tokens["two"].owner == SELLER


@pytest.mark.parametrize("at", [16, 17, 18, 20])
def test_an_acceptance_that_was_killed_is_found_done_by_the_next(shop, bid, at):
    path = bid(2)
    which = looked_at(shop, path)[0]["order_hash"]
    since = int(rpc(shop.url, "eth_blockNumber"), 16)
    assert killed_at(shop, at, lambda machine: accept(machine, path, which=which))
    assert accept(shop, path, which=which)["order_hash"] == which
    assert [ok for _, ok in mined(shop.url, SELLER, since)] == [True, True]
    assert shop.mint().tokens["two"].owner == BIDDER.address


def test_an_offer_is_named_by_its_hash_and_for_its_own_token(shop, bid):
    path = bid(2)
    which = looked_at(shop, path)[0]["order_hash"]
    with pytest.raises(GuardError, match=r"is for token 2, not 1"):
        accept(shop, path, piece="one", which=which)
    with pytest.raises(ConfigError, match="0 offers begin with 0xffffffff"):
        accept(shop, path, which="0xffffffff")
    assert accept(shop, path, which=which[:10])["tx"]


def send(shop, who, to, data):
    rpc(shop.url, "eth_sendTransaction", {"from": who, "to": to, "data": "0x" + data.hex()})
    rpc(shop.url, "evm_mine")  # Anvil answers before it mines


def test_no_token_is_approved_for_an_offer_that_cannot_be_accepted(shop, bid):
    path = bid(2)
    send(shop, BIDDER.address, CURRENCY, TOKEN.encode("approve", SEAPORT, 0))
    since = int(rpc(shop.url, "eth_blockNumber"), 16)
    with pytest.raises(GuardError, match=r"cannot be accepted: .* may spend 0 of the"):
        accept(shop, path)
    rpc(shop.url, "evm_increaseTime", 2 * DAY)
    rpc(shop.url, "evm_mine")
    with pytest.raises(GuardError, match="cannot be accepted: expired"):
        accept(shop, path)
    assert not mined(shop.url, SELLER, since)


def test_an_approval_for_an_offer_brings_no_order_of_ours_back_to_life(shop, bid, buyer, tmp_path):
    """Who holds the old order could buy for it, between the approval and the acceptance."""
    shop.orders(tmp_path)
    with open_session(shop.job) as session:
        revoked = approve_all(session.address, SEAPORT, False)
    send(shop, SELLER, revoked.to, revoked.data)
    path = bid(2, amount=4 * ETHER)
    since = int(rpc(shop.url, "eth_blockNumber"), 16)
    with pytest.raises(GuardError, match=r"order at 0.5 ETH is alive.*\n.*delist --only two"):
        accept(shop, path)
    assert not mined(shop.url, SELLER, since)
    shop.delist(only=["two"])
    assert accept(shop, path)["tx"]


@pytest.mark.parametrize("text", ["", "[{}]", '{"parameters": 1}', "\xff", "[" * 5000])
def test_a_file_that_holds_no_offers_is_named(shop, tmp_path, text):
    path = tmp_path / "offers.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(ConfigError, match=r"offers\.json"):
        looked_at(shop, path)


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (b"hello", r"offers\.json:1: this is no JSON\n"),
        (b"\x89PNG", r"offers\.json: this is no text, and so no JSON\n"),
        (None, r"there is no file .*offers\.json"),
    ],
)
def test_what_is_no_file_of_offers_is_told_in_words(shop, tmp_path, held, words):
    path = tmp_path / "offers.json"
    if held is not None:
        path.write_bytes(held)
    with pytest.raises(ConfigError, match=words):
        looked_at(shop, path)


def test_offers_have_to_come_from_somewhere(shop, tmp_path):
    with pytest.raises(ConfigError, match="no place to look"):
        looked_at(shop, None)
    with pytest.raises(ConfigError, match=r"there is no file .*gone\.json"):
        looked_at(shop, tmp_path / "gone.json")


WALLET = {  # smart wallets: what isValidSignature (EIP-1271) answers, whatever is asked
    True: "0x7f1626ba7e" + "00" * 28 + "60005260206000f3",
    False: "0x7fffffffff" + "00" * 28 + "60005260206000f3",
}


@pytest.mark.parametrize("signature", ["0x" + "11" * 65, "0x"])
def test_a_smart_wallet_s_offer_is_judged_by_the_wallet(shop, bid, signature):
    path = bid(2, change=lambda row: row.update(signature=signature))
    since = int(rpc(shop.url, "eth_blockNumber"), 16)
    rpc(shop.url, "anvil_setCode", BIDDER.address, WALLET[False])
    which = looked_at(shop, path)[0]["order_hash"]
    with pytest.raises(GuardError, match=r"cannot be accepted: .*signature"):
        accept(shop, path, which=which)
    assert not mined(shop.url, SELLER, since)  # no token was approved for it
    rpc(shop.url, "anvil_setCode", BIDDER.address, WALLET[True])
    assert looked_at(shop, path)[0]["state"] == "for-sale"
    assert accept(shop, path, which=which)["tx"]
    assert weth_of(shop, SELLER) == ETHER


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda order: replace(order, order_type=OrderType.CONTRACT), "a contract makes it up"),
        (
            lambda order: replace(
                order,
                order_type=OrderType.PARTIAL_OPEN,
                consideration=(replace(order.consideration[0], start_amount=3, end_amount=3),),
            ),
            "for several tokens at once",
        ),
    ],
)
def test_an_offer_that_is_not_what_it_says_is_left_out(shop, bid, made, words):
    """A contract says anew what it gives when it is taken; of three tokens a third is paid each."""
    path = bid(None, made=made)
    rpc(shop.url, "anvil_setCode", BIDDER.address, WALLET[True])
    assert looked_at(shop, path) == []
    assert any(words in text for text in shop.report.said)


def test_an_offer_without_an_end_is_shown(shop, bid, capsys):
    path = bid(2, made=lambda order: replace(order, end_time=2**256 - 1))
    cli._show_offers(selling.offers(shop.job, shop.report, path))
    assert "for-sale for ever" in capsys.readouterr().out
    assert accept(shop, path)["tx"]


@pytest.mark.parametrize("extra", [b"", b"zone"])
def test_who_pays_the_fees_of_an_offer_allows_them_before(shop, bid, extra):
    """What a zone wants makes it the way of offers for any token: fees come from who accepts."""
    path = bid(2, shares=[Share(FEES, ETHER // 100, ETHER // 100)])
    order = replace(order_from_json(json.loads(path.read_text())[0]), extra_data=extra)
    with open_shop(shop.job, shop.report) as opened:
        kinds = [step.kind for step in selling._steps(opened, order, 2)]
    assert kinds == (["approve", "allow", "accept"] if extra else ["approve", "accept"])


def test_an_offer_in_a_file_that_nobody_signed_is_none(shop, bid):
    path = bid(2, change=lambda row: row.update(signature="0x"))
    assert looked_at(shop, path) == []
    assert any("nobody signed it" in text for text in shop.report.said)
