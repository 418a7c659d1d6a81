"""Sourcify's own library says that the shipped source gives the deployed bytes, to the last one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.anvil import anvil
from support.machine import Machine

from nftforge.pipeline.minting.open import open_session
from nftforge.pipeline.minting.owner import deployed_source

pytestmark = [pytest.mark.anvil, pytest.mark.slow]


def verdict(source, url, standard_json):
    given = {
        "contract": source.contract,
        "compiler": source.compiler,
        "standard_json": standard_json,
        "chain_id": source.chain_id,
        "address": source.address,
        "rpc": url,
    }
    node = Path(sys.executable).parent / "node"
    script = Path(__file__).with_name("sourcify.mjs")
    done = subprocess.run([node, script], input=json.dumps(given), capture_output=True, text=True)
    return done.stdout.splitlines()[-1]


def test_the_shipped_source_is_a_perfect_match_and_a_changed_one_is_not(tmp_path):
    with anvil() as url:
        machine = Machine(tmp_path, url)
        machine.mint()
        with open_session(machine.job) as session:
            source = deployed_source(session)
        assert verdict(source, url, source.standard_json) == "perfect"
        changed = json.loads(json.dumps(source.standard_json))
        file = changed["sources"]["src/ForgeCollection.sol"]
        file["content"] += "// one comment more"
        assert verdict(source, url, changed) == "partial"
