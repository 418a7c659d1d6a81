"""MP4 and WebM, decoded by ffmpeg to the planes in the file, and turned into colours here."""

from __future__ import annotations

import errno
import os
import re
import resource
import struct
import subprocess

import imageio_ffmpeg
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nftforge.core.errors import ConfigError, MissingError
from nftforge.media.schedule import Keyframe, schedule
from nftforge.media.video import FPS, MP4, WEBM, even, timeline, write_video

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
WIDTH, HEIGHT = 96, 64
FORMS = pytest.mark.parametrize("form", [MP4, WEBM], ids=lambda form: form.name)


def draw(moments):
    """A bar that grows to the right by a pixel a stroke, over noise that stays."""
    frame = np.random.default_rng(0).integers(90, 160, (HEIGHT, WIDTH, 3), np.uint8)
    for moment in moments:
        frame = frame.copy()
        frame[20:44, : round(moment)] = (200, 40, 60)
        yield frame


KEYFRAMES = schedule([1.0] * 40, 20, hold_ms=1000)
MOMENTS = timeline(KEYFRAMES, smooth=True)


def planes(path, width, height):
    """Y, Cb, Cr [frame, h, w] as ffmpeg decodes them, chroma repeated to full size."""
    command = [FFMPEG, "-loglevel", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "yuv420p"]
    raw = subprocess.run([*command, "-"], capture_output=True, check=True).stdout
    frames = np.frombuffer(raw, np.uint8).reshape(-1, width * height * 3 // 2)
    luma = frames[:, : width * height].reshape(-1, height, width)
    chroma = frames[:, width * height :].reshape(-1, 2, height // 2, width // 2)
    blue, red = chroma.repeat(2, axis=2).repeat(2, axis=3).transpose(1, 0, 2, 3)
    return luma.astype(float), blue.astype(float), red.astype(float)


def bt709(luma, blue, red):
    """[.., h, w, 3] sRGB 0..255 of limited-range planes: ITU-R BT.709-6, items 3.2 to 3.5."""
    y, pb, pr = (luma - 16) / 219, (blue - 128) / 224, (red - 128) / 224
    r, b = y + 1.5748 * pr, y + 1.8556 * pb
    g = (y - 0.2126 * r - 0.0722 * b) / 0.7152
    return (np.stack([r, g, b], axis=-1) * 255).clip(0, 255)


def boxes(data):
    """(kind, body) of the boxes in a stretch of an MP4 file: ISO/IEC 14496-12, 4.2."""
    at = 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        yield kind.decode(), data[at + 8 : at + size]
        at += size


@FORMS
def test_a_video_is_what_browsers_play(tmp_path, form):
    path = tmp_path / "painting"
    write_video(path, draw, MOMENTS, form)
    said = subprocess.run([FFMPEG, "-i", path], capture_output=True, text=True).stderr
    assert {"mp4": "h264 (High)", "webm": "av1"}[form.name] in said
    assert re.search(r"yuv420p\(tv, bt709, progressive\), 96x64", said)  # nothing "unknown"
    assert f"{FPS} fps" in said
    duration = re.search(r"Duration: 00:00:(\d+\.\d+)", said)
    assert float(duration[1]) == pytest.approx(sum(s.delay_ms for s in KEYFRAMES) / 1000, abs=0.04)
    luma, _, _ = planes(path, WIDTH, HEIGHT)
    assert len(luma) == sum(frames for _, frames in MOMENTS)


@FORMS
def test_no_version_and_no_time_is_in_a_video(tmp_path, form):
    path = tmp_path / "painting"
    write_video(path, draw, MOMENTS, form)
    data = path.read_bytes()
    assert not re.search(rb"Lav[fc]\d|x264 - core|SVT-AV1|20\d\d-\d\d-\d\d", data)
    if form is MP4:
        movie = dict(boxes(dict(boxes(data))["moov"]))["mvhd"]
        assert movie[4:12] == bytes(8)  # creation and modification time


def test_an_mp4_starts_playing_before_it_is_all_there(tmp_path):
    path = tmp_path / "painting.mp4"
    write_video(path, draw, MOMENTS, MP4)
    kinds = [kind for kind, _ in boxes(path.read_bytes())]
    assert kinds.index("moov") < kinds.index("mdat")
    assert b"colrnclx\0\1\0\1\0\1\0" in path.read_bytes()  # bt709 three times, not full range


@FORMS
def test_colours_are_those_of_bt709(tmp_path, form):
    """Converted, not only tagged: bt601 would be off by up to 33."""
    shades = np.array(np.meshgrid(*[[0, 64, 128, 192, 255]] * 3)).reshape(3, -1).T
    wanted = np.resize(shades, (120, 3)).reshape(10, 12, 3)
    patches = wanted.repeat(16, axis=0).repeat(16, axis=1).astype(np.uint8)
    path = tmp_path / "flat"
    write_video(path, lambda moments: (patches for _ in moments), [(1.0, 3)], form)
    last = bt709(*(plane[-1] for plane in planes(path, 192, 160)))
    middles = last.reshape(10, 16, 12, 16, 3)[:, 4:12, :, 4:12].mean(axis=(1, 3))
    off = np.abs(middles - wanted)
    assert off.max() < 5 and off.mean() < 1.5


@FORMS
def test_the_finished_painting_is_seen_as_it_is(tmp_path, form):
    path = tmp_path / "painting"
    write_video(path, draw, MOMENTS, form)
    (finished,) = draw([40])
    luma = finished @ np.array([0.2126, 0.7152, 0.0722])
    seen, _, _ = planes(path, WIDTH, HEIGHT)
    assert np.abs((seen[-1] - 16) * 255 / 219 - luma).mean() < 5


@FORMS
def test_the_same_frames_are_the_same_bytes_on_one_core_and_on_all(tmp_path, form):
    cores = os.sched_getaffinity(0)
    try:
        for name, some in (("a", cores), ("b", {min(cores)})):
            os.sched_setaffinity(0, some)
            write_video(tmp_path / name, draw, MOMENTS, form)
    finally:
        os.sched_setaffinity(0, cores)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@FORMS
@pytest.mark.parametrize("share", [0.8, 0.6])
def test_a_size_limit_is_kept(tmp_path, form, share):
    path = tmp_path / "a"
    write_video(path, draw, MOMENTS, form)
    whole = path.stat().st_size
    write_video(path, draw, MOMENTS, form, int(whole * share))
    assert 0.5 * whole * share < path.stat().st_size <= whole * share
    assert [file.name for file in tmp_path.iterdir()] == ["a"]


def test_a_size_limit_that_changes_nothing_changes_no_byte(tmp_path):
    write_video(tmp_path / "a", draw, MOMENTS, MP4)
    write_video(tmp_path / "b", draw, MOMENTS, MP4, 10_000_000)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@FORMS
def test_a_size_limit_that_cannot_be_kept_is_refused(tmp_path, form):
    with pytest.raises(ConfigError, match=r"0\.\d+ MB even at .* of max_mb\n.*max_mb or lower"):
        write_video(tmp_path / "a", draw, MOMENTS, form, 900)
    assert list(tmp_path.iterdir()) == []


def test_sides_of_videos_are_even():
    assert even(511, 333) == (510, 332) and even(1, 1) == (2, 2)


@FORMS
def test_the_smallest_size_a_collection_may_ask_for_works(tmp_path, form):
    side = np.zeros((10, 16, 3), np.uint8)
    write_video(tmp_path / "a", lambda moments: (side for _ in moments), [(1.0, 5)], form)
    luma, _, _ = planes(tmp_path / "a", 16, 10)
    assert len(luma) == 5


# --- when what is shown -------------------------------------------------------------------------


@given(strokes=st.integers(0, 3000), frames=st.integers(2, 400), smooth=st.booleans())
def test_every_timeline_rises_to_the_finished_painting_in_the_time_of_its_stops(
    strokes, frames, smooth
):
    keyframes = schedule([1.0] * strokes, frames, 3000)
    line = timeline(keyframes, smooth)
    moments = [moment for moment, _ in line]
    assert moments == sorted(set(moments)) and moments[-1] == strokes
    assert all(count >= 1 for _, count in line)
    wanted = sum(keyframe.delay_ms for keyframe in keyframes) / 1000
    taken = sum(count for _, count in line) / FPS
    assert wanted - 0.04 < taken < wanted + 0.04 + (0 if smooth else len(keyframes) / FPS)
    assert line[-1][1] >= (FPS if strokes else 0)  # the finished painting is held


def test_a_smooth_video_draws_early_strokes_along_their_paths():
    changes = [60 * 0.98**stroke for stroke in range(500)]
    line = timeline(schedule(changes, 120, 3000), smooth=True)
    first = [moment for moment, _ in line if moment < 3]
    assert len(first) >= 9 and len({round(moment % 1, 1) for moment in first}) > 3


def test_a_video_in_steps_shows_the_stops_and_nothing_between():
    keyframes = schedule([1.0] * 500, 120, 3000)
    assert [moment for moment, _ in timeline(keyframes, False)] == [
        keyframe.strokes for keyframe in keyframes
    ]


def test_a_stop_too_short_for_the_frame_rate_is_still_shown(tmp_path):
    keyframes = [Keyframe(count, 20) for count in range(1, 11)]
    assert len(timeline(keyframes, smooth=False)) == 10


# --- what may go wrong --------------------------------------------------------------------------


@FORMS
def test_a_painter_that_is_stopped_stops_the_encoder_and_leaves_nothing(tmp_path, form):
    def broken(moments):
        yield from draw(moments[:2])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_video(tmp_path / "a", broken, MOMENTS, form)
    assert list(tmp_path.iterdir()) == []


@FORMS
def test_a_full_disk_says_so(tmp_path, form):
    """A limit on the size of files makes a large write fail, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
        with pytest.raises(OSError, match="File too large") as error:
            write_video(tmp_path / "a", draw, MOMENTS, form)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert error.value.errno == errno.EFBIG
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("program", ["/nowhere/ffmpeg", "/dev/null"])
def test_an_ffmpeg_that_does_not_start_is_missing(tmp_path, monkeypatch, program):
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", program)
    with pytest.raises(MissingError, match=r"ffmpeg does not start.*\n.*imageio-ffmpeg"):
        write_video(tmp_path / "a.mp4", draw, MOMENTS, MP4)


def test_what_ffmpeg_complains_about_is_passed_on(tmp_path):
    with pytest.raises(MissingError, match=r"could not write the MP4 .*a\.mp4.*: .*No such file"):
        write_video(tmp_path / "none" / "a.mp4", draw, MOMENTS, MP4)
