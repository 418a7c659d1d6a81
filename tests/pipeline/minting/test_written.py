"""pipeline.minting.written: a mint journal's lines are of the right kind, or the line is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nftforge.core.errors import GuardError
from nftforge.core.journal import Journal
from nftforge.pipeline.minting.written import check_entries

ADDRESS = "0x" + "5a" * 20
DEPLOY = {"kind": "deploy", "address": ADDRESS, "spec": {"name": "x"}, "paid_wei": 7, "block": 1}
MINT = {
    "kind": "mint", "address": ADDRESS, "first_id": 1, "pieces": ["one"], "directory": "ab" * 32,
    "tx": "0x" + "cd" * 32, "paid_wei": 7, "block": 2,
}  # fmt: skip


def journal(folder: Path, *entries: tuple[str, Any, dict[str, Any]]) -> Journal:
    made = Journal(folder / "x.jsonl", {"journal": "mint"})
    for effect, event, data in entries:
        made.append(effect, event, data)
    return made


def test_what_minting_writes_is_taken(tmp_path: Path) -> None:
    mint = f"mint {ADDRESS} tokens-1-1"
    check_entries(
        journal(
            tmp_path, ("deploy x", "intent", DEPLOY), ("deploy x", "outcome", DEPLOY),
            (mint, "void", {"why": "its nonce was taken"}), (mint, "outcome", MINT),
            ("freeze", "outcome", {"kind": "freeze", "address": ADDRESS}),
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("effect", "data"),
    [
        *(("deploy x", {**DEPLOY, **changes}) for changes in ({"spec": 5}, {"address": "\x1b[2J"})),
        *(("mint x", {**MINT, **changes}) for changes in (
            {"pieces": 5}, {"pieces": [1, None]}, {"first_id": "x"}, {"first_id": -1},
            {"address": 5}, {"directory": "zz"}, {"directory": 5}, {"tx": 5}, {"block": "x"},
            {"paid_wei": "x"},
        )),
        *(("mint x", {k: v for k, v in MINT.items() if k != gone}) for gone in (
            "pieces", "first_id", "address", "directory",
        )),
        ("mint x", {}),
    ],
)  # fmt: skip
def test_what_it_does_not_write_is_refused_with_its_line(
    tmp_path: Path, effect: str, data: dict[str, Any]
) -> None:
    found = journal(tmp_path, ("deploy x", "outcome", DEPLOY), (effect, "outcome", data))
    with pytest.raises(GuardError, match=r"x\.jsonl:3: this journal line is damaged"):
        check_entries(found)
