"""What a collection that is minted nowhere yet would cost on the other networks there are.

The gas is that of the plan: the EVM's is the same everywhere. Its price, and what a rollup takes
for the data beside it, is asked where an RPC URL is set; a node that is slow is not waited for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from nftforge.chain.connection import connect
from nftforge.chain.networks import NETWORKS, Network
from nftforge.chain.pricing import l1_fee, market
from nftforge.core.errors import NftforgeError
from nftforge.pipeline.job import Job
from nftforge.pipeline.minting.open import rpc_url
from nftforge.pipeline.minting.session import Step

PATIENCE_S = 5.0


def elsewhere(job: Job, steps: Sequence[Step], gas: int) -> list[dict[str, Any]]:
    """A row for each public network but the job's own, if `steps` deploy; else none.

    fee_gwei and cost (in the network's currency, at what gas costs now) are null where `why` says
    why they are not known.
    """
    if all(step.kind != "deploy" for step in steps):
        return []
    others = (network for network in NETWORKS.values() if not network.is_rehearsal)
    return [_row(job, each, steps, gas) for each in others if each.name != job.network.name]


def _row(job: Job, network: Network, steps: Sequence[Step], gas: int) -> dict[str, Any]:
    url = rpc_url(network, job.env)
    known = {"network": network.name, "currency": network.currency, "gas": gas}
    if not url:
        return {**known, "fee_gwei": None, "cost": None, "why": f"set {network.rpc_env}"}
    try:
        return {**known, **_asked(network, url, steps, gas), "why": ""}
    except NftforgeError as error:
        return {**known, "fee_gwei": None, "cost": None, "why": error.fact}


def _asked(network: Network, url: str, steps: Sequence[Step], gas: int) -> Mapping[str, Any]:
    quick = replace(network, timeout_s=PATIENCE_S)
    with connect(quick, rpc_url=url, embedded_path=None) as chain:
        fee, _, _ = market(chain)
        data = sum(l1_fee(chain, step.call) for step in steps)
    return {"fee_gwei": round(fee / 1e9, 9), "cost": round((gas * fee + data) / 1e18, 18)}
