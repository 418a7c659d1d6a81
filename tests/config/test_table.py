"""Tables as spreadsheets save them: every way of saving gives the same rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from nftforge.config.table import Table, read_table
from nftforge.core.errors import ConfigError

NEEDED = ("piece", "address")
PLAIN = "piece,address\r\na,x\r\nb,y\r\n"


def table(folder: Path, content: str | bytes) -> Table:
    path = folder / "table.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, NEEDED, 10_000)


def rows(found: Table) -> list[tuple[str, str]]:
    return [(row["piece"], row["address"]) for row in found.rows]


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        PLAIN.replace("\r", ""),
        PLAIN.replace("\r\n", "\r"),
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
        PLAIN.replace(",", "|"),
        "\ufeff" + PLAIN,
        PLAIN.replace(",", "\t").encode("utf-16"),  # Excel's "Unicode text"
        PLAIN.replace(",", "\t").encode("utf-16-le"),
        PLAIN.replace(",", "\t").encode("utf-16-be"),
        "sep=,\r\n" + PLAIN,
        "\ufeffsep=;\r\n" + PLAIN.replace(",", ";"),
        '"sep=;"\n' + PLAIN.replace(",", ";"),
        "Piece, ADDRESS \na, x\nb,y\n",
        '"piece","address"\n"a","x"\n"b","y"\n',
        "address,piece\nx,a\ny,b\n",
        "piece,note,address\na,,x\nb,n,y\n",
        "piece,address,,,\na,x,,,\nb,y,,,\n,,,,\n",
        "piece,address\n\na,x\n,\nb,y\n\n",
        'piece,note,address\na,"two\r\nlines, and ""quotes""",x\nb,,y\n',
    ],
)
def test_however_it_was_saved_the_rows_are_the_same(tmp_path: Path, content: str | bytes) -> None:
    assert rows(table(tmp_path, content)) == [("a", "x"), ("b", "y")]


@pytest.mark.parametrize(
    ("content", "said", "cell"),
    [
        ("sep=;\npiece;address\na;#REF!\n", ":3: #REF! is an error", "(cell B2, address)"),
        ('piece,n,address\na,"1\n2",x\nb,,5,29\n', ":4: 4 cells, and the first line names 3", ""),
        (
            'piece;n;address\na;"1\n2";x\nb;;5,29E+47\n',
            ":4: 5,29E+47 is a num",
            "(cell C3, address)",
        ),
        ("piece,address\na,=B3\n", ":2: this begins with =, which is for", "(cell B2, address)"),
        ("piece,address\na,'0x52\n", ":2: this begins with ', which is for", "(cell B2, address)"),
        ('piece,address\na,"x\nb,y\n', ":2: this goes over several lines", "(cell B2, address)"),
        (
            "piece,address\na,x\u200b\n",
            ":2: this holds what nobody can see: ZE",
            "(cell B2, address)",
        ),
        ("a,x\nb,y\n", ":1: the first line must be `piece,address`", ""),
    ],
)
def test_what_a_spreadsheet_has_broken_is_named_with_its_cell(
    tmp_path: Path, content: str, said: str, cell: str
) -> None:
    with pytest.raises(ConfigError) as error:
        table(tmp_path, content)
    assert f"table.csv{said}" in error.value.fact
    assert error.value.fact.endswith(cell)


def test_it_is_said_how_numbers_are_kept_from_a_spreadsheet(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="format the column as Text first"):
        table(tmp_path, "piece,address\na,5.29E+47\n")


def test_windows_letters_are_named_with_their_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r":2: this is not UTF-8: byte 0xfc at offset 19 \('ü'"):
        table(tmp_path, "piece,address\na,x,Müller\n".encode("cp1252"))


def test_columns_beyond_z_are_named_as_spreadsheets_do(tmp_path: Path) -> None:
    header = ",".join(["piece", *(f"c{number}" for number in range(25)), "address"])
    with pytest.raises(ConfigError, match=r"\(cell AA2, address\)"):
        table(tmp_path, f"{header}\na{',' * 26}#N/A\n")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04 of a workbook", "is a workbook (.xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 of an old one", "is an old workbook (.xls)"),
        (b"%PDF-1.7", "is a PDF"),
    ],
)
def test_what_is_no_table_is_named_for_what_it_is(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "who.csv"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as error:
        read_table(path, ("piece", "address"), 1000)
    assert f"who.csv {said}" in error.value.fact and "save it as `CSV UTF-8`" in error.value.hint
