"""The fast kernels against the slow reference, and what a canvas promises."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from nftforge.core.errors import ConfigError
from nftforge.painting import canvas, reference
from nftforge.painting.brushes import brush_names, load_brush, tip_data
from nftforge.painting.pictures import View
from nftforge.painting.strokes import Strokes

BACKGROUND = np.array([1.0, 0.9, 0.8])
TIP = (np.hypot(*np.mgrid[-1:1:256j, -1:1:256j]) < 0.8).astype(np.uint8) * 255


def some(brush, count, seed=0):
    """Random strokes, float64: params [stroke, P], colours [stroke, C, 3]."""
    random = np.random.default_rng(seed)
    module = load_brush(brush)
    params = np.array(
        [
            module.place(
                *random.uniform(0.1, 0.9, 2),
                random.uniform(0.2, 0.7),
                random.uniform(0.1, 0.4),
                random.uniform(-3, 3),
                float(random.integers(0, 65536)),
            )
            for _ in range(count)
        ]
    )
    for at, name in enumerate(module.BRUSH.params):
        if name in ("bend", "skew", "taper", "opacity"):
            params[:, at] = random.uniform(module.BRUSH.low[at], module.BRUSH.high[at], count)
    return params, random.uniform(0.05, 0.8, (count, module.BRUSH.colours, 3))


def data_of(brush):
    return tip_data(brush, TIP if brush == "own" else None)


def strokes(brush="oil", count=20, aspect=1.5, seed=0):
    params, colours = some(brush, count, seed)
    return Strokes(
        brush,
        load_brush(brush).BRUSH.version,
        params.astype(np.float32),
        colours.astype(np.float32),
        np.append(BACKGROUND, 1).astype(np.float32),
        aspect,
        7,
        TIP if brush == "own" else None,
    )


@pytest.mark.parametrize("brush", brush_names())
@pytest.mark.parametrize("soft_px", [1.0, 4.0])
def test_pictures_and_gradients_agree_with_the_reference(brush, soft_px):
    params, colours = some(brush, 8)
    random = np.random.default_rng(1)
    target, weight = random.uniform(0, 1, (24, 40, 3)), random.uniform(0, 1, (24, 40))
    view = View(target, weight, np.ones_like(weight), BACKGROUND)
    ours = canvas.descent(brush, data_of(brush))(params, colours, view, soft_px)
    p, c = (torch.tensor(array, requires_grad=True) for array in (params, colours))
    picture = reference.render(
        brush, p, c, torch.tensor(data_of(brush)), torch.tensor(BACKGROUND), (40, 24), soft_px
    )
    loss = (torch.tensor(weight)[..., None] * (picture - torch.tensor(target)) ** 2).sum()
    loss.backward()
    np.testing.assert_allclose(ours.picture, picture.detach(), atol=1e-5)
    np.testing.assert_allclose(ours.loss, loss.item(), rtol=1e-5)
    np.testing.assert_allclose(
        ours.params, p.grad, rtol=1e-4, atol=1e-4 * float(p.grad.abs().max())
    )
    np.testing.assert_allclose(ours.colours, c.grad, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("brush", brush_names())
def test_the_references_own_gradients_are_right(brush):
    params, colours = some(brush, 2, seed=3)
    params[:, -1] += 0.5  # the texture counts whole: nothing depends on it smoothly
    params, colours = (torch.tensor(array, requires_grad=True) for array in (params, colours))

    def paint(p, c):
        return reference.render(
            brush, p, c, torch.tensor(data_of(brush)), torch.tensor(BACKGROUND), (8, 8), 3.0
        )

    assert torch.autograd.gradcheck(paint, (params, colours), atol=1e-4, nondet_tol=0)


@pytest.mark.parametrize("brush", brush_names())
def test_the_drawn_picture_is_the_references(brush):
    painting = strokes(brush)
    drawn = canvas.render(painting, 48, 32).astype(float)
    params, colours = (
        torch.tensor(array.astype(np.float64)) for array in (painting.params, painting.colours)
    )
    slow = reference.render(
        brush,
        params,
        colours,
        torch.tensor(data_of(brush)),
        torch.tensor(BACKGROUND),
        (48, 32),
        1.0,
    )
    assert np.abs(drawn - slow.numpy() * 255).max() <= 0.51


def test_frames_are_the_painting_after_so_many_strokes():
    painting = strokes(count=30)
    for stop, frame in zip((1, 7, 30), canvas.frames(painting, 60, 40, [1, 7, 30]), strict=True):
        np.testing.assert_array_equal(frame, canvas.render(painting.prefix(stop), 60, 40))


def test_any_resolution_shows_the_same_painting():
    painting = strokes(count=12)
    small = canvas.render(painting, 96, 64).astype(float)
    large = canvas.render(painting, 768, 512).astype(float)
    shrunk = large.reshape(64, 8, 96, 8, 3).mean(axis=(1, 3))
    assert np.abs(small - shrunk).mean() < 4


def test_no_strokes_leave_the_canvas():
    blank = canvas.render(strokes().prefix(0), 10, 10)
    assert (blank == np.round(BACKGROUND * 255).astype(np.uint8)).all()


def test_strokes_outside_the_canvas_do_no_harm():
    painting = strokes(count=4)
    away = painting.params.copy()
    away[:, 0] += 5
    np.testing.assert_array_equal(
        canvas.render(replace(painting, params=away), 20, 20),
        canvas.render(painting.prefix(0), 20, 20),
    )


def test_more_strokes_than_a_pixel_can_see_through_are_drawn():
    painting = strokes(count=1)
    many = replace(
        painting,
        params=np.repeat(painting.params, 600, axis=0),
        colours=np.repeat(painting.colours, 600, axis=0),
    )
    assert canvas.render(many, 30, 20).shape == (20, 30, 3)


# --- the stroke file ----------------------------------------------------------------------------


def test_a_stroke_file_reads_back_and_is_the_same_bytes_again(tmp_path):
    painting, path = strokes(), tmp_path / "strokes.npz"
    path.write_bytes(painting.to_bytes())
    again = Strokes.load(path)
    assert again.to_bytes() == painting.to_bytes() and again.digest() == painting.digest()
    assert (again.brush, again.aspect, again.seed) == ("oil", 1.5, 7)


def test_numpy_alone_reads_a_stroke_file(tmp_path):
    path = tmp_path / "strokes.npz"
    path.write_bytes(strokes(count=5).to_bytes())
    with np.load(path, allow_pickle=False) as file:
        assert file["params"].shape == (5, 7) and file["colours"].shape == (5, 2, 3)
        assert str(file["brush"]) == "oil" and int(file["format"]) == 2


@pytest.mark.parametrize("content", [b"", b"PK nonsense", b"hello"])
def test_what_is_no_stroke_file_is_refused_with_its_name(tmp_path, content):
    path = tmp_path / "strokes.npz"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"strokes\.npz is no stroke file"):
        Strokes.load(path)


@pytest.mark.parametrize(
    ("aspect", "size", "shape"),
    [(1.0, 64, (64, 64)), (2.0, 64, (64, 32)), (0.125, 64, (8, 64)), (500.0, 64, (64, 1))],
)
def test_size_is_the_longer_side(aspect, size, shape):
    assert strokes(aspect=aspect).shape(size) == shape


# --- painting -----------------------------------------------------------------------------------

PAINT = """
import sys
import numpy as np
from nftforge.painting.engine import paint
from nftforge.painting.settings import PaintSettings
y, x = np.mgrid[0:40, 0:60] / 40
rgb = np.stack([x / 1.5, y, (np.hypot(x - 0.7, y - 0.5) < 0.3) * 1.0], axis=2).astype(np.float32)
tip = (np.hypot(*np.mgrid[-1:1:256j, -1:1:256j]) < 0.8).astype(np.uint8) * 255
for brush in sys.argv[1:]:
    settings = PaintSettings(brush=brush, strokes=40, seed=5)
    painting = paint(rgb, None, settings, lambda *_: None, tip if brush == "own" else None)
    print(brush, painting.strokes.digest())
"""


def test_the_same_seed_paints_the_same_bytes_with_any_number_of_threads():
    import os

    first, *others = [
        subprocess.run(
            [sys.executable, "-c", PAINT, *brush_names()],
            env={**os.environ, "NFTFORGE_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        for threads in ("1", "2", "2", "5")
    ]
    assert len({line.split()[1] for line in first}) == len(brush_names())
    assert all(other == first for other in others)


# --- frames -------------------------------------------------------------------------------------


@pytest.mark.parametrize("brush", brush_names())
def test_a_stroke_that_is_being_drawn_grows_and_ends_as_the_whole_stroke(brush):
    some_strokes = strokes(brush, 4, seed=5)
    moments = [3, *(3 + part / 8 for part in range(1, 8)), 3.9999, 4]
    before, *growing, almost, after = canvas.frames(some_strokes, 120, 80, moments)
    np.testing.assert_array_equal(after, canvas.render(some_strokes, 120, 80))
    np.testing.assert_array_equal(before, canvas.render(some_strokes.prefix(3), 120, 80))
    assert np.abs(almost.astype(int) - after).max() <= 1
    untouched = before == after
    still_off = [np.abs(frame.astype(int) - after) for frame in growing]
    for frame in growing:
        np.testing.assert_array_equal(frame[untouched], after[untouched])
    for earlier, later in pairwise(still_off):
        assert (later <= earlier).all() and later.sum() < earlier.sum()


@pytest.mark.parametrize("brush", brush_names())
def test_a_stroke_grows_from_its_first_end(brush):
    lone = replace(strokes(brush, 1, seed=2), canvas=np.ones(4, np.float32))
    half, whole = (frame.astype(int) for frame in canvas.frames(lone, 150, 100, [0.4, 1]))
    x0, y0, x1, y1 = load_brush(brush).ends(lone.params[0].astype(float).tolist())
    rows, columns = np.mgrid[:100, :150]
    along = (columns / 150 * (x1 - x0) + rows / 150 * (y1 - y0)) / np.hypot(x1 - x0, y1 - y0)
    shown, missing = (255 - half).sum(axis=2), np.abs(half - whole).sum(axis=2)
    assert np.average(along, weights=shown) < np.average(along, weights=missing)


@pytest.mark.parametrize("canvas_colour", [[1.0, 0.5, 0.25, 1.0], [0.0, 0.0, 0.0, 0.0]])
def test_a_painting_drawn_some_rows_at_a_time_is_the_same(monkeypatch, canvas_colour):
    some_strokes = replace(strokes("oil", 12), canvas=np.array(canvas_colour, np.float32))
    for draw in (canvas.rendered, canvas.rendered_alpha):
        (whole,) = draw(some_strokes, 150, 101)
        monkeypatch.setattr(canvas, "ROWS", 32)
        parts = list(draw(some_strokes, 150, 101))
        monkeypatch.undo()
        assert [len(part) for part in parts] == [32, 32, 32, 5]
        np.testing.assert_array_equal(np.concatenate(parts), whole)
