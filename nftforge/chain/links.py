"""Pages about what is on a chain, and where test ether is given away. None of them is asked.

Explorers have the paths of EIP-3091; `?a=` after the contract is one token of it on those of
Etherscan's family, and nothing on others, which then show the contract. OpenSea: the chains and
their names of its SDK, https://github.com/ProjectOpenSea/opensea-js; it serves no test network.
faucets.csv: as the documentation of the networks names them, who knows for how long.
"""

from __future__ import annotations

import csv
from importlib import resources
from types import MappingProxyType

from nftforge.chain.networks import Network

OPENSEA = MappingProxyType(
    {
        1: "ethereum", 10: "optimism", 130: "unichain", 137: "polygon", 143: "monad", 360: "shape",
        747: "flow", 999: "hyperevm", 1_329: "sei", 1_868: "soneium", 2_020: "ronin",
        2_741: "abstract", 4_326: "megaeth", 4_663: "robinhood", 5_031: "somnia", 8_333: "b3",
        8_453: "base", 33_139: "ape_chain", 42_161: "arbitrum", 43_114: "avalanche",
        43_419: "gunzilla", 57_073: "ink", 69_000: "animechain", 80_094: "bera_chain",
        81_457: "blast", 7_777_777: "zora",
    }
)  # fmt: skip


def contract_links(network: Network, contract: str) -> dict[str, str]:
    """Where the contract can be looked at, by what it is: `explorer`, if there is one."""
    if not network.explorer:
        return {}
    return {"explorer": f"{network.explorer.rstrip('/')}/address/{contract}"}


def token_links(
    network: Network, contract: str, token_id: int, tx: str | None = None
) -> dict[str, str]:
    """The token's pages, by what they are: `explorer`, `tx` (its mint), `opensea`."""
    links = {}
    if network.explorer:
        explorer = network.explorer.rstrip("/")
        links["explorer"] = f"{explorer}/token/{contract}?a={token_id}"
        if tx:
            links["tx"] = f"{explorer}/tx/{tx}"
    if network.kind == "mainnet" and (chain := OPENSEA.get(network.chain_id)):
        links["opensea"] = f"https://opensea.io/item/{chain}/{contract}/{token_id}"
    return links


def faucet_lines(chain_id: int) -> list[str]:
    """Who gives away test ether of that chain, a line each under a heading; none if nobody does."""
    text = (resources.files("nftforge.chain") / "faucets.csv").read_text(encoding="utf-8")
    rows = [row for row in csv.DictReader(text.splitlines()) if int(row["chain_id"]) == chain_id]
    heading = ["test ether is given away, each on terms of their own, by"] if rows else []
    return heading + [f"  {row['name']:<17} {row['url']}" for row in rows]
