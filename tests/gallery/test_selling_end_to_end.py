"""From the file to the buyer: `run`, `list`, the page that they leave, a wallet in a browser, and
what `listings`, `status`, `verify` and the page say afterwards. On a chain that says it is Sepolia.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from support import nftforge, small_collection
from support.anvil import anvil, rpc
from support.shop import ETHER
from support.wallet_provider import Wallet

from nftforge.chain.connection import connect
from nftforge.chain.networks import find_network
from nftforge.chain.wallet import key_signer
from nftforge.market.seaport import furnish

pytestmark = [pytest.mark.browser, pytest.mark.anvil]
KEY = "0x" + "42" * 32
ARTIST = key_signer(KEY).address
SEPOLIA = find_network("sepolia")


@pytest.fixture(scope="module")
def listed(tmp_path_factory):
    """(URL of the node, the collection's file): minted and listed by the command line alone."""
    path = small_collection(tmp_path_factory.mktemp("sold"), "sepolia")
    until = (datetime.now(UTC) + timedelta(days=60)).strftime("%Y-%m-%d")
    with path.open("a") as stream:
        stream.write(f"sale: {{price: 0.25 ETH, until: {until}}}\n")
    with anvil("--hardfork", "cancun", "--chain-id", "11155111", "--block-time", "1") as url:
        rpc(url, "anvil_setBalance", ARTIST, hex(10 * ETHER))
        with connect(SEPOLIA, rpc_url=url, embedded_path=None) as chain:
            furnish(chain)  # as it stands there
        for command in ("run", "list"):
            done = do(url, command, path, "--yes")
            assert done.code == 0, done.err
        yield url, path


def do(url, *words):
    env = {"SEPOLIA_RPC_URL": url, "NFTFORGE_PRIVATE_KEY": KEY}
    return nftforge(*words, "--json", env=env)


def test_a_stranger_buys_on_the_page_that_list_left(listed, visitor):
    url, path = listed
    accounts = rpc(url, "eth_accounts")
    folder = path.parent / ".nftforge" / "gallery" / "sepolia"
    visit = visitor(folder)
    wallet = Wallet(url, account=accounts[3], chain_id=1)  # and on another network at first
    wallet.install(visit.page)
    page = visit.go("#/piece/1")
    expect(page.locator(".asked")).to_have_text("0.25 ETH")
    before = int(rpc(url, "eth_getBalance", ARTIST, "latest"), 16)
    page.get_by_role("button", name="Buy One").click()
    page.get_by_role("button", name="sepolia").click()
    page.locator(".till .pay").click()
    expect(page.locator(".till-status")).to_contain_text("One is yours, for 0.25 ETH.")
    assert int(rpc(url, "eth_getBalance", ARTIST, "latest"), 16) == before + ETHER // 4
    rows = {row["piece"]: row for row in do(url, "listings", path).json["listings"]}
    assert (rows["one"]["state"], rows["two"]["state"]) == ("sold", "for-sale")
    assert rows["one"]["buyer"].lower() == accounts[3].lower()
    assert rows["one"]["tx"] == wallet.sent[0]
    run = do(url, "run", path, "--yes")
    assert run.code == 0 and run.json["pieces"][0]["owner"].lower() == accounts[3].lower()
    assert all(all(piece["cached"].values()) for piece in run.json["pieces"])
    assert do(url, "verify", path).code == 0
    page = visitor(folder).go("#/piece/1")  # built anew by the run
    expect(page.locator(".asked")).to_have_text("Sold for 0.25 ETH")
    text = json.dumps([do(url, "list", path).json, run.json, rows])
    assert "signature" not in text
