"""The order of things. Read `run` first: it is the table of contents of nftforge.

    run      paint -> render -> pin -> mint, each only where needed
    plan     what run would do, why, and what it would cost; sends and writes nothing
    status   where each piece stands

All three walk the same steps: `run` builds what is missing, the others only look. The documents
they return are the JSON of the command line (section 4 of the design): a contract with scripts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nftforge.chain.networks import Network
from nftforge.chain.rpc import connect
from nftforge.chain.wallet import signer_for
from nftforge.config import Collection, CollectionFile, Piece
from nftforge.errors import ConfigError
from nftforge.ipfs.backend import Backend, Pinnable, PinState
from nftforge.ipfs.blockstore import Blockstore
from nftforge.ipfs.local import LocalBackend
from nftforge.ipfs.unixfs import PROFILES, Entry
from nftforge.journal import Journal
from nftforge.lock import locked
from nftforge.painting.brushes import brush_names
from nftforge.painting.engine import ENGINES
from nftforge.stages import mint, pin
from nftforge.stages.paint import paint_stage
from nftforge.stages.render import render_stage
from nftforge.stages.stage import GIF, MP4, Built, Report, Stage, ensure, settle
from nftforge.stages.verify import LocalPiece, verify_tokens
from nftforge.store import Store

STAGES = ("paint", "render", "pin", "mint")

Consent = Callable[[Mapping[str, Any]], None]
"""Shown the bill before anything is sent; raises GuardError to refuse."""

Obtain = Callable[[Stage], Built | None]
"""How a step is taken: built if missing (`run`), or only looked up (`plan`, `status`)."""


@dataclass(frozen=True)
class Job:
    """One collection aimed at one network."""

    file: CollectionFile
    network: Network
    only: frozenset[str]  # piece ids; empty means all
    env: Mapping[str, str]  # the environment and .env: RPC URLs, keys
    keystores: Path
    ask_password: Callable[[], str] | None = None

    @property
    def collection(self) -> Collection:
        return self.file.collection

    @property
    def store(self) -> Store:
        return Store(self.file.work_folder)

    @property
    def blocks(self) -> Blockstore:
        return Blockstore(self.file.work_folder / "ipfs" / "blocks")

    @property
    def indices(self) -> list[int]:
        """Which of the file's pieces this job is about."""
        pieces = enumerate(self.collection.pieces)
        return [index for index, piece in pieces if not self.only or piece.id in self.only]


@dataclass(frozen=True)
class Work:
    """How far one piece has come; None where it has not."""

    piece: Piece
    paint: Built | None = None
    render: Built | None = None
    media: Mapping[str, Entry] | None = None  # file name -> its CID and size
    text: bytes | None = None  # its metadata JSON
    metadata: Built | None = None
    pinned: bool = False
    pin_cached: bool = False


@dataclass(frozen=True)
class Outcome:
    document: dict[str, Any]  # as section 4 of the design lays it down
    folders: Mapping[str, Path]  # piece id -> where its rendered files are


def run(job: Job, report: Report, consent: Consent, until: str = "mint") -> Outcome:
    """Paint, render, pin and mint what is not there yet; the document of `run --json`."""
    with locked(job.file.work_folder, str(job.file.path)):
        job.store.sweep()
        works = build(job, report, until)
        if until in ("pin", "mint"):
            works = pin_pieces(job, works, report)
        ledger = mint_pieces(job, works, report, consent) if until == "mint" else None
        if until in ("pin", "mint"):
            backup(job, report)
    return outcome(job, works, ledger)


def status(job: Job) -> Outcome:
    """Where each piece stands, by looking at the disk and at the chain."""
    works = look(job)
    with opened(job) as site:
        return outcome(job, works, mint.read_ledger(site, mint_plan(job, site, works), sent=()))


def rehearse(job: Job, report: Report) -> dict[str, Any]:
    """Everything but the sending (`run --dry-run`): make it all here, then `plan` the rest."""
    with locked(job.file.work_folder, str(job.file.path)):
        job.store.sweep()
        build(job, report, "pin")
    return plan(job)


def plan(job: Job) -> dict[str, Any]:
    """What `run` would do and why, the bytes to pin, the gas and what it costs, the balance."""
    works = look(job)
    with opened(job) as site:
        steps = mint_plan(job, site, works).steps
        return {
            "collection": job.collection.name,
            "network": job.network.name,
            "chain_id": job.network.chain_id,
            "contract": site.address,
            "steps": [*_steps_to_build(job, works), *(step.row for step in steps)],
            "tokens": [row for step in steps for row in _planned_tokens(job, step)],
            "bytes_to_pin": sum(_bytes(work) for work in works if not work.pinned),
            "bill": mint.bill(site, steps),
        }


def verify(job: Job) -> dict[str, Any]:
    """From the chain down to the bytes on this disk; `ok` is False if anything differs."""
    works = look(job)
    local = {
        work.piece.id: LocalPiece(work.paint.artifact, work.render.artifact)
        for work in works
        if work.paint and work.render
    }
    with opened(job) as site:
        findings = verify_tokens(site.chain, site.address, job.blocks, local)
        minted = {finding.piece for finding in findings}
        missing = [work.piece.id for work in works if work.piece.id not in minted]
        return {
            "collection": job.collection.name,
            "network": job.network.name,
            "chain_id": job.network.chain_id,
            "contract": site.address,
            "tokens": [finding.row for finding in findings],
            "not_minted": missing,
            "ok": not missing and not any(finding.problems for finding in findings),
        }


def check(job: Job) -> None:
    """Refuse names that nothing answers to, before any work. Raises ConfigError with the line."""
    collection = job.collection
    for place, name, known in (
        (("paint", "brush"), collection.paint.brush, brush_names()),
        (("paint", "engine"), collection.paint.engine, ["auto", *ENGINES]),
        *(
            (("pieces", index, "brush"), piece.brush, brush_names())
            for index, piece in enumerate(collection.pieces)
            if piece.brush
        ),
    ):
        if name not in known:
            raise job.file.error(
                place, f"there is no {place[-1]} {name!r}", hint=f"there are: {', '.join(known)}"
            )
    backends(job)
    unknown = job.only - {piece.id for piece in collection.pieces}
    if unknown:
        raise ConfigError(
            f"--only: there is no piece {', '.join(sorted(unknown))} in {job.file.path}",
            hint=f"pieces: {', '.join(piece.id for piece in collection.pieces[:20])}",
        )


# --- paint, render, describe: one walk, building or only looking --------------------------------


def build(job: Job, report: Report, until: str) -> list[Work]:
    """Every piece painted, rendered and described, as far as `until`."""

    def obtain(stage: Stage) -> Built:
        return ensure(stage, job.store, report)

    return walk(job, obtain, until)


def look(job: Job) -> list[Work]:
    """The same without building: what is on disk already."""

    def obtain(stage: Stage) -> Built | None:
        found = job.store.find(stage.recipe, stage.subject)
        return Built(found, cached=True) if found else None

    return [
        replace(work, pinned=pinned, pin_cached=pinned)
        for work in walk(job, obtain, "mint")
        for pinned in [is_pinned(job, work)]
    ]


def walk(job: Job, obtain: Obtain, until: str) -> list[Work]:
    """Take the pieces through the stages, all pieces through one stage before the next."""
    works = []
    for index in job.indices:
        painted = obtain(paint_stage(job.file, index))
        works.append(Work(job.collection.pieces[index], painted))
    if until == "paint":
        return works
    works = [render(job, work, obtain) for work in works]
    if until == "render":
        return works
    return [describe(job, work, obtain) for work in works]


def render(job: Job, work: Work, obtain: Obtain) -> Work:
    if not work.paint:
        return work
    stage = render_stage(job.collection, work.piece.id, work.paint.artifact)
    return replace(work, render=obtain(stage))


def describe(job: Job, work: Work, obtain: Obtain) -> Work:
    """Compute the CIDs of a rendered piece's media and write its metadata."""
    if not (work.paint and work.render):
        return work
    profile = job.collection.pin.profile
    address = obtain(pin.AddressStage(work.piece.id, work.render.artifact, profile))
    if not address:
        return work
    media = pin.read_addresses(address.artifact)
    text = pin.piece_metadata(job.collection, work.piece, work.paint.artifact, media)
    metadata = obtain(pin.MetadataStage(work.piece.id, {"metadata.json": text}))
    return replace(work, media=media, text=text, metadata=metadata)


# --- pin ----------------------------------------------------------------------------------------


def pin_pieces(job: Job, works: list[Work], report: Report) -> list[Work]:
    """Every piece's media and metadata, and the contract's, held by every back-end."""
    pin_directory(job, "contract", pin.contract_files(job.collection), report)
    pinned = []
    for work in works:
        cached = pin_items(job, work.piece.id, piece_items(job, work), report)
        pinned.append(replace(work, pinned=True, pin_cached=cached))
    return pinned


def piece_items(job: Job, work: Work) -> list[Pinnable]:
    """What one piece pins: its media files and its metadata file."""
    assert work.render and work.metadata and work.media and work.text
    media = [
        Pinnable(f"{work.piece.id}/{name}", entry, work.render.artifact.path(name))
        for name, entry in work.media.items()
    ]
    text = pin.file_entry(work.text, job.collection.pin.profile)
    path = work.metadata.artifact.path(f"{pin.FILES}/metadata.json")
    return [*media, Pinnable(f"{work.piece.id}/metadata.json", text, path)]


def pin_directory(job: Job, subject: str, files: Mapping[str, bytes], report: Report) -> None:
    """Write `files` as a metadata directory and pin it as one folder."""
    built = ensure(pin.MetadataStage(subject, files), job.store, report)
    entry = pin.directory_entry(files, job.collection.pin.profile)
    item = Pinnable(subject, entry, built.artifact.path(pin.FILES))
    pin_items(job, subject, [item], report)


def pin_items(job: Job, subject: str, items: list[Pinnable], report: Report) -> bool:
    return pin.pin_everywhere(backends(job), subject, items, pin_journal(job), report)


def pin_journal(job: Job) -> Journal:
    return Journal(job.file.work_folder / "journal" / "pin.jsonl", {"journal": "pin"})


def backup(job: Job, report: Report) -> None:
    """Bring the CAR of everything pinned up to date."""
    path = job.file.work_folder / "ipfs" / "collection.car"
    if pin.write_backup(path, pin_journal(job), job.blocks, job.collection.pin.profile):
        report.say(f"backup: {path}")


def backends(job: Job) -> list[Backend]:
    """The back-ends named in `pin: {to: [...]}`. Raises ConfigError naming the line."""
    made: list[Backend] = []
    for index, name in enumerate(job.collection.pin.to):
        if name != "local":
            raise job.file.error(("pin", "to", index), f"there is no back-end {name!r}; use local")
        made.append(LocalBackend(job.blocks, PROFILES[job.collection.pin.profile]))
    return made


def is_pinned(job: Job, work: Work) -> bool:
    """Whether every back-end holds all that the piece pins."""
    return work.metadata is not None and all(
        backend.state(item.entry.cid) is PinState.PINNED
        for backend in backends(job)
        for item in piece_items(job, work)
    )


# --- mint ---------------------------------------------------------------------------------------


def mint_pieces(job: Job, works: list[Work], report: Report, consent: Consent) -> mint.Ledger:
    """Deploy if absent, publish changed metadata, mint what is missing; never twice."""
    with opened(job) as site:
        mint.resume(site, report)
        steps = mint_plan(job, site, works).steps
        if steps:
            consent(mint.bill(site, steps))
        for step in steps:
            if step.files:
                pin_directory(job, step.subject, step.files, report)
            settle(step.effect, site.journal)
            report.say(f"{step.kind} {step.subject}: {step.why}; done")
        return mint.read_ledger(site, mint_plan(job, site, works), sent=steps)


def mint_plan(job: Job, site: mint.Site, works: list[Work]) -> mint.MintPlan:
    """What the chain has and the transactions that would bring it up to `works`."""
    profile = job.collection.pin.profile
    return mint.plan_mint(
        site,
        texts={work.piece.id: work.text for work in works if work.text},
        read_directory=lambda digest: pin.read_directory(job.blocks, digest),
        digest_of=lambda files: pin.directory_entry(files, profile).cid.digest,
        to=job.collection.mint.to or site.signer.address,
    )


@contextmanager
def opened(job: Job) -> Iterator[mint.Site]:
    """The job's chain, key, contract and journal; sends nothing and writes nothing."""
    network, folder = job.network, job.file.work_folder
    contract = pin.directory_entry(pin.contract_files(job.collection), job.collection.pin.profile)
    with connect(
        network,
        rpc_url=job.env.get(network.rpc_env or "") or network.default_rpc,
        embedded_path=folder / "chain" / "embedded.sqlite",
    ) as chain:
        signer = signer_for(network, job.env, job.keystores, job.ask_password)
        yield mint.open_site(chain, signer, folder / "journal", job.collection, contract.cid.digest)


# --- the documents ------------------------------------------------------------------------------


def outcome(job: Job, works: list[Work], ledger: mint.Ledger | None) -> Outcome:
    rows = [_row(job, work, ledger) for work in works]
    document = {
        "collection": job.collection.name,
        "network": job.network.name,
        "chain_id": job.network.chain_id,
        "contract": ledger.address if ledger and ledger.deployed else None,
        "pieces": rows,
        "totals": {
            "pieces": len(rows),
            "strokes": sum(row["strokes"] or 0 for row in rows),
            "bytes": sum(_bytes(work) for work in works),
            "pinned": sum(work.pinned for work in works),
            "minted": sum(row["token_id"] is not None for row in rows),
        },
    }
    folders = {work.piece.id: work.render.artifact.folder for work in works if work.render}
    return Outcome(document, folders)


def _row(job: Job, work: Work, ledger: mint.Ledger | None) -> dict[str, Any]:
    token = ledger.tokens.get(work.piece.id) if ledger else None
    media = work.media or {}
    measured = work.paint.artifact.provenance if work.paint else {}
    text = pin.file_entry(work.text, job.collection.pin.profile) if work.text else None
    return {
        "id": work.piece.id,
        "name": work.piece.name,
        "token_id": token.token_id if token else None,
        "strokes": measured.get("strokes"),
        "psnr": measured.get("psnr"),
        "image_cid": str(media[GIF].cid) if GIF in media else None,
        "animation_cid": str(media[MP4].cid) if MP4 in media else None,
        "metadata_cid": str(text.cid) if text else None,
        "token_uri": token.uri if token else None,
        "owner": token.owner if token else None,
        "tx": token.tx if token else None,
        "state": _state(work, token),
        "cached": {
            "paint": work.paint is not None and work.paint.cached,
            "render": work.render is not None and work.render.cached,
            "pin": work.pin_cached,
            "mint": token is not None and token.cached,
        },
    }


def _state(work: Work, token: mint.Token | None) -> str:
    """How far the piece has come; `outdated` if the chain names other metadata than ours."""
    if token:
        return "minted" if token.current else "outdated"
    reached = [
        ("pinned", work.pinned),
        ("rendered", work.render),
        ("painted", work.paint),
    ]
    return next((name for name, there in reached if there), "new")


def _bytes(work: Work) -> int:
    media = sum(entry.size for entry in work.media.values()) if work.media else 0
    return media + len(work.text or b"")


def _steps_to_build(job: Job, works: list[Work]) -> Iterator[dict[str, str]]:
    for work, index in zip(works, job.indices, strict=True):
        subject = work.piece.id
        if not work.paint:
            why = job.store.why(paint_stage(job.file, index).recipe, subject)
            yield {"stage": "paint", "subject": subject, "why": why}
        elif not work.render:
            stage = render_stage(job.collection, subject, work.paint.artifact)
            yield {
                "stage": "render",
                "subject": subject,
                "why": job.store.why(stage.recipe, subject),
            }
        elif not work.pinned:
            yield {"stage": "pin", "subject": subject, "why": "not pinned yet"}


def _planned_tokens(job: Job, step: mint.Step) -> Iterator[dict[str, Any]]:
    """Token ids and URIs as they will be, once the step's directory is on chain."""
    if step.files:
        root = pin.directory_entry(step.files, job.collection.pin.profile).cid
        for name, piece in zip(step.files, step.pieces, strict=True):
            token_id = int(name.removesuffix(".json"))
            yield {"piece": piece, "token_id": token_id, "token_uri": f"ipfs://{root}/{name}"}
