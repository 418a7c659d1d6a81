"""nftforge.core.limits: what is spent is spent, and who asks for more gets one clear error."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nftforge.core.errors import LimitError, PendingError
from nftforge.core.fingerprint import file_digest
from nftforge.core.limits import GIB, MIB, Budget, budget_for, holds, open_file, read_bounded


def test_a_budget_gives_what_it_has_and_no_byte_more() -> None:
    budget = Budget("the file x", bytes=10, nodes=3)
    budget.spend(bytes=10, nodes=3)
    with pytest.raises(LimitError, match="the file x is more than 10 bytes"):
        budget.spend(bytes=1)
    with pytest.raises(LimitError, match="the file y is made of more than 3 parts"):
        Budget("the file y", bytes=10, nodes=3).spend(nodes=4)


def test_when_the_time_is_over_it_is_pending_and_no_lie() -> None:
    now = 100.0
    budget = Budget("token 1", bytes=10, nodes=10, seconds=60, clock=lambda: now)
    now = 160.0
    budget.spend(bytes=1)
    now = 160.1
    with pytest.raises(PendingError, match="token 1 did not come whole in 60 seconds"):
        budget.spend(bytes=1)


@pytest.mark.parametrize("size", [0, 1, 100 * MIB, 100 * GIB])
@pytest.mark.parametrize("chunk", [128 << 10, 256 << 10, MIB])
def test_files_as_people_make_them_fit(size: int, chunk: int) -> None:
    leaves = -(-size // chunk)
    budget = budget_for("a film", size)
    budget.spend(bytes=size, nodes=4 * leaves + 10)  # a leaf and its link, and the nodes above


def test_a_file_is_read_to_its_limit_and_no_byte_more(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    assert read_bounded(path, 10) == b"0123456789"
    with pytest.raises(LimitError, match="has more than 9 bytes"):
        read_bounded(path, 9)


def test_a_device_or_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (Path("/dev/null"), tmp_path / "pipe"):
        with pytest.raises(LimitError, match="is a device or a pipe"):
            read_bounded(path, 10)


def test_what_is_no_file_is_neither_waited_for_nor_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/zero")
    for path in (tmp_path / "pipe", tmp_path / "link"):
        for read in (open_file, file_digest):
            with pytest.raises(LimitError, match="is a device or a pipe, not a file"):
                read(path)
        assert not holds(path, b"")
    with pytest.raises(IsADirectoryError):
        open_file(tmp_path)


def test_a_file_that_says_it_is_a_terabyte_is_not_hashed(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(LimitError, match="more than"):
        file_digest(tmp_path / "sparse")


def test_a_file_holds_its_bytes_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"0123")
    assert holds(tmp_path / "file", b"0123")
    assert not any(holds(tmp_path / "file", other) for other in (b"012", b"01234", b"0124", b""))
    assert not holds(tmp_path / "nothing", b"")
