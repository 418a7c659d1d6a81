"""The commands that need no collection: one picture painted, one file addressed, what there is."""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any

import typer

from nftforge import __version__
from nftforge.cli.colour import state
from nftforge.cli.columns import Column, Table
from nftforge.cli.context import environment, open_screen
from nftforge.cli.help import MACHINE, ONE
from nftforge.cli.home import keystores
from nftforge.cli.options import Force, Json, expanded
from nftforge.cli.output import print_json, show, show_table
from nftforge.core.errors import ConfigError, PictureError
from nftforge.core.plural import counted

tools = typer.Typer()

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

    def paint_section(self, context: typer.Context) -> dict[str, Any]:
        """As in a collection file. With a preset, only what was said on the command line: the
        preset says the rest."""
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
        said = {name: value for name, value in section.items() if _said(context, name)}
        return {**said, "preset": self.preset}


ELSEWHERE = ("preset", "psnr", "texture", "strength", "frame", "seed", "size")  # than in `paint:`


def _said(context: typer.Context, option: str) -> bool:
    """Whether an option was given on the command line."""
    source = context.get_parameter_source("psnr" if option == "target" else option)
    return source is not None and source.name == "COMMANDLINE"


@tools.command(rich_help_panel=ONE)
@expanded
def stroke(
    context: typer.Context,
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="The picture to paint.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Where results go.")],
    options: StrokeOptions,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Paint one picture, without a collection."""
    from nftforge.config.load import paint_options
    from nftforge.config.values import is_mask
    from nftforge.pipeline.paint import Sources, settings_from, tip_of
    from nftforge.pipeline.single import Light, paint_single, refuse_to_replace

    if not force:
        refuse_to_replace(out)
    wanted = paint_options(options.paint_section(context))
    settings = settings_from(wanted, options.seed)
    sources = Sources(
        _picture(image), options.frame, tip_of(options.brush, Path()),
        options.style and _picture(options.style),
        _picture(Path(wanted.focus)) if is_mask(wanted.focus) else None,
    )  # fmt: skip
    environment(Path())  # where to paint, and with how many threads
    with open_screen() as screen:
        light = Light(wanted.relief, wanted.surface)
        result = paint_single(sources, out, settings, options.size, screen, light)
    if as_json:
        print_json(result)
    else:
        strokes = counted(result["strokes"], "stroke")
        show(f"{strokes}, {result['psnr']:.2f} dB in {result['seconds']} s")
        for path in result["files"].values():
            show(f"  {path}")


@tools.command(rich_help_panel=ONE)
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
    from nftforge.pipeline.single import Light, draw_single, refuse_to_replace

    lit = Light(relief, surface, light)
    asked = [kind for kind, wish in (("height", height), ("html", html)) if wish]
    if not force:
        refuse_to_replace(out, asked)
    strokes = _stroke_file(strokes)
    painting = Strokes.load(strokes)
    lit.on(painting)  # a wrong surface is said before anything is drawn
    with open_screen() as screen:
        files = draw_single(painting, out, size, strokes.stem, screen, lit, asked)
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


@tools.command(rich_help_panel=ONE)
def cid(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A file or folder.")],
    profile: Annotated[str, typer.Option(help="kubo-v1 or unixfs-v1-2025.")] = "kubo-v1",
    as_json: Json = False,
) -> None:
    """The CID of a file or folder, as `ipfs add` gives it."""
    from nftforge.core.nearest import suggestion
    from nftforge.ipfs.unixfs import PROFILES, import_path

    if profile not in PROFILES:
        raise ConfigError(
            f"there is no profile {profile!r}",
            hint=f"{suggestion(profile, PROFILES)}profiles: {', '.join(PROFILES)}",
        )
    if not path.exists():
        raise ConfigError(f"there is no file or folder {path}")
    entry = import_path(path, PROFILES[profile])
    if as_json:
        print_json(
            {"path": str(path), "profile": profile, "cid": str(entry.cid), "size": entry.size}
        )
    else:
        show(str(entry.cid))


@tools.command(rich_help_panel=MACHINE)
def brushes(
    sheet: Annotated[
        Path | None,
        typer.Option("-o", "--sheet", metavar="FILE", help="Show them in a picture, .png or .jpg."),
    ] = None,
    size: Annotated[int, typer.Option(min=300, max=16_000, help="Of its longer side.")] = 2000,
    image: Annotated[
        Path | None, typer.Option(help="Paint this with each; into brushes.jpg, or --sheet.")
    ] = None,
    as_json: Json = False,
) -> None:
    """The brushes there are."""
    from nftforge.painting.brushes import brush_names, load_brush

    about = {name: load_brush(name).BRUSH.about for name in brush_names()}
    if image or sheet:
        from nftforge.pipeline.sheets import hands_sheet, swatch_sheet

        with open_screen() as screen:
            if image:
                hands_sheet(image, sheet or Path("brushes.jpg"), size, screen)
            elif sheet:
                swatch_sheet(sheet, size, screen)
    if as_json:
        print_json([{"name": name, "about": text} for name, text in about.items()])
    else:
        table = Table(Column(12, gap=0), Column())
        for name, text in about.items():
            table.row(name, text)
        show_table(table)


@tools.command(rich_help_panel=MACHINE)
def networks(as_json: Json = False) -> None:
    """The networks by name, and which have an RPC URL."""
    from nftforge.chain.networks import NETWORKS

    env = environment(Path())
    rows = [
        {
            "name": network.name,
            "chain_id": network.chain_id,
            "kind": network.kind,
            "rpc_env": network.rpc_env,
            "rpc_set": network.rpc_env is None
            or network.rpc_env in env
            or bool(network.default_rpc),
            "explorer": network.explorer,
            "confirmations": network.confirmations,
            "currency": network.currency,
        }
        for network in NETWORKS.values()
    ]
    if as_json:
        print_json(rows)
        return
    table = Table(Column(14, gap=0), Column(9, right=True), Column(9, gap=2), Column())
    for row in rows:
        ready = state("ready") if row["rpc_set"] else f"set {row['rpc_env']}"
        table.row(str(row["name"]), str(row["chain_id"]), str(row["kind"]), ready)
    show_table(table)


@tools.command(rich_help_panel=MACHINE)
def doctor(as_json: Json = False) -> None:
    """What this machine has and lacks."""
    from nftforge.cli.doctor import examine
    from nftforge.cli.dotenv import near_misses

    rows = examine(environment(Path()), keystores())
    if as_json:
        print_json({"ok": all(row["ok"] or not row["needed"] for row in rows), "checks": rows})
    else:
        table = Table(Column(8, gap=0), Column(22), Column())
        for row in rows:
            mark = "ok" if row["ok"] else "MISSING" if row["needed"] else "-"
            table.row(state(mark), row["name"], row["detail"])
        show_table(table)
    for miss in near_misses(Path()):
        show(str(miss), sys.stderr, "warning")
    if not all(row["ok"] or not row["needed"] for row in rows):
        raise typer.Exit(3)


@tools.command(rich_help_panel=MACHINE)
def schema() -> None:
    """The JSON Schema of collection.yaml, for editors."""
    from nftforge.config.load import schema as collection_schema

    print_json(collection_schema())


@tools.command("version", rich_help_panel=MACHINE)
def print_version() -> None:
    """Print the version."""
    show(f"nftforge {__version__}")


@tools.command("help", rich_help_panel=MACHINE)
def print_help(
    context: typer.Context,
    command: Annotated[
        list[str] | None, typer.Argument(metavar="COMMAND", help="Only of this command.")
    ] = None,
) -> None:
    """How to use nftforge, or one of its commands."""
    root = context.find_root()
    root.command.main([*(command or ()), "--help"], root.info_name, standalone_mode=False)
