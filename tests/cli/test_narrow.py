"""Every table in a real pseudo-terminal, 40 to 200 columns wide, and the same in a pipe."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from support import small_collection
from support.terminal import terminal

from nftforge.cli.columns import CUT, cells

COMMANDS = Path(__file__).parent / "commands.py"
TABLES = [
    "status", "--", "plan", "--", "verify", "--", "networks", "--", "brushes", "--", "doctor", "--",
    "run", "--dry-run",
]  # fmt: skip
CID = re.compile(r"\bbaf[a-z2-7]{56}\b")
BEGUN = re.compile(r"baf[a-z2-7]{9}|0x[0-9a-fA-F]{9}")
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{40}\b")


@pytest.fixture(scope="module")
def painted(tmp_path_factory):
    """A collection whose pieces are minted; one has a long name."""
    path = small_collection(tmp_path_factory.mktemp("art"))
    path.write_text(path.read_text().replace("name: Two", f"name: Two, id: {'long-' * 9}name"))
    return path.parent


@pytest.fixture(scope="module")
def piped(painted):
    command = [sys.executable, str(COMMANDS), "run", "--", *TABLES]
    done = subprocess.run(command, cwd=painted, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal(painted, piped, columns, monkeypatch):
    monkeypatch.chdir(painted)
    with terminal(COMMANDS, "run", "--", *TABLES, columns=columns) as seen:
        assert seen.finish() == 0, seen.screen
        assert [line for line in seen.lines if cells(line) > columns] == []
        text = "\n".join(seen.lines)
    assert "minted" in text and "sepolia" in text and "watercolor" in text
    broken = [
        word
        for word in text.split()
        if BEGUN.search(word) and not (CUT in word or CID.search(word) or ADDRESS.search(word))
    ]
    assert broken == []
    if columns >= 80:
        whole = {*CID.findall(piped), *ADDRESS.findall(piped)}
        assert whole <= {*CID.findall(text), *ADDRESS.findall(text)}
    assert (CUT in text) == (columns < 200)


def test_nothing_is_cut_in_a_pipe(piped):
    assert CUT not in piped and max(map(len, piped.splitlines())) > 100
    assert len(CID.findall(piped)) > 10 and "\x1b" not in piped
    assert f"{'long-' * 9}name" in piped


@pytest.mark.parametrize("columns", [40, 60])
def test_help_and_complaints_fit_too(columns):
    for arguments in (["--help"], ["run", "/nowhere/" + "far/" * 20 + "away.yaml"], ["mnit"]):
        with terminal("-m", "nftforge", *arguments, columns=columns) as seen:
            seen.finish()
            assert seen.lines and all(cells(line) <= columns for line in seen.lines)


def test_a_key_that_is_cut_is_no_less_secret(tmp_path):
    """Redacted first: half a key would not be known to be one."""
    key = "ab" * 32
    code = (
        "from nftforge.cli.redaction import guard_streams\n"
        "from nftforge.cli.output import show\n"
        "guard_streams()\n"
        f"show('the node says: {key} is wrong')\n"
    )
    with terminal("-c", code, columns=40, env={"NFTFORGE_PRIVATE_KEY": key}) as seen:
        seen.finish()
        assert "abab" not in seen.screen and "<NFTFORGE_PRIVATE_KEY>" in seen.screen
