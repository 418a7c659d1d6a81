import os
import subprocess
import sys
from functools import cache

import h5py
import numpy as np
import pytest
import skimage.data
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import conv2d, relu

from nftforge.core.errors import ConfigError, MissingError
from nftforge.painting import canvas
from nftforge.painting.engine import paint
from nftforge.painting.pictures import RgbaImage
from nftforge.painting.settings import PaintSettings, StyleSettings
from nftforge.painting.style import look_of, moments, transport
from nftforge.painting.vgg import checked, load_vgg16, weights_path

EVERYWHERE = np.ones((64, 64))


def sample(name, size=64):
    """The centre of a photograph of scikit-image's."""
    pixels = getattr(skimage.data, name)() / 255
    pixels = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)
    side = min(pixels.shape[:2])
    top, left = (np.array(pixels.shape[:2]) - side) // 2
    return RgbaImage.of(pixels[top : top + side, left : left + side], None).resized(size)


@cache
def painted(style="coffee", texture=True, **settings):
    settings = {"strokes": 40, "seed": 1, **settings}
    wish = None if style is None else StyleSettings(texture)
    return paint(
        sample("astronaut").rgb.astype(np.float32), None, PaintSettings(style=wish, **settings),
        lambda *_: None, style=None if style is None else sample(style),
    )  # fmt: skip


def shown(painting, first=None):
    """The painting, or its first strokes, as a picture."""
    strokes = canvas.some_of(painting.strokes, 0, first or len(painting.strokes))
    return canvas.render(strokes, 64, 64) / 255


# --- what is compared ---------------------------------------------------------------------------


def test_the_weights_are_wired_as_they_were_trained():
    """Through our first block, the edge detector they come from finds the edge of a disc."""
    distance = np.hypot(*np.mgrid[-48:48, -48:48])
    disc = np.where((distance < 28)[..., None], (0.8, 0.5, 0.2), 0.25).astype(np.float32)
    network = load_vgg16("cpu")
    h = (torch.from_numpy(disc).permute(2, 0, 1).flip(0) * 255 - network.mean)[None]
    for layer in network.blocks[0]:
        h = relu(conv2d(h, *layer, padding=1))
    with h5py.File(weights_path()) as file:
        edges = h[0].permute(1, 2, 0).numpy() @ np.array(file["dsn1/vars/0"]).ravel()
    edge, away = np.abs(distance - 28) < 1.5, np.abs(distance - 28) > 4
    inside = away & (distance < 44)
    assert edges[edge].min() > np.quantile(edges[inside], 0.99)


def test_textures_are_told_apart():
    names = ("brick", "grass", "gravel")
    halves = {}
    for name in names:
        whole = sample(name, 160)
        halves[name] = [RgbaImage(part, np.ones(part.shape[:2])) for part in
                        (whole.rgb[:, :80], whole.rgb[:, 80:])]  # fmt: skip
    for name in names:
        look = look_of(halves[name][0], StyleSettings())
        distances = {
            other: look.distance(halves[other][1].rgb, halves[other][1].alpha) for other in names
        }
        assert min(distances, key=distances.get) == name


def test_what_is_transparent_is_not_compared():
    style, whole = look_of(sample("coffee"), StyleSettings()), sample("astronaut")
    rgb, opaque = whole.rgb.copy(), whole.alpha.copy()
    rgb[:, 52:], opaque[:, 16:] = 1, 0  # features look 34 pixels far
    left = style.distance(whole.rgb, opaque)
    assert style.distance(rgb, opaque) == pytest.approx(left, rel=1e-3)
    assert style.distance(rgb, whole.alpha) != pytest.approx(left, rel=1e-2)


def test_gradients_are_the_same_with_any_number_of_threads():
    look, content, before = (
        look_of(sample("coffee"), StyleSettings()),
        sample("astronaut"),
        torch.get_num_threads(),
    )
    gradients = []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            gradients.append(look.gradient(content.rgb, content.alpha))
    finally:
        torch.set_num_threads(before)
    assert np.array_equal(gradients[0], gradients[1]) and np.array_equal(gradients[0], gradients[2])


def test_the_gradient_is_that_of_the_distance():
    look, content = look_of(sample("coffee", 32), StyleSettings()), sample("astronaut", 32)
    gradient, random = look.gradient(content.rgb, content.alpha), np.random.default_rng(0)
    way = random.normal(size=gradient.shape) * 1e-3
    there, back = (look.distance(content.rgb + s * way, content.alpha) for s in (1, -1))
    assert (gradient * way).sum() * 6 == pytest.approx((there - back) / 2, rel=0.02)


@given(st.integers(0, 2**32 - 1))
def test_colours_are_moved_to_the_mean_and_the_spread_of_the_style(seed):
    random = np.random.default_rng(seed)
    turns = [np.linalg.qr(random.normal(size=(3, 3)))[0] for _ in "12"]
    colours, style = (
        random.normal(0.5, 0.1, 3)
        + random.normal(size=(600, 3)) * random.uniform(0.04, 0.1, 3) @ turn
        for turn in turns
    )
    weights = random.random(600)
    (mean, spread), wanted = moments(colours, weights), moments(style, np.ones(600))
    moved = moments(wanted[0] + (colours - mean) @ transport(spread, wanted[1]), weights)
    np.testing.assert_allclose(moved[0], wanted[0], atol=1e-9)
    np.testing.assert_allclose(moved[1], wanted[1], atol=1e-3)


def test_a_recoloured_picture_has_the_colours_of_the_style_and_its_own_shapes():
    content, style = sample("astronaut"), sample("coffee")
    look = look_of(style, StyleSettings())
    recoloured = look.recoloured(content)
    coffee = style.rgb.reshape(-1, 3)

    def stray(picture):  # how far its colours are from any in the style
        far = ((picture.rgb.reshape(-1, 1, 3) - coffee) ** 2).sum(axis=2)
        return np.sqrt(far.min(axis=1)).mean()

    assert stray(recoloured) < 0.5 * stray(content)
    light = [picture.rgb.mean(axis=2).ravel() for picture in (content, recoloured)]
    assert np.corrcoef(*light)[0, 1] > 0.9


# --- what is painted ----------------------------------------------------------------------------


def test_colours_only_leaves_shapes_and_order_as_they_were():
    plain, styled = painted(None), painted(texture=False)
    assert np.array_equal(plain.strokes.params, styled.strokes.params)
    look = look_of(sample("coffee"), StyleSettings(texture=False))
    before, after = (look.distance(shown(p), EVERYWHERE) for p in (plain, styled))
    assert after < 0.5 * before
    assert np.abs(shown(styled).mean((0, 1)) - sample("coffee").rgb.mean((0, 1))).max() < 0.08


@pytest.mark.parametrize("engine", ["analytic", "neural"])
def test_textures_come_with_the_strokes_shapes(engine):
    plain, styled = painted(None, engine=engine), painted("grass", engine=engine)
    look = look_of(sample("grass"), StyleSettings())
    before, after = (look.distance(shown(p), EVERYWHERE) for p in (plain, styled))
    assert after < 0.4 * before
    assert not np.array_equal(plain.strokes.params, styled.strokes.params)


def test_the_first_strokes_wear_the_style_too():
    goal = look_of(sample("coffee"), StyleSettings()).recoloured(sample("astronaut")).rgb
    for first in (10, 30):
        plain, styled = (np.mean((shown(p, first) - goal) ** 2) for p in (painted(None), painted()))
        assert styled < 0.8 * plain


def test_more_strength_is_more_like_the_style_and_less_like_the_picture():
    rgb, look = (
        sample("astronaut").rgb.astype(np.float32),
        look_of(sample("grass"), StyleSettings()),
    )
    weak, strong = (
        paint(rgb, None, PaintSettings(strokes=40, seed=1, style=StyleSettings(strength=strength)),
              lambda *_: None, style=sample("grass"))
        for strength in (0.05, 5)
    )  # fmt: skip
    assert look.distance(shown(strong), EVERYWHERE) < look.distance(shown(weak), EVERYWHERE)
    assert strong.psnr < weak.psnr


def test_a_palette_is_found_in_the_style():
    colours = painted(palette=3, brush="tape").strokes.colours.reshape(-1, 3)
    assert len(np.unique(colours, axis=0)) <= 3
    coffee = sample("coffee").rgb.reshape(-1, 3)
    nearest = [np.abs(coffee - colour).max(axis=1).min() for colour in np.unique(colours, axis=0)]
    assert max(nearest) < 0.1


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (5, 3)])
def test_extreme_pictures_take_on_styles(size):
    rgb = np.random.default_rng(0).random((*size, 3), np.float32)
    for style in (sample("coffee"), RgbaImage(np.zeros((1, 1, 3)), np.ones((1, 1)))):
        settings = PaintSettings(strokes=5, style=StyleSettings(), canvas=None)
        painting = paint(rgb, None, settings, lambda *_: None, style=style)
        assert np.isfinite(painting.strokes.params).all()
        assert np.isfinite(painting.strokes.colours).all()


def test_nothing_to_see_is_no_style():
    nothing = RgbaImage(np.zeros((4, 4, 3)), np.zeros((4, 4)))
    with pytest.raises(ConfigError, match="transparent all over"):
        look_of(nothing, StyleSettings())
    alone = RgbaImage(np.full((8, 8, 3), 0.5), np.zeros((8, 8)))
    assert np.isfinite(
        look_of(sample("coffee"), StyleSettings()).gradient(alone.rgb, alone.alpha)
    ).all()


# --- the extra ----------------------------------------------------------------------------------


def test_without_the_extra_it_says_what_to_install(tmp_path):
    (tmp_path / "h5py.py").write_text("raise ImportError")
    script = "from nftforge.painting.vgg import load_vgg16; load_vgg16('cpu')"
    run = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "MissingError: the features" in run.stderr
    assert "pip install 'nftforge[style]'" in run.stderr


def test_other_weights_are_refused(tmp_path):
    (tmp_path / "weights.h5").write_bytes(b"other")
    with pytest.raises(MissingError, match=r"is not the file that paintings are keyed by"):
        checked(tmp_path / "weights.h5")
