"""`--dry-run` of what withdraws, accepts and gives away: all on a copy, nothing here or there."""

import json
import os

import pytest
from support.anvil import anvil_program, mined, rpc
from support.offers import accept
from support.shop import ETHER, SELLER

from nftforge.core.errors import GuardError, MissingError

pytestmark = pytest.mark.anvil
COLLECTOR = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


@pytest.fixture(autouse=True)
def anvil_on_path(monkeypatch):
    monkeypatch.setenv("PATH", f"{anvil_program().parent}:{os.environ['PATH']}")


@pytest.fixture
def untouched(shop):
    """Calls a command; asserts that it left the chain and the folder as they were."""

    def call(act):
        since, before = int(rpc(shop.url, "eth_blockNumber"), 16), files(shop)
        asked = len(shop.asked)
        found = act()
        assert not mined(shop.url, SELLER, since) and files(shop) == before
        assert int(rpc(shop.url, "eth_blockNumber"), 16) == since and len(shop.asked) == asked
        return found

    return call


def files(shop):
    return {path: path.read_bytes() for path in sorted(shop.folder.rglob("*")) if path.is_file()}


def gas_of(shop, act):
    """What the same thing takes for good."""
    before = rpc(shop.url, "eth_blockNumber")
    act()
    numbers = range(int(before, 16) + 1, int(rpc(shop.url, "eth_blockNumber"), 16) + 1)
    blocks = (rpc(shop.url, "eth_getBlockByNumber", hex(number), False) for number in numbers)
    return sum(int(block["gasUsed"], 16) for block in blocks)


def test_a_gift_is_rehearsed_and_given_later(shop, untouched):
    found = untouched(lambda: shop.transfer("two", COLLECTOR, dry_run=True))
    assert (found["to"], found["tx"], found["cached"]) == (COLLECTOR, None, False)
    assert [row["kind"] for row in found["bill"]["transactions"]] == ["give"]
    assert gas_of(shop, lambda: shop.transfer("two", COLLECTOR)) == found["rehearsal"]["gas"] > 0
    again = untouched(lambda: shop.transfer("two", COLLECTOR, dry_run=True))
    assert again["cached"] and again["rehearsal"]["gas"] == 0


def test_a_gift_that_would_be_refused_is_refused_in_the_rehearsal(shop, untouched):
    shop.list(only=["two"])
    with pytest.raises(GuardError, match="is listed"):
        shop.transfer("two", COLLECTOR, dry_run=True)


@pytest.mark.parametrize(
    ("options", "kinds", "withdrawn"),
    [
        ({"only": ["two"]}, ["cancel"], 1),
        ({"only": ["two"], "revoke": True}, ["cancel"], 1),
        ({"revoke": True}, ["cancel", "revoke"], 3),
        ({"everything": True, "revoke": True}, ["count", "revoke"], 3),
    ],
    ids=str,
)
def test_a_withdrawal_is_rehearsed(shop, untouched, options, kinds, withdrawn):
    shop.list()
    found = untouched(lambda: shop.delist(dry_run=True, **options))
    assert [row["kind"] for row in found["bill"]["transactions"]] == kinds
    assert len(found["withdrawn"]) == withdrawn and found["sent"] == []
    assert shop.states() == {1: ["for-sale"], 2: ["for-sale"], 3: ["for-sale"]}
    assert gas_of(shop, lambda: shop.delist(**options)) == found["rehearsal"]["gas"] > 0
    assert untouched(lambda: shop.delist(dry_run=True, only=["two"]))["withdrawn"] == []


def test_an_acceptance_is_rehearsed_with_the_approval_before_it(shop, bid, untouched):
    path = bid(2)
    found = untouched(lambda: accept(shop, path, dry_run=True))
    assert [row["kind"] for row in found["bill"]["transactions"]] == ["approve", "accept"]
    assert (found["received_wei"], found["tx"], found["cached"]) == (ETHER, None, False)
    assert gas_of(shop, lambda: accept(shop, path)) == found["rehearsal"]["gas"] > 0


def test_without_anvil_a_dry_run_says_so_before_it_looks(shop, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    for act in (shop.delist, lambda **options: shop.transfer("two", COLLECTOR, **options)):
        with pytest.raises(MissingError, match="a dry run needs Anvil"):
            act(dry_run=True)


def test_the_document_of_a_dry_run_is_json(shop):
    json.dumps(shop.transfer("two", COLLECTOR, dry_run=True))
