"""The networks by name, and what has to be known of each before a connection is made.

Chain ids and explorers: https://chainlist.org. `embedded` has an id that no public chain uses, so
nothing signed for it is worth anything elsewhere (EIP-155).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from nftforge.errors import ConfigError

Kind = Literal["embedded", "dev", "testnet", "mainnet"]

# The deterministic deployment proxy, at the same address on every chain.
CREATE2_PROXY = "0x4e59b44847b379578588920cA78FbF26c0B4956C"
LOCAL_NODE = "http://127.0.0.1:8545"


@dataclass(frozen=True)
class Network:
    """`kind` decides how careful nftforge is; `confirmations` counts the block a tx is in."""

    name: str
    chain_id: int
    kind: Kind
    rpc_env: str | None  # the environment variable that holds the RPC URL
    default_rpc: str | None
    explorer: str | None
    confirmations: int
    currency: str = "ETH"

    @property
    def is_rehearsal(self) -> bool:
        """Worth nothing and on this machine: no questions asked, may be started afresh."""
        return self.kind in ("embedded", "dev")


def _public(
    name: str, chain_id: int, kind: Kind, explorer: str, confirmations: int, currency: str = "ETH"
) -> Network:
    variable = name.upper().replace("-", "_") + "_RPC_URL"
    return Network(name, chain_id, kind, variable, None, explorer, confirmations, currency)


NETWORKS: Mapping[str, Network] = MappingProxyType(
    {
        network.name: network
        for network in (
            Network("embedded", 616_261, "embedded", None, None, None, 1),
            Network("anvil", 31_337, "dev", "ANVIL_RPC_URL", LOCAL_NODE, None, 1),
            Network("hardhat", 31_337, "dev", "HARDHAT_RPC_URL", LOCAL_NODE, None, 1),
            _public("sepolia", 11_155_111, "testnet", "https://sepolia.etherscan.io", 2),
            _public("base-sepolia", 84_532, "testnet", "https://sepolia.basescan.org", 2),
            _public("mainnet", 1, "mainnet", "https://etherscan.io", 6),
            _public("base", 8_453, "mainnet", "https://basescan.org", 12),
            _public("optimism", 10, "mainnet", "https://optimistic.etherscan.io", 12),
            _public("arbitrum", 42_161, "mainnet", "https://arbiscan.io", 12),
            _public("polygon", 137, "mainnet", "https://polygonscan.com", 64, "POL"),
        )
    }
)


def find_network(name: str) -> Network:
    """The network called `name`. Raises ConfigError listing all of them."""
    if name not in NETWORKS:
        raise ConfigError(f"there is no network {name!r}", hint=f"networks: {', '.join(NETWORKS)}")
    return NETWORKS[name]
