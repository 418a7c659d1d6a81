"""nftforge.cli.output: what others wrote can be read on a terminal, and does nothing to it."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import ROOT
from support.gallery_pages import COLLECTION, page, piece
from support.terminal import terminal

from nftforge.chain.networks import find_network
from nftforge.cli.output import (
    print_json,
    show,
    show_checks,
    show_findings,
    show_gallery,
    shown,
)
from nftforge.cli.screen import Screen
from nftforge.core.errors import ConfigError, FundsError, NftforgeError
from nftforge.gallery.models import MediaFile
from nftforge.pipeline import preflight
from nftforge.pipeline.gallery.page import GalleryPage

anything = st.text(st.characters(codec=None, exclude_categories=[]), max_size=40)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Größe 日本語 🎨 é", "Größe 日本語 🎨 é"),
        ("a\x1b[2Jb", r"a\u001b[2Jb"),
        ("\x07\x08\x7f\x80\x9b31m", r"\u0007\u0008\u007f\u0080\u009b31m"),
        ("two\nlines\r\tand", r"two\nlines\u000d\u0009and"),
        ("\u202eevil\u202c \u2066x\u2069", r"\u202eevil\u202c \u2066x\u2069"),
        ("\u200f\u200e\u061c", r"\u200f\u200e\u061c"),
        ("z\u200be\u200cr\u200do\ufeff\u2060", r"z\u200be\u200cr\u200do\ufeff\u2060"),
        ("half \ud800 of it", r"half \ud800 of it"),
        ("tag \U000e0041", r"tag \udb40\udc41"),
        ("line\u2028 and paragraph\u2029", r"line\u2028 and paragraph\u2029"),
    ],
)  # fmt: skip
def test_what_acts_or_hides_is_seen(text, seen):
    assert shown(text) == seen


@given(anything)
def test_no_text_acts_on_a_terminal(text):
    line = shown(text)
    line.encode()  # no half characters
    for letter in line:
        assert unicodedata.category(letter) not in ("Cc", "Cs", "Zl", "Zp")
        assert unicodedata.bidirectional(letter) not in (
            "LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI",
        )  # fmt: skip
    assert shown(line) == line


@given(st.recursive(anything, lambda inner: st.dictionaries(anything, inner, max_size=3)))
def test_json_means_the_same_and_acts_no_more(value):
    from contextlib import redirect_stdout
    from io import StringIO

    with redirect_stdout(StringIO()) as out:
        print_json(value)
    assert json.loads(out.getvalue()) == value
    assert all(shown(line) == line for line in out.getvalue().split("\n"))


def test_a_value_cannot_begin_a_line_of_its_own(capsys):
    show("name: x\n0 problems")
    with Screen(lambda text: text) as screen:
        screen.say("paint x\nminted")
        screen._last_line -= 100
        screen.progress("pin \x1b[2J", 1, 2, "\u202e")
    out, err = capsys.readouterr()
    assert out == "name: x\\n0 problems\n"
    assert err == "paint x\\nminted\npin \\u001b[2J: 50 % \\u202e\n"


def test_several_facts_are_several_lines_and_a_newline_in_one_is_not():
    error = ConfigError("one\nstill one", "two", hint="do this")
    assert error.facts == ("one\nstill one", "two") and str(error).startswith(
        "one\nstill one\ntwo\n"
    )


@pytest.mark.parametrize("error", NftforgeError.__subclasses__())
def test_every_error_says_its_facts(error):
    arguments = {"RevertedError": ("fact", "0x"), "ServiceRefusedError": ("fact", 400, "no")}
    assert error(*arguments.get(error.__name__, ("fact",))).facts == ("fact",)


def test_what_a_check_found_is_told_line_by_line_and_forges_no_line(capsys):
    def look() -> str:
        raise FundsError("nothing is there\n  ok  key", "faucets give some", hint="send some")

    rows = [preflight.row("funds", look), preflight.row("art", lambda: "a\nb")]
    show_checks("N", find_network("sepolia"), rows, False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:5] == [
        "  NO  funds          nothing is there\\n  ok  key",
        f"{'':>21}faucets give some",
        f"{'':>21}send some",
        "  ok  art            a\\nb",
    ]


def test_a_verdict_cannot_be_forged_by_a_token(capsys):
    forged = "x\r     1  cat  ok\x1b[K\n     2  dog                  ok"
    row = {
        "token_id": 1, "piece": forged, "problems": [f"no: {forged}"], "ok": False,
        "state": "failed", "retrieved": [], "pinned": [], "announced": None,
    }  # fmt: skip
    show_findings({"tokens": [row], "pinned": [], "provenance": None, "not_minted": []}, False)
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and "\r" not in out and "\x1b" not in out


def test_a_terminal_of_few_letters_is_no_error():
    done = subprocess.run(
        [sys.executable, "-m", "nftforge", "cid", "/Größe \x1b[2J"],
        env={"PYTHONIOENCODING": "ascii", "PATH": "/usr/bin", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert b"Gr\\xf6\\xdfe \\u001b[2J" in done.stderr and b"Traceback" not in done.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_a_stream_that_is_closed_is_no_error(tmp_path, closed):
    for words, code in (("brushes", 0), ("--help", 0), ("cid nowhere", 2)):
        command = f"{sys.executable} -m nftforge {words} {closed}"
        done = subprocess.run(command, shell=True, capture_output=True, cwd=tmp_path, check=False)
        assert done.returncode == code and b"Error" not in done.stderr, done


def test_a_question_cannot_be_forged_by_what_it_names():
    asks = r"from nftforge.cli.prompts import ask_yes; print(ask_yes('x\x1b[1K\r\nSend?'))"
    with terminal("-c", asks) as person:
        person.wait_for(r"x\u001b[1K\u000d\nSend? [y/N]:")
        person.type("y\n")
        assert person.finish() == 0 and person.lines[-1] == "True"


WRITES = ("echo", "secho", "pprint")
PRINTS = {"__main__.py", "cli/output.py", "cli/prompts.py"}  # through `shown`


def test_nothing_else_prints():
    package = ROOT / "nftforge"
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", "") == "print" or getattr(node.func, "attr", "") in WRITES)
    }
    assert found <= PRINTS


# --- the gallery's summary ----------------------------------------------------------------------


def said_of(pieces, folder, capsys, **collection):
    shown = replace(COLLECTION, **collection)
    show_gallery(GalleryPage(shown, pieces, page(folder, pieces, shown)), False)
    return capsys.readouterr().err.splitlines()


def test_a_gallery_says_which_problems_and_which_advice_and_of_how_many_pieces(tmp_path, capsys):
    small = MediaFile("ipfs://s", "image/png", 9, 200, 200)
    smallish = MediaFile("ipfs://m", "image/png", 9, 500, 500)
    pieces = [piece(1, image=small), piece(2, image=smallish), piece(3, image=smallish)]
    said = said_of(pieces, tmp_path, capsys, royalty_percent=0.0)
    assert said[0] == "3 pieces, 3 minted; checks: 1 problem, 3 pieces of advice"
    assert [line.strip() for line in said[1:] if not line.startswith("    ")] == [
        "problem: The picture is smaller than 350 pixels (1 piece)",
        "advice: The picture is smaller than the 3000 pixels OpenSea asks for (2 pieces)",
        "advice: Pieces with the same picture (2 pieces)",
        "advice: The contract asks for no royalty",
    ]
    assert "    Set `contract: {royalty_percent: 5}` before it is deployed." in said


def test_a_gallery_counts_in_words_that_fit_one_and_none(tmp_path, capsys):
    one = [piece(1)]
    assert said_of(one, tmp_path / "a", capsys) == [
        "1 piece, 1 minted; checks: nothing to complain about"
    ]
    said = said_of(one, tmp_path / "b", capsys, royalty_percent=0.0)
    assert said[0] == "1 piece, 1 minted; checks: 0 problems, 1 piece of advice"
