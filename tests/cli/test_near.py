"""Names near to a mistyped one, and what is never suggested."""

from __future__ import annotations

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from support import nftforge

from nftforge.cli.app import app
from nftforge.cli.near import OTHER_COMMANDS, did_you_mean, distance, nearest

HARMLESS = [
    "init", "plan", "paint", "render", "status", "sheet", "verify", "gallery", "open", "stroke",
    "draw", "cid", "brushes", "networks", "doctor", "schema", "wallet", "ipfs", "help", "version",
]  # fmt: skip
CAREFUL = [
    "run", "pin", "mint", "update", "reveal", "freeze", "transfer-ownership", "verify-source",
]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mnit", "mint"), ("reveel", "reveal"), ("frezee", "freeze"), ("rnu", "run"),
        ("updtae", "update"), ("transfer-owership", "transfer-ownership"), ("mind", "mint"),
        ("verfy", "verify"), ("plna", "plan"), ("gal", "gallery"), ("stat", "status"),
        ("opne", "open"), ("verify-sorce", "verify-source"),
    ],
)  # fmt: skip
def test_a_slip_finds_what_was_meant(typed, meant):
    assert meant in nearest(typed, HARMLESS, CAREFUL)


@pytest.mark.parametrize(
    "typed", ["transfer", "free", "freez", "r", "ru", "upd", "reve", "trans", "m", "source"]
)
def test_what_costs_is_never_suggested_for_a_part_of_its_name(typed):
    assert not {*nearest(typed, HARMLESS, CAREFUL)} & {*CAREFUL}


@given(st.text("abcdefghijklmnopqrstuvwxyz-", max_size=20))
def test_what_costs_is_a_letter_or_two_away(typed):
    found = nearest(typed, HARMLESS, CAREFUL)
    assert len(found) <= 3
    for name in {*found} & {*CAREFUL}:
        assert distance(typed, name) <= (1 if len(name) < 6 else 2) and typed not in name


def test_what_does_no_harm_comes_first_where_both_are_as_near():
    assert nearest("mnit", HARMLESS, CAREFUL) == ["init", "mint"]
    assert nearest("verift", HARMLESS, CAREFUL)[0] == "verify"


def test_the_distance_counts_letters_and_swaps():
    pairs = {("", "abc"): 3, ("ab", "ba"): 1, ("abc", "abd"): 1, ("abcd", "acd"): 1, ("a", "a"): 0}
    assert {pair: distance(*pair) for pair in pairs} == pairs


def test_other_tools_words_lead_to_commands_there_are():
    commands = typer.main.get_command(app).commands
    assert {*OTHER_COMMANDS.values()} <= {*commands} and not {*OTHER_COMMANDS} & {*commands}


def test_names_are_said_in_one_sentence():
    assert did_you_mean([]) == ""
    assert did_you_mean(["a", "b"]) == " Did you mean 'a' or 'b'?"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["mnit"], "No such command 'mnit'. Did you mean 'init' or 'mint'?"),
        (["sell"], "No such command 'sell'. Did you mean 'list'?"),
        (["unlist"], "No such command 'unlist'. Did you mean 'delist'?"),
        (["wallet", "sell"], "No such command 'sell'.\n"),
        (["transfe", "x"], "No such command 'transfe'.\n"),
        (["wallet", "nwe"], "No such command 'nwe'. Did you mean 'new'?"),
        (["help", "vreify"], "No such command 'vreify'. Did you mean 'verify'?"),
        (["run", "--netwrok", "x"], "No such option: --netwrok. Did you mean '--network'?"),
        (["run", "--dryrun"], "No such option: --dryrun. Did you mean '--dry-run'?"),
        (["run", "--colr", "x"], "No such option: --colr. Did you mean '--color'?"),
        (["run", "--yse"], "No such option: --yse. Did you mean '--yes'?"),
        (["stroke", "a.png", "--html"], "No such option: --html. `nftforge draw` has it."),
        (["plan", "--only-this"], "No such option: --only-this.\n"),
        (["plan", "--broadcast"], "No such option: --broadcast.\n"),
        (["run", "--ye"], "No such option: --ye.\n"),
        (["run", "--broad"], "No such option: --broad.\n"),
        (["run", "--give"], "No such option: --give.\n"),
    ],
)
def test_commands_and_options_are_found(tmp_path, arguments, said):
    done = nftforge(*arguments, cwd=tmp_path)
    assert done.code == 2 and said in done.err
