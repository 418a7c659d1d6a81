"""Brushes that draw: their own colour, tones by lines, and the paper that sticks rub off on."""

from __future__ import annotations

import numpy as np
import pytest

from nftforge.painting.brushes import brush_meant, load_brush
from nftforge.painting.canvas import render, rendered_alpha
from nftforge.painting.engine import paint
from nftforge.painting.settings import PaintSettings
from nftforge.painting.strokes import Strokes


def drawn(rgb, alpha=None, **wishes):
    wish = PaintSettings(**{"strokes": 60, "seed": 2, **wishes})
    return paint(rgb.astype(np.float32), alpha, wish, lambda *_: None).strokes


def fade(width=96, height=48):
    """From black at the left to white at the right."""
    return np.linspace(0, 1, width)[None, :, None] * np.ones((height, 1, 3))


def lines(brush, *rows):
    """Strokes of one dark colour on white: each x, y, length, width, pressure."""
    module = load_brush(brush)
    at = module.BRUSH.params.index("opacity")
    params = np.array([module.place(x, y, a, b, 0.0, 0.0) for x, y, a, b, _ in rows], np.float32)
    params[:, at] = [row[4] for row in rows]
    black = np.zeros((len(rows), 1, 3), np.float32)
    return Strokes(brush, 1, params, black, np.ones(4, np.float32), 1.0, 0)


@pytest.mark.parametrize("brush", ["ink", "pencil"])
def test_they_draw_in_their_own_colour_unless_others_are_asked_for(brush):
    rgb = fade() * (0.9, 0.4, 0.2)
    (own,) = load_brush(brush).BRUSH.inks
    for wish, colour in (({}, own), ({"palette": ((32, 48, 96),), "oklab": True}, (32, 48, 96))):
        strokes = drawn(rgb, brush=brush, strokes=20, **wish)
        np.testing.assert_allclose(strokes.colours * 255, np.broadcast_to(colour, (20, 1, 3)))
    picture = render(strokes, 96, 48).mean(axis=(0, 2))
    assert picture[:30].mean() < picture[-30:].mean() - 40  # dark is where it was


def test_several_inks_keep_their_hues():
    rgb = np.where(np.arange(96)[None, :, None] < 48, (0.7, 0.1, 0.1), (0.1, 0.1, 0.7))
    rgb = np.broadcast_to(rgb, (48, 96, 3))
    colours = ((180, 20, 20), (20, 20, 180))
    picture = render(drawn(rgb, brush="ink", palette=colours, oklab=True), 96, 48).astype(int)
    assert (picture[:, :48, 0] - picture[:, :48, 2]).mean() > 30
    assert (picture[:, 48:, 2] - picture[:, 48:, 0]).mean() > 30


def test_lines_of_ink_say_a_tone():
    """The squared error alone leaves what is lighter than middle grey bare, and the rest a blot."""
    dark = 1 - render(drawn(fade(), brush="ink", strokes=150), 192, 96).mean(axis=(0, 2)) / 255
    steps = dark.reshape(4, 48).mean(axis=1)
    assert steps[0] > 0.7 and (np.diff(steps) < 0).all()
    assert dark[96:132].mean() > 0.05


@pytest.mark.parametrize("brush", ["pencil", "pastel"])
def test_the_grain_is_the_papers_and_strokes_over_each_other_fill_it(brush):
    width = 2 * load_brush(brush).BRUSH.high[3]
    once = lines(brush, (0.5, 0.5, 0.6, width, 0.7))
    moved = lines(brush, (0.53, 0.5, 0.6, width, 0.7))
    twice = lines(brush, *[(0.5, 0.5, 0.6, width, 0.7)] * 2)
    inside = slice(255, 258), slice(180, 340)
    one, other, both = (render(each, 512, 512)[inside].astype(int) for each in (once, moved, twice))
    assert np.abs(one - other).mean() < 2 and one.std() > 20
    assert (both <= one).all() and both.mean() < 0.85 * one.mean()


def test_pressure_is_tone():
    light, hard = (
        render(lines("pencil", (0.5, 0.5, 0.6, 0.012, pressure)), 512, 512)[255:258, 180:340].mean()
        for pressure in (0.4, 1.0)
    )
    assert hard < 60 < 120 < light


def test_ink_swells_in_the_middle_and_ends_in_points():
    dark = 1 - render(lines("ink", (0.5, 0.5, 0.5, 0.04, 1.0)), 512, 512)[..., 0] / 255
    width = dark.sum(axis=0)
    used = np.flatnonzero(width)
    ends, middle = width[used[[2, -3]]], width[used].max()
    assert (ends < 0.35 * middle).all() and 18 < middle < 22


def test_drawings_on_a_transparent_canvas_cover_what_is_dark():
    alpha = np.zeros((48, 96), np.float32)
    alpha[:, :60] = 1
    strokes = drawn(fade(), alpha, brush="ink", canvas=None)
    (cover,) = rendered_alpha(strokes, 96, 48)
    cover = cover[..., 3] if cover.ndim == 3 else cover
    assert cover[:, :20].mean() > 4 * max(cover[:, 64:].mean(), 1e-3)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("fountain pen", "ink"), ("India-Ink", "ink"), ("charcoal", "pencil"),
        ("graphite", "pencil"), ("palette knife", "knife"), ("chalk", "pastel"),
        ("crayon", "pastel"), ("pen", "marker"),
    ],
)  # fmt: skip
def test_what_others_call_them_is_understood(asked, meant):
    assert brush_meant(asked) == f"did you mean `{meant}`? "
