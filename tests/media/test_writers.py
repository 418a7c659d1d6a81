"""GIF, MP4 and PNG, decoded by programs that did not write them."""

from __future__ import annotations

import base64
import errno
import itertools
import math
import subprocess
import weakref
from itertools import pairwise
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from nftforge.core.errors import ConfigError
from nftforge.media.gif import write_gif
from nftforge.media.plain import write_plain_gif
from nftforge.media.png import write_png
from nftforge.media.schedule import MIN_MS, Keyframe, schedule, thinned, visible

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


KEYFRAMES = schedule([1.0] * 40, 20, hold_ms=1500)


@pytest.fixture
def gif(tmp_path):
    path = tmp_path / "painting.gif"
    write_gif(path, draw, KEYFRAMES)
    return path


def test_the_gif_shows_every_stop_for_its_time_and_loops(gif):
    with Image.open(gif) as image:
        assert image.n_frames == len(KEYFRAMES) and image.info["loop"] == 0
        delays = []
        for index in range(image.n_frames):
            image.seek(index)
            delays.append(image.info["duration"])
    assert delays == [keyframe.delay_ms for keyframe in KEYFRAMES]


def test_ffmpeg_and_pillow_see_the_same_gif_and_it_is_the_painting(gif):
    theirs = decoded(gif, 60, 40)
    with Image.open(gif) as image:
        for index, wanted in enumerate(draw([keyframe.strokes for keyframe in KEYFRAMES])):
            image.seek(index)
            ours = np.asarray(image.convert("RGB"))
            np.testing.assert_array_equal(ours, theirs[index])
            assert np.abs(ours.astype(int) - wanted).mean() < 6


def test_pixels_that_did_not_change_do_not_flicker(gif):
    frames, wanted = decoded(gif, 60, 40), list(draw([keyframe.strokes for keyframe in KEYFRAMES]))
    for index in range(1, len(KEYFRAMES)):
        same = (wanted[index] == wanted[index - 1]).all(axis=2)
        np.testing.assert_array_equal(frames[index][same], frames[index - 1][same])


SHADES = (0, 90, 255)
LEGEND = np.array(list(itertools.product(SHADES, repeat=3)), np.uint8).reshape(3, 9, 3)


@given(changing=hnp.arrays(np.uint8, (5, 7, 9, 3), elements=st.sampled_from(SHADES)))
def test_any_frames_of_few_colours_come_back_exactly(tmp_path_factory, changing):
    """Whatever changes or does not: every frame keeps its place, its time and its pixels."""
    frames = [np.concatenate([LEGEND, part]) for part in changing]
    path = tmp_path_factory.mktemp("any") / "any.gif"
    keyframes = [Keyframe(index, 50) for index in range(len(frames))]
    write_gif(path, lambda counts: (frames[index] for index in counts), keyframes, rate=1e-6)
    with Image.open(path) as image:
        assert image.n_frames == len(frames)
        for index, wanted in enumerate(frames):
            image.seek(index)
            np.testing.assert_array_equal(np.asarray(image.convert("RGB")), wanted)


def test_what_is_seen_longer_is_shown_better(tmp_path):
    """The finished picture is held, and the longer it is held the truer it is."""
    (finished,), off = crowd([200]), []
    for hold_ms in (20, 60_000):
        write_gif(tmp_path / "a.gif", crowd, schedule([1.0] * 200, 60, hold_ms), rate=300.0)
        last = decoded(tmp_path / "a.gif", 200, 150)[-1]
        off.append(np.mean((last.astype(float) - finished) ** 2))
    assert off[1] < 0.5 * off[0]


@pytest.mark.parametrize("count", [1, 2, 3, 200])
def test_a_higher_rate_gives_a_smaller_and_a_worse_file(tmp_path, count):
    keyframes, sizes, off = schedule([1.0] * count, 30, 1000), [], []
    (finished,) = crowd([count])
    for rate in (1e-6, 20.0, 400.0):
        write_gif(tmp_path / "a.gif", crowd, keyframes, rate=rate)
        sizes.append((tmp_path / "a.gif").stat().st_size)
        off.append(
            np.mean((decoded(tmp_path / "a.gif", 200, 150)[-1].astype(float) - finished) ** 2)
        )
    assert sizes == sorted(sizes, reverse=True) and off == sorted(off)


def test_only_what_changed_is_coded(tmp_path):
    """One stroke more costs what one stroke takes, not a frame or a palette."""
    sizes = []
    for last in (199, 200):
        keyframes = [Keyframe(150, 50), Keyframe(198, 50), Keyframe(last, 50)]
        write_gif(tmp_path / "a.gif", crowd, keyframes)
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

    write_gif(tmp_path / "a.gif", watched, schedule([1.0] * 200, 100, 1000))
    assert most <= 3


@pytest.mark.parametrize("share", [0.9, 0.8, 0.65])
def test_a_size_limit_is_kept(tmp_path, share):
    keyframes, path = schedule([1.0] * 200, 60, 1500), tmp_path / "small.gif"
    write_gif(path, crowd, keyframes)
    limit = int(path.stat().st_size * share)
    write_gif(path, crowd, keyframes, limit)
    assert path.stat().st_size <= limit
    (finished,) = crowd([200])
    with Image.open(path) as image:
        durations = []
        for index in range(image.n_frames):
            image.seek(index)
            durations.append(image.info["duration"])
        assert durations[-1] == 1500 and sum(durations) == sum(
            keyframe.delay_ms for keyframe in keyframes
        )
        assert np.abs(np.asarray(image.convert("RGB")).astype(int) - finished).mean() < 12


@pytest.mark.parametrize("psnr", [32.0, 38.0, 46.0])
def test_a_likeness_asked_for_is_met_and_hardly_passed(tmp_path, psnr):
    path, keyframes = tmp_path / "a.gif", schedule([1.0] * 200, 40, 1000)
    write_gif(path, crowd, keyframes, min_psnr=psnr)
    frames = zip(
        decoded(path, 200, 150), crowd([keyframe.strokes for keyframe in keyframes]), strict=True
    )
    off = [np.mean((seen.astype(float) - wanted) ** 2) for seen, wanted in frames]
    assert psnr - 0.01 < np.mean(10 * np.log10(255**2 / np.array(off))) < psnr + 0.5


def test_a_likeness_that_cannot_be_met_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"reaches \d+\.\d dB .* 60 dB of min_psnr\n.*min_psnr"):
        write_gif(tmp_path / "a.gif", noise, KEYFRAMES[:3], min_psnr=60)


def noise(counts):
    for count in counts:
        yield np.random.default_rng(count).integers(0, 256, (40, 60, 3), np.uint8)


@pytest.mark.parametrize("loop", [True, False])
def test_imageio_writes_the_same_film(tmp_path, loop):
    """The plain twin: same frames, times and loop, and many times the size."""
    ours, plain = tmp_path / "a.gif", tmp_path / "b.gif"
    keyframes = schedule([1.0] * 200, 30, 1000)
    write_gif(ours, crowd, keyframes, loop=loop, rate=1.0)
    write_plain_gif(plain, crowd, keyframes, loop=loop)
    films = []
    for path in (ours, plain):
        with Image.open(path) as image:
            times = []
            for index in range(image.n_frames):
                image.seek(index)
                times.append(image.info["duration"])
            films.append((times, image.info.get("loop"), decoded(path, 200, 150)))
    assert films[0][:2] == films[1][:2] and films[0][1] == (0 if loop else None)
    assert np.abs(films[0][2].astype(int) - films[1][2]).mean() < 6
    assert plain.stat().st_size > 2 * ours.stat().st_size


IN_CHROMIUM = """async (base64) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const decoder = new ImageDecoder({ data: bytes, type: "image/gif" });
  await Promise.all([decoder.tracks.ready, decoder.completed]);
  const frames = [];
  for (let index = 0; index < decoder.tracks.selectedTrack.frameCount; index += 1) {
    const { image } = await decoder.decode({ frameIndex: index });
    const pixels = new Uint8Array(image.allocationSize({ format: "RGBA" }));
    await image.copyTo(pixels, { format: "RGBA" });
    frames.push({ ms: image.duration / 1000, pixels: Array.from(pixels) });
    image.close();
  }
  return { frames, repeats: decoder.tracks.selectedTrack.repetitionCount };
}"""


@pytest.mark.browser
def test_chromium_sees_the_same_gif_as_ffmpeg(gif, browser):
    page = browser.new_page()
    page.route("https://gif.test/", lambda route: route.fulfill(body="<title>GIF</title>"))
    page.goto("https://gif.test/")
    seen = page.evaluate(IN_CHROMIUM, base64.b64encode(gif.read_bytes()).decode())
    page.close()
    assert seen["repeats"] in (None, math.inf, -1)  # endless
    assert [frame["ms"] for frame in seen["frames"]] == [
        keyframe.delay_ms for keyframe in KEYFRAMES
    ]
    pixels = np.array([frame["pixels"] for frame in seen["frames"]], np.uint8)
    theirs = pixels.reshape(-1, 40, 60, 4)
    assert (theirs[..., 3] == 255).all()
    np.testing.assert_array_equal(theirs[..., :3], decoded(gif, 60, 40))


def test_gifsicle_reads_it_without_complaint_and_sees_the_same(gif, tmp_path):
    """Strict about the format, and a decoder by other hands: it codes what it saw anew."""
    again = tmp_path / "again.gif"
    for wish in (["--info", "--no-ignore-errors", gif], ["-O3", gif, "-o", again]):
        said = subprocess.run(["gifsicle", *wish], capture_output=True, text=True)
        assert said.returncode == 0 and not said.stderr
    assert again.read_bytes() != gif.read_bytes()
    np.testing.assert_array_equal(decoded(again, 60, 40), decoded(gif, 60, 40))


def test_a_size_limit_that_cannot_be_kept_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"0\.\d+ MB even at .* of max_mb\n.*max_mb or lower"):
        write_gif(tmp_path / "a.gif", crowd, KEYFRAMES, 100)


def test_the_png_is_tagged_srgb_and_exact(tmp_path):
    (frame,) = draw([9])
    path = tmp_path / "still.png"
    write_png(path, frame)
    with Image.open(path) as image:
        np.testing.assert_array_equal(np.asarray(image), frame)
    assert b"sRGB" in path.read_bytes()[:80] and b"tIME" not in path.read_bytes()


def test_the_same_frames_give_the_same_bytes(tmp_path, gif):
    for name in ("a", "b"):
        write_gif(tmp_path / f"{name}.gif", draw, KEYFRAMES)
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a disk that is always full")
@pytest.mark.parametrize("kind", ["gif", "png"])
def test_a_full_disk_says_so(kind):
    (frame,) = crowd([200])
    with pytest.raises(OSError, match="No space left") as error:
        if kind == "gif":
            write_gif(Path("/dev/full"), crowd, KEYFRAMES)
        else:
            write_png(Path("/dev/full"), frame)
    assert error.value.errno == errno.ENOSPC


@pytest.mark.parametrize("channels", [3, 4])
def test_the_png_keeps_transparency(tmp_path, channels):
    pixels = np.random.default_rng(0).integers(0, 256, (9, 7, channels), np.uint8)
    write_png(tmp_path / "a.png", pixels)
    with Image.open(tmp_path / "a.png") as image:
        np.testing.assert_array_equal(np.asarray(image), pixels)


@given(changes=st.lists(st.floats(0, 255), min_size=1, max_size=700), frames=st.integers(2, 1000))
def test_every_schedule_rises_to_the_last_stroke(changes, frames):
    keyframes = schedule(changes, frames, 3000)
    counts = [keyframe.strokes for keyframe in keyframes]
    assert counts == sorted(set(counts)) and counts[-1] == len(changes) and counts[0] >= 1
    assert len(keyframes) == min(frames, len(changes))
    assert (
        all(keyframe.delay_ms >= MIN_MS for keyframe in keyframes)
        and keyframes[-1].delay_ms == 3000
    )
    assert all(keyframe.delay_ms % 10 == 0 for keyframe in keyframes)
    fewer = thinned(keyframes)
    assert fewer[-1] == keyframes[-1] and len(fewer) <= len(keyframes) / 2 + 1
    assert sum(s.delay_ms for s in fewer) == sum(s.delay_ms for s in keyframes)


DETAILS = [60 * 0.98**stroke for stroke in range(500)]  # each stroke changes less than the last


@pytest.mark.parametrize("frames", [100, 120, 150])
def test_a_painting_takes_about_fourteen_seconds(frames):
    keyframes = schedule(DETAILS, frames, 3000)
    assert len(keyframes) == frames and sum(keyframe.delay_ms for keyframe in keyframes) in range(
        13_500, 14_600
    )


def test_big_strokes_come_one_by_one_and_slowly_and_details_in_groups_and_fast():
    keyframes = schedule(DETAILS, 120, 3000)
    added = [b.strokes - a.strokes for a, b in pairwise(keyframes)]
    assert [keyframe.strokes for keyframe in keyframes[:20]] == list(range(1, 21))
    assert min(added[-10:-1]) > 5
    assert keyframes[0].delay_ms > 1.5 * keyframes[-2].delay_ms


def test_a_stroke_that_changes_much_is_a_frame_of_its_own_wherever_it_comes():
    changes = [1.0] * 300
    changes[200] = 100.0
    keyframes = schedule(changes, 60, 3000)
    counts = [keyframe.strokes for keyframe in keyframes]
    place = counts.index(201)
    assert counts[place - 1] == 200
    assert keyframes[place].delay_ms == max(keyframe.delay_ms for keyframe in keyframes[:-1])


def test_what_is_visible_is_what_changed():
    frames = [np.zeros((4, 5, 3), np.uint8), np.zeros((4, 5, 3), np.uint8)]
    frames.append(np.full((4, 5, 3), 8, np.uint8))
    assert visible(frames) == [0.0, 8.0]


def test_the_shortest_schedules_are_one_frame():
    assert schedule([1.0] * 1, 10, 500) == [Keyframe(1, 500)]
    assert schedule([], 10, 500) == [Keyframe(0, 500)]  # a blank canvas, nothing on it
