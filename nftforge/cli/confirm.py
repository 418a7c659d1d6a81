"""Consent to sending: none needed in a rehearsal, a yes on a test network, typed for a mainnet.

What is agreed to is a maximum: the bill's, or `--max-cost`. If going on would cost more, the
question comes again, to whoever is there; what was said beforehand (`--yes`, `--confirm-chain`)
was said of the first bill and is no answer to the second.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nftforge.cli.options import SendOptions
from nftforge.cli.output import at_most, print_bill, show
from nftforge.cli.prompts import ask, ask_yes, can_ask
from nftforge.core.errors import ConfigError, GuardError
from nftforge.core.money import wei_of
from nftforge.core.plural import counted

if TYPE_CHECKING:
    from nftforge.chain.networks import Network
    from nftforge.pipeline.minting.mint import Consent
    from nftforge.pipeline.minting.replacement import ChangeArt, Replacement


def ask_first(network: Network, given: SendOptions) -> Consent:
    """What is called with the bill before anything is sent; raises GuardError or FundsError.

    Raises ConfigError for a `--max-cost` that is no amount.
    """
    most = None if given.max_cost is None else max_cost(given.max_cost, network.currency)
    return lambda bill: _agreed(network, bill, given, most)


def max_cost(text: str, currency: str) -> int:
    """The wei of `--max-cost`. Raises ConfigError."""
    try:
        return wei_of(text, currency)
    except ValueError as error:
        raise ConfigError(f"--max-cost {error}", hint=f"units: {currency}, gwei, wei") from None


def _agreed(
    network: Network, bill: Mapping[str, Any], given: SendOptions, most: int | None
) -> int | None:
    """The wei that may be spent; None: any, for they are worth nothing."""
    from nftforge.pipeline.minting.cost import need_funds

    currency = bill["currency"]
    need_funds(network, bill)
    if "agreed" in bill and (given.yes or most is not None or not can_ask()):
        raise GuardError(
            f"agreed was to {at_most(bill['agreed'])} {currency} on {network.name}: "
            f"{bill['spent']:.6f} of it is spent, and the rest would now cost "
            f"{bill['cost']:.6f} to {at_most(bill['max_cost'])}",
            hint="nothing more was signed; wait for lower fees and run again, or allow more: "
            f"--max-cost {at_most(bill['max_cost'])}{currency}",
        )
    if most is not None and bill["cost"] * 1e18 > most:
        raise GuardError(
            f"this costs at least {bill['cost']:.6f} {currency} on {network.name}, more than "
            f"--max-cost {given.max_cost}",
            hint="wait for lower fees, or allow more; nothing was sent",
        )
    if network.is_rehearsal:
        return most
    agreed = int(bill["max_cost_wei"]) if most is None else most
    _ask(network, bill, given, f"{at_most(agreed / 1e18)} {currency}")
    return agreed


def _ask(network: Network, bill: Mapping[str, Any], given: SendOptions, limit: str) -> None:
    """Raises GuardError if the answer is no, or there is nobody to give one."""

    def show_bill() -> None:
        print_bill(bill, sys.stderr)
        show(f"  this run may spend up to {limit}, and no more", sys.stderr)

    again = "agreed" in bill
    if network.kind == "mainnet":
        if not given.broadcast:
            show_bill()
            raise GuardError(
                f"{network.name} is a mainnet: this costs money and cannot be undone",
                hint=f"add --broadcast --confirm-chain {network.chain_id} to really do it",
            )
        if again or (given.confirm_chain is None and can_ask()):
            typed = ask(f"Type the chain id of {network.name}:", show_bill)
        else:
            show_bill()
            typed = str(given.confirm_chain)
        if typed != str(network.chain_id):
            raise GuardError(f"the chain id given is {typed}, not {network.chain_id}")
    elif given.yes:
        show_bill()
    elif not can_ask():
        show_bill()
        raise GuardError("nobody is there to be asked", hint="add --yes to send all the same")
    elif not ask_yes(f"{_what(bill)} {network.name}?", show_bill):
        raise GuardError(
            "not confirmed; nothing more was sent" if again else "not confirmed; nothing was sent"
        )


def _what(bill: Mapping[str, Any]) -> str:
    if "offer" in bill:
        return "Sell on"
    return "List on" if "listing" in bill else "Send to"


def ask_about_art(network: Network, given: SendOptions, change_sold: bool) -> ChangeArt:
    """What is called before art on chain is replaced; raises GuardError."""
    return lambda replacement: _ask_about_art(network, given, change_sold, replacement)


def _ask_about_art(
    network: Network, given: SendOptions, change_sold: bool, replacement: Replacement
) -> None:
    """What others own needs its own option, in rehearsals too; one's own a yes."""
    from nftforge.pipeline.minting.replacement import refuse_sold

    if not change_sold:
        refuse_sold(replacement)
    if given.yes or network.is_rehearsal or not replacement.painted:
        return
    what = f"the art of {counted(len(replacement.changes), 'token')}"
    if not can_ask():
        raise GuardError(
            f"{what} would be replaced, and nobody is there to be asked",
            hint="add --yes to replace it, or put back what was changed",
        )
    if not ask_yes(f"Replace {what}?"):
        raise GuardError("not confirmed; nothing was sent")
