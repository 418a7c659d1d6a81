"""The names of the files that stages hand to one another; stores and backups hold them."""

from __future__ import annotations

STROKES, STILL, SVG = "strokes.npz", "still.png", "painting.svg"
HEIGHT = "height.png"  # 16 bits, grey
GIF, MP4, WEBM = "painting.gif", "painting.mp4", "painting.webm"
HTML = "painting.html"
ANIMATIONS = (HTML, MP4, WEBM)  # for animation_url: the first there is
