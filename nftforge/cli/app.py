"""The command line: one typer application of the groups of commands beside this module.

    collection     the commands that make, show and check a collection
    owner          those for the owner of its contract, once it is minted: update, reveal ...
    tools          those that need none: stroke, cid, brushes, networks, doctor ...
    wallet, ipfs   keys; what is pinned on this disk
    options        what commands can be told, written once
    context        the environment, keys, the job
    dotenv         the `.env` files, each trusted as far as it is ours
    redaction      what is never printed
    confirm        what is asked before anything is sent
    output         what people see: nothing else prints results

Heavy things (torch, web3, numba, pydantic) are imported inside the commands, so that
`nftforge --help` is quick. Errors pass through here untouched: `__main__` gives them exit codes.
"""

from __future__ import annotations

from typing import Annotated

import typer

from nftforge import __version__
from nftforge.cli.collection import collection
from nftforge.cli.ipfs import ipfs
from nftforge.cli.owner import owner
from nftforge.cli.tools import tools
from nftforge.cli.wallet import wallet

app = typer.Typer(
    name="nftforge",
    help="Turns pictures into a minted NFT collection, painted stroke by stroke.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(collection)
app.add_typer(owner)
app.add_typer(tools)
app.add_typer(wallet, name="wallet")
app.add_typer(ipfs, name="ipfs")


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
