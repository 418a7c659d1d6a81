"""Buying on the page in a real browser, from the real Seaport, with a wallet in front of Anvil."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect
from support import ROOT
from support.anvil import anvil, rpc
from support.gallery_pages import COLLECTION, piece
from support.gallery_pages import page as page_of
from support.market import ANVIL, ARTIST, DAY, ETHER, MARKETPLACE, SELLER, Market, paid
from support.wallet_provider import Wallet

from nftforge.chain.connection import connect
from nftforge.chain.wallet import key_signer
from nftforge.gallery.models import Payment, Sold
from nftforge.market.addresses import SEAPORT
from nftforge.market.bulk import sign_orders
from nftforge.market.fulfillment import buy, buy_available
from nftforge.market.orders import NOBODY, Order
from nftforge.market.prices import received_at, total_at
from nftforge.market.seaport import cancel, increment_counter, interface
from nftforge.market.tokens import TOKEN, revoke
from nftforge.pipeline.gallery.listings import listing_of, sale_terms

pytestmark = [pytest.mark.browser, pytest.mark.anvil]

AXE = ROOT / "tests" / "node_modules" / "axe-core" / "axe.min.js"
PRICE = ETHER // 5 + 12_345  # no fee of it is whole
EVERYONE = (SELLER.address, ARTIST.address, MARKETPLACE)


@pytest.fixture(scope="module")
def opened():
    with anvil("--hardfork", "cancun") as url:
        with connect(ANVIL, rpc_url=url, embedded_path=None) as chain:
            Market(url, chain).open()
        yield url


@pytest.fixture
def market(opened):
    snapshot = rpc(opened, "evm_snapshot")
    with connect(ANVIL, rpc_url=opened, embedded_path=None) as chain:
        yield Market(opened, chain)
    rpc(opened, "evm_revert", snapshot)


class Shop:
    """A page with tokens 1 to 8 of a market, and a visitor with a wallet."""

    def __init__(self, market, visitor, folder):
        self.market, self.visitor, self.folder = market, visitor, folder
        self.collection = replace(
            COLLECTION, network="anvil", chain_id=market.chain.chain_id, contract=market.token,
            royalty_receiver=ARTIST.address, explorer="", sale=sale_terms("ETH"),
        )  # fmt: skip

    def offers(self, *listings, sold=None):
        """Write the page: listings by their token ids (or given as a mapping)."""
        found = {one.token_id: one for one in listings}
        changes = {at: {"listing": found.get(at), "sold": (sold or {}).get(at)} for at in range(1, 9)}
        pieces = [piece(at, owner=SELLER.address, **changes[at]) for at in range(1, 9)]
        page_of(self.folder, pieces, self.collection)

    def wallet(self, **changes):
        given = {"account": self.market.buyer, "chain_id": self.market.chain.chain_id, **changes}
        return Wallet(self.market.url, **given)

    def visit(self, *wallets, view="#/", **context):
        self.visited = self.visitor(self.folder, **context)
        for wallet in wallets:
            wallet.install(self.visited.page)
        return self.visited.go(view)


@pytest.fixture
def shop(market, visitor, tmp_path):
    return Shop(market, visitor, tmp_path)


def status(page):
    return page.locator(".till-status")


def test_a_fixed_price_is_paid_to_the_wei(shop, market):
    shop.offers(listing_of(market.signed(3, PRICE)))
    wallet = shop.wallet()
    page = shop.visit(wallet, view="#/piece/3")
    page.get_by_role("button", name="Buy Tide 3").click()
    page.locator(".till .pay").click()
    expect(status(page)).to_contain_text("yours")
