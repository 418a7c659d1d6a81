"""The order of things. Read `run` first: it is the table of contents of nftforge.

    run      paint -> render -> pin -> mint, each only where needed
    plan     what run would do, why, and what it would cost; sends and writes nothing
    status   where each piece stands
    verify   from the chain down to the bytes on this disk

All of them walk the same steps: `run` builds what is missing, the others only look. The steps are
in `building`, `pinning`, `onchain` and `minting`; what follows a mint is in `administration`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eth_utils import is_address, to_checksum_address

from nftforge.chain.contract import read_provenance
from nftforge.chain.networks import Network
from nftforge.chain.rpc import connect
from nftforge.core.errors import ConfigError, GuardError
from nftforge.core.lock import locked
from nftforge.core.retry import Patience
from nftforge.core.stage import Report
from nftforge.ipfs.cid import Cid
from nftforge.ipfs.gateway import Gateway, is_announced
from nftforge.pipeline import documents
from nftforge.pipeline.build import build, on_disk
from nftforge.pipeline.job import Job, Work
from nftforge.pipeline.minting import cost
from nftforge.pipeline.minting import plan as mint
from nftforge.pipeline.minting.mint import Consent, mint_pieces, rehearse_steps
from nftforge.pipeline.minting.open import (
    embedded_path,
    look_on_chain,
    mint_plan,
    opened,
    placeholder_item,
    rpc_url,
)
from nftforge.pipeline.outputs import STROKES
from nftforge.pipeline.pinning.backends import web_service
from nftforge.pipeline.pinning.effect import Holding, survey, survey_cids
from nftforge.pipeline.pinning.pin import (
    backends,
    backup,
    behind_placeholder,
    is_pinned,
    pin_pieces,
    pin_published,
    public_items,
    quick_back_ends,
)
from nftforge.pipeline.verify import LocalPiece, Source, verify_tokens

if TYPE_CHECKING:
    from nftforge.pipeline.sheets import SheetOptions

DEFAULT_GATEWAYS = ("https://trustless-gateway.link",)
GATEWAY_PATIENCE = Patience(first_wait_s=1, longest_wait_s=8, give_up_s=30, stall_s=30)
STAGES = ("paint", "render", "pin", "mint")


def run(job: Job, report: Report, consent: Consent, until: str = "mint") -> documents.Outcome:
    """Paint, render, pin and mint what is not there yet; the document of `run --json`."""
    if until == "mint":
        _need_all(job)
    with locked(job.file.work_folder, str(job.file.path)):
        job.store.sweep()
        if until in ("pin", "mint"):
            backends(job)  # a key that is missing is said before an hour of painting
        works = build(job, report, until)
        if until in ("pin", "mint"):
            works = pin_pieces(job, works, report)
        on_chain = mint_pieces(job, works, report, consent) if until == "mint" else None
        if on_chain:
            pin_published(job, report)
        if until in ("pin", "mint"):
            backup(job, report)
    return documents.outcome(job, works, on_chain)


def plan(job: Job) -> dict[str, Any]:
    """What `run` would do and why, the bytes to pin, the gas and what it costs, the balance."""
    works, holdings = look(job)
    with opened(job) as session:
        steps = mint_plan(job, session, works).steps
        return documents.planned(
            job, works, holdings, session.address, steps, cost.bill(session, steps)
        )


def rehearse(job: Job, report: Report) -> documents.Outcome:
    """Everything but the sending (`run --dry-run`): the tokens as they would be, and the bill."""
    _need_all(job)
    with locked(job.file.work_folder, str(job.file.path)):
        job.store.sweep()
        works = build(job, report, "pin")
    with opened(job) as session:
        planned = mint_plan(job, session, works)
        on_chain = mint.read_on_chain(session, planned, sent=planned.steps)
        bill = cost.bill(session, planned.steps)
        rehearsed = rehearse_steps(job, session, planned.steps, report)
        return documents.rehearsed(job, works, on_chain, planned.steps, bill, rehearsed)


def _need_all(job: Job) -> None:
    if job.only and job.collection.mint.placeholder:
        raise GuardError(
            "--only: what is committed to before a reveal is the whole collection",
            hint="mint without --only; it goes with --until pin and the commands that send nothing",
        )


def status(job: Job, report: Report) -> documents.Outcome:
    """Where each piece stands, by looking at the disk and, where one is set up, at the chain."""
    works, holdings = look(job)
    for holding in holdings:
        if holding.why:
            report.say(f"{holding.name} was not asked: {holding.why}")
    on_chain = look_on_chain(job, works, report)
    return documents.outcome(job, works, on_chain)


def look(job: Job) -> tuple[list[Work], list[Holding]]:
    """The same without building: what is on disk already, and what each back-end holds of it."""
    works = behind_placeholder(job, on_disk(job))
    items = [item for work in works if work.metadata for item in public_items(job, work)]
    holdings = [survey(name, make, items) for name, make in quick_back_ends(job).items()]
    return [
        replace(work, pinned=pinned, pin_cached=pinned)
        for work in works
        for pinned in [is_pinned(job, work, holdings)]
    ], holdings


def sheet(job: Job, report: Report, options: SheetOptions) -> dict[str, Any]:
    """The whole collection as one picture, and each piece's way there; paints what is missing.

    Returns the document of `sheet --json`.
    """
    from nftforge.pipeline.sheets import Exhibit, draw_sheets

    with locked(job.file.work_folder, str(job.file.path)):
        job.store.sweep()
        works = build(job, report, "paint")
    on_chain = look_on_chain(job, works, report)
    pieces = []
    for work in works:
        assert work.paint
        token = on_chain.tokens.get(work.piece.id) if on_chain else None
        picture = job.file.path.parent / work.piece.image
        number = token.token_id if token else None
        pieces.append(
            Exhibit(
                work.piece.id, work.piece.name, number, work.paint.artifact.path(STROKES), picture
            )
        )
    return draw_sheets(pieces, job.collection.name, options, report)


def verify(job: Job, gateways: Sequence[str] = (), routing: str | None = None) -> dict[str, Any]:
    """From the chain down to the bytes, on this disk or through gateways; `ok` is False if anything
    differs or did not come."""
    works = on_disk(job)
    local = {
        work.piece.id: LocalPiece(work.paint.artifact, work.render.artifact)
        for work in works
        if work.paint and work.render
    }
    here = Source("this disk", job.blocks.get, needs_files=True)
    sources = [gateway_source(url) for url in gateways] or [here]
    placeholder = placeholder_item(job)
    placeholder = placeholder.entry.cid if placeholder else None
    with opened(job) as session:
        findings = verify_tokens(
            session.chain, session.address, sources, local, announcements(routing), placeholder
        )
        pieces = [work.piece.id for work in works]
        heading = documents.heading(job.collection.name, job.network, session.address)
        provenance = read_provenance(session.chain, session.address)
    cids = [cid for finding in findings for cid in finding.cids]
    made = quick_back_ends(job)
    holdings = [survey_cids(name, make, cids) for name, make in made.items()]
    return documents.verified(heading, findings, pieces, holdings, provenance)


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
        findings = verify_tokens(chain, address, sources, {}, announcements(routing))
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
