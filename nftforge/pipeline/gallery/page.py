"""The gallery of a collection: reads the chain, then the pieces, then writes the page.

    .nftforge/gallery/NETWORK/index.html     the artist's own, with source pictures and checks
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
from nftforge.core.limits import holds
from nftforge.core.lock import locked
from nftforge.core.stage import Report
from nftforge.gallery.metadata import Metadata, read_draft
from nftforge.gallery.models import GalleryCollection, GalleryPiece
from nftforge.gallery.page import (
    INDEX,
    PICTURE,
    Written,
    claim,
    static_files,
    write_page,
    write_whole,
)
from nftforge.ipfs import dag
from nftforge.ipfs.cid import DAG_PB, Cid
from nftforge.media.card import MOST_SHOWN, social_card
from nftforge.painting.settings import FLAT
from nftforge.pipeline import documents
from nftforge.pipeline.artwork import artwork_stage, foreseen_files
from nftforge.pipeline.build import on_disk
from nftforge.pipeline.foresee import foresee
from nftforge.pipeline.gallery.listings import sale_terms, with_sales
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
from nftforge.pipeline.paint import layer_files, painted
from nftforge.pipeline.preview import SKETCH, find_preview
from nftforge.pipeline.render import lit_by
from nftforge.pipeline.selling.book import book_digest
from nftforge.pipeline.selling.on_page import PageSales, sales_for_page
from nftforge.pipeline.verify import gateway_source
from nftforge.pipeline.work import Work

VERSION = 2  # raise it when the page is made of other data
STAMP = "stamp"
MOST_NOTES = 10  # tokens of dropped pieces that are named one by one


@dataclass(frozen=True)
class GalleryPage:
    """The page, and what is in it."""

    collection: GalleryCollection
    pieces: Sequence[GalleryPiece]
    written: Written

    @property
    def notes(self) -> list[str]:
        """All of them: those for the artist, then those for everybody."""
        return [*self.collection.artist_notes, *self.collection.notes]

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
            "notes": self.notes,
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
    collection, tokens, sold = _look_at_chain(job, works, report)
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
        pieces = with_sales(pieces, sold.orders, sold.sales)
        picture = _social_picture(folder, pieces)
        sale = sale_terms(job.network.currency) if sold.orders or sold.sales else None
        collection = replace(collection, private=out is None, picture=picture, sale=sale)
        return GalleryPage(collection, pieces, write_page(folder, collection, pieces))


def _social_picture(folder: Path, pieces: Sequence[GalleryPiece]) -> str:
    """Write what a shared link shows; empty if no piece has a picture."""
    previews = [piece.preview for piece in pieces if piece.preview.endswith(".webp")]
    if not previews:
        (folder / PICTURE).unlink(missing_ok=True)
        return ""
    shown = [(folder / preview).read_bytes() for preview in previews[:MOST_SHOWN]]
    write_whole(folder / PICTURE, social_card(shown))
    return PICTURE


def renew_page(job: Job, document: Mapping[str, Any], report: Report) -> Path | None:
    """Renew the page if `document`, that of the run, or the page's own files are not its.

    Returns where it is; None, and says why, if it cannot be built.
    """
    stamp_path = page_folder(job) / STAMP
    settled = {
        **document,
        "pieces": [{k: v for k, v in row.items() if k != "cached"} for row in document["pieces"]],
    }
    own = {name: content.decode() for name, content in static_files()}
    listed = book_digest(job.file.work_folder, job.network.name)
    stamp = fingerprint(VERSION, settled, own, listed).encode()
    try:
        if not holds(stamp_path, stamp):
            build_page(job, report)
            write_whole(stamp_path, stamp)
    except (NftforgeError, OSError) as error:  # the run itself is done and well
        report.warn(f"gallery: not built: {error}")
        return None
    return stamp_path.with_name(INDEX)


def rebuild_page(job: Job, report: Report) -> None:
    """The artist's page anew, if there is one: what is for sale has changed."""
    if not (page_folder(job) / INDEX).exists():
        return
    try:
        build_page(job, report)
    except (NftforgeError, OSError) as error:  # what was listed is listed
        report.warn(f"gallery: not built: {error}")


# --- what there is ------------------------------------------------------------------------------


def _look_at_chain(
    job: Job, works: Sequence[Work], report: Report
) -> tuple[GalleryCollection, list[GalleryToken], PageSales]:
    """The contract and its tokens, then the pieces that are to be minted; what is for sale."""
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
        url=collection.external_url or "",
    )
    try:
        with open_session(job) as session:
            seen = _read_chain(job, session, works, shown)
            return *seen, sales_for_page(job, session, report)
    except MissingError as missing:
        note = f"The chain was not asked: {missing.in_a_line}. This is what this machine has."
        coming = [GalleryToken(None, "", "", minted=False, piece=work.piece.id) for work in works]
        return replace(shown, artist_notes=(note,)), coming, PageSales()


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
        more = len(dropped) - MOST_NOTES
        notes.append(f"So {'was' if more == 1 else 'were'} {more} more.")
    if plan.outdated:
        names = ", ".join(sorted(plan.outdated)[:10])
        notes.append(
            f"Changed here since it was published, and not shown: {names}. `nftforge update`."
        )
    return replace(shown, artist_notes=tuple(notes)), [*minted, *coming.values()]


def _described(shown: GalleryCollection, get: dag.Get) -> GalleryCollection:
    """With the description that the contract gives; the file's while there is no contract."""
    if not shown.deployed or not shown.contract_uri:
        return shown
    metadata, problem = read_contract(shown.contract_uri, get)
    notes = (f"The contract's metadata did not come: {problem}",) if problem else ()
    return replace(
        shown,
        description=metadata.string("description"),
        artist_notes=(*shown.artist_notes, *notes),
    )


def _local(job: Job, works: Sequence[Work]) -> dict[str, Local]:
    foreseen = {work.piece.id: work for work in foresee(job, works, {}).works}
    finished = set(job.indices) - set(painted(job))
    sketches = {
        work.piece.id: find_preview(job, index)
        for work, index in zip(works, job.indices, strict=True)
        if not work.paint and index not in finished
    }
    return {
        work.piece.id: Local(
            name=work.piece.name,
            painting=work.paint.artifact if work.paint else None,
            picture=None if index in finished else job.file.locate(work.piece.image),
            frame=work.piece.frame,
            layers=layer_files(job.file, work.piece),
            relief=lit_by(work.render.artifact.recipe.params) if work.render else FLAT,
            sketch=sketch.path(SKETCH) if (sketch := sketches.get(work.piece.id)) else None,
            text=foreseen[work.piece.id].text if index in finished else work.text,
            draft=_draft(foreseen[work.piece.id]),
            finished=index in finished,
            files=_files(job, work, index in finished, index),
        )
        for work, index in zip(works, job.indices, strict=True)
    }


def _files(job: Job, work: Work, finished: bool, index: int) -> dict[Cid, Path]:
    """Where on this disk the files are that its metadata names."""
    if work.render:
        made = work.render.artifact
        return {entry.cid: made.path(name) for name, entry in (work.media or {}).items()}
    if not finished:
        return {}
    files = foreseen_files(artwork_stage(job, index), job.collection.pin.profile)
    return {entry.cid: path for path, entry in files.values()}


def _draft(foreseen: Work) -> Metadata:
    """What a piece will say of itself; how many strokes it took is known when it is painted."""
    unknown = {"Strokes"} - foreseen.piece.traits.keys()
    return read_draft(foreseen.text or b"", unknown)
