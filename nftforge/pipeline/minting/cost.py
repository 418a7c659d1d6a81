"""What minting will cost, before anything is sent.

Deploying and minting are measured by doing them on a throwaway embedded chain: a node cannot
estimate a call to a contract that is not there yet, and the EVM's gas is the same everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from nftforge.chain.connection import Chain, connect
from nftforge.chain.contract import (
    commit_provenance,
    deployment_of,
    known_at,
    mint_call,
)
from nftforge.chain.links import faucet_lines
from nftforge.chain.networks import NETWORKS, Network
from nftforge.chain.pricing import (
    GAS_MARGIN,
    L1_MARGIN,
    MAX_GAS,
    Bill,
    Call,
    l1_at_most,
    market,
    price,
    quote,
)
from nftforge.chain.transactions import BUMP, SignedTx, confirm, sign, unsign
from nftforge.chain.wallet import Signer, dev_signer
from nftforge.core.errors import AllowanceError, FundsError
from nftforge.pipeline.minting import trades
from nftforge.pipeline.minting.session import Session, Step

SAMPLE = 300  # tokens; larger batches are reckoned from it, for py-evm is slow
FEW = 40  # recipients that tell what one more costs
REPLACEMENTS = 2  # of a stuck transaction, that what is agreed to has room for
MEASURED = ("deploy", "mint", "commit")  # by doing it once, on a chain that is thrown away
DIGEST = b"\xff" * 32  # no byte of a real one costs more


def bill(
    session: Session, steps: Sequence[Step], more: AllowanceError | None = None
) -> dict[str, Any]:
    """What `steps` will cost at most and the balance they are paid from, in ether, as JSON.

    What a former attempt signed and nobody mined yet is among them. `max_cost` leaves room for
    replacements at higher fees: it is what a run may spend once it is agreed to. more: why an
    earlier bill did not do; what nodes say there is believed where it is more than was measured.
    """
    chain, caps, spent = session.chain, session.sender.caps, session.sender.spent
    rows = [*_rows(session, steps), *_pending_rows(session, steps)]
    if more and rows:
        rows[0] = replace(rows[0], gas=max(rows[0].gas, more.gas))  # steps go in order
    least, roomy, _ = market(chain)
    asked = more.max_fee if more else 0
    fees = [max(roomy, row.last_fee * BUMP, asked) for row in rows]
    first_try = sum(
        _at_most(row, _capped(fee, caps.max_fee)) for row, fee in zip(rows, fees, strict=True)
    )
    dearest = [_capped(fee * BUMP**REPLACEMENTS, caps.max_fee) for fee in fees]
    at_most = sum(map(_at_most, rows, dearest))
    gas, l1_wei = sum(row.gas for row in rows), sum(row.l1_wei for row in rows)
    balance = chain.balance(session.signer.address)
    left = None if caps.max_total is None else caps.max_total - spent
    return {
        "signer": session.signer.address,
        "currency": chain.network.currency,
        "transactions": [row.json for row in rows],
        "gas": gas,
        "fee_gwei": round(least / 1e9, 9),
        "max_fee_gwei": round(max(dearest, default=roomy) / 1e9, 9),
        "cost": _ether(gas * least + round(l1_wei / L1_MARGIN)),
        "max_cost": _ether(at_most),
        "max_cost_wei": at_most,
        "left_of_total": None if left is None else _ether(left),
        "balance": _ether(balance),
        "missing": _ether(max(0, first_try - balance)),
    }


def need_funds(network: Network, bill: Mapping[str, Any]) -> None:
    """Raises FundsError if the balance does not reach the first try of everything on `bill`."""
    if bill["missing"] <= 0:
        return
    currency = bill["currency"]
    raise FundsError(
        f"{bill['signer']} has {bill['balance']:.6f} {currency} on {network.name}, "
        f"up to {bill['balance'] + bill['missing']:.6f} is needed",
        *faucet_lines(network.chain_id),
        hint=f"send it {bill['missing']:.6f} {currency} and run again",
    )


@dataclass(frozen=True)
class Row:
    """One transaction of a bill."""

    kind: str
    subject: str
    gas: int
    l1_wei: int
    estimated: bool = False  # what it publishes is not made yet
    gas_limit: int = 0  # where it is signed already
    last_fee: int = 0  # at which it was signed last, wei a gas

    @property
    def json(self) -> dict[str, Any]:
        return {"kind": self.kind, "subject": self.subject, "gas": self.gas}


def _at_most(row: Row, fee: int) -> int:
    return (row.gas_limit or math.ceil(row.gas * GAS_MARGIN)) * fee + row.l1_wei


def _capped(fee: float, cap: int | None) -> int:
    return math.ceil(fee) if cap is None else min(math.ceil(fee), cap)


def _rows(session: Session, steps: Sequence[Step]) -> list[Row]:
    pending = session.journal.unfinished()
    rows = []
    for step, gas in zip(steps, _measured_gas(session, steps), strict=True):
        signed = _last_signed(pending[step.effect.name]) if step.effect.name in pending else None
        limit, fee = (signed.gas, signed.max_fee) if signed else (0, 0)
        l1_wei = l1_at_most(session.chain, step.call)
        rows.append(Row(step.kind, step.subject, gas, l1_wei, gas_limit=limit, last_fee=fee))
    return rows


def _pending_rows(session: Session, steps: Sequence[Step]) -> list[Row]:
    """What was signed and not seen through, and is no longer among `steps`."""
    planned = {step.effect.name for step in steps}
    rows = []
    for name, intent in session.journal.unfinished().items():
        if name not in planned:
            bill = _last_signed(intent)
            l1_wei = int(intent.get("money", {}).get("l1_wei", 0))
            kind = str(intent["kind"])
            rows.append(
                Row(kind, _told(session, intent), bill.gas, l1_wei, False, bill.gas, bill.max_fee)
            )
    return rows


def _told(session: Session, intent: Mapping[str, Any]) -> str:
    """What was signed, so that whoever agrees to it knows."""
    if intent["kind"] in trades.KINDS:
        words = trades.in_words(intent, session.pieces, session.chain.network.currency)
        return f"{words}, signed before"
    pieces = [str(piece) for piece in intent.get("pieces", [])]
    more = [f"{len(pieces) - 3} more"] if len(pieces) > 3 else []
    return ", ".join([*pieces[:3], *more, "signed before"])


def _last_signed(intent: Mapping[str, Any]) -> Bill:
    return unsign(SignedTx.from_json(intent["transactions"][-1]))[1]


def _ether(wei: int) -> float:
    return round(wei / 1e18, 18)


def _measured_gas(session: Session, steps: Sequence[Step]) -> list[int]:
    if all(step.kind not in ("deploy", "mint") for step in steps):
        return [_quoted_gas(session, step) for step in steps]
    with connect(NETWORKS["embedded"], rpc_url=None, embedded_path=None) as chain:
        signer = dev_signer()
        spec = replace(session.spec, owner=signer.address)
        known = known_at(session.chain, session.address)
        deployment = deployment_of(spec, bytes(32), chain.chain_id, known)
        deploying = _gas_of(chain, signer, deployment.call)
        minted = 0

        def minting(to: Sequence[str]) -> int:
            """Of a batch that follows what was minted so far."""
            nonlocal minted
            call = mint_call(deployment.address, to, minted + 1, DIGEST)
            minted += len(to)
            return _gas_of(chain, signer, call)

        gas = []
        for step in steps:
            if step.kind == "deploy":
                gas.append(deploying)
            elif step.kind == "mint":
                gas.append(_batch_gas(minting, step.to))
            elif step.kind == "commit":
                call = commit_provenance(deployment.address, DIGEST)
                gas.append(_gas_of(chain, signer, call))
            else:
                gas.append(_quoted_gas(session, step))
        return gas


def _batch_gas(minting: Callable[[Sequence[str]], int], to: Sequence[str]) -> int:
    """Measured; above SAMPLE tokens, samples and their slopes, with a little room."""
    if len(to) <= SAMPLE:
        return minting(to)
    first, runs = to[0], sum(1 for _ in groupby(to))
    one = minting([first])
    many = minting([first] * (SAMPLE - 1) + [next((who for who in to if who != first), first)])
    a_token = (many - one) / (SAMPLE - 1)
    gas = many + (len(to) - SAMPLE) * a_token
    if runs > 1:
        strangers = [f"0x{number:040x}" for number in range(1 << 80, (1 << 80) + FEW)]
        gas += (runs - 2) * ((minting(strangers) - one) / (FEW - 1) - a_token)
    return round(gas * 1.02)


def _quoted_gas(session: Session, step: Step) -> int:
    """As the node estimates it; where that waits for a step before it, as it was measured."""
    if step.gas:
        return step.gas
    return quote(session.chain, session.signer.address, step.call, step.effect.describe).gas


def _gas_of(chain: Chain, signer: Signer, call: Call) -> int:
    """By doing it once."""
    bill = price(chain, MAX_GAS)
    signed = sign(chain, signer, call, bill, chain.nonce(signer.address))
    return confirm(chain, [signed]).gas_used
