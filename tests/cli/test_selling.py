"""The commands that sell, as a person sees them: asked before anything is promised."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta

import pytest
from support import nftforge, small_collection
from support.anvil import anvil, anvil_program, rpc
from support.shop import ETHER
from support.terminal import terminal

from nftforge.chain.connection import connect
from nftforge.chain.networks import find_network
from nftforge.chain.wallet import key_signer
from nftforge.market.seaport import furnish

pytestmark = pytest.mark.anvil
KEY = "0x" + "42" * 32
ARTIST = key_signer(KEY).address


@pytest.fixture(scope="module")
def minted(tmp_path_factory):
    """(environment, file): two pieces on a chain that says it is Sepolia, with prices."""
    path = small_collection(tmp_path_factory.mktemp("selling"), "sepolia")
    until = (datetime.now(UTC) + timedelta(days=60)).strftime("%Y-%m-%d")
    with path.open("a") as stream:
        stream.write(f"sale: {{price: 0.25 ETH, until: {until}}}\n")
    with anvil("--hardfork", "cancun", "--chain-id", "11155111", "--block-time", "1") as url:
        rpc(url, "anvil_setBalance", ARTIST, hex(10 * ETHER))
        with connect(find_network("sepolia"), rpc_url=url, embedded_path=None) as chain:
            furnish(chain)
        env = {"SEPOLIA_RPC_URL": url, "NFTFORGE_PRIVATE_KEY": KEY, "MAINNET_RPC_URL": url}
        assert nftforge("run", path, "--yes", env=env).code == 0
        yield env, path


@pytest.fixture
def anvil_on_path():
    return f"{anvil_program().parent}:{os.environ['PATH']}"


def book(path):
    return path.parent / ".nftforge" / "journal" / "sale-sepolia.jsonl"


def test_what_is_promised_stands_above_the_question_and_no_is_no(minted):
    env, path = minted
    for columns in (60, 120):
        with terminal("-m", "nftforge", "list", path, columns=columns, env=env) as person:
            screen = person.wait_for("List on sepolia? [y/N]:")
            assert screen.index("0.25 ETH") < screen.index("List on sepolia?")
            for words in ("you receive 0.25", "2 pieces for 0.5 ETH on chain 11155111", "1 x"):
                assert words in " ".join(screen.split())
            person.type("n\n")
            assert person.finish() == 7
    assert not book(path).exists()


def test_nobody_to_ask_is_told_to_say_yes(minted):
    env, path = minted
    refused = nftforge("list", path, env=env)
    assert refused.code == 7 and "nobody is there to be asked" in refused.err
    assert "you receive 0.25" in refused.err and not book(path).exists()


def test_a_dry_run_shows_the_bill_and_asks_signs_and_writes_nothing(minted, anvil_on_path):
    env, path = minted
    env = {**env, "PATH": anvil_on_path}
    piece = json.loads(nftforge("status", path, "--json", env=env).out)["pieces"][0]["id"]
    page = path.parent / ".nftforge" / "gallery" / "sepolia" / "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("as it was")

    def files():
        return {each: each.read_bytes() for each in path.parent.rglob("*") if each.is_file()}

    before = files()
    for words in (
        ("transfer", path, piece, "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"),
        ("delist", path, "--all"),
        ("list", path),
    ):
        shown = nftforge(*words, "--dry-run", env=env)
        assert shown.code == 0 and "nothing was signed or sent" in shown.out
        if words[0] != "list":
            assert "rehearsed: " in shown.out and " gwei: " in shown.out
        assert files() == before
        refused = nftforge(*words, "--dry-run", "--give-up", env=env)
        assert refused.code == 2 and "--give-up changes the journal" in refused.err


def test_listed_seen_and_withdrawn_with_the_approval_at_the_end(minted, tmp_path):
    env, path = minted
    log = tmp_path / "all.log"
    with terminal("-m", "nftforge", "list", path, "--log", log, columns=100, env=env) as person:
        person.wait_for("List on sepolia? [y/N]:")
        person.type("y\n")
        assert person.finish() == 0
    signature = json.loads(book(path).read_text().splitlines()[-1])["data"]["signature"]
    assert signature[2:130] not in log.read_text()
    again = nftforge("list", path, env=env)
    assert again.code == 0 and "nothing to do: all is listed as the file says" in again.out
    rows = nftforge("list", path, "--dry-run", "--json", env=env).json["orders"]
    assert [row["cached"] for row in rows] == [True, True]
    shown = nftforge("listings", path, env=env).out
    assert shown.count("for sale until") == 2 and "0.25 ETH" in shown
    with terminal("-m", "nftforge", "delist", path, columns=80, env=env) as person:
        person.wait_for("Send to sepolia? [y/N]:")
        person.type("y\n")
        person.wait_for("approval too? [y/N]:")
        person.type("y\n")
        person.wait_for("revoke ")  # the first question still stands on the screen
        while not person.rest(0.1).rstrip().endswith("[y/N]:"):
            pass
        person.type("y\n")
        assert person.finish() == 0
        assert any("2 orders withdrawn on sepolia" in line for line in person.lines)
    assert nftforge("listings", path, env=env).out.count("withdrawn") == 2
    again = nftforge("delist", path, env=env)
    assert again.code == 0 and "nothing to withdraw on sepolia" in again.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--only", "three"), "there is no piece three"),
        (("--max-cost", "1"), "--max-cost '1': an amount and its unit are needed"),
    ],
)
def test_bad_words_are_refused_before_anything(minted, words, said):
    env, path = minted
    refused = nftforge("list", path, *words, env=env)
    assert refused.code == 2 and said in refused.err


def test_a_contract_goes_without_a_file_and_with_a_network(minted):
    env, path = minted
    assert nftforge("listings", path, "--contract", "0x" + "1" * 40, env=env).code == 2
    refused = nftforge("listings", "--contract", "0x12", "--network", "sepolia", env=env)
    assert refused.code == 2 and "'0x12' is no address" in refused.err


def test_a_rehearsal_says_whose_days_it_shows_and_a_fault_of_all_pieces_once(tmp_path):
    path = small_collection(tmp_path)
    plain = path.read_text()
    until = (datetime.now(UTC) + timedelta(days=60)).strftime("%Y-%m-%d")
    path.write_text(f"{plain}sale: {{price: 50 USDC, until: {until}}}\n")
    refused = nftforge("check", path)
    assert refused.code == 2 and refused.out.count("'50 USDC': the units here are") == 1
    path.write_text(f"{plain}sale: {{price: 0.05 ETH, until: {until}}}\n")
    assert nftforge("run", path).code == 0
    for command in (("list", path, "--dry-run"), ("list", path), ("listings", path)):
        assert "days of the embedded chain" in nftforge(*command).out
