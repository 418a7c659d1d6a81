import os
import signal
import subprocess
import sys

import pytest

from nftforge.core.store import MANIFEST, Recipe, Store


def recipe(**params):
    return Recipe("paint", 1, {"brush": "oil", **params}, {"picture": "ab" * 32})


def make(folder):
    (folder / "strokes.npz").write_bytes(b"strokes")
    return {"psnr": 24.5}


def test_what_was_built_is_found_again(tmp_path):
    built = Store(tmp_path).build(recipe(), "p1", make)
    found = Store(tmp_path).find(recipe(), "p1")
    assert found == built
    assert found.path("strokes.npz").read_bytes() == b"strokes"
    assert found.provenance == {"psnr": 24.5}


def test_looking_creates_nothing(tmp_path):
    store = Store(tmp_path / "none")
    assert store.find(recipe(), "p1") is None and store.why(recipe(), "p1") == "new"
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("error", [ValueError("bad"), KeyboardInterrupt(), OSError(28, "full")])
def test_a_build_that_fails_leaves_nothing(tmp_path, error):
    def broken(folder):
        (folder / "half.png").write_bytes(b"half")
        raise error

    with pytest.raises(type(error)):
        Store(tmp_path).build(recipe(), "p1", broken)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert not (tmp_path / "tmp").exists()


def test_it_says_what_changed(tmp_path):
    store = Store(tmp_path)
    store.build(recipe(strokes=500), "p1", make)
    assert store.why(recipe(strokes=300), "p1") == "strokes changed from 500 to 300"
    other = Recipe("paint", 1, {"brush": "oil", "strokes": 500}, {"picture": "cd" * 32})
    assert store.why(other, "p1") == "picture changed"
    assert "version 1 to 2" in store.why(Recipe("paint", 2, {}, {}), "p1")
    assert store.why(recipe(strokes=300), "p2") == "new"


def test_going_back_to_old_settings_finds_old_work(tmp_path):
    store = Store(tmp_path)
    store.build(recipe(strokes=500), "p1", make)
    store.build(recipe(strokes=300), "p1", make)
    assert store.find(recipe(strokes=500), "p1")


@pytest.mark.parametrize("damage", ["cut", "gone", "manifest", "bits"])
def test_damaged_work_is_built_anew(tmp_path, damage):
    store = Store(tmp_path)
    artifact = store.build(recipe(), "p1", make)
    target = artifact.path(MANIFEST if damage == "manifest" else "strokes.npz")
    if damage == "gone":
        target.unlink()
    else:
        target.write_bytes(b"STROKES" if damage == "bits" else b"{")
    assert store.find(recipe(), "p1") is None
    assert store.build(recipe(), "p1", make).path("strokes.npz").read_bytes() == b"strokes"
    assert store.find(recipe(), "p1")


KILLED = """
import sys, time
from pathlib import Path
from nftforge.core.store import Recipe, Store

def make(folder):
    for number in range(40):
        (folder / f"{number}.bin").write_bytes(bytes(20_000))
    print("ready", flush=True)
    return {}

for round in range(1000):
    Store(Path(sys.argv[1])).build(Recipe("paint", 1, {"round": round}, {}), "p1", make)
"""


def test_killed_at_any_moment_every_artifact_is_whole(tmp_path):
    for delay in range(12):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(delay % 4 + 1):
            process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    store = Store(tmp_path)
    folders = list((tmp_path / "store" / "paint" / "p1").iterdir())
    assert folders
    for number in range(1000):
        key = Recipe("paint", 1, {"round": number}, {})
        if any(folder.name == key.key[:16] for folder in folders):
            assert len(store.find(key, "p1").outputs) == 40
    store.sweep()
    assert not (tmp_path / "tmp").exists()


@pytest.mark.parametrize(
    "other",
    [
        Recipe("style", 1, {"brush": "oil"}, {"picture": "ab" * 32}),
        Recipe("paint", 2, {"brush": "oil"}, {"picture": "ab" * 32}),
        Recipe("paint", 1, {"brush": "ink"}, {"picture": "ab" * 32}),
        Recipe("paint", 1, {"brush": "oil"}, {"picture": "cd" * 32}),
        Recipe("paint", 1, {"brush": "oil"}, {"style": "ab" * 32}),
    ],
)
def test_whatever_a_recipe_says_another_has_another_key(tmp_path, other):
    assert other.key != recipe().key
    Store(tmp_path).build(recipe(), "p1", make)
    assert Store(tmp_path).find(other, "p1") is None
