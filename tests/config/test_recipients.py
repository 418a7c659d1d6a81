"""A CSV of receivers that nobody wrote by hand ends in one line that names it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.machine import Machine

from nftforge.chain.wallet import DEV_ADDRESS
from nftforge.core.errors import ConfigError
from nftforge.core.limits import HOLDERS_BYTES
from nftforge.pipeline.minting.recipients import recipients


def complaint(folder: Path) -> str:
    machine = Machine(folder, "", mint_options={"to": "holders.csv"})
    with pytest.raises(ConfigError) as error:
        recipients(machine.job.file, DEV_ADDRESS)
    return error.value.fact


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"piece,address\n" + b"x" * HOLDERS_BYTES, "has more than"),
        (b"piece,address\n" + b"x" * 200_000, "field larger than field limit"),
        (b"piece,address\none," + b"\xff", "cannot be read as UTF-8"),
        (b"", "the first line must be"),
    ],
)
def test_a_list_that_is_none_is_named(tmp_path: Path, raw: bytes, said: str) -> None:
    (tmp_path / "holders.csv").write_bytes(raw)
    fact = complaint(tmp_path)
    assert said in fact and "holders.csv" in fact and len(fact) < 500


def test_a_pipe_or_a_device_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "holders.csv")
    assert "is a device or a pipe" in complaint(tmp_path)
    (tmp_path / "holders.csv").unlink()
    (tmp_path / "holders.csv").symlink_to("/dev/zero")
    assert "is a device or a pipe" in complaint(tmp_path)


ADDRESS = "0x52908400098527886E0F7030069857D2E4169EE7"
EVERYONE = f"piece,address\none,{ADDRESS}\ntwo,artist.eth\n"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (f"four,{ADDRESS}\n", ":4: there is no piece 'four' in the collection"),
        (f"one,{ADDRESS}\n", ":4: the piece 'one' has an address already"),
        (f"three,{ADDRESS[:-1]}\n", ":4: '0x5290"),
        (f"three,{ADDRESS.replace('E7', 'e7')}\n", ":4: 0x5290"),
        ("three,artist\n", ":4: 'artist' is no address"),
        (f"three,0x{'0' * 40}\n", ":4: 0x0000"),
        ("three\n", ":4: a piece and an address are needed"),
        ("", "holders.csv: no address for three"),
    ],
)
def test_every_piece_has_one_receiver_who_can_be_one(tmp_path: Path, lines: str, said: str) -> None:
    (tmp_path / "holders.csv").write_text(EVERYONE + lines)
    assert said in complaint(tmp_path)
