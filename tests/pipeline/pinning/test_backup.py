"""pipeline.pinning.backup: the journal of pins is believed only as far as it is one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nftforge.core.errors import GuardError
from nftforge.core.journal import Journal
from nftforge.ipfs.blockstore import Blockstore
from nftforge.ipfs.unixfs import PROFILES, import_path
from nftforge.pipeline.metadata import entry_row
from nftforge.pipeline.pinning.backup import write_backup


def pinned(folder: Path, items: object) -> Journal:
    """A journal that says what was pinned; the file `a` is in the blocks of `folder`."""
    journal = Journal(folder / "pin.jsonl", {"journal": "pin"})
    journal.append("pin local one", "outcome", {"items": items})
    return journal


@pytest.fixture
def row(tmp_path: Path) -> dict[str, str | int]:
    (tmp_path / "a").write_bytes(b"GIF89a")
    with Blockstore(tmp_path / "blocks").batch() as put:
        return entry_row(import_path(tmp_path / "a", PROFILES["kubo-v1"], put))


def test_a_pipe_in_place_of_the_backup_is_replaced(tmp_path: Path, row: object) -> None:
    car, blocks = tmp_path / "collection.car", Blockstore(tmp_path / "blocks")
    os.mkfifo(car)
    journal = pinned(tmp_path, {"one/a.gif": row})
    assert write_backup(car, journal, blocks, "kubo-v1") and car.is_file()
    assert not write_backup(car, journal, blocks, "kubo-v1")


BROKEN = {
    "no table": lambda row: 5,
    "no rows": lambda row: {"a": 5},
    "rows of nonsense": lambda row: {"a": {"cid": "x", "dag_size": "y", "size": -1}},
    "no CID": lambda row: {"a": {**row, "cid": "\x1b[2J"}},
    "sizes below zero": lambda row: {"a": {**row, "size": -1}},
    "a name that leads out": lambda row: {"../../x": row},
    "no name": lambda row: {"": row},
    "a name of slashes": lambda row: {"/": row},
    "500 folders": lambda row: {"/".join("a" * 500): row},
    "a name with NUL": lambda row: {"a\0": row},
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_pinning_does_not_write_is_refused_with_its_line(
    tmp_path: Path, row: object, kind: str
) -> None:
    journal = pinned(tmp_path, BROKEN[kind](row))
    with pytest.raises(GuardError, match=r"pin\.jsonl:2: this journal line is damaged"):
        write_backup(tmp_path / "x.car", journal, Blockstore(tmp_path / "blocks"), "kubo-v1")
