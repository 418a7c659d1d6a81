"""The command line: maps flags to calls and hands the results to `screen`.

    cli            the commands that make, show and check a collection
    owner          those for the owner of its contract, once it is minted: update, reveal ...
    tools          those that need none: stroke, cid, brushes, networks, doctor, wallet ...
    surroundings   what every command has around it: its options, the environment, keys
    consent        what is asked before anything is sent
    screen         what people see: nothing below these modules prints

Heavy things (torch, eth_account, numba, pydantic) are imported inside the commands, so that
`nftforge --help` is quick. Errors pass through here untouched: `__main__` gives them exit codes.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from nftforge import __version__
from nftforge.cli.confirm import ask_first
from nftforge.cli.context import (
    Broadcast,
    ConfirmChain,
    File,
    Json,
    NetworkName,
    Only,
    OptionalFile,
    Yes,
    environment,
    listening,
    open_job,
    open_screen,
)
from nftforge.cli.output import (
    print_bill,
    print_json,
    show_exhibition,
    show_findings,
    show_outcome,
    show_plan,
)
from nftforge.cli.owner import owner
from nftforge.cli.tools import ipfs_app, tools, wallet_app
from nftforge.core.errors import ConfigError, MismatchError, NftforgeError, ServiceError

app = typer.Typer(
    name="nftforge",
    help="Turns pictures into a minted NFT collection, painted stroke by stroke.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(owner)
app.add_typer(tools)
app.add_typer(wallet_app, name="wallet")
app.add_typer(ipfs_app, name="ipfs")


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks (may stand after the command too).")
    ] = False,
) -> None:
    if version:
        print(f"nftforge {__version__}")
        raise typer.Exit


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to.")] = Path(),
) -> None:
    """Write a starter collection that runs as it is."""
    from nftforge.cli.starter import write_starter

    path = write_starter(folder)
    print(f"{path} is ready. Next: nftforge run {path}")


@app.command()
def run(
    file: File,
    network: NetworkName = None,
    until: Annotated[
        str, typer.Option(metavar="STAGE", help="Stop after paint, render, pin or mint.")
    ] = "mint",
    only: Only = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Make everything, send nothing, show the bill.")
    ] = False,
    yes: Yes = False,
    broadcast: Broadcast = False,
    confirm_chain: ConfirmChain = None,
    as_json: Json = False,
) -> None:
    """Paint, render, pin and mint what is not there yet."""
    _run(file, network, until, only, yes, broadcast, confirm_chain, as_json, dry_run)


@app.command()
def plan(file: File, network: NetworkName = None, only: Only = None, as_json: Json = False) -> None:
    """What run would do, why, and its cost; sends nothing."""
    from nftforge.pipeline import run as pipeline

    show_plan(pipeline.plan(open_job(file, network, only)), as_json)


@app.command()
def paint(file: File, only: Only = None, as_json: Json = False) -> None:
    """Paint the pieces: find their strokes."""
    _run(file, None, "paint", only, as_json=as_json)


@app.command()
def render(file: File, only: Only = None, as_json: Json = False) -> None:
    """Up to rendering: stills, GIFs and MP4s."""
    _run(file, None, "render", only, as_json=as_json)


@app.command()
def pin(
    file: OptionalFile = None,
    only: Only = None,
    car: Annotated[
        Path | None,
        typer.Option("--from", metavar="CAR", help="Pin everything in this backup instead."),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(metavar="NAME,..", help="With --from and no file: to these back-ends."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Up to pinning media and metadata to IPFS."""
    if car:
        _repin(file, car, to, as_json)
    elif file is None or to:
        raise ConfigError("pin needs a collection file, or --from CAR and --to NAME")
    else:
        _run(file, None, "pin", only, as_json=as_json)


def _repin(file: Path | None, car: Path, to: str | None, as_json: bool) -> None:
    from nftforge.config.models import load_collection, pin_section
    from nftforge.pipeline.pinning import pin as pinning
    from nftforge.pipeline.pinning.backends import check_names

    if not car.is_file():
        raise ConfigError(f"there is no file {car}")
    if (file is None) == (to is None):
        raise ConfigError("--from needs a collection file that names back-ends, or --to NAME,..")
    if file:
        collection = load_collection(file)
        check_names(collection)
        section, folder = collection.collection.pin, collection.work_folder
    else:
        section, folder = pin_section(to or ""), Path(".nftforge")
    env = environment(file.parent if file else Path())
    folder.mkdir(exist_ok=True)
    with open_screen(env) as screen:
        done = pinning.repin(section, folder, env, car, screen)
    if as_json:
        print_json(done)
    else:
        print(f"{done['files']} files, {done['bytes'] / 1e6:.2f} MB: {', '.join(done['to'])}")


@app.command()
def mint(
    file: File,
    network: NetworkName = None,
    only: Only = None,
    yes: Yes = False,
    broadcast: Broadcast = False,
    confirm_chain: ConfirmChain = None,
    as_json: Json = False,
) -> None:
    """Up to minting: the same as run."""
    _run(file, network, "mint", only, yes, broadcast, confirm_chain, as_json)


@app.command()
def status(
    file: File, network: NetworkName = None, only: Only = None, as_json: Json = False
) -> None:
    """Where each piece stands."""
    from nftforge.pipeline import run as pipeline

    job = open_job(file, network, only)
    with open_screen(job.env) as screen:
        found = pipeline.status(job, screen)
    show_outcome(found, as_json)


@app.command()
def sheet(
    file: File,
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="FILE", help="The picture, .png or .jpg.")
    ] = Path("sheet.png"),
    strips: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Also how each piece came about, a picture each."),
    ] = None,
    size: Annotated[int, typer.Option(min=300, max=16_000, help="Longer side, pixels.")] = 2400,
    font: Annotated[
        Path | None, typer.Option(metavar="FILE", help="For names that are not in Latin letters.")
    ] = None,
    network: NetworkName = None,
    only: Only = None,
    as_json: Json = False,
) -> None:
    """One picture of the whole collection, to show around."""
    from nftforge.pipeline import run as pipeline
    from nftforge.pipeline.sheets import SheetOptions

    options = SheetOptions(out, strips, size, font)
    job = open_job(file, network, only)
    with open_screen(job.env) as screen:
        made = pipeline.sheet(job, screen, options)
    if as_json:
        print_json(made)
    else:
        for path in (made["sheet"], *made["strips"].values()):
            print(f"  {path}")


@app.command()
def verify(
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
    from nftforge.pipeline import run as pipeline

    if (file is None) == (contract is None):
        raise ConfigError("verify needs a collection file, or --contract ADDRESS and --network")
    if file is not None:
        found = pipeline.verify(open_job(file, network, only), gateway or (), routing)
    elif network is None:
        raise ConfigError("--contract needs --network", hint="`nftforge networks` lists them")
    else:
        env = environment(Path())
        found = pipeline.verify_contract(
            find_network(network), str(contract), env, gateway or (), routing
        )
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
            f"{what}: {totals['pending']} of {totals['tokens']} tokens cannot be retrieved yet",
            hint="a fresh CID takes a while to be found: run it again later",
        )
    if as_json:
        raise typer.Exit(error.exit_code)
    raise error


@app.command()
def gallery(
    file: File,
    network: NetworkName = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A page for others: without source pictures."),
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
    from nftforge.pipeline.gallery.page import exhibit

    job = open_job(file, network, None)
    with open_screen(job.env) as screen:
        found = exhibit(job, screen, out, gateway or ())
    show_exhibition(found, as_json)
    if serve:
        with listening(lambda: PageServer(found.written.index.parent, port), port) as server:
            print(server.url, flush=True, file=sys.stderr if as_json else sys.stdout)
            server.serve_forever()


def _run(
    file: Path,
    network: str | None,
    until: str,
    only: str | None,
    yes: bool = False,
    broadcast: bool = False,
    confirm_chain: int | None = None,
    as_json: bool = False,
    dry_run: bool = False,
) -> None:
    from nftforge.pipeline import run as pipeline

    if until not in pipeline.STAGES:
        raise ConfigError(f"--until {until}: stages are {', '.join(pipeline.STAGES)}")
    job = open_job(file, network, only)

    consent = ask_first(job, yes, broadcast, confirm_chain)
    with open_screen(job.env) as screen:
        if dry_run:
            outcome = pipeline.rehearse(job, screen)
        else:
            outcome = pipeline.run(job, screen, consent, until)
            if until == "mint":
                from nftforge.pipeline.gallery.page import exhibit_after_run

                exhibit_after_run(job, outcome.document, screen)
    show_outcome(outcome, as_json)
    if dry_run and not as_json:
        bill, used = outcome.document["bill"], outcome.document["rehearsal"]
        print_bill(bill, sys.stdout)
        print(f"  rehearsed: {used['gas']:,} gas, {used['cost']:.6f} {bill['currency']}")
