"""What every place to pin at must do, so that one or several can be used alike.

Every CID is computed here first; a back-end answers with its own, and the caller compares.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from nftforge.ipfs.cid import Cid
from nftforge.ipfs.unixfs import Entry


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

    def state(self, cid: Cid) -> PinState:
        """Whether it holds the whole DAG under `cid`; changes nothing. Raises NftforgeError."""

    def pin(self, item: Pinnable, on_bytes: Callable[[int], None]) -> Cid:
        """Make it hold `item`, whole, and return the CID it answers; repeatable.

        What is already there is not sent again. `on_bytes` is told of each number of bytes done.
        Raises NftforgeError, or OSError where `item.path` cannot be read.
        """
