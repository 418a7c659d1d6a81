"""`nftforge wallet`: keys, kept encrypted on this disk or on a Ledger."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from nftforge.cli.columns import Column, Table
from nftforge.cli.context import new_password
from nftforge.cli.help import Commands
from nftforge.cli.home import keystores
from nftforge.cli.output import show, show_table
from nftforge.cli.prompts import ask_secret

wallet = typer.Typer(
    help="Keys for test networks and mainnets.",
    no_args_is_help=True,
    rich_markup_mode=None,
    cls=Commands,
)


@wallet.command("new")
def wallet_new(name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Make a key and keep it encrypted."""
    from nftforge.chain.wallet import new_signer, save_keystore

    signer = new_signer()
    path = save_keystore(signer, name, keystores(), new_password())
    show(signer.address)
    show(f"  {path}")
    show(f"  put NFTFORGE_KEYSTORE={name} into .env, and back it up")


@wallet.command("import")
def wallet_import(name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Keep a key of yours encrypted; it is asked for, or read from stdin."""
    from nftforge.chain.wallet import key_signer, save_keystore

    key = ask_secret("Private key") if sys.stdin.isatty() else sys.stdin.readline()
    signer = key_signer(key)
    path = save_keystore(signer, name, keystores(), new_password())
    show(signer.address)
    show(f"  {path}")


@wallet.command("address")
def wallet_address(
    name: Annotated[str | None, typer.Argument(metavar="NAME")] = None,
) -> None:
    """The address of a keystore, or of all of them."""
    from nftforge.chain.wallet import keystore_address, keystore_path

    if name:
        show(keystore_address(keystore_path(name, keystores())))
        return
    table = Table(Column(20, gap=0), Column())
    for path in sorted(keystores().glob("*.json")):
        table.row(path.stem, keystore_address(path))
    show_table(table)


@wallet.command("ledger")
def wallet_ledger(
    path: Annotated[str | None, typer.Argument(metavar="PATH")] = None,
) -> None:
    """The address of a Ledger's account; compare it with what the device shows."""
    from nftforge.chain.ledger import DEFAULT_PATH, address_of

    path = path or DEFAULT_PATH
    show(f"approve the address of {path} on the Ledger", sys.stderr)
    show(address_of(path, show=True))
