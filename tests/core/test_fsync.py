"""nftforge.core.fsync: a file is there whole or not at all, whoever looks and whatever fails."""

from __future__ import annotations

import os
import stat

import pytest

from nftforge.core.fsync import atomic_write


def names(folder):
    return [path.name for path in folder.iterdir()]


@pytest.mark.parametrize("fsync", [False, True])
def test_a_file_is_seen_only_when_it_is_whole(tmp_path, fsync):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with atomic_write(path, fsync=fsync) as stream:
        stream.write(b"new")
        stream.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new" and names(tmp_path) == ["file"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_goes_wrong_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(type(error)), atomic_write(path, fsync=True) as stream:
        stream.write(b"ne")
        raise error
    assert path.read_bytes() == b"old" and names(tmp_path) == ["file"]


@pytest.mark.parametrize(("private", "mode"), [(True, 0o600), (False, 0o644)])
def test_a_private_file_is_private_from_its_first_byte(tmp_path, private, mode):
    path, before = tmp_path / "file", os.umask(0o022)
    try:
        with atomic_write(path, fsync=False, private=private):
            (work,) = tmp_path.iterdir()
            assert stat.S_IMODE(work.stat().st_mode) == mode
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_taken_name_is_not_overwritten_even_if_it_was_taken_meanwhile(tmp_path):
    path = tmp_path / "file"
    with pytest.raises(FileExistsError), atomic_write(path, fsync=True, exclusive=True) as stream:
        stream.write(b"ours")
        path.write_bytes(b"theirs")
    assert path.read_bytes() == b"theirs" and names(tmp_path) == ["file"]


def test_an_exclusive_file_is_there_and_its_work_file_is_not(tmp_path):
    with atomic_write(tmp_path / "file", fsync=True, exclusive=True) as stream:
        stream.write(b"ours")
    assert names(tmp_path) == ["file"]


def test_the_longest_name_that_a_file_can_have(tmp_path):
    path = tmp_path / ("ж" * 127)
    with atomic_write(path, fsync=False) as stream:
        stream.write(b"x")
    assert path.read_bytes() == b"x"


def test_bytes_are_on_the_disk_before_the_name_and_the_name_before_it_ends(tmp_path, monkeypatch):
    path, seen = tmp_path / "file", []

    def fsync(descriptor):
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        seen.append(("folder" if folder else "file", os.fstat(descriptor).st_size, path.exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    with atomic_write(path, fsync=True) as stream:
        stream.write(b"four")
    assert seen[0] == ("file", 4, False)
    assert [what for what, _, _ in seen] == ["file", "folder"] and seen[1][2]
