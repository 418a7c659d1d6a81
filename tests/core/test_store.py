import json
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


def changed(**fields):
    return lambda manifest: manifest.update(fields)


def named(name):
    """One more output, under another name."""
    return lambda manifest: manifest["outputs"].update({name: manifest["outputs"]["strokes.npz"]})


TAMPERED = {
    "other params": changed(params={"brush": "tape"}),
    "params a text": changed(params="x"),
    "inputs a list": changed(inputs=[1]),
    "inputs a number": changed(inputs=7),
    "an input that is no digest": changed(inputs={"picture": "../x"}),
    "no outputs": changed(outputs={}),
    "outputs a list": changed(outputs=[1]),
    "outputs null": changed(outputs=None),
    "an output of no size": changed(outputs={"strokes.npz": {"sha256": "ab" * 32, "size": "x"}}),
    "an output that leads out": named("../../../../etc/passwd"),
    "an output with NUL": named("a\0b"),
    "half a character": named("\ud800"),
    "a name of 5,000 letters": named("a" * 5_000),
    "provenance a list": changed(provenance=[1]),
    "a version of escapes": changed(version="\x1b[2J"),
    "another stage": changed(stage="\x1b[2J"),
    "a number that is none": changed(params={"brush": float("nan")}),
}


@pytest.mark.parametrize("kind", TAMPERED)
def test_a_manifest_that_nobody_wrote_is_not_there(tmp_path, kind):
    store = Store(tmp_path)
    path = store.build(recipe(), "p1", make).path(MANIFEST)
    manifest = json.loads(path.read_text())
    TAMPERED[kind](manifest)
    path.write_text(json.dumps(manifest))
    assert store.find(recipe(), "p1") is None and store.all_of("paint", "p1") == []
    assert store.why(recipe(), "p1") == "its files are damaged"
    store.build(recipe(), "p1", make)
    assert store.find(recipe(), "p1")


@pytest.mark.parametrize("text", ["[" * 200_000, "[]", "7", '"x"', "", '{"a":' + "9" * 5_000 + "}"])
def test_whatever_a_manifest_is_looking_ends_well(tmp_path, text):
    store = Store(tmp_path)
    store.build(recipe(), "p1", make).path(MANIFEST).write_text(text)
    assert store.find(recipe(), "p1") is None and store.earlier("paint", "p1") == []


def test_a_pipe_or_a_link_is_no_finished_work(tmp_path):
    store = Store(tmp_path)
    path = store.build(recipe(), "p1", make).path("strokes.npz")
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")  # the same bytes, by way of a link
    assert store.find(recipe(), "p1") is None
    path.unlink()
    os.mkfifo(path)
    assert store.find(recipe(), "p1") is None
    manifest = path.with_name(MANIFEST)
    manifest.unlink()
    os.mkfifo(manifest)
    assert store.find(recipe(), "p1") is None and store.why(recipe(), "p1")
    assert store.build(recipe(), "p1", make) == store.find(recipe(), "p1")


def test_what_is_swept_has_a_name_that_we_gave(tmp_path):
    ours = tmp_path / "tmp" / f"paint-bitcoin_2-{'81c2' * 4}"
    (ours / "deep").mkdir(parents=True)
    (ours.with_name(f"{ours.name}-replaced")).mkdir()
    (tmp_path / "tmp" / "holiday-pictures").mkdir()
    Store(tmp_path).sweep()
    assert [path.name for path in (tmp_path / "tmp").iterdir()] == ["holiday-pictures"]
