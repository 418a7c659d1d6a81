"""What minting will cost, before anything is sent.

Deploying and minting are measured by doing them on a throwaway embedded chain: a node cannot
estimate a call to a contract that is not there yet, and the EVM's gas is the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from nftforge.chain.connection import Chain, connect
from nftforge.chain.contract import (
    commit_provenance,
    deployment_of,
    describe_revert,
    mint_call,
)
from nftforge.chain.networks import NETWORKS
from nftforge.chain.pricing import GAS_MARGIN, MAX_GAS, Call, l1_fee, market, price, quote
from nftforge.chain.transactions import confirm, sign
from nftforge.chain.wallet import Signer, dev_signer
from nftforge.pipeline.minting.session import Session, Step

SAMPLE = 300  # tokens; larger batches are reckoned from it, for py-evm is slow
FEW = 40  # recipients that tell what one more costs
DIGEST = b"\xff" * 32  # no byte of a real one costs more


def bill(session: Session, steps: Sequence[Step]) -> dict[str, Any]:
    """What `steps` will cost at most and the balance they are paid from, in ether, as JSON."""
    chain, caps = session.chain, session.sender.caps
    gas = _measured_gas(session, steps)
    least, roomy, _ = market(chain)
    max_fee = roomy if caps.max_fee is None else min(roomy, caps.max_fee)
    l1_wei = sum(l1_fee(chain, step.call) for step in steps)
    wei = round(sum(gas) * GAS_MARGIN) * max_fee + l1_wei
    balance = chain.balance(session.signer.address)
    left = None if caps.max_total is None else caps.max_total - session.sender.spent
    return {
        "signer": session.signer.address,
        "currency": chain.network.currency,
        "transactions": [
            {"kind": step.kind, "subject": step.subject, "gas": used}
            for step, used in zip(steps, gas, strict=True)
        ],
        "gas": sum(gas),
        "fee_gwei": round(least / 1e9, 9),
        "max_fee_gwei": round(max_fee / 1e9, 9),
        "cost": _ether(sum(gas) * least + l1_wei),
        "max_cost": _ether(wei),
        "left_of_total": None if left is None else _ether(left),
        "balance": _ether(balance),
        "missing": _ether(max(0, wei - balance)),
    }


def _ether(wei: int) -> float:
    return round(wei / 1e18, 18)


def _measured_gas(session: Session, steps: Sequence[Step]) -> list[int]:
    if all(step.kind not in ("deploy", "mint") for step in steps):
        return [_quoted_gas(session, step) for step in steps]
    with connect(NETWORKS["embedded"], rpc_url=None, embedded_path=None) as chain:
        signer = dev_signer()
        spec = replace(session.spec, owner=signer.address)
        deployment = deployment_of(spec, bytes(32), chain.chain_id)
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
    return quote(session.chain, session.signer.address, step.call, describe_revert).gas


def _gas_of(chain: Chain, signer: Signer, call: Call) -> int:
    """By doing it once."""
    bill = price(chain, MAX_GAS)
    signed = sign(chain, signer, call, bill, chain.nonce(signer.address))
    return confirm(chain, [signed]).gas_used
