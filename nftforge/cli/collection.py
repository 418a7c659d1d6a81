"""The commands that make, show and check a collection: flags in, a call, a result to show."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from nftforge.cli.collection_file import HERE
from nftforge.cli.confirm import ask_about_art, ask_first
from nftforge.cli.context import environment, listening, open_job, open_screen
from nftforge.cli.dotenv import check_dotenv
from nftforge.cli.help import LOOK, MAKE
from nftforge.cli.options import (
    ChangeSold,
    File,
    Json,
    NetworkName,
    Only,
    OptionalFile,
    SendOptions,
    expanded,
    this_folder,
)
from nftforge.cli.output import (
    print_json,
    show,
    show_checks,
    show_dry_run,
    show_findings,
    show_gallery,
    show_outcome,
    show_plan,
    show_traits,
)
from nftforge.cli.summary import show_run
from nftforge.core.errors import ConfigError, MismatchError, NftforgeError, ServiceError
from nftforge.core.plural import counted

collection = typer.Typer()

Font = Annotated[
    Path | None, typer.Option(metavar="FILE", help="For names that are not in Latin letters.")
]


@collection.command(rich_help_panel=MAKE)
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to.")] = Path(),
) -> None:
    """Write a starter collection that runs as it is."""
    from nftforge.cli.starter import write_env_example, write_gitignore, write_starter

    path = write_starter(folder)
    if missing := write_gitignore(folder):
        show(f"{folder / '.gitignore'} is yours: add {', '.join(missing)}, or it gets into git")
    if write_env_example(folder):
        show(f"{folder / '.env.example'}: copied to .env, it takes keys and nodes; not needed yet")
    show(f"{path} is ready. Next: nftforge run {path}")


@collection.command(rich_help_panel=MAKE)
@expanded
def run(
    file: File = HERE,
    network: NetworkName = None,
    until: Annotated[
        str, typer.Option(metavar="STAGE", help="Stop after paint, render, pin or mint.")
    ] = "mint",
    only: Only = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Make everything, send nothing, show the bill.")
    ] = False,
    *,
    sending: SendOptions,
    change_sold: ChangeSold = False,
    as_json: Json = False,
) -> None:
    """Paint, render, pin and mint what is not there yet."""
    _run(_Run(file, until, network, only, dry_run, sending, change_sold), as_json)


@collection.command(rich_help_panel=MAKE)
def plan(
    file: File = HERE,
    network: NetworkName = None,
    only: Only = None,
    time: Annotated[
        bool, typer.Option("--time", help="Make three pieces first, and tell what all take.")
    ] = False,
    as_json: Json = False,
) -> None:
    """What run would do, why, and its cost; sends nothing."""
    from nftforge.pipeline.estimate import time_some
    from nftforge.pipeline.run import plan

    job = open_job(file, network, only)
    with open_screen() as screen:
        if time:
            time_some(job, screen)
        found = plan(job, screen)
    show_plan(found, as_json)


@collection.command(rich_help_panel=MAKE)
def check(
    file: File = HERE, network: NetworkName = None, only: Only = None, as_json: Json = False
) -> None:
    """Whether a run can end: pictures, keys, chain, funds."""
    from nftforge.pipeline.preflight import examine
    from nftforge.pipeline.selling.foresee import examine_sale

    job = open_job(file, network, only)
    with open_screen() as screen:
        rows = [*examine(job, screen), *examine_sale(job)]
    show_checks(job.collection.name, job.network, rows, as_json)
    failed = next((row for row in rows if row["needed"] and not row["ok"]), None)
    if failed:
        raise typer.Exit(failed["exit_code"])


@collection.command(rich_help_panel=MAKE)
def paint(file: File = HERE, only: Only = None, as_json: Json = False) -> None:
    """Paint the pieces: find their strokes."""
    _run(_Run(file, "paint", only=only), as_json)


@collection.command(rich_help_panel=MAKE)
def render(file: File = HERE, only: Only = None, as_json: Json = False) -> None:
    """Up to rendering: stills, GIFs and MP4s."""
    _run(_Run(file, "render", only=only), as_json)


@collection.command(rich_help_panel=MAKE)
def pin(
    context: typer.Context,
    file: OptionalFile = None,
    only: Only = None,
    car: Annotated[
        Path | None,
        typer.Option("--from", metavar="CAR", help="Pin everything in this backup instead."),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(metavar="NAME,..", help="With --from: to these, not a file's."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Up to pinning media and metadata to IPFS."""
    if to and not car:
        raise ConfigError(
            "--to goes with --from; a collection names its back-ends: `pin: {to: ..}`"
        )
    if not to:
        file = file or this_folder(context)
    if car:
        _repin(file, car, to, as_json)
    elif file:
        _run(_Run(file, "pin", only=only), as_json)


def _repin(file: Path | None, car: Path, to: str | None, as_json: bool) -> None:
    from nftforge.config.load import check_back_ends, load_collection, pin_section
    from nftforge.pipeline.pinning.destinations import check_destinations
    from nftforge.pipeline.pinning.pin import repin

    if not car.is_file():
        raise ConfigError(f"there is no file {car}")
    if file and to:
        raise ConfigError(
            "--from takes its back-ends from a collection file or --to, not from both"
        )
    here = file.parent if file else Path()
    env = environment(here)
    check_dotenv(here)
    if file:
        collection = load_collection(file)
        check_back_ends(collection)
        check_destinations(collection, env)
        section, folder = collection.collection.pin, collection.work_folder
    else:
        section, folder = pin_section(to or ""), Path(".nftforge")
    folder.mkdir(exist_ok=True)
    with open_screen() as screen:
        done = repin(section, folder, env, car, screen)
    if as_json:
        print_json(done)
    else:
        files = counted(done["files"], "file")
        show(f"{files}, {done['bytes'] / 1e6:.2f} MB: {', '.join(done['to'])}")


@collection.command(rich_help_panel=MAKE)
@expanded
def mint(
    file: File = HERE,
    network: NetworkName = None,
    only: Only = None,
    *,
    sending: SendOptions,
    change_sold: ChangeSold = False,
    as_json: Json = False,
) -> None:
    """Up to minting: the same as run."""
    asked = _Run(file, "mint", network, only, sending=sending, change_sold=change_sold)
    _run(asked, as_json)


@collection.command(rich_help_panel=LOOK)
def status(
    file: File = HERE, network: NetworkName = None, only: Only = None, as_json: Json = False
) -> None:
    """Where each piece stands."""
    from nftforge.pipeline.run import status

    job = open_job(file, network, only)
    with open_screen() as screen:
        found = status(job, screen)
    show_outcome(found, as_json)


@collection.command(rich_help_panel=LOOK)
def preview(
    file: File = HERE,
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="FILE", help="The sheet, .png or .jpg.")
    ] = Path("preview.png"),
    font: Font = None,
    only: Only = None,
    as_json: Json = False,
) -> None:
    """Each piece as a sketch, before hours are spent."""
    from nftforge.pipeline.preview import preview

    job = open_job(file, None, only)
    with open_screen() as screen:
        made = preview(job, screen, out, font)
    if as_json:
        print_json(made)
    else:
        pieces, new = made["pieces"], sum(not row["cached"] for row in made["pieces"])
        show(f"{counted(len(pieces), 'sketch', 'sketches')}, {new} new, in {made['seconds']:.1f} s")
        show(f"  {made['sheet']}")


@collection.command(rich_help_panel=LOOK)
def traits(
    file: File = HERE,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="Also as a page, .html.")
    ] = None,
    table: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Also as a table, a line a piece.")
    ] = None,
    as_json: Json = False,
) -> None:
    """How often each trait comes, and which pieces are rare."""
    from nftforge.pipeline.traits import trait_table, write_csv, write_page

    job = open_job(file, None, None)
    found = trait_table(job)
    if table:
        write_csv(table, found.document)
    if out:
        write_page(out, job.collection.name, found)
    if as_json:
        print_json(found.document)
    else:
        show_traits(found)


@collection.command(rich_help_panel=LOOK)
def sheet(
    file: File = HERE,
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="FILE", help="The picture, .png or .jpg.")
    ] = Path("sheet.png"),
    strips: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Also how each piece came about, a picture each."),
    ] = None,
    size: Annotated[int, typer.Option(min=300, max=16_000, help="Longer side, pixels.")] = 2400,
    font: Font = None,
    network: NetworkName = None,
    only: Only = None,
    as_json: Json = False,
) -> None:
    """One picture of the whole collection, to show around."""
    from nftforge.pipeline.sheets import SheetOptions, sheet

    options = SheetOptions(out, strips, size, font)
    job = open_job(file, network, only)
    with open_screen() as screen:
        made = sheet(job, screen, options)
    if as_json:
        print_json(made)
    else:
        for path in (made["sheet"], *made["strips"].values()):
            show(f"  {path}")


@collection.command(rich_help_panel=LOOK)
def verify(
    context: typer.Context,
    file: OptionalFile = None,
    network: NetworkName = None,
    only: Only = None,
    contract: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Instead of a file, from the contract alone."),
    ] = None,
    gateway: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="Read through this IPFS gateway; may be repeated."),
    ] = None,
    routing: Annotated[
        str | None, typer.Option(metavar="URL", help="Ask this router who announces the CIDs.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check everything from the chain down to the bytes."""
    from nftforge.chain.networks import find_network
    from nftforge.pipeline.verify import verify, verify_contract

    if file and contract:
        raise ConfigError("verify goes by a collection file or by --contract, not by both")
    if not contract:
        file = file or this_folder(context)
        found = verify(open_job(file, network, only), gateway or (), routing)
    elif network is None:
        raise ConfigError("--contract needs --network", hint="`nftforge networks` lists them")
    else:
        env = environment(Path())
        found = verify_contract(find_network(network), contract, env, gateway or (), routing)
    show_findings(found, as_json)
    _verdict(found, str(file or contract), as_json)


def _verdict(found: Mapping[str, Any], what: str, as_json: bool) -> None:
    """6 if anything differs, 4 if something has not come yet, else nothing."""
    if found["ok"]:
        return
    totals = found["totals"]
    error: NftforgeError = MismatchError(f"{what}: what is on chain and what was read differ")
    if (found["provenance"] or {}).get("state") == "broken":
        error = MismatchError(f"{what}: the frozen metadata is not what was committed to")
    elif not totals["failed"] and not found["not_minted"]:
        error = ServiceError(
            f"{what}: {totals['pending']} of {counted(totals['tokens'], 'token')} cannot be "
            "retrieved yet",
            hint="a fresh CID takes a while to be found: run it again later",
        )
    if as_json:
        raise typer.Exit(error.exit_code)
    raise error


@collection.command(rich_help_panel=LOOK)
def gallery(
    file: File = HERE,
    network: NetworkName = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A page for others: no source pictures, no checks."),
    ] = None,
    gateway: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="For what is not on this disk; may be repeated."),
    ] = None,
    serve: Annotated[
        bool, typer.Option("--serve", help="Serve it on this machine until Ctrl-C.")
    ] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="With --serve, on 127.0.0.1; 0: a free one.")
    ] = 8000,
    as_json: Json = False,
) -> None:
    """A page that shows the collection as a buyer sees it."""
    from nftforge.gallery.serve import PageServer
    from nftforge.pipeline.gallery.page import build_page

    job = open_job(file, network, None)
    with open_screen() as screen:
        found = build_page(job, screen, out, gateway or ())
    show_gallery(found, as_json)
    if serve:
        with listening(lambda: PageServer(found.written.index.parent, port), port) as server:
            show(server.url, sys.stderr if as_json else sys.stdout)
            server.serve_forever()


@dataclass(frozen=True)
class _Run:
    """A run as it was asked for."""

    file: Path
    until: str = "mint"
    network: str | None = None
    only: str | None = None
    dry: bool = False
    sending: SendOptions = field(default_factory=SendOptions)
    change_sold: bool = False


def _run(asked: _Run, as_json: bool) -> None:
    from nftforge.core.nearest import suggestion
    from nftforge.pipeline.out import shown_in
    from nftforge.pipeline.run import STAGES, dry_run, run

    if asked.until not in STAGES:
        near = suggestion(asked.until, STAGES).rstrip()
        raise ConfigError(f"--until {asked.until}: stages are {', '.join(STAGES)}", hint=near)
    if asked.sending.give_up and (asked.dry or asked.until != "mint"):
        raise ConfigError("--give-up goes with a run that mints: it changes the journal")
    job = open_job(asked.file, asked.network, asked.only, give_up=asked.sending.give_up)
    page = None
    with open_screen() as screen:
        if asked.dry:
            outcome = dry_run(job, screen)
        else:
            consent = ask_first(job.network, asked.sending)
            change_art = ask_about_art(job.network, asked.sending, asked.change_sold)
            outcome = run(job, screen, consent, asked.until, change_art)
            if asked.until == "mint":
                from nftforge.pipeline.gallery.page import renew_page

                page = renew_page(job, outcome.document, screen)
    if asked.dry:
        show_dry_run(outcome, as_json)
    else:
        out = None if asked.until == "paint" else shown_in(job.file)
        show_run(outcome, as_json, asked.until, page, out)
