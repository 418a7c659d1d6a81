"""docs/selling.md, done: every command in its order on a real Anvil, with a buyer between."""

import json
import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support import nftforge
from support.anvil import anvil
from support.shop import Buyer

PAGE = (Path(__file__).parents[2] / "docs" / "selling.md").read_text(encoding="utf-8")
COMMANDS = [line.strip() for line in PAGE.splitlines() if line.startswith("    nftforge ")]
SMALLER = {
    "strokes: 200": "strokes: 8", "size: 3000": "size: 64",
    "size: 384": "size: 48, frames: 4", "mp4: true": "mp4: false",
}  # fmt: skip
OFFERS = ("offers", "accept")  # need a collector: tests/pipeline/selling/test_offers.py


@pytest.mark.anvil
@pytest.mark.slow
def test_from_minted_to_sold(tmp_path):
    path = tmp_path / "shop" / "collection.yaml"
    said = {}
    with anvil("--hardfork", "cancun") as url:

        def do(command):
            words = [str(path.parent) if word == "shop" else word for word in shlex.split(command)]
            result = nftforge(*words[1:], env={"ANVIL_RPC_URL": url})
            assert result.code == 0, (command, result.err)
            said.setdefault(words[1], []).append(result.out)

        for command in COMMANDS:
            if command.split()[1] not in OFFERS and "--serve" not in command:
                do(command)
            if command.startswith("nftforge init"):
                price_it(path)
            if command.startswith("nftforge listings") and len(said["listings"]) == 1:
                buy_one(do, path, url)
    before, after = said["listings"]
    assert before.count("for sale until") == 2 and "sold to" not in before
    assert after.count("for sale until") == 1 and "sold to 0x" in after


def price_it(path):
    """Its prices, and paintings that take a moment."""
    text = path.read_text()
    for old, new in SMALLER.items():
        assert old in text
        text = text.replace(old, new)
    until = (datetime.now(UTC) + timedelta(days=60)).strftime("%Y-%m-%d")
    path.write_text(f"{text}sale: {{price: 0.05 ETH, until: {until}}}\n")


def buy_one(do, path, url):
    """By somebody who is not nftforge; then the artist changes the price."""
    orders = path.with_name("orders.json")
    do(f"nftforge list shop --network anvil --orders {orders}")
    Buyer(url, 3).buy(json.loads(orders.read_text())[0])
    path.write_text(path.read_text().replace("0.05 ETH", "0.07 ETH"))


def test_what_it_says_of_gas_is_what_the_benchmark_printed():
    figures = set(re.findall(r"\b\d{2,3},\d{3}\b", PAGE.split("| gas |")[1]))
    benchmarks = (Path(__file__).parents[2] / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert figures <= set(re.findall(r"\b\d{2,3},\d{3}\b", benchmarks))
