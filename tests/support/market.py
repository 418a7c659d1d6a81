"""A market: Seaport, a collection, and who trades.

Whoever buys is not nftforge: web3.py calls Seaport by its own ABI, from accounts that the node
signs for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property

from eth_utils import to_checksum_address
from web3 import HTTPProvider, Web3

from nftforge.chain.connection import connect
from nftforge.chain.contract import CollectionSpec, deployment_of, mint_batch
from nftforge.chain.networks import find_network
from nftforge.chain.pricing import quote
from nftforge.chain.transactions import confirm, sign
from nftforge.chain.wallet import key_signer
from nftforge.market.addresses import SEAPORT
from nftforge.market.errors import describe
from nftforge.market.prices import fee_share, royalty_share
from nftforge.market.seaport import counter_of, interface
from nftforge.market.terms import ListingTerms, OfferTerms, listing, offer
from nftforge.market.tokens import TOKEN, approve_all
from nftforge.market.typed_data import sign_order
from support.anvil import CLIENT, anvil, rpc
from support.seaport import on_anvil, weth_on

ANVIL = find_network("anvil")
ETHER = 10**18
ARTIST, SELLER = key_signer("0x" + "a1" * 32), key_signer("0x" + "5e" * 32)
MARKETPLACE = to_checksum_address("0x" + "fe" * 20)  # who gets fees
WETH_ABI = [
    *TOKEN.abi,
    {"type": "function", "name": "deposit", "inputs": [], "outputs": [],
     "stateMutability": "payable"},
]  # fmt: skip
DAY = 86_400


class Market:
    def __init__(self, url, chain):
        self.url, self.chain = url, chain
        self.w3 = Web3(HTTPProvider(url))
        self.buyer, self.bidder, self.stranger = self.w3.eth.accounts[:3]
        self.seaport = self.w3.eth.contract(SEAPORT, abi=interface().abi)
        self.weth = self.w3.eth.contract(weth_on(chain.chain_id), abi=WETH_ABI)

    @cached_property
    def collection(self):
        spec = CollectionSpec("Sold", "SLD", ARTIST.address, 100, 500, bytes(32))
        return deployment_of(spec, bytes(32), self.chain.chain_id)

    @property
    def token(self):
        """The collection's address."""
        return self.collection.address

    def open(self):
        """A collection with a royalty of 5 %, 20 tokens of which the seller has."""
        on_anvil(self.url)
        rpc(self.url, "anvil_autoImpersonateAccount", True)  # web3.py acts for anybody
        for signer in (ARTIST, SELLER):
            rpc(self.url, "anvil_setBalance", signer.address, hex(100 * ETHER))
        self.send(ARTIST, self.collection.call)
        self.send(ARTIST, mint_batch(self.token, SELLER.address, 1, 20, bytes(32)))
        self.send(SELLER, approve_all(self.token, SEAPORT))

    def send(self, signer, call):
        """As nftforge sends it."""
        bill = quote(self.chain, signer.address, call, describe)
        signed = sign(self.chain, signer, call, bill, self.chain.nonce(signer.address))
        return confirm(self.chain, [signed], sleep=lambda seconds: None)

    @property
    def now(self):
        return self.chain.timestamp()

    def counter(self, who=SELLER.address):
        return counter_of(self.chain, who)

    def listing(self, token_id=1, price=ETHER, *, fee=250, royalty=True, **changes):
        """Not signed yet; a royalty, and a fee for the marketplace."""
        end = changes.get("end_price", price)
        shares = [fee_share(MARKETPLACE, fee, price, end)] if fee else []
        if royalty:
            shares.append(royalty_share(self.chain, self.token, token_id, price, end))
        terms = ListingTerms(
            SELLER.address, self.token, token_id, price, end, self.now, self.now + DAY, shares
        )
        return listing(replace(terms, **changes), self.counter())

    def signed(self, *arguments, **changes):
        return sign_order(SELLER, self.listing(*arguments, **changes), ANVIL)

    def offer(self, bidder, token_id=1, amount=ETHER, *, fee=250, **changes):
        shares = [fee_share(MARKETPLACE, fee, amount, amount)] if fee else []
        terms = OfferTerms(
            bidder.address, self.weth.address, amount, self.token, token_id,
            self.now, self.now + DAY, shares,
        )  # fmt: skip
        order = offer(replace(terms, **changes), self.counter(bidder.address))
        return sign_order(bidder, order, ANVIL)

    def give_weth(self, signer, amount, allowed=None):
        """Wrapped by whoever has it."""
        rpc(self.url, "anvil_setBalance", signer.address, hex(amount + ETHER))
        who = {"from": signer.address}
        self.weth.functions.deposit().transact({**who, "value": amount})
        allowed = amount if allowed is None else allowed
        self.weth.functions.approve(SEAPORT, allowed).transact(who)

    def execute(self, who, call, value=None):
        """The call as somebody else's wallet sends it; the receipt."""
        return self.transact(
            {"from": who, "to": call.to, "data": call.data,
             "value": call.value if value is None else value}
        )  # fmt: skip

    def transact(self, fields):
        sent = self.w3.eth.send_transaction({**fields, "gas": 2_000_000})
        receipt = self.w3.eth.wait_for_transaction_receipt(sent)
        assert receipt["status"] == 1
        return receipt

    def balances(self, *who):
        return {address: self.w3.eth.get_balance(address) for address in who}

    def weth_balances(self, *who):
        return {address: self.weth.functions.balanceOf(address).call() for address in who}

    def owner(self, token_id):
        contract = self.w3.eth.contract(self.token, abi=TOKEN.abi)
        return contract.functions.ownerOf(token_id).call()

    def refusal(self, who, call):
        """What Seaport says to a call, in words; nothing is sent."""
        fields = {**call.fields(who), "gas": hex(2_000_000)}
        body = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [fields, "latest"]}
        answer = CLIENT.post(self.url, json=body).json()
        return describe(answer["error"]["data"]) if "error" in answer else ""

    def later(self, time):
        """The next block has this time, and it is mined."""
        rpc(self.url, "evm_setNextBlockTimestamp", time)
        rpc(self.url, "evm_mine")


def paid(receipt):
    return receipt["gasUsed"] * receipt["effectiveGasPrice"]


@contextmanager
def open_market() -> Iterator[str]:
    """A node of its own with Seaport, wrapped ether and collections; its URL."""
    with anvil("--hardfork", "cancun") as url:
        with connect(ANVIL, rpc_url=url, embedded_path=None) as chain:
            Market(url, chain).open()
        yield url


@contextmanager
def undone_after(url: str) -> Iterator[Market]:
    """The market there; what is done meanwhile is undone."""
    snapshot = rpc(url, "evm_snapshot")
    with connect(ANVIL, rpc_url=url, embedded_path=None) as chain:
        yield Market(url, chain)
    rpc(url, "evm_revert", snapshot)
