"""`nftforge wallet`: keys, kept encrypted on this disk or on a Ledger."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from nftforge.cli.columns import Column, Table
from nftforge.cli.context import ask_password, environment, new_password
from nftforge.cli.help import Commands
from nftforge.cli.home import keystores
from nftforge.cli.output import show, show_table
from nftforge.cli.prompts import ask_secret, can_ask
from nftforge.core.errors import ConfigError, MissingError

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
        show(_address_of(keystore_path(name, keystores())))
        return
    table = Table(Column(20, gap=0), Column())
    for path in sorted(keystores().glob("*.json")):
        table.row(path.stem, keystore_address(path) or NOT_WRITTEN.format(path.stem))
    show_table(table)


NOT_WRITTEN = "is not written in it; `nftforge wallet address {}` asks for the password"


def _address_of(path: Path) -> str:
    """What the file says, held against its key if a password is known that opens it; what it does
    not say, its key does. Raises MismatchError, and MissingError if there is no password."""
    from nftforge.chain.wallet import keystore_address, read_password, unlock

    says, password = keystore_address(path), read_password(environment(Path()))
    if says is None and not password:
        if not can_ask():
            raise MissingError(
                f"{path} does not say its address: only its key does",
                hint="set NFTFORGE_KEYSTORE_PASSWORD_FILE, or ask on a terminal",
            )
        password = ask_password()
    if not password:
        return str(says)
    try:
        return unlock(path, password).address
    except ConfigError:
        if says is None:
            raise
        return says  # the password is that of another keystore


@wallet.command("ledger")
def wallet_ledger(
    path: Annotated[str | None, typer.Argument(metavar="PATH")] = None,
) -> None:
    """The address of a Ledger's account; compare it with what the device shows."""
    from nftforge.chain.ledger import DEFAULT_PATH, address_of

    path = path or DEFAULT_PATH
    show(f"approve the address of {path} on the Ledger", sys.stderr)
    show(address_of(path, show=True))
