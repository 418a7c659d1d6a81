"""A shop on Anvil: a machine that minted, its file's prices, and a buyer that is not nftforge.

The buyer is web3.py with Seaport's own ABI, and what the file of `list --orders` holds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from eth_utils import to_checksum_address
from web3 import HTTPProvider, Web3

from nftforge.chain.wallet import key_signer
from nftforge.market.addresses import NO_CONDUIT, SEAPORT
from nftforge.market.order_json import order_from_json
from nftforge.market.prices import total_at
from nftforge.market.seaport import interface
from nftforge.pipeline.selling import ending
from nftforge.pipeline.selling.offering import ListOptions, list_pieces
from support.anvil import rpc
from support.machine import LAB, Machine

ETHER, DAY = 10**18, 86_400
KEY = "0x" + "42" * 32
SELLER = key_signer(KEY).address


def day(url, days=30):
    """So many days from the chain's now, as a file writes it."""
    now = int(rpc(url, "eth_getBlockByNumber", "latest", False)["timestamp"], 16)
    return datetime.fromtimestamp(now + days * DAY, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Shop(Machine):
    """A machine that sells."""

    key: str = KEY
    network: object = LAB
    asked: list = field(default_factory=list)  # what was agreed to, table and all

    def agree(self, bill):
        self.asked.append(bill)
        return int(bill["max_cost_wei"])

    def list(self, *, only=(), dry_run=False, **options):
        self.only = frozenset(only)
        try:
            return list_pieces(
                self.job, self.report, self.agree, ListOptions(**options), dry_run=dry_run
            )
        finally:
            self.only = frozenset()

    def orders(self, folder, **options):
        """What `list --orders` writes."""
        path = Path(folder) / f"orders-{len(list(Path(folder).iterdir()))}.json"
        self.list(orders=path, **options)
        return json.loads(path.read_text())

    def delist(self, *, only=(), **options):
        self.only = frozenset(only)
        try:
            return ending.delist(self.job, self.report, self.agree, **options)
        finally:
            self.only = frozenset()

    def listings(self):
        return ending.listings(self.job, self.report)["listings"]

    def states(self):
        """Token -> states of its orders, living ones first."""
        found = {}
        for row in self.listings():
            found.setdefault(row["token_id"], []).append(row["state"])
        return found

    def transfer(self, piece, to, **options):
        return ending.transfer(self.job, self.report, self.agree, piece, to, **options)

    @property
    def book_path(self):
        return self.journal_path.with_name(f"sale-{self.network.name}.jsonl")

    @property
    def record_path(self):
        return self.folder / "pieces.orders.jsonl"

    def forget(self):
        """Whatever was written down of orders, here and for others, is lost."""
        for path in (self.book_path, self.record_path):
            path.unlink(missing_ok=True)


class Buyer:
    """web3.py, and an account that the node signs for."""

    def __init__(self, url, number=0):
        self.w3 = Web3(HTTPProvider(url))
        self.address = self.w3.eth.accounts[number]
        self.seaport = self.w3.eth.contract(SEAPORT, abi=interface().abi)

    def buy(self, order, value=None):
        """By `fulfillOrder`, from the JSON alone; the receipt. Raises what web3.py raises."""
        found = order_from_json(order)
        if value is None:
            value = total_at(found.components, self.w3.eth.get_block("latest")["timestamp"])
        call = self.seaport.functions.fulfillOrder(found.abi, NO_CONDUIT)
        fields = {"from": self.address, "value": value}
        call.call(fields)
        sent = call.transact({**fields, "gas": 500_000})
        receipt = self.w3.eth.wait_for_transaction_receipt(sent)
        assert receipt["status"] == 1
        return receipt

    def balance(self, who=None):
        return self.w3.eth.get_balance(to_checksum_address(who or self.address))
