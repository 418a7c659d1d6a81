"""pin: every CID is computed here first; then each back-end is made to hold it, and compared.

    address    Stage   the CIDs of one piece's media, so that unchanged files are hashed once
    metadata   Stage   JSON files: one piece's, the contract's, or a batch's directory
    pin        Effect  one back-end holds a set of files; its CIDs must equal ours

A piece pins its media and its own metadata file. The directories that token URIs point into name
their files after token ids, which only the chain can give: `pipeline` pins them just before the
transaction that publishes them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import ImageColor

from nftforge.config import Collection, Piece, Trait
from nftforge.errors import MismatchError
from nftforge.ipfs import dag
from nftforge.ipfs.backend import Backend, Pinnable, PinState
from nftforge.ipfs.blockstore import Blockstore
from nftforge.ipfs.car import read_car, write_car
from nftforge.ipfs.cid import DAG_PB, Cid
from nftforge.ipfs.metadata import Attribute, contract_metadata, token_metadata
from nftforge.ipfs.unixfs import (
    PROFILES,
    Emit,
    Entry,
    Profile,
    import_directory,
    import_file,
    import_path,
)
from nftforge.journal import Journal
from nftforge.stages.stage import GIF, MP4, STILL, STROKES, Report, Settled, settle
from nftforge.store import Artifact, Recipe, flush

CIDS = "cids.json"
FILES = "files"  # the folder of a metadata artifact that becomes an IPFS directory


@dataclass(frozen=True)
class AddressStage:
    """Computes the CID of every file of a finished render; outputs `cids.json`."""

    subject: str
    render: Artifact
    profile: str

    @cached_property
    def recipe(self) -> Recipe:
        return Recipe("address", 1, {"profile": self.profile}, self.render.digests)

    def build(self, folder: Path, report: Report) -> Mapping[str, Any]:
        entries = {
            name: import_path(self.render.path(name), PROFILES[self.profile])
            for name in self.render.outputs
        }
        table = {name: _entry_row(entry) for name, entry in entries.items()}
        (folder / CIDS).write_text(json.dumps(table, indent=2, sort_keys=True) + "\n")
        return {}


def read_addresses(artifact: Artifact) -> dict[str, Entry]:
    """What an AddressStage computed: file name -> its entry."""
    table = json.loads(artifact.path(CIDS).read_text(encoding="utf-8"))
    return {name: _entry(row) for name, row in table.items()}


def _entry_row(entry: Entry) -> dict[str, str | int]:
    return {"cid": str(entry.cid), "size": entry.size, "dag_size": entry.dag_size}


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(Cid.parse(row["cid"]), row["size"], row["dag_size"])


@dataclass(frozen=True)
class MetadataStage:
    """Writes `files` (name -> JSON bytes) into the folder `files/`."""

    subject: str
    files: Mapping[str, bytes]

    @cached_property
    def recipe(self) -> Recipe:
        return Recipe("metadata", 1, {name: text.decode() for name, text in self.files.items()}, {})

    def build(self, folder: Path, report: Report) -> Mapping[str, Any]:
        (folder / FILES).mkdir()
        for name, text in self.files.items():
            (folder / FILES / name).write_bytes(text)
        return {}


def directory_entry(files: Mapping[str, bytes], profile: str) -> Entry:
    """The UnixFS directory that holds `files`."""
    entries = {name: file_entry(text, profile) for name, text in files.items()}
    return import_directory(entries, PROFILES[profile])


def file_entry(text: bytes, profile: str) -> Entry:
    """The UnixFS file with these bytes."""
    return import_file(BytesIO(text), PROFILES[profile])


def piece_metadata(
    collection: Collection, piece: Piece, painting: Artifact, media: Mapping[str, Entry]
) -> bytes:
    """The token metadata (ERC-721 JSON) of one piece: GIF as image, MP4 as animation."""
    params, measured = painting.recipe.params, painting.provenance
    brush, strokes = str(params["brush"]), int(measured["strokes"])
    own = [_attribute(name, value) for name, value in piece.traits.items()]
    made = [Attribute("Brush", brush.capitalize()), Attribute("Strokes", strokes, "number")]
    taken = {attribute.trait_type for attribute in own}
    return token_metadata(
        name=piece.name,
        description=piece.description if piece.description is not None else collection.description,
        image=media[GIF].cid,
        animation=media[MP4].cid if MP4 in media else None,
        external_url=piece.external_url or collection.external_url,
        background_color=_six_digits(piece.background_color),
        attributes=own + [attribute for attribute in made if attribute.trait_type not in taken],
        properties={
            "piece": piece.id,
            "seed": int(str(params["seed"])),
            "strokes": strokes,
            "strokes_sha256": painting.outputs[STROKES].sha256,
            "still": f"ipfs://{media[STILL].cid}",
        },
    )


def contract_files(collection: Collection) -> dict[str, bytes]:
    """The ERC-7572 file. Only what is in the YAML: its CID is part of the contract's address."""
    text = contract_metadata(
        name=collection.name,
        symbol=collection.symbol,
        description=collection.description,
        external_link=collection.contract.external_url or collection.external_url,
    )
    return {"contract.json": text}


@dataclass(frozen=True)
class PinEffect:
    """`backend` holds every one of `items`."""

    backend: Backend
    subject: str
    items: Sequence[Pinnable]
    report: Report

    @property
    def name(self) -> str:
        return f"pin {self.backend.name} {self.subject} {' '.join(self._cids)}"

    @property
    def _cids(self) -> list[str]:
        return [str(item.entry.cid) for item in self.items]

    def observe(self) -> Mapping[str, Any] | None:
        states = (self.backend.state(item.entry.cid) for item in self.items)
        if not all(state is PinState.PINNED for state in states):
            return None
        return {"items": {item.name: _entry_row(item.entry) for item in self.items}}

    def plan(self) -> Mapping[str, Any]:
        return {"files": [item.name for item in self.items], "bytes": self._bytes}

    def perform(self, intent: Mapping[str, Any]) -> None:
        task, total, sent = f"pin {self.subject} to {self.backend.name}", self._bytes, 0

        def on_bytes(count: int) -> None:
            nonlocal sent
            sent += count
            self.report.progress(task, min(sent, total), total)

        for item in self.items:
            answer = self.backend.pin(item, on_bytes)
            if answer != item.entry.cid:
                raise MismatchError(
                    f"{self.backend.name} gave {item.name} the CID {answer}, ours is "
                    f"{item.entry.cid}",
                    hint="nothing was minted; check `pin: {profile: ...}` against the service",
                )
        self.report.progress(task, total, total)

    @property
    def _bytes(self) -> int:
        return sum(item.entry.size for item in self.items)


def pin_everywhere(
    backends: Sequence[Backend],
    subject: str,
    items: Sequence[Pinnable],
    journal: Journal,
    report: Report,
) -> bool:
    """Settle one PinEffect for each back-end. Returns whether all of it was there already."""
    settled: list[Settled] = []
    for backend in backends:
        result = settle(PinEffect(backend, subject, items, report), journal)
        report.say(f"pin {subject}: {'cached' if result.cached else 'done'} ({backend.name})")
        settled.append(result)
    return all(result.cached for result in settled)


def write_backup(path: Path, journal: Journal, blocks: Blockstore, profile: str) -> bool:
    """Write everything ever pinned into one CAR, under one root directory, unless it is there.

    Where a name was pinned again, the newer content counts. Returns whether it was written.
    """
    pinned: dict[str, Entry] = {}
    for event in journal:
        if event.event == "outcome":
            pinned |= {name: _entry(row) for name, row in event.data["items"].items()}
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


def read_directory(blocks: Blockstore, digest: bytes) -> dict[int, bytes]:
    """Token id -> metadata JSON, of a directory in the blockstore; empty if it is not all here."""
    try:
        names = dag.list_directory(Cid(DAG_PB, digest), blocks.get)
        return {
            int(name.removesuffix(".json")): b"".join(dag.read_file(cid, blocks.get))
            for name, cid in names.items()
            if name.removesuffix(".json").isdigit()
        }
    except MismatchError:
        return {}


def _attribute(name: str, value: str | int | float | bool | Trait) -> Attribute:
    if isinstance(value, Trait):
        return Attribute(name, value.value, value.display_type, value.max_value)
    return Attribute(name, value)


def _six_digits(colour: str | None) -> str | None:
    return None if colour is None else "{:02x}{:02x}{:02x}".format(*ImageColor.getrgb(colour)[:3])
