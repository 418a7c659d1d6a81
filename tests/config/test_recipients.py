"""A table of receivers: what is read of it, and that one nobody wrote by hand is named."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from support import small_collection
from support.machine import Machine

from nftforge.chain.wallet import DEV_ADDRESS
from nftforge.config.load import load_collection
from nftforge.config.recipients import read_recipients
from nftforge.core.errors import ConfigError
from nftforge.core.limits import HOLDERS_BYTES
from nftforge.pipeline.job import check
from nftforge.pipeline.minting.recipients import recipients

ADDRESS = "0x52908400098527886E0F7030069857D2E4169EE7"
EVERYONE = f"piece,address\none,{ADDRESS}\ntwo,artist.eth\n"
PIECES = ("one", "two", "three")


def complaint(folder: Path) -> str:
    machine = Machine(folder, "", mint_options={"to": "holders.csv"})
    with pytest.raises(ConfigError) as error:
        recipients(machine.job.file, DEV_ADDRESS)
    return error.value.fact


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"piece,address\n" + b"x" * HOLDERS_BYTES, "has more than"),
        (b"piece,address\n" + b"x" * 200_000, ":2: a cell of more than 131,072 letters"),
        (b"piece,address\none," + b"\xff", ":2: this is not UTF-8: byte 0xff at offset 18"),
        (b"", "the first line must be `piece,address`"),
        (b"piece;address;address\n", "there are two columns 'address'"),
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
        (f",{ADDRESS}\n", ":4: a piece and an address are needed"),
        ("three,art ist.eth\n", ":4: 'art ist.eth' is no ENS name"),
        ("three,5.29E+47\n", ":4: 5.29E+47 is a number that a spreadsheet made"),
        ("", "holders.csv: no address for three"),
    ],
)
def test_every_piece_has_one_receiver_who_can_be_one(tmp_path: Path, lines: str, said: str) -> None:
    (tmp_path / "holders.csv").write_text(EVERYONE + lines)
    assert said in complaint(tmp_path)


def test_a_wrong_address_is_named_with_its_cell(tmp_path: Path) -> None:
    (tmp_path / "holders.csv").write_text(f"{EVERYONE}three,0x12\n")
    assert complaint(tmp_path).endswith(
        "'0x12' is no address: 0x and 40 hex digits (cell B4, address)"
    )


def given(folder: Path, text: str, pieces: tuple[str, ...] = PIECES) -> str:
    """What is said of a table of these pieces, with its hint."""
    path = folder / "holders.csv"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        read_recipients(path, pieces, ())
    return str(error.value)


def test_what_was_nearly_right_is_told(tmp_path: Path) -> None:
    said = given(tmp_path, f"piece,adress\none,{ADDRESS}\n")
    assert "address is missing" in said and "rename `adress` to `address`" in said
    said = given(tmp_path, f"ID,Wallet\none,{ADDRESS}\n")
    assert "rename `id` to `piece`; rename `wallet` to `address`" in said
    assert "did you mean `three`?" in given(tmp_path, f"piece,address\nthre,{ADDRESS}\n")
    said = given(tmp_path, f"piece,address\n7,{ADDRESS}\n", ("007",))
    assert "did you mean `007`? A spreadsheet takes zeros away" in said


def test_columns_that_are_not_used_are_told(tmp_path: Path) -> None:
    path = tmp_path / "holders.csv"
    path.write_text(f"note,Address,piece,Paid\nfriend,{ADDRESS},one,\n,artist.eth,two,yes\n")
    found = read_recipients(path, ("one", "two"), ())
    assert found.to == {"one": ADDRESS, "two": "artist.eth"}
    assert found.said == ("holders.csv: not used are the columns note, paid",)


def job_to(folder: Path, to: str):  # type: ignore[no-untyped-def]
    """A job whose file says `mint: {to: ...}`."""
    path = small_collection(folder)
    path.write_text(path.read_text().replace("embedded}", f"embedded, to: {to}}}"))
    return replace(Machine(folder, "").job, file=load_collection(path))


def test_all_of_it_is_checked_before_anything_is_painted(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"yaml:10: mint.to: there is no file .*holders.csv"):
        check(job_to(tmp_path, "holders.csv"))
    (tmp_path / "Holders.csv").write_text(f"piece,address\none,{ADDRESS}\n")
    with pytest.raises(ConfigError, match=r"there is Holders.csv: capitals"):
        check(job_to(tmp_path, "holders.csv"))
    with pytest.raises(ConfigError, match="no address for two"):
        check(job_to(tmp_path, "Holders.csv"))


def test_a_table_with_a_capital_ending_is_a_table_and_no_ens_name(tmp_path: Path) -> None:
    (tmp_path / "holders.CSV").write_text(f"piece,address\none,{ADDRESS}\ntwo,artist.eth\n")
    job = job_to(tmp_path, "holders.CSV")
    check(job)
    assert job.file.recipients.to == {"one": ADDRESS, "two": "artist.eth"}


def test_more_pieces_than_the_contract_may_have_are_refused_first(tmp_path: Path) -> None:
    path = small_collection(tmp_path)
    path.write_text(path.read_text() + "contract: {max_supply: 1}\n")
    with pytest.raises(ConfigError, match=r":11: contract.max_supply: 1, and there are 2 pieces"):
        check(replace(Machine(tmp_path, "").job, file=load_collection(path)))
