"""What is public of a collection, held by every back-end of `pin: {to: [...]}`, and its backup."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nftforge.chain.connection import Chain
from nftforge.chain.contract import read_state
from nftforge.config.models import Pin
from nftforge.core.errors import all_of
from nftforge.core.journal import Journal
from nftforge.core.links import refuse_links
from nftforge.core.lock import locked
from nftforge.core.stage import Report, ensure
from nftforge.core.store import Store
from nftforge.ipfs.backend import Backend, Pinnable
from nftforge.ipfs.blockstore import Blockstore
from nftforge.ipfs.service import nothing
from nftforge.ipfs.unixfs import PROFILES, import_files
from nftforge.pipeline import metadata
from nftforge.pipeline.directories import Directories
from nftforge.pipeline.job import Job, blocks_in
from nftforge.pipeline.pinning.backends import Make, back_ends
from nftforge.pipeline.pinning.backup import read_backup, write_backup
from nftforge.pipeline.pinning.destinations import check_destinations
from nftforge.pipeline.pinning.effect import Holding, PinBatch, Stop, pin_everywhere, survey
from nftforge.pipeline.work import Work

LOOK_S = 20.0  # patience with a back-end that is only looked at


@dataclass(frozen=True)
class Pinner:
    """What pinning needs of a collection: where to, from where, and where it is written down."""

    section: Pin
    env: Mapping[str, str]
    work_folder: Path
    report: Report

    @property
    def blocks(self) -> Blockstore:
        return blocks_in(self.work_folder)

    @property
    def directories(self) -> Directories:
        return Directories(self.blocks, self.section.profile)

    def back_ends(self, tick: Callable[[], None] = nothing) -> list[Backend]:
        """Each back-end, made. Raises MissingError (no key), ConfigError (no address)."""
        made = back_ends(self.section, self.blocks, self.env, tick)
        return all_of(made.values())

    @property
    def journal(self) -> Journal:
        return Journal(self.work_folder / "journal" / "pin.jsonl", {"journal": "pin"})


def open_pinner(job: Job, report: Report) -> Pinner:
    """Raises MissingError (no key) or ConfigError (no address, or one that must not have the key)
    if a back-end cannot be made."""
    check_destinations(job.file, job.env)
    pinner = Pinner(job.collection.pin, job.env, job.file.work_folder, report)
    pinner.back_ends()
    return pinner


def pin_works(
    pinner: Pinner, contract_files: Mapping[str, bytes], works: Sequence[Work]
) -> list[Work]:
    """Every piece's media and metadata (before a reveal its placeholder), and the contract's."""
    contract = _directory(pinner, "contract", contract_files)
    pieces = [PinBatch(work.piece.id, work.public) for work in works]
    cached = _pin(pinner, [contract, *pieces])
    return [replace(work, pinned=True, pin_cached=cached[work.piece.id]) for work in works]


def pin_directory(pinner: Pinner, subject: str, files: Mapping[str, bytes]) -> None:
    """One metadata directory, held by every back-end before a transaction publishes it."""
    _pin(pinner, [_directory(pinner, subject, files)])


def pin_published(pinner: Pinner, chain: Chain, address: str) -> None:
    """The directories that the contract names, held by back-ends that came later too."""
    if pinner.section.on_this_disk_only:  # it has them
        return
    state = read_state(chain, address)
    batches = [
        _directory(pinner, f"tokens-{batch.first_id}-{batch.first_id + batch.count - 1}", files)
        for batch in (state.batches if state else ())
        if (files := pinner.directories.files(batch.directory))
    ]
    if batches:
        _pin(pinner, batches)


def backup(pinner: Pinner) -> None:
    """Bring the CAR of everything pinned up to date."""
    path = pinner.work_folder / "ipfs" / "collection.car"
    if write_backup(path, pinner.journal, pinner.blocks, pinner.section.profile):
        pinner.report.say(f"backup: {path}")


def _pin(pinner: Pinner, batches: Sequence[PinBatch]) -> dict[str, bool]:
    stop = Stop()
    return pin_everywhere(
        pinner.back_ends(stop), batches, pinner.journal, pinner.report,
        stop=stop, wait_s=pinner.section.wait_s,
    )  # fmt: skip


def _directory(pinner: Pinner, subject: str, files: Mapping[str, bytes]) -> PinBatch:
    """`files`, written as a metadata directory to be pinned as one folder."""
    entry = import_files(files, PROFILES[pinner.section.profile])
    stage = metadata.MetadataStage(subject, files)
    built = ensure(stage, Store(pinner.work_folder), pinner.report)
    return PinBatch(subject, [Pinnable(subject, entry, built.artifact.path(metadata.FILES))])


# --- looking ------------------------------------------------------------------------------------


def look_at_back_ends(job: Job, works: Sequence[Work]) -> tuple[list[Work], list[Holding]]:
    """What each back-end holds of `works`, and which of them are pinned; sends nothing."""
    items = [item for work in works if work.metadata for item in work.public]
    holdings = [survey(name, make, items) for name, make in quick_back_ends(job).items()]

    def looked_at(work: Work) -> Work:
        pinned = work.metadata is not None and _is_held(work.public, holdings)
        return replace(work, pinned=pinned, pin_cached=pinned)

    return [looked_at(work) for work in works], holdings


def _is_held(items: Sequence[Pinnable], holdings: Sequence[Holding]) -> bool:
    """Whether every back-end that could be asked holds all of `items`."""
    cids = [item.entry.cid for item in items]
    return all(holding.why or holding.holds(cids) for holding in holdings)


def quick_back_ends(job: Job) -> dict[str, Make]:
    """The back-ends as they are looked at: with less patience than when something is sent.

    Raises ConfigError if one of them would be given a secret that is not for it.
    """
    check_destinations(job.file, job.env)
    section = job.collection.pin
    quick = section.model_copy(update={"give_up_s": min(section.give_up_s, LOOK_S)})
    return back_ends(quick, job.blocks, job.env)


# --- from a backup ------------------------------------------------------------------------------


def repin(
    section: Pin, work_folder: Path, env: Mapping[str, str], car: Path, report: Report
) -> dict[str, Any]:
    """Pin everything in a backup to every back-end; needs nothing else of the collection.

    Raises GuardError if the work folder is a symbolic link, or has one where nftforge writes.
    """
    refuse_links(work_folder)
    with locked(work_folder, str(car)), tempfile.TemporaryDirectory(dir=work_folder) as folder:
        blocks_in(work_folder).sweep()
        found = read_backup(car, blocks_in(work_folder), Path(folder), section.profile)
        root, profile, batches = found
        chosen = section.model_copy(update={"profile": profile.name})
        cached = _pin(Pinner(chosen, env, work_folder, report), batches)
        items = [item for batch in batches for item in batch.items]
    return {
        "root": str(root),
        "to": list(back_ends(chosen, blocks_in(work_folder), env)),
        "files": len(items),
        "bytes": sum(item.entry.size for item in items),
        "cached": cached,
    }
