"""core.links: no link leads what is written or swept elsewhere, and no name but ours goes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support import snapshot

from nftforge.core.errors import GuardError
from nftforge.core.links import refuse_links, sweep

OURS = re.compile("[0-9a-f]{4}").fullmatch


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A folder of somebody's, with a name in it that could be ours."""
    folder = tmp_path / "victim"
    (folder / "81c2").mkdir(parents=True)
    (folder / "81c2" / "thesis").write_text("all of it")
    (folder / "ffff").write_text("and this")
    return folder


@pytest.mark.parametrize("link", [".", "tmp", "store/paint", "gallery/embedded/media"])
def test_a_link_where_we_write_is_refused_and_told(tmp_path: Path, victim: Path, link: str) -> None:
    place = tmp_path / "work" / link
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(victim)
    with pytest.raises(GuardError, match=rf"{re.escape(str(place))} is a symbolic link"):
        refuse_links(tmp_path / "work")


def test_a_link_to_nothing_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / "work").symlink_to("work")
    with pytest.raises(GuardError):
        refuse_links(tmp_path / "work")


def test_folders_and_files_are_none_nor_is_what_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "a" / "b" / "c" / "d").mkdir(parents=True)
    (tmp_path / "a" / "file").touch()
    refuse_links(tmp_path)
    refuse_links(tmp_path / "nothing")
    refuse_links(tmp_path / "a" / "file")


def test_a_linked_folder_is_not_swept(tmp_path: Path, victim: Path) -> None:
    (tmp_path / "tmp").symlink_to(victim)
    before = snapshot(victim)
    sweep(tmp_path / "tmp", OURS)
    assert snapshot(victim) == before


def test_a_link_in_it_goes_and_what_it_leads_to_stays(tmp_path: Path, victim: Path) -> None:
    (tmp_path / "tmp" / "1234").mkdir(parents=True)
    (tmp_path / "tmp" / "1234" / "deep").symlink_to(victim)
    (tmp_path / "tmp" / "0000").symlink_to(victim)
    before = snapshot(victim)
    sweep(tmp_path / "tmp", OURS)
    assert not list((tmp_path / "tmp").iterdir())
    assert snapshot(victim) == before


def test_what_has_another_name_stays(tmp_path: Path, victim: Path) -> None:
    (victim / "letters").mkdir()
    sweep(victim, OURS)
    assert [path.name for path in victim.iterdir()] == ["letters"]
    sweep(victim / "nothing", OURS)  # nor does it mind
