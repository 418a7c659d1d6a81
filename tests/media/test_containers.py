"""Finished files are walked through to their end: what is whole passes, what is cut off does not.

The files are made by Pillow, by FFmpeg and by hand, as artists' programs make them.
"""

from __future__ import annotations

import io
import json
import struct
import subprocess
import wave
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from nftforge.core.sniff import kind_of
from nftforge.media.containers import (
    BODY_SERIAL,
    EXIF,
    GPS,
    Check,
    Damaged,
    gif,
    glb,
    jpeg,
    mp3,
    mp4,
    png,
    wav,
    webm,
    webp,
)

SQUARE = Image.radial_gradient("L").resize((32, 32)).convert("RGB")
FRAMES = [SQUARE.rotate(angle) for angle in (0, 45, 90)]


def picture(form: str, **options: object) -> bytes:
    out = io.BytesIO()
    SQUARE.save(out, form, **options)
    return out.getvalue()


def animation(form: str) -> bytes:
    return picture(form, save_all=True, append_images=FRAMES[1:])


def located() -> bytes:
    exif = Image.Exif()
    exif.get_ifd(GPS)[2] = (52.0, 30.0, 0.0)
    exif.get_ifd(EXIF)[BODY_SERIAL] = "0042"
    return exif.tobytes()


def tone() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\1" * 800)
    return out.getvalue()


def model(scene: object = None, *, length: int | None = None) -> bytes:
    text = json.dumps(scene or {"asset": {"version": "2.0"}}).encode()
    text += b" " * (-len(text) % 4)
    whole = 20 + len(text)
    head = struct.pack("<4sII", b"glTF", 2, whole if length is None else length)
    return head + struct.pack("<I4s", len(text), b"JSON") + text


def filmed(folder: Path, name: str, *options: str) -> bytes:
    program = get_ffmpeg_exe()
    source = ["-f", "lavfi", "-i", "testsrc=size=64x64:rate=5:duration=1"]
    if name.endswith(".mp3"):
        source = ["-f", "lavfi", "-i", "sine=duration=1"]
    path = folder / name
    subprocess.run([program, "-v", "error", "-y", *source, *options, str(path)], check=True)
    return path.read_bytes()


FAST = ("-pix_fmt", "yuv420p", "-movflags", "+faststart")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Check, bytes]]:
    folder = tmp_path_factory.mktemp("films")
    return {
        "png": (png, picture("PNG")),
        "apng": (png, animation("PNG")),
        "jpeg": (jpeg, picture("JPEG")),
        "progressive jpeg": (jpeg, picture("JPEG", progressive=True)),
        "gif": (gif, picture("GIF")),
        "animated gif": (gif, animation("GIF")),
        "webp": (webp, picture("WEBP")),
        "lossless webp": (webp, picture("WEBP", lossless=True)),
        "animated webp": (webp, animation("WEBP")),
        "wav": (wav, tone()),
        "glb": (glb, model()),
        "mp4": (mp4, filmed(folder, "film.mp4", *FAST)),
        "webm": (webm, filmed(folder, "film.webm", "-c:v", "libvpx")),
        "mp3": (mp3, filmed(folder, "sound.mp3")),
    }


KINDS = (
    "png", "apng", "jpeg", "progressive jpeg", "gif", "animated gif", "webp", "lossless webp",
    "animated webp", "wav", "glb", "mp4", "webm", "mp3",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_file_passes_and_nothing_is_said_of_it(whole, kind):
    check, data = whole[kind]
    assert check(data) == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "mp3"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_a_file_that_is_cut_off_is_refused(whole, kind, part):
    check, data = whole[kind]
    with pytest.raises(Damaged):
        check(data[: int(part * len(data))])


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "webp", "wav"])
def test_what_hides_behind_the_end_is_told(whole, kind):
    check, data = whole[kind]
    assert check(data + b"PK\3\4 and more") == [
        "13 bytes follow its end; whatever they are, they will be public"
    ]


@pytest.mark.parametrize(("form", "check"), [("JPEG", jpeg), ("PNG", png), ("WEBP", webp)])
def test_where_a_photograph_was_taken_is_told(form, check):
    (note,) = check(picture(form, exif=located()))
    assert "GPS position, serial number" in note
    assert "exiftool" in note


def test_a_byte_that_fell_over_in_a_png_is_found():
    data = bytearray(picture("PNG"))
    data[data.index(b"IDAT") + 6] ^= 1
    with pytest.raises(Damaged, match="CRC"):
        png(bytes(data))


def test_a_film_whose_index_comes_last_is_said_to_start_late(tmp_path):
    (note,) = mp4(filmed(tmp_path, "late.mp4", "-pix_fmt", "yuv420p"))
    assert "faststart" in note


def test_a_film_that_says_where_it_was_taken_is_told(tmp_path):
    where = ("-metadata", "location=+52.5000+013.4000/")
    (note,) = mp4(filmed(tmp_path, "there.mp4", *FAST, *where))
    assert "GPS position" in note


def test_a_matroska_file_is_no_webm(tmp_path):
    with pytest.raises(Damaged, match="matroska"):
        webm(filmed(tmp_path, "film.mkv", "-pix_fmt", "yuv420p"))


def test_a_model_that_lies_of_its_length_is_refused():
    with pytest.raises(Damaged, match="says that it has 4000000000 bytes"):
        glb(model(length=4_000_000_000))


def test_a_model_that_needs_another_file_is_refused():
    with pytest.raises(Damaged, match=r"'wood\.png', which is not in it"):
        glb(model({"asset": {"version": "2.0"}, "images": [{"uri": "wood.png"}]}))


def test_a_picture_of_more_pixels_than_can_be_shown_is_refused():
    data = bytearray(picture("GIF"))
    data[6:10] = b"\xff\xff\xff\xff"
    with pytest.raises(Damaged, match="65535 x 65535"):
        gif(bytes(data))


CHECKS = (png, jpeg, gif, webp, wav, mp4, webm, mp3, glb)
STARTS = (
    b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"GIF89a", b"RIFF\xff\0\0\0WEBP", b"RIFF\xff\0\0\0WAVE",
    b"\0\0\0\x10ftypisom", b"\x1a\x45\xdf\xa3", b"ID3\4\0\0", b"glTF\2\0\0\0",
)  # fmt: skip


@settings(max_examples=300)
@given(st.integers(0, len(CHECKS) - 1), st.binary(max_size=200))
def test_nonsense_is_damaged_and_nothing_else(which, more):
    try:
        CHECKS[which](STARTS[which] + more)
    except Damaged as why:
        assert str(why)


@settings(max_examples=150)
@given(st.sampled_from(KINDS), st.data())
def test_a_file_with_a_byte_changed_ends_in_a_word_or_passes(whole, kind, draw):
    check, data = whole[kind]
    at = draw.draw(st.integers(0, len(data) - 1))
    try:
        check(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
    except Damaged as why:
        assert str(why)


@pytest.mark.parametrize(
    ("start", "mime"),
    [
        (b"\0\0\0\x14ftypqt  ", "video/quicktime"),
        (b"\0\0\0\x1cftypM4A ", "audio/mp4"),
        (b"\0\0\0\x1cftypM4V ", "video/mp4"),
        (b"\xff\xfa\x90\x64", "audio/mpeg"),
    ],
)
def test_what_looks_like_an_mp4_is_told_from_it(start, mime):
    assert kind_of(start).mime == mime
