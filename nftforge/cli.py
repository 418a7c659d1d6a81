"""The command line: the only module that prints. It maps errors to exit codes and nothing more.

Heavy things (torch, web3, numba, pydantic) are imported inside the commands, so that
`nftforge --help` is quick. With `--json` stdout carries one JSON document and nothing else;
progress and messages go to stderr, where a terminal gets bars and a log gets plain lines.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from nftforge import __version__
from nftforge.errors import ConfigError, GuardError, NftforgeError

if TYPE_CHECKING:
    from nftforge.pipeline import Job
    from nftforge.terminal import Screen

app = typer.Typer(
    name="nftforge",
    help="Turns pictures into a minted NFT collection, painted stroke by stroke.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
wallet_app = typer.Typer(help="Keys for test networks and mainnets.", no_args_is_help=True)
app.add_typer(wallet_app, name="wallet")

File = Annotated[Path, typer.Argument(metavar="FILE", help="The collection file.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
NetworkName = Annotated[
    str | None, typer.Option("--network", metavar="NAME", help="Instead of the file's network.")
]
Only = Annotated[str | None, typer.Option("--only", metavar="ID,..", help="Only these pieces.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before sending transactions.")]
Broadcast = Annotated[bool, typer.Option("--broadcast", help="Really send on a mainnet.")]
ConfirmChain = Annotated[
    int | None,
    typer.Option(
        "--confirm-chain", metavar="ID", help="The mainnet's chain id, instead of typing it."
    ),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks.")]


# --- the main job -------------------------------------------------------------------------------


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
    debug: Debug = False,
) -> None:
    """Paint, render, pin and mint what is not there yet."""


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        print(f"nftforge {__version__}")
        raise typer.Exit


def main() -> NoReturn:
    app()
