"""The CAR of everything that was ever pinned: a collection's complete backup, and the way back.

collection.car
  contract/           a directory that was pinned as one: contract.json
  tokens 1-34/        1.json ... 34.json
  bitcoin/            files that were pinned one by one: painting.gif, metadata.json, ...
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nftforge.core.errors import LimitError, MismatchError, MissingError
from nftforge.core.fsync import atomic_write
from nftforge.core.journal import Journal
from nftforge.core.limits import (
    FOLDER_NAMES,
    MIB,
    NODES_A_MIB,
    UNPACKED_BYTES,
    UNPACKED_TIMES,
    Budget,
    open_file,
)
from nftforge.ipfs import dag
from nftforge.ipfs.backend import Pinnable
from nftforge.ipfs.blockstore import Blockstore
from nftforge.ipfs.car import CarFile, read_car, write_car
from nftforge.ipfs.cid import Cid
from nftforge.ipfs.unixfs import PROFILES, Emit, Entry, Profile, import_directory, import_path
from nftforge.pipeline.metadata import read_entries
from nftforge.pipeline.pinning.effect import PinBatch

PART = r"(?!\.{1,2}(?:/|\Z))[^/\0]{1,255}"
NAME = f"{PART}(?:/{PART})?"  # of what was pinned; the folder it is in comes first


def write_backup(path: Path, journal: Journal, blocks: Blockstore, profile: str) -> bool:
    """Write everything ever pinned into one CAR, under one root directory, unless it is there.

    Where a name was pinned again, the newer content counts. Returns whether it was written.
    """
    before = _root_of(path)
    pinned: dict[str, Entry] = {}
    for entry in journal:
        if entry.event == "outcome":
            try:
                pinned |= _items(entry.data)
            except ValueError:
                raise journal.damaged(entry.line) from None
    made: dict[Cid, bytes] = {}
    root = _tree(pinned, PROFILES[profile], made.__setitem__).cid
    if root == before:
        return False

    def get(cid: Cid) -> bytes:
        return made[cid] if cid in made else blocks.get(cid)

    with atomic_write(path, fsync=True) as stream:
        write_car(stream, [root], dag.walk(root, get))
    return True


def _items(outcome: Mapping[str, Any]) -> dict[str, Entry]:
    """What a PinEffect wrote down: `bitcoin/still.png`, or a folder. Raises ValueError."""
    found = read_entries(outcome.get("items"))
    for name in found:
        if not re.fullmatch(NAME, name):
            raise ValueError(name)
    return found


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
        with open_file(path) as stream:
            roots, _ = read_car(stream)
            return roots[0] if roots else None
    except (OSError, MismatchError):
        return None


def read_backup(
    car: Path, blocks: Blockstore, folder: Path, wanted: str
) -> tuple[Cid, Profile, list[PinBatch]]:
    """The root of `car`, how its CIDs were made (`wanted` if that fits), and what it pins, as `run`
    would: every block goes to `blocks`, every file to `folder`.

    Raises MismatchError if it is damaged, lacks blocks, or holds what no profile makes.
    """
    with open_file(car) as stream:
        held = CarFile(stream)
        if len(held.roots) != 1:
            raise MismatchError(f"{car} has {len(held.roots)} roots; a backup has one")
        (root,) = held.roots
        _check_extent(car, root, held.get, folder)
        with blocks.batch() as put:
            for cid, block in dag.walk(root, held.get):
                put(cid, block)
    found = dict(_pinned_in(root, blocks.get))
    for name, cid in found.items():
        _extract(cid, blocks.get, folder / name)
    profile = _profile_of(found, folder, wanted)
    batches: dict[str, list[Pinnable]] = {}
    for name in found:
        item = Pinnable(name, import_path(folder / name, profile), folder / name)
        batches.setdefault(name.split("/")[0], []).append(item)
    return root, profile, [PinBatch(subject, items) for subject, items in batches.items()]


def _check_extent(car: Path, root: Cid, get: dag.Get, folder: Path) -> None:
    """Raises before anything is written: LimitError if unpacking `car` takes more than a backup
    does, MissingError if it takes more than the disk of `folder` has."""
    size = car.stat().st_size
    nodes = 4 * FOLDER_NAMES + NODES_A_MIB * (size // MIB)
    whole = dag.extent(root, get, Budget(f"what {car} holds", size, nodes))
    most = max(UNPACKED_BYTES, UNPACKED_TIMES * size)
    if whole.bytes > most or whole.names > FOLDER_NAMES:
        raise LimitError(
            f"{car} has {size} bytes and would unpack to {whole.bytes} in {whole.names} files and "
            f"folders; at most {most} in {FOLDER_NAMES} are taken",
            hint="nothing was written; a CAR like this is made to fill disks",
        )
    free = shutil.disk_usage(folder).free
    if whole.bytes + size > free:
        raise MissingError(
            f"{car} would unpack to {whole.bytes} bytes, {folder} has {free} free",
            hint="free disk space, then run again",
        )


def _pinned_in(root: Cid, get: dag.Get) -> Iterator[tuple[str, Cid]]:
    """What was pinned as one: folders of JSON files, else each file by itself."""
    if not dag.is_directory(root, get):
        yield "content", root
        return
    for name, cid in _entries(root, get).items():
        inside = _entries(cid, get) if dag.is_directory(cid, get) else {}
        folders = any(dag.is_directory(child, get) for child in inside.values())
        if not inside or folders or all(child.endswith(".json") for child in inside):
            yield name, cid
        else:
            yield from ((f"{name}/{child}", inside[child]) for child in inside)


def _extract(cid: Cid, get: dag.Get, path: Path) -> None:
    if dag.is_directory(cid, get):
        path.mkdir(parents=True, exist_ok=True)
        for name, child in _entries(cid, get).items():
            _extract(child, get, path / name)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        for block in dag.read_file(cid, get):
            stream.write(block)


def _entries(cid: Cid, get: dag.Get) -> dict[str, Cid]:
    """A directory's names, none of which leads out of it."""
    entries = dag.list_directory(cid, get)
    for name in entries:
        dag.check_name(name, cid)
    return entries


def _profile_of(found: Mapping[str, Cid], folder: Path, wanted: str) -> Profile:
    for profile in sorted(PROFILES.values(), key=lambda profile: profile.name != wanted):
        if all(import_path(folder / name, profile).cid == cid for name, cid in found.items()):
            return profile
    raise MismatchError(
        "this CAR was made in a way that nftforge does not know: its CIDs cannot be made again",
        hint="a Kubo node takes any CAR: ipfs dag import FILE",
    )
