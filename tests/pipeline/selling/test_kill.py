"""SIGKILL at every step of listing, raising a price and withdrawing; then the same again.

Whatever was lost: every transaction is mined once, no token has two living orders, and none can be
bought at a price that was given up.
"""

import shutil

import pytest
from support.anvil import height, mined
from support.killer import Killer, killed_at
from support.shop import SELLER

from nftforge.core.errors import GuardError

pytestmark = pytest.mark.anvil
TRANSACTION = [
    "before sign", "after sign", "before append", "after append", "before send", "after send",
    "receipt", "before append", "after append",
]  # fmt: skip
SIGNING = ["before append", "after append"] * 6  # an intent and an outcome for each of three
BEGIN = ["before append", "after append"]  # the book: all that is signed from now on is in it
LIST = BEGIN + TRANSACTION + SIGNING
RAISE = TRANSACTION + ["before append", "after append"] * 2


def act(shop):
    shop.list()


def test_the_events_are_those_we_think_of(shop, monkeypatch):
    log = []
    Killer(None, log).install(monkeypatch.setattr)
    shop.list()
    assert log == LIST
    log.clear()
    shop.prices = {"one": "0.9 ETH"}
    shop.list()
    assert log == RAISE


@pytest.mark.parametrize("at", range(1, len(LIST) + 1), ids=lambda at: f"{at}-{LIST[at - 1]}")
def test_killed_while_listing_each_piece_is_listed_once(shop, at):
    since = height(shop.url)
    assert killed_at(shop, at, act)
    shop.list()
    assert [ok for _, ok in mined(shop.url, SELLER, since)] == [True]
    assert shop.states() == {1: ["for-sale"], 2: ["for-sale"], 3: ["for-sale"]}


@pytest.mark.parametrize("at", range(1, len(RAISE) + 1), ids=lambda at: f"{at}-{RAISE[at - 1]}")
def test_killed_while_a_price_is_raised_the_old_one_is_never_for_sale_beside_it(
    shop, buyer, tmp_path, at
):
    old = shop.orders(tmp_path)[0]
    shop.prices = {"one": "0.9 ETH"}
    since = height(shop.url)
    assert killed_at(shop, at, act)
    shop.list()
    assert [ok for _, ok in mined(shop.url, SELLER, since)] == [True]
    assert shop.states()[1].count("for-sale") == 1
    with pytest.raises(Exception, match=r"OrderIsCancelled|0x1a515574"):
        buyer.buy(old)


@pytest.mark.parametrize("at", range(1, len(TRANSACTION) + 1))
def test_killed_while_withdrawing_it_is_withdrawn_once_and_with_no_journal_too(shop, at):
    shop.list()
    since = height(shop.url)
    assert killed_at(shop, at, lambda machine: machine.delist(everything=True))
    if at % 2 and at > 6:
        shutil.rmtree(shop.folder / ".nftforge" / "journal")
    shop.delist(everything=True) if at <= 6 or at % 2 == 0 else None
    assert all(ok for _, ok in mined(shop.url, SELLER, since))
    assert not [row for row in shop.listings() if row["state"] == "for-sale"]


@pytest.mark.parametrize("at", range(2, len(TRANSACTION)))
def test_killed_while_all_is_withdrawn_and_repeated_the_counter_moves_once(shop, at):
    shop.list()
    since = height(shop.url)
    assert killed_at(shop, at, lambda machine: machine.delist(everything=True))
    shop.delist(everything=True)
    assert [ok for _, ok in mined(shop.url, SELLER, since)] == [True]


def test_what_was_listed_since_an_interrupted_withdrawal_is_withdrawn_by_the_next(shop):
    shop.list()
    at = TRANSACTION.index("after send") + 1
    assert killed_at(shop, at, lambda machine: machine.delist(everything=True))
    shutil.copy(shop.journal_path, shop.folder / "kept")
    shop.list()  # sees the interrupted one through, and signs at the new counter
    shutil.copy(shop.folder / "kept", shop.journal_path)
    shop.delist(everything=True)
    assert not [row for row in shop.listings() if row["state"] == "for-sale"]


def test_a_bare_run_does_not_take_up_what_list_began(shop):
    sent = LIST.index("before send") + 1
    assert killed_at(shop, sent, act)
    with pytest.raises(GuardError, match=r"interrupted `nftforge list` signed approve-all"):
        shop.mint()
    shop.list()
    shop.mint()
