"""Pictures to show around: a whole collection, how each piece came about, the brushes.

Everything is drawn from the strokes at the size it is shown at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nftforge.config.models import Paint
from nftforge.core.jit import announced
from nftforge.core.limits import ARTWORK_BYTES, read_bounded
from nftforge.core.plural import counted
from nftforge.core.stage import Report
from nftforge.media.layer_files import LayerFile
from nftforge.media.layers import load_layered
from nftforge.media.pictures import load_picture
from nftforge.media.sheet import Cell, Grid, compose, grid, kind, save, writable
from nftforge.media.webp import picture_size
from nftforge.painting.brushes import brush_names, load_brush
from nftforge.painting.settings import FLAT, PaintSettings, Relief, looks_best
from nftforge.painting.strokes import Strokes
from nftforge.pipeline.build import build
from nftforge.pipeline.job import Job, working
from nftforge.pipeline.minting.open import look_on_chain
from nftforge.pipeline.outputs import STROKES, image_in
from nftforge.pipeline.paint import layer_files
from nftforge.pipeline.render import render_stage
from nftforge.pipeline.work import Work

if TYPE_CHECKING:
    from PIL import Image

COUNTS = (10, 50, 200)  # strokes, between the picture and the painting
NO_PIXELS = 226  # the grey that stands for a drawing
A_HAND = 150  # strokes to show a brush with


@dataclass(frozen=True)
class SheetPiece:
    """A piece as it is shown. A finished work has no strokes, and is its picture."""

    id: str
    name: str
    token_id: int | None
    strokes: Path | None
    picture: Path
    frame: int | None = None  # of an animation
    relief: Relief = FLAT
    layers: tuple[LayerFile, ...] = ()

    def title(self, font: Path | None) -> str:
        """Its name, or its id (plain letters) where the font cannot write the name."""
        return self.name if writable(self.name, font) else self.id


@dataclass(frozen=True)
class SheetOptions:
    """`out` for the sheet; `strips`, a folder for each piece's way there; longer side in pixels."""

    out: Path
    strips: Path | None
    size: int
    font: Path | None

    def __post_init__(self) -> None:
        kind(self.out)  # a wrong ending is said before an hour of painting


def sheet(job: Job, report: Report, options: SheetOptions) -> dict[str, Any]:
    """The whole collection as one picture, and each piece's way there; paints what is missing.

    Returns the document of `sheet --json`.
    """
    with working(job, report):
        works = build(job, report, "paint")
    on_chain = look_on_chain(job, works, report)
    pieces = []
    for work in works:
        token = on_chain.tokens.get(work.piece.id) if on_chain else None
        number = token.token_id if token else None
        painting = work.paint.artifact if work.paint else None
        pieces.append(
            SheetPiece(
                work.piece.id,
                work.piece.name,
                number,
                painting.path(STROKES) if painting else None,
                _picture(job, work),
                work.piece.frame,
                render_stage(job, work.piece.id, painting).relief if painting else FLAT,
                layer_files(job.file, work.piece),
            )
        )
    return draw_sheets(pieces, job.collection.name, options, report)


def _picture(job: Job, work: Work) -> Path:
    """What it is painted after; of a finished work the picture that was taken."""
    if work.paint or not work.render:
        return job.file.locate(work.piece.image)
    taken = work.render.artifact
    return taken.path(image_in(taken.outputs) or "")


def draw_sheets(
    pieces: Sequence[SheetPiece], title: str, options: SheetOptions, report: Report
) -> dict[str, Any]:
    """Write the sheet and the strips; the document of `sheet --json`."""
    nameless = [piece.id for piece in pieces if not writable(piece.name, options.font)]
    if nameless:
        report.warn(
            f"the font has not all letters of the names of {', '.join(nameless[:10])}: their ids "
            "are written instead; name a font that has with --font FILE"
        )
    with announced(report.say):
        save(
            _sheet(pieces, title if writable(title, options.font) else "", options, report),
            options.out,
        )
        strips = {}
        if options.strips:
            options.strips.mkdir(parents=True, exist_ok=True)
            painted = [piece for piece in pieces if piece.strokes]
            for done, piece in enumerate(painted):
                report.progress("strips", done, len(painted), piece.id)
                path = options.strips / f"{piece.id}{options.out.suffix}"
                save(_strip(piece, options), path)
                strips[piece.id] = str(path)
            report.progress("strips", 1, 1)
    return {"sheet": str(options.out), "strips": strips, "named_by_id": nameless}


def _sheet(
    pieces: Sequence[SheetPiece], title: str, options: SheetOptions, report: Report
) -> Image.Image:
    """All pieces in one picture."""
    layout = grid([_aspect(piece) for piece in pieces], options.size)

    def cells() -> Iterator[Cell]:
        for done, piece in enumerate(pieces):
            report.progress("sheet", done, len(pieces), piece.id)
            pixels, note = _shown(piece, layout)
            number = f"#{piece.token_id}, " if piece.token_id is not None else ""
            yield Cell(pixels, piece.title(options.font), f"{number}{note}")

    drawn = compose(layout, cells(), len(pieces), title, options.font)
    report.progress("sheet", 1, 1)
    return drawn


def _shown(piece: SheetPiece, layout: Grid) -> tuple[NDArray[np.uint8], str]:
    """Its pixels as large as a cell, and a word on how it was made."""
    if piece.strokes:
        strokes = Strokes.load(piece.strokes)
        note = f"{counted(len(strokes), 'stroke')}, {strokes.brush}"
        return lit(strokes, layout, piece.relief), note
    sides = layout.fit(_aspect(piece))
    if _size(piece.picture):
        return source(piece.picture, None, sides), "finished"
    return np.full((sides[1], sides[0], 3), NO_PIXELS, np.uint8), "a drawing (SVG), not shown here"


def _size(picture: Path) -> tuple[int, int] | None:
    """(width, height), pixels; None if it has none."""
    width, height = picture_size(read_bounded(picture, ARTWORK_BYTES))
    return (width, height) if width else None


def _aspect(piece: SheetPiece) -> float:
    """Width / height."""
    if piece.strokes:
        return Strokes.load(piece.strokes).aspect
    width, height = _size(piece.picture) or (1, 1)
    return width / height


def _strip(piece: SheetPiece, options: SheetOptions) -> Image.Image:
    """The picture, the painting after a few strokes, after more, and finished."""
    from nftforge.painting.relief import frames

    assert piece.strokes
    strokes = Strokes.load(piece.strokes)
    whole = len(strokes)
    counts = [count for count in COUNTS if count < whole] + [whole]
    layout = grid([strokes.aspect] * (1 + len(counts)), options.size, 1 + len(counts))
    sides = layout.fit(strokes.aspect)
    cells = [Cell(source(piece.picture, piece.frame, sides, piece.layers), "the picture")]
    for count, frame in zip(counts, frames(strokes, *sides, counts, piece.relief), strict=True):
        cells.append(Cell(frame, counted(count, "stroke")))
    return compose(layout, cells, len(cells), piece.title(options.font), options.font)


def lit(strokes: Strokes, layout: Grid, relief: Relief) -> NDArray[np.uint8]:
    """The painting as large as a cell, uint8 [h, w, 3 or 4]."""
    from nftforge.painting.relief import render

    return render(strokes, *layout.fit(strokes.aspect), relief)


def source(
    picture: Path, frame: int | None, sides: tuple[int, int], layers: Sequence[LayerFile] = ()
) -> NDArray[np.uint8]:
    """The picture of `sides` (width, height), as paintings beside it are, however small it is."""
    from PIL import Image

    pixels = load_layered(picture, layers, max(sides), frame).pixels
    return np.asarray(Image.fromarray(pixels).resize(sides, Image.Resampling.LANCZOS))


# --- swatches -----------------------------------------------------------------------------------

PAPER, SLATE = (1.0, 1.0, 1.0), (0.13, 0.13, 0.15)
ASPECT = 2.5
PAINTS = (  # the two ends of a stroke
    ((0.80, 0.24, 0.15), (0.96, 0.71, 0.25)),
    ((0.13, 0.25, 0.56), (0.26, 0.70, 0.77)),
    ((0.16, 0.42, 0.27), (0.66, 0.80, 0.36)),
    ((0.40, 0.16, 0.42), (0.93, 0.55, 0.62)),
)
STRAIGHT, BENT = 0.11, 0.29  # where the two rows are, canvas units
SIZES = ((0.17, 0.27, 0.10), (0.43, 0.18, 0.055), (0.59, 0.10, 0.03), (0.69, 0.07, 0.014))
CROSSING = ((0.87, 0.14, -0.5, 0), (0.87, 0.2, 0.1, 1), (0.87, 0.27, 0.7, 3))  # x, y, angle, paint


def swatch_sheet(out: Path, size: int, report: Report) -> None:
    """Every brush in several sizes and colours, straight and bent, on white and on dark."""
    kind(out)
    names = brush_names()
    layout = grid([ASPECT] * 2 * len(names), size, 4)

    def cells() -> Iterator[Cell]:
        for done, name in enumerate(names):
            report.progress("swatches", done, len(names), name)
            about = load_brush(name).BRUSH.about
            for ground, title, note in ((PAPER, name, about), (SLATE, "", "")):
                strokes = swatch(name, ground)
                best = Relief(looks_best(name, len(strokes)))
                yield Cell(lit(strokes, layout, best), title, note)
        report.progress("swatches", 1, 1)

    with announced(report.say):
        save(compose(layout, cells(), 2 * len(names), "Brushes", None), out)


def hands_sheet(picture: Path, out: Path, size: int, report: Report) -> None:
    """The picture, and what each brush makes of it in `A_HAND` strokes."""
    from nftforge.painting.engine import paint
    from nftforge.pipeline.paint import settings_from

    kind(out)
    names = [name for name in brush_names() if name != "own"]
    content = load_picture(picture, PaintSettings().working_size)
    aspect = content.rgb.shape[1] / content.rgb.shape[0]
    layout = grid([aspect] * (1 + len(names)), size)

    def cells() -> Iterator[Cell]:
        yield Cell(source(picture, None, layout.fit(aspect)), "the picture")
        for done, name in enumerate(names):

            def tell(part: float, *_: object, done: int = done, name: str = name) -> None:
                report.progress("brushes", round(100 * (done + part)), 100 * len(names), name)

            wish = settings_from(Paint(brush=name, strokes=A_HAND), 0)
            strokes = paint(content.rgb, content.alpha, wish, tell).strokes
            best = Relief(looks_best(name, A_HAND))
            yield Cell(lit(strokes, layout, best), name, load_brush(name).BRUSH.about)

    with announced(report.say):
        save(compose(layout, cells(), 1 + len(names), "Brushes", None), out)


def swatch(name: str, ground: tuple[float, float, float]) -> Strokes:
    """Strokes of one brush side by side: large to small, straight and bent, and crossing."""
    module, brush = load_brush(name), load_brush(name).BRUSH
    params: list[list[float]] = []
    colours: list[tuple[tuple[float, ...], ...]] = []

    def put(x: float, y: float, length: float, width: float, angle: float, paint: int) -> None:
        placed = module.place(x, y, length, width, angle, float(977 * len(params)))
        params.append(np.clip(placed, brush.low, brush.high).tolist())
        colours.append(PAINTS[paint % len(PAINTS)][: brush.colours])

    for index, (x, length, width) in enumerate(SIZES):
        put(x, STRAIGHT, length, width, 0.0, index)
    for index, (x, length, width) in enumerate(SIZES):
        bends = "bend" in brush.params
        put(x, BENT, length, width, 0.0 if bends else -0.35, index + 1)
        if bends:
            params[-1][brush.params.index("bend")] = (-0.9, 0.8)[index % 2]
    for x, y, angle, paint in CROSSING:
        put(x, y, 0.2, 0.07, angle, paint)
    return Strokes(
        name,
        brush.version,
        np.array(params, np.float32),
        np.array(colours, np.float32),
        np.array([*ground, 1], np.float32),
        ASPECT,
        seed=0,
        tip=leaf(brush.tip) if brush.tip else None,
    )


def leaf(side: int) -> NDArray[np.uint8]:
    """A tip to show what a grey picture becomes as a brush: a leaf with its veins."""
    t, s = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    edge = 0.85 * np.cos(np.pi / 2 * s) ** 0.8 * (1 - 0.25 * s)
    inside = np.abs(t) < edge
    rib = np.abs(t) < 0.03 * (1.4 - s)
    veins = np.abs((s * 5 - np.abs(t) * 3.2) % 1 - 0.5) < 0.06
    grey = np.where(rib | veins, 0.35, 1.0)
    return np.asarray(inside * grey * 255, np.uint8)
