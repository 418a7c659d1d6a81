"""`nftforge open`, with a stand-in for the programs of a desktop that writes down its argument."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support import nftforge, small_collection

from nftforge.cli.open import open_with, opener


@pytest.fixture
def desktop(tmp_path):
    """An environment with a display, and where the stand-in writes."""
    programs, opened = tmp_path / "bin", tmp_path / "opened"
    programs.mkdir()
    program(programs / "xdg-open", f'printf "%s" "$1" > {opened}')
    return {"DISPLAY": ":7", "PATH": f"{programs}:{os.environ['PATH']}"}, opened


def program(path, line):
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
    return path


def test_the_gallery_is_built_if_there_is_none_and_opened(tmp_path, desktop):
    path, (env, opened) = small_collection(tmp_path / "art"), desktop
    page = tmp_path / "art" / ".nftforge" / "gallery" / "embedded" / "index.html"
    done = nftforge("open", cwd=path.parent, env=env)
    assert done.code == 0 and done.out == ".nftforge/gallery/embedded/index.html\n"
    assert opened.read_text() == str(page)
    before = page.stat().st_mtime_ns
    assert nftforge("open", path, "--json", env=env).json == {"path": str(page), "opened": True}
    assert page.stat().st_mtime_ns == before


def test_the_folder_of_the_results(tmp_path, desktop):
    path, (env, opened) = small_collection(tmp_path / "art"), desktop
    assert nftforge("run", path, "--until", "paint").code == 0
    assert nftforge("open", path, "--folder", env=env).code == 0
    assert opened.read_text() == str(path.parent / ".nftforge")
    (path.parent / "out").mkdir()
    assert nftforge("open", path, "--folder", env=env).out == f"{path.parent / 'out'}\n"
    assert opened.read_text() == str(path.parent / "out")


def test_without_a_display_the_path_is_the_answer(tmp_path, desktop):
    path, (env, opened) = small_collection(tmp_path / "art"), desktop
    done = nftforge("open", path, "--json", env={**env, "DISPLAY": "", "WAYLAND_DISPLAY": ""})
    assert done.code == 0 and not done.json["opened"] and not opened.exists()
    assert Path(done.json["path"]).is_file()


def test_a_program_that_fails_is_told_and_one_that_stays_is_let_be(tmp_path, capsys):
    failing = program(tmp_path / "failing", "exit 3")
    assert not open_with([str(failing)], tmp_path)
    assert "failing could not open it (exit code 3)" in capsys.readouterr().err
    staying = program(tmp_path / "staying", f"sleep 4; touch {tmp_path}/late")
    assert open_with([str(staying)], tmp_path)


@pytest.mark.parametrize(
    ("system", "env", "release", "programs", "found"),
    [
        ("darwin", {}, "23.1.0", [], ["open"]),
        ("linux", {"DISPLAY": ":0"}, "6.1", ["xdg-open", "gio"], ["xdg-open"]),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, "6.1", ["gio"], ["gio", "open"]),
        ("linux", {"DISPLAY": ":0"}, "6.1", [], None),
        ("linux", {}, "6.1", ["xdg-open"], None),
        ("linux", {}, "5.15.90-microsoft-standard-WSL2", ["explorer.exe"], ["explorer.exe"]),
        ("linux", {}, "5.15.90-Microsoft", ["wslview", "explorer.exe"], ["wslview"]),
    ],
)
def test_what_opens_files_on_each_system(tmp_path, system, env, release, programs, found):
    for name in programs:
        program(tmp_path / name, "exit 0")
    assert opener({**env, "PATH": str(tmp_path)}, system, release) == found


def test_explorer_gets_a_name_and_its_exit_code_means_nothing(tmp_path, monkeypatch):
    program(tmp_path / "explorer.exe", f'printf "%s %s" "$PWD" "$1" > {tmp_path}/opened; exit 1')
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    page = tmp_path / "art" / "index.html"
    page.parent.mkdir()
    page.touch()
    assert open_with(["explorer.exe"], page)
    assert (tmp_path / "opened").read_text() == f"{page.parent} index.html"
