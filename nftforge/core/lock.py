"""One run at a time: advisory locks that the kernel drops when a process dies, however it dies.

Correctness never depends on them (the store renames whole folders, the contract refuses what is
minted); they keep two runs from painting the same picture twice and stepping on one nonce.
POSIX `flock`: Linux, macOS, WSL.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nftforge.core.errors import GuardError


@contextmanager
def locked(folder: Path, what: str) -> Iterator[None]:
    """Hold the lock of `folder` (made if absent). Raises GuardError if another process has it."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise GuardError(
                f"another nftforge is working on {what}",
                hint="wait for it to end, or stop it, and run the same command again",
            ) from None
        yield
    finally:
        os.close(descriptor)
