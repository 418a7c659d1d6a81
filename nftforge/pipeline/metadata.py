"""metadata: what a piece says of itself, and the CIDs of all it names, before a byte leaves.

    address    Stage   the CIDs of one piece's media, so that unchanged files are hashed once
    metadata   Stage   JSON files: one piece's, the contract's, or a batch's directory

A piece pins its media and its own metadata file. The directories that token URIs point into name
their files after token ids, which only the chain can give: they are pinned just before the
transaction that publishes them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from nftforge.config.models import Collection, Piece, Trait
from nftforge.core.errors import ConfigError
from nftforge.core.json_file import read_json
from nftforge.core.stage import Obtain, Report
from nftforge.core.store import Artifact, Recipe
from nftforge.ipfs.backend import Pinnable
from nftforge.ipfs.cid import Cid
from nftforge.ipfs.metadata import Attribute, contract_metadata, token_metadata
from nftforge.ipfs.unixfs import (
    PROFILES,
    Entry,
    import_bytes,
    import_path,
)
from nftforge.pipeline.outputs import STILL, STROKES, animation_in, image_in
from nftforge.pipeline.work import Work

CIDS = "cids.json"
METADATA = "metadata.json"
CIDS_BYTES = 64 << 10  # of a piece's files, of which there are six
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
        table = {name: entry_row(entry) for name, entry in entries.items()}
        (folder / CIDS).write_text(json.dumps(table, indent=2, sort_keys=True) + "\n")
        return {}

    def is_sound(self, artifact: Artifact) -> bool:
        try:
            return set(read_addresses(artifact)) == set(self.render.outputs)
        except (OSError, ValueError):
            return False


def read_addresses(artifact: Artifact) -> dict[str, Entry]:
    """What an AddressStage computed: file name -> its entry. Raises OSError, ValueError."""
    return read_entries(read_json(artifact.path(CIDS), CIDS_BYTES))


def entry_row(entry: Entry) -> dict[str, str | int]:
    return {"cid": str(entry.cid), "size": entry.size, "dag_size": entry.dag_size}


def read_entries(table: object) -> dict[str, Entry]:
    """Names and what `entry_row` made. Raises ValueError if it is something else."""
    if not isinstance(table, dict):
        raise ValueError(table)
    return {name: _entry(row) for name, row in table.items()}


def _entry(row: object) -> Entry:
    sizes = [row.get(name) for name in ("size", "dag_size")] if isinstance(row, dict) else []
    if not isinstance(row, dict) or not all(isinstance(size, int) and size >= 0 for size in sizes):
        raise ValueError(row)
    try:
        return Entry(Cid.parse(str(row.get("cid"))), row["size"], row["dag_size"])
    except ConfigError as error:
        raise ValueError(error.fact) from None


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

    def is_sound(self, artifact: Artifact) -> bool:
        return set(artifact.outputs) == {f"{FILES}/{name}" for name in self.files}


def describe_pieces(collection: Collection, works: Sequence[Work], obtain: Obtain) -> list[Work]:
    """What is rendered, with the CIDs of its media and the metadata that names them."""

    def describe(work: Work) -> Work:
        if not work.render:
            return work
        profile = collection.pin.profile
        address = obtain(AddressStage(work.piece.id, work.render.artifact, profile))
        if not address:
            return work
        media = read_addresses(address.artifact)
        art = art_of(work.paint.artifact, media) if work.paint else shown_of(media)
        text = piece_metadata(collection, work.piece, art)
        entry = import_bytes(text, PROFILES[profile])
        work = replace(work, media=media, text=text, text_entry=entry)
        written = obtain(MetadataStage(work.piece.id, {METADATA: text}))
        if not written:
            return work
        path = written.artifact.path(f"{FILES}/{METADATA}")
        item = Pinnable(f"{work.piece.id}/{METADATA}", entry, path)
        return replace(work, metadata=item)

    return [describe(work) for work in works]


@dataclass(frozen=True)
class Shown:
    """What metadata shows of a piece: all there is to say of a finished work."""

    image: Cid
    animation: Cid | None


@dataclass(frozen=True)
class Art:
    """What metadata says of a painting that its collection file does not."""

    brush: str
    seed: int
    strokes: int
    strokes_sha256: str
    still: Cid
    image: Cid
    animation: Cid | None


def shown_of(media: Mapping[str, Entry]) -> Shown:
    """Of the files of a piece."""
    image = image_in(media)
    assert image
    return Shown(media[image].cid, animation_of(media))


def art_of(painting: Artifact, media: Mapping[str, Entry]) -> Art:
    """GIF as image, a video as animation."""
    params, shown = painting.recipe.params, shown_of(media)
    return Art(
        brush=str(params["brush"]),
        seed=int(str(params["seed"])),
        strokes=int(painting.provenance["strokes"]),
        strokes_sha256=painting.outputs[STROKES].sha256,
        still=media[STILL].cid,
        image=shown.image,
        animation=shown.animation,
    )


def piece_metadata(collection: Collection, piece: Piece, art: Art | Shown) -> bytes:
    """The token metadata (ERC-721 JSON) of one piece."""
    return token_metadata(
        name=piece.name,
        description=piece.description if piece.description is not None else collection.description,
        image=art.image,
        animation=art.animation,
        external_url=piece.external_url or collection.external_url,
        background_color=piece.background_color,
        attributes=_attributes(collection, piece, art),
        properties={"piece": piece.id, **(_of_a_painting(art) if isinstance(art, Art) else {})},
    )


def _of_a_painting(art: Art) -> dict[str, str | int]:
    return {
        "seed": art.seed,
        "strokes": art.strokes,
        "strokes_sha256": art.strokes_sha256,
        "still": f"ipfs://{art.still}",
    }


def placeholder_metadata(collection: Collection, token_id: int, image: Cid) -> bytes:
    """What a token says before a delayed reveal: nothing that tells which piece it is."""
    return token_metadata(
        name=f"{collection.name} #{token_id}",
        description=collection.description,
        image=image,
        animation=None,
        external_url=collection.external_url,
        background_color=None,
        attributes=[],
        properties={},
    )


def animation_of(media: Mapping[str, Entry]) -> Cid | None:
    """What `animation_url` names, if anything."""
    name = animation_in(media)
    return media[name].cid if name else None


def contract_files(collection: Collection) -> dict[str, bytes]:
    """The ERC-7572 file. Only what is in the YAML: its CID is part of the contract's address."""
    text = contract_metadata(
        name=collection.name,
        symbol=collection.symbol,
        description=collection.description,
        external_link=collection.contract.external_url or collection.external_url,
    )
    return {"contract.json": text}


def _attributes(collection: Collection, piece: Piece, art: Art | Shown) -> list[Attribute]:
    """The piece's own traits; of a painting then Brush and Strokes, unless it has them or nobody
    wants them."""
    own = [_attribute(name, value) for name, value in piece.traits.items()]
    if not collection.traits.auto or not isinstance(art, Art):
        return own
    made = [Attribute("Brush", art.brush.capitalize()), Attribute("Strokes", art.strokes, "number")]
    return own + [attribute for attribute in made if attribute.trait_type not in piece.traits]


def _attribute(name: str, value: str | int | float | bool | Trait) -> Attribute:
    if isinstance(value, Trait):
        return Attribute(name, value.value, value.display_type, value.max_value)
    return Attribute(name, value)
