"""Every picture an artist may have: it works, or one clear error says why not."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from support import ROOT
from support.odd_pictures import heic

from nftforge.core.errors import PictureError
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


@pytest.mark.parametrize("white", [1.0, 255.0, 65535.0])
def test_float_pictures_are_read_on_their_own_scale(tmp_path, white):
    values = np.full((10, 20), white / 2, np.float32)
    values[0] = white
    values[5, 5] = np.nan
    picture = load_picture(saved(tmp_path, Image.fromarray(values), "f.tif"), 512)
    assert picture.rgb.max() == 1 and abs(float(np.median(picture.rgb)) - 0.5) < 0.01


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


@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_photographs_stand_upright(tmp_path, orientation, kind):
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
    picture = load_picture(saved(tmp_path, image, f"p.{kind}", exif=exif, quality=95), 512)
    assert picture.size == (40, 20) and picture.rgb.shape == (20, 40, 3)
    assert picture.rgb[:8, :16].mean() > 0.9 and picture.rgb[12:].mean() < 0.1


def test_broken_exif_does_not_spoil_a_sound_picture(tmp_path):
    image = Image.new("RGB", (8, 8), RED)
    exif = b"Exif\0\0II*\0\xff\xff\xff\xff"
    assert close(load_picture(saved(tmp_path, image, "p.jpg", exif=exif), 512), RED)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_embedded_profiles_are_converted_to_srgb(tmp_path, mode):
    """A profile whose red and blue primaries are exchanged turns red into blue."""
    image = Image.new(mode, (8, 8), RED)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"tmp!").replace(b"bXYZ", b"rXYZ").replace(b"tmp!", b"bXYZ")
    assert close(load_picture(saved(tmp_path, image, icc_profile=srgb), 512), RED)
    assert close(load_picture(saved(tmp_path, image, icc_profile=swapped), 512), RED[::-1], 0.1)


def test_profiles_of_no_use_are_left_out(tmp_path):
    grey = Image.new("L", (8, 8), 128)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert close(load_picture(saved(tmp_path, grey, icc_profile=srgb), 512), (128,) * 3)
    image = Image.new("RGB", (8, 8), RED)
    for profile in (b"junk", srgb[: len(srgb) // 2]):
        assert close(load_picture(saved(tmp_path, image, icc_profile=profile), 512), RED)


@pytest.mark.parametrize(
    ("size", "shape"), [((1, 1), (1, 1)), ((1, 900), (100, 1)), ((400, 200), (50, 100))]
)
def test_the_longer_side_is_bounded(tmp_path, size, shape):
    picture = load_picture(saved(tmp_path, Image.new("RGB", size, RED)), 100)
    assert picture.rgb.shape[:2] == shape and picture.size == size and close(picture, RED)


def test_reduction_in_bands_is_the_same_as_at_once(tmp_path):
    """Sides that no block divides, over more than one band."""
    random = np.random.default_rng(0).integers(0, 256, (90, 50, 4), np.uint8)
    image = Image.fromarray(random).resize((1999, 3001), Image.Resampling.BICUBIC)
    whole = image.convert("RGBa").resize((67, 100), Image.Resampling.LANCZOS).convert("RGBA")
    picture = load_picture(saved(tmp_path, image, compress_level=1), 100)
    expected = np.asarray(whole, np.float32) / 255
    assert picture.alpha is not None and np.abs(picture.alpha - expected[..., 3]).mean() < 0.01
    assert np.abs(picture.rgb - expected[..., :3]).mean() < 0.02


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("head.png", b"\x89PNG\r\n\x1a\n", "head.png is a damaged PNG picture"),
        ("head.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0", "head.jpg cannot be decoded"),
    ],
)
def test_a_picture_that_ends_after_its_head_is_named_with_the_reason(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(PictureError, match=said):
        load_picture(path, 512)


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


SOUND = {}
for kind in ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "PPM", "AVIF"):
    stream = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    options = {"compression": "tiff_adobe_deflate"} if kind == "TIFF" else {}
    Image.fromarray(pixels).save(stream, format=kind, **options)
    SOUND[kind] = stream.getvalue()
SOUND["HEIF"] = heic()


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(sorted(SOUND)),
    edits=st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 255)), min_size=1, max_size=9),
)
def test_damaged_bytes_are_read_or_refused_in_silence(tmp_path, capfd, kind, edits):
    """libtiff and Pillow's logger would both write to stderr."""
    content = bytearray(SOUND[kind])
    for place, value in edits:
        content[place % len(content)] = value
    path = tmp_path / "damaged.png"
    path.write_bytes(content)
    try:
        load_picture(path, 16)
    except PictureError as error:
        assert "damaged.png" in str(error)
    assert capfd.readouterr() == ("", "")


def test_libtiff_and_the_logger_of_pillow_are_silenced(tmp_path, capfd):
    data = bytearray(SOUND["TIFF"])
    data[8 + 40 : 8 + 60] = bytes(20)  # inside the compressed strip
    (tmp_path / "strip.tif").write_bytes(data)
    with pytest.raises(PictureError, match="cannot be decoded"):
        load_picture(tmp_path / "strip.tif", 16)
    assert capfd.readouterr() == ("", "")


def test_missing_files_and_folders_are_told(tmp_path):
    with pytest.raises(PictureError, match="there is no picture"):
        load_picture(tmp_path / "none.png", 512)
    with pytest.raises(PictureError, match="is a folder"):
        load_picture(tmp_path, 512)
    (tmp_path / "file").touch()
    with pytest.raises(PictureError, match="there is no picture"):
        load_picture(tmp_path / "file" / "none.png", 512)


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(PictureError, match="is a device or a pipe"):
        load_picture(tmp_path / "pipe.png", 512)


def test_a_picture_that_may_not_be_read_is_told(tmp_path):
    """Root may read everything, so root becomes nobody first."""
    path = saved(tmp_path, Image.new("RGB", (4, 4), RED))
    path.chmod(0)
    code = (
        "import os, sys; from pathlib import Path\n"
        "from nftforge.media.pictures import load_picture\n"
        "folder = os.open(sys.argv[1], os.O_RDONLY); os.fchdir(folder)\n"
        "os.geteuid() or os.seteuid(65534)\n"
        "try: load_picture(Path('picture.png'), 16)\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    tmp_path.chmod(0o755)
    out = _python(code, tmp_path)
    assert "PictureError picture.png cannot be read: Permission denied" in out


def test_a_bomb_is_refused_from_its_header(tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(_png(60_000, 60_000, depth=8, colour=2, data=b""))
    with pytest.raises(PictureError, match=r"3600000000 pixels.*\n.*smaller"):
        load_picture(path, 512)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("depth", "colour", "pixel", "most_mib"),
    [(8, 2, bytes(RED), 1800), (8, 6, bytes((*RED, 99)), 1800), (16, 0, b"\x80\0", 1100)],
)
def test_twenty_thousand_pixels_take_no_more_than_their_own_size(
    tmp_path, depth, colour, pixel, most_mib
):
    path, side = tmp_path / "huge.png", 20_000
    packer = zlib.compressobj(1)
    row = b"\0" + pixel * side
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    path.write_bytes(_png(side, side, depth=depth, colour=colour, data=data))
    code = (
        "import sys; sys.path.insert(0, 'tests'); from pathlib import Path\n"
        "from nftforge.media.pictures import load_picture\n"
        "print(load_picture(Path(sys.argv[1]), 512).rgb.shape)\n"
        "from support import peak_kib\n"
        "print(peak_kib() // 1024)"
    )
    shape, peak = _python(code, path).splitlines()
    assert shape == "(512, 512, 3)" and int(peak) < most_mib


def _python(code, argument):
    command = [sys.executable, "-c", code, argument]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout


def _png(width, height, *, depth, colour, data):
    def chunk(kind, body):
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", data)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")
