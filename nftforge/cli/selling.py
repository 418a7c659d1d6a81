"""The commands that sell: list, listings, delist, offers, accept; and transfer, a gift.

What is promised is shown as a table above the one question: each price also as a multiple of the
others, what reaches the seller, and until when. `run` never lists.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nftforge.cli.collection_file import HERE
from nftforge.cli.columns import Column, Table
from nftforge.cli.confirm import ask_first
from nftforge.cli.context import environment, open_job, open_screen
from nftforge.cli.help import SELL
from nftforge.cli.options import (
    File,
    Json,
    NetworkName,
    Only,
    OptionalFile,
    SendOptions,
    expanded,
    this_folder,
)
from nftforge.cli.output import print_bill, print_json, show, show_table
from nftforge.cli.prompts import ask_yes, can_ask
from nftforge.core.errors import ConfigError, GuardError
from nftforge.core.money import in_ether
from nftforge.core.plural import counted

if TYPE_CHECKING:
    from nftforge.core.stage import Report
    from nftforge.pipeline.job import Job
    from nftforge.pipeline.minting.mint import Consent

selling = typer.Typer()
NOTHING_DONE = "nothing was signed or sent"

PriceIsRight = Annotated[
    bool, typer.Option("--price-is-right", help="A price far from the others is meant.")
]
From = Annotated[
    Path | None, typer.Option("--from", metavar="FILE", help="Orders that a collector sent (JSON).")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show what would be done; sign and send nothing.")
]
Piece = Annotated[str | None, typer.Argument(metavar="PIECE", help="Its id, as status shows it.")]


@selling.command("list", rich_help_panel=SELL)
@expanded
def list_(
    file: File = HERE,
    network: NetworkName = None,
    only: Only = None,
    on_chain: Annotated[
        bool, typer.Option("--on-chain", help="One transaction instead of signatures.")
    ] = False,
    price_is_right: PriceIsRight = False,
    orders: Annotated[
        Path | None,
        typer.Option(
            "--orders", metavar="FILE", help="Also write the signed orders: who has it can buy."
        ),
    ] = None,
    dry_run: DryRun = False,
    *,
    sending: SendOptions,
    as_json: Json = False,
) -> None:
    """Put pieces up for sale at the file's prices."""
    from nftforge.pipeline.selling.offering import ListOptions, list_pieces

    options = ListOptions(on_chain, price_is_right, orders)

    def act(job: Job, report: Report, consent: Consent) -> dict[str, Any]:
        return list_pieces(job, report, consent, options, dry_run=dry_run)

    found = _sent(act, file, network, only, sending, dry_run=dry_run)
    if as_json:
        print_json(found)
    else:
        _show_orders(found)
        if not found["bill"]["transactions"] and all(row["cached"] for row in found["orders"]):
            show("nothing to do: all is listed as the file says")
        elif dry_run:
            show(NOTHING_DONE)
    if found["refused"]:
        raise typer.Exit(GuardError.exit_code)


@selling.command(rich_help_panel=SELL)
def listings(
    context: typer.Context,
    file: OptionalFile = None,
    network: NetworkName = None,
    only: Only = None,
    contract: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Instead of a file, from the chain alone.")
    ] = None,
    as_json: Json = False,
) -> None:
    """What is for sale, sold, withdrawn, and what is wrong."""
    from nftforge.chain.networks import find_network
    from nftforge.pipeline.selling.ending import listings, listings_of_contract

    if contract and (file or network is None):
        raise ConfigError("--contract goes with --network, and without a file")
    with open_screen() as screen:
        if contract:
            found = listings_of_contract(
                find_network(str(network)), _address(contract), environment(Path()), screen
            )
        else:
            found = listings(open_job(file or this_folder(context), network, only), screen)
    if as_json:
        print_json(found)
    else:
        _show_listings(found)


@selling.command(rich_help_panel=SELL)
@expanded
def delist(
    file: File = HERE,
    network: NetworkName = None,
    only: Only = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every order ever made, in one transaction.")
    ] = False,
    revoke: Annotated[
        bool, typer.Option("--revoke", help="And take back the approval, if nothing is listed.")
    ] = False,
    dry_run: DryRun = False,
    *,
    sending: SendOptions,
    as_json: Json = False,
) -> None:
    """Withdraw what is for sale, on the chain."""
    from nftforge.pipeline.selling.ending import delist

    if everything and only:
        raise ConfigError("--all withdraws every order; --only names some: take one")

    def act(revoke: bool) -> dict[str, Any]:
        def withdraw(job: Job, report: Report, consent: Consent) -> dict[str, Any]:
            return delist(
                job, report, consent, everything=everything, revoke=revoke, dry_run=dry_run
            )

        return _sent(withdraw, file, network, only, sending, dry_run=dry_run)

    found = act(revoke)
    too = "Nothing is listed any more. Take back the market's approval too?"
    asked = found["approved"] and can_ask() and not sending.yes and not dry_run
    if asked and ask_yes(too):
        found["sent"] += act(True)["sent"]
        found["approved"] = []
    if as_json:
        print_json(found)
        return
    if dry_run:
        show(f"{counted(len(found['withdrawn']), 'order')} to withdraw on {_where(found)}")
        _show_rehearsal(found)
    elif not found["sent"]:
        show(f"nothing to withdraw on {_where(found)}: no order is alive")
    else:
        show(f"{counted(len(found['withdrawn']), 'order')} withdrawn on {_where(found)}")
    if found["approved"]:
        show("the market may still move your tokens: nftforge delist --revoke takes that back")


@selling.command(rich_help_panel=SELL)
def offers(
    file: File = HERE,
    network: NetworkName = None,
    only: Only = None,
    source: From = None,
    as_json: Json = False,
) -> None:
    """What collectors offer, and what you would receive."""
    from nftforge.pipeline.selling.offers import offers

    job = open_job(file, network, only)
    with open_screen() as screen:
        found = offers(job, screen, source)
    if as_json:
        print_json(found)
    else:
        _show_offers(found)


@selling.command(rich_help_panel=SELL)
@expanded
def accept(
    context: typer.Context,
    file: OptionalFile = None,
    piece: Piece = None,
    offer: Annotated[
        str | None, typer.Argument(metavar="HASH", help="Of the offer, or its beginning.")
    ] = None,
    network: NetworkName = None,
    source: From = None,
    price_is_right: PriceIsRight = False,
    dry_run: DryRun = False,
    *,
    sending: SendOptions,
    as_json: Json = False,
) -> None:
    """Sell a piece for an offer."""
    from nftforge.pipeline.selling.offers import accept_offer

    file, named, which = _three(context, file, piece, offer, "PIECE HASH")

    def act(job: Job, report: Report, consent: Consent) -> dict[str, Any]:
        return accept_offer(
            job,
            report,
            consent,
            named,
            which,
            source,
            price_is_right=price_is_right,
            dry_run=dry_run,
        )

    found = _sent(act, file, network, None, sending, dry_run=dry_run)
    if as_json:
        print_json(found)
        return
    if dry_run:
        amount, received = in_ether(found["amount_wei"]), in_ether(found["received_wei"])
        show(f"{named}: to {found['bidder']} for {amount} WETH, you would receive {received}")
        _show_rehearsal(found)
        return
    show(f"{named}: sold to {found['bidder']} for {in_ether(found['amount_wei'])} WETH")
    show(f"  you received {in_ether(found['received_wei'])} WETH: {found['tx'] or 'before'}")


@selling.command(rich_help_panel=SELL)
@expanded
def transfer(
    context: typer.Context,
    file: OptionalFile = None,
    piece: Piece = None,
    to: Annotated[
        str | None, typer.Argument(metavar="ADDRESS", help="Who gets it, or an ENS name.")
    ] = None,
    network: NetworkName = None,
    dry_run: DryRun = False,
    *,
    sending: SendOptions,
    as_json: Json = False,
) -> None:
    """Give one piece away."""
    from nftforge.config.values import name_or_address
    from nftforge.pipeline.selling.ending import transfer

    file, named, who = _three(context, file, piece, to, "PIECE ADDRESS")
    try:
        name_or_address(who)
    except ValueError as error:
        raise ConfigError(str(error)) from None

    def act(job: Job, report: Report, consent: Consent) -> dict[str, Any]:
        return transfer(job, report, consent, named, who, dry_run=dry_run)

    found = _sent(act, file, network, None, sending, dry_run=dry_run)
    if as_json:
        print_json(found)
        return
    if dry_run:
        show(f"{named} (token {found['token_id']}) to {found['to']} on {_where(found)}")
        _show_rehearsal(found)
        return
    said = "was theirs before" if found["cached"] else found["tx"]
    show(f"{named} (token {found['token_id']}) is {found['to']}'s on {_where(found)}: {said}")


def _three(
    context: typer.Context, file: Path | None, piece: str | None, last: str | None, due: str
) -> tuple[Path, str, str]:
    """FILE, PIECE and what follows; with two arguments FILE is the collection in this folder."""
    if piece is not None and last is not None:
        return file or this_folder(context), piece, last
    if file is None or piece is None:
        raise ConfigError(f"{due} is needed", hint=f"{context.command_path} [FILE] {due}")
    return this_folder(context), str(file), piece


# --- what people see ------------------------------------------------------------------------------


def _show_orders(found: dict[str, Any]) -> None:
    currency = found["currency"]
    show(f"{found['collection']} on {_where(found)}, contract {found['contract']}")
    table = Table(Column(20, gap=2), Column(24, gap=2), Column(gap=2))
    for row in found["orders"]:
        table.row(row["piece"], _price(row, currency), _when(row))
    show_table(table)
    if found["orders"]:
        _name_the_clock(found)
    total = in_ether(found["total_wei"])
    show(f"{counted(len(found['orders']), 'piece')} for {total} {currency}")


def _show_listings(found: dict[str, Any]) -> None:
    currency = found["currency"]
    show(f"{found['collection'] or found['contract']} on {_where(found)}")
    if not found["listings"]:
        show("nothing was ever listed: nftforge list")
    table = Table(Column(6, gap=0, right=True), Column(20, gap=2), Column(24, gap=2), Column(gap=2))
    for row in found["listings"]:
        price = f"{in_ether(row['price_wei'])} {currency}"
        table.row(str(row["token_id"]), row["piece"] or "", price, _standing(row))
    show_table(table)
    if any(row["state"] in ("for-sale", "not-begun") for row in found["listings"]):
        _name_the_clock(found)


def _name_the_clock(found: dict[str, Any]) -> None:
    """Its days are not those of the file's `until`, which would look like a mistake."""
    if found["network"] == "embedded":
        show("these are days of the embedded chain, which has a calendar of its own")


def _standing(row: dict[str, Any]) -> str:
    state = str(row["state"])
    if state == "sold":
        return f"sold to {row['buyer'] or 'somebody'}" + (f", {row['tx']}" if row["tx"] else "")
    if state == "for-sale":
        state = f"for sale {_end(row['end'])}"
    if state == "not-begun":
        state = f"begins {_until(row['start'])}"
    if row["reason"]:
        state = f"{state}: {row['reason']}"
    if row["state"] in ("for-sale", "not-begun", "broken") and not row["in_file"]:
        state += "; NOT what the file asks: nftforge delist"
    return state


def _show_offers(found: dict[str, Any]) -> None:
    if not found["offers"]:
        show("no offers")
    for row in found["offers"]:
        show(
            f"{row['piece'] or 'any piece'}: {in_ether(row['amount_wei'])} WETH, you receive "
            f"{in_ether(row['received_wei'])}; {row['state']} {_end(row['end'])}"
        )
        show(f"  {row['order_hash']} from {row['bidder']}")
        if row["reason"]:
            show(f"  {row['reason']}")


def _show_rehearsal(found: dict[str, Any]) -> None:
    bill, used = found["bill"], found["rehearsal"]
    print_bill(bill, sys.stdout)
    show(f"  rehearsed: {used['gas']:,} gas, {used['cost']:.6f} {bill['currency']}")
    show(NOTHING_DONE)


def _price(row: dict[str, Any], currency: str) -> str:
    start, end = in_ether(row["price_wei"]), in_ether(row["end_price_wei"])
    return f"{start} {currency}" if start == end else f"{start} to {end} {currency}"


def _when(row: dict[str, Any]) -> str:
    """Until when; and from when on, if nobody can buy yet."""
    end = _until(row["end"])
    return (
        f"{_until(row['start'])} to {end}" if row["start"] > datetime.now(UTC).timestamp() else end
    )


def _end(seconds: int) -> str:
    end = _until(seconds)
    return end if end == "for ever" else f"until {end}"


def _until(seconds: int) -> str:
    from nftforge.market.typed_data import date

    return date(seconds)


def _where(found: dict[str, Any]) -> str:
    return f"{found['network']} (chain {found['chain_id']})"


def _address(text: str) -> str:
    from nftforge.config.values import check_address

    try:
        return check_address(text)
    except ValueError as error:
        raise ConfigError(f"--contract: {error}") from None


def _sent(
    act: Callable[[Job, Report, Consent], dict[str, Any]],
    file: Path,
    network: str | None,
    only: str | None,
    sending: SendOptions,
    *,
    dry_run: bool,
) -> dict[str, Any]:
    """What `act`, which may sign and send, gives for the collection in `file`."""
    from nftforge.pipeline.gallery.page import rebuild_page

    if dry_run and sending.give_up:
        raise ConfigError("--give-up changes the journal, and --dry-run changes nothing: take one")
    job = open_job(file, network, only, give_up=sending.give_up)
    with open_screen() as screen:
        found = act(job, screen, ask_first(job.network, sending))
        if not dry_run:
            rebuild_page(job, screen)
        return found
