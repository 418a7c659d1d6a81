"""What `plan` lists is what `run` sends: transaction for transaction, after any edit."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import RecordedReport, nftforge, picture, small_collection

from nftforge.cli.context import open_job
from nftforge.pipeline.run import plan, run

SENT = re.compile(r"(deploy|mint|update|commit) (\S+): .*; done")
THIRD = "  - {image: images/three.png, name: Three}\n"


def replaced(old, new):
    def edit(path):
        text = path.read_text()
        path.write_text(text.replace(old, new))

    return edit


def added(path):
    picture(path.parent / "images" / "three.png", 3)
    if THIRD not in path.read_text():
        path.write_text(path.read_text().replace("mint: {", f"{THIRD}mint: {{"))


def repainted_elsewhere(path):
    picture(path.parent / "images" / "one.png", 9)


def cleared(path):
    shutil.rmtree(path.parent / ".nftforge" / "store", ignore_errors=True)


EDITS = {
    "nothing": lambda path: None,
    "another name": replaced("name: Two", "name: Deux"),
    "another trait": replaced("Kind: first", "Kind: other"),
    "without Brush and Strokes": replaced("pieces:\n", "traits: {auto: false}\npieces:\n"),
    "another brush": replaced("name: One,", "name: One, brush: oil,"),
    "more strokes": replaced("strokes: 12", "strokes: 13"),
    "a seed of its own": replaced("name: Two", "seed: 5, name: Two"),
    "another seed for all": replaced("seed: 3\n", "seed: 4\n"),
    "a larger still": replaced("size: 64, canvas", "size: 80, canvas"),
    "the same colour in other words": replaced("canvas: white", "canvas: '#ffffff'"),
    "fewer frames": replaced("frames: 6", "frames: 5"),
    "an SVG, which no metadata names": replaced("mp4: false", "mp4: false, svg: true"),
    "another picture": repainted_elsewhere,
    "another piece": added,
    "a piece less": replaced("  - {image: images/two.png, name: Two}\n", ""),
    "to somebody else": replaced("{network", "{to: '0x" + "ab" * 20 + "', network"),
    "another description": replaced("Two small", "Both small"),
    "the store is gone": cleared,
}


@pytest.fixture(scope="module")
def minted(tmp_path_factory):
    path = small_collection(tmp_path_factory.mktemp("minted"))
    run_in(path)
    return path


def job_of(path):
    return open_job(path, None, None)


def run_in(path, consent=lambda bill: None):
    report = RecordedReport()
    run(job_of(path), report, consent)
    return [found.groups() for line in report.said if (found := SENT.fullmatch(line))]


def planned(path):
    return plan(job_of(path), RecordedReport())


def rows(document):
    return [(row["kind"], row["subject"]) for row in document["bill"]["transactions"]]


@given(edits=st.lists(st.sampled_from(sorted(EDITS)), min_size=1, max_size=3, unique=True))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_after_any_edit_plan_lists_what_run_sends(minted, tmp_path_factory, edits):
    path = shutil.copytree(minted.parent, tmp_path_factory.mktemp("edited") / "x") / minted.name
    for edit in edits:
        EDITS[edit](path)
    document = planned(path)
    sent = run_in(path)
    if document["unsure"]:  # their painting is gone, and how they were drawn with it: it says so
        later = [row for row in sent if row not in rows(document)]
        assert all(kind == "update" for kind, _ in later), edits
        sent = [row for row in sent if row not in later]
    assert rows(document) == sent, edits
    assert rows(planned(path)) == []


@pytest.mark.parametrize("edit", EDITS)
def test_after_each_edit_plan_lists_what_run_sends(minted, tmp_path, edit):
    path = shutil.copytree(minted.parent, tmp_path / "x") / minted.name
    EDITS[edit](path)
    document = planned(path)
    steps = [step["subject"] for step in document["steps"] if step["stage"] == "mint"]
    assert [" ".join(row) for row in rows(document)] == steps
    assert rows(document) == run_in(path)


def test_a_collection_that_is_not_painted_is_billed_whole(tmp_path):
    path = small_collection(tmp_path)
    before = planned(path)
    assert rows(before) == [("deploy", "contract"), ("mint", "tokens-1-2")]
    assert before["bytes_estimated"] == before["bytes_to_pin"] > 0 and before["unsure"] == []
    assert [step["stage"] for step in before["steps"]] == [
        "paint", "render", "pin", "paint", "render", "pin", "mint", "mint",
    ]  # fmt: skip
    assert [row["token_uri"] for row in before["tokens"]] == [None, None]
    run(job_of(path), RecordedReport(), lambda bill: None, "pin")
    after = planned(path)
    assert after["bill"]["gas"] == before["bill"]["gas"]
    assert after["bytes_estimated"] == 0
    assert all(row["token_uri"].startswith("ipfs://") for row in after["tokens"])
    assert rows(after) == rows(before) == run_in(path)


def test_the_bytes_of_what_is_not_painted_are_reckoned_from_what_is(minted, tmp_path):
    path = shutil.copytree(minted.parent, tmp_path / "x") / minted.name
    made = [
        sum(file.stat().st_size for file in folder.rglob("painting.*"))
        + sum(file.stat().st_size for file in folder.rglob("still.png"))
        for folder in (path.parent / ".nftforge" / "store" / "render").iterdir()
    ]
    added(path)
    assert planned(path)["bytes_estimated"] == round(sum(made) / 2)


def test_a_painting_that_is_gone_is_named_for_it_may_come_out_otherwise(minted, tmp_path):
    path = shutil.copytree(minted.parent, tmp_path / "x") / minted.name
    cleared(path)
    document = planned(path)
    assert document["unsure"] == ["one", "two"] and rows(document) == []
    said = nftforge("plan", path)
    assert (
        "one is minted and its painting is gone: it should come out as it was, if it is drawn"
        in said.out
    )


def test_a_hidden_collection_is_planned_whole_too(tmp_path):
    path = small_collection(tmp_path)
    replaced("{network", "{placeholder: images/one.png, network")(path)
    document = planned(path)
    assert rows(document) == run_in(path)
    assert [kind for kind, _ in rows(document)] == ["deploy", "commit", "mint"]
    assert rows(planned(path)) == []


def test_what_is_frozen_is_refused_before_it_is_painted(minted, tmp_path):
    path = shutil.copytree(minted.parent, tmp_path / "x") / minted.name
    assert nftforge("freeze", path).code == 0
    EDITS["more strokes"](path)
    refused = nftforge("plan", path)
    assert refused.code == 7 and "is frozen" in refused.err


def test_what_would_be_painted_anew_is_not_frozen_as_it_is(minted, tmp_path):
    path = shutil.copytree(minted.parent, tmp_path / "x") / minted.name
    EDITS["more strokes"](path)
    refused = nftforge("freeze", path)
    assert refused.code == 7 and "the metadata of one, two changed" in refused.err
    assert not Path(path.parent / ".nftforge" / "tmp").exists()
