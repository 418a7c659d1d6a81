"""The neural engine: its teacher against the painter's kernels, its networks, what it paints."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
import torch

from nftforge.core.errors import ConfigError
from nftforge.painting import canvas
from nftforge.painting.brushes import brush_names, load_brush, tip_data
from nftforge.painting.engine import paint
from nftforge.painting.metrics import psnr
from nftforge.painting.neural import WEIGHTS, descent, trained, weights_of
from nftforge.painting.neural.evaluate import gradient_cosines, validate
from nftforge.painting.neural.renderer import Card, Renderer, load, save
from nftforge.painting.neural.teacher import Fragments, coloured, pixels, rasterise, sample
from nftforge.painting.neural.training import Training, squared_error
from nftforge.painting.pictures import View
from nftforge.painting.settings import PaintSettings
from nftforge.painting.strokes import Strokes

TIP = (np.hypot(*np.mgrid[-1:1:256j, -1:1:256j]) < 0.8).astype(np.uint8) * 255
NONE = torch.zeros(1)


def data_of(brush):
    return torch.from_numpy(tip_data(brush, TIP if brush == "own" else None))


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def some(brush, count, dtype=torch.float64, seed=0):
    """Random strokes of all sizes, half of them small."""
    return sample(brush, count, seeded(seed), small=0.5).to(dtype)


def alone(brush, params, colours, side):
    """Each stroke on white as the painter's kernel draws it, [stroke, side, side, 3]."""
    pictures = []
    for p, colour in zip(params.numpy(), colours.numpy(), strict=True):
        picture = np.ones((side, side, 3), np.float32)
        version, tip = load_brush(brush).BRUSH.version, TIP if brush == "own" else None
        white = np.ones(4, np.float32)
        one = Strokes(brush, version, p[None], colour[None], white, 1.0, 0, tip)
        canvas.paint_over(picture, one)
        pictures.append(picture)
    return np.stack(pictures)


# --- the teacher --------------------------------------------------------------------------------


@pytest.mark.parametrize("brush", brush_names())
@pytest.mark.parametrize("side", [48, 128])
def test_the_teacher_draws_what_the_painter_draws(brush, side):
    params, colours = some(brush, 24), coloured(brush, 24, seeded(1)).double()
    seen = pixels(brush, params, side, side, side)
    fragments = rasterise(brush, params, data_of(brush), seen)
    ink = torch.stack([seen.spread(part) for part in fragments.foreground(colours, seen)], dim=-1)
    ours = ink + (1 - seen.spread(fragments.alpha))[..., None]
    np.testing.assert_allclose(ours, alone(brush, params, colours, side), atol=2e-5)


@pytest.mark.parametrize("brush", ["watercolor", "marker"])
@pytest.mark.parametrize(
    "shape",
    [
        (0.3, 0.06, 1.0, 0.5, 0.3),
        (0.3, 0.06, -1.0, -0.5, -0.3),
        (0.002, 0.05, 1.0, 0.5, 0.3),
        (0.45, 0.001, 1.0, 0.0, 0.0),
        (0.1, 0.07, 1.0, 0.5, 0.3),
        (0.2, 0.07, 0.0, 0.0, 0.0),
    ],
    ids=["hook", "other hook", "dot", "hair", "fat", "straight"],
)
def test_a_swept_stroke_is_as_deep_as_the_deepest_of_400_discs(brush, shape):
    from nftforge.painting.brushes import _reference as kit

    a, b, bend, skew, taper = shape
    p = torch.tensor([0.5, 0.5, a, b, 0.4, bend, skew, taper, 1.0, 7.0], dtype=torch.float64)
    spine = torch.linspace(-1, 1, 61, dtype=torch.float64)  # points on it: the search's trap
    h = (1 - spine**2) / 2
    away = torch.rand(2, 2000, generator=seeded(), dtype=torch.float64)
    u, v = a * (spine + skew * h), a * bend * h
    x = torch.cat([p[0] + u * torch.cos(p[4]) - v * torch.sin(p[4]), away[0]])
    y = torch.cat([p[1] + u * torch.sin(p[4]) + v * torch.cos(p[4]), away[1]])
    deep, *_ = kit.swept(p, x, y)
    at = kit.local(p, x, y)
    discs = [kit.disc_depth(p, *at, s) for s in torch.linspace(-1, 1, 400, dtype=torch.float64)]
    dense = torch.stack(discs).amax(dim=0)
    gap = a / 390 * (1 + abs(bend) + abs(skew))  # discs lie this far apart
    near = dense > -0.02  # farther out a search may end at another disc, where nothing is painted
    assert (deep >= dense - 1e-9)[near].all() and (deep <= dense + gap).all()
    assert (deep[:61] > 0).all()  # no holes along the spine


@pytest.mark.parametrize("brush", brush_names())
def test_pixels_are_all_a_stroke_covers(brush):
    params = some(brush, 16)
    seen = pixels(brush, params, 40, 30, 40)
    everywhere = pixels(brush, _huge(params), 40, 30, 40)
    assert len(everywhere.at) == 16 * 1200
    whole = rasterise(brush, params, data_of(brush), everywhere)
    covered = everywhere.spread(whole.alpha)
    kept = seen.spread(torch.ones(len(seen.at), dtype=torch.float64))
    assert float(covered[kept == 0].abs().max()) < 1e-12


def _huge(params):
    """Strokes that reach everywhere, to list every pixel."""
    huge = params.clone()
    huge[:, :2], huge[:, 2:4] = 0.5, 3.0
    return huge


def test_a_window_is_part_of_the_canvas():
    params = some("oil", 6)
    whole = pixels("oil", params, 64, 64, 64)
    corner = torch.tensor([[16 / 64, 24 / 64]] * 6)
    window = pixels("oil", params, 20, 30, 64, corner)
    full, part = (
        seen.spread(rasterise("oil", params, NONE, seen).alpha) for seen in (whole, window)
    )
    torch.testing.assert_close(part, full[:, 24:54, 16:36])


# --- the networks -------------------------------------------------------------------------------


def test_brushes_without_weights_say_so():
    untrained = set(brush_names()) - set(trained())
    assert untrained >= {"ink", "own"} and not untrained & {"oil", "watercolor", "marker", "tape"}
    for brush in untrained:
        with pytest.raises(ConfigError, match=f"no weights for the brush '{brush}'") as refused:
            weights_of(brush)
        assert "engine: analytic" in refused.value.hint


@pytest.mark.parametrize("brush", trained())
def test_weights_draw_as_well_as_their_card_says_and_better_than_the_paper(brush):
    renderer, card = load(brush)
    assert renderer.size == card.parameters <= 250_000
    assert weights_of(brush).stat().st_size <= 600_000
    score = validate(renderer, NONE, 300, 64, seed=5)
    assert score.psnr == pytest.approx(card.psnr, abs=1.0) and score.psnr > 38
    assert score.covered == pytest.approx(card.psnr_covered, abs=1.0)
    for count, side in ((60, 128), (16, 256), (6, 512)):
        assert validate(renderer, NONE, count, side, seed=6).psnr > 40
    assert float(gradient_cosines(renderer, NONE, 100, 64, seed=7).median()) > 0.95


@pytest.mark.parametrize("brush", brush_names())
def test_gradients_are_finite_for_strokes_of_all_sizes(brush):
    params = some(brush, 64, torch.float32).requires_grad_()
    seen = pixels(brush, params, 64, 64, 64)
    fragments = Renderer(brush)(params, seen)
    (
        fragments.alpha.sum() + fragments.foreground(coloured(brush, 64, seeded()), seen).sum()
    ).backward()
    assert torch.isfinite(params.grad).all() and (params.grad[:, :5] != 0).any()


def test_the_loss_is_the_mean_over_all_colours():
    truth, drawn = (Fragments(*torch.rand(3, 5, generator=seeded(seed))) for seed in (0, 1))
    colours = torch.rand(200_000, 2, 1, generator=seeded(2))

    def foreground(fragments):
        s, q = fragments.shade()
        return colours[:, 0] * (s - q) + colours[:, 1] * q

    sampled = ((foreground(drawn) - foreground(truth)) ** 2).mean(dim=0)
    expected = (drawn.alpha - truth.alpha) ** 2 + sampled
    torch.testing.assert_close(squared_error(drawn, truth), expected, rtol=0.02, atol=1e-4)


def test_training_improves_and_goes_on_where_it_stopped():
    once = Training("tape", NONE, 3, "cpu")
    before = validate(once.renderer, NONE, 100, 64, 1).psnr
    for step in range(60):
        once.step(step / 60)
        if step == 29:
            state = torch.load(_saved(once.state()), weights_only=True)
    assert validate(once.average, NONE, 100, 64, 1).psnr > before + 3
    again = Training("tape", NONE, 3, "cpu")
    again.restore(state)
    for step in range(30, 60):
        again.step(step / 60)
    for ours, theirs in zip(once.average.parameters(), again.average.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0)
    assert again.samples == once.samples


def _saved(state):
    import io

    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return file


# --- painting through them ----------------------------------------------------------------------


def scene(width=48, height=32):
    """A disc on a gradient, float32 [h, w, 3]."""
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    disc = (np.hypot(x - 0.5, y - 0.3) < 0.2) * 1.0
    return np.stack([x, 1 - y, disc], axis=2).clip(0, 1).astype(np.float32)


def painted(rgb, alpha=None, **settings):
    wish = {"strokes": 8, "seed": 1, "engine": "neural", **settings}
    return paint(rgb, alpha, PaintSettings(**wish), lambda *_: None)


@pytest.mark.parametrize("brush", trained())
def test_gradients_through_the_networks_are_those_of_the_exact_canvas(brush):
    params = some(brush, 12).numpy()
    random = np.random.default_rng(0)
    colours = random.random((12, load_brush(brush).BRUSH.colours, 3))
    view = View(random.random((40, 64, 3)), np.full((40, 64), 1e-3), np.ones((40, 64)), np.ones(3))
    exact = canvas.descent(brush, tip_data(brush, None))(params, colours, view, 1.0)
    ours = descent.descent(partial(descent.gradients, load(brush)[0]))(params, colours, view, 1.0)
    assert psnr(ours.picture, exact.picture) > 33
    assert ours.loss == pytest.approx(exact.loss, rel=0.01)
    for name in ("params", "colours", "gain"):
        a, b = getattr(ours, name), getattr(exact, name)
        if name == "params":
            a, b = a * load_brush(brush).BRUSH.step, b * load_brush(brush).BRUSH.step
        assert float((a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b)) > 0.95


def test_a_painting_through_networks_looks_like_its_picture_and_repeats():
    rgb = scene()
    reported = []
    settings = PaintSettings(strokes=15, seed=1, engine="neural")
    one = paint(rgb, None, settings, lambda *what: reported.append(what))
    assert one.engine == "neural" and len(one.strokes) == 15
    assert one.psnr > psnr(np.ones_like(rgb), rgb) + 10
    assert reported[-1] == (1.0, 15, one.psnr, 48)
    assert painted(rgb, strokes=15).strokes.digest() == one.strokes.digest()


@pytest.mark.parametrize(
    "wish",
    [
        {"brush": "tape", "palette": 3, "opaque": True, "lattice": 16, "strokes": 30},
        {"loss": "l1", "transport": 0.1},
        {"canvas": None},
        {"max_size": 0.3},
    ],
    ids=lambda wish: next(iter(wish)),
)
def test_wishes_are_heard_by_the_networks_too(wish):
    alpha = None
    if wish.get("canvas", 0) is None:
        alpha = np.zeros((32, 48), np.float32)
        alpha[:, :24] = 1
    painting = painted(scene(), alpha, **wish)
    assert painting.engine == "neural"
    assert np.isfinite(painting.strokes.params).all() and painting.psnr > 8
    if "palette" in wish:
        assert painting.psnr > 10
        assert len(np.unique(painting.strokes.colours.reshape(-1, 3), axis=0)) <= 3
        edges = 16 * (painting.strokes.params[:, :2] - painting.strokes.params[:, 2:4])
        np.testing.assert_allclose(edges, edges.round(), atol=1e-5)
    if "max_size" in wish:
        assert painting.strokes.params[:, 2].max() <= np.float32(0.15)


def test_there_is_no_seam_where_blocks_meet():
    """In a smooth picture, pixels next to a border of blocks are as good as the others."""
    y, x = np.mgrid[0:96, 0:96] / 96
    rgb = np.stack([x, y, 0.5 + 0 * x], axis=2).astype(np.float32)
    strokes = painted(rgb, strokes=45).strokes  # 1 x 1, then 2 x 2 blocks
    error = np.abs(canvas.render(strokes, 96, 96) / 255.0 - rgb).mean(axis=2)
    at_borders = np.concatenate([error[46:50].ravel(), error[:, 46:50].ravel()])
    assert at_borders.mean() < 1.5 * error[8:-8, 8:-8].mean()


def test_a_brush_without_weights_is_refused_with_the_way_to_train_it(tmp_path):
    with pytest.raises(ConfigError, match=r"no weights for the brush .*mine\.png") as caught:
        weights_of("own", tmp_path / "mine.png")
    assert f"scripts/train_renderer.py --tip {tmp_path / 'mine.png'}" in str(caught.value.hint)


def test_weights_of_another_version_or_brush_are_refused(tmp_path):
    path = tmp_path / "oil.safetensors"
    for name in (path.name, "oil.json"):
        shutil.copy(WEIGHTS / name, tmp_path / name)
    card = json.loads((tmp_path / "oil.json").read_text())
    (tmp_path / "oil.json").write_text(json.dumps({**card, "version": 1}))
    with pytest.raises(ConfigError, match="draws oil, version 1"):
        load("oil", path)
    path.write_bytes(b"?")
    with pytest.raises(ConfigError, match="holds no weights"):
        load("oil", path)


def test_a_tip_paints_through_its_own_weights_only(tmp_path):
    renderer = Renderer("own")
    card = Card("own", 1, renderer.size, 0, 0.0, "cpu", 0, *5 * [0.0], "", tip="another")
    save(renderer, card, tmp_path / "tip.safetensors")
    settings = PaintSettings(brush="own", strokes=3, engine="neural")
    with pytest.raises(ConfigError, match="another tip"):
        paint(scene(), None, settings, lambda *_: None, TIP, tmp_path / "tip.safetensors")


def test_the_training_script_writes_weights_that_load(tmp_path):
    out = tmp_path / "new" / "tape.safetensors"
    subprocess.run(
        [sys.executable, "scripts/train_renderer.py", "--brush", "tape", "--steps", "3",
         "--validate", "50", "--work", str(tmp_path), "--out", str(out)],
        check=True, capture_output=True,
    )  # fmt: skip
    _, card = load("tape", out)
    assert card.samples == 3 * 32 and (tmp_path / "tape.png").exists()
