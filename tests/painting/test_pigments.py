"""Paints that are stirred: what everyone knows of them, and that each alone is itself."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nftforge.painting.oklab import to_oklab
from nftforge.painting.palettes import (
    LIGHT,
    PIGMENT,
    PIGMENTS,
    TONES,
    mixed_palette,
    named_palette,
    palette_names,
)
from nftforge.painting.pigments import absorption, mixture, reflectance, seen

YELLOW, RED, BLUE = (242, 197, 0), (209, 32, 47), (29, 79, 168)
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
paints = st.tuples(*[st.integers(0, 255)] * 3)


def lab(colour):
    return to_oklab(np.array(colour) / 255.0)


def hue(colour):
    """Degrees in OKLab: red 29, yellow 110, green 142, blue 264."""
    _, a, b = lab(colour)
    return math.degrees(math.atan2(b, a)) % 360


@pytest.mark.parametrize(
    ("yellow", "blue"),
    [(YELLOW, BLUE), ((255, 255, 0), (0, 0, 255)), ((255, 225, 0), (0, 70, 200))],
)
def test_yellow_and_blue_are_green(yellow, blue):
    green = mixture(yellow, blue, 0.5)
    assert 120 < hue(green) < 170
    assert green[1] > max(green[0], green[2]) + 30


@pytest.mark.parametrize("colour", [YELLOW, RED, BLUE, (20, 120, 60), (120, 40, 130)])
def test_white_makes_tints(colour):
    tints = [mixture(colour, WHITE, part) for part in (0.0, 0.25, 0.5, 0.75, 1.0)]
    light = [lab(tint)[0] for tint in tints]
    assert light == sorted(light) and len(set(tints)) == 5
    turned = abs(hue(tints[2]) - hue(colour))
    assert min(turned, 360 - turned) < 25
    assert (np.hypot(*lab(tints[2])[1:]) < np.hypot(*lab(colour)[1:])).all()


def test_black_and_white_are_greys():
    for part in (0.2, 0.5, 0.8):
        grey = mixture(BLACK, WHITE, part)
        assert max(grey) - min(grey) <= 1
        assert lab(grey)[0] == pytest.approx(part, abs=0.01), "as far as it looks"


@settings(deadline=None)
@given(paints)
def test_a_paint_alone_is_itself(colour):
    assert np.abs(seen(absorption(colour)) * 255 - colour).max() <= 1
    assert mixture(colour, colour, 0.4) == colour


@pytest.mark.parametrize("dark", [(15, 0, 0), (17, 0, 0), (0, 12, 0), (0, 0, 14), (10, 0, 9)])
def test_so_are_dark_ones(dark):
    assert np.abs(seen(absorption(dark)) * 255 - dark).max() <= 1


@settings(deadline=None)
@given(paints)
def test_no_paint_returns_more_light_than_falls_on_it(colour):
    returned = reflectance(np.array(colour) / 255.0)
    assert (returned > 0).all() and (returned < 1).all()


@settings(deadline=None)
@given(paints, paints, st.sampled_from([1 / 3, 1 / 2, 2 / 3]))
def test_it_does_not_matter_which_is_stirred_into_which(first, last, part):
    there, back = mixture(first, last, part), mixture(last, first, 1 - part)
    assert np.abs(np.subtract(there, back)).max() <= 1


def test_the_same_paints_are_the_same_colours():
    assert mixture(YELLOW, BLUE, 1 / 3) == (134, 162, 56)
    assert mixture(RED, BLUE, 1 / 3) == mixture(RED, BLUE, 1 / 3)


def test_palettes_have_greens_if_they_are_stirred():
    greens = {
        way: [each for each in named_palette("primary", way) if 120 < hue(each) < 170]
        for way in (LIGHT, PIGMENT)
    }
    assert len(greens[PIGMENT]) >= 2
    assert max(np.hypot(*lab(each)[1:]) for each in greens[PIGMENT]) > 0.08
    assert all(np.hypot(*lab(each)[1:]) < 0.05 for each in greens[LIGHT])


def test_stirred_palettes_keep_their_paints_and_fit():
    for name in palette_names():
        light, stirred = named_palette(name), named_palette(name, PIGMENT)
        assert len(set(stirred)) == len(stirred) <= 64
        assert set(PIGMENTS[name]) <= {f"#{r:02x}{g:02x}{b:02x}" for r, g, b in stirred}
        assert stirred != light
    tones = mixed_palette([YELLOW, BLUE], PIGMENT)
    assert len(tones) == TONES and tones[0] == YELLOW and tones[-1] == BLUE
