"""Sketches: quick, kept apart from what is painted, shown to the artist alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from support import nftforge, picture, small_collection

from nftforge.painting.settings import PaintSettings
from nftforge.pipeline.preview import FEWEST, sketched


def test_a_sketch_has_a_tenth_of_the_strokes_and_never_more_than_the_painting():
    assert sketched(PaintSettings(strokes=500)).strokes == 50
    assert sketched(PaintSettings(strokes=60)).strokes == FEWEST
    assert sketched(PaintSettings(strokes=5)).strokes == 5
    assert sketched(PaintSettings(seconds=30.0)).seconds == 3.0


@pytest.fixture(scope="module")
def sketched_pieces(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sketched")
    path = small_collection(folder)
    out = folder / "sheet.png"
    return path, out, nftforge("preview", path, "-o", out, "--json")


def test_every_piece_is_on_one_sheet(sketched_pieces):
    _, out, result = sketched_pieces
    assert result.code == 0, result.err
    assert result.json["sheet"] == str(out) and result.json["seconds"] > 0
    assert [row["id"] for row in result.json["pieces"]] == ["one", "two"]
    assert not any(row["cached"] for row in result.json["pieces"])
    assert Image.open(out).width > 300


def test_what_is_sketched_is_not_painted(sketched_pieces):
    path, _, result = sketched_pieces
    for row in result.json["pieces"]:
        assert Path(row["sketch"]).is_relative_to(path.parent / ".nftforge" / "preview")
    states = [piece["state"] for piece in nftforge("status", path, "--json").json["pieces"]]
    assert states == ["new", "new"]
    assert not (path.parent / ".nftforge" / "store").exists()


def test_only_what_changed_is_sketched_again(sketched_pieces):
    path, out, _ = sketched_pieces
    again = nftforge("preview", path, "-o", out, "--json")
    assert all(row["cached"] for row in again.json["pieces"])
    picture(path.parent / "images" / "two.png", 9)
    changed = nftforge("preview", path, "-o", out, "--json").json["pieces"]
    assert [row["cached"] for row in changed] == [True, False]
    only = nftforge("preview", path, "-o", out, "--only", "two", "--json").json["pieces"]
    assert [(row["id"], row["cached"]) for row in only] == [("two", True)]


def test_the_artist_sees_sketches_in_the_gallery_and_nobody_else(sketched_pieces, tmp_path):
    path, out, _ = sketched_pieces
    assert nftforge("preview", path, "-o", out).code == 0
    own = path.parent / ".nftforge" / "gallery" / "embedded"
    assert nftforge("gallery", path).code == 0
    assert len(list((own / "preview").glob("sketch-*.png"))) == 2
    assert nftforge("gallery", path, "--out", tmp_path / "public").code == 0
    assert not list((tmp_path / "public").rglob("sketch-*"))


def test_a_wrong_ending_is_said_before_anything_is_sketched(tmp_path):
    path = small_collection(tmp_path)
    result = nftforge("preview", path, "-o", tmp_path / "sheet.gif")
    assert result.code == 2 and "neither a .png nor a .jpg" in result.err
    assert not (tmp_path / ".nftforge").exists()
