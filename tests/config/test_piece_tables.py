"""A table of pieces: keys and traits by their columns, cells as their author sees them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nftforge.config.piece_tables import read_pieces
from nftforge.core.errors import ConfigError


def read(folder: Path, text: str, name: str = "pieces.csv") -> list[dict[str, Any]]:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(text.encode())
    return [piece for piece, _ in read_pieces(folder / name, name, folder)]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_columns_are_keys_or_traits_however_it_was_saved(tmp_path, separator, mark):
    text = "File,Title,Strokes,Sky,mood\r\nsun.png,Sun,500,Blue,\r\nmoon.png,Moon,,,calm\r\n"
    assert read(tmp_path, mark + text.replace(",", separator)) == [
        {"image": "sun.png", "name": "Sun", "strokes": 500, "traits": {"Sky": "Blue"}},
        {"image": "moon.png", "name": "Moon", "traits": {"mood": "calm"}},
    ]


@pytest.mark.parametrize(
    ("cell", "value"),
    [("7", 7), ("007", "007"), ("1.10", "1.10"), ("0.5", 0.5), ("true", True), ("TRUE", "TRUE"),
     ("no", "no"), ("9007199254740993", "9007199254740993")],
)  # fmt: skip
def test_a_trait_is_what_it_would_be_without_quotes_in_the_collection_file(tmp_path, cell, value):
    (piece,) = read(tmp_path, f"image,Code\na.png,{cell}\n")
    found = piece["traits"]["Code"]
    assert (found, type(found)) == (value, type(value))


def test_quoted_cells_hold_separators_and_several_lines(tmp_path):
    (piece,) = read(tmp_path, 'image,description\na.png,"one, two\nthree"\n')
    assert piece["description"] == "one, two\nthree"


def test_a_column_is_a_trait_where_it_says_so_and_nothing_where_it_is_for_the_artist(tmp_path):
    (piece,) = read(tmp_path, "image,trait:Frame,attributes[Hat],x-notes\na.png,Gold,Cap,mend\n")
    assert piece == {"image": "a.png", "traits": {"Frame": "Gold", "Hat": "Cap"}}


def test_pictures_stand_beside_the_table_else_beside_the_collection_file(tmp_path):
    (tmp_path / "b.png").write_bytes(b"")
    found = read(tmp_path, "image\na.png\nb.png\n", "art/pieces.csv")
    assert [piece["image"] for piece in found] == ["art/a.png", "b.png"]


def test_every_key_has_the_line_and_the_cell_it_stands_in(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text('image,Sky\n"a.png","x\ny"\nb.png,Blue\n')
    places = [place for _, place in read_pieces(path, path.name, tmp_path)]
    assert places[1].at(("traits", "Sky"), "no") == f"{path}:4: no (cell B3, Sky)"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,Sky\nSun,Blue\n", ":1: no column names the pictures; there are: name, Sky"),
        ("image,Sky,sky\na.png,1,2\n", ":1: the columns 'Sky' and 'sky' are the same"),
        ("image,file\na.png,b.png\n", ":1: the columns 'image' and 'file' are the same"),
        ("image,Number\na.png,1\n", ":1: the column 'Number' would be a trait"),
        ("image,desciption\na.png,x\n", ":1: the column 'desciption' would be a trait"),
        ("image,Style\na.png,Cubist\n", ":1: a cell cannot hold what `style` is made of"),
        ("image,,Sky\na.png,lost,Blue\n", ":2: 'lost' stands in column B, which has no name"),
        ("image,Frame\na.png,Gold\n", "a number is needed, not 'Gold' (cell B2, frame)"),
        ('image,relief\na.png,"0,5"\n', "not '0,5'; write 0.5 (cell B2, relief)"),
        ("image,Code\na.png,1E+10\n", "is a number that a spreadsheet made of what was here"),
        ("image,Sky\na.png,#REF!\n", "is an error that a spreadsheet shows"),
        ("image,Sky\na.png,=A1\n", "this begins with =, which is for the spreadsheet"),
        ("image,Sky\na.png,null\n", "null is nothing (cell B2, sky)"),
        ("image,Sky\n", "no pieces: there is nothing below the names of the columns"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(tmp_path, text, said):
    with pytest.raises(ConfigError) as error:
        read(tmp_path, text)
    assert said in error.value.fact
