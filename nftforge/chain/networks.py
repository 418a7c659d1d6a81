"""The networks by name, and what has to be known of each before a connection is made.

Chain ids and explorers: https://chainlist.org. `embedded` has an id that no public chain uses, so
nothing signed for it is worth anything elsewhere (EIP-155). mainnets.csv holds the ids of networks
where money is real, lest a file calls one a test network: those that viem does not mark as test
networks (npm viem 2.57.20, MIT, on 2026-11-29; scripts/update-mainnets), and a few that it does not
list, from https://github.com/ethereum-lists/chains
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Literal

from nftforge.core.errors import ConfigError
from nftforge.core.nearest import nearest, suggestion

Kind = Literal["embedded", "dev", "testnet", "mainnet"]

# The deterministic deployment proxy, at the same address on every chain.
CREATE2_PROXY = "0x4e59b44847b379578588920cA78FbF26c0B4956C"
CREATE2_PROXY_CODE = (  # github.com/Arachnid/deterministic-deployment-proxy
    "0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe036"
    "01600081602082378035828234f58015156039578182fd5b8082525050506014600cf3"
)
LOCAL_NODE = "http://127.0.0.1:8545"

OTHER_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "ethereum": "mainnet", "eth": "mainnet", "ethereum-mainnet": "mainnet", "main": "mainnet",
        "homestead": "mainnet", "eth-mainnet": "mainnet", "matic": "polygon",
        "polygon-mainnet": "polygon", "arbitrum-one": "arbitrum", "arb": "arbitrum",
        "arbitrum-mainnet": "arbitrum", "op": "optimism", "op-mainnet": "optimism",
        "optimism-mainnet": "optimism", "base-mainnet": "base",
        "goerli": "sepolia", "ropsten": "sepolia", "rinkeby": "sepolia", "kovan": "sepolia",
        "testnet": "sepolia", "test": "sepolia", "ethereum-sepolia": "sepolia",
        "eth-sepolia": "sepolia", "sepolia-eth": "sepolia", "base-goerli": "base-sepolia",
        "sepolia-base": "base-sepolia", "base-testnet": "base-sepolia",
        "localhost": "anvil", "local": "embedded", "dev": "embedded", "foundry": "anvil",
    }
)  # fmt: skip
GONE: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(
        ("goerli", "ropsten", "rinkeby", "kovan", "base-goerli", "mumbai"),
        "that test network was shut down",
    )
)
TEST_WORDS = (
    "sepolia", "goerli", "holesky", "hoodi", "amoy", "mumbai", "fuji", "rinkeby", "ropsten",
    "kovan", "curtis", "testnet", "local", "localhost", "dev", "devnet", "embedded", "anvil",
    "hardhat", "rehearsal", "fork", "forked",
)  # fmt: skip


@dataclass(frozen=True)
class Network:
    """`kind` decides how careful nftforge is; `confirmations` counts the block a tx is in.

    `op_stack`: a second fee for the data is taken beside the gas (Arbitrum puts its own into the
    gas that it estimates).
    """

    name: str
    chain_id: int
    kind: Kind
    rpc_env: str | None  # the environment variable that holds the RPC URL
    default_rpc: str | None
    explorer: str | None
    confirmations: int
    currency: str = "ETH"
    block_s: float = 12.0
    timeout_s: float = 20.0
    op_stack: bool = False

    @property
    def poll_s(self) -> float:
        """How often to look."""
        return 0.05 if self.is_rehearsal else max(0.5, self.block_s / 3)

    @property
    def is_rehearsal(self) -> bool:
        """Worth nothing and on this machine: no questions asked, may be started afresh."""
        return self.kind in ("embedded", "dev")


def _public(
    name: str, chain_id: int, kind: Kind, explorer: str, confirmations: int, **rest: Any
) -> Network:
    return Network(name, chain_id, kind, rpc_variable(name), None, explorer, confirmations, **rest)


def rpc_variable(name: str) -> str:
    """The environment variable for the RPC URLs of a network."""
    return name.upper().replace("-", "_") + "_RPC_URL"


NETWORKS: Mapping[str, Network] = MappingProxyType(
    {
        network.name: network
        for network in (
            Network("embedded", 616_261, "embedded", None, None, None, 1),
            Network("anvil", 31_337, "dev", "ANVIL_RPC_URL", LOCAL_NODE, None, 1, block_s=1),
            Network("hardhat", 31_337, "dev", "HARDHAT_RPC_URL", LOCAL_NODE, None, 1, block_s=1),
            _public("sepolia", 11_155_111, "testnet", "https://sepolia.etherscan.io", 2),
            _public(
                "base-sepolia",
                84_532,
                "testnet",
                "https://sepolia.basescan.org",
                2,
                block_s=2,
                op_stack=True,
            ),
            _public("mainnet", 1, "mainnet", "https://etherscan.io", 6),
            _public("base", 8_453, "mainnet", "https://basescan.org", 12, block_s=2, op_stack=True),
            _public(
                "optimism",
                10,
                "mainnet",
                "https://optimistic.etherscan.io",
                12,
                block_s=2,
                op_stack=True,
            ),
            _public("arbitrum", 42_161, "mainnet", "https://arbiscan.io", 12, block_s=0.25),
            _public(
                "polygon", 137, "mainnet", "https://polygonscan.com", 64, currency="POL", block_s=2
            ),
        )
    }
)


def find_network(name: str, others: Mapping[str, Network] = MappingProxyType({})) -> Network:
    """The network called `name`, of ours or of `others`. Raises ConfigError listing all of them."""
    known = {**NETWORKS, **others}
    if name in known:
        return known[name]
    gone = f"; {GONE[name.lower()]}" if name.lower() in GONE else ""
    meant = suggestion(name, _as_safe(name, known), OTHER_NAMES)
    raise ConfigError(
        f"there is no network {name!r}{gone}", hint=f"{meant}networks: {', '.join(known)}"
    )


def _as_safe(name: str, known: Mapping[str, Network]) -> list[str]:
    """The networks that may be suggested for `name`: no mainnet where a test network was meant.

    `arbitrum-sepolia` is like `arbitrum`, and would cost real money there.
    """
    parts = [part for part in re.split(r"[^a-z]+", name.lower()) if part]
    is_test = any(nearest(part, TEST_WORDS) or "test" in part for part in parts)
    return [each for each, it in known.items() if it.kind != "mainnet" or not is_test]


@lru_cache
def public_mainnets() -> Mapping[int, str]:
    """Chain id -> name, of networks where money is real. No list of them is ever whole."""
    text = (resources.files("nftforge.chain") / "mainnets.csv").read_text(encoding="utf-8")
    return {int(row["chain_id"]): row["name"] for row in csv.DictReader(text.splitlines())}


def check_custom(network: Network) -> None:
    """Refuse a network that would go round the care taken for one of ours. Raises ConfigError."""
    if network.name in NETWORKS:
        raise ConfigError(f"{network.name!r} is a network of nftforge's: use another name")
    for ours in NETWORKS.values():
        if ours.chain_id == network.chain_id and not ours.is_rehearsal:
            raise ConfigError(
                f"chain {network.chain_id} is {ours.name}", hint=f"use `network: {ours.name}`"
            )
    known = public_mainnets().get(network.chain_id)
    if known and network.kind != "mainnet":
        raise ConfigError(
            f"chain {network.chain_id} is {known}, where money is real, not a "
            f"{'rehearsal' if network.is_rehearsal else 'test network'}",
            hint="write `kind: mainnet`",
        )
