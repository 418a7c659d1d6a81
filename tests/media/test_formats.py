"""What a file really is decides, not its name; what is not read is named, with the next step."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pillow_heif
import pytest
from PIL import Image
from support import ROOT
from support.odd_pictures import ODD, heic, jpeg, png, raw_tiff

from nftforge.core.errors import MissingError, PictureError
from nftforge.media.pictures import load_picture


def at(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def refused(path):
    with pytest.raises(PictureError) as error:
        load_picture(path, 64)
    assert str(path) in error.value.fact
    return error.value


@pytest.mark.parametrize("name", ["photo.heic", "photo.HEIC", "photo.jpg", "photo"])
def test_heic_is_read_whatever_it_is_called(tmp_path, name):
    picture = load_picture(at(tmp_path, name, heic((200, 40, 30))), 512)
    assert picture.size == (48, 32) and picture.alpha is None and not picture.notes
    assert np.abs(picture.rgb - np.array((200, 40, 30)) / 255).max() < 0.03


def test_heic_from_a_phone_held_upright_stands_upright(tmp_path):
    """A phone writes the turn into the container, and often into EXIF too: it is made once."""
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned right by a quarter
    lying = Image.new("RGB", (64, 32), (255, 255, 255))
    lying.paste((0, 0, 0), (0, 0, 32, 32))  # the left half, which becomes the upper one
    path = tmp_path / "upright.heic"
    pillow_heif.from_pillow(lying).save(path, quality=90, exif=exif.tobytes())
    picture = load_picture(path, 512)
    assert picture.size == (32, 64)
    assert picture.rgb[:28].mean() < 0.1 and picture.rgb[36:].mean() > 0.9


def test_heic_keeps_its_transparency(tmp_path):
    image = Image.new("RGBA", (32, 32), (200, 40, 30, 0))
    image.paste((200, 40, 30, 255), (0, 0, 32, 16))
    path = tmp_path / "clear.heic"
    pillow_heif.from_pillow(image).save(path, quality=95)
    alpha = load_picture(path, 512).alpha
    assert alpha is not None and alpha[:12].min() > 0.95 and alpha[20:].max() < 0.05


def test_a_heic_that_is_cut_off_is_refused_by_its_name(tmp_path):
    whole = heic((200, 40, 30))
    for part in (20, 100, len(whole) // 2, len(whole) - 20):
        assert "cut.jpg" in refused(at(tmp_path, "cut.jpg", whole[:part])).fact


def test_nothing_is_loaded_for_heic_until_there_is_one(tmp_path):
    at(tmp_path, "a.png", png())
    at(tmp_path, "b.png", heic((1, 2, 3)))
    code = (
        "import sys; from pathlib import Path\n"
        "from nftforge.media.pictures import load_picture\n"
        "for name in 'ab':\n"
        "    load_picture(Path(sys.argv[1], f'{name}.png'), 64)\n"
        "    print('pillow_heif' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == ["False", "True"]


def test_without_pillow_heif_the_command_that_brings_it_is_named(tmp_path, monkeypatch):
    path = at(tmp_path, "photo.jpg", heic((1, 2, 3)))
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(MissingError, match=r"photo\.jpg is a HEIC picture") as error:
        load_picture(path, 64)
    assert error.value.hint == "pip install 'nftforge[heic]'"


@pytest.mark.parametrize("odd", [odd for odd in ODD if odd.said], ids=lambda odd: odd.name)
def test_what_is_not_read_is_named_with_the_next_step(tmp_path, odd):
    error = refused(at(tmp_path, odd.name, odd.content))
    assert odd.said in error.fact and error.hint


@pytest.mark.parametrize("odd", [odd for odd in ODD if not odd.said], ids=lambda odd: odd.name)
def test_what_is_read_is_read(tmp_path, odd):
    picture = load_picture(at(tmp_path, odd.name, odd.content), 64)
    assert picture.rgb.std() > 0.05


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.name)
def test_another_name_changes_nothing(tmp_path, odd):
    def outcome(name):
        path = at(tmp_path, name, odd.content)
        try:
            picture = load_picture(path, 64)
        except PictureError as error:
            return str(error).replace(str(path), "it")
        return picture.rgb.tobytes(), [note.replace(str(path), "it") for note in picture.notes]

    assert outcome("plain.png") == outcome("other.jpg") == outcome("without an ending")


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_preview_in_a_raw_file_is_not_taken_for_the_photograph(tmp_path, order):
    preview = raw_tiff(order, {254: 1, 330: 8})
    assert "raw photograph" in refused(at(tmp_path, "DSC_1.NEF", preview)).fact
    mosaic = raw_tiff(order, {254: 0, 262: 32803})
    assert "raw photograph" in refused(at(tmp_path, "IMG_1.dng", mosaic)).fact


def test_a_tiff_of_several_sizes_is_no_raw_file(tmp_path):
    """Its first picture is the whole one; smaller ones hang below it."""
    path = tmp_path / "pyramid.tif"
    Image.new("RGB", (40, 30), (200, 40, 30)).save(path, tiffinfo={254: 0, 330: 8})
    assert load_picture(path, 64).size == (40, 30)
    Image.new("RGB", (40, 30), (200, 40, 30)).save(path, tiffinfo={254: 1})
    assert load_picture(path, 64).size == (40, 30)


def test_text_formats_of_pictures_are_no_text_files(tmp_path):
    path = at(tmp_path, "plain.ppm", b"P3\n2 1\n255\n200 40 30  0 0 0\n")
    assert load_picture(path, 64).size == (2, 1)


def test_a_picture_that_mentions_svg_is_a_picture(tmp_path):
    content = jpeg().replace(b"\xff\xd8", b"\xff\xd8\xff\xfe\0\x0d<svg> here!", 1)
    assert load_picture(at(tmp_path, "a.jpg", content), 64).size == (80, 60)
