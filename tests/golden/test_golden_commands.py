"""Frozen: every help text, the schema, what there is, and every complaint, plain and as JSON."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from golden.bad_usage import CASES, ON_A_NODE
from golden.golden import Desk, goldens
from golden.subjects import small
from support.anvil import anvil

COMMANDS = [
    "", "init", "run", "plan", "paint", "render", "pin", "mint", "status", "sheet", "verify",
    "gallery", "open", "update", "reveal", "freeze", "transfer-ownership", "verify-source",
    "stroke", "draw", "cid", "brushes", "networks", "doctor", "schema", "version", "help",
    "wallet", "wallet new", "wallet import", "wallet address", "wallet ledger", "ipfs",
    "ipfs serve",
]  # fmt: skip
PLAIN_TOO = ("no such stage", "no such piece", "unknown keys", "an unknown brush", "cid of nothing",
             "verify what is not minted", "no RPC on a test network")  # fmt: skip


def side_by_side(work, items):
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(work, items))


def test_help(tmp_path):
    desk = Desk(tmp_path)

    def help_of(command):
        said = desk.run(*command.split(), "--help")
        assert said.code == 0 and not said.err, said
        return f"$ nftforge {command} --help\n{said.out}\n"

    with goldens() as golden:
        golden.check("help.txt", "\n".join(side_by_side(help_of, COMMANDS)))


def test_what_there_is(tmp_path):
    desk = Desk(tmp_path)
    asked = ["schema", "--version", "brushes", "brushes --json", "networks", "networks --json", ""]
    with goldens() as golden:
        said = side_by_side(lambda words: desk.run(*words.split()).row, asked)
        golden.check("schema.json", said[0]["stdout"])
        golden.check("there-is.json", dict(zip(asked[1:], said[1:], strict=True)))


def test_networks_say_which_have_a_node(tmp_path):
    with goldens() as golden:
        said = Desk(tmp_path).run("networks", SEPOLIA_RPC_URL="https://node.example")
        golden.check("networks-with-a-node.txt", said.out)


def test_bad_usage(tmp_path):
    def complaint(case):
        name, given = case
        return given.rows(given.desk(tmp_path / name))

    def plain(name):
        given = CASES[name]
        return given.desk(tmp_path / f"plain {name}").run(*given.arguments, **given.env).row

    with goldens() as golden:
        rows = side_by_side(complaint, CASES.items())
        golden.check("complaints.json", dict(zip(CASES, rows, strict=True)))
        rows = side_by_side(plain, PLAIN_TOO)
        golden.check("complaints-plain.json", dict(zip(PLAIN_TOO, rows, strict=True)))


@pytest.mark.anvil
def test_bad_usage_against_a_node(tmp_path):
    with ExitStack() as stack, goldens() as golden:
        nodes = {
            "SEPOLIA_RPC_URL": stack.enter_context(anvil("--chain-id", "11155111")),
            "ARBITRUM_RPC_URL": stack.enter_context(anvil("--chain-id", "42161")),
        }
        nodes["MAINNET_RPC_URL"] = nodes["SEPOLIA_RPC_URL"]

        def complaint(case):
            name, given = case
            return given.rows(given.desk(tmp_path / name, painted=True), **nodes)

        rows = side_by_side(complaint, ON_A_NODE.items())
        golden.check(
            "complaints-node.json", dict(zip(ON_A_NODE, without(rows, nodes), strict=True))
        )


def without(rows, nodes):
    """`rows` without the ports, which are drawn."""
    text = json.dumps(rows)
    for name, url in nodes.items():
        text = text.replace(url, f"<{name}>").replace(url.partition("//")[2], f"<{name}>")
    return json.loads(text)


def test_a_starter_collection(tmp_path):
    with goldens() as golden:
        said = Desk(tmp_path).run("init", "new")
        written = sorted(path.name for path in (tmp_path / "new").rglob("*"))
        text = (tmp_path / "new" / "collection.yaml").read_text(encoding="utf-8")
        golden.check("init.json", {**said.row, "files": written, "text": text.splitlines()})


def test_keys(tmp_path):
    """A key that everyone knows, kept and found again; what is encrypted is random."""
    desk = small(tmp_path)
    key = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80\n"
    with goldens() as golden:
        kept = desk.run(
            "wallet", "import", "mine", stdin=key, NFTFORGE_KEYSTORE_PASSWORD="correct horse"
        )
        again = desk.run(
            "wallet", "import", "mine", stdin=key, NFTFORGE_KEYSTORE_PASSWORD="correct horse"
        )
        rows = [kept.row, again.row, desk.run("wallet", "address").row]
        golden.check("wallet.json", [*rows, desk.run("wallet", "address", "mine").row])
