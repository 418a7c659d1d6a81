"""Layers: the formulas of W3C compositing, sizes, pixel art, and alpha that stays exact."""

from __future__ import annotations

import hashlib
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nftforge.core.errors import PictureError
from nftforge.media.layer_files import LayerFile, LayerLook
from nftforge.media.layers import BLENDS, composed, fitted, layered, load_layered, resized

RED, GREEN, CLEAR = (1.0, 0.0, 0.0, 1.0), (0.0, 1.0, 0.0, 1.0), (0.0, 0.0, 0.0, 0.0)
parts = st.floats(0, 1, width=32)
pixels = st.tuples(parts, parts, parts, parts)


def flat(rgba, height=1, width=1):
    return np.full((height, width, 4), rgba, np.float64)


def by_the_formula(backdrop, source, blend, opacity):
    """One pixel as https://www.w3.org/TR/compositing-1/ writes it, a channel at a time."""
    (*cb, ab), (*cs, alpha) = backdrop, source
    mixing = {
        "normal": lambda b, s: s,
        "multiply": lambda b, s: b * s,
        "screen": lambda b, s: b + s - b * s,
        "overlay": lambda b, s: 2 * b * s if b <= 0.5 else 1 - 2 * (1 - b) * (1 - s),
    }[blend]
    a_s = alpha * opacity
    a_o = a_s + ab * (1 - a_s)
    channels = []
    for b, s in zip(cb, cs, strict=True):
        premultiplied = a_s * ((1 - ab) * s + ab * mixing(b, s)) + ab * b * (1 - a_s)
        channels.append(premultiplied / a_o if a_o else 0.0)
    return (*channels, a_o)


@settings(max_examples=300, deadline=None)
@given(pixels, pixels, st.sampled_from(sorted(BLENDS)), parts)
def test_every_blend_is_the_formula(backdrop, source, blend, opacity):
    made = composed(flat(backdrop), flat(source), LayerLook(blend, opacity))[0, 0]
    wanted = by_the_formula(backdrop, source, blend, opacity)
    assert made[3] == pytest.approx(wanted[3], abs=1e-12)
    assert made[:3] * made[3] == pytest.approx(np.array(wanted[:3]) * wanted[3], abs=1e-9)


def test_every_pair_of_bytes_comes_through_untouched_where_the_layer_is_clear_or_opaque():
    base = np.dstack([np.arange(256).reshape(16, 16)] * 3 + [np.full((16, 16), 255)]) / 255
    assert np.array_equal(layered(base, [(flat(CLEAR, 16, 16), LayerLook("overlay"))]), base)
    assert np.array_equal(layered(flat(RED, 16, 16), [(base, LayerLook())]), base)


def test_what_is_transparent_lends_no_colour_when_sizes_change():
    picture = np.concatenate([flat(RED, 4, 2), flat((0.0, 0.0, 1.0, 0.0), 4, 2)], axis=1)
    for width, height in product((1, 2, 3, 7, 200), repeat=2):
        made = resized(picture, width, height, pixel_art=False)
        seen = made[made[..., 3] > 0]
        assert np.abs(seen[:, :3] - [1, 0, 0]).max() < 1e-3
        assert made[..., 3].mean() == pytest.approx(0.5, abs=0.01)


def test_pixel_art_grows_by_nearest_neighbour_and_photographs_smoothly():
    board = np.indices((8, 8)).sum(axis=0) % 2
    picture = np.dstack([board] * 3 + [np.ones((8, 8))]).astype(float)
    grown = fitted(picture, 64, 64)
    assert np.array_equal(grown, np.kron(picture, np.ones((8, 8, 1))))
    assert len(np.unique(fitted(picture, 64, 64, pixel_art=False)[..., 0])) > 2


def test_a_layer_of_another_shape_is_whole_and_in_the_middle():
    made = fitted(flat(GREEN, 10, 20), 40, 40)
    assert made.shape == (40, 40, 4)
    assert made[..., 3].any(axis=1).nonzero()[0].tolist() == list(range(10, 30))
    assert made[10:30, :, 3].all()


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), pixels)
def test_one_colour_stays_that_colour_at_every_size(tall, wide, height, width, colour):
    made = resized(flat(colour, tall, wide), width, height, pixel_art=False)
    assert made.shape == (height, width, 4)
    assert np.abs(made[..., 3] - colour[3]).max() <= 1 / 65_535
    if colour[3] > 0.01:
        assert np.abs(made[..., :3] - colour[:3]).max() <= 0.002


def test_the_same_layers_are_the_same_bytes_on_every_machine():
    rows, columns = np.indices((48, 64))
    base = np.dstack([rows * 5 % 256, columns * 3 % 256, (rows * columns) % 256, rows * 0 + 255])
    over = np.dstack([columns * 7 % 256, rows * 11 % 256, rows + columns, (rows * 4) % 256])[:37]
    looks = [LayerLook(blend, 0.7) for blend in sorted(BLENDS)]
    made = layered(base / 255, [(over / 255, look) for look in looks], pixel_art=False)
    digest = hashlib.sha256((made * 255 + 0.5).astype(np.uint8).tobytes()).hexdigest()
    assert digest[:16] == "b8e2e578a59e9230"


def test_files_are_put_together_and_made_small(tmp_path):
    Image.new("RGB", (200, 100), "red").save(tmp_path / "base.png")
    hat = Image.new("RGBA", (200, 100))
    hat.paste((0, 0, 255, 255), (0, 0, 200, 50))
    hat.save(tmp_path / "hat.png")
    layer = LayerFile(tmp_path / "hat.png", LayerLook("normal", 0.5))
    picture = load_layered(tmp_path / "base.png", [layer], 50)
    assert (picture.size, picture.pixels.shape) == ((200, 100), (25, 50, 3))
    assert picture.pixels[5, 5].tolist() == [128, 0, 128]
    assert picture.pixels[20, 5].tolist() == [255, 0, 0]


def test_a_layer_that_does_not_open_is_named(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "base.png")
    (tmp_path / "hat.png").write_bytes(b"no picture")
    with pytest.raises(PictureError, match=r"hat\.png"):
        load_layered(tmp_path / "base.png", [LayerFile(tmp_path / "hat.png")], 8)
