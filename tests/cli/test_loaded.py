"""support.loaded: a forked command is the program that an interpreter of its own would run."""

from __future__ import annotations

import json

import pytest
from support import nftforge, small_collection


@pytest.mark.parametrize(
    "arguments", [("version",), ("brushes",), ("run", "--no-such"), ("cid", "nowhere"), ("status",)]
)
def test_it_says_and_ends_as_a_program_started_afresh(tmp_path, arguments):
    forked = nftforge(*arguments, cwd=tmp_path)
    assert forked == nftforge(*arguments, cwd=tmp_path, afresh=True)
    assert forked.out or forked.err


def test_it_has_its_own_environment_and_folder(tmp_path):
    small_collection(tmp_path)
    (tmp_path / ".env").write_text("SEPOLIA_RPC_URL=http://127.0.0.1:9/of-the-dotenv\n")
    for env in ({}, {"SEPOLIA_RPC_URL": "http://127.0.0.1:9/of-the-environment"}, {}):
        ways = [nftforge("networks", "--json", cwd=tmp_path, env=env, afresh=a) for a in (0, 1)]
        assert ways[0] == ways[1] and json.loads(ways[0].out)


def test_what_outlives_its_time_is_killed_and_leaves_the_next_alone(tmp_path):
    path = small_collection(tmp_path)
    assert nftforge("run", path, kill_after_s=0.05).code == -9
    assert nftforge("run", path).code == 0
