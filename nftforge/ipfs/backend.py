"""What every place to pin at must do, so that one or several can be used alike.

Every CID is computed here first; a back-end's answer is compared with it, and another CID than ours
is an error that shows both. Back-ends know nothing of one another; each may be used from several
threads.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from nftforge.core.errors import MismatchError
from nftforge.ipfs.car import car_writer
from nftforge.ipfs.cid import Cid
from nftforge.ipfs.progress import ProgressCallback
from nftforge.ipfs.unixfs import Entry, Profile, import_path


class PinState(Enum):
    ABSENT = "absent"
    PENDING = "pending"  # accepted, not yet held
    PINNED = "pinned"


@dataclass(frozen=True)
class Pinnable:
    """A file or folder to pin: its CID was computed here before, from the bytes at `path`."""

    name: str  # what a service shows for it
    entry: Entry
    path: Path


class Backend(Protocol):
    """A place that holds content by CID: this disk, a node, a pinning service."""

    @property
    def name(self) -> str:
        """As in `pin: {to: [name]}`."""

    @property
    def where(self) -> str:
        """The folder, or the service's address without its secrets."""

    @property
    def parallel(self) -> int:
        """How many things it should pin at once."""

    def prove(self) -> None:
        """Show that it can be used: reachable, the key valid and allowed to pin. Sends nothing.

        Raises ServiceError, MissingError (a key that is absent, expired or may not pin).
        """

    def states(self, cids: Sequence[Cid]) -> dict[Cid, PinState]:
        """Whether it holds the whole DAG under each of `cids`. Raises NftforgeError."""

    def to_send(self, item: Pinnable) -> int:
        """How many bytes pinning `item` would send or write."""

    def problems(self, items: Sequence[Pinnable]) -> list[str]:
        """What its known limits forbid about pinning `items`, in words; sends nothing."""

    def pin(self, item: Pinnable, on_bytes: ProgressCallback) -> PinState:
        """Make it hold `item`, whole; repeatable, and what it has already is not sent again.

        Raises MismatchError if its CID is not ours, ServiceError, MissingError, or OSError where
        `item.path` cannot be read.
        """


def compare(backend: str, item: Pinnable, answer: str) -> None:
    """Raises MismatchError, with both CIDs, if a back-end answered another CID than ours."""
    if Cid.parse_or_none(answer) == item.entry.cid:
        return
    raise MismatchError(
        f"{backend} gave {item.name} the CID {answer[:100]}, ours is {item.entry.cid}",
        hint="it was not minted; check `pin: {profile: ...}` against the service",
    )


def files_in(path: Path) -> Iterator[Path]:
    """The file itself, or every file in the folder, sorted."""
    if path.is_dir():
        yield from sorted(child for child in path.rglob("*") if child.is_file())
    else:
        yield path


@contextmanager
def car_of(item: Pinnable, profile: Profile) -> Iterator[Path]:
    """A CAR of `item`, gone after. Raises as `unchanged`, and OSError."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload.car"
        with path.open("wb") as stream:
            write_section = car_writer(stream, [item.entry.cid])
            unchanged(item, import_path(item.path, profile, write_section).cid)
        yield path


def unchanged(item: Pinnable, cid: Cid) -> None:
    """Raises MismatchError if the bytes at `item.path` no longer have its CID."""
    if cid != item.entry.cid:
        raise MismatchError(
            f"{item.path} changed while it was pinned: it was {item.entry.cid}, now is {cid}",
            hint="run again",
        )
