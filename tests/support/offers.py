"""Offers of wrapped ether: a bidder with 5 WETH, and what the seller does with his file."""

from __future__ import annotations

import json

from nftforge.chain.connection import connect
from nftforge.chain.wallet import key_signer
from nftforge.market.addresses import SEAPORT, WETH
from nftforge.market.order_json import order_to_json
from nftforge.market.seaport import counter_of
from nftforge.market.terms import OfferTerms, offer
from nftforge.market.tokens import TOKEN
from nftforge.market.typed_data import sign_order
from nftforge.pipeline.minting.open import open_session
from nftforge.pipeline.selling import offers as selling
from support.anvil import rpc
from support.machine import LAB
from support.shop import DAY, ETHER

BIDDER = key_signer("0x" + "b1" * 32)
CURRENCY = WETH[31_337]


def bidder(shop, folder):
    """What writes an offer of a bidder who has 5 WETH, and gives the file."""
    rpc(shop.url, "anvil_setBalance", BIDDER.address, hex(10 * ETHER))
    deposit = {
        "from": BIDDER.address,
        "to": CURRENCY,
        "value": hex(5 * ETHER),
        "data": "0xd0e30db0",
    }
    rpc(shop.url, "eth_sendTransaction", deposit)
    approval = "0x" + TOKEN.encode("approve", SEAPORT, 5 * ETHER).hex()
    rpc(shop.url, "eth_sendTransaction", {"from": BIDDER.address, "to": CURRENCY, "data": approval})
    with open_session(shop.job) as session:
        address = session.address

    def write(
        token_id,
        amount=ETHER,
        shares=(),
        currency=CURRENCY,
        token=None,
        change=None,
        made=lambda order: order,
    ):
        with connect(LAB, rpc_url=shop.url, embedded_path=None) as chain:
            now = chain.timestamp()
            terms = OfferTerms(
                BIDDER.address, currency, amount, token or address, token_id, now - 10, now + DAY,
                shares,
            )  # fmt: skip
            order = made(offer(terms, counter_of(chain, BIDDER.address)))
            order = sign_order(BIDDER, order, LAB)
        row = order_to_json(order)
        if change:
            change(row)
        path = folder / "offers.json"
        path.write_text(json.dumps([row]))
        return path

    return write


def looked_at(shop, path):
    return selling.offers(shop.job, shop.report, path)["offers"]


def accept(shop, path, piece="two", which=None, **options):
    which = which or looked_at(shop, path)[0]["order_hash"]
    return selling.accept_offer(shop.job, shop.report, shop.agree, piece, which, path, **options)
