"""What v0.1.0 minted, under a release of nftforge whose new collections get another contract."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from golden.golden import kept
from golden.subjects import as_v0_1_0

TESTS = Path(__file__).parents[1]
FILE = "collection.yaml"


def next_nftforge(desk, *arguments):
    """The command line of that release."""
    path = os.pathsep.join([str(TESTS.parent), str(TESTS)])
    return subprocess.run(
        [sys.executable, "-m", "support.another_contract", *arguments],
        cwd=desk.folder,
        env={**os.environ, "PYTHONPATH": path, "NFTFORGE_HOME": str(desk.folder / "home")},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("command", ["status", "plan", "verify"])
def test_a_finished_collection_is_shown_as_before(tmp_path, command):
    desk = kept("finished", tmp_path)
    before = desk.run(command, FILE, "--json")
    after = next_nftforge(desk, command, FILE, "--json")
    assert (before.code, after.returncode) == (0, 0), after.stderr
    assert desk.mask(after.stdout) == before.out


def test_with_its_journal_lost_it_is_found_and_not_deployed_again(tmp_path):
    desk = kept("finished", tmp_path)
    contract = desk.run("status", FILE, "--json").json["contract"]
    shutil.rmtree(desk.work / "journal")  # which said what defaults it was minted by
    (tmp_path / FILE).write_text(as_v0_1_0((tmp_path / FILE).read_text()))
    again = next_nftforge(desk, "run", FILE)
    assert again.returncode == 0, again.stderr
    status = desk.run("status", FILE, "--json").json
    assert status["contract"] == contract
    assert [piece["state"] for piece in status["pieces"]] == ["minted", "minted"]
    journals = [path.stem for path in (desk.work / "journal").glob("embedded*.jsonl")]
    assert all(not desk.events(name)[1:] for name in journals)


def test_what_was_signed_and_not_sent_is_sent_and_nothing_else(tmp_path):
    desk = kept("interrupted", tmp_path)
    signed = {row["data"]["kind"] for row in desk.events("embedded")[1:]}
    assert signed == {"deploy", "mint"}
    again = next_nftforge(desk, "run", FILE)
    assert again.returncode == 0, again.stderr
    kinds = [row["data"]["kind"] for row in desk.events("embedded")[1:] if row["event"] == "intent"]
    assert kinds == ["deploy", "mint"]
