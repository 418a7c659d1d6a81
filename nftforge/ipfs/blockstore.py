"""Blocks on disk, each in a file named by its CID.

    blocks/
      q4/                                     next-to-last two letters of the CID: 1,024 folders
        bafkrei...q4y.block
      tmp/
        81c2...                               being written; renamed when whole and on the disk

A block is there whole or not at all, whatever kills the process (which may leave a file in tmp/,
of no use); `get` hashes what it reads, so a damaged file is an error and never a wrong picture.
Reading creates nothing.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from nftforge.errors import MismatchError, MissingError
from nftforge.ipfs.cid import Cid


class Blockstore:
    """The blocks under `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def has(self, cid: Cid) -> bool:
        """Whether the block is there; its bytes are not read."""
        return self._path(cid).exists()

    def get(self, cid: Cid) -> bytes:
        """The block's bytes. Raises MismatchError if absent or damaged, OSError if unreadable."""
        path = self._path(cid)
        try:
            block = path.read_bytes()
        except FileNotFoundError:
            raise MismatchError(f"the block {cid} is not in {self.root}") from None
        if Cid.of(cid.codec, block) != cid:
            raise MismatchError(
                f"{path} is damaged: its bytes are not those of {cid}",
                hint="delete that file and run again: it is written anew",
            )
        return block

    def put(self, cid: Cid, block: bytes) -> None:
        """Keep a block; writes nothing if it is there. Raises MissingError (full, read-only)."""
        path = self._path(cid)
        if path.exists():
            return
        try:
            self._write(path, block)
        except OSError as error:
            raise MissingError(
                f"cannot write a block of {len(block)} bytes in {self.root}: {error.strerror}",
                hint="free disk space or make that folder writable, then run again",
            ) from error

    def _write(self, path: Path, block: bytes) -> None:
        work = self.root / "tmp" / secrets.token_hex(16)
        work.parent.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(exist_ok=True)
        try:
            with work.open("wb") as stream:
                stream.write(block)
                stream.flush()
                os.fsync(stream.fileno())
            work.replace(path)
        except BaseException:
            work.unlink(missing_ok=True)
            raise

    def _path(self, cid: Cid) -> Path:
        name = str(cid)
        return self.root / name[-3:-1] / f"{name}.block"
