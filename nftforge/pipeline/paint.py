"""paint: one picture becomes one stroke file.

The key holds what alters the strokes and nothing else: not the size of the still (strokes are
vectors), not the piece's name. torch and numba are imported only when something is really painted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import ImageColor

from nftforge.config.files import locate
from nftforge.config.load import CollectionFile
from nftforge.config.models import Paint, Piece
from nftforge.config.pieces_lock import FIRST, NEWEST
from nftforge.config.values import is_mask, is_tip
from nftforge.config.yaml import Location
from nftforge.core.fingerprint import Value, file_digest, fingerprint
from nftforge.core.jit import announced
from nftforge.core.parallel import Map
from nftforge.core.plural import counted
from nftforge.core.stage import Obtain, Report, find
from nftforge.core.store import Artifact, Recipe
from nftforge.media.layer_files import LayerFile, LayerLook
from nftforge.painting.engine import Painting, paint
from nftforge.painting.neural import NETWORKS, weights_of
from nftforge.painting.palettes import LIGHT, mixed_palette, named_palette
from nftforge.painting.settings import Colour, PaintSettings, StyleSettings, batch_size, threads
from nftforge.pipeline.job import Job
from nftforge.pipeline.outputs import STROKES
from nftforge.pipeline.work import Work

if TYPE_CHECKING:  # numpy comes with it
    from nftforge.media.pictures import Picture

VERSION = 4
LAYERS = 1  # how they are put together
LATE = "style", "flow", "focus", "underpainting", "oklab", "schedule"  # younger than others
FLOW, SHORTER = 0.5, 2  # unasked: flow, and the schedule
OWN = "brush", "palette", "style", "flow", "focus"  # what a piece may say, beside its strokes
MOST = 8  # pieces in work at once: each is in memory


@dataclass(frozen=True)
class Sources:
    """The files that a piece is painted from.

    frame: which of an animation; tip: the grey PNG of the brush `own`; style: the picture whose
    look is taken on; mask: what matters in the picture, white most; layers: put over the picture.
    """

    picture: Path
    frame: int | None = None
    tip: Path | None = None
    style: Path | None = None
    mask: Path | None = None
    layers: tuple[LayerFile, ...] = ()

    def __iter__(self) -> Iterator[tuple[str, Path]]:
        """Those there are, and what each is."""
        for what in ("picture", "style", "tip", "mask"):
            if path := getattr(self, what):
                yield what, path
        for number, layer in enumerate(self.layers, start=1):
            yield f"layer {number}", layer.path

    def load(self, size: int) -> Picture:
        """What is painted, at most `size` pixels. Raises PictureError."""
        from nftforge.media.layers import load_layered

        return load_layered(self.picture, self.layers, size, self.frame)


@dataclass(frozen=True)
class PaintStage:
    """Paints from `sources` with `settings`; outputs `strokes.npz`.

    `gone`: the digests of sources that are not there any more; what was painted from them is found
    all the same.
    """

    subject: str
    sources: Sources
    settings: PaintSettings
    gone: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def recipe(self) -> Recipe:
        params: dict[str, Value] = {**asdict(self.settings), "engine": self.settings.chosen_engine}
        for late in LATE:
            if getattr(self.settings, late) == getattr(PaintSettings, late):
                del params[late]
        inputs = {what: self._digest(what, path) for what, path in self.sources}
        if self.sources.frame:
            params["frame"] = self.sources.frame
        if self.sources.layers:
            params["layers"] = [
                [LAYERS, each.look.blend, each.look.opacity] for each in self.sources.layers
            ]
        if weights := _weights(self.settings, self.sources.tip):
            inputs["weights"] = file_digest(weights)
            params["networks"] = NETWORKS
        return Recipe("paint", VERSION, params, inputs)

    def _digest(self, what: str, path: Path) -> str:
        return self.gone[what] if what in self.gone else digest_of(path)

    def build(self, folder: Path, report: Report) -> Mapping[str, Any]:
        task = f"paint {self.subject}"
        painting = paint_picture(self.sources, self.settings, report, task)
        (folder / STROKES).write_bytes(painting.strokes.to_bytes())
        return {
            "strokes": len(painting.strokes),
            "psnr": round(painting.psnr, 4),
            "ssim": round(painting.ssim, 4),
            "engine": painting.engine,
            "seconds": round(painting.seconds, 3),
        }

    def is_sound(self, artifact: Artifact) -> bool:
        measured = [artifact.provenance.get(name) for name in ("strokes", "psnr", "ssim")]
        numbers = all(isinstance(value, int | float) for value in measured)
        return numbers and isinstance(measured[0], int) and STROKES in artifact.outputs


def digest_of(path: Path) -> str:
    """SHA-256 of a file, read once as it is: a command looks at the pieces more than once."""
    return _digest_of(path, *as_it_is(path))


def as_it_is(path: Path) -> tuple[int, int, int]:
    """What changes when a file does. Raises OSError."""
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


@lru_cache(maxsize=65_536)
def _digest_of(path: Path, *_as_it_is: int) -> str:
    return file_digest(path)


def paint_picture(
    sources: Sources, settings: PaintSettings, report: Report, task: str, size: int | None = None
) -> Painting:
    """Paint from `sources`; task: names the bar; size: pixels to work at, if not the settings'."""
    from nftforge.media.pictures import load_mask, load_picture, load_tip
    from nftforge.painting.pictures import RgbaImage

    size = size or settings.working_size
    content = sources.load(size)
    tip = load_tip(sources.tip) if sources.tip else None
    look = load_picture(sources.style, size) if sources.style else None
    mask = load_mask(sources.mask, content.rgb.shape) if sources.mask else None
    for note in (*content.notes, *(look.notes if look else ())):
        report.say(note)

    def on_progress(part: float, strokes: int, psnr: float, side: int) -> None:
        note = f"{counted(strokes, 'stroke')}, {psnr:.2f} dB at {side} px"
        report.progress(task, int(100 * part), 100, note)

    weights = _weights(settings, sources.tip)
    with announced(report.say):
        return paint(
            content.rgb, content.alpha, settings, on_progress, tip, weights,
            RgbaImage.of(look.rgb, look.alpha) if look else None, mask,
        )  # fmt: skip


def _weights(settings: PaintSettings, tip: Path | None) -> Path | None:
    """Of the networks it is painted through, if it is."""
    return weights_of(settings.brush, tip) if settings.chosen_engine == "neural" else None


def paint_pieces(job: Job, obtain: Obtain, map_: Map) -> list[Work]:
    """Every piece of the job, with its strokes if it is painted."""

    def paint(index: int) -> Work:
        piece = job.collection.pieces[index]
        if job.collection.is_finished(piece):
            return Work(piece)
        return Work(piece, obtain(paint_stage(job, index)))

    shared = batch_size() if job.collection.paint.engine == "neural" else 1
    return map_(paint, job.indices, max(crew(), shared))


def crew() -> int:
    """Pieces in work that need a core each."""
    return min(threads(), MOST)


def paint_stage(job: Job, index: int) -> PaintStage:
    """The stage of piece `index`, with the collection's settings where it has none of its own."""
    file, collection, piece = job.file, job.collection, job.collection.pieces[index]
    own = {
        "strokes": piece.strokes, "target": None, **{name: getattr(piece, name) for name in OWN}
    }  # fmt: skip
    options = collection.paint.model_copy(update={key: own[key] for key in _overridden(piece)})
    seed = piece_seed(collection.seed, piece)
    settings = settings_from(options, seed, job.defaults_of(piece.id))
    sources = Sources(
        file.locate(piece.image), piece.frame, tip_of(options.brush, file.path.parent),
        file.locate(options.style.image) if options.style else None,
        file.locate(options.focus) if is_mask(options.focus) else None,
        layer_files(file, piece),
    )  # fmt: skip
    stage = PaintStage(piece.id, sources, settings)
    absent = dict(_absent(stage))
    if not absent:
        return stage
    known = file.painted_from(piece.id)
    return replace(stage, gone={what: known[what] for what in absent if what in known})


def layer_files(file: CollectionFile, piece: Piece) -> tuple[LayerFile, ...]:
    """What is put over a piece's picture."""
    return tuple(
        LayerFile(file.locate(layer.image), LayerLook(layer.blend, layer.opacity / 100))
        for layer in piece.layers
    )


def _absent(stage: PaintStage) -> Iterator[tuple[str, Path]]:
    """What a piece is painted from and is not there."""
    return ((what, path) for what, path in stage.sources if not path.is_file())


def painted(job: Job) -> list[int]:
    """Which of the job's pieces are painted: the others are finished works."""
    pieces = job.collection.pieces
    return [index for index in job.indices if not job.collection.is_finished(pieces[index])]


def need_pictures(job: Job) -> None:
    """Raises ConfigError with the line if a piece has to be painted and its picture is gone."""
    for index in painted(job):
        stage = paint_stage(job, index)
        if stage.gone and not find(stage, job.store):
            what, path = next(_absent(stage))
            raise job.file.error(
                picture_place(job.file, index, what),
                f"there is no {what} {path}, and {stage.subject!r} has to be painted",
                hint="put it back: what is painted and minted already needs it no more",
            )


def picture_place(file: CollectionFile, index: int, what: str) -> Location:
    """Where the file names it: in the piece, or for all of them."""
    if what.startswith("layer "):
        return ("pieces", index, "layers", int(what.removeprefix("layer ")) - 1)
    keys = {"picture": "image", "style": "style", "tip": "brush", "mask": "focus"}
    place: Location = ("pieces", index, keys[what])
    return place if file.places.says(place) or what == "picture" else ("paint", keys[what])


def _overridden(piece: Piece) -> list[str]:
    """What a piece says for itself; a number of strokes of its own beats the target for all."""
    said = [name for name in OWN if getattr(piece, name) is not None]
    return said + ["strokes", "target"] * bool(piece.strokes)


def settings_from(options: Paint, seed: int, defaults: int = NEWEST) -> PaintSettings:
    """What the painter is told, from the paint section, and by that generation of defaults."""
    target, palette, style = options.target, options.palette, options.style
    known = {field.name for field in fields(PaintSettings)}
    converted: dict[str, Any] = {
        "brush": "own" if is_tip(options.brush) else options.brush,
        "strokes": target.max_strokes if target else options.strokes,
        "seed": seed,
        "canvas": None if options.canvas == "transparent" else rgb(options.canvas),
        "psnr": target.psnr if target else None,
        "underpainting": rgb(options.underpainting) if options.underpainting else None,
        "focus": "mask" if is_mask(options.focus) else options.focus,
        "palette": _colours(palette, options.mixing),
        "oklab": isinstance(palette, str) or (palette is not None and defaults > FIRST),
        "schedule": options.schedule or _unasked_schedule(options, defaults),
        "flow": options.flow if options.flow is not None else _unasked_flow(options, defaults),
        "style": StyleSettings(style.texture, style.strength) if style else None,
    }
    as_written = {name: value for name, value in options if name in known}
    return PaintSettings(**{**as_written, **converted})


def _unasked_schedule(options: Paint, defaults: int) -> int:
    """The networks have a schedule of their own."""
    return 1 if defaults == FIRST or options.engine == "neural" else SHORTER


def _unasked_flow(options: Paint, defaults: int) -> float:
    """On a lattice all strokes lie level, and the networks know no flow."""
    return 0.0 if defaults == FIRST or options.lattice or options.engine == "neural" else FLOW


def _colours(
    palette: str | int | tuple[str, ...] | None, mixing: str | None
) -> int | tuple[Colour, ...] | None:
    """The colours of a palette that is named, or listed; the number of those to be found."""
    if isinstance(palette, tuple):
        listed = tuple(map(rgb, palette))
        return mixed_palette(listed, mixing) if mixing else listed
    if not isinstance(palette, str):
        return palette
    name, _, ends = palette.partition(":")
    if not ends:
        return named_palette(name, mixing or LIGHT)
    return mixed_palette([rgb(end) for end in ends.split(",")], mixing or LIGHT)


def tip_of(brush: str, folder: Path) -> Path | None:
    return locate(folder, brush) if is_tip(brush) else None


def rgb(colour: str) -> Colour:
    """A CSS colour as sRGB, 0..255; a translucent one loses its alpha."""
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red, green, blue


def piece_seed(collection_seed: int, piece: Piece) -> int:
    """The piece's own seed, or one drawn from the collection's seed and the piece id."""
    if piece.seed is not None:
        return piece.seed
    return int(fingerprint(collection_seed, piece.id)[:8], 16)
