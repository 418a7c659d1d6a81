"""`traits`: what a collection has, how often, and what would change; a set run to the chain."""

from __future__ import annotations

import csv
import re

import pytest
from PIL import Image, ImageDraw
from support import nftforge

from nftforge.pipeline.traits import write_csv

SET = """\
name: Emblems
symbol: EMB
seed: 7
paint: {strokes: 4, size: 16}
media: {gif: {size: 16, frames: 2}, mp4: false}
generate:
  count: 12
  traits:
    Base: {from: bases/*.png}
    Hat: {layers: layers/Hat, none: 25%}
    Eyes: {layers: layers/Eyes, blend: multiply}
    Mood: {Noir: {count: 3, paint: {palette: noir}}, Plain: {}}
  rules:
    - {if: {Base: skull}, not: {Mood: Noir}}
  unique: [Base, Hat, Eyes, Mood]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """12 pieces of three layers of 16 pixels."""
    folder = tmp_path_factory.mktemp("set")
    boxes = {"bases": (0, 0, 15, 15), "layers/Hat": (4, 1, 11, 4), "layers/Eyes": (5, 7, 10, 9)}
    names = {"bases": "skull cat", "layers/Hat": "red blue", "layers/Eyes": "green black"}
    colours = {"skull": "ivory", "cat": "peru"}
    for place, box in boxes.items():
        (folder / place).mkdir(parents=True)
        for name in names[place].split():
            image = Image.new("RGBA", (16, 16))
            ImageDraw.Draw(image).rectangle(box, fill=colours.get(name, name))
            image.save(folder / place / f"{name}.png")
    (folder / "collection.yaml").write_text(SET)
    return folder


def test_counts_are_what_the_file_promises_and_nothing_is_written(folder):
    found = nftforge("traits", folder, "--json").json
    assert found["count"] == 12 and found["changed"] == []
    assert found["traits"]["Mood"] == {"Plain": 9, "Noir": 3}
    assert sum(found["traits"]["Hat"].values()) == 9  # the others have none
    first = found["pieces"][0]
    assert (first["id"], first["number"], first["name"]) == ("piece-1", 1, "Emblems #1")
    assert not (folder / "pieces.lock.csv").exists()
    nftforge("plan", folder)
    assert not (folder / "pieces.lock.csv").exists()


def test_what_never_meets_is_told(folder):
    text = nftforge("traits", folder).out
    assert "never together: Base = skull and Mood = Noir (by chance about 1.5)" in text
    assert re.search(r"Noir +3 +25\.00 %", text)


def test_a_table_and_a_page_that_needs_nothing_else(folder, tmp_path):
    page, table = tmp_path / "traits.html", tmp_path / "traits.csv"
    nftforge("traits", folder, "-o", page, "--csv", table)
    rows = list(csv.DictReader(table.open()))
    assert len(rows) == 12 and {row["Mood"] for row in rows} == {"Noir", "Plain"}
    text = page.read_text()
    assert "default-src 'none'" in text and "src=" not in text and "<link" not in text
    assert '<tr><td>Noir</td><td class="amount">3</td>' in text


def test_a_set_is_painted_and_minted_and_what_grows_later_leaves_it_alone(folder):
    done = nftforge("run", folder, "--yes", "--json")
    assert done.code == 0, done.err
    assert {piece["state"] for piece in done.json["pieces"]} == {"minted"}
    lock = (folder / "pieces.lock.csv").read_text()
    assert "trait:Base,trait:Hat,trait:Eyes,trait:Mood,drawn" in lock
    again = nftforge("run", folder, "--yes", "--json").json["pieces"]
    assert all(all(piece["cached"].values()) for piece in again)
    before = nftforge("traits", folder, "--json").json["pieces"]
    path = folder / "collection.yaml"
    path.write_text(SET.replace("{count: 3,", "{count: 4,"))
    found = nftforge("traits", folder, "--json").json
    differ = [a["id"] for a, b in zip(before, found["pieces"], strict=True) if a != b]
    assert differ == [row["id"] for row in found["changed"]] and 1 <= len(differ) <= 3
    planned = nftforge("plan", folder, "--json").json
    assert [row["id"] for row in planned["changed"]] == differ
    path.write_text(SET)


def test_no_cell_is_a_formula_to_a_spreadsheet(tmp_path):
    traits = {"=Sum": "@SUM(A1)", "Depth": -5, "Height": "+3.5", "Name": "Mary-Ann"}
    row = {"id": "one", "number": 1, "name": "=HYPERLINK(1)", "traits": traits}
    write_csv(tmp_path / "t.csv", {"traits": dict.fromkeys(traits), "pieces": [row]})
    head, line = (tmp_path / "t.csv").read_text().splitlines()
    assert head == "id,number,name,'=Sum,Depth,Height,Name"
    assert line == "one,1,'=HYPERLINK(1),'@SUM(A1),-5,+3.5,Mary-Ann"
