"""What no collection file may say: each value at its bound, and one step beyond."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from nftforge.config.models import Contract, CustomNetwork, Kubo, Mint, Paint, Piece, Style

ADDRESS = "0x52908400098527886E0F7030069857D2E4169EE7"


@pytest.mark.parametrize(
    ("section", "given"),
    [
        (Mint, {"max_fee_gwei": 0.000001}),
        (Mint, {"max_total_eth": 0.000001}),
        (Mint, {"to": ADDRESS}),
        (Mint, {"to": ADDRESS.lower()}),
        (CustomNetwork, {"chain_id": 1, "confirmations": 1}),
        (CustomNetwork, {"chain_id": 2**63 - 1, "confirmations": 1000}),
        (Contract, {"royalty_percent": 0.0, "max_supply": 1}),
        (Contract, {"royalty_percent": 50.0, "max_supply": 2**48 - 1}),
        (Kubo, {"url": "https://node.example:5001/"}),
        (Piece, {"image": "a.png", "name": "A", "seed": 0}),
    ],
)
def test_what_is_just_in_bounds_is_taken(section, given):
    assert section(**given)


@pytest.mark.parametrize(
    ("section", "given"),
    [
        (Mint, {"max_fee_gwei": 0.0}),
        (Mint, {"max_fee_gwei": -1.0}),
        (Mint, {"max_fee_gwei": float("inf")}),
        (Mint, {"max_total_eth": 0.0}),
        (Mint, {"max_total_eth": -0.01}),
        (Mint, {"max_total_eth": float("nan")}),
        (Mint, {"to": ADDRESS.replace("E7", "e7")}),
        (Mint, {"to": ADDRESS[:-1]}),
        (Mint, {"to": "0x" + "0" * 40}),
        (CustomNetwork, {"chain_id": 0}),
        (CustomNetwork, {"chain_id": 1, "confirmations": 0}),
        (CustomNetwork, {"chain_id": 1, "confirmations": -1}),
        (CustomNetwork, {"chain_id": 1, "kind": "embedded"}),
        (Contract, {"royalty_percent": 50.01}),
        (Contract, {"royalty_percent": -0.01}),
        (Contract, {"max_supply": 0}),
        (Contract, {"max_supply": 2**48}),
        (Kubo, {"url": "https://me:secret@node.example"}),
        (Kubo, {"url": "ftp://node.example"}),
        (Piece, {"image": "a.png", "name": "A", "seed": -1}),
    ],
)
def test_what_is_out_of_bounds_is_refused(section, given):
    with pytest.raises(ValidationError):
        section(**given)


def test_a_network_that_does_not_say_what_it_is_gets_all_the_care():
    network = CustomNetwork(chain_id=7)
    assert (network.kind, network.confirmations) == ("mainnet", 12)


@pytest.mark.parametrize(
    ("section", "given"),
    [
        (Piece, {"image": "a\0.png", "name": "x"}),
        (Piece, {"image": "a" * 300 + ".png", "name": "x"}),
        (Piece, {"image": "a/" * 3000 + "b.png", "name": "x"}),
        (Piece, {"image": "a.png", "name": "x", "brush": "a\0.png"}),
        (Paint, {"brush": "a\0.png"}),
        (Style, {"image": "a\0"}),
        (Mint, {"placeholder": "a\0"}),
        (Mint, {"to": "a\0.csv"}),
        (Mint, {"to": "a" * 5000 + ".csv"}),
        (Mint, {"to": "a." * 50_000 + "eth"}),
        (Mint, {"max_fee_gwei": 1e308}),
        (Mint, {"max_total_eth": 1e300}),
        (Kubo, {"url": "http://a/\x1b[2J"}),
        (Kubo, {"url": "http://xn--é.com/"}),
        (Kubo, {"url": "http://[x"}),
        (Kubo, {"url": "http://a℀b/"}),
        (Kubo, {"url": "http://a:999999/"}),
    ],
)
def test_what_no_file_no_host_and_no_purse_can_have_is_refused(section, given):
    with pytest.raises(ValidationError) as refused:
        section(**given)
    assert len(refused.value.errors()[0]["msg"]) < 300


def test_a_long_path_of_short_names_is_taken():
    Piece(image="a" * 250 + "/" + "b" * 250 + ".png", name="x")
    Mint(to="a" * 240 + ".csv", max_fee_gwei=1e9)
