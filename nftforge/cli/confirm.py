"""Consent to sending: none needed in a rehearsal, a yes on a test network, typed for a mainnet."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

from nftforge.cli.output import print_bill
from nftforge.core.errors import FundsError, GuardError

if TYPE_CHECKING:
    from nftforge.pipeline.job import Job
    from nftforge.pipeline.minting.mint import Consent


def ask_first(job: Job, yes: bool, broadcast: bool, confirm_chain: int | None) -> Consent:
    """What is called with the bill before `job` sends; raises GuardError or FundsError."""
    return lambda bill: _ask(job, bill, yes, broadcast, confirm_chain)


def _ask(
    job: Job, bill: Mapping[str, Any], yes: bool, broadcast: bool, confirm_chain: int | None
) -> None:
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
