"""Sixty ways to use nftforge wrongly: the command line, and what is wrong with the folder.

Every case gets a folder of its own with `collection.yaml` (the small one, with `edits` made to its
text) and the files named.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from golden.golden import KEPT, Desk
from golden.subjects import HIDDEN, SMALL, small

FILE = "collection.yaml"
KEY = "1" * 64  # nobody's
DEV = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"  # anvil's first account
RICH = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"  # and its second
SOME = "0x52908400098527886E0F7030069857D2E4169EE7"
MISTYPED = SOME[:-3] + "eE7"
HEADER = "piece,address\n"


@dataclass(frozen=True)
class Case:
    arguments: tuple[str, ...]
    edits: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    stdin: str = ""
    json: bool = True  # whether the command has --json
    text: str = SMALL

    def desk(self, folder: Path, painted: bool = False) -> Desk:
        """In `folder`, with what v0.1.0 painted and drew, if asked for."""
        text = self.text.replace("white}", "white, relief: 0, flow: 0}") if painted else self.text
        for old, new in self.edits.items():
            assert old in text, old
            text = text.replace(old, new)
        desk = small(folder, text)
        for name, content in self.files.items():
            (folder / name).write_text(content, encoding="utf-8")
        if painted:
            shutil.copytree(KEPT / "finished" / "dot-nftforge" / "store", desk.work / "store")
        return desk

    def rows(self, desk: Desk, **env: str) -> dict[str, Any]:
        """What is said, with --json where the command has it."""
        asked = ["--json"] if self.json else []
        return desk.run(*self.arguments, *asked, stdin=self.stdin, **env, **self.env).row


def edited(old: str, new: str, *arguments: str, **rest: object) -> Case:
    return Case(arguments or ("plan", FILE), {old: new}, **rest)  # type: ignore[arg-type]


def airdrop(csv: str) -> Case:
    return edited("embedded}", "embedded, to: who.csv}", files={"who.csv": csv})


def on(network: str, *arguments: str, **env: str) -> Case:
    return Case((*arguments, FILE, "--network", network), env=env)


def on_arbitrum(*arguments: str, **env: str) -> Case:
    """With media that nobody else holds, and told so."""
    here = {"mint: {": "pin: {to: [local], only_here: true}\nmint: {"}
    return Case((*arguments, FILE, "--network", "arbitrum"), here, env=env)


CASES: dict[str, Case] = {
    # --- the command line
    "no such command": Case(("mnit", FILE), json=False),
    "no such option": Case(("run", FILE, "--fast")),
    "a mistyped option": Case(("run", FILE, "--netwrok", "sepolia")),
    "a part of a dangerous command": Case(("transfe", FILE, SOME), json=False),
    "no such colour": Case(("run", FILE, "--color", "blue")),
    "a folder without a collection": Case(("run", "images")),
    "no such stage": Case(("run", FILE, "--until", "frame")),
    "no such piece": Case(("plan", FILE, "--only", "one,nine")),
    "no such network": on("moonbase", "plan"),
    "a number that is none": Case(("run", FILE, "--confirm-chain", "one")),
    "pin to names without a backup": Case(("pin", "--to", "local")),
    "pin from a file that is not there": Case(("pin", FILE, "--from", "nowhere.car")),
    "pin from a file that is no CAR": Case(("pin", "--from", FILE, "--to", "local")),
    "pin to an unknown back-end": Case(("pin", "--from", FILE, "--to", "cloud")),
    "pin from a CAR with a file and a name": Case(("pin", FILE, "--from", FILE, "--to", "local")),
    "verify a file and a contract": Case(("verify", FILE, "--contract", SOME)),
    "verify a contract without a network": Case(("verify", "--contract", SOME)),
    "verify what is not minted": Case(("verify", FILE)),
    "verify no contract of ours": Case(("verify", "--contract", SOME, "--network", "embedded")),
    "verify no address": Case(("verify", "--contract", "0x12", "--network", "embedded")),
    "reveal of nothing": Case(("reveal", FILE)),
    "freeze of nothing": Case(("freeze", FILE)),
    "transfer to a wrong checksum": Case(("transfer-ownership", FILE, MISTYPED)),
    "transfer of nothing": Case(("transfer-ownership", FILE, SOME)),
    "sheet in no format": Case(("sheet", FILE, "--out", "sheet.bmp")),
    "source of nothing": Case(("verify-source", FILE)),
    "stroke of nothing": Case(("stroke", "none.png", "--out", "out")),
    "stroke of text": Case(("stroke", FILE, "--out", "out")),
    "stroke with an unknown brush": Case(
        ("stroke", "images/one.png", "--out", "out", "--brush", "broom")
    ),
    "stroke with wrong options": Case(
        ("stroke", "images/one.png", "--out", "out", "--palette", "99", "--loss", "l3")
    ),
    "draw of no stroke file": Case(("draw", FILE, "--out", "out")),
    "cid of nothing": Case(("cid", "nowhere")),
    "cid with an unknown profile": Case(("cid", FILE, "--profile", "v9")),
    "init where something is": Case(("init", "."), json=False),
    "ipfs of nothing": Case(("ipfs", "serve", FILE), json=False),
    "no such keystore": Case(("wallet", "address", "nobody"), json=False),
    "a key that is none": Case(("wallet", "import", "mine"), stdin="0x12\n", json=False),
    "a key without a password": Case(("wallet", "new", "mine"), json=False),
    # --- the collection file
    "no collection file": Case(("plan", "nowhere.yaml")),
    "no YAML": edited("symbol: KPT", "symbol: [KPT"),
    "no mapping": Case(("plan", FILE), text="- one\n- two\n"),
    "the same key twice": edited("symbol: KPT", "symbol: KPT\nsymbol: KPT"),
    "unknown keys": edited("seed: 3", "sead: 3\ncolour: red"),
    "missing keys": edited("name: Kept\nsymbol: KPT\n", ""),
    "values of every wrong kind": Case(
        ("plan", FILE),
        {
            "strokes: 6": "strokes: 0",
            "canvas: white": "canvas: whitish",
            "frames: 3": "frames: x",
            "name: One": "name: 1",
            "Kind: first": "Kind: [first]",
            "display_type: number": "display_type: figure",
            "{image: images/two.png": "{image: images/two.png, id: Zwei!",
            "2.5}": "80, address: '0x12'}",
            "embedded}": f"embedded, to: '{MISTYPED}'}}",
        },
    ),
    "more faults than are shown": Case(
        ("plan", FILE),
        {"white}": "".join(f"white, x{n}: 1" if n == 0 else f", x{n}: 1" for n in range(12)) + "}"},
    ),
    "values that are too large, or texts": edited(
        "strokes: 6, size: 48", 'strokes: "6", palette: 0, size: 9000'
    ),
    "two limits": edited("frames: 3", "frames: 3, max_mb: 1, min_psnr: 30"),
    "the same id twice": edited("{image: images/two.png", "{image: images/two.png, id: one"),
    "a missing picture": edited("images/two.png", "images/gone.png"),
    "a missing placeholder": Case(("plan", FILE), {"hidden.png": "gone.png"}, text=HIDDEN),
    "an unknown brush": edited("brush: oil", "brush: broom"),
    "a brush without its picture": edited("brush: oil", "brush: broom.png"),
    "an unknown back-end": edited("mint:", "pin: {to: [cloud]}\nmint:"),
    "a back-end without a key": edited("mint:", "pin: {to: [pinata]}\nmint:", "pin", FILE),
    "a network of ours redefined": edited("mint:", "networks: {sepolia: {chain_id: 5}}\nmint:"),
    "a chain id of ours": edited(
        "mint: {network: embedded}",
        "networks: {other: {chain_id: 1}}\nmint: {network: other}",
    ),
    "an airdrop that is not there": edited("embedded}", "embedded, to: gone.csv}"),
    "an airdrop without a header": airdrop(f"one,{SOME}\n"),
    "an airdrop with an unknown piece": airdrop(f"{HEADER}one,{SOME}\nnine,{SOME}\n"),
    "an airdrop with a piece twice": airdrop(f"{HEADER}one,{SOME}\none,{SOME}\n"),
    "an airdrop without a piece": airdrop(f"{HEADER}one,{SOME}\n"),
    "an airdrop with a bad address": airdrop(f"{HEADER}one,{SOME}\ntwo,0x12\n"),
    # --- networks and keys
    "no RPC on a test network": on("sepolia", "plan", NFTFORGE_PRIVATE_KEY=KEY),
    "an RPC that is no address": on(
        "sepolia", "plan", SEPOLIA_RPC_URL="ftp://node", NFTFORGE_PRIVATE_KEY=KEY
    ),
    "no such device": Case(("paint", FILE), env={"NFTFORGE_DEVICE": "abacus"}),
}

# The same against a node (`anvil` with that chain id), as far as it gets without sending.
ON_A_NODE: dict[str, Case] = {
    "no key on a test network": on("sepolia", "plan"),
    "a bad key": on("sepolia", "plan", NFTFORGE_PRIVATE_KEY="12"),
    "an unknown keystore": on("sepolia", "plan", NFTFORGE_KEYSTORE="nobody"),
    "a key and a Ledger": on(
        "sepolia", "plan", NFTFORGE_PRIVATE_KEY=KEY, NFTFORGE_LEDGER="default"
    ),
    "no funds": on("sepolia", "run", "--yes", NFTFORGE_PRIVATE_KEY=KEY),
    "nobody to ask": on("sepolia", "run", NFTFORGE_PRIVATE_KEY=RICH),
    "a contract of another": Case(
        ("plan", FILE, "--network", "sepolia"),
        {"2.5}": f"2.5, address: '{SOME}'}}"},
        env={"NFTFORGE_PRIVATE_KEY": RICH},
    ),
    "another chain than the network's": on("mainnet", "plan", NFTFORGE_PRIVATE_KEY=RICH),
    "a mainnet and media on this disk only": on("arbitrum", "run", NFTFORGE_PRIVATE_KEY=RICH),
    "a mainnet without consent": on_arbitrum("run", "--yes", NFTFORGE_PRIVATE_KEY=RICH),
    "a mainnet confirmed as another": on_arbitrum(
        "run", "--broadcast", "--confirm-chain", "1", NFTFORGE_PRIVATE_KEY=RICH
    ),
    "a mainnet and nobody to ask": on_arbitrum("run", "--broadcast", NFTFORGE_PRIVATE_KEY=RICH),
    "less than it costs": on(
        "sepolia", "run", "--yes", "--max-cost", "1000 gwei", NFTFORGE_PRIVATE_KEY=RICH
    ),
    "the public test key on a mainnet": on_arbitrum("run", NFTFORGE_PRIVATE_KEY=DEV),
}
