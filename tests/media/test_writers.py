"""GIF, MP4 and PNG, decoded by programs that did not write them."""

from __future__ import annotations

import re
import subprocess

import imageio_ffmpeg
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nftforge.errors import ConfigError
from nftforge.media.gif import write_gif
from nftforge.media.mp4 import even, write_mp4
from nftforge.media.png import write_png
from nftforge.media.schedule import MIN_MS, Stop, schedule, thinned

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


def draw(counts):
    """A growing staircase of colours: 60 x 40 pixels, the state after `count` strokes."""
    for count in counts:
        frame = np.full((40, 60, 3), 250, np.uint8)
        for stroke in range(count):
            x = stroke * 5 % 55
            frame[stroke % 30 : stroke % 30 + 10, x : x + 8] = (
                stroke * 37 % 256,
                90,
                255 - stroke * 3,
            )
        yield frame


def decoded(path, width, height):
    """The frames as ffmpeg decodes them, [frame, h, w, 3]."""
    raw = subprocess.run(
        [
            FFMPEG,
            "-loglevel",
            "error",
            "-i",
            path,
            "-fps_mode",
            "passthrough",
            "-f",
            "rawvideo",
            "-pix_fmt",
            "rgb24",
            "-",
        ],
        capture_output=True,
        check=True,
    ).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


STOPS = schedule(40, 20, hold_ms=1500)


@pytest.fixture
def gif(tmp_path):
    path = tmp_path / "painting.gif"
    write_gif(path, draw, STOPS, None)
    return path


def test_the_gif_shows_every_stop_for_its_time_and_loops(gif):
    with Image.open(gif) as image:
        assert image.n_frames == len(STOPS) and image.info["loop"] == 0
        delays = []
        for index in range(image.n_frames):
            image.seek(index)
            delays.append(image.info["duration"])
    assert delays == [stop.delay_ms for stop in STOPS]


def test_ffmpeg_and_pillow_see_the_same_gif_and_it_is_the_painting(gif):
    theirs = decoded(gif, 60, 40)
    with Image.open(gif) as image:
        for index, wanted in enumerate(draw([stop.strokes for stop in STOPS])):
            image.seek(index)
            ours = np.asarray(image.convert("RGB"))
            np.testing.assert_array_equal(ours, theirs[index])
            assert np.abs(ours.astype(int) - wanted).mean() < 6


def test_pixels_that_did_not_change_do_not_flicker(gif):
    frames, wanted = decoded(gif, 60, 40), list(draw([stop.strokes for stop in STOPS]))
    for index in range(1, len(STOPS)):
        same = (wanted[index] == wanted[index - 1]).all(axis=2)
        np.testing.assert_array_equal(frames[index][same], frames[index - 1][same])


def test_a_size_limit_is_kept_or_refused(tmp_path, gif):
    path, whole = tmp_path / "small.gif", gif.stat().st_size
    write_gif(path, draw, STOPS, int(whole * 0.8))
    assert path.stat().st_size <= whole * 0.8
    with Image.open(path) as image:
        image.seek(image.n_frames - 1)
        assert image.info["duration"] == 1500
    with pytest.raises(ConfigError, match="max_mb"):
        write_gif(path, draw, STOPS, 100)


def test_the_mp4_is_what_browsers_play(tmp_path):
    path = tmp_path / "painting.mp4"
    write_mp4(path, draw([stop.strokes for stop in STOPS]), STOPS)
    said = subprocess.run([FFMPEG, "-i", path], capture_output=True, text=True).stderr
    assert "h264" in said and "yuv420p(tv, bt709" in said and "60x40" in said
    duration = re.search(r"Duration: 00:00:(\d+\.\d+)", said)
    assert float(duration[1]) == pytest.approx(sum(s.delay_ms for s in STOPS) / 1000, abs=0.5)
    assert "Lavf" not in said and "creation_time" not in said
    raw = path.read_bytes()
    assert raw.index(b"moov") < raw.index(b"mdat") and b"x264 - core" not in raw
    (last,) = draw([40])
    luma = np.array([0.2126, 0.7152, 0.0722])  # colour is kept at half the resolution (4:2:0)
    assert np.abs(decoded(path, 60, 40)[-1] @ luma - last @ luma).mean() < 3


def test_sides_of_videos_are_even():
    assert even(511, 333) == (510, 332) and even(1, 1) == (2, 2)


def test_the_png_is_tagged_srgb_and_exact(tmp_path):
    (frame,) = draw([9])
    path = tmp_path / "still.png"
    write_png(path, frame)
    with Image.open(path) as image:
        np.testing.assert_array_equal(np.asarray(image), frame)
    assert b"sRGB" in path.read_bytes()[:80] and b"tIME" not in path.read_bytes()


def test_the_same_frames_give_the_same_bytes(tmp_path, gif):
    counts = [stop.strokes for stop in STOPS]
    for name in ("a", "b"):
        write_gif(tmp_path / f"{name}.gif", draw, STOPS, None)
        write_mp4(tmp_path / f"{name}.mp4", draw(counts), STOPS)
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_a_painter_that_fails_stops_the_encoder(tmp_path):
    def broken():
        yield from draw([1, 2])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_mp4(tmp_path / "a.mp4", broken(), STOPS)


@given(strokes=st.integers(1, 5000), frames=st.integers(2, 300))
def test_every_schedule_rises_to_the_last_stroke(strokes, frames):
    stops = schedule(strokes, frames, 3000)
    counts = [stop.strokes for stop in stops]
    assert counts == sorted(set(counts)) and counts[-1] == strokes and counts[0] >= 1
    assert len(stops) <= frames or strokes <= frames
    assert all(stop.delay_ms >= MIN_MS for stop in stops) and stops[-1].delay_ms == 3000
    fewer = thinned(stops)
    assert fewer[-1] == stops[-1] and len(fewer) <= len(stops) / 2 + 1
    assert sum(s.delay_ms for s in fewer) == sum(s.delay_ms for s in stops)


def test_stops_are_plain_data():
    assert schedule(1, 10, 500) == [Stop(1, 500)]
