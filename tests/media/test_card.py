"""media.card: what a shared link shows."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from nftforge.media.card import HEIGHT, WALL, WIDTH, social_card
from nftforge.media.webp import webp

COLOURS = np.array([[200, 30, 30], [30, 160, 30], [30, 30, 200], [200, 180, 0]] * 3, np.uint8)


def previews(count: int, *, height: int = 40, width: int = 40) -> list[bytes]:
    return [webp(np.full((height, width, 3), colour, np.uint8)) for colour in COLOURS[:count]]


def shown(card: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(card)) as picture:
        assert picture.format == "JPEG" and picture.size == (WIDTH, HEIGHT)
        return np.asarray(picture).astype(int)


def seen_on(pixels: np.ndarray) -> list[int]:
    """Which of the colours are there, by the eye."""
    flat = pixels[::5, ::5].reshape(-1, 3)
    distinct = range(4)
    return [at for at in distinct if (np.abs(flat - COLOURS[at]).max(axis=1) < 20).sum() > 20]


@pytest.mark.parametrize(("count", "seen"), [(1, 1), (2, 2), (3, 3), (7, 3), (8, 4), (12, 4)])
def test_a_card_shows_as_many_as_look_well_together(count, seen):
    assert len(seen_on(shown(social_card(previews(count))))) == seen


def test_pictures_keep_their_shape_and_stand_on_the_wall():
    tall = np.abs(shown(social_card(previews(1, width=20))) - COLOURS[0]).max(axis=2) < 20
    rows, columns = np.flatnonzero(tall.any(axis=1)), np.flatnonzero(tall.any(axis=0))
    assert abs(len(rows) / len(columns) - 2) < 0.1
    assert abs((columns[0] + columns[-1]) / 2 - WIDTH / 2) < 2
    assert np.abs(shown(social_card(previews(1)))[2, 2] - WALL).max() < 4


def test_the_same_pieces_give_the_same_card():
    assert social_card(previews(3)) == social_card(previews(3))


def test_what_is_transparent_is_wall_and_not_black():
    clear = webp(np.zeros((40, 40, 4), np.uint8))
    assert np.abs(shown(social_card([clear]))[HEIGHT // 2, WIDTH // 2] - WALL).max() < 8
