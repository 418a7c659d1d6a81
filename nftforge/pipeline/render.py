"""render: a stroke file becomes a still PNG, a progressive GIF, an MP4, a WebM, an SVG and a page.

Everything is drawn from the strokes at its own size, nothing is scaled up: the strokes are
vectors. `size` is the longer side in pixels; the aspect ratio is the picture's. Films show relief
without a surface: a weave that never moves would cost them a third of their bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nftforge.config.models import Media
from nftforge.config.pieces_lock import FIRST
from nftforge.core.fingerprint import Value
from nftforge.core.jit import announced, clock
from nftforge.core.parallel import Map
from nftforge.core.plural import counted
from nftforge.core.stage import Obtain, Report
from nftforge.core.store import Artifact, Recipe
from nftforge.painting.settings import FLAT, Relief, looks_best
from nftforge.pipeline.job import Job
from nftforge.pipeline.outputs import GIF, HEIGHT, HTML, MP4, STILL, STROKES, SVG, WEBM
from nftforge.pipeline.paint import crew
from nftforge.pipeline.work import Work

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nftforge.media.schedule import Keyframe
    from nftforge.painting.strokes import Strokes

    Pixels = NDArray[np.generic]
    Draw = Callable[[Sequence[float]], Iterator[NDArray[np.uint8]]]

VERSION = 5
LIGHT = 1  # raise it when the same relief looks different
PAGE_STILLS = 768, 512, 384, 256  # pixels of the still in a page: the first that is not too much
PAGE_BYTES, PAGE_BYTES_A_STROKE = 150_000, 160  # the most, and of each stroke beyond 500
EARLIER_STILL, STILL_SIZE = 1024, 3000  # pixels; marketplaces ask for the latter
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
    relief: Relief = FLAT

    @cached_property
    def recipe(self) -> Recipe:
        params = drawing(self.still_size, self.media, self.relief)
        inputs = {"strokes": self.painting.outputs[STROKES].sha256}
        return Recipe("render", VERSION, params, inputs)

    def build(self, folder: Path, report: Report) -> Mapping[str, Any]:
        from nftforge.painting.strokes import Strokes

        started = clock()
        strokes = Strokes.load(self.painting.path(STROKES))
        draw_all(folder, strokes, self.still_size, self.media, self.subject, report, self.relief)
        return {"seconds": round(clock() - started, 3)}

    def is_sound(self, artifact: Artifact) -> bool:
        wanted = {
            SVG: self.media.svg, HEIGHT: self.media.height, MP4: self.media.mp4,
            WEBM: self.media.webm, HTML: self.media.html,
        }  # fmt: skip
        names = {STILL, GIF, *(name for name, asked in wanted.items() if asked)}
        return set(artifact.outputs) == names


def drawing(still_size: int, media: Media, relief: Relief) -> dict[str, Value]:
    """What decides how strokes are drawn. What is flat is known by what it was before relief."""
    params: dict[str, Value] = {"size": still_size, **media.model_dump()}
    for late in ("height", "html"):  # what was drawn before they were is not drawn again
        if not params[late]:
            del params[late]
    if relief.amount:
        lit: Value = {"amount": relief.amount, "light": relief.light, "version": LIGHT}
        params |= {"relief": lit, "surface": relief.surface}
    return params


def lit_by(params: Mapping[str, Any]) -> Relief:
    """How a rendering was lit, from what `drawing` said of it."""
    if "relief" not in params:
        return FLAT
    lit = params["relief"]
    return Relief(lit["amount"], params["surface"], lit["light"])


def render_pieces(
    job: Job, works: Sequence[Work], obtain: Obtain, map_: Map, deliver: Deliver
) -> list[Work]:
    """What is painted, with its media; `deliver` gets each piece's as soon as it is there."""

    def render(work: Work) -> Work:
        if not work.paint:
            return work
        stage = render_stage(job, work.piece.id, work.paint.artifact)
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
    relief: Relief = FLAT,
) -> None:
    """Write the still, the GIF and what else `media` asks for of `strokes` into `folder`."""
    from nftforge.media.gif import write_gif
    from nftforge.media.png import write_png
    from nftforge.painting.relief import finished, height_map
    from nftforge.painting.svg import svg

    with announced(report.say):
        gif = media.gif
        keyframes = keyframes_of(strokes, gif.frames, gif.hold_ms)
        with _bar(report, f"render {subject} {STILL}") as on_progress:
            rows = finished(strokes, *strokes.shape(still_size), relief)
            write_png(folder / STILL, _whole(rows, strokes.shape(still_size)[1], on_progress))
        if media.height:
            with _bar(report, f"render {subject} {HEIGHT}") as on_progress:
                thick = height_map(strokes, *strokes.shape(still_size))
                write_png(folder / HEIGHT, _whole(thick, strokes.shape(still_size)[1], on_progress))
        if media.html:
            (folder / HTML).write_text(page_of(strokes, relief), encoding="utf-8")
        if media.svg:
            (folder / SVG).write_text("\n".join(svg(strokes)) + "\n", encoding="utf-8")
        with _bar(report, f"render {subject} {GIF}") as on_progress:
            film = _film(strokes, strokes.shape(gif.size), relief)
            draw = _reporting(film, on_progress, passes=2)
            write_gif(folder / GIF, draw, keyframes, _bytes(gif.max_mb), gif.min_psnr, gif.loop)
        _draw_videos(folder, strokes, media, keyframes, subject, report, relief)


def page_of(strokes: Strokes, relief: Relief) -> str:
    """The page of a painting. No name is in it: names may change, the art of a token may not."""
    from nftforge.media.webp import webp
    from nftforge.painting.living_light import living_light
    from nftforge.painting.relief import render

    title = counted(len(strokes), f"{strokes.brush} stroke")
    for side in PAGE_STILLS:
        still = webp(render(strokes.opaque(), *strokes.shape(side), relief))
        page = living_light(strokes, relief, still, title)
        if len(page) <= PAGE_BYTES + PAGE_BYTES_A_STROKE * max(len(strokes) - 500, 0):
            break
    return page


def _draw_videos(
    folder: Path,
    strokes: Strokes,
    media: Media,
    keyframes: Sequence[Keyframe],
    subject: str,
    report: Report,
    relief: Relief,
) -> None:
    """Write the MP4 and the WebM, if `media` asks for them."""
    from nftforge.media import video

    for name, form, options in ((MP4, video.MP4, media.mp4), (WEBM, video.WEBM, media.webm)):
        if options is None:
            continue
        sides = video.even(*strokes.shape(options.size or media.gif.size))
        moments = video.timeline(keyframes, options.smooth)
        with _bar(report, f"render {subject} {name}") as on_progress:
            draw = _reporting(_film(strokes, sides, relief), on_progress, passes=1)
            video.write_video(folder / name, draw, moments, form, _bytes(options.max_mb))


def keyframes_of(strokes: Strokes, frames: int, hold_ms: int) -> list[Keyframe]:
    """The moments of a painting that become frames, by how much each stroke is seen to change."""
    from nftforge.media.schedule import schedule, visible
    from nftforge.painting import canvas

    every = canvas.frames(strokes, *strokes.shape(GLANCE), range(len(strokes) + 1))
    return schedule(visible(every), frames, hold_ms)


def _film(strokes: Strokes, sides: tuple[int, int], relief: Relief) -> Draw:
    """What draws the painting as it grows."""
    from nftforge.painting.relief import frames

    def draw(moments: Sequence[float]) -> Iterator[NDArray[np.uint8]]:
        return frames(strokes, *sides, moments, replace(relief, surface="none"))

    return draw


def _whole(rows: Iterator[Pixels], height: int, on_progress: OnProgress) -> Pixels:
    """A picture that comes some rows at a time."""
    import numpy as np

    parts, done = [], 0
    for part in rows:
        on_progress(done, height)
        parts.append(part)
        done += len(part)
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


def render_stage(job: Job, subject: str, painting: Artifact) -> RenderStage:
    brush = str(painting.recipe.params["brush"])
    relief = relief_of(job, subject, brush, int(painting.provenance["strokes"]))
    return RenderStage(subject, painting, still_size(job, subject), job.collection.media, relief)


def relief_of(job: Job, piece: str, brush: str, strokes: int) -> Relief:
    """How a piece is lit: as it says itself, as all do, or by its defaults: flat at first.

    Unasked pixel art is flat too: light would show where strokes of one colour meet.
    """
    paint = job.collection.paint
    own = next(each for each in job.collection.pieces if each.id == piece)
    wish = paint.relief if own.relief is None else own.relief
    if wish is None:
        flat = paint.lattice or job.defaults_of(piece) == FIRST
        wish = 0.0 if flat else looks_best(brush, strokes)
    return Relief(wish, own.surface or paint.surface)


def still_size(job: Job, piece: str) -> int:
    """The longer side of a piece's still, pixels; unasked whole pixels to a cell of a lattice."""
    paint = job.collection.paint
    if paint.size is not None:
        return paint.size
    if job.defaults_of(piece) == FIRST:
        return EARLIER_STILL
    cells = paint.lattice or 1
    return -(-STILL_SIZE // cells) * cells
