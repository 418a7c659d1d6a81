"""What every command can be told, before its name and after it."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import nftforge, small_collection

from nftforge.cli.everywhere import Everywhere, taken_from
from nftforge.cli.loudness import Loudness
from nftforge.core.errors import ConfigError

FILE = ["run", "file.yaml"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["-v"], Everywhere(Loudness.VERBOSE)),
        (["--quiet"], Everywhere(Loudness.QUIET)),
        (["--color", "never"], Everywhere(colour="never")),
        (["--color=always"], Everywhere(colour="always")),
        (["--log", "x"], Everywhere(log=Path("x"))),
        (["--debug"], Everywhere()),
    ],
)
def test_each_stands_before_the_command_and_after_it(words, found):
    assert taken_from([*words, *FILE]) == (found, FILE)
    assert taken_from([*FILE, *words]) == (found, FILE)
    assert taken_from([FILE[0], *words, FILE[1]]) == (found, FILE)


def test_what_follows_two_dashes_is_no_option():
    assert taken_from(["cid", "--", "-v"]) == (Everywhere(), ["cid", "--", "-v"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--color"], "--color needs a value: auto, always or never"),
        (["--color", "blue"], "--color blue: it is auto, always or never"),
        (["--log"], "--log needs a value: the name of a file"),
    ],
)
def test_a_value_that_is_missing_or_wrong_is_told(words, said):
    with pytest.raises(ConfigError, match=said):
        taken_from([*FILE, *words])


def test_quiet_prints_results_only_and_verbose_says_where_from(tmp_path):
    path = small_collection(tmp_path)
    (tmp_path / ".env").write_text("PINATA_JWT=eyJsecret\nLAB_RPC_URL=http://127.0.0.1:1\n")
    first = nftforge("run", path, "-q")
    assert first.err == "" and "2 pieces" in first.out
    usual, verbose = nftforge("run", path), nftforge("run", "-v", path)
    assert "cached" not in usual.err and "its work is in" not in usual.err
    assert "paint one: cached" in verbose.err and "pin two: cached (local)" in verbose.err
    assert f"{path}: its work is in {tmp_path / '.nftforge'}" in verbose.err
    assert "network embedded, chain 616261" in verbose.err
    assert f"{tmp_path / '.env'}: LAB_RPC_URL, PINATA_JWT\n" in verbose.err
    assert "secret" not in verbose.err and verbose.out == usual.out
