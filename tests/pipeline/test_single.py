"""One picture without a collection: how it is lit."""

from __future__ import annotations

import numpy as np
import pytest

from nftforge.core.errors import ConfigError
from nftforge.painting.brushes import load_brush
from nftforge.painting.settings import Relief
from nftforge.painting.strokes import Strokes
from nftforge.pipeline.single import Light


def strokes(brush, count):
    module = load_brush(brush)
    params = np.array([module.place(0.5, 0.5, 0.3, 0.1, 0.0, 0.0)] * count, np.float32)
    colours = np.zeros((count, module.BRUSH.colours, 3), np.float32)
    return Strokes(brush, module.BRUSH.version, params, colours, np.ones(4, np.float32), 1.0, 0)


@pytest.mark.parametrize(
    ("light", "brush", "count", "relief"),
    [
        (Light(), "oil", 300, Relief(0.5)),
        (Light(), "oil", 8000, Relief(0.25)),
        (Light(), "marker", 500, Relief(0.4)),
        (Light(0.0), "oil", 500, Relief(0.0)),
        (Light(0.7, "paper", 20.0), "tape", 500, Relief(0.7, "paper", 20.0)),
        (Light(surface="none"), "watercolor", 500, Relief(0.5, "none")),
    ],
)
def test_a_painting_is_lit_as_it_is_told_or_as_it_suits_it(light, brush, count, relief):
    assert light.on(strokes(brush, count)) == relief


def test_a_surface_that_there_is_not_is_told():
    with pytest.raises(ConfigError, match="no surface 'wood'"):
        Light(surface="wood").on(strokes("tape", 1))
