"""What is wrong with a file and not with its picture does not matter; what is missing is told."""

from __future__ import annotations

import re
import subprocess
import sys
import zlib

import numpy as np
import pytest
from support import ROOT
from support.odd_pictures import chunk, jpeg, packed_text, png, saved, scene, with_text

from nftforge.core.errors import PictureError
from nftforge.media.pictures import load_picture

KINDS = {
    "plain": {},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_blocks": 2},
    "full colour": {"subsampling": 0, "optimize": True},
}


def at(tmp_path, content, name="photo.jpg"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def refusal(path):
    with pytest.raises(PictureError) as error:
        load_picture(path, 512)
    assert error.value.fact.startswith(f"{path} is cut off: ")
    return error.value


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("missing", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_a_jpeg_without_its_end_mark_is_read_and_that_is_said(tmp_path, kind, missing, mode):
    whole = saved(scene(mode=mode), "JPEG", quality=90, **KINDS[kind])
    expected = load_picture(at(tmp_path, whole, "whole.jpg"), 512)
    path = at(tmp_path, whole[:-missing])
    picture = load_picture(path, 512)
    assert np.array_equal(picture.rgb, expected.rgb) and not expected.notes
    assert picture.notes == (f"{path} lacks its last bytes; nothing of the picture is missing",)


def test_one_that_is_decoded_smaller_is_the_same_too(tmp_path):
    whole = saved(scene((640, 480)), "JPEG", quality=90)
    expected = load_picture(at(tmp_path, whole, "whole.jpg"), 64)
    assert np.array_equal(load_picture(at(tmp_path, whole[:-2]), 64).rgb, expected.rgb)


@pytest.mark.parametrize("kind", KINDS)
def test_a_jpeg_from_which_pixels_are_missing_is_refused(tmp_path, kind):
    whole = jpeg(**KINDS[kind])
    start = whole.rindex(b"\xff\xda") + 20  # in what holds the pixels
    for end in range(start, len(whole) - 4, max(1, (len(whole) - start) // 25)):
        assert "copy or download it again" in refusal(at(tmp_path, whole[:end])).hint


def test_how_much_is_missing_is_said(tmp_path):
    whole = saved(scene((320, 320)), "JPEG", quality=90)
    told = [
        int(re.search(r"the lower (\d+) % of the picture are missing", refusal(path).fact)[1])
        for part in (0.3, 0.5, 0.7, 0.95)
        for path in [at(tmp_path, whole[: int(len(whole) * part)])]
    ]
    assert all(abs(lower - due) < 15 for lower, due in zip(told, (70, 50, 30, 5), strict=True))


def test_where_each_part_has_to_do_with_all_rows_no_share_is_made_up(tmp_path):
    whole = jpeg(progressive=True)
    assert refusal(at(tmp_path, whole[: len(whole) // 2])).fact.endswith("it ends too early")


def test_a_jpeg_that_ends_before_its_pixels_begin_is_refused(tmp_path):
    whole = jpeg()
    for end in range(4, whole.index(b"\xff\xda"), 40):
        with pytest.raises(PictureError):
            load_picture(at(tmp_path, whole[:end]), 64)


LONG = b"a long story " * 90_000  # more than Pillow takes
TEXTS = {
    "zTXt": (b"zTXt", packed_text(2 << 20)),
    "zTXt, 80 MB": (b"zTXt", packed_text(80 << 20)),
    "iTXt": (b"iTXt", b"story\0\1\0en\0story\0" + zlib.compress(LONG)),
    "iTXt, plain": (b"iTXt", b"story\0\0\0en\0story\0" + LONG),
    "tEXt": (b"tEXt", b"story\0" + LONG),
    "damaged": (b"zTXt", b"story\0\0" + zlib.compress(LONG)[:-9]),
}


@pytest.mark.parametrize("last", [False, True], ids=["before the pixels", "behind them"])
@pytest.mark.parametrize("text", TEXTS)
def test_a_text_of_any_size_does_not_spoil_a_picture(tmp_path, text, last):
    path = at(tmp_path, with_text(*TEXTS[text], last=last), "a.png")
    picture = load_picture(path, 512)
    assert np.array_equal(picture.rgb, np.asarray(scene(), np.float32) / 255)
    assert not picture.notes


def test_many_texts_are_left_out_like_a_long_one(tmp_path):
    """Pillow keeps 64 MB of them; each of these it would take."""
    content = png()
    texts = b"".join(chunk(b"zTXt", packed_text(1_000_000)) for _ in range(70))
    path = at(tmp_path, content[:33] + texts + content[33:], "a.png")
    assert load_picture(path, 512).size == (80, 60)


def test_a_text_that_tells_which_way_is_up_is_kept_beside_a_long_one(tmp_path):
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    body = b"XML:com.adobe.xmp\0\0\0\0\0" + xmp
    turned = with_text(b"iTXt", body)
    path = at(tmp_path, turned[:33] + chunk(*TEXTS["zTXt"]) + turned[33:], "a.png")
    assert load_picture(path, 512).size == (60, 80)


def test_a_text_bomb_is_not_unpacked(tmp_path):
    """512 MB of text in a small file."""
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(512)) + packer.flush()
    path = at(tmp_path, with_text(b"zTXt", b"bomb\0\0" + packed), "bomb.png")
    code = (
        "import sys; sys.path.insert(0, 'tests'); from pathlib import Path\n"
        "from nftforge.media.pictures import load_picture\n"
        "load_picture(Path(sys.argv[1]), 64)\n"
        "from support import peak_kib\n"
        "print(peak_kib() // 1024)"
    )
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert int(done.stdout) < 250


def test_other_damage_of_a_png_is_told_as_before(tmp_path):
    path = at(tmp_path, png()[:-200], "a.png")
    with pytest.raises(PictureError, match=r"a\.png cannot be decoded"):
        load_picture(path, 512)
