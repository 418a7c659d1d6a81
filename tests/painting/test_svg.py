"""The SVG is the painting: drawn by a program that did not write it."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from painting.test_canvas import strokes
from PIL import Image

from nftforge.painting.brushes import brush_names, load_brush
from nftforge.painting.canvas import render
from nftforge.painting.svg import svg

LOOSE = {"knife": 0.22, "pastel": 0.3}  # streaks of two colours, soft edges: none in a vector
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("brush", brush_names())
def test_it_holds_one_shape_a_stroke_in_order(brush):
    painting = strokes(brush, count=12)
    root = ET.fromstring("\n".join(svg(painting)))
    assert root.get("viewBox") == "0 0 1000 667"
    shapes = root.findall(f"{SVG}path") + root.findall(f"{SVG}g")
    assert len(shapes) == 12
    assert len(root.findall(f"{SVG}linearGradient")) == 12 * (painting.colours.shape[1] > 1)


def test_a_transparent_canvas_has_no_ground():
    painting = strokes("tape", count=2)
    canvas = np.array([1, 1, 1, 0], np.float32)
    assert "<rect" not in "".join(svg(replace(painting, canvas=canvas)))


def from_afar(picture):
    return picture[:660].reshape(33, 20, 50, 20, 3).mean(axis=(1, 3))


@pytest.mark.parametrize("brush", brush_names())
def test_another_program_draws_what_we_draw(brush):
    import resvg_py

    painting = strokes(brush, count=12)
    png = resvg_py.svg_to_bytes(svg_string="\n".join(svg(painting)), width=1000)
    drawn = np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGB")).astype(float)
    ours = render(painting, 1000, 667).astype(float)
    blank = render(painting.prefix(0), 1000, 667).astype(float)
    if hasattr(load_brush(brush), "covers"):  # grain is a tone, from afar
        drawn, ours, blank = map(from_afar, (drawn, ours, blank))
    off, nothing = (np.abs(other - ours).mean() for other in (drawn, blank))
    assert off < LOOSE.get(brush, 0.12) * nothing
