"""Questions as a person sees them: in a real pseudo-terminal, 60 to 200 columns wide."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from support import ROOT, small_collection
from support.anvil import anvil, mined, rpc
from support.fault_proxy import answer, fault_proxy
from support.terminal import terminal

from nftforge.chain.wallet import key_signer, save_keystore

KEY = "0x" + "42" * 32
OWNER = key_signer(KEY).address
PASSWORD = "correct horse"
LAB = "networks: {{lab: {{chain_id: 31337, kind: {kind}, confirmations: 1, block_seconds: 0.2}}}}\n"
COLUMNS = (60, 80, 200)
BARS = Path(__file__).parent / "bars.py"


@pytest.fixture(scope="module")
def node():
    with anvil() as url:
        rpc(url, "anvil_setBalance", OWNER, hex(10**20))
        yield url


def on_a_network(tmp_path, kind):
    path = small_collection(tmp_path, "lab")
    path.write_text(path.read_text() + LAB.format(kind=kind))
    return path


def standing(shown, question):
    """The question's line, which has to be whole and the last one."""
    last = shown.rstrip().splitlines()[-1]
    assert question in last, shown
    return last


@pytest.mark.anvil
@pytest.mark.parametrize("columns", COLUMNS)
def test_a_question_stands_on_the_screen_until_it_is_answered(tmp_path, node, columns):
    path = on_a_network(tmp_path, "testnet")
    env = {"LAB_RPC_URL": node, "NFTFORGE_PRIVATE_KEY": KEY}
    sent = mined(node, OWNER)
    with terminal("-m", "nftforge", "run", path, columns=columns, env=env) as seen:
        seen.wait_for("Send to lab")
        shown = seen.rest(1.5)  # bars would have been drawn fifteen times
        standing(shown, "[y/N]:")
        assert "gas at" in shown and not seen.cursor_hidden
        seen.type("n\r")
        assert seen.finish() == 7
        assert "[y/N]: n\n" in seen.screen and "nothing was sent" in seen.screen
    assert mined(node, OWNER) == sent


@pytest.mark.anvil
def test_what_was_typed_before_the_question_stood_there_answers_nothing(tmp_path, node):
    """Two bills were agreed to by a `y` that was typed ahead, unseen."""
    path = on_a_network(tmp_path, "testnet")
    env = {"LAB_RPC_URL": node, "NFTFORGE_PRIVATE_KEY": KEY}
    sent = mined(node, OWNER)
    with terminal("-m", "nftforge", "run", path, env=env) as seen:
        seen.type("y\ry\ry")
        seen.wait_for("Send to lab")
        assert "[y/N]:" in seen.rest(1.5).rstrip().splitlines()[-1]
        seen.type("\r")
        assert seen.finish() == 7
    assert mined(node, OWNER) == sent


@pytest.mark.anvil
@pytest.mark.parametrize("columns", COLUMNS)
def test_the_chain_id_is_asked_for_where_it_can_be_read(tmp_path, node, columns):
    path = on_a_network(tmp_path, "mainnet")
    path.write_text(path.read_text() + "pin: {to: [local], only_here: true}\n")
    env = {"LAB_RPC_URL": node, "NFTFORGE_PRIVATE_KEY": KEY}
    command = ("-m", "nftforge", "run", path, "--broadcast")
    with terminal(*command, columns=columns, env=env) as seen:
        seen.wait_for("Type the chain id of lab")
        assert "gas at" in seen.rest(1.0)
        standing(seen.screen, "Type the chain id of lab")
        seen.type("1\r")
        assert seen.finish() == 7
        assert "the chain id given is 1, not 31337" in seen.screen


@pytest.mark.anvil
@pytest.mark.parametrize("columns", COLUMNS)
def test_a_password_is_asked_for_where_it_can_be_read_and_is_not_shown(tmp_path, node, columns):
    path = on_a_network(tmp_path, "testnet")
    save_keystore(key_signer(KEY), "artist", tmp_path / "home" / "keystores", PASSWORD)
    env = {
        "LAB_RPC_URL": node, "NFTFORGE_KEYSTORE": "artist",
        "NFTFORGE_HOME": str(tmp_path / "home"), "NFTFORGE_PRIVATE_KEY": "",
    }  # fmt: skip
    with terminal("-m", "nftforge", "run", path, columns=columns, env=env) as seen:
        seen.wait_for("Keystore password:")
        standing(seen.rest(1.0), "Keystore password:")
        seen.type(f"{PASSWORD}\r")
        seen.wait_for("Send to lab")
        standing(seen.rest(1.0), "[y/N]:")
        assert PASSWORD not in seen.screen and PASSWORD.encode() not in seen.seen
        seen.type("n\r")
        assert seen.finish() == 7


@pytest.mark.anvil
def test_the_question_comes_again_when_going_on_costs_more(tmp_path, node):
    path = on_a_network(tmp_path, "testnet")
    with fault_proxy(node) as proxy:
        env = {"LAB_RPC_URL": proxy.url, "NFTFORGE_PRIVATE_KEY": KEY}
        proxy.on("eth_maxPriorityFeePerGas", answer(hex(500 * 10**9)), times=-1, skip=3)
        with terminal("-m", "nftforge", "run", path, env=env) as seen:
            seen.wait_for("Send to lab")
            seen.type("y\r")
            again = seen.wait_for("more than was agreed to")
            again = seen.wait_for("[y/N]: y\n") and seen.rest(2.0)
            standing(again, "[y/N]:")
            assert "is spent; the rest:" in again and len(proxy.sent()) == 1
            seen.type("n\r")
            assert seen.finish() == 7
            assert "not confirmed; nothing more was sent" in seen.screen
        assert len(proxy.sent()) == 1


@pytest.mark.parametrize("columns", COLUMNS)
def test_bars_rest_while_somebody_is_asked_and_then_go_on(columns):
    """Two bars and threads that go on reporting: the question and its answer stay."""
    with terminal(BARS, columns=columns) as seen:
        seen.wait_for("Really?")
        before = seen.rest(1.0)
        standing(before, "Really? [y/N]:")
        assert "first" not in before and "said meanwhile" not in before
        seen.type("y\r")
        after = seen.wait_for("second")
        assert "Really? [y/N]: y\n" in after and "first" in after
        assert "said meanwhile" in seen.wait_for("answered True")
        assert "confirm it on the Ledger" in seen.screen
        assert "Really? [y/N]: y\n" in seen.screen
        assert seen.finish() == 0
        assert "Really? [y/N]: y\n" in seen.screen and not seen.cursor_hidden


def test_nobody_is_asked_where_the_question_could_not_be_seen(tmp_path):
    code = (
        "import os, sys\n"
        "from nftforge.cli.prompts import can_ask\n"
        "here = can_ask()\n"
        "sys.stderr = open(os.devnull, 'w')\n"
        "print(here, can_ask())\n"
    )
    with terminal("-c", code) as seen:
        assert seen.finish() == 0
        assert "True False" in seen.screen


def test_everything_that_asks_asks_in_one_place():
    """Elsewhere a bar would erase it."""
    asking = {"prompt", "confirm", "input", "getpass", "Prompt", "Confirm", "readline"}
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / "nftforge").rglob("*.py"))
        if path.name != "prompts.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id in asking - {"confirm"})
            or (
                isinstance(node.func, ast.Attribute)
                and node.func.attr in asking - {"readline"}
                and getattr(node.func.value, "id", "") in ("typer", "click", "getpass", "rich")
            )
        )
    ]
    assert found == []
