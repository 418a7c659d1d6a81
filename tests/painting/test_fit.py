import numpy as np
import pytest

from nftforge.core.errors import ConfigError
from nftforge.painting.brushes import brush_names, load_brush
from nftforge.painting.engine import paint
from nftforge.painting.metrics import psnr, psnr_of, ssim
from nftforge.painting.settings import PaintSettings


def scene(width=72, height=48):
    """A disc on a gradient, float32 [h, w, 3]."""
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    disc = (np.hypot(x - 0.5, y - 0.3) < 0.2) * 1.0
    return np.stack([x, 1 - y, disc], axis=2).clip(0, 1).astype(np.float32)


def in_two_tones(rgb):
    """What black on white can show."""
    return np.where(rgb.mean(axis=2, keepdims=True) < 0.5, 0.1, 1.0).repeat(3, axis=2)


TIP = (np.hypot(*np.mgrid[-1:1:256j, -1:1:256j]) < 0.8).astype(np.uint8) * 255


def painted(rgb, alpha=None, **settings):
    tip = TIP if settings.get("brush") == "own" else None
    return paint(
        rgb, alpha, PaintSettings(**{"strokes": 40, "seed": 1, **settings}), lambda *_: None, tip
    )


@pytest.mark.parametrize("brush", brush_names())
def test_a_painting_looks_like_its_picture_and_more_strokes_like_it_more(brush):
    inks = load_brush(brush).BRUSH.inks
    rgb = in_two_tones(scene()) if inks else scene()
    few, many = (painted(rgb, brush=brush, strokes=count) for count in (10, 80))
    white = psnr(np.ones_like(rgb), rgb)
    assert white + (1 if inks else 5) < few.psnr < many.psnr
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
    assert np.isfinite(painting.strokes.params).all()
    assert painting.psnr > (3 if load_brush(brush).BRUSH.inks else 5)  # thin, and no colour
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


def test_it_reports_how_far_it_is_and_can_be_interrupted():
    reported = []
    settings = PaintSettings(strokes=30)
    paint(scene(), None, settings, lambda part, strokes, db, side: reported.append((part, strokes)))
    assert reported == sorted(reported) and reported[-1] == (1.0, 30)
    parts = [part for part, _ in reported[:-1]]
    assert max(parts) < 1 and max(np.diff(parts)) < 0.1

    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        paint(scene(), None, settings, stop)


def test_unknown_brushes_and_engines_are_refused_with_a_list():
    with pytest.raises(ConfigError, match="marker, oil, pastel, pencil, tape, watercolor"):
        PaintSettings(brush="spray")
    with pytest.raises(ConfigError, match="analytic"):
        PaintSettings(engine="magic")


# --- stopping by wish -----------------------------------------------------------------------------


def test_a_likeness_is_reached_with_fewer_strokes_than_allowed():
    painting = painted(scene(), psnr=21.0, strokes=400, brush="tape")
    assert painting.psnr >= 21.0 and len(painting.strokes) < 400


def test_a_likeness_out_of_reach_uses_the_strokes_allowed():
    painting = painted(scene(), psnr=60.0, strokes=70, brush="tape")
    assert painting.psnr < 60.0 and len(painting.strokes) == 70


def test_time_runs_out_and_the_painting_is_whole():
    ticks = iter(range(10_000_000))
    from nftforge.painting.engine import painter_for
    from nftforge.painting.fit import fit
    from nftforge.painting.pictures import RgbaImage

    settings = PaintSettings(strokes=60, seconds=40.0, brush="tape")
    painter = painter_for(RgbaImage.of(scene(), None), settings)
    strokes = fit(painter, lambda *_: None, lambda: float(next(ticks)))
    assert 0 < len(strokes) <= 60 and np.isfinite(strokes.params).all()


def test_sizes_are_kept_within_what_is_asked():
    painting = painted(scene(), min_size=0.2, max_size=0.3, brush="tape", strokes=60)
    halves = painting.strokes.params[:, 2]
    assert (halves >= 0.0999).all() and (halves <= 0.1501).all()
    with pytest.raises(ConfigError, match=r"min size 0\.4 is larger than max size 0\.3"):
        PaintSettings(min_size=0.4, max_size=0.3)


# --- colours --------------------------------------------------------------------------------------


@pytest.mark.parametrize("brush", ["oil", "tape"])
def test_a_given_palette_is_all_there_is(brush):
    palette = ((255, 0, 0), (0, 0, 255), (0, 128, 0))
    colours = painted(scene(), palette=palette, brush=brush).strokes.colours
    used = {tuple(colour) for colour in (colours.reshape(-1, 3) * 255).round().astype(int).tolist()}
    assert used <= set(palette) and len(used) > 1


def test_a_number_of_colours_is_found_in_the_picture():
    colours = painted(scene(), palette=4, brush="tape", strokes=60).strokes.colours.reshape(-1, 3)
    assert 2 <= len(np.unique(colours.round(4), axis=0)) <= 4


@pytest.mark.parametrize("brush", ["oil", "watercolor"])
def test_opaque_strokes_hide_what_is_under_them(brush):
    strokes = painted(scene(), opaque=True, brush=brush).strokes
    opacity = strokes.params[:, load_brush(brush).BRUSH.params.index("opacity")]
    assert (opacity == 1.0).all()


def test_a_transparent_canvas_shows_only_the_strokes():
    from nftforge.painting.canvas import rendered_alpha

    rgb, alpha = scene(48, 48), np.zeros((48, 48), np.float32)
    alpha[12:36, 12:36] = 1
    strokes = painted(rgb, alpha, strokes=80, brush="tape", canvas=None).strokes
    assert strokes.transparent
    (drawn,) = rendered_alpha(strokes, 48, 48)
    shown = drawn[..., 3] / 255
    assert shown[14:34, 14:34].mean() > 0.9 and shown[:9].mean() < 0.1


@pytest.mark.parametrize("wish", [{"loss": "l1"}, {"transport": 0.05}])
def test_other_losses_paint_too(wish):
    rgb = scene()
    assert painted(rgb, brush="tape", **wish).psnr > psnr(np.ones_like(rgb), rgb) + 5


# --- order ----------------------------------------------------------------------------------------


def test_the_order_changes_no_pixel_and_goes_from_large_to_small():
    from dataclasses import replace

    from nftforge.painting.canvas import overlaps, render
    from nftforge.painting.order import painting_order

    strokes = painted(scene(), strokes=80, brush="tape").strokes
    shuffled = np.random.default_rng(0).permutation(len(strokes))
    strokes = replace(strokes, params=strokes.params[shuffled], colours=strokes.colours[shuffled])
    params = strokes.params.astype(np.float64)
    areas = params[:, 2] * params[:, 3]
    order = painting_order(overlaps(strokes), params[:, :2], areas, np.zeros(len(areas)))
    assert sorted(order) == list(range(len(areas)))
    sorted_ = replace(strokes, params=strokes.params[order], colours=strokes.colours[order])
    np.testing.assert_array_equal(render(sorted_, 512, 341), render(strokes, 512, 341))
    free = painting_order(np.empty((0, 2), np.int64), params[:, :2], areas, np.zeros(len(areas)))
    layers = np.floor(np.log2(areas.max() / areas[free]))  # where nothing overlaps
    assert (np.diff(layers) >= 0).all() and layers[-1] > layers[0]


def test_the_first_strokes_look_like_the_picture_already():
    from nftforge.painting.canvas import render

    rgb = scene(96, 64)
    strokes = painted(rgb, strokes=200, brush="tape").strokes
    white = psnr(np.ones_like(rgb), rgb)
    likeness = [psnr(render(strokes.prefix(n), 96, 64) / 255, rgb) for n in (10, 50, 100, 200)]
    assert white + 2 < likeness[0] < likeness[1] < likeness[3]


def test_metrics_know_equal_and_opposite():
    a, b = np.zeros((16, 16, 3)), np.ones((16, 16, 3))
    assert psnr(a, a) == 99.0 and psnr(a, b) == 0.0
    assert psnr(a, a + 0.1) == pytest.approx(20.0)
    assert psnr_of(0.0) == psnr_of(1e-12) == 90.0 and psnr_of(0.0, most=99.0) == 99.0
    assert psnr_of(2.55**2, peak=255) == pytest.approx(40.0)
    assert ssim(scene(), scene()) == pytest.approx(1.0)
    assert ssim(scene(), 1 - scene()) < 0.3


def test_ssim_is_close_to_scikit_images():
    from skimage.metrics import structural_similarity

    rgb = scene(64, 64).astype(np.float64)
    noisy = (rgb + np.random.default_rng(0).normal(0, 0.1, rgb.shape)).clip(0, 1)
    luma = np.array([0.299, 0.587, 0.114])
    theirs = structural_similarity(rgb @ luma, noisy @ luma, data_range=1.0, win_size=7)
    assert ssim(rgb, noisy) == pytest.approx(theirs, abs=0.05)


def test_pixel_art_is_level_on_a_lattice_in_few_colours():
    settings = {"brush": "tape", "lattice": 16, "palette": 4, "opaque": True, "strokes": 60}
    strokes = painted(scene(64, 64), **settings).strokes
    params = strokes.params.astype(float)
    edges = np.concatenate([params[:, :2] - params[:, 2:4], params[:, :2] + params[:, 2:4]]) * 16
    np.testing.assert_allclose(edges, edges.round(), atol=1e-5)
    assert (params[:, 4] == 0).all() and (params[:, 5] == 1).all()
    assert len(np.unique(strokes.colours.reshape(-1, 3), axis=0)) <= 4
    from nftforge.painting.canvas import render

    cells = render(strokes, 128, 128).reshape(16, 8, 16, 8, 3)
    assert (cells == cells[:, :1, :, :1]).all()  # every cell is one colour


def test_only_tape_lies_on_a_lattice():
    with pytest.raises(ConfigError, match="oil strokes lie on no lattice"):
        PaintSettings(brush="oil", lattice=16)
