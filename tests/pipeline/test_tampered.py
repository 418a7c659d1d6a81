"""A finished collection whose work folder somebody changed: looking ends as it should, and what is
damaged is made anew or told with its line."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import RecordedReport, nftforge, small_collection

from nftforge.config.load import load_collection
from nftforge.core.errors import GuardError
from nftforge.core.stage import find
from nftforge.pipeline.job import Job, network_of
from nftforge.pipeline.paint import paint_stage
from nftforge.pipeline.run import run, status

Edit = Callable[[Any], object]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = small_collection(tmp_path_factory.mktemp("finished"))
    file.write_text(file.read_text().replace("strokes: 12", "strokes: 5"))
    assert nftforge("run", file).code == 0
    return file.parent


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "copy", symlinks=True))


def job(folder: Path) -> Job:
    file = load_collection(folder / "collection.yaml")
    return Job(file, network_of(file, None), frozenset(), {}, folder / "home" / "keystores")


def looked_at(folder: Path) -> list[str]:
    """The states of the pieces."""
    found = status(job(folder), RecordedReport())
    return [str(row["state"]) for row in found.document["pieces"]]


def edit(path: Path, change: Edit) -> None:
    """Change the JSON in a file."""
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


def edit_line(path: Path, number: int, change: Edit) -> None:
    lines = path.read_text().splitlines()
    value = json.loads(lines[number])
    change(value["data"])
    lines[number] = json.dumps(value)
    path.write_text("\n".join(lines) + "\n")


MANIFESTS: dict[str, tuple[str, Edit]] = {
    "no strokes in a painting": ("paint", lambda m: m["outputs"].clear()),
    "no still in a rendering": ("render", lambda m: m["outputs"].pop("still.png")),
    "no CIDs": ("address", lambda m: m["outputs"].clear()),
    "a count of strokes in words": ("paint", lambda m: m["provenance"].update(strokes="many")),
    "a likeness of escapes": ("paint", lambda m: m["provenance"].update(psnr="\x1b[2J")),
    "nothing measured": ("paint", lambda m: m["provenance"].clear()),
}


@pytest.mark.parametrize("kind", MANIFESTS)
def test_work_that_lacks_what_comes_after_needs_is_no_work(folder: Path, kind: str) -> None:
    stage, change = MANIFESTS[kind]
    (manifest,) = (folder / ".nftforge" / "store" / stage / "one").glob("*/manifest.json")
    edit(manifest, change)
    assert looked_at(folder)[1] == "minted"  # the other piece, and no exception


def test_a_table_of_cids_that_is_none_is_made_anew(folder: Path) -> None:
    (table,) = (folder / ".nftforge" / "store" / "address" / "one").glob("*/cids.json")
    table.write_text("[" * 70_000)  # over 64 KiB only its size is compared
    size = table.stat().st_size
    edit(table.with_name("manifest.json"), lambda m: m["outputs"]["cids.json"].update(size=size))
    assert looked_at(folder)[1] == "minted"
    run(job(folder), RecordedReport(), lambda bill: 0, until="pin")
    assert json.loads(table.read_text())["still.png"]


def test_a_painting_that_lacks_its_strokes_is_painted_anew(folder: Path) -> None:
    (manifest,) = (folder / ".nftforge" / "store" / "paint" / "one").glob("*/manifest.json")
    edit(manifest, lambda m: m["provenance"].update(strokes="many"))
    report = RecordedReport()
    run(job(folder), report, lambda bill: 0, until="paint")
    assert any(line.startswith("paint one: its files are damaged") for line in report.said)
    now = job(folder)
    assert find(paint_stage(now, 0), now.store)


JOURNAL: dict[str, tuple[int, Edit]] = {
    "a mint of no pieces": (-1, lambda data: data.pop("pieces")),
    "pieces in a number": (-1, lambda data: data.update(pieces=5)),
    "a token id in words": (-1, lambda data: data.update(first_id="x")),
    "a contract at no address": (2, lambda data: data.update(address="\x1b[2J")),
    "a contract of no terms": (2, lambda data: data.update(spec=5)),
}


@pytest.mark.parametrize("kind", JOURNAL)
def test_a_journal_that_minting_did_not_write_is_told_with_its_line(
    folder: Path, kind: str
) -> None:
    number, change = JOURNAL[kind]
    path = folder / ".nftforge" / "journal" / "embedded.jsonl"
    lines = len(path.read_text().splitlines())
    edit_line(path, number, change)
    with pytest.raises(GuardError, match=f"embedded.jsonl:{number % lines + 1}: .* is damaged"):
        looked_at(folder)


def test_a_stray_journal_blocks_nothing(folder: Path) -> None:
    journals = folder / ".nftforge" / "journal"
    (journals / "x.jsonl").write_text("[" * 200_000 + "\n")
    (journals / "y.jsonl").mkdir()
    os.mkfifo(journals / "z.jsonl")
    assert looked_at(folder) == ["minted", "minted"]


def test_a_picture_that_became_a_pipe_is_not_waited_for(folder: Path) -> None:
    picture = folder / "images" / "two.png"
    picture.unlink()
    os.mkfifo(picture)
    assert looked_at(folder) == ["minted", "minted"]
    picture.unlink()
    picture.symlink_to("/dev/zero")
    assert looked_at(folder) == ["minted", "minted"]
