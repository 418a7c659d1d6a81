"""nftforge.chain.links: pages about tokens; who gives test ether away. Nothing is asked here."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from nftforge.chain.links import OPENSEA, contract_links, faucet_lines, token_links
from nftforge.chain.networks import NETWORKS, find_network, public_mainnets

CONTRACT, TX = "0x" + "ab" * 20, "0x" + "cd" * 32


def test_a_token_of_a_mainnet_is_at_the_explorer_and_at_opensea():
    assert token_links(find_network("polygon"), CONTRACT, 7, TX) == {
        "explorer": f"https://polygonscan.com/token/{CONTRACT}?a=7",
        "tx": f"https://polygonscan.com/tx/{TX}",
        "opensea": f"https://opensea.io/item/polygon/{CONTRACT}/7",
    }


@pytest.mark.parametrize("name", ["sepolia", "base-sepolia"])
def test_opensea_serves_no_test_network(name):
    assert set(token_links(find_network(name), CONTRACT, 7)) == {"explorer"}


@pytest.mark.parametrize("name", ["embedded", "anvil", "hardhat"])
def test_a_rehearsal_can_be_seen_by_nobody(name):
    network = find_network(name)
    assert token_links(network, CONTRACT, 7, TX) == contract_links(network, CONTRACT) == {}


def test_a_test_network_that_claims_a_mainnets_id_is_not_at_opensea():
    pretended = replace(find_network("sepolia"), chain_id=8453)
    assert "opensea" not in token_links(pretended, CONTRACT, 7)


def test_an_explorer_may_be_written_with_a_slash_at_its_end():
    network = replace(find_network("base"), explorer="https://scan.example/")
    assert contract_links(network, CONTRACT) == {
        "explorer": f"https://scan.example/address/{CONTRACT}"
    }


def test_every_mainnet_of_ours_and_only_mainnets_are_at_opensea():
    ours = {n.chain_id for n in NETWORKS.values() if n.kind == "mainnet"}
    tests = {n.chain_id for n in NETWORKS.values() if n.kind != "mainnet"}
    assert ours <= set(OPENSEA) and not tests & set(OPENSEA)


@pytest.mark.parametrize("name", ["sepolia", "base-sepolia"])
def test_every_test_network_of_ours_has_faucets(name):
    heading, *lines = faucet_lines(find_network(name).chain_id)
    assert "on terms of their own" in heading and len(lines) >= 2
    for line in lines:
        assert urlsplit(line.split()[-1]).scheme == "https" and len(line) < 100


def test_nobody_gives_away_real_money():
    for chain_id in (*public_mainnets(), find_network("embedded").chain_id):
        assert faucet_lines(chain_id) == []
