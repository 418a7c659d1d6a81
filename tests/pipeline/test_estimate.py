"""How long pieces take, and what they cost elsewhere, is told before hours and ether are spent."""

from __future__ import annotations

import pytest
from support import nftforge, picture
from support.anvil import anvil

from nftforge.core.plural import duration
from nftforge.pipeline.estimate import spread

YAML = """\
name: Six
symbol: SIX
description: d
paint: {strokes: 6, size: 32, brush: tape}
pieces: images/
"""


@pytest.fixture(scope="module")
def six(tmp_path_factory):
    folder = tmp_path_factory.mktemp("six")
    (folder / "images").mkdir()
    for number in range(6):
        picture(folder / "images" / f"p{number}.png", size=(24, 24))
    (folder / "collection.yaml").write_text(YAML)
    return folder


def test_three_that_are_made_tell_what_all_take_and_a_run_finds_them(six):
    plain = nftforge("plan", "--json", cwd=six)
    assert plain.json["making"] == {
        "pieces": 6, "timed": 0, "seconds": None, "error": None, "watt_hours": None,
    }  # fmt: skip
    assert not (six / ".nftforge").exists()  # plan writes nothing
    timed = nftforge("plan", "--time", "--json", cwd=six)
    assert timed.code == 0, timed.err
    ahead = timed.json["making"]
    made = ahead["timed"]
    assert made >= 3 and ahead["pieces"] == 6 - made
    assert ahead["seconds"] > 0 and ahead["error"] >= 0.05 and ahead["watt_hours"] >= 0
    said = nftforge("plan", cwd=six)
    assert "about" in said.out and f"an estimate from {made} that are made" in said.out
    run = nftforge("run", "--until", "render", "--json", cwd=six)
    assert sum(piece["cached"]["render"] for piece in run.json["pieces"]) == made
    assert "making" not in nftforge("plan", "--json", cwd=six).json


def test_the_same_elsewhere_costs_its_gas_at_the_price_there(six, tmp_path):
    with anvil("--chain-id", "11155111", "--base-fee", "3000000000") as url:
        env = {"SEPOLIA_RPC_URL": url, "BASE_RPC_URL": "http://127.0.0.1:9"}
        told = nftforge("plan", "--json", cwd=six, env=env)
        assert told.code == 0, told.err
        words = nftforge("plan", cwd=six, env=env)
    rows = {row["network"]: row for row in told.json["elsewhere"]}
    assert "anvil" not in rows and "embedded" not in rows
    here, gas = rows["sepolia"], told.json["bill"]["gas"]
    assert here["gas"] == gas and here["why"] == "" and here["fee_gwei"] >= 3
    assert here["cost"] == pytest.approx(gas * here["fee_gwei"] / 1e9, rel=1e-6)
    assert rows["base"]["cost"] is None and rows["base"]["why"]
    assert rows["mainnet"]["why"] == "set MAINNET_RPC_URL"
    assert f"{here['cost']:.6f}" in words.out and "not known: " in words.out


def test_a_collection_that_is_minted_costs_nothing_elsewhere(six):
    run = nftforge("run", "--yes", cwd=six)
    assert run.code == 0, run.err
    assert "elsewhere" not in nftforge("plan", "--json", cwd=six).json


def test_they_lie_at_equal_distances():
    ids = [str(number) for number in range(100)]
    assert spread(ids, 3) == ["16", "50", "83"]
    assert spread(ids[:2], 3) == ["0", "1"] and spread([], 3) == []


@pytest.mark.parametrize(
    "seconds, words",
    [(0.4, "0 s"), (89, "89 s"), (90, "2 min"), (5940, "99 min"), (12_000, "3 h 20 min")],
)
def test_durations_are_as_exact_as_anybody_wants_to_know(seconds, words):
    assert duration(seconds) == words
