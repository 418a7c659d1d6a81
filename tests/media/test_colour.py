"""Colours come out as they were meant: profiles of wide spaces, inks, and what is transparent."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import Image
from support.icc import ADOBE_RGB, DISPLAY_P3
from support.odd_pictures import chunk, png_of, saved

from nftforge.media.pictures import load_picture

SEEN = [(200, 40, 30), (120, 130, 140), (230, 180, 90), (60, 120, 70), (0, 255, 0), (20, 20, 60)]
EXACT = {"PNG": {}, "TIFF": {}, "WEBP": {"lossless": True}}
LOSSY = {
    "JPEG": {"quality": 100, "subsampling": 0},
    "AVIF": {"quality": 100, "subsampling": "4:4:4"},
}


def at(tmp_path, content, name="picture"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def swatches(colours, mode="RGB"):
    """Squares of 8 pixels side by side."""
    row = np.repeat(np.array(colours, np.uint8), 8, axis=0)
    return Image.fromarray(np.repeat(row[None], 8, axis=0)).convert(mode)


def read(path, count):
    """The middle of each square, 0..255."""
    rgb = load_picture(path, 512).rgb
    return np.rint(255 * rgb[4, 4::8][:count])


@pytest.mark.parametrize("space", [DISPLAY_P3, ADOBE_RGB], ids=lambda space: space.name)
@pytest.mark.parametrize("kind", [*EXACT, *LOSSY, "HEIF"])
def test_wide_colours_are_brought_to_srgb(tmp_path, kind, space):
    """As the spaces' definitions have it, computed without a profile."""
    image = swatches(SEEN)
    if kind == "HEIF":
        target = io.BytesIO()
        pillow_heif.from_pillow(image).save(
            target, quality=-1, chroma=444, matrix_coefficients=0, icc_profile=space.profile
        )
        content = target.getvalue()
    else:
        content = saved(image, kind, icc_profile=space.profile, **{**EXACT, **LOSSY}[kind])
    expected = np.array([space.in_srgb(colour) for colour in SEEN])
    found = read(at(tmp_path, content), len(SEEN))
    assert np.abs(found - expected).max() <= (2 if kind in EXACT else 6)
    assert np.abs(expected - SEEN).max() > 15  # or nothing would be seen here


@pytest.mark.parametrize("mode", ["RGBA", "P"])
def test_wide_colours_beside_transparency_and_in_palettes_too(tmp_path, mode):
    image = swatches(SEEN, "RGBA" if mode == "RGBA" else "RGB")
    if mode == "RGBA":
        image.putpixel((0, 0), (0, 0, 0, 0))
    else:
        image = image.convert("P", palette=Image.Palette.ADAPTIVE, colors=6)
    path = at(tmp_path, saved(image, "PNG", icc_profile=DISPLAY_P3.profile))
    expected = np.array([DISPLAY_P3.in_srgb(colour) for colour in SEEN])
    assert np.abs(read(path, len(SEEN)) - expected).max() <= 3
    assert (load_picture(path, 512).alpha is not None) == (mode == "RGBA")


def test_wide_colours_of_sixteen_bits_too(tmp_path):
    pixels = (np.asarray(swatches(SEEN)).astype(np.uint16) * 257).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    profile = chunk(b"iCCP", b"p3\0\0" + zlib.compress(DISPLAY_P3.profile))
    path = at(tmp_path, png_of(rows, (48, 8), 16, 2, profile))
    expected = np.array([DISPLAY_P3.in_srgb(colour) for colour in SEEN])
    assert np.abs(read(path, len(SEEN)) - expected).max() <= 2


INKS = [(255, 0, 0, 0), (0, 255, 0, 0), (0, 0, 255, 0), (0, 0, 0, 255), (0, 0, 0, 0)]
ON_PAPER = [(0, 255, 255), (255, 0, 255), (255, 255, 0), (0, 0, 0), (255, 255, 255)]


def test_inks_are_colours_whether_adobe_turned_them_round_or_not(tmp_path):
    """Photoshop writes a CMYK JPEG inverted and says so (APP14); a TIFF is as it is."""
    row = np.repeat(np.array(INKS, np.uint8), 8, axis=0)
    image = Image.fromarray(np.repeat(row[None], 8, axis=0), "CMYK")
    jpeg = saved(image, "JPEG", quality=100, subsampling=0)
    assert b"Adobe" in jpeg[:200]
    for content in (jpeg, saved(image, "TIFF")):
        assert np.abs(read(at(tmp_path, content), len(INKS)) - ON_PAPER).max() <= 4


def grey(depth):
    """16 columns of grey, the third of the scale in every other one."""
    third = ((1 << depth) - 1) // 3 or 1
    values = [third if column % 2 else 0 for column in range(16)]
    bits = int("".join(format(value, f"0{depth}b") for value in values), 2)
    row = b"\0" + bits.to_bytes(2 * depth, "big")
    return png_of(row * 4, (16, 4), depth, 0, chunk(b"tRNS", struct.pack(">H", third)))


def rgb(depth):
    """The same as colours."""
    third = ((1 << depth) - 1) // 3
    code = "B" if depth == 8 else "H"
    row = b"".join(struct.pack(f">3{code}", *[third * (column % 2)] * 3) for column in range(16))
    clear = chunk(b"tRNS", struct.pack(">3H", *[third] * 3))
    return png_of((b"\0" + row) * 4, (16, 4), depth, 2, clear)


VARIANTS = {f"grey, {depth} bits": grey(depth) for depth in (1, 2, 4, 8, 16)}
VARIANTS |= {f"colour, {depth} bits": rgb(depth) for depth in (8, 16)}


@pytest.mark.parametrize("variant", VARIANTS)
def test_one_grey_that_is_transparent_is_so_at_every_depth(tmp_path, variant):
    picture = load_picture(at(tmp_path, VARIANTS[variant]), 64)
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, np.tile([1, 0], (4, 8)))
    assert picture.rgb[:, ::2].max() == 0


@pytest.mark.parametrize("key", [0x7693, 0x0076, 0x7600])
def test_at_sixteen_bits_its_neighbours_are_not_taken_for_it(tmp_path, key):
    """0x7600 and 0x7693 are one grey at 8 bits."""
    values = np.array([key, key + 1, key ^ 0x80, 0xFFFF] * 4, ">u2")
    rows = (b"\0" + values.tobytes()) * 2
    clear = chunk(b"tRNS", struct.pack(">H", key))
    alpha = load_picture(at(tmp_path, png_of(rows, (16, 2), 16, 0, clear)), 64).alpha
    assert alpha is not None and np.array_equal(alpha[0], [0, 1, 1, 1] * 4)
