"""The command line: one typer application of the groups of commands beside this module.

    collection     the commands that make, show and check a collection
    owner          those for the owner of its contract, once it is minted: update, reveal ...
    selling        list, listings, delist, offers, accept, transfer
    tools          those that need none: stroke, cid, brushes, networks, doctor ...
    open           the gallery in the browser
    wallet, ipfs   keys; what is pinned on this disk
    everywhere     what every command can be told, wherever it stands; help, near: how help reads
    options        what several commands can be told, written once; collection_file: which is meant
    context        the environment, keys, the job
    dotenv         the `.env` files, each trusted as far as it is ours
    redaction      what is never printed
    confirm        what is asked before anything is sent
    output         what people see: nothing else prints results; columns, colour: how it fits
    screen, bars   what they see of work; log: where all of it goes too
    completion     what a shell offers at the TAB key; it needs nothing of the above

Heavy things (torch, web3, numba, pydantic) are imported inside the commands, so that
`nftforge --help` is quick. Errors pass through here untouched: `__main__` gives them exit codes.
"""

from __future__ import annotations

from typing import Annotated

import typer

from nftforge.cli.collection import collection
from nftforge.cli.help import MACHINE, Program
from nftforge.cli.ipfs import ipfs
from nftforge.cli.open import opening
from nftforge.cli.owner import owner
from nftforge.cli.selling import selling
from nftforge.cli.single import single
from nftforge.cli.tools import print_version, tools
from nftforge.cli.wallet import wallet

app = typer.Typer(
    name="nftforge",
    help="Turns pictures into a minted NFT collection, painted stroke by stroke.",
    no_args_is_help=True,
    cls=Program,
    context_settings={"help_option_names": ["--help", "-h"]},
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(collection)
app.add_typer(opening)
app.add_typer(owner)
app.add_typer(selling)
app.add_typer(single)
app.add_typer(tools)
app.add_typer(wallet, name="wallet", rich_help_panel=MACHINE)
app.add_typer(ipfs, name="ipfs", rich_help_panel=MACHINE)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        print_version()
        raise typer.Exit
