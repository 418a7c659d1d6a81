"""`from nftforge.painting import ...`: arrays in, strokes, arrays out, and no collection."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nftforge import painting
from nftforge.core.errors import ConfigError
from nftforge.painting import PaintSettings, brush_names, frames, paint, render
from nftforge.painting.engine import paint as measured

FEW = PaintSettings(brush="tape", strokes=12, seed=3)


def scene(height=32, width=48):
    """A disc on a gradient, uint8 [h, w, 3]."""
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    disc = (np.hypot(x - 0.5, y - 0.3) < 0.2) * 1.0
    return (np.stack([x, 1 - y, disc], axis=2).clip(0, 1) * 255).astype(np.uint8)


def test_the_example_in_the_readme_paints_an_array(tmp_path, monkeypatch):
    (example,) = re.findall(
        r"```python\n(.*?)```", Path("README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(example, names)
    assert len(names["strokes"]) == 40
    with Image.open("painting.png") as still, Image.open("painting.gif") as film:
        assert still.size == (1024, 768) and still.mode == "RGB"
        assert film.size == (256, 192) and film.n_frames == 40
        assert np.abs(np.asarray(still.resize((80, 60))) / 255 - names["picture"]).mean() < 0.05


def test_an_array_is_painted_as_its_picture_is():
    rgb = scene()
    strokes = paint(rgb, FEW)
    theirs = measured(rgb.astype(np.float32) / 255, None, FEW, lambda *_: None).strokes
    assert strokes.to_bytes() == theirs.to_bytes()
    assert paint(rgb.astype(np.float32) / 255, FEW).to_bytes() == strokes.to_bytes()


def test_large_arrays_are_averaged_down_and_keep_their_shape():
    wide = np.kron(scene(), np.ones((20, 20, 1), np.uint8))
    height, width, _ = render(paint(wide, FEW), 960).shape
    assert width == 960 and abs(height - 640) <= 1  # as of a picture of 512 by 341


def test_alpha_is_painted_only_where_it_is_and_shown_if_there_is_no_canvas():
    rgba = np.dstack([scene(), np.full((32, 48), 255, np.uint8)])
    rgba[:, 24:, 3] = 0
    drawn = render(paint(rgba, PaintSettings(brush="tape", strokes=40, canvas=None)), 48)
    assert drawn.shape == (32, 48, 4) and drawn.dtype == np.uint8
    assert drawn[:, :20, 3].mean() > 200 and drawn[:, 28:, 3].mean() < 30


def test_frames_go_from_the_canvas_to_the_painting():
    strokes = paint(scene(), FEW)
    every = list(frames(strokes, 48))
    assert len(every) == 13 and (every[0] == 255).all()
    np.testing.assert_array_equal(every[-1], render(strokes, 48))
    half, whole = frames(strokes, 48, [11.5, 12])
    assert (half != every[11]).any() and (half != whole).any()


def test_progress_is_reported_and_may_stop_it():
    reported = []
    paint(scene(), FEW, on_progress=lambda *now: reported.append(now))
    parts = [part for part, *_ in reported]
    assert parts == sorted(parts) and reported[-1][1] == 12

    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        paint(scene(), FEW, on_progress=stop)


@pytest.mark.parametrize(
    ("array", "why"),
    [
        (np.zeros((4, 4)), r"not \[4, 4\]"),
        (np.zeros((4, 4, 2)), r"not \[4, 4, 2\]"),
        (np.zeros((0, 4, 3)), r"not \[0, 4, 3\]"),
        (np.zeros((4, 4, 3), np.int64), "not int64"),
        (np.full((4, 4, 3), 255.0), "between 0 and 1"),
        (np.full((4, 4, 3), np.nan), "between 0 and 1"),
    ],
    ids=["plane", "two channels", "empty", "integers", "0..255", "nan"],
)
def test_what_is_no_picture_is_refused(array, why):
    with pytest.raises(ValueError, match=why):
        paint(array, FEW)
    with pytest.raises(ValueError, match=why):
        paint(scene(), FEW, style=array)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ConfigError, match="has no tip"):
        paint(scene(), PaintSettings(brush="own"))
    with pytest.raises(ValueError, match="0 pixels"):
        render(paint(scene(), FEW), 0)
    assert "own" in brush_names() and set(painting.__all__) >= {"paint", "render", "Strokes"}
