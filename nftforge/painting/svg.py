"""The strokes as an SVG drawing: one shape a stroke, in painting order, for plotters and editors.

Outlines, colours, gradients and opacity are the brush's own; streaks inside a stroke and soft edges
are left out, since vectors have no cheap way to say them. The user unit is 1/1000 of the longer
side. Format: SVG 1.1, https://www.w3.org/TR/SVG11/
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from types import ModuleType

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nftforge.painting.brushes import load_brush
from nftforge.painting.strokes import Strokes

UNIT = 1000  # user units on the longer side


def svg(strokes: Strokes) -> Iterator[str]:
    """The drawing, line by line."""
    width, height = strokes.shape(UNIT)
    yield (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {width} {height}">'
    )
    if not strokes.transparent:
        yield f'<rect width="{width}" height="{height}" fill="{_hex(strokes.canvas)}"/>'
    if strokes.tip is not None:
        yield _mask(strokes.tip)
    brush = load_brush(strokes.brush)
    for number, (row, colours) in enumerate(zip(strokes.params, strokes.colours, strict=True)):
        p = row.astype(float).tolist()
        fill = _hex(colours[0])
        if len(colours) > 1:
            yield _gradient(number, brush.ends(p), colours)
            fill = f"url(#g{number})"
        cover = _cover(brush, p)
        look = f'fill="{fill}"' + (f' opacity="{cover:.3g}"' if cover < 1 else "")
        if strokes.tip is None:
            yield f'<path d="{_path(brush.outline(p))}" {look}/>'
        else:
            yield _stamp(brush.stamp(p), look)
    yield "</svg>"


def _cover(brush: ModuleType, p: list[float]) -> float:
    """How much of what is under a stroke it hides, on average."""
    if hasattr(brush, "covers"):
        return float(brush.covers(p))
    return float(p[brush.BRUSH.params.index("opacity")] * brush.BRUSH.body)


def _path(points: NDArray[np.float64]) -> str:
    """A closed polygon; SVG wants no more than a tenth of a unit."""
    pairs = (f"{x:.1f},{y:.1f}" for x, y in (points * UNIT).tolist())
    return "M" + " ".join(pairs) + "z"


def _gradient(number: int, ends: tuple[float, ...], colours: NDArray[np.float32]) -> str:
    x1, y1, x2, y2 = (f"{value * UNIT:.1f}" for value in ends)
    return (
        f'<linearGradient id="g{number}" gradientUnits="userSpaceOnUse" x1="{x1}" y1="{y1}" '
        f'x2="{x2}" y2="{y2}"><stop offset="0" stop-color="{_hex(colours[0])}"/>'
        f'<stop offset="1" stop-color="{_hex(colours[1])}"/></linearGradient>'
    )


def _mask(tip: NDArray[np.uint8]) -> str:
    png = io.BytesIO()
    Image.fromarray(tip).save(png, "PNG")
    data = base64.b64encode(png.getvalue()).decode()
    return (
        '<mask id="tip" maskContentUnits="objectBoundingBox"><image width="1" height="1" '
        f'preserveAspectRatio="none" xlink:href="data:image/png;base64,{data}"/></mask>'
    )


def _stamp(frame: tuple[float, float, float, float, float], look: str) -> str:
    """A box showing the tip: frame is x, y, half length, half width (canvas units), radians."""
    x, y, a, b = (value * UNIT for value in frame[:4])
    return (
        f'<g transform="translate({x:.1f} {y:.1f}) rotate({np.degrees(frame[4]):.2f})">'
        f'<rect x="{-a:.1f}" y="{-b:.1f}" width="{2 * a:.1f}" height="{2 * b:.1f}" {look} '
        'mask="url(#tip)"/></g>'
    )


def _hex(colour: NDArray[np.floating]) -> str:
    red, green, blue = (round(float(value) * 255) for value in colour[:3])
    return f"#{red:02x}{green:02x}{blue:02x}"
