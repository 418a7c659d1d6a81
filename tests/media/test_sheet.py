"""Sheets: every picture whole, in its place, with a caption that can be read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFont
from support import nftforge, small_collection

from nftforge.core.errors import ConfigError
from nftforge.media import sheet
from nftforge.media.sheet import GROUND, LEAST, Cell, compose, grid, kind, save, writable
from nftforge.painting.brushes import brush_names

SHAPES = st.lists(st.floats(0.1, 10), min_size=1, max_size=300)


@given(aspects=SHAPES, size=st.integers(300, 4000))
def test_every_picture_fits_its_place_and_no_two_overlap(aspects, size):
    layout = grid(aspects, size)
    width, height = layout.size
    assert max(width, height) <= size or layout.width == LEAST
    seen = set()
    for index, aspect in enumerate(aspects):
        x, y = layout.place(index, len(aspects))
        across, down = layout.fit(aspect)
        assert across <= layout.width and down <= layout.height + 1
        assert x >= 0 and x + layout.width <= width and y + layout.height <= height
        seen.add((x, y))
    assert len(seen) == len(aspects)
    assert layout.columns * (layout.rows - 1) < len(aspects) <= layout.columns * layout.rows


@pytest.mark.parametrize("count", [4, 9, 12, 30, 100, 1000, 10_000])
def test_many_square_pieces_make_neither_a_ribbon_nor_a_ragged_sheet(count):
    layout = grid([1.0] * count, 2400)
    width, height = layout.size
    assert 0.7 < width / height < 2
    assert (layout.columns * layout.rows - count) / count < 0.12


def test_pictures_are_shown_pixel_for_pixel_and_transparency_shows_the_ground():
    layout = grid([1.5] * 2, 600)
    width, height = layout.fit(1.5)
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 4), np.uint8)
    noise[..., 3] = 255
    noise[: height // 2, :, 3] = 0
    cells = [Cell(noise[..., :3], "One"), Cell(noise, "Two")]
    shown_all = np.asarray(compose(layout, iter(cells), 2, "Both", None))
    for index in (0, 1):
        x, y = layout.place(index, 2)
        x, y = x + (layout.width - width) // 2, y + layout.height - height
        shown = shown_all[y : y + height, x : x + width]
        np.testing.assert_array_equal(shown[height // 2 :], noise[height // 2 :, :, :3])
        top = shown[: height // 2]
        assert (top == GROUND).all() if index else (top == noise[: height // 2, :, :3]).all()


def test_names_in_english_letters_are_written():
    assert writable("BitLocker #1: “gold”", None)


@pytest.mark.parametrize("name", ["比特币", "Биткойн 比", "A 🎨", "ביטקוין"])
def test_a_name_that_would_become_boxes_is_noticed(name, monkeypatch):
    monkeypatch.setattr(sheet, "MACHINE", ("no-such-font.ttf",))
    assert not writable(name, None)


def test_a_font_of_the_users_is_asked_too(tmp_path, monkeypatch):
    monkeypatch.setattr(sheet, "MACHINE", ())
    path = tmp_path / "latin.ttf"
    path.write_bytes(ImageFont.load_default(20).font_bytes)
    assert writable("Kunst", path) and not writable("芸術", path)
    (tmp_path / "no.ttf").write_bytes(b"not a font")
    with pytest.raises(ConfigError, match=r"no\.ttf is no font"):
        writable("Kunst", tmp_path / "no.ttf")


def test_a_long_caption_stays_under_its_picture():
    layout = grid([1.0] * 2, 600)
    blank = np.zeros((layout.height, layout.width, 3), np.uint8)
    cells = [Cell(blank, "W" * 300, "w" * 300), Cell(blank)]
    drawn = np.asarray(compose(layout, iter(cells), 2, "", None))
    x, _ = layout.place(0, 2)
    right = drawn[:, x + layout.width + 2 : layout.place(1, 2)[0]]
    assert (right == GROUND).all()


def test_a_sheet_is_png_or_jpeg_by_its_ending_and_appears_whole(tmp_path):
    red = Image.new("RGB", (40, 30), "red")
    for name, form in (("a.png", "PNG"), ("b.JPG", "JPEG"), ("c.jpeg", "JPEG")):
        save(red, tmp_path / name)
        with Image.open(tmp_path / name) as image:
            assert image.format == form
    with pytest.raises(ConfigError, match=r"d\.gif is neither"):
        kind(tmp_path / "d.gif")
    assert len(list(tmp_path.iterdir())) == 3


def test_a_collection_on_one_sheet_and_a_strip_for_each_piece(tmp_path):
    path = small_collection(tmp_path)
    path.write_text(path.read_text().replace("name: Two}", "name: \U00012000}"))
    wish = ("-o", tmp_path / "all.jpg", "--strips", tmp_path / "strips", "--size", "500")
    made = nftforge("sheet", path, *wish, "--json")
    assert made.code == 0, made.err
    assert made.json["named_by_id"] == ["two"] and "--font FILE" in made.err
    with Image.open(made.json["sheet"]) as image:
        assert image.format == "JPEG" and 450 < max(image.size) <= 500
    assert set(made.json["strips"]) == {"one", "two"}
    for strip in made.json["strips"].values():
        with Image.open(strip) as image:
            assert image.width > 1.3 * image.height > 0
    refused = nftforge("sheet", path, "-o", tmp_path / "all.gif")
    assert refused.code == 2 and "neither a .png nor a .jpg" in refused.err


def test_the_brushes_are_shown_on_white_and_on_dark(tmp_path):
    result = nftforge("brushes", "--sheet", tmp_path / "b.png", "--size", "600", "--json")
    assert result.code == 0, result.err
    with Image.open(tmp_path / "b.png") as image:
        pixels = np.asarray(image.convert("RGB")).reshape(-1, 3).astype(int)
    for shade in ((255, 255, 255), (33, 33, 38), GROUND):
        assert (np.abs(pixels - shade).max(axis=1) <= 1).mean() > 0.1
    assert (pixels.max(axis=1) - pixels.min(axis=1) > 80).mean() > 0.03  # and there is paint


def test_one_picture_is_shown_in_every_brush(tmp_path):
    """Each cell is like the picture, and no two are alike."""
    y, x = np.mgrid[0:40, 0:60] / 60
    dark = np.hypot(x - 0.5, y - 0.33) < 0.22
    picture = np.where(dark[..., None], (60, 20, 40), (235, 225, 200)).astype(np.uint8)
    Image.fromarray(picture).save(tmp_path / "dot.png")
    out = tmp_path / "hands.png"
    result = nftforge("brushes", "--image", tmp_path / "dot.png", "-o", out, "--size", "600")
    assert result.code == 0, result.err
    names = [name for name in brush_names() if name != "own"]
    layout, cells = grid([1.5] * (1 + len(names)), 600), []
    across, down = layout.fit(1.5)
    with Image.open(out) as image:
        for index in range(1, 1 + len(names)):
            left, top = layout.place(index, 1 + len(names))
            left, top = left + (layout.width - across) // 2, top + layout.height - down
            grey = image.convert("L").crop((left, top, left + across, top + down))
            cells.append(grey)
    disc = _coarse(Image.fromarray(picture).convert("L"))
    for name, cell in zip(names, cells, strict=True):
        assert np.corrcoef(_coarse(cell).ravel(), disc.ravel())[0, 1] > 0.7, name
    fine = [np.asarray(cell, float) for cell in cells]  # a hand is told by its texture
    for at, cell in enumerate(fine):
        assert all(np.abs(cell - other).mean() > 1 for other in fine[:at]), names[at]


def _coarse(grey):
    return np.asarray(grey.resize((12, 8)), float)
