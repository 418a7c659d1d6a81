"""Progress as it is drawn, byte for byte, and how much is said of it."""

from __future__ import annotations

from pathlib import Path

import pyte
import pytest
from support.terminal import terminal

from nftforge.cli.loudness import Loudness, speak
from nftforge.cli.screen import Screen

ENDING = Path(__file__).parent / "ending_bars.py"


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_bar_that_has_ended_is_never_drawn_again(columns):
    """In a record of a terminal `pin 3: done` was followed by `pin 3 ---- 0 %`."""
    with terminal(ENDING, columns=columns) as seen:
        assert seen.finish() == 0
        said = [line for line in seen.lines if "%" not in line]
        drawn = [line for line in seen.lines if "%" in line]
    assert said == [
        *(f"pin {number}: done" for number in range(30)),
        "said meanwhile", "paint: done", "backup: written",
    ]  # fmt: skip
    assert drawn and all(line.startswith("paint th") for line in drawn)
    assert "half" in drawn[-1] and all(len(line) <= columns for line in drawn)
    assert "%" not in "".join(seen.lines[seen.lines.index("paint: done") :])


@pytest.mark.parametrize("columns", [40, 80])
def test_what_has_scrolled_by_holds_every_line_once_and_no_bar(columns):
    """A screen of 24 rows: what a terminal keeps above it is looked at too."""
    with terminal(ENDING, columns=columns) as seen:
        assert seen.finish() == 0
    screen = pyte.HistoryScreen(columns, 24, history=1_000)
    pyte.ByteStream(screen).feed(seen.seen)
    above = ["".join(row[column].data for column in range(columns)) for row in screen.history.top]
    shown = [line.rstrip() for line in (*above, *screen.display) if line.strip()]
    assert above and shown == [
        *(f"pin {number}: done" for number in range(30)),
        "said meanwhile", "paint: done", "backup: written",
    ]  # fmt: skip


@pytest.fixture
def loud():
    yield speak
    speak(Loudness.USUAL)


@pytest.mark.parametrize(
    ("loudness", "heard"),
    [
        (Loudness.QUIET, "a warning\n"),
        (Loudness.USUAL, "done\na warning\n"),
        (Loudness.VERBOSE, "done\nkept\na warning\n"),
    ],
)
def test_quiet_leaves_warnings_and_verbose_adds_what_was_there(loud, capsys, loudness, heard):
    loud(loudness)
    with Screen(str) as screen:
        screen.say("done")
        screen.skip("kept")
        screen.warn("a warning")
        screen._last_line -= 100
    assert capsys.readouterr().err == heard


def test_quiet_says_nothing_of_progress_where_there_is_no_terminal(loud, capsys):
    loud(Loudness.QUIET)
    with Screen(str) as screen:
        screen._last_line -= 100
        screen.progress("paint", 1, 2)
    assert capsys.readouterr().err == ""


def test_quiet_draws_no_bars():
    code = (
        "import time\n"
        "from nftforge.cli.loudness import Loudness, speak\n"
        "from nftforge.cli.screen import Screen\n"
        "speak(Loudness.QUIET)\n"
        "with Screen(str) as screen:\n"
        "    screen.progress('paint', 0, 10)\n"
        "    time.sleep(1)\n"
        "    screen.warn('something is wrong')\n"
    )
    with terminal("-c", code) as seen:
        assert seen.finish() == 0 and seen.lines == ["something is wrong"]
