"""The gallery of a collection: reads the chain, then the pieces, then writes the page.

    .nftforge/gallery/NETWORK/index.html     the artist's own, with source pictures
    --out DIR                                one for others, without

`run` ends with it. A page is known by a stamp, a digest of what was minted and of the page's own
files, so that a run that changes nothing builds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from nftforge.chain.contract import read_terms, read_tokens
from nftforge.core.errors import MissingError, NftforgeError
from nftforge.core.fingerprint import fingerprint
from nftforge.core.lock import locked
from nftforge.core.stage import Report
from nftforge.gallery.models import GalleryCollection, GalleryPiece
from nftforge.gallery.page import INDEX, Written, claim, static_files, write_page, write_whole
from nftforge.ipfs import dag
from nftforge.ipfs.cid import DAG_PB, Cid
from nftforge.pipeline import documents
from nftforge.pipeline.build import on_disk
from nftforge.pipeline.gallery.pieces import (
    GalleryToken,
    Local,
    first_of,
    read_contract,
    read_pieces,
)
from nftforge.pipeline.job import Job
from nftforge.pipeline.minting.open import mint_plan, open_session
from nftforge.pipeline.minting.plan import transaction_hashes
from nftforge.pipeline.minting.session import Session
from nftforge.pipeline.verify import gateway_source
from nftforge.pipeline.work import Work

VERSION = 1  # raise it when the page is made of other data
STAMP = "stamp"
MOST_NOTES = 10  # tokens of dropped pieces that are named one by one


@dataclass(frozen=True)
class GalleryPage:
    """The page, and what is in it."""

    collection: GalleryCollection
    pieces: Sequence[GalleryPiece]
    written: Written

    @property
    def document(self) -> dict[str, Any]:
        """The document of `gallery --json`."""
        ranks = self.written.ranking.pieces
        return {
            "collection": self.collection.name,
            "network": self.collection.network,
            "chain_id": self.collection.chain_id,
            "contract": self.collection.contract or None,
            "page": str(self.written.index),
            "pieces": [
                {
                    "key": piece.key,
                    "name": piece.name,
                    "token_id": piece.token_id,
                    "minted": piece.minted,
                    "owner": piece.owner or None,
                    "rarity": asdict(rarity),
                }
                for piece, rarity in zip(self.pieces, ranks, strict=True)
            ],
            "checks": [finding.row for finding in self.written.findings],
            "notes": list(self.collection.notes),
        }


def page_folder(job: Job) -> Path:
    """Where the artist's own page is."""
    return job.file.work_folder / "gallery" / job.network.name


def build_page(
    job: Job, report: Report, out: Path | None = None, gateways: Sequence[str] = ()
) -> GalleryPage:
    """Build or renew the page. Raises GuardError if `out` is a folder of something else."""
    job, folder = replace(job, only=frozenset()), out or page_folder(job)
    claim(folder)
    works = on_disk(job)
    collection, tokens = _look_at_chain(job, works)
    if out and job.collection.mint.placeholder:  # what it will be is nobody's business yet
        tokens = [token for token in tokens if token.minted]
    get = first_of([job.blocks.get, *(gateway_source(url).get for url in gateways)])
    collection = _described(collection, get)
    with locked(folder, f"the page in {folder}"):
        pieces = read_pieces(
            tokens,
            get,
            _local(job, works),
            folder,
            private=out is None,
            on_done=lambda done: report.progress("gallery", done, len(tokens)),
        )
        collection = replace(collection, private=out is None)
        return GalleryPage(collection, pieces, write_page(folder, collection, pieces))


def renew_page(job: Job, document: Mapping[str, Any], report: Report) -> None:
    """Renew the page if `document`, that of the run, or the page's own files are not its."""
    stamp_path = page_folder(job) / STAMP
    settled = {
        **document,
        "pieces": [{k: v for k, v in row.items() if k != "cached"} for row in document["pieces"]],
    }
    own = {name: content.decode() for name, content in static_files()}
    stamp = fingerprint(VERSION, settled, own).encode()
    try:
        if not stamp_path.is_file() or stamp_path.read_bytes() != stamp:
            build_page(job, report)
            write_whole(stamp_path, stamp)
    except (NftforgeError, OSError) as error:  # the run itself is done and well
        report.warn(f"gallery: not built: {error}")
    else:
        report.say(f"gallery: {stamp_path.with_name(INDEX)}")


# --- what there is ------------------------------------------------------------------------------


def _look_at_chain(job: Job, works: Sequence[Work]) -> tuple[GalleryCollection, list[GalleryToken]]:
    """The contract and its tokens, then the pieces that are to be minted."""
    collection = job.collection
    shown = GalleryCollection(
        name=collection.name,
        symbol=collection.symbol,
        description=collection.description,
        network=job.network.name,
        chain_id=job.network.chain_id,
        contract="",
        royalty_percent=collection.contract.royalty_percent,
        explorer=job.network.explorer or "",
    )
    try:
        with open_session(job) as session:
            return _read_chain(job, session, works, shown)
    except MissingError as missing:
        note = f"The chain was not asked: {missing.fact}. This is what this machine has."
        coming = [GalleryToken(None, "", "", minted=False, piece=work.piece.id) for work in works]
        return replace(shown, notes=(note,)), coming


def _read_chain(
    job: Job, session: Session, works: Sequence[Work], shown: GalleryCollection
) -> tuple[GalleryCollection, list[GalleryToken]]:
    plan = mint_plan(job, session, list(works))
    if plan.state is None:
        uri = f"ipfs://{Cid(DAG_PB, session.spec.contract_directory)}/contract.json"
        shown = replace(
            shown, contract=session.address, owner=session.spec.owner, contract_uri=uri,
            royalty_receiver=session.spec.owner,
            notes=("There is no contract yet: this is what would be minted, and where.",),
        )  # fmt: skip
        minted: list[GalleryToken] = []
    else:
        terms = read_terms(session.chain, session.address)
        shown = replace(
            shown,
            name=plan.state.name,
            symbol=plan.state.symbol,
            contract=session.address,
            deployed=True,
            owner=plan.state.owner,
            royalty_percent=terms.royalty_bps / 100,
            royalty_receiver=terms.royalty_receiver,
            contract_uri=terms.contract_uri,
        )
        hashes = transaction_hashes(session)
        minted = [
            GalleryToken(token_id, owner, uri, hashes.get(token_id, ""))
            for token_id, (owner, uri) in read_tokens(
                session.chain, session.address, range(1, plan.state.next_id)
            ).items()
        ]
    there = {piece for batch in plan.minted for piece in batch.pieces}
    coming = {
        row["piece"]: GalleryToken(
            row["token_id"], to, row["token_uri"], minted=False, piece=row["piece"]
        )
        for step in plan.steps
        if step.kind == "mint"
        for to, row in zip(step.to, documents.planned_tokens(step), strict=True)
    }
    for work in works:
        if work.piece.id not in there:
            coming.setdefault(
                work.piece.id, GalleryToken(None, "", "", minted=False, piece=work.piece.id)
            )
    known = set(job.file.ids)
    dropped = [(i, piece) for i, piece in plan.tokens.items() if piece not in known]
    notes = [
        f"Token {token_id} was minted from {piece!r}, which this file no longer names."
        for token_id, piece in dropped[:MOST_NOTES]
    ]
    if len(dropped) > MOST_NOTES:
        notes.append(f"So were {len(dropped) - MOST_NOTES} more.")
    shown = replace(shown, notes=(*shown.notes, *notes))
    if plan.outdated:
        names = ", ".join(sorted(plan.outdated)[:10])
        note = f"Changed here since it was published, and not shown: {names}. `nftforge update`."
        shown = replace(shown, notes=(*shown.notes, note))
    return shown, [*minted, *coming.values()]


def _described(shown: GalleryCollection, get: dag.Get) -> GalleryCollection:
    """With the description that the contract gives; the file's while there is no contract."""
    if not shown.deployed or not shown.contract_uri:
        return shown
    metadata, problem = read_contract(shown.contract_uri, get)
    notes = (f"The contract's metadata did not come: {problem}",) if problem else ()
    return replace(shown, description=metadata.string("description"), notes=(*shown.notes, *notes))


def _local(job: Job, works: Sequence[Work]) -> dict[str, Local]:
    folder = job.file.path.parent
    return {
        work.piece.id: Local(
            name=work.piece.name,
            painting=work.paint.artifact if work.paint else None,
            picture=folder / work.piece.image,
            text=work.text,
            files={
                entry.cid: work.render.artifact.path(name)
                for name, entry in (work.media or {}).items()
            }
            if work.render
            else {},
        )
        for work in works
    }
