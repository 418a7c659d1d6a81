"""`list`: once, at the price that was meant, and never two living orders of one token."""

import json
import shutil
import stat
import time
from dataclasses import replace
from pathlib import Path

import pytest
from support import picture
from support.anvil import mined, rpc
from support.fault_proxy import answer, fault_proxy, narrow
from support.killer import killed_at
from support.shop import DAY, ETHER, SELLER, Shop, day

from nftforge.core.errors import ConfigError, GuardError, MissingError, ServiceError
from nftforge.market.addresses import SEAPORT
from nftforge.market.seaport import increment_counter
from nftforge.market.tokens import approve_all, give
from nftforge.pipeline.minting.open import open_session
from nftforge.pipeline.selling import book

pytestmark = pytest.mark.anvil


def sent(shop, since):
    return len(mined(shop.url, SELLER, since))


def height(shop):
    return int(rpc(shop.url, "eth_blockNumber"), 16)


def test_a_stranger_buys_with_what_list_writes_and_everybody_gets_their_part(shop, buyer, tmp_path):
    orders = shop.orders(tmp_path)
    assert shop.states() == {1: ["for-sale"], 2: ["for-sale"], 3: ["for-sale"]}
    before = buyer.balance(SELLER), buyer.balance()
    receipt = buyer.buy(orders[1])
    gas = receipt["gasUsed"] * receipt["effectiveGasPrice"]
    assert buyer.balance(SELLER) == before[0] + ETHER // 2  # the royalty is the artist's own
    assert buyer.balance() == before[1] - ETHER // 2 - gas
    (sold,) = [row for row in shop.listings() if row["token_id"] == 2]
    assert (sold["state"], sold["price_wei"], sold["buyer"], sold["piece"]) == (
        "sold", ETHER // 2, buyer.address, "two",
    )  # fmt: skip
    assert sold["tx"] == receipt["transactionHash"].to_0x_hex()


def test_the_table_is_agreed_to_once_and_a_second_run_asks_nothing(shop):
    since = height(shop)
    found = shop.list()
    assert sent(shop, since) == 1 and len(shop.asked) == 1  # the approval
    assert [row["piece"] for row in shop.asked[0]["listing"]["orders"]] == ["one", "two", "three"]
    assert shop.asked[0]["listing"]["total"] == "1.5" and found["total_wei"] == 3 * ETHER // 2
    again = shop.list()
    assert sent(shop, since) == 1 and len(shop.asked) == 1
    assert again["orders"] == [{**row, "cached": True} for row in found["orders"]]
    assert not any(row["cached"] for row in found["orders"])


def test_one_piece_has_only_its_own_token_approved(shop):
    shop.list(only=["two"])
    (row,) = shop.asked[0]["transactions"]
    assert (row["kind"], row["subject"]) == ("approve", "token 2")
    assert shop.states() == {2: ["for-sale"]}


def test_a_dry_run_signs_and_sends_nothing(shop):
    since = height(shop)
    found = shop.list(dry_run=True)
    assert [row["kind"] for row in found["bill"]["transactions"]] == ["approve-all"]
    assert sent(shop, since) == 0 and not shop.asked and not shop.book_path.exists()


def test_signatures_are_for_their_owner_alone_and_in_no_document(shop, tmp_path):
    orders = shop.orders(tmp_path)
    signatures = [order["signature"][2:] for order in orders]
    for path in (shop.book_path, tmp_path / "orders-1.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    said = json.dumps([shop.list(), shop.listings(), shop.report.said])
    assert all(signature[:128] not in said for signature in signatures)


def test_the_same_file_gives_the_same_orders_when_the_book_is_lost(shop, tmp_path):
    before = shop.orders(tmp_path)
    shop.forget()
    assert {row["state"] for row in shop.listings()} == {"broken"}
    assert "makes the same order again" in shop.listings()[0]["reason"]
    assert shop.orders(tmp_path) == before


def order_of_events(shop):
    """(what was said first that begins so, ...), by place."""
    said = shop.report.said
    signed = next(i for i, line in enumerate(said) if "signed, for nothing" in line)
    return signed, next(i for i, line in enumerate(said) if line.startswith("cancel "))


def test_a_raised_price_is_cancelled_before_the_new_one_is_signed(shop, buyer, tmp_path):
    old = shop.orders(tmp_path)[0]
    shop.prices = {"one": "0.9 ETH"}
    shop.report.said.clear()
    new = shop.orders(tmp_path)[0]
    signed, cancelled = order_of_events(shop)
    assert cancelled < signed and shop.states()[1] == ["for-sale", "withdrawn"]
    with pytest.raises(Exception, match=r"0x1a515574|OrderIsCancelled"):
        buyer.buy(old)
    buyer.buy(new)


def test_a_lowered_price_is_listed_before_the_old_one_is_cancelled(shop, buyer, tmp_path):
    old = shop.orders(tmp_path)[0]
    shop.prices = {"one": "0.3 ETH"}
    shop.report.said.clear()
    new = shop.orders(tmp_path)[0]
    signed, cancelled = order_of_events(shop)
    assert signed < cancelled
    with pytest.raises(Exception, match=r"0x1a515574|OrderIsCancelled"):
        buyer.buy(old)
    buyer.buy(new)


def test_on_the_chain_nothing_is_kept_and_anybody_can_read_it(shop, buyer, tmp_path):
    orders = shop.orders(tmp_path, on_chain=True)
    assert all(order["signature"] == "0x" for order in orders)
    assert "signature" not in shop.book_path.read_text()
    kinds = [row["kind"] for row in shop.asked[0]["transactions"]]
    assert kinds == ["approve-all", "validate"]
    assert shop.states() == {1: ["for-sale"], 2: ["for-sale"], 3: ["for-sale"]}
    assert all(row["on_chain"] for row in shop.listings())
    buyer.buy(orders[2])
    shop.sale = {**shop.sale, "price": "0.7 ETH"}
    assert not any(row["in_file"] for row in shop.listings() if row["state"] == "for-sale")


def test_a_dutch_price_is_bought_half_way(shop, buyer, tmp_path):
    start = day(shop.url, 0)
    shop.prices = {"one": {"from": "1 ETH", "to": "0.2 ETH", "over": "2 days", "start": start}}
    (order, *_) = shop.orders(tmp_path)
    rpc(shop.url, "evm_increaseTime", DAY)
    rpc(shop.url, "evm_mine")
    before = buyer.balance(SELLER)
    buyer.buy(order, ETHER)  # what is too much comes back
    assert abs(buyer.balance(SELLER) - before - 6 * ETHER // 10) < ETHER // 10_000
    assert shop.states()[1] == ["sold"]


def test_what_is_not_ours_or_not_minted_is_left_out(shop, buyer, tmp_path):
    shop.pieces = ("one", "two", "three", "four")
    shop.transfer("two", buyer.address)
    found = shop.list()
    assert [row["piece"] for row in found["orders"]] == ["one", "three"]
    said = "\n".join(shop.report.said)
    assert "four: not minted yet" in said and f"two: belongs to {buyer.address}" in said


@pytest.mark.parametrize(
    ("prices", "words"),
    [
        ({"one": "0.05 ETH"}, "0.05 ETH for one: 0.1 x of this file's median, 0.5 ETH"),
        ({"two": "5 ETH"}, "5 ETH for two: 10 x of this file's median"),
        ({"two": "0.00000001 ETH"}, "0.00000001 ETH for two"),
        ({"one": {"from": "5 ETH", "to": "0.02 ETH", "over": "1 days"}}, "0.02 ETH for one"),
        ({"one": {"from": "0.2 ETH", "to": "0.6 ETH", "over": "1 days"}}, "a price that rises"),
    ],
)
def test_a_price_far_from_the_others_has_to_be_meant(shop, prices, words):
    shop.prices = prices
    with pytest.raises(GuardError, match=words):
        shop.list()
    assert not shop.asked and not shop.book_path.exists()
    shop.list(price_is_right=True)


@pytest.mark.parametrize("price", ["0.05 ETH", "5 ETH"])
def test_one_piece_alone_is_compared_with_what_it_was_offered_for_before(shop, price):
    alone = {"two": "none", "three": "none"}
    shop.prices = alone
    shop.list()
    shop.prices = {**alone, "one": price}
    with pytest.raises(GuardError, match=r"ETH for one: .* x of its order 0x[0-9a-f]{8}, 0\.5 ETH"):
        shop.list(dry_run=True)
    with pytest.raises(GuardError):
        shop.list()
    assert shop.states() == {1: ["for-sale"]}
    shop.list(price_is_right=True)
    shop.list()  # what was meant once is not asked for again
    shop.prices = alone  # and back
    with pytest.raises(GuardError, match="one: "):
        shop.list()


def test_a_price_for_all_that_is_mistyped_is_found_by_the_orders_before(shop):
    shop.list()
    shop.delist(everything=True)
    shop.sale = {**shop.sale, "price": "0.05 ETH"}
    with pytest.raises(GuardError, match=r"for one: .*\n.*for two: .*\n.*for three: "):
        shop.list()


def test_with_nothing_written_down_the_last_sale_is_compared_with(shop, buyer, tmp_path):
    buyer.buy(shop.orders(tmp_path, only=["one"])[0])
    shop.forget()
    with open_session(shop.job) as session:
        back = give(session.address, buyer.address, SELLER, 1)
    fields = {"from": buyer.address, "to": back.to, "data": "0x" + back.data.hex()}
    rpc(shop.url, "eth_sendTransaction", fields)
    rpc(shop.url, "evm_mine")
    shop.sale = {**shop.sale, "price": "0.02 ETH"}
    with pytest.raises(GuardError, match=r"0.04 x of its last sale, 0\.5 ETH"):
        shop.list(only=["one"])


def test_what_is_cancelled_is_told_by_piece_price_and_hash(shop):
    shop.list(only=["two"])
    (row,) = shop.listings()
    shop.delist()
    (asked,) = shop.asked[-1]["transactions"]
    assert asked["subject"] == f"two at 0.5 ETH (order {row['order_hash'][:10]})"


def test_nothing_is_listed_below_the_least_price(shop):
    shop.sale = {**shop.sale, "min_price": "0.6 ETH"}
    with pytest.raises(GuardError, match=r"below `min_price`, 0\.6 ETH"):
        shop.list()


@pytest.mark.parametrize(
    ("days", "words"), [(0.005, "would be over in"), (-2, "was over"), (200, "would last 200 days")]
)
def test_a_sale_lasts_a_quarter_of_an_hour_to_180_days(shop, days, words):
    shop.sale = {**shop.sale, "until": day(shop.url, days), "start": day(shop.url, -3)}
    with pytest.raises(ConfigError, match=words):
        shop.list()
    assert not shop.asked


def test_what_was_withdrawn_is_listed_again_as_another_series_only(shop):
    shop.list(only=["one"])
    shop.delist(only=["one"])
    with pytest.raises(GuardError, match=r"is withdrawn.*\n.*series: 1"):
        shop.list(only=["one"])
    shop.sale = {**shop.sale, "series": 1}
    shop.list(only=["one"])
    assert shop.states()[1][0] == "for-sale"


def test_another_machine_does_not_list_twice_what_is_on_the_chain(shop, tmp_path):
    shop.list(on_chain=True)
    since = height(shop)
    other = Shop(tmp_path / "other", shop.url, sale=shop.sale)
    shutil.copytree(shop.folder, other.folder)
    shutil.rmtree(other.folder / ".nftforge" / "journal")
    other.list(on_chain=True)
    assert sent(other, since) == 0 and not other.asked


def test_a_currency_that_the_network_does_not_have_is_refused(shop):
    shop.prices = {"one": "3 POL"}
    with pytest.raises(ConfigError, match="the units here are ETH, gwei and wei on lab"):
        shop.list()


def test_what_another_command_signed_is_not_sent_by_list(shop):
    shop.list(only=["one"])
    given = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
    assert killed_at(shop, 5, lambda machine: machine.transfer("two", given))  # signed, not sent
    since, asked = height(shop), len(shop.asked)
    shop.prices = {"one": "0.6 ETH"}
    with pytest.raises(GuardError, match=r"interrupted `nftforge transfer` signed give"):
        shop.list(only=["one"])
    assert sent(shop, since) == 0 and len(shop.asked) == asked


def test_an_order_that_is_not_the_one_that_was_shown_is_not_signed(shop):
    """A node that names another royalty once the table was agreed to."""
    thief, real = "3c" * 20, shop.agree
    with fault_proxy(shop.url) as proxy:

        def lie(forward, request):
            data = request["params"][0].get("data", "")
            if not data.startswith("0x2a55205a"):  # royaltyInfo
                return forward()
            amount = int(data[-64:], 16) * 95 // 100
            return {"id": request["id"], "result": f"0x{thief:0>64}{amount:064x}", "jsonrpc": "2.0"}

        def agree(bill):
            proxy.on("eth_call", lie, times=10**6)
            return real(bill)

        shop.url, shop.agree = proxy.url, agree
        with pytest.raises(GuardError, match=r"one, two, three: .* not the one that was shown"):
            shop.list()
    assert "signature" not in shop.book_path.read_text()


def test_a_price_that_begins_higher_and_falls_to_the_old_one_withdraws_that_first(shop, tmp_path):
    shop.orders(tmp_path)
    shop.prices = {"one": {"from": "3 ETH", "to": "0.5 ETH", "over": "3 days"}}
    assert killed_at(shop, 5, lambda machine: machine.list(only=["one"]))  # before it is sent
    assert shop.states()[1] == ["for-sale"]  # the old one alone


def test_what_is_promised_to_one_buyer_is_withdrawn_from_all_others_first(shop, tmp_path):
    shop.orders(tmp_path)
    shop.prices = {"one": {"at": "0.4 ETH", "buyer": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"}}
    assert killed_at(shop, 5, lambda machine: machine.list(only=["one"]))
    assert shop.states()[1] == ["for-sale"]


def test_an_approval_of_all_brings_no_old_order_of_another_piece_back(shop, buyer, tmp_path):
    shop.orders(tmp_path)
    with open_session(shop.job) as session:
        revoked = approve_all(session.address, SEAPORT, False)
    fields = {"from": SELLER, "to": revoked.to, "data": "0x" + revoked.data.hex()}
    rpc(shop.url, "eth_sendTransaction", fields)
    rpc(shop.url, "evm_mine")  # Anvil answers before it mines
    since = height(shop)
    shop.sale, shop.prices = {**shop.sale, "price": "3 ETH"}, {"three": "none"}
    with pytest.raises(GuardError, match=r"three: an order at 0.5 ETH is alive.*\n.*only three"):
        shop.list()
    assert sent(shop, since) == 0
    shop.delist(only=["three"])
    shop.list()
    assert shop.states()[3] == ["withdrawn"]


def test_a_node_that_shows_no_logs_is_not_believed(shop):
    shop.list(on_chain=True)  # at 0.5 ETH, and only the chain knows
    with fault_proxy(shop.url) as proxy:
        proxy.on("eth_getLogs", answer([]), times=1000)
        blind = Shop(shop.folder, proxy.url, sale={**shop.sale, "price": "2 ETH"})
        with pytest.raises(ServiceError, match=r"shows no logs of .*\n.*LAB_RPC_URL"):
            blind.list()
    assert "signature" not in shop.book_path.read_text()


@pytest.mark.parametrize("journal", [True, False])
def test_a_royalty_that_the_file_says_and_the_contract_does_not_is_told_first(shop, journal):
    with open_session(shop.job) as session:
        shop.address = None if journal else session.address
    if not journal:
        shop.journal_path.unlink()
    shop.royalty = 7
    with pytest.raises(GuardError, match="royalty_bps was 500, is 700"):
        shop.list()
    assert not shop.asked and not shop.book_path.exists()


def test_nothing_is_promised_to_oneself(shop):
    shop.prices = {"two": {"at": "0.5 ETH", "buyer": SELLER}}
    with pytest.raises(ConfigError, match=r"pieces\[1\]\.price: .* is your own address"):
        shop.list()
    assert not shop.asked


def test_a_sale_that_outlives_until_is_refused(shop):
    price = {"from": "1 ETH", "to": "0.5 ETH", "over": "40 days", "start": day(shop.url, 1)}
    shop.prices = {"one": price}
    with pytest.raises(ConfigError, match="this ends after `until`"):
        shop.list()


def elsewhere(shop, tmp_path):
    """The artist's other machine: what is committed is there, and nothing of the work folder."""
    other = Shop(tmp_path / "other", shop.url, sale=dict(shop.sale))
    shutil.copytree(shop.folder, other.folder, ignore=shutil.ignore_patterns("sale-*", "lab.jsonl"))
    return other


def test_what_one_machine_signed_the_other_knows_by_what_is_committed(shop, buyer, tmp_path):
    orders = shop.orders(tmp_path)
    assert '"signature"' not in shop.record_path.read_text()
    other = elsewhere(shop, tmp_path)
    assert other.states() == {1: ["broken"], 2: ["broken"], 3: ["broken"]}
    assert "signed on another machine" in other.listings()[0]["reason"]
    with pytest.raises(GuardError, match="is listed"):
        other.transfer("two", buyer.address)
    other.sale = {**other.sale, "price": "0.9 ETH"}
    other.list()
    assert [row["kind"] for row in other.asked[-1]["transactions"]] == ["cancel"]
    for order in orders:
        with pytest.raises(Exception, match=r"OrderIsCancelled|0x1a515574"):
            buyer.buy(order)
    assert not any("was not there" in text for text in other.report.said)


def test_a_machine_that_cannot_know_says_so_each_time_until_all_is_withdrawn(shop, tmp_path):
    shop.list()
    other = elsewhere(shop, tmp_path)
    other.record_path.unlink()
    for _ in range(2):  # what it lists itself does not tell it of the other's
        other.report.said.clear()
        other.list()
        assert any("was not there" in text and "--all" in text for text in other.report.said)
    other.delist(everything=True)
    other.report.said.clear()
    other.list()
    assert not any("was not there" in text for text in other.report.said)


@pytest.mark.parametrize("options", [{"on_chain": True}, {}])
def test_a_book_that_was_there_from_the_first_is_no_lost_one(shop, options):
    assert killed_at(shop, 11, lambda machine: machine.list(**options))  # approved, nothing listed
    shop.list(**options)
    shop.list(**options)
    shop.delist(only=["one"])
    assert not any("was not there" in text for text in shop.report.said)


def test_what_was_signed_as_a_run_broke_off_is_withdrawn_before_another_price(shop, tmp_path):
    """The first signature of a tree is on the disk, the others are not: they follow from it."""
    assert killed_at(shop, 2 + 9 + 8, lambda machine: machine.list())
    assert '"signature"' in shop.book_path.read_text()
    shop.record_path.unlink()
    shop.sale = {**shop.sale, "price": "0.9 ETH"}
    shop.list()
    (row,) = shop.asked[-1]["transactions"]
    assert row["kind"] == "cancel" and "three at 0.5 ETH" in row["subject"]
    assert [states.count("for-sale") for states in shop.states().values()] == [1, 1, 1]


def test_what_was_refused_on_the_ledger_is_no_order_but_where_it_was_one(
    shop, monkeypatch, tmp_path
):
    def refuse(*_):
        raise GuardError("refused on the Ledger")

    real = book.sign_orders
    monkeypatch.setattr(book, "sign_orders", refuse)
    with pytest.raises(GuardError, match="refused on the Ledger"):
        shop.list()
    monkeypatch.setattr(book, "sign_orders", real)
    assert shop.listings() == []
    since = height(shop)
    shop.sale = {**shop.sale, "price": "0.9 ETH"}
    shop.list()
    assert sent(shop, since) == 0 and shop.states()[1] == ["for-sale"]
    other = elsewhere(shop, tmp_path)
    monkeypatch.setattr(book, "sign_orders", refuse)
    with pytest.raises(GuardError, match="refused on the Ledger"):
        other.list()
    assert other.record_path.read_text() == shop.record_path.read_text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<<<<<<< HEAD", "this is no line of nftforge's"),
        ('{"chain_id": 31337, "order": {}}', "parameters"),
    ],
)
def test_a_damaged_record_is_named_with_its_line(shop, text, words):
    shop.list()
    with shop.record_path.open("a") as stream:
        stream.write(text + "\n")
    with pytest.raises(GuardError, match=rf"pieces\.orders\.jsonl:5: .*{words}"):
        shop.listings()


def test_one_piece_that_cannot_be_listed_keeps_no_other_from_it(shop):
    shop.list(only=["one"])
    shop.delist(only=["one"])
    found = shop.list()
    assert [row["piece"] for row in found["orders"]] == ["two", "three"]
    (refused,) = found["refused"]
    assert refused["piece"] == "one" and "is withdrawn" in refused["why"]
    assert "series: 1" in refused["fix"] and any("one: " in text for text in shop.report.said)
    assert shop.states() == {1: ["withdrawn"], 2: ["for-sale"], 3: ["for-sale"]}
    with pytest.raises(GuardError, match=r"one: .* is withdrawn"):
        shop.list(only=["one", "two"])
    shop.sale = {**shop.sale, "series": 1}
    assert shop.list()["refused"] == []


def test_where_the_orders_are_to_go_is_looked_at_before_anything_is_signed(shop, tmp_path):
    asked = len(shop.asked)
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "gone" / "o.json", tmp_path / "file" / "o.json", "/proc/o.json"):
        with pytest.raises(MissingError, match=r"--orders .*o\.json: nothing can be written"):
            shop.list(orders=Path(path))
    (tmp_path / "link.json").symlink_to(tmp_path / "nowhere")
    with pytest.raises(GuardError, match="is there already"):
        shop.list(orders=tmp_path / "link.json")
    assert len(shop.asked) == asked and not shop.book_path.exists()


def test_a_node_that_shows_few_blocks_at_a_time_is_searched_without_a_wait(shop, tmp_path):
    rpc(shop.url, "anvil_mine", hex(200))
    shop.list(on_chain=True)
    with fault_proxy(shop.url) as proxy:
        proxy.on("eth_getLogs", narrow(60, "exceed maximum block range: 60"), times=10**6)
        far = elsewhere(replace(shop, url=proxy.url), tmp_path)
        since = time.monotonic()
        assert far.states() == {1: ["for-sale"], 2: ["for-sale"], 3: ["for-sale"]}
        assert time.monotonic() - since < 5  # two seconds a question were waited here, 12 elsewhere
        assert not any("not searched" in text for text in far.report.said)


def act_for(shop, who, call):
    fields = {"from": who, "to": call.to, "data": "0x" + call.data.hex()}
    rpc(shop.url, "eth_sendTransaction", fields)
    rpc(shop.url, "evm_mine")


def test_a_counter_that_somebody_else_moved_on_ends_all_and_all_is_listed_anew(
    shop, buyer, tmp_path
):
    old = shop.orders(tmp_path)
    act_for(shop, SELLER, increment_counter())
    assert shop.states() == {1: ["withdrawn"], 2: ["withdrawn"], 3: ["withdrawn"]}
    shop.report.said.clear()
    new = shop.orders(tmp_path)
    assert any("was not there" in text for text in shop.report.said)  # who moved it may have signed
    with pytest.raises(Exception, match=r"0x815e1d64|InvalidSigner"):
        buyer.buy(old[0])
    buyer.buy(new[0])


def test_a_sale_that_is_over_is_listed_again_with_another_end(shop, buyer, tmp_path):
    old = shop.orders(tmp_path)
    rpc(shop.url, "evm_increaseTime", 31 * DAY)
    rpc(shop.url, "evm_mine")
    assert shop.states() == {1: ["expired"], 2: ["expired"], 3: ["expired"]}
    with pytest.raises(ConfigError, match="was over 1"):
        shop.list()
    shop.sale = {**shop.sale, "until": day(shop.url), "price": "0.05 ETH"}
    with pytest.raises(GuardError, match=r"0\.1 x of its order"):
        shop.list()
    shop.sale = {**shop.sale, "price": "0.4 ETH"}
    since = height(shop)
    new = shop.orders(tmp_path)
    assert sent(shop, since) == 0  # nothing is cancelled that is over
    with pytest.raises(Exception, match=r"InvalidTime|0x21ccfeb7"):
        buyer.buy(old[0])
    buyer.buy(new[0])


def test_orders_of_another_contract_in_the_book_are_nobody_s_here(shop, tmp_path):
    shop.list()
    other = Shop(tmp_path / "other", shop.url, name="Fault II", sale=dict(shop.sale))
    picture(other.folder / "x.png")
    other.mint()
    shutil.copy(shop.book_path, other.book_path)
    shutil.copy(shop.record_path, other.record_path)
    assert other.listings() == []
    other.list()
    assert other.states() == {1: ["for-sale"], 2: ["for-sale"], 3: ["for-sale"]}
    assert shop.states() == {1: ["for-sale"], 2: ["for-sale"], 3: ["for-sale"]}
