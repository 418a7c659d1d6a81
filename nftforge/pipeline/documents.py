"""The JSON of the command line: a contract with scripts (docs/adr/0002-json-documents.md).

Nothing in `outcome` depends on when or how often a run was made, except `cached`: a second run
gives the same document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nftforge.chain.connection import Receipt
from nftforge.chain.contract import Provenance
from nftforge.chain.explorers import Published
from nftforge.chain.links import contract_links, token_links
from nftforge.chain.networks import Network
from nftforge.core.errors import MismatchError
from nftforge.core.stage import Settled
from nftforge.ipfs.backend import PinState
from nftforge.ipfs.cid import DAG_PB, Cid
from nftforge.pipeline.artwork import artwork_stage
from nftforge.pipeline.foresee import Foreseen, bytes_to_come
from nftforge.pipeline.job import Job
from nftforge.pipeline.metadata import animation_of
from nftforge.pipeline.minting.plan import DryRun, OnChain, Token
from nftforge.pipeline.minting.session import Step
from nftforge.pipeline.out import named, shown_in
from nftforge.pipeline.outputs import image_in
from nftforge.pipeline.paint import paint_stage
from nftforge.pipeline.pinning.effect import Holding
from nftforge.pipeline.render import render_stage
from nftforge.pipeline.retrieval import Finding
from nftforge.pipeline.work import Work


@dataclass(frozen=True)
class Outcome:
    document: dict[str, Any]  # its keys: docs/adr/0002-json-documents.md
    places: Mapping[str, Path]  # piece id -> where its rendered files are
    minted_now: frozenset[str] = frozenset()  # pieces
    updated_now: frozenset[str] = frozenset()  # pieces that were minted before


def outcome(job: Job, works: list[Work], on_chain: OnChain | None) -> Outcome:
    """The document of `run --json` and `status --json`."""
    rows = [_row(work, job.network, on_chain) for work in works]
    gone = not_in_file(job, on_chain) if on_chain else []
    address = on_chain.address if on_chain and on_chain.deployed else None
    document = {
        **_heading(job, address),
        "links": contract_links(job.network, address) if address else {},
        "pieces": rows,
        **({"not_in_file": gone} if gone else {}),
        "totals": {
            "pieces": len(rows),
            "strokes": sum(row["strokes"] or 0 for row in rows),
            "bytes": sum(_bytes(work) for work in works),
            "pinned": sum(work.pinned for work in works),
            "minted": sum(row["state"] in ("minted", "outdated") for row in rows),
        },
    }
    places = {work.piece.id: _place(job, work) for work in works if work.render}
    if on_chain is None:
        return Outcome(document, places)
    return Outcome(document, places, on_chain.minted_now, on_chain.updated_now)


def _place(job: Job, work: Work) -> Path:
    """Where its files are looked for: under its name in `out/`, or in the store."""
    assert work.render
    out = shown_in(job.file)
    if out and any((out / name).is_file() for name in named(work.piece.id, work.render.artifact)):
        return out / f"{work.piece.id}.*"
    return work.render.artifact.folder


def not_in_file(job: Job, on_chain: OnChain) -> list[dict[str, Any]]:
    """The tokens of pieces that the file no longer names."""
    return [
        {"piece": piece, "token_id": token.token_id, "owner": token.owner}
        for piece, token in on_chain.tokens.items()
        if piece not in job.file.ids
    ]


def dry_run(
    job: Job,
    works: list[Work],
    on_chain: OnChain,
    steps: Sequence[Step],
    bill: Mapping[str, Any],
    tried: DryRun,
) -> Outcome:
    """The document of `run --dry-run --json`: that of `run`, with tokens to come and the bill.

    Raises MismatchError if the tokens of the rehearsal are not those that were planned.
    """
    coming = {
        row["piece"]: Token(
            row["token_id"], _owner(on_chain, step, row["piece"]), row["token_uri"], None,
            current=True, cached=False, planned=True,
        )
        for step in steps
        for row in planned_tokens(step)
    }  # fmt: skip
    tokens = {**on_chain.tokens, **coming}
    for piece, token in tokens.items():
        found = tried.tokens.get(token.token_id)
        if found != (token.owner, token.uri):
            raise MismatchError(
                f"{piece}: the rehearsal gave {found}, planned was {(token.owner, token.uri)}"
            )
    whole = outcome(job, works, OnChain(on_chain.address, True, tokens))
    tried_out = {"bill": bill, "rehearsal": rehearsal(tried.receipts)}
    return Outcome({**whole.document, **tried_out}, whole.places)


def rehearsal(receipts: Sequence[Receipt]) -> dict[str, Any]:
    """What transactions used on a copy of the chain, in gas and ether."""
    return {
        "gas": sum(receipt.gas_used for receipt in receipts),
        "cost": round(sum(receipt.paid_wei for receipt in receipts) / 1e18, 18),
    }


def _owner(on_chain: OnChain, step: Step, piece: str) -> str:
    there = on_chain.tokens.get(piece)
    return there.owner if there else dict(zip(step.pieces, step.to, strict=True))[piece]


def planned(
    job: Job,
    works: list[Work],
    foreseen: Foreseen,
    holdings: Sequence[Holding],
    address: str,
    steps: Sequence[Step],
    bill: Mapping[str, Any],
) -> dict[str, Any]:
    """The document of `plan --json`.

    What is not made yet has no CID: neither has the directory that it goes into. `unsure` names
    minted pieces whose painting is gone from this disk: should it come out otherwise than it was,
    their metadata is published anew.
    """
    made_up = {work.text for work in foreseen.works if work.piece.id in foreseen.made_up}
    to_come = bytes_to_come(job, works)
    return {
        **_heading(job, address),
        "steps": [*_steps_to_build(job, works), *(step.row for step in steps)],
        "tokens": [
            {**row, "token_uri": None} if made_up & set(step.files.values()) else row
            for step in steps
            for row in planned_tokens(step)
        ],
        "cids": {work.piece.id: _file_cids(work) for work in works if work.media},
        "bytes_to_pin": to_come
        + sum(_bytes(work) for work in works if not work.pinned and not work.placeholder),
        "bytes_estimated": to_come,
        "unsure": sorted(foreseen.unsure),
        "pin": [holding.row for holding in holdings],
        "bill": bill,
    }


def administered(job: Job, address: str, step: Step, settled: Settled) -> dict[str, Any]:
    """The document of `freeze --json` and `transfer-ownership --json`."""
    return {
        **_heading(job, address),
        "action": step.kind,
        "to": step.effect.details.get("to"),
        "tx": settled.outcome.get("tx"),
        "cached": settled.cached,
    }


def source_published(job: Job, address: str, published: Sequence[Published]) -> dict[str, Any]:
    """The document of `verify-source --json`."""
    return {**_heading(job, address), "published": [asdict(row) for row in published]}


def verified(
    heading: Mapping[str, Any],
    findings: Sequence[Finding],
    pieces: Sequence[str],
    holdings: Sequence[Holding],
    provenance: Provenance | None,
    named: Sequence[str] | None = None,
) -> dict[str, Any]:
    """The document of `verify --json`. `named`: all pieces of the file, if there is one."""
    gone = [
        {"piece": finding.piece, "token_id": finding.token_id, "owner": finding.owner}
        for finding in findings
        if named is not None and finding.piece and finding.piece not in named
    ]
    minted = {finding.piece for finding in findings}
    unread = "" in minted  # a token whose metadata did not come may be any of them
    missing = [] if unread else [piece for piece in pieces if piece not in minted]
    states = [finding.state for finding in findings]
    return {
        **heading,
        "tokens": [
            {**finding.row, "pinned": [held.name for held in holdings if held.holds(finding.cids)]}
            for finding in findings
        ],
        "not_minted": missing,
        **({"not_in_file": gone} if gone else {}),
        "pinned": [_held(holding) for holding in holdings],
        "provenance": provenance
        and {"committed": f"0x{provenance.committed.hex()}", "state": _promise(provenance)},
        "totals": {
            "tokens": len(findings),
            **{state: states.count(state) for state in ("verified", "pending", "failed")},
            "announced": sum(finding.announced is True for finding in findings),
        },
        "ok": not missing
        and all(state == "verified" for state in states)
        and (provenance is None or _promise(provenance) != "broken"),
    }


def _promise(provenance: Provenance) -> str:
    if provenance.kept:
        return "kept"
    return "broken" if provenance.frozen else "not revealed"


def _held(holding: Holding) -> dict[str, Any]:
    states = list(holding.states.values())
    counts = {state.value: states.count(state) for state in PinState}
    return {"to": holding.name, "where": holding.where, **counts, "not_asked": holding.why or None}


def heading(collection: str | None, network: Network, address: str | None) -> dict[str, Any]:
    return {
        "collection": collection,
        "network": network.name,
        "chain_id": network.chain_id,
        "contract": address,
    }


def _heading(job: Job, address: str | None) -> dict[str, Any]:
    return heading(job.collection.name, job.network, address)


def _row(work: Work, network: Network, on_chain: OnChain | None) -> dict[str, Any]:
    token = on_chain.tokens.get(work.piece.id) if on_chain else None
    there = on_chain.address if on_chain and token and not token.planned else None
    media = work.media or {}
    image, animation = image_in(media), animation_of(media)
    measured = work.paint.artifact.provenance if work.paint else {}
    return {
        "id": work.piece.id,
        "name": work.piece.name,
        "token_id": token.token_id if token else None,
        "strokes": measured.get("strokes"),
        "psnr": measured.get("psnr"),
        "image_cid": str(media[image].cid) if image else None,
        "animation_cid": str(animation) if animation else None,
        "metadata_cid": str(work.text_entry.cid) if work.text_entry else None,
        "token_uri": token.uri if token else None,
        "owner": token.owner if token else None,
        "tx": token.tx if token else None,
        "links": token_links(network, there, token.token_id, token.tx) if token and there else {},
        "state": _state(work, token),
        "cached": {
            "paint": work.first is not None and work.first.cached,
            "render": work.render is not None and work.render.cached,
            "pin": work.pin_cached,
            "mint": token is not None and token.cached,
        },
    }


def _state(work: Work, token: Token | None) -> str:
    """How far the piece has come; `outdated` if the chain names other metadata than ours."""
    if token:
        return "planned" if token.planned else "minted" if token.current else "outdated"
    reached = [
        ("pinned", work.pinned),
        ("rendered", work.render),
        ("painted", work.paint),
    ]
    return next((name for name, there in reached if there), "new")


def _bytes(work: Work) -> int:
    media = sum(entry.size for entry in work.media.values()) if work.media else 0
    return media + len(work.text or b"")


def _file_cids(work: Work) -> dict[str, str]:
    """Every file that the piece pins, with the CID it will have."""
    cids = {name: str(entry.cid) for name, entry in (work.media or {}).items()}
    if work.text_entry:
        cids["metadata.json"] = str(work.text_entry.cid)
    return cids


def _steps_to_build(job: Job, works: list[Work]) -> Iterator[dict[str, str]]:
    for work, index in zip(works, job.indices, strict=True):
        subject = work.piece.id
        if job.collection.is_finished(work.piece):
            if not work.render:
                why = job.store.why(artwork_stage(job, index).recipe, subject)
                yield {"stage": "artwork", "subject": subject, "why": why}
        elif not work.paint:
            why = job.store.why(paint_stage(job, index).recipe, subject)
            yield {"stage": "paint", "subject": subject, "why": why}
            yield {"stage": "render", "subject": subject, "why": "when it is painted"}
        elif not work.render:
            stage = render_stage(job, subject, work.paint.artifact)
            yield {
                "stage": "render",
                "subject": subject,
                "why": job.store.why(stage.recipe, subject),
            }
        if not work.pinned:
            yield {"stage": "pin", "subject": subject, "why": "not pinned yet"}


def planned_tokens(step: Step) -> Iterator[dict[str, Any]]:
    """Token ids and URIs as they will be, once the step's directory is on chain."""
    if step.files:
        root = Cid(DAG_PB, bytes.fromhex(str(step.effect.details["directory"])))
        for name, piece in zip(step.files, step.pieces, strict=True):
            token_id = int(name.removesuffix(".json"))
            yield {"piece": piece, "token_id": token_id, "token_uri": f"ipfs://{root}/{name}"}
