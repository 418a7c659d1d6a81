"""`--log FILE`: all that is said, for its owner only, whole and without secrets."""

from __future__ import annotations

import os
import re
import stat

import pytest
from support import nftforge, small_collection
from support.terminal import terminal

STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ", re.MULTILINE)


def logged(path):
    """The lines of a log, without their times."""
    text = path.read_text()
    assert len(STAMP.findall(text)) == len(text.splitlines())
    return STAMP.sub("", text).splitlines()


def test_all_that_is_said_is_in_it_and_what_is_left_out_too(tmp_path):
    path, log = small_collection(tmp_path), tmp_path / "log"
    done = nftforge("-q", "run", path, "--log", log)
    assert done.code == 0 and done.err == ""
    lines = logged(log)
    assert lines[0] == f"nftforge 0.1.0: -q run {path} --log {log}"
    assert lines[-1] == "exit code 0"
    assert [line for line in done.out.splitlines() if line not in lines] == []
    assert any(line.startswith("paint one: new; done in") for line in lines)
    assert f"{path}: its work is in {tmp_path / '.nftforge'}" in lines
    again = nftforge("status", path, "--json", f"--log={log}")
    assert logged(log)[: len(lines)] == lines
    assert logged(log)[-2:] == ["}", "exit code 0"] and again.json


def test_it_is_for_its_owner_only(tmp_path):
    fresh, old = tmp_path / "fresh", tmp_path / "old"
    old.write_text("2026-01-01T00:00:00Z before\n")
    old.chmod(0o644)
    for path in (fresh, old):
        assert nftforge("version", "--log", path).code == 0
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert logged(old)[0] == "before" and logged(fresh)[1:] == ["nftforge 0.1.0", "exit code 0"]


def test_errors_and_wrong_usage_are_in_it_without_secrets_and_escapes(tmp_path):
    key, log = "ab" * 32, tmp_path / "log"
    nftforge("cid", f"/no/{key}\x1b[2J", "--log", log)
    nftforge("mnit", "--log", log)
    nftforge("stroke", "--log", log, "-o", "x\ny", "a\x1b[2J.png")
    text = log.read_text()
    assert key not in text and "\x1b" not in text
    lines = logged(log)
    assert "nftforge: there is no file or folder /no/<an argument>\\u001b[2J" in lines
    assert "Error: No such command 'mnit'. Did you mean 'init' or 'mint'?" in lines
    assert lines.count("exit code 2") == 3


@pytest.mark.parametrize("where", ["", "no/such/folder/log", "pipe"])
def test_one_that_cannot_be_written_is_told_before_anything_is_done(tmp_path, where):
    os.mkfifo(tmp_path / "pipe")
    done = nftforge("init", tmp_path / "art", "--log", tmp_path / where)
    assert done.code == 2 and f"--log {tmp_path / where}: " in done.err
    assert not (tmp_path / "art").exists()


def test_lines_are_whole_in_it_where_a_terminal_is_narrow(tmp_path, monkeypatch):
    log = tmp_path / "log"
    monkeypatch.chdir(tmp_path)
    folder = "art" * 20
    small_collection(tmp_path / folder)
    with terminal("-m", "nftforge", "status", folder, "--log", log, columns=40) as seen:
        assert seen.finish() == 0
        assert "Small on embedded" in seen.screen
    assert f"{folder}/collection.yaml: its work is in {folder}/.nftforge" in logged(log)
    assert "     -  one                                  new" in logged(log)
