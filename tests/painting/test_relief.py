"""Relief: what height does and does not, and that no tile, strip or thread shows in the light."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from support.plain_relief import plain

from nftforge.core.errors import ConfigError
from nftforge.painting import canvas, paint, relief
from nftforge.painting.brushes import brush_names, load_brush
from nftforge.painting.metrics import psnr
from nftforge.painting.settings import FLAT, PaintSettings, Relief, looks_best
from nftforge.painting.strokes import Strokes

TIP = (np.hypot(*np.mgrid[-1:1:256j, -1:1:256j]) < 0.8).astype(np.uint8) * 255
LIT, THICK = Relief(0.5), Relief(1.0)


def strokes(brush="oil", count=20, ground=(1.0, 0.9, 0.8, 1.0), seed=0, size=(0.2, 0.7)):
    random = np.random.default_rng(seed)
    module = load_brush(brush)
    places = [
        module.place(
            *random.uniform(0.1, 0.9, 2), random.uniform(*size), random.uniform(0.05, 0.2),
            random.uniform(-3, 3), float(random.integers(0, 65536)),
        )
        for _ in range(count)
    ]  # fmt: skip
    colours = random.uniform(0.05, 0.8, (count, module.BRUSH.colours, 3))
    return Strokes(
        brush, module.BRUSH.version, np.array(places, np.float32), colours.astype(np.float32),
        np.array(ground, np.float32), 1.5, 7, TIP if brush == "own" else None,
    )  # fmt: skip


@pytest.mark.parametrize("surface", ["canvas", "paper", "none"])
@pytest.mark.parametrize("brush", brush_names())
def test_the_lit_picture_is_the_plain_ones(brush, surface):
    """Tile by tile and from the top down, against stroke after stroke and whole pictures."""
    painting, wish = strokes(brush), Relief(0.7, surface)
    fast = relief.render(painting, 90, 60, wish).astype(float)
    difference = np.abs(fast - plain(painting, 90, 60, wish))
    assert difference.max() <= 1.6 and difference.mean() < 0.3


def test_without_relief_nothing_changes():
    painting = strokes()
    np.testing.assert_array_equal(
        relief.render(painting, 90, 60, FLAT), canvas.render(painting, 90, 60)
    )
    moments = [1, 3.4, 20]
    for ours, theirs in zip(
        relief.frames(painting, 90, 60, moments, FLAT),
        canvas.frames(painting, 90, 60, moments),
        strict=True,
    ):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("brush", ["oil", "tape", "marker"])
def test_a_buried_stroke_leaves_no_trace(brush):
    painting = strokes(brush, 3, size=(0.05, 0.1))
    lid = replace(painting, params=painting.params[:1].copy(), colours=painting.colours[:1])
    lid.params[0, :4] = 0.5, 0.33, 0.45, load_brush(brush).BRUSH.high[3]
    lid.params[0, 4] = 0.0
    painting.params[:, :2] = 0.35, 0.33  # towards its tail a stroke of oil is dry
    painting.params[:, 3] = 0.004
    covered = replace(
        painting,
        params=np.concatenate([painting.params, lid.params]),
        colours=np.concatenate([painting.colours, lid.colours]),
    )
    np.testing.assert_array_equal(
        relief.render(covered, 300, 200, THICK), relief.render(lid, 300, 200, THICK)
    )


def test_no_seam_is_seen_between_strips(monkeypatch):
    painting = strokes("oil", 30)
    whole = relief.render(painting, 150, 100, LIT)
    monkeypatch.setattr(canvas, "ROWS", 32)
    np.testing.assert_array_equal(relief.render(painting, 150, 100, LIT), whole)


THREADED = """
import sys, hashlib
sys.path[:0] = ["tests", "tests/painting"]
from test_relief import LIT, relief, strokes
picture = relief.render(strokes("oil", 30), 150, 100, LIT)
film = list(relief.frames(strokes("oil", 12), 90, 60, [2, 5.5, 12], LIT))
print(hashlib.sha256(picture.tobytes() + b"".join(f.tobytes() for f in film)).hexdigest())
"""


def test_threads_change_no_bit():
    digests = {
        subprocess.run(
            [sys.executable, "-c", THREADED], capture_output=True, text=True, check=True,
            env={**os.environ, "NFTFORGE_THREADS": count},
        ).stdout
        for count in ("1", "3")
    }  # fmt: skip
    assert len(digests) == 1


@pytest.mark.parametrize("brush", brush_names())
def test_small_and_large_show_the_same_light(brush):
    y, x = np.mgrid[0:1:64j, 0:2:128j]
    picture = np.stack([0.5 + 0.4 * np.sin(4 * x), 0.3 + 0.5 * y, 0.5 + 0.3 * np.cos(5 * y)], -1)
    settings = PaintSettings(brush=brush, strokes=60)
    painting = paint(picture, settings, tip=TIP if brush == "own" else None)
    small = relief.render(painting, 512, 256, LIT) / 255.0
    large = relief.render(painting, 2048, 1024, LIT) / 255.0
    assert psnr(small, large.reshape(256, 4, 512, 4, 3).mean(axis=(1, 3))) >= 30


@pytest.mark.parametrize("brush", brush_names())
def test_black_stays_black(brush):
    painting = strokes(brush, ground=(0, 0, 0, 1))
    painting.colours[:] = 0
    assert relief.render(painting, 300, 200, THICK).max() <= 8


@pytest.mark.parametrize(
    ("brush", "least", "most"),
    [
        ("oil", 28, 40),
        ("tape", 36, 48),
        ("watercolor", 34, 48),
        ("marker", 40, 55),
        ("ink", 40, 55),
        ("pencil", 40, 55),
        ("pastel", 34, 50),
        ("knife", 26, 38),
        ("own", 28, 50),
    ],
)
def test_a_lit_painting_is_like_the_flat_one(brush, least, most):
    painting = strokes(brush, 120)
    lit, flat = (relief.render(painting, 512, 341, each) / 255.0 for each in (LIT, FLAT))
    assert least < psnr(lit, flat) < most


def test_the_last_frame_is_the_painting_without_a_surface():
    painting, bare = strokes("oil", 30), Relief(0.5, "none")
    *_, last = relief.frames(painting, 150, 100, [3, 7.5, 20, 30], bare)
    whole = relief.render(painting, 150, 100, bare)
    assert np.abs(last.astype(int) - whole).max() <= 1


def test_a_stroke_that_is_being_drawn_changes_nothing_else():
    painting = strokes("oil", 6)
    before, begun, after = relief.frames(painting, 150, 100, [5, 5.4, 6], LIT)
    same = (before == after).all(axis=2)
    np.testing.assert_array_equal(begun[same], before[same])
    assert (begun != before).any() and (begun != after).any()


def test_the_lamp_may_stand_anywhere():
    painting = strokes("oil", 10)
    left, right = (relief.render(painting, 90, 60, Relief(0.7, light=at)) for at in (315, 135))
    assert (left != right).any()
    around = relief.render(painting, 90, 60, Relief(0.7, light=360))
    assert (around == relief.render(painting, 90, 60, Relief(0.7, light=0))).mean() > 0.999


def test_without_a_canvas_only_paint_is_lit():
    painting = strokes("oil", 4, ground=(0, 0, 0, 0))
    lit, flat = (relief.render(painting, 150, 100, each) for each in (LIT, FLAT))
    assert lit.shape == flat.shape == (100, 150, 4)
    assert np.abs(lit[..., 3].astype(int) - flat[..., 3]).max() <= 1
    assert not lit[..., 3][:5].any() or (lit[..., 3] == 0).any()


def test_a_height_map_says_how_thick_paint_lies():
    (thick,) = relief.height_map(strokes("oil", 10), 150, 100)
    assert thick.dtype == np.uint16 and thick.shape == (100, 150)
    assert 0 < thick.max() < 65535 and thick.min() == 0
    for brush in ("watercolor", "marker", "ink", "pencil", "pastel"):
        (flat,) = relief.height_map(strokes(brush, 10), 150, 100)
        assert not flat.any()


def test_nothing_lies_as_thick_as_what_a_knife_leaves():
    thickest = {
        brush: int(next(relief.height_map(strokes(brush, 10), 150, 100)).max())
        for brush in brush_names()
    }
    assert max(thickest, key=thickest.get) == "knife"
    assert thickest["oil"] * 1.3 < thickest["knife"] < 65535


@pytest.mark.parametrize("wrong", [{"surface": "wood"}, {"amount": 1.5}, {"amount": -0.1}])
def test_a_relief_that_cannot_be_is_refused(wrong):
    with pytest.raises(ConfigError):
        Relief(**wrong)


def test_many_oil_strokes_are_lit_less():
    assert looks_best("oil", 500) == 0.5 and looks_best("oil", 8000) == 0.25
    assert all(0.4 <= looks_best(brush, 500) <= 0.5 for brush in brush_names())
