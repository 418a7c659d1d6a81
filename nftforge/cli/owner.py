"""The commands for the owner of a contract, once the collection is minted.

All but `verify-source` send transactions, and ask first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from nftforge.cli.collection_file import HERE
from nftforge.cli.confirm import ask_about_art, ask_first
from nftforge.cli.context import open_job, open_screen
from nftforge.cli.help import OWN
from nftforge.cli.options import (
    ChangeSold,
    File,
    Json,
    NetworkName,
    OptionalFile,
    SendOptions,
    expanded,
    this_folder,
)
from nftforge.cli.output import print_json, show, show_action
from nftforge.cli.summary import show_run
from nftforge.core.errors import ConfigError

if TYPE_CHECKING:
    from nftforge.core.stage import Report
    from nftforge.pipeline.documents import Outcome
    from nftforge.pipeline.job import Job
    from nftforge.pipeline.minting.mint import Consent

owner = typer.Typer()


@owner.command(rich_help_panel=OWN)
@expanded
def update(
    file: File = HERE,
    network: NetworkName = None,
    *,
    sending: SendOptions,
    change_sold: ChangeSold = False,
    as_json: Json = False,
) -> None:
    """Publish changed metadata of minted pieces."""
    from nftforge.pipeline.owner import update

    def publish(job: Job, report: Report, consent: Consent) -> Outcome:
        return update(job, report, consent, ask_about_art(job.network, sending, change_sold))

    show_run(_sent(publish, file, network, sending), as_json)


@owner.command(rich_help_panel=OWN)
@expanded
def reveal(
    file: File = HERE,
    network: NetworkName = None,
    *,
    sending: SendOptions,
    as_json: Json = False,
) -> None:
    """Show what a placeholder hid, as it was committed to."""
    from nftforge.pipeline.owner import reveal

    show_run(_sent(reveal, file, network, sending), as_json)


@owner.command(rich_help_panel=OWN)
@expanded
def freeze(
    file: File = HERE,
    network: NetworkName = None,
    *,
    sending: SendOptions,
    as_json: Json = False,
) -> None:
    """Make the metadata unchangeable, for ever."""
    from nftforge.pipeline.owner import freeze

    found = _sent(freeze, file, network, sending)
    show_action(found, as_json)


@owner.command("transfer-ownership", rich_help_panel=OWN)
@expanded
def transfer_ownership(
    context: typer.Context,
    file: OptionalFile = None,
    to: Annotated[
        str | None, typer.Argument(metavar="ADDRESS", help="Who has to accept it.")
    ] = None,
    network: NetworkName = None,
    *,
    sending: SendOptions,
    as_json: Json = False,
) -> None:
    """Offer the contract to another owner."""
    from nftforge.config.values import check_address
    from nftforge.pipeline.owner import transfer_ownership

    if to is None:  # with one argument it is the address
        to, file = str(file or ""), None
    try:
        check_address(to)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    offer = partial(transfer_ownership, to=to)
    show_action(_sent(offer, file or this_folder(context), network, sending), as_json)


@owner.command("verify-source", rich_help_panel=OWN)
def verify_source(file: File = HERE, network: NetworkName = None, as_json: Json = False) -> None:
    """Publish the contract's source: Sourcify, Etherscan."""
    from nftforge.pipeline.owner import verify_source

    job = open_job(file, network, None)
    with open_screen() as screen:
        found = verify_source(job, screen)
    if as_json:
        print_json(found)
        return
    for row in found["published"]:
        show(f"{row['service']}: {row['match']}{' (before)' if row['before'] else ''} {row['url']}")


Sent = TypeVar("Sent")


def _sent(
    act: Callable[[Job, Report, Consent], Sent],
    file: Path,
    network: str | None,
    sending: SendOptions,
) -> Sent:
    """What `act`, which may send transactions, gives for the collection in `file`."""
    job = open_job(file, network, None, give_up=sending.give_up)
    with open_screen() as screen:
        return act(job, screen, ask_first(job.network, sending))
