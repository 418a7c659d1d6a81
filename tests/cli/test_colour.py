"""Colour where eyes are, and nowhere else."""

from __future__ import annotations

import io

import pytest
from support import nftforge, small_collection
from support.terminal import terminal

from nftforge.cli.colour import CODES, STATES, is_coloured, use_colour

RED, YELLOW, GREEN, DIM = (
    f"\x1b[{CODES[style]}m".encode() for style in ("error", "warning", "done", "dim")
)


class Tty(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("env", "terminal", "file"),
    [
        ({}, True, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),  # empty: as if it were not set
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "0"}, True, False),
        ({"CLICOLOR_FORCE": "1"}, True, True),
        ({"CLICOLOR": "0"}, False, False),
        ({"TERM": "dumb"}, False, False),
    ],
)
def test_the_environment_is_heeded(env, terminal, file):
    assert (is_coloured(Tty(), env), is_coloured(io.StringIO(), env)) == (terminal, file)


@pytest.mark.parametrize(("when", "coloured"), [("always", True), ("never", False)])
def test_the_option_has_the_last_word(when, coloured):
    use_colour(when)
    try:
        assert is_coloured(io.StringIO(), {"NO_COLOR": "1"}) is coloured
        assert is_coloured(Tty(), {"FORCE_COLOR": "1"}) is coloured
    finally:
        use_colour("auto")


def test_nothing_is_coloured_in_a_pipe_and_no_document_ever(tmp_path):
    path = small_collection(tmp_path)
    assert "\x1b" not in nftforge("status", path, env={"NO_COLOR": ""}).out
    always = nftforge("status", path, "--color", "always")
    assert f"{DIM.decode()}new" in always.out
    document = nftforge("--color=always", "status", path, "--json")
    assert "\x1b" not in document.out and document.json["pieces"]


def test_errors_are_red_on_a_terminal():
    with terminal("-m", "nftforge", "run", "/nowhere.yaml", env={"NO_COLOR": ""}) as seen:
        assert seen.finish() == 2
        assert RED + b"nftforge: there is no file /nowhere.yaml" in seen.seen
    with terminal("-m", "nftforge", "run", "/nowhere.yaml", env={"NO_COLOR": "1"}) as seen:
        assert seen.finish() == 2 and b"\x1b[" not in seen.seen
    with terminal("-m", "nftforge", "mnit", env={"NO_COLOR": ""}) as seen:
        assert seen.finish() == 2 and RED + b"Error: No such command" in seen.seen


def test_every_state_that_a_piece_or_a_token_can_have_has_its_colour():
    from nftforge.pipeline.documents import _promise, _state

    written = {*_state.__code__.co_consts, *_promise.__code__.co_consts}
    said = {text for text in written if isinstance(text, str) and text.isalpha()}
    assert {"minted", "outdated", "planned", "kept", "broken"} <= said <= {*STATES}
