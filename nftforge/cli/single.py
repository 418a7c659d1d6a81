"""The commands that paint or draw one picture, without a collection."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nftforge.cli.axes import combinations, reader
from nftforge.cli.context import environment, open_screen
from nftforge.cli.help import ONE
from nftforge.cli.options import Force, Json, expanded
from nftforge.cli.output import print_json, show
from nftforge.core.errors import ConfigError, PictureError
from nftforge.core.plural import counted

if TYPE_CHECKING:
    from nftforge.pipeline.single import Wish

single = typer.Typer()

Relief = Annotated[
    float | None,
    typer.Option(min=0, max=1, help="How thick paint lies, 0 (flat) to 1; unasked what suits it."),
]
Surface = Annotated[
    str | None, typer.Option(help="What relief shows paint on: canvas, paper or none.")
]
MADE_BY_STROKE = "`nftforge stroke IMAGE -o DIR` writes one: DIR/strokes.npz"
FRACTION = "Of strokes, as a fraction of the picture's longer side."


@dataclass(frozen=True)
class StrokeOptions:
    """How `stroke` paints: the keys of `paint:`, and what stands elsewhere in a collection."""

    brush: Annotated[str, typer.Option(help="See `nftforge brushes`; or a grey PNG.")] = "oil"
    strokes: Annotated[
        int, typer.Option(min=1, max=20_000, help="How many; with --psnr, at most how many.")
    ] = 500
    psnr: Annotated[
        float | None, typer.Option(min=1, max=60, help="Stop at this likeness, dB.")
    ] = None
    seconds: Annotated[float | None, typer.Option(min=0.1, help="Stop after this time.")] = None
    min_size: Annotated[float | None, typer.Option(min=0.003, max=0.9, help=FRACTION)] = None
    max_size: Annotated[float | None, typer.Option(min=0.003, max=0.9, help=FRACTION)] = None
    palette: Annotated[
        str | None, typer.Option(help="A number of colours, a name (zorn), or red,#102030.")
    ] = None
    mixing: Annotated[
        str | None, typer.Option(help="Of a palette: light, or pigment (yellow + blue: green).")
    ] = None
    opaque: Annotated[bool, typer.Option("--opaque", help="No glazing.")] = False
    lattice: Annotated[
        int | None, typer.Option(min=4, max=512, help="Tape lies on so many cells: pixel art.")
    ] = None
    preset: Annotated[
        str | None, typer.Option(help="8-bit: tape, 16 colours, opaque, lattice of 64.")
    ] = None
    loss: Annotated[str, typer.Option(help="l2 or l1.")] = "l2"
    transport: Annotated[
        float, typer.Option(min=0, max=1, help="Weight of the optimal-transport loss.")
    ] = 0.0
    flow: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="How much strokes lie along what they depict."),
    ] = None
    schedule: Annotated[
        int | None, typer.Option(min=1, max=2, help="1: 1.6 times as long, for 0.2 dB.")
    ] = None
    focus: Annotated[
        str | None, typer.Option(help="What matters: auto, or a mask, white where it does.")
    ] = None
    underpainting: Annotated[
        str | None, typer.Option(help="A CSS colour that the ground is toned with first.")
    ] = None
    style: Annotated[
        Path | None, typer.Option(help="A picture to take the look of; needs the extra `style`.")
    ] = None
    texture: Annotated[
        bool, typer.Option(help="Strokes take on the style's textures, or its colours only.")
    ] = True
    strength: Annotated[float, typer.Option(min=0.01, max=10, help="Of the style.")] = 1.0
    frame: Annotated[int | None, typer.Option(min=1, help="Of an animation, counted from 1.")] = (
        None
    )
    canvas: Annotated[str, typer.Option(help="A CSS colour, or transparent.")] = "white"
    relief: Relief = None
    surface: Surface = None
    seed: Annotated[int, typer.Option(min=0)] = 0
    size: Annotated[int, typer.Option(min=16, max=4096, help="Longer side, pixels.")] = 1024
    engine: Annotated[str, typer.Option(help="auto, analytic or neural.")] = "auto"

    def paint_section(self, said: Collection[str]) -> dict[str, Any]:
        """As in a collection file. With a preset, only the options that were `said`: the preset
        says the rest."""
        target = None if self.psnr is None else {"psnr": self.psnr, "max_strokes": self.strokes}
        style = self.style and {
            "image": str(self.style), "texture": self.texture, "strength": self.strength,
        }  # fmt: skip
        given = {
            **{field.name: getattr(self, field.name) for field in fields(self)},
            "palette": _palette(self.palette), "target": target, "style": style,
        }  # fmt: skip
        section = {name: value for name, value in given.items() if name not in ELSEWHERE}
        if not self.preset:
            return section
        meant = {"target" if name == "psnr" else name for name in said}
        own = {name: value for name, value in section.items() if name in meant}
        return {**own, "preset": self.preset}


ELSEWHERE = ("preset", "psnr", "texture", "strength", "frame", "seed", "size")  # than in `paint:`
A_CELL = 480  # pixels of a comparison's pictures, if no --size is said


def _said(context: typer.Context) -> set[str]:
    """The options that were given on the command line."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return {name for name, source in sources.items() if source and source.name == "COMMANDLINE"}


@single.command(rich_help_panel=ONE)
@expanded
def stroke(
    context: typer.Context,
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="The picture to paint.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Where results go.")],
    options: StrokeOptions,
    more: Annotated[
        list[str] | None, typer.Argument(metavar="KEY=A,B", help="More for --compare.")
    ] = None,
    compare: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=A,B ..",
            help="Paint it with each of these on one sheet: brush=oil,tape strokes=100,500.",
        ),
    ] = None,
    media: Annotated[
        bool, typer.Option("--media/--no-media", help="Still, GIF, MP4, SVG; or strokes alone.")
    ] = True,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Paint one picture, without a collection."""
    if more and not compare:
        context.fail(f"Got unexpected extra argument ({' '.join(more)})")
    if compare:
        document = _compared(context, image, out, options, [*compare, *(more or ())], force)
        lines = [f"{counted(len(document['cells']), 'painting')} in {document['seconds']} s"]
        lines.append(f"  {document['sheet']}")
    else:
        document = _painted(context, image, out, options, media, force)
        painted = counted(document["strokes"], "stroke")
        lines = [f"{painted}, {document['psnr']:.2f} dB in {document['seconds']} s"]
        lines += [f"  {path}" for path in document["files"].values()]
    if as_json:
        print_json(document)
    else:
        for line in lines:
            show(line)


def _painted(
    context: typer.Context, image: Path, out: Path, options: StrokeOptions, media: bool, force: bool
) -> dict[str, Any]:
    from nftforge.pipeline.single import FILES, paint_single, refuse_to_replace

    kinds = tuple(FILES) if media else ("strokes",)
    if not force:
        refuse_to_replace(out, kinds)
    wish = _wish(image, options, _said(context))
    environment(Path())  # where to paint, and with how many threads
    with open_screen() as screen:
        return paint_single(wish, out, screen, kinds)


def _compared(
    context: typer.Context,
    image: Path,
    out: Path,
    options: StrokeOptions,
    axes: Sequence[str],
    force: bool,
) -> dict[str, Any]:
    """All paintings are asked for, so that a wrong one is said, before the first is begun."""
    from nftforge.pipeline.compare import Variant, compare, refuse_to_replace, sheet_in

    names = [field.name for field in fields(StrokeOptions) if field.name != "size"]
    read = reader(context, [str(image), "--out", str(out)], ("opaque", "texture"))
    tried = combinations(axes, names, read)
    sheet = sheet_in(out)
    if not force:
        refuse_to_replace(sheet)
    said = _said(context)
    variants = [
        Variant(each, _wish(image, replace(options, **each), said | set(each))) for each in tried
    ]
    side = options.size if "size" in said else A_CELL
    environment(Path())
    with open_screen() as screen:
        return compare(variants, sheet, side, screen)


def _wish(image: Path, options: StrokeOptions, said: Collection[str]) -> Wish:
    """What is to be painted. Raises ConfigError, PictureError."""
    from nftforge.config.load import paint_options
    from nftforge.config.values import is_mask
    from nftforge.pipeline.paint import Sources, settings_from, tip_of
    from nftforge.pipeline.single import Light, Wish

    wanted = paint_options(options.paint_section(said))
    sources = Sources(
        _picture(image), options.frame, tip_of(options.brush, Path()),
        options.style and _picture(options.style),
        _picture(Path(wanted.focus)) if is_mask(wanted.focus) else None,
    )  # fmt: skip
    light = Light(wanted.relief, wanted.surface)
    return Wish(sources, settings_from(wanted, options.seed), options.size, light)


@single.command(rich_help_panel=ONE)
def draw(
    strokes: Annotated[Path, typer.Argument(metavar="STROKES", help="A stroke file (.npz).")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Where results go.")],
    size: Annotated[int, typer.Option(min=16, max=4096, help="Longer side, pixels.")] = 1024,
    relief: Relief = None,
    surface: Surface = None,
    light: Annotated[
        float,
        typer.Option(
            min=0,
            max=360,
            help="Where the lamp is, degrees clockwise from the top: 315, upper left.",
        ),
    ] = 315.0,
    height: Annotated[
        bool, typer.Option("--height", help="How thick paint lies, too: a 16-bit PNG, for prints.")
    ] = False,
    html: Annotated[
        bool, typer.Option("--html", help="A page, too: it grows, then a lamp follows the pointer.")
    ] = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Draw a stroke file again: any size, another light."""
    from nftforge.painting.strokes import Strokes
    from nftforge.pipeline.single import FILES, Light, draw_single, refuse_to_replace

    lit = Light(relief, surface, light)
    asked = [kind for kind, wish in (("height", height), ("html", html)) if wish]
    kinds = (*FILES, *asked)
    if not force:
        refuse_to_replace(out, kinds)
    strokes = _stroke_file(strokes)
    painting = Strokes.load(strokes)
    lit.on(painting)  # a wrong surface is said before anything is drawn
    with open_screen() as screen:
        files = draw_single(painting, out, size, strokes.stem, screen, lit, kinds)
    if as_json:
        print_json({"size": size, "files": files})
    else:
        for path in files.values():
            show(f"  {path}")


def _stroke_file(path: Path) -> Path:
    """A stroke file, or the one in the folder that `stroke -o` wrote. Raises ConfigError."""
    from nftforge.config.files import instead

    if (path / "strokes.npz").is_file():
        return path / "strokes.npz"
    if path.is_dir():
        raise ConfigError(f"there is no strokes.npz in {path}", hint=MADE_BY_STROKE)
    if not path.exists():
        raise ConfigError(
            f"there is no stroke file {path}", hint=instead(Path(), str(path)) or MADE_BY_STROKE
        )
    with path.open("rb") as file:
        if file.read(2) != b"PK":
            raise ConfigError(f"{path} is no stroke file", hint=MADE_BY_STROKE)
    return path


def _picture(path: Path) -> Path:
    """The picture that is meant by `path`. Raises PictureError if it is not there."""
    from nftforge.config.files import instead, locate

    found = locate(Path(), str(path))
    if not found.exists():
        raise PictureError(f"there is no picture {path}", hint=instead(Path(), str(path)))
    return found


def _palette(text: str | None) -> int | str | list[str] | None:
    """A palette's name, a number of colours, or their names."""
    from PIL import ImageColor

    from nftforge.painting.palettes import is_named

    if text is None or is_named(text):
        return text
    if text.strip().isdigit():
        return int(text)
    colours = [name.strip() for name in text.split(",")]
    is_colour = len(colours) > 1 or text.startswith("#") or text.lower() in ImageColor.colormap
    return colours if is_colour else text  # a name that is misspelt
