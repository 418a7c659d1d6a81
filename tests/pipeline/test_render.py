"""The files of a render: where each goes, how its progress shows, and what stops it."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image
from support import RecordedReport, nftforge, small_collection
from support.paintings import painting

from nftforge.config.models import Gif, Media, Video
from nftforge.painting.brushes import brush_names, load_brush
from nftforge.painting.settings import Relief
from nftforge.painting.strokes import Strokes
from nftforge.pipeline.render import draw_all, page_of

GIF, MP4, WEBM = b"GIF89a", b"ftypisom", b"webm"


@pytest.mark.parametrize(
    ("mp4", "webm", "html", "animation"),
    [
        (True, True, False, MP4),
        (False, True, False, WEBM),
        (True, False, True, b"<!doctype html>"),
    ],
)
def test_the_image_is_the_gif_and_the_animation_moves(tmp_path, mp4, webm, html, animation):
    """No marketplace takes a GIF as animation_url."""
    path = small_collection(tmp_path)
    wish = f"mp4: {str(mp4).lower()}, webm: {str(webm).lower()}, html: {str(html).lower()}"
    path.write_text(path.read_text().replace("mp4: false", wish))
    result = nftforge("run", path, "--only", "one", "--json")
    assert result.code == 0, result.err
    (row,) = result.json["pieces"]
    (text,) = (tmp_path / ".nftforge/store/metadata/one").glob("*/files/metadata.json")
    metadata = json.loads(text.read_text())
    assert metadata["image"] == f"ipfs://{row['image_cid']}"
    files = {
        file.name: file.read_bytes()[:64]
        for file in (tmp_path / ".nftforge/store/render/one").glob("*/painting.*")
    }
    asked = {"gif": True, "html": html, "mp4": mp4, "webm": webm}
    assert sorted(files) == [f"painting.{kind}" for kind, wish in asked.items() if wish]
    (table,) = (tmp_path / ".nftforge/store/address/one").glob("*/cids.json")
    cids = {entry["cid"]: name for name, entry in json.loads(table.read_text()).items()}
    assert GIF in files[cids[row["image_cid"]]]
    assert metadata["animation_url"] == f"ipfs://{row['animation_cid']}"
    assert animation in files[cids[row["animation_cid"]]]
    assert nftforge("verify", path, "--only", "one").code == 0


def test_the_height_of_the_paint_is_16_bits_and_pinned_with_the_rest(tmp_path):
    path = small_collection(tmp_path)
    path.write_text(path.read_text().replace("mp4: false", "mp4: false, height: true"))
    result = nftforge("run", path, "--only", "one", "--json")
    assert result.code == 0, result.err
    with Image.open(tmp_path / "out" / "one.height.png") as height:
        assert height.mode == "I;16" and height.size == (64, 43)
        assert 0 < np.asarray(height).max() < 65535
    with Image.open(tmp_path / "out" / "one.png") as still:
        assert still.size == (64, 43)
    (table,) = (tmp_path / ".nftforge/store/address/one").glob("*/cids.json")
    assert sorted(json.loads(table.read_text())) == ["height.png", "painting.gif", "still.png"]
    assert nftforge("verify", path, "--only", "one").code == 0
    page = tmp_path / ".nftforge" / "gallery" / "embedded"
    assert not [*page.rglob("*height*")]


@pytest.fixture(scope="module")
def strokes():
    random = np.random.default_rng(0)
    params = [
        load_brush("tape").place(*random.uniform(0, 1, 2), *random.uniform(0.1, 0.4, 2), angle, 0)
        for angle in random.uniform(-3, 3, 30)
    ]
    colours = random.uniform(0, 1, (30, 1, 3)).astype(np.float32)
    white = np.ones(4, np.float32)
    return Strokes("tape", 2, np.array(params, np.float32), colours, white, 1.5, 0)


class Watched(RecordedReport):
    """A Report that keeps every step of every bar."""

    def __init__(self):
        super().__init__()
        self.bars = {}

    def progress(self, task, done, total, note=""):
        super().progress(task, done, total, note)
        self.bars.setdefault(task, []).append((done, total))


EVERYTHING = Media(gif=Gif(size=64, frames=10, hold_ms=500), mp4=Video(), webm=Video(), svg=True)


def test_every_output_has_a_bar_that_moves_with_its_frames(tmp_path, strokes):
    report = Watched()
    draw_all(tmp_path, strokes, 2000, EVERYTHING, "one", report)
    assert list(report.bars) == [
        f"render one {name}"
        for name in ("still.png", "painting.gif", "painting.mp4", "painting.webm")
    ]
    for task, steps in report.bars.items():
        assert len(steps) > (4 if "still" in task else 20)
        shares = [done / total for done, total in steps]
        assert shares == sorted(shares) and shares[-1] == 1 and 1 not in shares[:-1]


def test_a_bar_never_ends_before_a_size_limit_is_met(tmp_path, strokes):
    draw_all(tmp_path, strokes, 64, EVERYTHING, "one", RecordedReport())
    size = (tmp_path / "painting.mp4").stat().st_size
    report = Watched()
    media = EVERYTHING.model_copy(update={"mp4": Video(max_mb=size * 0.7e-6), "webm": None})
    draw_all(tmp_path, strokes, 64, media, "one", report)
    steps = report.bars["render one painting.mp4"]
    assert len({total for _, total in steps}) > 2  # several passes
    assert [step for step in steps if step[0] == step[1]] == [steps[-1]]


@pytest.mark.parametrize(("count", "most"), [(500, 150_000), (2000, 400_000)])
@pytest.mark.parametrize("brush", brush_names())
def test_a_page_is_small_whatever_it_shows(brush, count, most):
    assert 60_000 < len(page_of(painting(brush, count=count), Relief(0.8)).encode()) <= most


@pytest.fixture(scope="module")
def painted(tmp_path_factory):
    """A collection of one piece, painted, whose render takes a while."""
    path = small_collection(tmp_path_factory.mktemp("painted"))
    text = path.read_text().split("  - {image: images/two.png")[0]
    wish = "{gif: {size: 480, frames: 200}, mp4: {size: 720}}"
    path.write_text(text.split("media:")[0] + f"media: {wish}\npieces:" + text.split("pieces:")[1])
    assert nftforge("paint", path).code == 0
    return path


@pytest.mark.parametrize("name", ["painting.gif", "painting.mp4.next"])
def test_ctrl_c_while_a_file_is_written_leaves_nothing(tmp_path, painted, name):
    folder = tmp_path / "c"
    shutil.copytree(painted.parent, folder)
    process = subprocess.Popen(
        [sys.executable, "-m", "nftforge", "render", str(folder / painted.name)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # a job in the background of a script starts with Ctrl-C switched off
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    work, deadline = folder / ".nftforge" / "tmp", time.monotonic() + 120
    while not list(work.glob(f"*/{name}")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    (written,) = work.glob(f"*/{name}")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130 and "Traceback" not in err
    assert not work.exists() and not list((folder / ".nftforge" / "store").glob("render/*/*"))
    assert not any(str(written) in command for command in running())


def running():
    """The command lines of all processes."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            yield (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:  # it has ended
            continue


# --- stills -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("canvas", "mode"), [((1.0, 1.0, 1.0, 1.0), "RGB"), ((0.0,) * 4, "RGBA")])
def test_ffmpeg_and_pillow_see_the_same_still(tmp_path, strokes, canvas, mode):
    drawn = replace(strokes, canvas=np.array(canvas, np.float32))
    media = EVERYTHING.model_copy(update={"mp4": None, "webm": None, "svg": False})
    draw_all(tmp_path, drawn, 700, media, "one", RecordedReport())
    path = tmp_path / "still.png"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", path, "-f", "rawvideo"]
    raw = subprocess.run(
        [*command, "-pix_fmt", {"RGB": "rgb24", "RGBA": "rgba"}[mode], "-"],
        capture_output=True,
        check=True,
    ).stdout
    with Image.open(path) as image:
        assert image.mode == mode and image.size == (700, 467)
        assert raw == image.tobytes()
        shown = np.asarray(image.convert("RGBA"))[..., 3]
    assert (shown.min() == 255) == (mode == "RGB")


def test_the_largest_still_takes_no_more_memory_than_a_few_times_itself(tmp_path, strokes):
    (tmp_path / "strokes.npz").write_bytes(replace(strokes, aspect=1.0).to_bytes())
    code = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "from pathlib import Path\n"
        "from nftforge.config.models import Gif, Media\n"
        "from nftforge.painting.strokes import Strokes\n"
        "from nftforge.cli.screen import Screen\n"
        "from nftforge.pipeline.render import draw_all, page_of\n"
        "folder = Path(sys.argv[1])\n"
        "media = Media(gif=Gif(size=16, frames=2), mp4=False)\n"
        "drawn = Strokes.load(folder / 'strokes.npz')\n"
        "draw_all(folder, drawn, int(sys.argv[2]), media, 'one', Screen(str))\n"
        "from support import peak_kib\n"
        "print(peak_kib())\n"
    )
    peaks = [
        int(
            subprocess.run(
                [sys.executable, "-c", code, tmp_path, str(size)],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
        for size in (64, 4096)
    ]
    pixels = 4096 * 4096 * 3 / 1024  # KiB, as `peaks`; floats would take four times that
    assert peaks[1] - peaks[0] < 5 * pixels
