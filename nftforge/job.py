"""What a command is about: one collection aimed at one network, and how far each piece has come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nftforge.chain.networks import Network
from nftforge.config import Collection, CollectionFile, Piece
from nftforge.ipfs.blockstore import Blockstore
from nftforge.ipfs.unixfs import Entry
from nftforge.stages.stage import Built
from nftforge.store import Store


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
