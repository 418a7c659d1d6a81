"""A painting as a page of its own: it grows stroke by stroke, then a lamp follows the pointer.

One HTML file, for `animation_url` (marketplaces show it in `<iframe sandbox="allow-scripts">`): it
asks nobody for anything and keeps nothing, and without WebGL it is its still. It holds the strokes
and what draws them, so it weighs the same at every size. What it shows is the package's own lit
still, when the lamp stands where it always does.
"""

from __future__ import annotations

import base64
import html
from string import Template

from nftforge.painting.javascript import browser_file, piece_script
from nftforge.painting.settings import Relief
from nftforge.painting.strokes import Strokes


def living_light(strokes: Strokes, relief: Relief, still: bytes, title: str) -> str:
    """The page of `strokes`. still: a WebP that stands until they are drawn.

    Without relief there is nothing for a lamp to show: the painting grows, no more.
    """
    script = f"const {{Painter, Lamp, Flat, Aim, brush, data}} = {piece_script(strokes, relief)};\n"
    script += browser_file("piece.js") + "piece(data, brush);"
    return Template(browser_file("piece.html")).substitute(
        title=html.escape(title),
        still=f"data:image/webp;base64,{base64.b64encode(still).decode()}",
        script=script.replace("</", "<\\/"),
    )
