"""A page that sells tokens of a market on Anvil, and a visitor with a wallet."""

from __future__ import annotations

from dataclasses import replace

from nftforge.pipeline.gallery.listings import sale_terms
from support.gallery_pages import COLLECTION, piece
from support.gallery_pages import page as page_of
from support.market import ARTIST, SELLER
from support.wallet_provider import Wallet


class PageShop:
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
        changes = {
            at: {"listing": found.get(at), "sold": (sold or {}).get(at)} for at in range(1, 9)
        }
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
