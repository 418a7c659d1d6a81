"""Calls that are refused before they are made, and whether the Solidity tests test the contract."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from nftforge.chain.contract import NOBODY, commit_provenance
from nftforge.chain.known_contracts import latest
from nftforge.core.errors import GuardError

ROOT = Path(__file__).parents[2]


def test_a_commitment_to_zero_is_not_made():
    """The contract would emit its event, and still show that nothing was committed to."""
    with pytest.raises(GuardError, match="commitment of zero"):
        commit_provenance(NOBODY, bytes(32))


def test_any_other_commitment_is():
    data = commit_provenance(NOBODY, bytes(31) + b"\1").data
    assert data[4:] == bytes(31) + b"\1"


def test_the_table_of_who_may_call_what_names_every_function_that_changes_something():
    table = (ROOT / "contracts" / "test" / "Access.t.sol").read_text()
    named = set(re.findall(r'"(\w+\([a-z0-9,\[\]]*\))"', table))
    changing = {
        f"{entry['name']}({','.join(given['type'] for given in entry['inputs'])})"
        for entry in latest().artifact["abi"]
        if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")
    }
    assert changing and changing == named


@pytest.mark.anvil
def test_the_solidity_tests_notice_a_sample_of_what_can_break():
    script = [sys.executable, ROOT / "scripts" / "mutate-contract", "--sample", "3"]
    run = subprocess.run(script, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.splitlines()[-1] == "3 mutants, 3 killed"
