"""GIF, MP4 and PNG, decoded by programs that did not write them."""

from __future__ import annotations

import errno
import itertools
import subprocess
import weakref
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from nftforge.errors import ConfigError
from nftforge.media.gif import write_gif
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


def crowd(counts):
    """Many small strokes in many colours, 200 x 150 pixels: a file that its frames outweigh."""
    random = np.random.default_rng(0)
    strokes = [
        (*random.integers(0, (130, 180)), random.integers(0, 256, 3), *random.integers(5, 60, 2))
        for _ in range(200)
    ]
    frame = np.full((150, 200, 3), 250, np.uint8)
    shade = np.linspace(0.6, 1, 60)[:, None]
    done = 0
    for count in counts:
        for y, x, colour, height, width in strokes[done:count]:
            part = frame[y : y + height, x : x + width]
            part[:] = (shade[: part.shape[1]] * colour).astype(np.uint8)
        done = count
        yield frame.copy()


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
    write_gif(path, draw, STOPS)
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


SHADES = (0, 90, 255)
LEGEND = np.array(list(itertools.product(SHADES, repeat=3)), np.uint8).reshape(3, 9, 3)


@given(changing=hnp.arrays(np.uint8, (5, 7, 9, 3), elements=st.sampled_from(SHADES)))
def test_any_frames_of_few_colours_come_back_exactly(tmp_path_factory, changing):
    """Whatever changes or does not: every frame keeps its place, its time and its pixels."""
    frames = [np.concatenate([LEGEND, part]) for part in changing]
    path = tmp_path_factory.mktemp("any") / "any.gif"
    stops = [Stop(index, 50) for index in range(len(frames))]
    write_gif(path, lambda counts: (frames[index] for index in counts), stops, rate=1e-6)
    with Image.open(path) as image:
        assert image.n_frames == len(frames)
        for index, wanted in enumerate(frames):
            image.seek(index)
            np.testing.assert_array_equal(np.asarray(image.convert("RGB")), wanted)


def test_what_is_seen_longer_is_shown_better(tmp_path):
    """The finished picture is held, and the longer it is held the truer it is."""
    (finished,), off = crowd([200]), []
    for hold_ms in (20, 60_000):
        write_gif(tmp_path / "a.gif", crowd, schedule(200, 60, hold_ms), rate=300.0)
        last = decoded(tmp_path / "a.gif", 200, 150)[-1]
        off.append(np.mean((last.astype(float) - finished) ** 2))
    assert off[1] < 0.5 * off[0]


@pytest.mark.parametrize("count", [1, 2, 3, 200])
def test_a_higher_rate_gives_a_smaller_and_a_worse_file(tmp_path, count):
    stops, sizes, off = schedule(count, 30, 1000), [], []
    (finished,) = crowd([count])
    for rate in (1e-6, 20.0, 400.0):
        write_gif(tmp_path / "a.gif", crowd, stops, rate=rate)
        sizes.append((tmp_path / "a.gif").stat().st_size)
        off.append(
            np.mean((decoded(tmp_path / "a.gif", 200, 150)[-1].astype(float) - finished) ** 2)
        )
    assert sizes == sorted(sizes, reverse=True) and off == sorted(off)


def test_only_what_changed_is_coded(tmp_path):
    """One stroke more costs what one stroke takes, not a frame or a palette."""
    sizes = []
    for last in (199, 200):
        stops = [Stop(150, 50), Stop(198, 50), Stop(last, 50)]
        write_gif(tmp_path / "a.gif", crowd, stops)
        sizes.append((tmp_path / "a.gif").stat().st_size)
    frames = list(crowd([199, 200]))
    assert sizes[1] - sizes[0] < (frames[0] != frames[1]).any(axis=2).sum() + 1000


def test_frames_are_not_kept(tmp_path):
    alive, most = set(), 0

    def watched(counts):
        nonlocal most
        for index, frame in enumerate(crowd(counts)):
            key = (len(counts), index)
            alive.add(key)
            weakref.finalize(frame, alive.discard, key)
            most = max(most, len(alive))
            yield frame
            del frame

    write_gif(tmp_path / "a.gif", watched, schedule(200, 100, 1000))
    assert most <= 3


@pytest.mark.parametrize("share", [0.9, 0.8, 0.65])
def test_a_size_limit_is_kept(tmp_path, share):
    stops, path = schedule(200, 60, 1500), tmp_path / "small.gif"
    write_gif(path, crowd, stops)
    limit = int(path.stat().st_size * share)
    write_gif(path, crowd, stops, limit)
    assert path.stat().st_size <= limit
    (finished,) = crowd([200])
    with Image.open(path) as image:
        durations = []
        for index in range(image.n_frames):
            image.seek(index)
            durations.append(image.info["duration"])
        assert durations[-1] == 1500 and sum(durations) == sum(stop.delay_ms for stop in stops)
        assert np.abs(np.asarray(image.convert("RGB")).astype(int) - finished).mean() < 12


def test_a_size_limit_that_cannot_be_kept_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"0\.\d+ MB even at .* of max_mb\n.*max_mb or lower"):
        write_gif(tmp_path / "a.gif", crowd, STOPS, 100)


def test_the_png_is_tagged_srgb_and_exact(tmp_path):
    (frame,) = draw([9])
    path = tmp_path / "still.png"
    write_png(path, frame)
    with Image.open(path) as image:
        np.testing.assert_array_equal(np.asarray(image), frame)
    assert b"sRGB" in path.read_bytes()[:80] and b"tIME" not in path.read_bytes()


def test_the_same_frames_give_the_same_bytes(tmp_path, gif):
    for name in ("a", "b"):
        write_gif(tmp_path / f"{name}.gif", draw, STOPS)
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a disk that is always full")
@pytest.mark.parametrize("kind", ["gif", "png"])
def test_a_full_disk_says_so(kind):
    (frame,) = crowd([200])
    with pytest.raises(OSError, match="No space left") as error:
        if kind == "gif":
            write_gif(Path("/dev/full"), crowd, STOPS)
        else:
            write_png(Path("/dev/full"), frame)
    assert error.value.errno == errno.ENOSPC


@pytest.mark.parametrize("channels", [3, 4])
def test_the_png_keeps_transparency(tmp_path, channels):
    pixels = np.random.default_rng(0).integers(0, 256, (9, 7, channels), np.uint8)
    write_png(tmp_path / "a.png", pixels)
    with Image.open(tmp_path / "a.png") as image:
        np.testing.assert_array_equal(np.asarray(image), pixels)


@given(strokes=st.integers(1, 5000), frames=st.integers(2, 1000))
def test_every_schedule_rises_to_the_last_stroke(strokes, frames):
    stops = schedule(strokes, frames, 3000)
    counts = [stop.strokes for stop in stops]
    assert counts == sorted(set(counts)) and counts[-1] == strokes and counts[0] >= 1
    assert len(stops) <= frames or strokes <= frames
    assert all(stop.delay_ms >= MIN_MS for stop in stops) and stops[-1].delay_ms == 3000
    assert all(stop.delay_ms % 10 == 0 for stop in stops)
    fewer = thinned(stops)
    assert fewer[-1] == stops[-1] and len(fewer) <= len(stops) / 2 + 1
    assert sum(s.delay_ms for s in fewer) == sum(s.delay_ms for s in stops)


@pytest.mark.parametrize("frames", [100, 120, 150])
def test_a_painting_takes_about_fourteen_seconds(frames):
    stops = schedule(500, frames, 3000)
    assert len(stops) == frames and sum(stop.delay_ms for stop in stops) in range(13_500, 14_600)
    assert stops[0].delay_ms > 2 * stops[-2].delay_ms  # big strokes slowly, details fast


def test_the_shortest_schedules_are_one_frame():
    assert schedule(1, 10, 500) == [Stop(1, 500)]
    assert schedule(0, 10, 500) == [Stop(0, 500)]  # a blank canvas, nothing on it
