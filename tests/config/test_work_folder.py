"""Each collection file has a work folder of its own, and an older one is kept by who had it."""

import json
import os

import pytest

from nftforge.config.work_folder import claim, find_work_folder, read_state
from nftforge.core.errors import GuardError


def file(folder, name="collection.yaml"):
    path = folder / name
    path.touch()
    return path


def find(path, name="Art", symbol="ART"):
    return find_work_folder(path, name, symbol).name


def test_the_first_file_has_dot_nftforge_and_others_their_own(tmp_path):
    first, second, third = (file(tmp_path, name) for name in ("b.yaml", "a.yaml", "a.yml"))
    for path, folder in ((first, ""), (second, "-a"), (third, "-a.yml")):
        assert find(path) == f".nftforge{folder}"
        assert claim(tmp_path / f".nftforge{folder}", path, "Art", "ART")
    assert [find(path) for path in (first, second, third)] == [
        ".nftforge", ".nftforge-a", ".nftforge-a.yml",
    ]  # fmt: skip
    assert not claim(tmp_path / ".nftforge", first, "Art", "ART")  # no news


def test_finding_writes_nothing(tmp_path):
    find(file(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["collection.yaml"]


def test_a_folder_of_an_older_version_is_that_of_collection_yaml(tmp_path):
    (tmp_path / ".nftforge").mkdir()
    other = file(tmp_path, "other.yaml")
    assert find(other) == ".nftforge"  # nobody else is there
    assert find(file(tmp_path)) == ".nftforge"
    assert find(other) == ".nftforge-other"


def test_a_renamed_file_goes_on_with_its_folder(tmp_path):
    old = file(tmp_path, "old.yaml")
    claim(tmp_path / ".nftforge", old, "Art", "ART")
    new = old.rename(tmp_path / "new.yaml")
    assert find(new) == ".nftforge"
    assert find(new, name="Another") == ".nftforge-new"


def test_a_damaged_state_is_no_state(tmp_path):
    claim(tmp_path / ".nftforge", file(tmp_path), "Art", "ART")
    (tmp_path / ".nftforge" / "state.json").write_text("[")
    assert find(tmp_path / "collection.yaml") == ".nftforge"


STATES = [
    "[" * 200_000, "[1]", "5", "null", "{}",
    *(
        json.dumps({"schema": 1, "collection": name, "name": "Art", "symbol": "ART"})
        for name in ("../x", "", "a\0", "a" * 5_000, [1], None, "\ud800", "a/b")
    ),
]  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_a_state_that_nobody_wrote_is_no_state(tmp_path, state):
    path = file(tmp_path)
    (tmp_path / ".nftforge").mkdir()
    (tmp_path / ".nftforge" / "state.json").write_text(state)
    assert read_state(tmp_path / ".nftforge") == {}
    assert find(path) == ".nftforge"


def test_a_pipe_for_a_state_is_not_waited_for(tmp_path):
    (tmp_path / ".nftforge").mkdir()
    os.mkfifo(tmp_path / ".nftforge" / "state.json")
    assert find(file(tmp_path)) == ".nftforge"


@pytest.mark.parametrize(
    "link",
    [".nftforge", ".nftforge/tmp", ".nftforge/ipfs/blocks/tmp", ".nftforge/journal",
     ".nftforge/journal/sepolia.jsonl", ".nftforge/gallery/sepolia", ".nftforge/store/paint/one"],
)  # fmt: skip
def test_no_link_leads_out_of_a_work_folder(tmp_path, link):
    (tmp_path / "victim").mkdir()
    place = tmp_path / link
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(tmp_path / "victim")
    with pytest.raises(GuardError, match="is a symbolic link"):
        find(file(tmp_path))
