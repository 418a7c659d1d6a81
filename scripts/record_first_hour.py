#!/usr/bin/env python3
"""Record a newcomer's first hour as an asciicast: `asciinema play docs/lab/first-hour.cast`.

Everything is real: a pseudo-terminal of 80 columns, the command line, and for `--network sepolia`
an Anvil on this machine with Sepolia's chain id. Only waiting is cut short. `--out FILE`.

Source of the format: https://docs.asciinema.org/manual/asciicast/v2/
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from support.anvil import anvil, rpc  # noqa: E402
from support.terminal import terminal  # noqa: E402

from nftforge.chain.wallet import key_signer  # noqa: E402

KEY = "0x" + "42" * 32  # of nobody
COLUMNS, ROWS = 80, 24
LONGEST_S = 0.4  # a pause in the recording
STEPS = (
    ("init my-art", ()),
    ("check my-art", ()),
    ("run my-art", ()),
    ("run my-art", ()),
    ("status my-art", ()),
    ("plan my-art --network sepolia", ()),
    ("run my-art --network sepolia", ("Send to sepolia?", "y\r")),
    ("verify my-art --network sepolia", ()),
)


class Cast:
    """The lines of the recording, and its clock."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.clock = 0.0
        self._last = time.monotonic()

    def write(self, text: str) -> None:
        now = time.monotonic()
        self.clock += min(now - self._last, LONGEST_S)
        self._last = now
        self.lines.append(json.dumps([round(self.clock, 3), "o", text], ensure_ascii=False))


def play(cast: Cast, command: str, answer: tuple[str, ...], env: dict[str, str]) -> int:
    """Run `nftforge COMMAND` in a terminal; its exit code."""
    cast.write(f"\x1b[1m$ nftforge {command}\x1b[0m\r\n")
    arguments = ("-m", "nftforge", *command.split())
    with terminal(*arguments, columns=COLUMNS, env=env) as child:
        shown = 0
        if answer:
            child.wait_for(answer[0])
            child.rest(0.5)
            cast.write(child.seen[shown:].decode(errors="replace"))
            shown = len(child.seen)
            child.type(answer[1])
        code = child.finish(600)
        cast.write(child.seen[shown:].decode(errors="replace"))
    cast.write("\r\n")
    return code


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "lab" / "first-hour.cast")
    out = parser.parse_args().out.resolve()
    cast = Cast()
    with (
        tempfile.TemporaryDirectory() as folder,
        anvil("--chain-id", "11155111", "--block-time", "1") as url,
    ):
        os.chdir(folder)
        rpc(url, "anvil_setBalance", key_signer(KEY).address, hex(10**18))
        env = {
            "SEPOLIA_RPC_URL": url, "NFTFORGE_PRIVATE_KEY": KEY, "PYTHONPATH": str(ROOT),
            "NFTFORGE_HOME": str(Path(folder) / "home"),
        }  # fmt: skip
        for command, answer in STEPS:
            code = play(cast, command, answer, env)
            print(f"{code}  nftforge {command}", file=sys.stderr)
            if code:
                sys.exit(f"`nftforge {command}` ended with {code}")
    header = {"version": 2, "width": COLUMNS, "height": ROWS, "title": "nftforge, the first hour"}
    out.write_text("\n".join([json.dumps(header), *cast.lines]) + "\n", encoding="utf-8")
    print(f"{out}: {out.stat().st_size / 1000:.0f} kB, {cast.clock:.0f} s")


if __name__ == "__main__":
    main()
