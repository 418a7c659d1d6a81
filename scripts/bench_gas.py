#!/usr/bin/env python3
"""Gas of ForgeCollection beside the usual ERC-721s, all compiled and measured in one run.

The others (contracts/bench/Others.sol) are compiled with the settings of the shipped contract and
run on the same Anvil. Prints the tables of docs/benchmarks.md as Markdown. Needs node_modules
(./scripts/setup --dev); about half a minute.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from web3 import HTTPProvider, Web3
from web3.contract import Contract
from web3.exceptions import Web3Exception

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.anvil import anvil  # noqa: E402

DIGEST = bytes.fromhex("b342a2218cb4ae9894c1cdf6de4e800fd4b3bbca6bc3728e7c531f6bb956721c")
MAX_GAS = 1 << 24  # EIP-7825
NAMES = {
    "ForgeCollection": "nftforge",
    "URIStorage": "OZ URIStorage",
    "Loop": "OZ loop",
    "A": "ERC721A",
}


def build_script() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("build", str(ROOT / "scripts/build-contracts"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("build", loader))
    loader.exec_module(module)
    return module


class Subject:
    """A deployed contract and what is asked of it. `fresh` gives addresses nobody used before."""

    def __init__(self, web3: Web3, name: str, compiled: dict[str, Any], fresh: Iterator[str]):
        self.web3, self.name, self.fresh = web3, name, fresh
        self.owner, self.holder, self.buyer = web3.eth.accounts[:3]
        self.runtime = len(compiled["evm"]["deployedBytecode"]["object"]) // 2
        factory = web3.eth.contract(
            abi=compiled["abi"], bytecode=compiled["evm"]["bytecode"]["object"]
        )
        nothing = (0, 0, "0x" + "00" * 20, bytes(32))
        arguments = (
            ("CryptoArt AI", "CART", self.owner, 10_000, 500, DIGEST, nothing)
            if name == "ForgeCollection"
            else (self.owner,)
        )
        receipt = self._mined(factory.constructor(*arguments).transact({"from": self.owner}))
        self.deployment = receipt["gasUsed"]
        self.contract: Contract = web3.eth.contract(receipt["contractAddress"], abi=compiled["abi"])

    def _mined(self, transaction_hash: Any) -> Any:
        receipt = self.web3.eth.wait_for_transaction_receipt(transaction_hash, poll_latency=0.005)
        assert receipt["status"] == 1
        return receipt

    def _sent(self, call: Any, sender: str) -> int:
        return int(self._mined(call.transact({"from": sender, "gas": MAX_GAS}))["gasUsed"])

    def _minting(self, to: str, count: int) -> Any:
        if self.name != "ForgeCollection":
            return self.contract.functions.mintBatch(to, count)
        first = self.contract.functions.nextId().call()
        return self.contract.functions.mintBatch(to, first, count, DIGEST)

    def mint(self, to: str, count: int) -> int:
        return self._sent(self._minting(to, count), self.owner)

    def airdrop(self, to: list[str]) -> int | None:
        if not hasattr(self.contract.functions, "mintBatchTo"):
            return None
        if self.name != "ForgeCollection":
            return self._sent(self.contract.functions.mintBatchTo(to), self.owner)
        first = self.contract.functions.nextId().call()
        return self._sent(self.contract.functions.mintBatchTo(to, first, DIGEST), self.owner)

    def transfer(self, sender: str, to: str, token: int) -> int:
        return self._sent(self.contract.functions.transferFrom(sender, to, token), sender)

    def token_uri(self, token: int) -> int:
        """Execution only: what a contract that calls tokenURI pays, without the call's 21,000."""
        call = self.contract.functions.tokenURI(token)
        data = bytes.fromhex(call._encode_transaction_data()[2:])
        intrinsic = 21_000 + sum(16 if byte else 4 for byte in data)
        return int(call.estimate_gas({"from": self.owner})) - intrinsic

    def largest_batch(self) -> int:
        low, high = 1, 20_000
        while low < high:
            middle = (low + high + 1) // 2
            try:
                self._minting(self.holder, middle).call({"from": self.owner, "gas": MAX_GAS})
                low = middle
            except Web3Exception:
                high = middle - 1
        return low

    @contextmanager
    def rewound(self) -> Iterator[None]:
        """What happens inside never happened."""
        here = self.web3.provider.make_request("evm_snapshot", [])["result"]
        yield
        self.web3.provider.make_request("evm_revert", [here])


def measure(subject: Subject) -> dict[str, int | None]:
    """The rows of the table, in order. `holder` and `buyer` start without tokens each time."""
    holder, fresh = subject.holder, subject.fresh
    row: dict[str, int | None] = {
        "deployment": subject.deployment,
        "runtime code, bytes": subject.runtime,
    }
    with subject.rewound():
        row["the first token ever"] = subject.mint(holder, 1)
        row["one more, to its holder"] = subject.mint(holder, 1)
        row["one more, to a new holder"] = subject.mint(next(fresh), 1)
    with subject.rewound():
        total = subject.mint(holder, 100)
        row["100 in one call, a token"] = total // 100
        with subject.rewound():
            moves = [subject.transfer(holder, subject.buyer, token) for token in range(1, 101)]
            row["mint 100 and move all to one, a token"] = (total + sum(moves)) // 100
        moves = [subject.transfer(holder, next(fresh), token) for token in range(1, 101)]
        row["mint 100 and move each to another, a token"] = (total + sum(moves)) // 100
    most = subject.largest_batch()
    with subject.rewound():
        count = min(500, most)
        total = subject.mint(holder, count)
        row["500 in one call, a token"] = total // 500 if count == 500 else None
        for token in {token for token in (1, 250, 255, 256, 499, 500) if token <= count}:
            with subject.rewound():
                moved = subject.transfer(holder, subject.buyer, token)
                row["first transfer, the dearest"] = max(
                    moved, row.get("first transfer, the dearest") or 0
                )
                again = subject.transfer(subject.buyer, next(fresh), token)
                row["second transfer, the dearest"] = max(
                    again, row.get("second transfer, the dearest") or 0
                )
        row["tokenURI"] = max(subject.token_uri(token) for token in (1, 99, count))
    with subject.rewound():
        total = subject.airdrop([next(fresh) for _ in range(100)])
        row["airdrop to 100 new holders, a token"] = total and total // 100
    with subject.rewound():
        total = subject.airdrop([to for _ in range(20) for to in [next(fresh)] * 5])
        row["airdrop of 5 to each of 20, a token"] = total and total // 100
    row["largest batch below 2^24 gas"] = most
    row["transactions for 10,000 tokens"] = -(-10_000 // most)
    return row


def main() -> None:
    build = build_script()
    forge = build.compile_all()[1]["contracts"]["src/ForgeCollection.sol"]
    others = build.compile_all("bench/Others.sol")[1]["contracts"]["bench/Others.sol"]
    numbers = itertools.count(0xA0000000000000000000000000000000000001)
    fresh = (Web3.to_checksum_address(f"0x{number:040x}") for number in numbers)
    with anvil("--base-fee", "0", "--gas-price", "0") as url:
        web3 = Web3(HTTPProvider(url, request_kwargs={"timeout": 120}))
        names = ["ForgeCollection", "URIStorage", "Loop", "Solady", "A"]
        columns = [measure(Subject(web3, name, {**others, **forge}[name], fresh)) for name in names]
    print("| gas | " + " | ".join(NAMES.get(name, name) for name in names) + " |")
    print("|---|" + "---|" * len(names))
    for label in columns[0]:
        values = (column[label] for column in columns)
        print(f"| {label} | " + " | ".join("" if v is None else f"{v:,}" for v in values) + " |")


if __name__ == "__main__":
    main()
