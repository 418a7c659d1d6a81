"""Of an animation, the frame that is asked for is painted, else the first that shows anything."""

from __future__ import annotations

import numpy as np
import pillow_heif
import pytest
from PIL import Image
from support.odd_pictures import animation, saved, scene

from nftforge.core.errors import PictureError
from nftforge.media.pictures import load_picture

COLOURS = [(200, 40, 30), (30, 160, 60), (40, 60, 200), (240, 200, 30)]
KINDS = ["GIF", "PNG", "WEBP", "AVIF"]


def at(tmp_path, content, name="dance.gif"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def coloured(kind, size=(24, 16)):
    """A frame of each colour, with a dark corner."""
    frames = []
    for colour in COLOURS:
        frame = Image.new("RGB", size, colour)
        frame.paste((0, 0, 0), (0, 0, 4, 4))
        frames.append(frame)
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


def shows(picture, colour):
    return np.abs(picture.rgb[-4:].mean(axis=(0, 1)) - np.array(colour) / 255).max() < 0.06


@pytest.mark.parametrize("kind", KINDS)
def test_frames_count_from_one(tmp_path, kind):
    path = at(tmp_path, coloured(kind))
    for number, colour in enumerate(COLOURS, start=1):
        picture = load_picture(path, 64, frame=number)
        assert shows(picture, colour) and not picture.notes


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_is_taken_and_that_is_said(tmp_path, kind):
    path = at(tmp_path, coloured(kind))
    picture = load_picture(path, 64)
    assert shows(picture, COLOURS[0])
    assert picture.notes == (
        f"{path} is an animation of 4 frames: the first is painted; `frame` takes another",
    )


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("blank", "said"),
    [(1, "frame 1 is blank, frame 2 is painted"), (3, "frames 1 to 3 are blank, frame 4 is")],
)
def test_blank_frames_are_passed_over_and_that_is_said(tmp_path, kind, blank, said):
    path = at(tmp_path, animation(kind, blank))
    picture = load_picture(path, 64)
    assert np.abs(picture.rgb - np.asarray(scene((60, 40)), np.float32) / 255).mean() < 0.05
    assert f"of {blank + 2} frames: {said}" in picture.notes[0]
    assert load_picture(path, 64, frame=1).rgb.min() > 0.98


def test_a_frame_of_which_nothing_is_seen_is_blank(tmp_path):
    """Its hidden colours are of no account."""
    hidden = scene((60, 40)).convert("RGBA")
    hidden.putalpha(0)
    content = saved(hidden, "PNG", save_all=True, append_images=[scene((60, 40)).convert("RGBA")])
    assert "frame 1 is blank" in load_picture(at(tmp_path, content, "a.png"), 64).notes[0]


def test_an_animation_that_is_blank_throughout_gives_its_first_frame(tmp_path):
    grounds = [Image.new("RGB", (9, 9), ground) for ground in ("white", "black", "white")]
    content = saved(grounds[0], "GIF", save_all=True, append_images=grounds[1:])
    picture = load_picture(at(tmp_path, content), 64)
    assert picture.rgb.min() == 1 and "the first is painted" in picture.notes[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_frame_that_is_not_there_is_refused_with_the_count(tmp_path, kind):
    path = at(tmp_path, coloured(kind))
    with pytest.raises(PictureError) as error:
        load_picture(path, 64, frame=5)
    assert error.value.fact == f"{path} has 4 frames: there is no frame 5"
    assert error.value.hint == "they count from 1: 1 to 4"


def test_a_picture_that_does_not_move_has_one_frame(tmp_path):
    path = at(tmp_path, saved(scene(), "PNG"), "still.png")
    assert load_picture(path, 64, frame=1).size == (80, 60)
    with pytest.raises(PictureError, match=r"still\.png is one picture, no animation"):
        load_picture(path, 64, frame=2)


def test_files_of_several_pictures_that_do_not_move_say_nothing_unasked(tmp_path):
    one, two = (Image.new("RGB", (24, 16), colour) for colour in COLOURS[:2])
    tiff = saved(one, "TIFF", save_all=True, append_images=[two])
    stereo = saved(one, "MPO", save_all=True, append_images=[two])
    burst = tmp_path / "burst.heic"
    whole = pillow_heif.from_pillow(one)
    whole.add_from_pillow(two)
    whole.save(burst, quality=95)
    for path in (at(tmp_path, stereo, "a.jpg"), at(tmp_path, tiff, "a.tif"), burst):
        first, second = load_picture(path, 64), load_picture(path, 64, frame=2)
        assert not first.notes and shows(first, COLOURS[0]) and shows(second, COLOURS[1])


@pytest.mark.parametrize("kind", KINDS)
def test_an_animation_that_is_cut_off_is_its_sound_frames_or_refused(tmp_path, kind):
    content = coloured(kind)
    for part in range(1, 20):
        path = at(tmp_path, content[: len(content) * part // 20])
        for frame in (None, 3):
            try:
                picture = load_picture(path, 64, frame)
            except PictureError as error:
                assert str(path) in error.fact
            else:
                assert shows(picture, COLOURS[0 if frame is None else 2])
