"""render: a stroke file becomes a still PNG, a progressive GIF and an MP4.

Everything is drawn from the strokes at its own size, nothing is scaled up: the strokes are
vectors. `size` is the longer side in pixels; the aspect ratio is the picture's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from nftforge.config import Collection, Gif
from nftforge.fingerprint import Value
from nftforge.stages.stage import GIF, MP4, STILL, STROKES, Report
from nftforge.store import Artifact, Recipe

VERSION = 1


@dataclass(frozen=True)
class RenderStage:
    """Draws the stroke file of `painting`."""

    subject: str
    painting: Artifact
    still_size: int  # pixels
    gif: Gif
    mp4: bool

    @cached_property
    def recipe(self) -> Recipe:
        params: dict[str, Value] = {
            "size": self.still_size,
            "gif": self.gif.model_dump(),
            "mp4": self.mp4,
        }
        return Recipe("render", VERSION, params, self.painting.digests)

    def build(self, folder: Path, report: Report) -> Mapping[str, Any]:
        from nftforge.media.gif import write_gif
        from nftforge.media.mp4 import even, write_mp4
        from nftforge.media.png import write_png
        from nftforge.media.schedule import schedule
        from nftforge.painting.canvas import frames, render
        from nftforge.painting.strokes import Strokes

        strokes = Strokes.load(self.painting.path(STROKES))
        stops = schedule(len(strokes), self.gif.frames, self.gif.hold_ms)
        width, height = strokes.shape(self.gif.size)
        task, parts = f"render {self.subject}", 2 + self.mp4

        def draw(counts: Sequence[int]) -> Iterator[Any]:
            return frames(strokes, width, height, counts)

        report.progress(task, 0, parts, STILL)
        write_png(folder / STILL, render(strokes, *strokes.shape(self.still_size)))
        report.progress(task, 1, parts, GIF)
        max_bytes = None if self.gif.max_mb is None else int(self.gif.max_mb * 1e6)
        write_gif(folder / GIF, draw, stops, max_bytes)
        if self.mp4:
            report.progress(task, 2, parts, MP4)
            counts = [stop.strokes for stop in stops]
            write_mp4(folder / MP4, frames(strokes, *even(width, height), counts), stops)
        report.progress(task, parts, parts)
        return {}


def render_stage(collection: Collection, subject: str, painting: Artifact) -> RenderStage:
    media = collection.media
    return RenderStage(subject, painting, collection.paint.size, media.gif, media.mp4)
