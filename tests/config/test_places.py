"""Where a complaint about a piece sends its author: the file, line and cell that it is said in."""

from __future__ import annotations

from pathlib import Path

from nftforge.config.places import Place, Places

FILE = Place(
    Path("c.yaml"),
    {("name",): 1, ("pieces",): 4, ("pieces", 0): 5, ("pieces", 0, "brush"): 6},
    {("pieces", 0, "brush"): "007"},
)
BY_HAND = Place(FILE.path, FILE.lines, FILE.written, ("pieces", 0))
ROW = Place(
    Path("p.csv"),
    {(): 3},
    row=2,
    cells={("image",): ("A", "File"), ("traits", "Sky"): ("B", "Sky")},
    under=BY_HAND,
)


def test_what_a_file_says_has_its_line_and_its_place():
    places = Places(FILE, (BY_HAND,))
    assert places.at(("name",), "wrong") == "c.yaml:1: name: wrong"
    assert places.at(("pieces", 0, "brush"), "wrong") == "c.yaml:6: pieces[0].brush: wrong"
    assert places.at(("pieces", 0, "name"), "missing") == "c.yaml:5: pieces[0].name: missing"
    assert places.at(("pieces", 7), "wrong") == "c.yaml:4: pieces[7]: wrong"
    assert places.as_written(("pieces", 0, "brush")) == "007"


def test_what_a_table_says_has_its_line_and_its_cell():
    assert ROW.at(("image",), "wrong") == "p.csv:3: wrong (cell A2, File)"
    assert ROW.at(("traits", "Sky", "value"), "wrong") == "p.csv:3: wrong (cell B2, Sky)"
    assert ROW.at(("name",), "missing") == "p.csv:3: name: missing"


def test_what_is_taken_from_elsewhere_is_told_from_there():
    assert ROW.at(("brush",), "wrong") == "c.yaml:6: pieces[0].brush: wrong"
    assert ROW.says(("brush",)) and not ROW.says(("name",))


def test_complaints_are_sorted_by_file_and_line():
    places = Places(FILE, (ROW, BY_HAND))
    found = [("pieces", 0, "image"), ("pieces", 1, "brush"), ("name",), ("pieces", 0, "brush")]
    told = [places.at(key, "x") for key in sorted(found, key=places.order)]
    assert [text.partition(": ")[0] for text in told] == [
        "c.yaml:1",
        "c.yaml:6",
        "c.yaml:6",
        "p.csv:3",
    ]
