"""The commands that need no collection and paint nothing: a file addressed, what there is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from nftforge import __version__
from nftforge.cli.colour import state
from nftforge.cli.columns import Column, Table
from nftforge.cli.context import environment, open_screen
from nftforge.cli.help import MACHINE, ONE
from nftforge.cli.home import keystores
from nftforge.cli.options import Json
from nftforge.cli.output import print_json, show, show_table
from nftforge.core.errors import ConfigError

tools = typer.Typer()


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
