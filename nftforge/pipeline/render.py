"""render: a stroke file becomes a still PNG, a progressive GIF, an MP4, a WebM and an SVG.

Everything is drawn from the strokes at its own size, nothing is scaled up: the strokes are
vectors. `size` is the longer side in pixels; the aspect ratio is the picture's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nftforge.config.models import Collection, Media
from nftforge.core.fingerprint import Value
from nftforge.core.jit import announced
from nftforge.core.parallel import Map
from nftforge.core.stage import Obtain, Report
from nftforge.core.store import Artifact, Recipe
from nftforge.pipeline.outputs import GIF, MP4, STILL, STROKES, SVG, WEBM
from nftforge.pipeline.paint import crew
from nftforge.pipeline.work import Work

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nftforge.media.schedule import Keyframe
    from nftforge.painting.strokes import Strokes

    Draw = Callable[[Sequence[float]], Iterator[NDArray[np.uint8]]]

VERSION = 5
GLANCE = 128  # pixels: enough to see how much a stroke changes

OnProgress = Callable[[int, int], None]
"""Called with (done, of how many), as often as a bar should move."""

Deliver = Callable[[str, Artifact], None]
"""Called with a piece and its rendering, as soon as there is one; from any thread."""


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

    def is_sound(self, artifact: Artifact) -> bool:
        wanted = {SVG: self.media.svg, MP4: self.media.mp4, WEBM: self.media.webm}
        names = {STILL, GIF, *(name for name, asked in wanted.items() if asked)}
        return set(artifact.outputs) == names


def render_pieces(
    collection: Collection, works: Sequence[Work], obtain: Obtain, map_: Map, deliver: Deliver
) -> list[Work]:
    """What is painted, with its media; `deliver` gets each piece's as soon as it is there."""

    def render(work: Work) -> Work:
        if not work.paint:
            return work
        stage = render_stage(collection, work.piece.id, work.paint.artifact)
        render = obtain(stage)
        if render:
            deliver(work.piece.id, render.artifact)
        return replace(work, render=render)

    return map_(render, works, crew())


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
    from nftforge.media.png import write_png
    from nftforge.painting.canvas import frames
    from nftforge.painting.svg import svg

    with announced(report.say):
        gif = media.gif
        keyframes = keyframes_of(strokes, gif.frames, gif.hold_ms)
        with _bar(report, f"render {subject} {STILL}") as on_progress:
            write_png(folder / STILL, _still(strokes, still_size, on_progress))
        if media.svg:
            (folder / SVG).write_text("\n".join(svg(strokes)) + "\n", encoding="utf-8")
        with _bar(report, f"render {subject} {GIF}") as on_progress:
            draw = _reporting(
                partial(frames, strokes, *strokes.shape(gif.size)), on_progress, passes=2
            )
            write_gif(folder / GIF, draw, keyframes, _bytes(gif.max_mb), gif.min_psnr, gif.loop)
        _draw_videos(folder, strokes, media, keyframes, subject, report)


def _draw_videos(
    folder: Path,
    strokes: Strokes,
    media: Media,
    keyframes: Sequence[Keyframe],
    subject: str,
    report: Report,
) -> None:
    """Write the MP4 and the WebM, if `media` asks for them."""
    from nftforge.media import video
    from nftforge.painting.canvas import frames

    for name, form, options in ((MP4, video.MP4, media.mp4), (WEBM, video.WEBM, media.webm)):
        if options is None:
            continue
        sides = video.even(*strokes.shape(options.size or media.gif.size))
        moments = video.timeline(keyframes, options.smooth)
        with _bar(report, f"render {subject} {name}") as on_progress:
            draw = _reporting(partial(frames, strokes, *sides), on_progress, passes=1)
            video.write_video(folder / name, draw, moments, form, _bytes(options.max_mb))


def keyframes_of(strokes: Strokes, frames: int, hold_ms: int) -> list[Keyframe]:
    """The moments of a painting that become frames, by how much each stroke is seen to change."""
    from nftforge.media.schedule import schedule, visible
    from nftforge.painting import canvas

    every = canvas.frames(strokes, *strokes.shape(GLANCE), range(len(strokes) + 1))
    return schedule(visible(every), frames, hold_ms)


def _still(strokes: Strokes, size: int, on_progress: OnProgress) -> NDArray[np.uint8]:
    """[h, w, 3], or [h, w, 4] if there is no canvas."""
    import numpy as np

    from nftforge.painting.canvas import finished

    width, height = strokes.shape(size)
    parts, done = [], 0
    for rows in finished(strokes, width, height):
        on_progress(done, height)
        parts.append(rows)
        done += len(rows)
    return np.concatenate(parts)


@contextmanager
def _bar(report: Report, task: str) -> Iterator[OnProgress]:
    """A bar for one file, gone when that is written."""
    report.progress(task, 0, 1)
    yield partial(report.progress, task)
    report.progress(task, 1, 1)


def _reporting(draw: Draw, on_progress: OnProgress, passes: int) -> Draw:
    """`draw`, reporting every frame; a writer asks for all frames `passes` times or more often."""
    begun = 0

    def drawn(moments: Sequence[float]) -> Iterator[NDArray[np.uint8]]:
        nonlocal begun
        before, begun = begun, begun + 1
        frames = len(moments)
        for done, frame in enumerate(draw(moments), before * frames):
            on_progress(done, frames * max(passes, begun))
            yield frame

    return drawn


def _bytes(megabytes: float | None) -> int | None:
    return None if megabytes is None else int(megabytes * 1e6)


def render_stage(collection: Collection, subject: str, painting: Artifact) -> RenderStage:
    return RenderStage(subject, painting, collection.paint.size, collection.media)
