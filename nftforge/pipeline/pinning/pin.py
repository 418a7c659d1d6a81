"""What is public of a job, held by every back-end of `pin: {to: [...]}`, and the backup of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nftforge.chain.contract import read_state
from nftforge.config.models import Pin
from nftforge.core.errors import MissingError
from nftforge.core.journal import Journal
from nftforge.core.lock import locked
from nftforge.core.stage import Report, ensure
from nftforge.ipfs.backend import Backend, Pinnable
from nftforge.ipfs.blockstore import Blockstore
from nftforge.ipfs.service import nothing
from nftforge.pipeline import metadata as pin
from nftforge.pipeline.job import Job, Work
from nftforge.pipeline.minting.open import mint_plan, opened, placeholder_item
from nftforge.pipeline.pinning.backends import Make, back_ends
from nftforge.pipeline.pinning.backup import read_backup, write_backup
from nftforge.pipeline.pinning.effect import Holding, PinBatch, Stop, pin_everywhere

LOOK_S = 20.0  # patience with a back-end that is only looked at


def pin_pieces(job: Job, works: list[Work], report: Report) -> list[Work]:
    """What is public of every piece, held by every back-end: before a reveal, the placeholder."""
    return pin_works(job, behind_placeholder(job, works), report)


def pin_works(job: Job, works: list[Work], report: Report) -> list[Work]:
    """Every piece's media and metadata (its placeholder, if it is veiled), and the contract's."""
    contract = directory_batch(job, "contract", pin.contract_files(job.collection), report)
    pieces = [PinBatch(work.piece.id, public_items(job, work)) for work in works]
    cached = pin_batches(job, [contract, *pieces], report)
    return [replace(work, pinned=True, pin_cached=cached[work.piece.id]) for work in works]


def pin_directory(job: Job, subject: str, files: Mapping[str, bytes], report: Report) -> None:
    """One metadata directory, held by every back-end before a transaction publishes it."""
    pin_batches(job, [directory_batch(job, subject, files, report)], report)


def pin_published(job: Job, report: Report) -> None:
    """The directories that the contract names, held by back-ends that came later too."""
    if set(job.collection.pin.to) == {"local"}:
        return
    with opened(job) as session:
        state = read_state(session.chain, session.address)
    batches = []
    for batch in state.batches if state else ():
        texts = pin.read_directory(job.blocks, batch.directory)
        files = {f"{token_id}.json": text for token_id, text in texts.items()}
        if pin.directory_entry(files, job.collection.pin.profile).cid.digest == batch.directory:
            label = f"tokens-{batch.first_id}-{batch.first_id + batch.count - 1}"
            batches.append(directory_batch(job, label, files, report))
    if batches:
        pin_batches(job, batches, report)


def pin_batches(job: Job, batches: Sequence[PinBatch], report: Report) -> dict[str, bool]:
    stop = Stop()
    return pin_everywhere(
        backends(job, stop), batches, pin_journal(job.file.work_folder), report,
        stop=stop, wait_s=job.collection.pin.wait_s,
    )  # fmt: skip


def directory_batch(job: Job, subject: str, files: Mapping[str, bytes], report: Report) -> PinBatch:
    """`files`, written as a metadata directory to be pinned as one folder."""
    built = ensure(pin.MetadataStage(subject, files), job.store, report)
    entry = pin.directory_entry(files, job.collection.pin.profile)
    return PinBatch(subject, [Pinnable(subject, entry, built.artifact.path(pin.FILES))])


def behind_placeholder(job: Job, works: list[Work]) -> list[Work]:
    """`works`, behind the placeholder if there is one, unless the chain shows the reveal."""
    placeholder = placeholder_item(job)
    if placeholder is None:
        return works
    try:
        with opened(job) as session:
            if mint_plan(job, session, works).revealed:
                return works
    except MissingError:  # no chain is set up: nothing can have been revealed from here
        pass
    return [replace(work, placeholder=placeholder) for work in works]


def public_items(job: Job, work: Work) -> list[Pinnable]:
    """What is pinned of a piece now: before a reveal only the placeholder."""
    return [work.placeholder] if work.placeholder else piece_items(job, work)


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


def is_pinned(job: Job, work: Work, holdings: Sequence[Holding]) -> bool:
    """Whether every back-end that could be asked holds all that the piece pins."""
    if not work.metadata:
        return False
    cids = [item.entry.cid for item in public_items(job, work)]
    return all(holding.why or holding.holds(cids) for holding in holdings)


def backends(job: Job, tick: Callable[[], None] = nothing) -> list[Backend]:
    """The back-ends of `pin: {to: [...]}`. Raises MissingError (no key), ConfigError."""
    made = back_ends(job.collection.pin, job.blocks, job.env, tick)
    return [make() for make in made.values()]


def quick_back_ends(job: Job) -> dict[str, Make]:
    """The back-ends as they are looked at: with less patience than when something is sent."""
    section = job.collection.pin
    quick = section.model_copy(update={"give_up_s": min(section.give_up_s, LOOK_S)})
    return back_ends(quick, job.blocks, job.env)


def repin(
    section: Pin, work_folder: Path, env: Mapping[str, str], car: Path, report: Report
) -> dict[str, Any]:
    """Pin everything in a backup to every back-end; needs nothing else of the collection."""
    blocks = Blockstore(work_folder / "ipfs" / "blocks")
    with locked(work_folder, str(car)), tempfile.TemporaryDirectory(dir=work_folder) as folder:
        root, profile, batches = read_backup(car, blocks, Path(folder), section.profile)
        stop = Stop()
        chosen = section.model_copy(update={"profile": profile.name})
        made = [make() for make in back_ends(chosen, blocks, env, stop).values()]
        cached = pin_everywhere(
            made, batches, pin_journal(work_folder), report, stop=stop, wait_s=section.wait_s
        )
        items = [item for batch in batches for item in batch.items]
    return {
        "root": str(root),
        "to": [backend.name for backend in made],
        "files": len(items),
        "bytes": sum(item.entry.size for item in items),
        "cached": cached,
    }


def backup(job: Job, report: Report) -> None:
    """Bring the CAR of everything pinned up to date."""
    path = job.file.work_folder / "ipfs" / "collection.car"
    if write_backup(
        path, pin_journal(job.file.work_folder), job.blocks, job.collection.pin.profile
    ):
        report.say(f"backup: {path}")


def pin_journal(work_folder: Path) -> Journal:
    return Journal(work_folder / "journal" / "pin.jsonl", {"journal": "pin"})
