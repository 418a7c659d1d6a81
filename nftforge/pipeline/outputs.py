"""The names of the files that stages hand to one another; stores and backups hold them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePath

STROKES, STILL, SVG = "strokes.npz", "still.png", "painting.svg"
HEIGHT = "height.png"  # 16 bits, grey
GIF, MP4, WEBM = "painting.gif", "painting.mp4", "painting.webm"
HTML = "painting.html"
ANIMATIONS = (HTML, MP4, WEBM)  # for animation_url: the first there is
IMAGE, MEDIA = "image", "media"  # of a finished work, each with the suffix of its kind


def image_in(names: Collection[str]) -> str | None:
    """The file that is a token's `image`: the GIF of a painting, the picture of a finished work."""
    return GIF if GIF in names else _of_a_finished(IMAGE, names)


def animation_in(names: Collection[str]) -> str | None:
    """The file for `animation_url`: the page, else the MP4, else the WebM, never a GIF.

    OpenSea's metadata standard takes all of them, sound and GLB too, and no GIF:
    https://docs.opensea.io/docs/metadata-standards
    """
    drawn = (name for name in ANIMATIONS if name in names)
    return next(drawn, None) or _of_a_finished(MEDIA, names)


def _of_a_finished(use: str, names: Collection[str]) -> str | None:
    return next((name for name in names if PurePath(name).stem == use), None)
