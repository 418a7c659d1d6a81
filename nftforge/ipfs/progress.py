"""Bytes on their way: the callback that hears of them, and a file that calls it as it is read."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path

ProgressCallback = Callable[[int], None]
"""Called with bytes as they are done (0: still waiting; negative: they have to be sent again). May
raise to stop."""


def no_progress(count: int) -> None:
    """A `ProgressCallback` for when nobody wants to know."""


class Upload:
    """A file for httpx's multipart, opened when read and closed at its end; reports what it sent.

    A folder of ten thousand files is one request: they cannot all be open at once.
    """

    def __init__(self, path: Path, on_progress: ProgressCallback) -> None:
        self._path, self._on_progress = path, on_progress
        self._size = path.stat().st_size
        self._stream: BufferedReader | None = None

    def tell(self) -> int:
        return 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """httpx measures with it, and goes back to the start."""
        self._close()
        return self._size if whence == os.SEEK_END else 0

    def read(self, count: int = -1) -> bytes:
        if self._stream is None:
            self._stream = self._path.open("rb")
        chunk = self._stream.read(count)
        self._on_progress(len(chunk))
        if not chunk:
            self._close()
        return chunk

    def _close(self) -> None:
        if self._stream:
            self._stream.close()
        self._stream = None
