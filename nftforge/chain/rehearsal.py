"""What public networks have and a chain of one's own lacks: Seaport, OpenSea's conduit, WETH.

A sale can be rehearsed only where there is a market. The embedded chain begins with these
accounts; a development node (Anvil, Hardhat) is given them when something is to be sold there
(`market.seaport.furnish`).
Seaport's code is what its constructor left on a chain of Cancun's rules, and works under any chain
id: it derives its domain anew where the id is another. `scripts/build-seaport` makes the file.

Source: npm seaport-core 1.6.6, solady 0.1.26 (MIT); hardhat_setCode, hardhat_setStorageAt
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources


@dataclass(frozen=True)
class Account:
    """A contract as it stands: its code, and its storage, slot -> word."""

    code: bytes
    storage: Mapping[int, int]


@lru_cache
def accounts() -> Mapping[str, Account]:
    """By address."""
    path = resources.files("nftforge.chain") / "artifacts" / "rehearsal.json"
    found = json.loads(path.read_text(encoding="utf-8"))["accounts"]
    return {
        address: Account(
            bytes.fromhex(row["code"][2:]),
            {int(slot, 16): int(word, 16) for slot, word in row["storage"].items()},
        )
        for address, row in found.items()
    }
