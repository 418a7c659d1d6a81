"""Blocks on disk, each in a file named by its CID.

    blocks/
      q4/                                     next-to-last two letters of the CID: 1,024 folders
        bafkrei...q4y.block
      tmp/
        81c2...                               being written; renamed when whole and on the disk

A block has its name only when its bytes are on the disk: it is there whole or not at all, whatever
kills the process or the machine (what that leaves in tmp/ is of no use: `sweep`). A batch of blocks
is written first, then fsynced together, then renamed; `get` hashes what it reads, so a damaged file
is an error and never a wrong picture.
Reading creates nothing.
"""

from __future__ import annotations

import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nftforge.core.errors import LimitError, MismatchError, MissingError, NotFoundError
from nftforge.core.fsync import flush_all
from nftforge.core.limits import BLOCK_BYTES, read_bounded
from nftforge.core.links import sweep
from nftforge.core.plural import counted
from nftforge.ipfs.cid import Cid
from nftforge.ipfs.unixfs import Emit

TEMPORARY = re.compile(r"[0-9a-f]{32}").fullmatch  # how blocks are named that are being written
AT_MOST = 1_024  # blocks in one go: what a kill can cost


class Blockstore:
    """The blocks under `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def has(self, cid: Cid) -> bool:
        """Whether the block is there; its bytes are not read."""
        return _is_file(self._path(cid))

    def get(self, cid: Cid) -> bytes:
        """The block's bytes. Raises NotFoundError, MismatchError (damaged), OSError."""
        path = self._path(cid)
        try:
            block = read_bounded(path, BLOCK_BYTES)
        except FileNotFoundError:
            raise NotFoundError(f"the block {cid} is not in {self.root}") from None
        except LimitError:
            block = None
        if block is None or Cid.of(cid.codec, block) != cid:
            raise MismatchError(
                f"{path} is damaged: its bytes are not those of {cid}",
                hint="delete that file and run again: it is written anew",
            )
        return block

    def put(self, cid: Cid, block: bytes) -> None:
        """Keep a block; writes nothing if it is there. Raises MissingError (full, read-only)."""
        with self.batch() as put:
            put(cid, block)

    @contextmanager
    def batch(self) -> Iterator[Emit]:
        """`put` for many blocks, fsynced together: they are there when the `with` ends.

        What was put since the last 1,024 blocks is dropped if it ends with an exception.
        """
        written: dict[Path, Path] = {}  # where a block goes -> where it was written

        def put(cid: Cid, block: bytes) -> None:
            path = self._path(cid)
            if path in written or _is_file(path):
                return
            with self._explained(f"a block of {len(block)} bytes"):
                work = self.root / "tmp" / secrets.token_hex(16)
                work.parent.mkdir(parents=True, exist_ok=True)
                written[path] = work
                work.write_bytes(block)
            if len(written) == AT_MOST:
                settle()

        def settle() -> None:
            with self._explained(counted(len(written), "block")):
                flush_all(list(written.values()))
                for path, work in written.items():
                    path.parent.mkdir(exist_ok=True)
                    work.replace(path)
            written.clear()

        try:
            yield put
            settle()
        finally:
            for work in written.values():
                work.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Delete what killed runs left half-written; only while holding the run lock."""
        sweep(self.root / "tmp", TEMPORARY)

    @contextmanager
    def _explained(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise MissingError(
                f"cannot write {what} in {self.root}: {error.strerror}",
                hint="free disk space or make that folder writable, then run again",
            ) from error

    def _path(self, cid: Cid) -> Path:
        name = str(cid)
        return self.root / name[-3:-1] / f"{name}.block"


def _is_file(path: Path) -> bool:
    """Whether there is a file, and no link, pipe or folder that has its name."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False
