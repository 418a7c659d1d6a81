"""Consent to sending: none needed in a rehearsal, a yes on a test network, typed for a mainnet."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

from nftforge.cli.options import SendOptions
from nftforge.cli.output import print_bill
from nftforge.core.errors import FundsError, GuardError

if TYPE_CHECKING:
    from nftforge.chain.networks import Network
    from nftforge.pipeline.minting.mint import Consent


def ask_first(network: Network, given: SendOptions) -> Consent:
    """What is called with the bill before anything is sent; raises GuardError or FundsError."""
    return lambda bill: _ask(network, bill, given)


def _ask(network: Network, bill: Mapping[str, Any], given: SendOptions) -> None:
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
        if not given.broadcast:
            raise GuardError(
                f"{network.name} is a mainnet: this costs money and cannot be undone",
                hint=f"add --broadcast --confirm-chain {network.chain_id} to really do it",
            )
        confirm_chain = given.confirm_chain
        if confirm_chain is None and sys.stdin.isatty():
            confirm_chain = typer.prompt(f"Type the chain id of {network.name}", type=int, err=True)
        if confirm_chain != network.chain_id:
            raise GuardError(f"the chain id given is {confirm_chain}, not {network.chain_id}")
    elif not given.yes:
        if not sys.stdin.isatty():
            raise GuardError("nobody is there to be asked", hint="add --yes to send all the same")
        if not typer.confirm(f"Send to {network.name}?", err=True):
            raise GuardError("not confirmed; nothing was sent")
