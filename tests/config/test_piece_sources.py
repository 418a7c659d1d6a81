"""Pieces from folders, patterns and tables, beside those by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from nftforge.config.load import CollectionFile, load_collection
from nftforge.core.errors import ConfigError

HEAD = "name: A\nsymbol: A\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("cat10.png", "cat2.PNG", "red_dog-01.jpg", ".hid.png", "Thumbs.db", "notes.txt"):
        (tmp_path / "images").mkdir(exist_ok=True)
        (tmp_path / "images" / name).write_bytes(b"")
    (tmp_path / "images" / "more").mkdir()
    (tmp_path / "images" / "more" / "owl.png").write_bytes(b"")
    return tmp_path


def load(folder: Path, pieces: str) -> CollectionFile:
    path = folder / "collection.yaml"
    path.write_text(f"{HEAD}pieces:{pieces}")
    return load_collection(path)


def complaint(folder: Path, pieces: str) -> str:
    with pytest.raises(ConfigError) as error:
        load(folder, pieces)
    return str(error.value)


@pytest.mark.parametrize("written", [" images/\n", " images\n", "\n  - images/\n"])
def test_a_folder_is_its_pictures_in_the_order_of_their_numbers(folder, written):
    pieces = load(folder, written).collection.pieces
    assert [(piece.image, piece.name, piece.id) for piece in pieces] == [
        ("images/cat2.PNG", "Cat2", "cat2"),
        ("images/cat10.png", "Cat10", "cat10"),
        ("images/red_dog-01.jpg", "Red dog 01", "red-dog-01"),
    ]


@pytest.mark.parametrize(
    ("pattern", "ids"),
    [
        ("images/*.png", ["cat2", "cat10"]),
        ("images/CAT[1-9]*.png", ["cat2", "cat10"]),
        ("images/**/*.png", ["cat2", "cat10", "owl"]),
        ("images/**", ["cat2", "cat10", "owl", "red-dog-01"]),
        ("im*/**/o?l.PNG", ["owl"]),
        ("images/*9*", None),
    ],
)
def test_a_pattern_is_what_fits_it(folder, pattern, ids):
    if ids:
        assert load(folder, f" {pattern}\n").ids == ids
    else:
        assert "collection.yaml:3: pieces: no pictures: images/*9*" in complaint(
            folder, f" {pattern}\n"
        )


def test_a_pattern_fits_a_name_however_its_letters_are_encoded(folder):
    (folder / "images" / "e\u0301t\u00e9.png").write_bytes(b"")
    assert load(folder, " images/\u00e9te\u0301*\n").ids == ["ete"]


def test_what_is_said_of_one_picture_wins_and_it_is_one_piece(folder):
    given = "\n  - images/\n  - {image: images/cat10.png, name: Tom, brush: tape}\n"
    pieces = load(folder, given).collection.pieces
    assert [piece.name for piece in pieces] == ["Cat2", "Red dog 01", "Tom"]


def test_pieces_of_a_source_have_keys_in_common_unless_they_say_otherwise(folder):
    (folder / "p.csv").write_bytes(
        b"\xef\xbb\xbfimage;brush;Sky\r\nimages/cat2.PNG;tape;\r\nimages/cat10.png;;Red\r\n"
    )
    given = "\n  - {from: p.csv, brush: marker, traits: {Sky: Blue, Sun: 1.10}}\n"
    cat2, cat10 = load(folder, given).collection.pieces
    assert (cat2.brush, cat2.traits) == ("tape", {"Sky": "Blue", "Sun": "1.10"})
    assert (cat10.brush, cat10.traits) == ("marker", {"Sky": "Red", "Sun": "1.10"})


def test_a_complaint_names_the_cell_or_the_line_and_the_picture(folder):
    (folder / "p.csv").write_text("image,strokes\nimages/cat2.PNG,5\nimages/cat10.png,0\n")
    assert "p.csv:3: must be at least 1, not 0 (cell B3, strokes)" in complaint(folder, " p.csv\n")
    said = complaint(folder, "\n  - {from: images/*.jpg, strokes: 0}\n")
    assert "collection.yaml:4: pieces[0].strokes: images/red_dog-01.jpg: must be at least" in said
    (folder / "p.csv").write_text("image\nimages/cat2.PNG\nimages/cat9.png\n")
    assert "p.csv:3: there is no picture" in complaint(folder, " p.csv\n")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (" imagse/\n", "collection.yaml:3: pieces: there is no folder"),
        (" imagse/*.png\n", "there is images"),
        (" lost.csv\n", "collection.yaml:3: pieces: there is no table"),
        ("\n  - {from: images/, id: a}\n", "collection.yaml:4: pieces[0].id: each piece of a"),
        ("\n  - images/*.bmp\n", "there is Thumbs.db, cat10.png"),
    ],
)  # fmt: skip
def test_a_source_without_pieces_is_named_with_its_line(folder, given, said):
    with pytest.raises(ConfigError) as error:
        load(folder, given)
    assert said in f"{error.value.fact} {error.value.hint}"
