"""How much a file from a stranger may cost: every limit there is, and what counts against it.

A few kilobytes can stand for 10^16 bytes (a node that names one child many times, a zip, an alias),
so what is written in a file is never trusted for its size. Whoever reads one has a `Budget`, spends
from it before the work is done, and ends with one clear error. The limits are far above what
anybody makes on purpose: 10,000 pieces, films, backups of hundreds of GB.

Nor is a name trusted to be that of a file: a pipe waits for ever, a device never ends. Whatever is
read by its path is opened by `open_file`.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from nftforge.core.errors import LimitError, PendingError

MIB, GIB = 1 << 20, 1 << 30

# collection files (YAML) and what they name
COLLECTION_BYTES = 8 * MIB
COLLECTION_VALUES = 400_000  # 10,000 pieces of 15 have 330,000; an alias counts each time
COLLECTION_DEPTH = 32
PIECES_BYTES = 32 * MIB  # a CSV of pieces: 10,000 with a long description each have 20 MB

DOTENV_BYTES = MIB
HOLDERS_BYTES = 8 * MIB  # a CSV of receivers: 100,000 lines
OFFERS_BYTES = 16 * MIB  # ten thousand orders in JSON
LOCK_BYTES = 64 * MIB  # a CSV of pieces: a hundred thousand of them on three chains have 60 MB
SECRET_BYTES = 64 << 10  # a keystore, a file with a password
FILE_BYTES = 8 * GIB  # what is hashed whole: pictures, films

ARTWORK_BYTES = 300_000_000  # of a finished work: what marketplaces take

# a work folder
STATE_BYTES = 64 << 10
JOURNAL_BYTES = 256 * MIB  # 10,000 pieces at three back-ends write 60 MB
MANIFEST_BYTES = 64 * MIB  # of 10,000 pieces, the metadata of all in one folder
JSON_DEPTH = 64  # lists in lists; ours have 5

# IPFS
BLOCK_BYTES = 4 * MIB  # no implementation sends larger ones; usual are 2 MiB and less
BLOCK_LINKS = 65_536
CAR_BLOCKS = 1_000_000  # 256 GiB in chunks as Kubo makes them
FILE_DEPTH = 32  # of a file's tree; even 1 TiB in chunks of 256 KiB has a depth of 3
FOLDER_DEPTH = 64  # folders in folders
FOLDER_NAMES = 1_000_000  # in all of a DAG's folders together
NAME_BYTES = 255  # of a file's name, as file systems have it
NODES = 1 << 18  # visits and links that reading may take, whatever the size
NODES_A_MIB = 2_048  # and for each MiB of a file, which needs four leaves of Kubo's

# tokens
TOKEN_JSON_BYTES = MIB
TOKEN_BYTES = 4 * GIB  # of all that one token names
TOKEN_SECONDS = 1_800.0  # to read it through one gateway

# backups: what unpacking may write, however small the CAR is
UNPACKED_BYTES = GIB
UNPACKED_TIMES = 64  # or so many times the CAR: one file under many names is written many times

# keystores: what they may ask for before a password is tried
KEYSTORE_MEMORY = 512 * MIB  # of scrypt: 128 n r; geth's take 256 MiB
KEYSTORE_WORK = 1 << 24  # of scrypt: n r p; geth's take 2^21, a second
KEYSTORE_ROUNDS = 10_000_000  # of pbkdf2; eth-account's take a million

# stroke files
STROKE_BYTES = 64 * MIB  # unpacked
STROKES = 200_000


@dataclass
class Budget:
    """What may still be spent on `what`; not for several threads at once."""

    what: str
    bytes: int
    nodes: int
    seconds: float = float("inf")
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._bytes, self._nodes = self.bytes, self.nodes
        self._until = self.clock() + self.seconds

    def spend(self, *, bytes: int = 0, nodes: int = 0) -> None:  # noqa: A002
        """Raises LimitError when there is no more, PendingError when the time is over."""
        self.bytes -= bytes
        self.nodes -= nodes
        if self.bytes < 0:
            raise LimitError(f"{self.what} is more than {self._bytes} bytes")
        if self.nodes < 0:
            raise LimitError(f"{self.what} is made of more than {self._nodes} parts")
        if self.clock() > self._until:
            raise PendingError(f"{self.what} did not come whole in {self.seconds:.0f} seconds")


def open_file(path: Path) -> BufferedReader:
    """A file, opened to be read; it may be the one that a symbolic link leads to.

    Raises LimitError for a device, a pipe or a socket, without waiting for it; OSError.
    """
    _check_kind(path, path.stat())  # opening a device can set it in motion
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _check_kind(path, os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def _check_kind(path: Path, found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(found.st_mode):
        raise LimitError(f"{path} is a device or a pipe, not a file")


def read_bounded(path: Path, most: int) -> bytes:
    """The bytes of a file. Raises LimitError if there are more than `most`, or if it is no file
    (`open_file`); OSError."""
    with open_file(path) as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise LimitError(f"{path} has more than {most} bytes")
    return content


def holds(path: Path, content: bytes) -> bool:
    """Whether there is a file with exactly these bytes. Raises OSError if it cannot be read."""
    try:
        return read_bounded(path, len(content)) == content
    except (FileNotFoundError, LimitError):
        return False


def budget_for(what: str, size: int) -> Budget:
    """Enough to read `size` bytes of a file or folder that somebody made to be read."""
    return Budget(what, size, NODES + NODES_A_MIB * (size // MIB))
