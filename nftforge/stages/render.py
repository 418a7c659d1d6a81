"""render: a stroke file becomes a still PNG, a progressive GIF, an MP4 and an SVG.

Everything is drawn from the strokes at its own size, nothing is scaled up: the strokes are
vectors. `size` is the longer side in pixels; the aspect ratio is the picture's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nftforge.config import Collection, Media
from nftforge.fingerprint import Value
from nftforge.stages.stage import GIF, MP4, STILL, STROKES, SVG, Report
from nftforge.store import Artifact, Recipe

if TYPE_CHECKING:
    from nftforge.painting.strokes import Strokes

VERSION = 3


@dataclass(frozen=True)
class RenderStage:
    """Draws the stroke file of `painting`."""

    subject: str
    painting: Artifact
    still_size: int  # pixels
    media: Media

    @cached_property
    def recipe(self) -> Recipe:
        params: dict[str, Value] = {"size": self.still_size, **self.media.model_dump()}
        inputs = {"strokes": self.painting.outputs[STROKES].sha256}
        return Recipe("render", VERSION, params, inputs)

    def build(self, folder: Path, report: Report) -> Mapping[str, Any]:
        from nftforge.painting.strokes import Strokes

        strokes = Strokes.load(self.painting.path(STROKES))
        draw_all(folder, strokes, self.still_size, self.media, self.subject, report)
        return {}


def draw_all(
    folder: Path,
    strokes: Strokes,
    still_size: int,
    media: Media,
    subject: str,
    report: Report,
) -> None:
    """Write the still, the GIF and what else `media` asks for of `strokes` into `folder`."""
    from nftforge.media.gif import write_gif
    from nftforge.media.mp4 import even, write_mp4
    from nftforge.media.png import write_png
    from nftforge.media.schedule import schedule
    from nftforge.painting.canvas import frames, render, render_alpha
    from nftforge.painting.svg import svg

    gif = media.gif
    stops = schedule(len(strokes), gif.frames, gif.hold_ms)
    width, height = strokes.shape(gif.size)
    task, parts = f"render {subject}", 2 + media.mp4

    def draw(counts: Sequence[int]) -> Iterator[Any]:
        return frames(strokes, width, height, counts)

    report.progress(task, 0, parts, STILL)
    draw_still = render_alpha if strokes.transparent else render
    write_png(folder / STILL, draw_still(strokes, *strokes.shape(still_size)))
    if media.svg:
        (folder / SVG).write_text("\n".join(svg(strokes)) + "\n", encoding="utf-8")
    report.progress(task, 1, parts, GIF)
    max_bytes = None if gif.max_mb is None else int(gif.max_mb * 1e6)
    write_gif(folder / GIF, draw, stops, max_bytes)
    if media.mp4:
        report.progress(task, 2, parts, MP4)
        counts = [stop.strokes for stop in stops]
        write_mp4(folder / MP4, frames(strokes, *even(width, height), counts), stops)
    report.progress(task, parts, parts)


def render_stage(collection: Collection, subject: str, painting: Artifact) -> RenderStage:
    return RenderStage(subject, painting, collection.paint.size, collection.media)
