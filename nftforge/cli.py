"""The command line: maps flags to calls and hands the results to `screen`.

Heavy things (torch, eth_account, numba, pydantic) are imported inside the commands, so that
`nftforge --help` is quick. Errors pass through here untouched: `__main__` gives them exit codes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from nftforge import __version__
from nftforge.errors import (
    ConfigError,
    FundsError,
    GuardError,
    MismatchError,
    NftforgeError,
    ServiceError,
)
from nftforge.screen import (
    Screen,
    print_bill,
    print_json,
    redacted,
    show_action,
    show_exhibition,
    show_findings,
    show_outcome,
    show_plan,
)

if TYPE_CHECKING:
    from nftforge.job import Job
    from nftforge.pipeline import Consent
    from nftforge.stages.stage import Report

app = typer.Typer(
    name="nftforge",
    help="Turns pictures into a minted NFT collection, painted stroke by stroke.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
wallet_app = typer.Typer(
    help="Keys for test networks and mainnets.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(wallet_app, name="wallet")
ipfs_app = typer.Typer(
    help="A gateway to what is pinned on this disk.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(ipfs_app, name="ipfs")

File = Annotated[Path, typer.Argument(metavar="FILE", help="The collection file.")]
OptionalFile = Annotated[Path | None, typer.Argument(metavar="FILE", help="The collection file.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
NetworkName = Annotated[
    str | None, typer.Option("--network", metavar="NAME", help="Instead of the file's network.")
]
Only = Annotated[str | None, typer.Option("--only", metavar="ID,..", help="Only these pieces.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before sending transactions.")]
Broadcast = Annotated[bool, typer.Option("--broadcast", help="Really send on a mainnet.")]
ConfirmChain = Annotated[
    int | None,
    typer.Option("--confirm-chain", metavar="ID", help="Confirm a mainnet by its chain id."),
]


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


# --- the main job -------------------------------------------------------------------------------


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to.")] = Path(),
) -> None:
    """Write a starter collection that runs as it is."""
    from nftforge.starter import write_starter

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
    from nftforge import pipeline

    show_plan(pipeline.plan(_job(file, network, only)), as_json)


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
    from nftforge import pipeline
    from nftforge.config import load_collection, pin_section
    from nftforge.stages.backends import check_names

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
    with _screen(env) as screen:
        done = pipeline.repin(section, folder, env, car, screen)
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
    from nftforge import pipeline

    job = _job(file, network, only)
    with _screen(job.env) as screen:
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
    from nftforge import pipeline
    from nftforge.stages.sheets import SheetWish

    wish = SheetWish(out, strips, size, font)
    job = _job(file, network, only)
    with _screen(job.env) as screen:
        made = pipeline.sheet(job, screen, wish)
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
    from nftforge import pipeline
    from nftforge.chain.networks import find_network

    if (file is None) == (contract is None):
        raise ConfigError("verify needs a collection file, or --contract ADDRESS and --network")
    if file is not None:
        found = pipeline.verify(_job(file, network, only), gateway or (), routing)
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
    from nftforge.exhibit import exhibit
    from nftforge.gallery.serve import PageServer

    job = _job(file, network, None)
    with _screen(job.env) as screen:
        found = exhibit(job, screen, out, gateway or ())
    show_exhibition(found, as_json)
    if serve:
        with _listening(lambda: PageServer(found.written.index.parent, port), port) as server:
            print(server.url, flush=True, file=sys.stderr if as_json else sys.stdout)
            server.serve_forever()


@app.command()
def update(
    file: File,
    network: NetworkName = None,
    yes: Yes = False,
    broadcast: Broadcast = False,
    confirm_chain: ConfirmChain = None,
    as_json: Json = False,
) -> None:
    """Publish changed metadata of minted pieces."""
    from nftforge import pipeline

    outcome = _sent(pipeline.update, file, network, yes, broadcast, confirm_chain)
    show_outcome(outcome, as_json)


@app.command()
def reveal(
    file: File,
    network: NetworkName = None,
    yes: Yes = False,
    broadcast: Broadcast = False,
    confirm_chain: ConfirmChain = None,
    as_json: Json = False,
) -> None:
    """Show what a placeholder hid, as it was committed to."""
    from nftforge import pipeline

    outcome = _sent(pipeline.reveal, file, network, yes, broadcast, confirm_chain)
    show_outcome(outcome, as_json)


@app.command()
def freeze(
    file: File,
    network: NetworkName = None,
    yes: Yes = False,
    broadcast: Broadcast = False,
    confirm_chain: ConfirmChain = None,
    as_json: Json = False,
) -> None:
    """Make the metadata unchangeable, for ever."""
    from nftforge import pipeline

    found = _sent(pipeline.freeze, file, network, yes, broadcast, confirm_chain)
    show_action(found, as_json)


@app.command("transfer-ownership")
def transfer_ownership(
    file: File,
    to: Annotated[str, typer.Argument(metavar="ADDRESS", help="Who has to accept it.")],
    network: NetworkName = None,
    yes: Yes = False,
    broadcast: Broadcast = False,
    confirm_chain: ConfirmChain = None,
    as_json: Json = False,
) -> None:
    """Offer the contract to another owner."""
    from nftforge import pipeline
    from nftforge.config import check_address

    try:
        check_address(to)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    offer = partial(pipeline.transfer_ownership, to=to)
    show_action(_sent(offer, file, network, yes, broadcast, confirm_chain), as_json)


@app.command("verify-source")
def verify_source(file: File, network: NetworkName = None, as_json: Json = False) -> None:
    """Publish the contract's source: Sourcify, Etherscan."""
    from nftforge import pipeline

    job = _job(file, network, None)
    with _screen(job.env) as screen:
        found = pipeline.verify_source(job, screen)
    if as_json:
        print_json(found)
        return
    for row in found["published"]:
        print(
            f"{row['service']}: {row['match']}{' (before)' if row['before'] else ''} {row['url']}"
        )


Sent = TypeVar("Sent")


def _sent(
    act: Callable[[Job, Report, Consent], Sent],
    file: Path,
    network: str | None,
    yes: bool,
    broadcast: bool,
    confirm_chain: int | None,
) -> Sent:
    """What `act`, which may send transactions, gives for the collection in `file`."""
    job = _job(file, network, None)
    with _screen(job.env) as screen:
        return act(job, screen, _consent(job, yes, broadcast, confirm_chain))


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
    from nftforge import pipeline

    if until not in pipeline.STAGES:
        raise ConfigError(f"--until {until}: stages are {', '.join(pipeline.STAGES)}")
    job = _job(file, network, only)

    consent = _consent(job, yes, broadcast, confirm_chain)
    with _screen(job.env) as screen:
        if dry_run:
            outcome = pipeline.rehearse(job, screen)
        else:
            outcome = pipeline.run(job, screen, consent, until)
            if until == "mint":
                from nftforge.exhibit import exhibit_after_run

                exhibit_after_run(job, outcome.document, screen)
    show_outcome(outcome, as_json)
    if dry_run and not as_json:
        bill, used = outcome.document["bill"], outcome.document["rehearsal"]
        print_bill(bill, sys.stdout)
        print(f"  rehearsed: {used['gas']:,} gas, {used['cost']:.6f} {bill['currency']}")


def _job(file: Path, network: str | None, only: str | None) -> Job:
    from nftforge.config import load_collection
    from nftforge.job import Job, network_of
    from nftforge.pipeline import check

    collection_file = load_collection(file)
    job = Job(
        file=collection_file,
        network=network_of(collection_file, network),
        only=frozenset(part.strip() for part in only.split(",")) if only else frozenset(),
        env=environment(file.parent),
        keystores=_keystores(),
        ask_password=_ask_password if sys.stdin.isatty() else None,
    )
    check(job)
    return job


def _consent(job: Job, yes: bool, broadcast: bool, confirm_chain: int | None) -> Consent:
    return lambda bill: _ask(job, bill, yes, broadcast, confirm_chain)


def _ask(
    job: Job, bill: Mapping[str, Any], yes: bool, broadcast: bool, confirm_chain: int | None
) -> None:
    """Consent to sending: none needed in a rehearsal, typed for a mainnet."""
    network = job.network
    if bill["missing"] > 0:
        raise FundsError(
            f"{bill['signer']} has {bill['balance']:.6f} {bill['currency']} on {network.name}, "
            f"up to {bill['max_cost']:.6f} is needed",
            hint=f"send it {bill['missing']:.6f} {bill['currency']} and run again",
        )
    if network.is_rehearsal:
        return
    print_bill(bill, sys.stderr)
    if network.kind == "mainnet":
        if not broadcast:
            raise GuardError(
                f"{network.name} is a mainnet: this costs money and cannot be undone",
                hint=f"add --broadcast --confirm-chain {network.chain_id} to really do it",
            )
        if confirm_chain is None and sys.stdin.isatty():
            confirm_chain = typer.prompt(f"Type the chain id of {network.name}", type=int, err=True)
        if confirm_chain != network.chain_id:
            raise GuardError(f"the chain id given is {confirm_chain}, not {network.chain_id}")
    elif not yes:
        if not sys.stdin.isatty():
            raise GuardError("nobody is there to be asked", hint="add --yes to send all the same")
        if not typer.confirm(f"Send to {network.name}?", err=True):
            raise GuardError("not confirmed; nothing was sent")


# --- single tools -------------------------------------------------------------------------------


FRACTION = "Of strokes, as a fraction of the picture's longer side."


def _said(context: typer.Context, option: str) -> bool:
    """Whether an option was given on the command line."""
    source = context.get_parameter_source("psnr" if option == "target" else option)
    return source is not None and source.name == "COMMANDLINE"


@app.command()
def stroke(
    context: typer.Context,
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="The picture to paint.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Where results go.")],
    brush: Annotated[str, typer.Option(help="See `nftforge brushes`; or a grey PNG.")] = "oil",
    strokes: Annotated[
        int, typer.Option(min=1, max=20_000, help="How many; with --psnr, at most how many.")
    ] = 500,
    psnr: Annotated[
        float | None, typer.Option(min=1, max=60, help="Stop at this likeness, dB.")
    ] = None,
    seconds: Annotated[float | None, typer.Option(min=0.1, help="Stop after this time.")] = None,
    min_size: Annotated[float | None, typer.Option(min=0.003, max=0.9, help=FRACTION)] = None,
    max_size: Annotated[float | None, typer.Option(min=0.003, max=0.9, help=FRACTION)] = None,
    palette: Annotated[
        str | None, typer.Option(help="A number of colours, or colours: red,#102030.")
    ] = None,
    opaque: Annotated[bool, typer.Option("--opaque", help="No glazing.")] = False,
    lattice: Annotated[
        int | None, typer.Option(min=4, max=512, help="Tape lies on so many cells: pixel art.")
    ] = None,
    preset: Annotated[
        str | None, typer.Option(help="8-bit: tape, 16 colours, opaque, lattice of 64.")
    ] = None,
    loss: Annotated[str, typer.Option(help="l2 or l1.")] = "l2",
    transport: Annotated[
        float, typer.Option(min=0, max=1, help="Weight of the optimal-transport loss.")
    ] = 0.0,
    canvas: Annotated[str, typer.Option(help="A CSS colour, or transparent.")] = "white",
    seed: Annotated[int, typer.Option(min=0)] = 0,
    size: Annotated[int, typer.Option(min=16, max=4096, help="Longer side, pixels.")] = 1024,
    engine: Annotated[str, typer.Option(help="auto, analytic or neural.")] = "auto",
    as_json: Json = False,
) -> None:
    """Paint one picture, without a collection."""
    from nftforge.config import paint_options
    from nftforge.stages.paint import settings_from, tip_of
    from nftforge.stages.single import paint_single

    wish = {
        "brush": brush, "strokes": strokes, "seconds": seconds, "min_size": min_size,
        "max_size": max_size, "opaque": opaque, "loss": loss, "transport": transport,
        "canvas": canvas, "engine": engine, "palette": _palette(palette), "lattice": lattice,
        "target": None if psnr is None else {"psnr": psnr, "max_strokes": strokes},
    }  # fmt: skip
    if preset:  # it says what no option does
        wish = {name: value for name, value in wish.items() if _said(context, name)}
        wish["preset"] = preset
    settings = settings_from(paint_options(wish), seed)
    with _screen(environment(Path())) as screen:
        result = paint_single(image, out, settings, tip_of(brush, Path()), size, screen)
    if as_json:
        print_json(result)
    else:
        print(f"{result['strokes']} strokes, {result['psnr']:.2f} dB in {result['seconds']} s")
        for path in result["files"].values():
            print(f"  {path}")


@app.command()
def draw(
    strokes: Annotated[Path, typer.Argument(metavar="STROKES", help="A stroke file (.npz).")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Where results go.")],
    size: Annotated[int, typer.Option(min=16, max=4096, help="Longer side, pixels.")] = 1024,
    as_json: Json = False,
) -> None:
    """Draw a stroke file again, at any size."""
    from nftforge.painting.strokes import Strokes
    from nftforge.stages.single import draw_single

    with _screen(os.environ) as screen:
        files = draw_single(Strokes.load(strokes), out, size, strokes.stem, screen)
    if as_json:
        print_json({"size": size, "files": files})
    else:
        for path in files.values():
            print(f"  {path}")


def _palette(text: str | None) -> int | list[str] | None:
    """A number of colours, or their names."""
    if text is None:
        return None
    return int(text) if text.strip().isdigit() else [name.strip() for name in text.split(",")]


@app.command()
def cid(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A file or folder.")],
    profile: Annotated[str, typer.Option(help="kubo-v1 or unixfs-v1-2025.")] = "kubo-v1",
    as_json: Json = False,
) -> None:
    """The CID of a file or folder, as `ipfs add` gives it."""
    from nftforge.ipfs.unixfs import PROFILES, import_path

    if profile not in PROFILES:
        raise ConfigError(
            f"there is no profile {profile!r}", hint=f"profiles: {', '.join(PROFILES)}"
        )
    if not path.exists():
        raise ConfigError(f"there is no file or folder {path}")
    entry = import_path(path, PROFILES[profile])
    if as_json:
        print_json(
            {"path": str(path), "profile": profile, "cid": str(entry.cid), "size": entry.size}
        )
    else:
        print(entry.cid)


@app.command()
def brushes(
    sheet: Annotated[
        Path | None,
        typer.Option("-o", "--sheet", metavar="FILE", help="Show them in a picture, .png or .jpg."),
    ] = None,
    size: Annotated[int, typer.Option(min=300, max=16_000, help="Of its longer side.")] = 2000,
    as_json: Json = False,
) -> None:
    """The brushes there are."""
    from nftforge.painting.brushes import brush_names, load_brush

    about = {name: load_brush(name).BRUSH.about for name in brush_names()}
    if sheet:
        from nftforge.stages.sheets import swatch_sheet

        with _screen(os.environ) as screen:
            swatch_sheet(sheet, size, screen)
    if as_json:
        print_json([{"name": name, "about": text} for name, text in about.items()])
    else:
        for name, text in about.items():
            print(f"{name:<12} {text}")


@app.command()
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
    for row in rows:
        ready = "ready" if row["rpc_set"] else f"set {row['rpc_env']}"
        print(f"{row['name']:<14} {row['chain_id']:>9}  {row['kind']:<9} {ready}")


@app.command()
def doctor(as_json: Json = False) -> None:
    """What this machine has and lacks."""
    from nftforge.doctor import examine

    rows = examine(environment(Path()), _keystores())
    if as_json:
        print_json({"ok": all(row["ok"] or not row["needed"] for row in rows), "checks": rows})
    else:
        for row in rows:
            mark = "ok" if row["ok"] else "MISSING" if row["needed"] else "-"
            print(f"{mark:<8} {row['name']:<22} {row['detail']}")
    if not all(row["ok"] or not row["needed"] for row in rows):
        raise typer.Exit(3)


@app.command()
def schema() -> None:
    """The JSON Schema of collection.yaml, for editors."""
    from nftforge.config import schema as collection_schema

    print_json(collection_schema())


@ipfs_app.command("serve")
def ipfs_serve(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The collection file.")] = Path(
        "collection.yaml"
    ),
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="On 127.0.0.1; 0 takes a free one.")
    ] = 8080,
) -> None:
    """Serve what is pinned on this disk as a small IPFS gateway, until Ctrl-C."""
    from nftforge.config import load_collection
    from nftforge.ipfs.blockstore import Blockstore
    from nftforge.ipfs.serve import Gateway

    folder = load_collection(file).work_folder / "ipfs" / "blocks"
    if not folder.is_dir():
        raise ConfigError(f"nothing is pinned in {folder}", hint=f"run `nftforge pin {file}` first")
    with _listening(lambda: Gateway(Blockstore(folder).get, port), port) as server:
        print(f"{server.url}/ipfs/<cid>", flush=True)
        server.serve_forever()


Server = TypeVar("Server")


def _listening(start: Callable[[], Server], port: int) -> Server:
    """A server that has its port. Raises ConfigError if another has it."""
    try:
        return start()
    except OSError as error:
        raise ConfigError(
            f"port {port} cannot be used: {error.strerror}", hint="choose another with --port"
        ) from None


@wallet_app.command("new")
def wallet_new(name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Make a key and keep it encrypted."""
    from nftforge.chain.wallet import new_signer, save_keystore

    signer = new_signer()
    path = save_keystore(signer, name, _keystores(), _new_password())
    print(f"{signer.address}\n  {path}\n  put NFTFORGE_KEYSTORE={name} into .env, and back it up")


@wallet_app.command("import")
def wallet_import(name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Keep a key of yours encrypted; it is asked for, or read from stdin."""
    from nftforge.chain.wallet import key_signer, save_keystore

    if sys.stdin.isatty():
        key = typer.prompt("Private key", hide_input=True, err=True)
    else:
        key = sys.stdin.readline()
    signer = key_signer(key)
    path = save_keystore(signer, name, _keystores(), _new_password())
    print(f"{signer.address}\n  {path}")


@wallet_app.command("address")
def wallet_address(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]")] = None,
) -> None:
    """The address of a keystore, or of all of them."""
    from nftforge.chain.wallet import keystore_address, keystore_path

    if name:
        print(keystore_address(keystore_path(name, _keystores())))
        return
    for path in sorted(_keystores().glob("*.json")):
        print(f"{path.stem:<20} {keystore_address(path)}")


@wallet_app.command("ledger")
def wallet_ledger(
    path: Annotated[str | None, typer.Argument(metavar="[PATH]")] = None,
) -> None:
    """The address of a Ledger's account; compare it with what the device shows."""
    from nftforge.chain.ledger import DEFAULT_PATH, address_of

    path = path or DEFAULT_PATH
    print(f"approve the address of {path} on the Ledger", file=sys.stderr)
    print(address_of(path, show=True))


# --- the surroundings ---------------------------------------------------------------------------


def environment(folder: Path) -> dict[str, str]:
    """The environment, over the `.env` beside the collection, over the `.env` here."""
    from dotenv import dotenv_values

    files = [dotenv_values(place / ".env") for place in (Path(), folder)]
    given = {key: value for file in files for key, value in file.items() if value}
    for name in ("NFTFORGE_THREADS", "NFTFORGE_DEVICE"):  # what this machine paints with
        if name in given:
            os.environ.setdefault(name, given[name])
    return {**given, **os.environ}


def _keystores() -> Path:
    home = os.environ.get("NFTFORGE_HOME")
    return (Path(home) if home else Path.home() / ".nftforge") / "keystores"


def _ask_password() -> str:
    return str(typer.prompt("Keystore password", hide_input=True, err=True))


def _new_password() -> str:
    from nftforge.chain.wallet import read_password

    if password := read_password(environment(Path())):
        return password
    if not sys.stdin.isatty():
        raise ConfigError("no password", hint="set NFTFORGE_KEYSTORE_PASSWORD_FILE")
    return str(typer.prompt("New password", hide_input=True, confirmation_prompt=True, err=True))


def _screen(env: Mapping[str, str]) -> Screen:
    return Screen(lambda text: redacted(text, env))
