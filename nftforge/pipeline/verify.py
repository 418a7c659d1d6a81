"""verify: what chain, back-ends and gateways say of a collection, held against what is here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from eth_utils import is_address, to_checksum_address

from nftforge.chain.connection import connect
from nftforge.chain.contract import read_provenance
from nftforge.chain.networks import Network
from nftforge.core.errors import ConfigError
from nftforge.core.retry import Patience
from nftforge.ipfs.cid import Cid
from nftforge.ipfs.gateway import Gateway, is_announced
from nftforge.pipeline import documents
from nftforge.pipeline.build import on_disk
from nftforge.pipeline.job import Job
from nftforge.pipeline.minting.open import embedded_path, open_session, placeholder_item, rpc_url
from nftforge.pipeline.pinning.backends import web_service
from nftforge.pipeline.pinning.effect import survey_cids
from nftforge.pipeline.pinning.pin import quick_back_ends
from nftforge.pipeline.retrieval import Expected, LocalPiece, Source, verify_tokens

DEFAULT_GATEWAYS = ("https://trustless-gateway.link",)
GATEWAY_PATIENCE = Patience(first_wait_s=1, longest_wait_s=8, give_up_s=30, stall_s=30)


def verify(job: Job, gateways: Sequence[str] = (), routing: str | None = None) -> dict[str, Any]:
    """From the chain down to the bytes, on this disk or through gateways; `ok` is False if anything
    differs or did not come."""
    works = on_disk(job)
    local = {
        work.piece.id: LocalPiece(work.paint.artifact if work.paint else None, work.render.artifact)
        for work in works
        if work.render
    }
    here = Source("this disk", job.blocks.get, needs_files=True)
    sources = [gateway_source(url) for url in gateways] or [here]
    hidden = placeholder_item(job)
    placeholder = hidden.entry.cid if hidden else None
    pieces = [work.piece.id for work in works]
    with open_session(job) as session:
        expected = Expected(local, frozenset(pieces), session.pieces, placeholder)
        findings = verify_tokens(
            session.chain, session.address, sources, expected, announcements(routing)
        )
        heading = documents.heading(job.collection.name, job.network, session.address)
        provenance = read_provenance(session.chain, session.address)
    cids = [cid for finding in findings for cid in finding.cids]
    made = quick_back_ends(job)
    holdings = [survey_cids(name, make, cids) for name, make in made.items()]
    return documents.verified(heading, findings, pieces, holdings, provenance, named=job.file.ids)


def verify_contract(
    network: Network,
    address: str,
    env: Mapping[str, str],
    gateways: Sequence[str],
    routing: str | None,
) -> dict[str, Any]:
    """The same from the address alone, wherever the collection was made; embedded: made here."""
    if not is_address(address):
        raise ConfigError(f"--contract: {address!r} is no address: 0x and 40 hex digits")
    address = to_checksum_address(address)
    sources = [gateway_source(url) for url in gateways or DEFAULT_GATEWAYS]
    with connect(
        network,
        rpc_url=rpc_url(network, env),
        embedded_path=embedded_path(Path(".nftforge")),
    ) as chain:
        findings = verify_tokens(chain, address, sources, Expected(), announcements(routing))
        provenance = read_provenance(chain, address)
    heading = documents.heading(None, network, address)
    return documents.verified(heading, findings, [], [], provenance)


def gateway_source(url: str) -> Source:
    """Blocks through the gateway at `url`, each hashed here."""
    gateway = Gateway(web_service("gateway", url, GATEWAY_PATIENCE))
    return Source(gateway.name, gateway.get, needs_files=False)


def announcements(routing: str | None) -> Callable[[Cid], bool] | None:
    """What asks the router at `routing` who has a CID."""
    if routing is None:
        return None
    return partial(is_announced, web_service("routing", routing, GATEWAY_PATIENCE))
