"""Every picture an artist may have: it works, or one clear error says why not."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from nftforge.errors import PictureError
from nftforge.media.pictures import load_picture

RED = (200, 40, 30)


def saved(tmp_path, image, name="picture.png", **options):
    path = tmp_path / name
    image.save(path, **options)
    return path


def close(picture, colour, tolerance=0.06):
    return np.abs(picture.rgb.mean(axis=(0, 1)) - np.array(colour) / 255).max() < tolerance


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "CMYK", "YCbCr", "LAB"])
def test_colour_modes_show_the_same_red(tmp_path, mode):
    image = Image.new("RGB", (20, 10), RED)
    if mode == "LAB":
        lab = ImageCms.createProfile("LAB")
        image = ImageCms.profileToProfile(
            image, ImageCms.createProfile("sRGB"), lab, outputMode="LAB"
        )
        path = saved(tmp_path, image, "p.tif")
    elif mode in ("CMYK", "YCbCr"):
        path = saved(tmp_path, image.convert(mode), "p.jpg" if mode == "CMYK" else "p.tif")
    else:
        path = saved(tmp_path, image.convert(mode))
    picture = load_picture(path, 512)
    assert picture.rgb.shape == (10, 20, 3) and picture.rgb.dtype == np.float32
    assert close(picture, RED, 0.1)


@pytest.mark.parametrize("mode", ["L", "1", "I;16", "I", "LA"])
def test_grey_modes_are_grey(tmp_path, mode):
    name = "grey.png"
    if mode in ("I;16", "I"):
        values = np.full((10, 20), 0x8000, np.uint16 if mode == "I;16" else np.int32)
        image = Image.fromarray(values)
        name = "grey.tif" if mode == "I" else name
    else:
        image = Image.new("L", (20, 10), 255 if mode == "1" else 128).convert(mode)
    picture = load_picture(saved(tmp_path, image, name), 512)
    assert close(picture, (255,) * 3 if mode == "1" else (128,) * 3)


def test_sixteen_bit_colour(tmp_path):
    rows = b"".join(b"\0" + struct.pack(">3H", 0xC8C8, 0x2828, 0x1E1E) * 20 for _ in range(10))
    path = tmp_path / "deep.png"
    path.write_bytes(_png(20, 10, depth=16, colour=2, data=zlib.compress(rows)))
    assert close(load_picture(path, 512), RED)


def test_transparency_of_every_kind_becomes_alpha(tmp_path):
    rgba = Image.new("RGBA", (20, 10), (*RED, 0))
    rgba.paste((*RED, 255), (0, 0, 10, 10))
    palette = rgba.convert("RGB").quantize(4)
    for name, image, options in (
        ("rgba.png", rgba, {}),
        ("la.png", rgba.convert("LA"), {}),
        ("p.png", palette, {"transparency": 0}),
        ("p.gif", rgba, {}),
        ("rgba.webp", rgba, {"lossless": True}),
    ):
        picture = load_picture(saved(tmp_path, image, name, **options), 512)
        assert picture.alpha is not None and picture.alpha.min() == 0, name
    assert load_picture(saved(tmp_path, Image.new("RGBA", (4, 4), RED)), 512).alpha is None


def test_colours_do_not_bleed_through_transparency(tmp_path):
    """Green hides where alpha is 0; made smaller, the red edge must not turn green."""
    image = Image.new("RGBA", (64, 64), (0, 255, 0, 0))
    image.paste((*RED, 255), (0, 0, 33, 64))
    picture = load_picture(saved(tmp_path, image), 16)
    visible = picture.alpha > 0.02
    assert picture.rgb[..., 1][visible].max() < 0.25


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photographs_stand_upright(tmp_path, orientation):
    upright = np.zeros((20, 40, 3), np.uint8)
    upright[:10, :20] = 255  # the upper left quarter is white
    turns = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1],
        5: upright.swapaxes(0, 1), 6: np.rot90(upright, 1), 7: np.rot90(upright.swapaxes(0, 1), 2),
        8: np.rot90(upright, -1),
    }  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(np.ascontiguousarray(turns[orientation]))
    picture = load_picture(saved(tmp_path, image, "p.jpg", exif=exif, quality=95), 512)
    assert picture.size == (40, 20) and picture.rgb.shape == (20, 40, 3)
    assert picture.rgb[:8, :16].mean() > 0.9 and picture.rgb[12:].mean() < 0.1


def test_embedded_profiles_are_converted_to_srgb(tmp_path):
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    image = Image.new("RGB", (8, 8), RED)
    assert load_picture(saved(tmp_path, image, icc_profile=swapped), 512).rgb.shape == (8, 8, 3)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert close(load_picture(saved(tmp_path, image, icc_profile=srgb), 512), RED)
    assert close(load_picture(saved(tmp_path, image, icc_profile=b"junk"), 512), RED)


@pytest.mark.parametrize(
    ("size", "shape"), [((1, 1), (1, 1)), ((1, 900), (100, 1)), ((400, 200), (50, 100))]
)
def test_the_longer_side_is_bounded(tmp_path, size, shape):
    picture = load_picture(saved(tmp_path, Image.new("RGB", size, RED)), 100)
    assert picture.rgb.shape[:2] == shape and picture.size == size and close(picture, RED)


def test_animations_give_their_first_frame(tmp_path):
    frames = [Image.new("RGB", (9, 9), colour) for colour in (RED, (0, 0, 255))]
    path = tmp_path / "moving.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    assert close(load_picture(path, 512), RED)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.png", b"", "is empty"),
        ("text.png", b"hello, I am a text\n", "is a text file"),
        ("drawing.png", b"<?xml version='1.0'?><svg xmlns='x'></svg>", "is an SVG drawing"),
        ("noise.png", bytes(range(256)), "is no picture that can be read"),
        ("head.png", b"\x89PNG\r\n\x1a\n", "head.png"),
        ("head.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0", "head.jpg"),
    ],
)
def test_what_is_no_picture_is_named_with_the_reason(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(PictureError, match=said) as error:
        load_picture(path, 512)
    assert name in str(error.value)


@pytest.mark.parametrize(
    "name", ["photo.png", "photo.jpg", "photo.webp", "photo.gif", "photo.tif", "photo.bmp"]
)
def test_a_picture_cut_off_anywhere_is_read_or_refused(tmp_path, name):
    random = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    whole = saved(tmp_path, Image.fromarray(random), name).read_bytes()
    for part in range(1, 20):
        path = tmp_path / f"cut-{name}"
        path.write_bytes(whole[: len(whole) * part // 20])
        try:
            load_picture(path, 64)
        except PictureError as error:
            assert f"cut-{name}" in str(error)


def test_missing_files_and_folders_are_told(tmp_path):
    with pytest.raises(PictureError, match="there is no picture"):
        load_picture(tmp_path / "none.png", 512)
    with pytest.raises(PictureError, match="is a folder"):
        load_picture(tmp_path, 512)


def test_a_bomb_is_refused_from_its_header(tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(_png(60_000, 60_000, depth=8, colour=2, data=b""))
    with pytest.raises(PictureError, match=r"60000 x 60000 pixels.*\n.*smaller"):
        load_picture(path, 512)


def test_a_bomb_of_text_is_refused(tmp_path):
    text = b"comment\0\0" + zlib.compress(bytes(80_000_000))
    path = tmp_path / "text-bomb.png"
    path.write_bytes(
        _png(4, 4, depth=8, colour=2, data=zlib.compress(bytes(52)), extra=(b"zTXt", text))
    )
    with pytest.raises(PictureError, match=r"text-bomb\.png"):
        load_picture(path, 512)


@pytest.mark.slow
def test_twenty_thousand_pixels_fit_into_bounded_memory(tmp_path):
    path = tmp_path / "huge.png"
    packer = zlib.compressobj(1)
    row = b"\0" + bytes(RED) * 20_000
    data = b"".join(packer.compress(row) for _ in range(20_000)) + packer.flush()
    path.write_bytes(_png(20_000, 20_000, depth=8, colour=2, data=data))
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from nftforge.media.pictures import load_picture\n"
        "print(load_picture(Path(sys.argv[1]), 512).rgb.shape)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=True
    ).stdout.split("\n")
    assert out[0] == "(512, 512, 3)" and int(out[1]) < 2500


def _png(width, height, *, depth, colour, data, extra=None):
    def chunk(kind, body):
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(*extra) if extra else b"", chunk(b"IDAT", data)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")
