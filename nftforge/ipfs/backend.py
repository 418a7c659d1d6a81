"""What every place to pin at must do, so that one or several can be used alike."""

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
    """A place that holds content by CID."""

    @property
    def name(self) -> str: ...

    def state(self, cid: Cid) -> PinState:
        """Whether it holds the whole DAG under `cid`. Raises ServiceError."""

    def pin(self, item: Pinnable, on_bytes: Callable[[int], None]) -> Cid:
        """Make it hold `item`, whole, and return the CID it answers; repeatable.

        `on_bytes` is told of each number of bytes sent. Raises ServiceError, OSError.
        """
