import numpy as np
import pytest

from nftforge.errors import ConfigError
from nftforge.painting.brushes import brush_names, load_brush
from nftforge.painting.engine import paint
from nftforge.painting.metrics import psnr, ssim
from nftforge.painting.settings import PaintSettings


def scene(width=72, height=48):
    """A disc on a gradient, float32 [h, w, 3]."""
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    disc = (np.hypot(x - 0.5, y - 0.3) < 0.2) * 1.0
    return np.stack([x, 1 - y, disc], axis=2).clip(0, 1).astype(np.float32)


def painted(rgb, alpha=None, **settings):
    return paint(
        rgb, alpha, PaintSettings(**{"strokes": 40, "seed": 1, **settings}), lambda *_: None
    )


@pytest.mark.parametrize("brush", brush_names())
def test_a_painting_looks_like_its_picture_and_more_strokes_like_it_more(brush):
    rgb = scene()
    few, many = (painted(rgb, brush=brush, strokes=count) for count in (10, 80))
    white = psnr(np.ones_like(rgb), rgb)
    assert white + 5 < few.psnr < many.psnr
    assert few.ssim < many.ssim
    assert len(many.strokes) == 80 and many.engine == "analytic"


def test_seeds_differ():
    assert painted(scene(), seed=1).strokes.digest() != painted(scene(), seed=2).strokes.digest()


@pytest.mark.parametrize(
    "rgb",
    [
        np.full((1, 1, 3), 0.5, np.float32),
        np.full((1, 40, 3), 0.5, np.float32),
        np.full((32, 32, 3), 0.25, np.float32),
        np.ones((32, 32, 3), np.float32),
        scene(64, 8),
        scene(8, 64),
        np.random.default_rng(0).random((40, 40, 3), np.float32),
    ],
    ids=["1x1", "1x40", "flat", "canvas colour", "8:1", "1:8", "noise"],
)
@pytest.mark.parametrize("brush", brush_names())
def test_extreme_pictures_are_painted(rgb, brush):
    painting = painted(rgb, brush=brush, strokes=12)
    assert np.isfinite(painting.strokes.params).all() and painting.psnr > 5
    low, high = load_brush(brush).BRUSH.low, load_brush(brush).BRUSH.high
    assert (painting.strokes.params >= np.float32(low)).all()
    assert (painting.strokes.params <= np.float32(high)).all()


def test_one_stroke_is_enough():
    assert len(painted(scene(), strokes=1).strokes) == 1


def test_transparent_parts_stay_canvas():
    rgb, alpha = scene(48, 48), np.zeros((48, 48), np.float32)
    alpha[:, :24] = 1
    painting = painted(rgb, alpha, strokes=60, brush="tape", canvas=(0, 0, 0))
    from nftforge.painting.canvas import render

    picture = render(painting.strokes, 48, 48)
    assert picture[:, 30:].mean() < 12 < picture[:, :20].mean()


def test_it_tells_how_far_it_is_and_can_be_interrupted():
    told = []
    settings = PaintSettings(strokes=30)
    paint(scene(), None, settings, lambda done, total, db: told.append((done, total)))
    assert told == sorted(told) and told[-1] == (30, 30)
    assert all(done < total for done, total in told[:-1])

    def stop(done, total, db):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        paint(scene(), None, settings, stop)


def test_unknown_brushes_and_engines_are_refused_with_a_list():
    with pytest.raises(ConfigError, match="oil, tape"):
        PaintSettings(brush="spray")
    with pytest.raises(ConfigError, match="analytic"):
        PaintSettings(engine="magic")


def test_metrics_know_equal_and_opposite():
    a, b = np.zeros((16, 16, 3)), np.ones((16, 16, 3))
    assert psnr(a, a) == 99.0 and psnr(a, b) == 0.0
    assert psnr(a, a + 0.1) == pytest.approx(20.0)
    assert ssim(scene(), scene()) == pytest.approx(1.0)
    assert ssim(scene(), 1 - scene()) < 0.3


def test_ssim_is_close_to_scikit_images():
    from skimage.metrics import structural_similarity

    rgb = scene(64, 64).astype(np.float64)
    noisy = (rgb + np.random.default_rng(0).normal(0, 0.1, rgb.shape)).clip(0, 1)
    luma = np.array([0.299, 0.587, 0.114])
    theirs = structural_similarity(rgb @ luma, noisy @ luma, data_range=1.0, win_size=7)
    assert ssim(rgb, noisy) == pytest.approx(theirs, abs=0.05)
