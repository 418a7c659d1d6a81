"""The CAR of everything that was ever pinned: a collection's complete backup, and the way back.

collection.car
  contract/           a directory that was pinned as one: contract.json
  tokens 1-34/        1.json ... 34.json
  bitcoin/            files that were pinned one by one: painting.gif, metadata.json, ...
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from nftforge.errors import MismatchError
from nftforge.ipfs import dag
from nftforge.ipfs.blockstore import Blockstore
from nftforge.ipfs.car import read_car, write_car
from nftforge.ipfs.cid import Cid
from nftforge.ipfs.unixfs import PROFILES, Emit, Entry, Profile, import_directory
from nftforge.journal import Journal
from nftforge.stages.pin import read_entry
from nftforge.store import flush


def write_backup(path: Path, journal: Journal, blocks: Blockstore, profile: str) -> bool:
    """Write everything ever pinned into one CAR, under one root directory, unless it is there.

    Where a name was pinned again, the newer content counts. Returns whether it was written.
    """
    pinned: dict[str, Entry] = {}
    for event in journal:
        if event.event == "outcome":
            pinned |= {name: read_entry(row) for name, row in event.data["items"].items()}
    made: dict[Cid, bytes] = {}
    root = _tree(pinned, PROFILES[profile], made.__setitem__).cid
    if _root_of(path) == root:
        return False

    def get(cid: Cid) -> bytes:
        return made[cid] if cid in made else blocks.get(cid)

    work = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with work.open("wb") as stream:
            write_car(stream, [root], dag.walk(root, get))
        flush(work)
        work.replace(path)
    finally:
        work.unlink(missing_ok=True)
    return True


def _tree(pinned: Mapping[str, Entry], profile: Profile, emit: Emit) -> Entry:
    """Directories for names like `bitcoin/still.png`."""
    entries = {name: entry for name, entry in pinned.items() if "/" not in name}
    for folder in {name.split("/")[0] for name in pinned if "/" in name}:
        inside = {
            name.removeprefix(f"{folder}/"): entry
            for name, entry in pinned.items()
            if name.startswith(f"{folder}/")
        }
        entries[folder] = _tree(inside, profile, emit)
    return import_directory(entries, profile, emit)


def _root_of(path: Path) -> Cid | None:
    try:
        with path.open("rb") as stream:
            roots, _ = read_car(stream)
            return roots[0] if roots else None
    except (OSError, MismatchError):
        return None
