"""Strokes that follow the form, and more of them where the picture matters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nftforge.core.errors import ConfigError
from nftforge.painting.engine import paint, painter_for
from nftforge.painting.flow import Flow
from nftforge.painting.focus import attention, focused
from nftforge.painting.oklab import from_oklab, to_oklab
from nftforge.painting.palettes import mixed_palette, named_palette, palette_names
from nftforge.painting.pictures import RgbaImage, found_palette
from nftforge.painting.schedule import SCHEDULES
from nftforge.painting.settings import PaintSettings

QUIET = lambda *_: None  # noqa: E731


def stripes(degrees, side=96, wide=10.0):
    """Soft stripes that run in that direction, float32 [h, w, 3]."""
    y, x = np.mgrid[0:side, 0:side]
    angle = np.radians(degrees)
    across = y * np.cos(angle) - x * np.sin(angle)
    grey = 0.5 + 0.4 * np.sin(across * 2 * np.pi / wide)
    return np.repeat(grey[..., None], 3, axis=2).astype(np.float32)


def aside(angles, degrees):
    """How far lines lie off a direction, degrees 0..90."""
    return np.abs((np.degrees(angles) - degrees + 90) % 180 - 90)


@pytest.mark.parametrize("degrees", [0, 30, 90, 135])
def test_the_tangent_runs_along_edges(degrees):
    flow = Flow.of(RgbaImage.of(stripes(degrees), None), 1.0)
    inner = np.s_[16:-16, 16:-16]
    assert np.median(aside(flow.tangent[inner], degrees)) < 1
    assert flow.coherence[inner].mean() > 0.8


def test_where_there_is_no_form_there_is_no_direction():
    flat = RgbaImage.of(np.full((64, 64, 3), 0.4, np.float32), None)
    assert Flow.of(flat, 1.0).coherence.max() == 0
    round_ = np.hypot(*np.mgrid[-1:1:65j, -1:1:65j]) < 0.5
    middle = Flow.of(RgbaImage.of(np.repeat(round_[..., None], 3, axis=2), None), 1.0)
    assert middle.coherence[32, 32] < 0.01


@pytest.mark.parametrize("brush", ["oil", "tape", "watercolor", "marker"])
def test_strokes_lie_along_what_they_depict(brush):
    picture = RgbaImage.of(stripes(30), None)
    off = {}
    for flow in (0.0, 1.0):
        wish = PaintSettings(brush=brush, strokes=60, flow=flow)
        params = paint(picture.rgb, None, wish, QUIET).strokes.params
        off[flow] = np.average(aside(params[:, 4], 30), weights=params[:, 2] * params[:, 3])
    assert off[1.0] < 12 and off[1.0] < off[0.0]


def test_the_torque_is_the_gradient_of_the_energy():
    flow = Flow.of(RgbaImage.of(stripes(20), None), 0.7)
    random = np.random.default_rng(0)
    x, y, angle, area = random.uniform(0, 1, (4, 50))
    tangent, coherence = flow.at(x, y)

    def energy(turned):
        return area * coherence * np.sin(turned - tangent) ** 2

    step = 1e-6
    slope = (energy(angle + step) - energy(angle - step)) / (2 * step)
    torque = flow.torque(x, y, angle, area)
    ratio = torque / slope
    assert np.allclose(ratio, ratio[0], rtol=1e-4) and ratio[0] > 0


def test_a_focus_moves_strokes_and_likeness_to_where_it_matters():
    random = np.random.default_rng(3)
    grain = np.kron(random.uniform(0, 1, (16, 16, 3)), np.ones((6, 6, 1))).astype(np.float32)
    mask = np.zeros((96, 96))
    mask[:, :40] = 1
    plain = RgbaImage.of(grain, None)
    found = {}
    for name, picture in (("plain", plain), ("left", focused(plain, mask))):
        painter = painter_for(picture, PaintSettings(brush="tape", strokes=80))
        from nftforge.painting.fit import fit

        strokes = fit(painter, QUIET, lambda: 0.0)
        from nftforge.painting.canvas import render

        error = ((render(strokes, 96, 96) / 255.0 - grain) ** 2)[:, :40].mean()
        found[name] = (strokes.params[:, 0] < 40 / 96).mean(), error
    assert found["left"][0] > found["plain"][0] + 0.1
    assert found["left"][1] < 0.8 * found["plain"][1]


def test_a_shorter_schedule_paints_about_as_well_in_fewer_steps():
    picture = np.kron(np.random.default_rng(2).random((12, 12, 3)), np.ones((8, 8, 1)))
    likeness, steps = {}, {}
    for schedule in (1, 2):
        rounds = []
        wish = PaintSettings(brush="tape", strokes=120, schedule=schedule)
        said = lambda part, *_: rounds.append(part)  # noqa: B023, E731
        likeness[schedule] = paint(picture.astype(np.float32), None, wish, said).psnr
        steps[schedule] = len(rounds)
    assert steps[2] < steps[1]
    assert likeness[2] > likeness[1] - 1


def test_more_strokes_get_more_rounds():
    plan = SCHEDULES[2]
    assert plan.recyclings_of(100) == plan.recyclings_of(500) < plan.recyclings_of(2000)
    assert plan.refining_of(500) < plan.refining_of(2000) <= SCHEDULES[1].refining


def test_what_differs_from_its_surroundings_draws_the_eye():
    picture = np.full((64, 96, 3), 0.5, np.float32)
    picture[24:36, 40:52] = (0.9, 0.2, 0.1)
    seen = attention(RgbaImage.of(picture, None))
    there = seen[int(30 / 64 * seen.shape[0]), int(46 / 96 * seen.shape[1])]
    assert there > 0.5 > 4 * seen[:8].max()


def test_an_underpainting_shows_between_strokes_and_is_painted_against():
    picture = np.full((48, 48, 3), 1.0, np.float32)
    wish = PaintSettings(brush="tape", strokes=4, underpainting=(138, 90, 58))
    painting = paint(picture, None, wish, QUIET)
    assert (painting.strokes.canvas[:3] * 255).round().tolist() == [138, 90, 58]
    bare = paint(picture, None, PaintSettings(brush="tape", strokes=4), QUIET)
    assert bare.psnr > painting.psnr > 10, "four strokes cover most of the brown"


def test_a_transparent_logo_keeps_its_canvas_over_an_underpainting():
    rgb = np.zeros((48, 48, 3), np.float32)
    alpha = np.zeros((48, 48), np.float32)
    alpha[12:36, 12:36] = 1
    brown = PaintSettings(brush="tape", strokes=12, underpainting=(138, 90, 58))
    assert paint(rgb, alpha, brown, QUIET).psnr > 12  # against black on white, not on brown


@settings(deadline=None)
@given(st.tuples(*[st.floats(0, 1)] * 3))
def test_oklab_there_and_back(srgb):
    assert np.allclose(from_oklab(to_oklab(np.array(srgb))), srgb, atol=1e-9)


def test_oklab_is_as_it_is_published():
    """Values of Ottosson's article, and that white is 1 and grey has no colour."""
    assert np.allclose(to_oklab(np.ones(3)), [1, 0, 0], atol=1e-4)
    assert np.allclose(to_oklab(np.full(3, 0.5))[1:], 0, atol=1e-4)
    assert np.allclose(to_oklab(np.array([1.0, 0, 0])), [0.628, 0.225, 0.126], atol=1e-3)


def test_a_palette_by_name_is_all_there_is():
    for name in palette_names():
        colours = named_palette(name)
        assert len(set(colours)) == len(colours) <= 64
    assert len(mixed_palette([(0, 0, 0), (255, 255, 255)])) == 9
    picture = stripes(30, side=48)
    wish = PaintSettings(brush="tape", strokes=30, palette=named_palette("zorn"), oklab=True)
    colours = paint(picture, None, wish, QUIET).strokes.colours.reshape(-1, 3)
    used = {tuple(each) for each in (colours * 255).round().astype(int).tolist()}
    assert used <= set(named_palette("zorn")) and len(used) > 1


def test_a_palette_that_is_found_keeps_what_eyes_tell_apart():
    """A small patch of a bright colour among many dark ones that sRGB holds for far apart."""
    random = np.random.default_rng(1)
    picture = np.full((40, 40, 3), 0.5, np.float32)
    picture[:20] = random.uniform(0.0, 0.2, (20, 40, 3))
    picture[30:, 30:] = (0.6, 0.5, 0.35)
    shown = RgbaImage.of(picture, None)
    tan = to_oklab(np.array([0.6, 0.5, 0.35]))
    far = {}
    for oklab in (False, True):
        found = found_palette(shown, 3, np.random.default_rng(0), oklab)
        far[oklab] = np.linalg.norm(to_oklab(found) - tan, axis=1).min()
    assert far[True] <= far[False]


def test_a_palette_that_is_none_is_answered_with_the_nearest():
    with pytest.raises(ConfigError, match="there is no palette 'zorm'") as error:
        named_palette("zorm")
    assert "`zorn`" in error.value.hint


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"focus": "eyes"}, "there is no focus 'eyes'"),
        ({"flow": 0.5, "engine": "neural"}, "the neural engine knows no flow"),
        ({"focus": "auto", "engine": "neural"}, "the neural engine knows no focus"),
        ({"underpainting": (1, 2, 3), "canvas": None}, "on a transparent canvas"),
    ],
)
def test_what_cannot_be_is_refused(wrong, words):
    with pytest.raises(ConfigError, match=words):
        PaintSettings(**wrong)
