"""What must be on the disk before what: recorded, for no kill shows a missing fsync."""

from __future__ import annotations

import errno
import os

import pytest
from support.disk import recorded

from nftforge.core.journal import Journal
from nftforge.core.store import MANIFEST, Recipe, Store

HEADER = {"journal": "mint"}
RECIPE = Recipe("paint", 1, {}, {})


def one_file(folder):
    (folder / "a.bin").write_bytes(b"bytes")
    return {}


def test_a_journal_line_is_on_the_disk_when_append_returns(tmp_path, monkeypatch):
    journal = Journal(tmp_path / "journal" / "mint.jsonl", HEADER)
    with recorded(monkeypatch) as events:
        journal.append("deploy", "intent", {"nonce": 1})
        assert events == [
            ("write", "mint.jsonl"),
            ("fsync", "mint.jsonl"),
            ("fsync", "journal"),  # its name, too: the file is new
        ]
        events.clear()
        journal.append("deploy", "outcome", {})
        assert events == [("write", "mint.jsonl"), ("fsync", "mint.jsonl")]


@pytest.mark.parametrize("call", ["fsync", "pwrite", "ftruncate"])
def test_a_line_that_the_disk_refuses_never_counts(tmp_path, monkeypatch, call):
    journal = Journal(tmp_path / "mint.jsonl", HEADER)
    journal.append("deploy", "intent", {"nonce": 1})

    def refuse(*arguments):
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, call, refuse)
        with pytest.raises(OSError, match="Input/output error"):
            journal.append("deploy", "outcome", {"tx": "0x1"})
    assert journal.pending("deploy") == {"nonce": 1}
    journal.append("deploy", "void", {"why": "the disk"})
    again = Journal(tmp_path / "mint.jsonl", HEADER)
    assert [entry.event for entry in again] == ["intent", "void"]


def test_a_short_write_is_a_full_disk_and_leaves_no_half_line(tmp_path, monkeypatch):
    journal = Journal(tmp_path / "mint.jsonl", HEADER)
    journal.append("deploy", "intent", {"nonce": 1})
    pwrite = os.pwrite
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", lambda fd, data, at: pwrite(fd, data[: len(data) // 2], at))
        with pytest.raises(OSError, match="No space left"):
            journal.append("deploy", "outcome", {"tx": "0x1"})
    assert journal.outcome("deploy") is None
    again = Journal(tmp_path / "mint.jsonl", HEADER)
    assert again.pending("deploy") == {"nonce": 1}


def test_outputs_are_on_the_disk_before_the_manifest_and_that_before_its_place(
    tmp_path, monkeypatch
):
    def make(folder):
        for name in ("a.bin", "b.bin"):
            (folder / name).write_bytes(b"bytes")
        return {}

    with recorded(monkeypatch) as events:
        artifact = Store(tmp_path).build(RECIPE, "one", make)
        flushed = [name for what, name in events if what == "fsync"]
        assert sorted(flushed[:2]) == ["a.bin", "b.bin"]
        assert flushed[2] == MANIFEST
        assert events.index(("fsync", MANIFEST)) < events.index(("rename", artifact.folder.name))


@pytest.mark.parametrize("broken", ["a.bin", MANIFEST])
def test_an_output_that_the_disk_refuses_is_no_artifact(tmp_path, monkeypatch, broken):
    fsync = os.fsync

    def refuse(descriptor):
        if os.readlink(f"/proc/self/fd/{descriptor}").endswith(broken):  # noqa: PTH115
            raise OSError(errno.EIO, "Input/output error")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="Input/output error"):
        Store(tmp_path).build(
            RECIPE, "one", lambda folder: (folder / "a.bin").write_bytes(b"x") and {}
        )
    assert Store(tmp_path).find(RECIPE, "one") is None


def test_many_outputs_are_flushed_by_threads_and_an_error_of_one_counts(tmp_path, monkeypatch):
    def make(folder):
        for number in range(20):
            (folder / f"{number}.bin").write_bytes(b"bytes")
        return {}

    with recorded(monkeypatch) as events:
        Store(tmp_path).build(RECIPE, "many", make)
        flushed = {name for what, name in events if what == "fsync"}
        assert flushed >= {f"{number}.bin" for number in range(20)}
    fsync = os.fsync

    def refuse(descriptor):
        if os.readlink(f"/proc/self/fd/{descriptor}").endswith("/13.bin"):  # noqa: PTH115
            raise OSError(errno.EIO, "Input/output error")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="Input/output error"):
        Store(tmp_path).build(Recipe("paint", 2, {}, {}), "many", make)
