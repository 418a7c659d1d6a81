"""The embedded chain's database: py-evm's keys and values in one SQLite file.

What is written stays in memory until a transaction ends and goes into the file in one SQLite
transaction (rollback journal, synchronous=FULL). Without a path it all stays in memory; a path
that is not there yet is made by the first transaction, not by reading.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eth.db.backends.base import BaseDB

from nftforge.core.errors import MissingError


class EmbeddedDb(BaseDB):
    """Keys and values: what is in the file, under what was written since."""

    def __init__(self, path: Path | None) -> None:
        self.written: dict[bytes, bytes | None] = {}
        self._path = path
        self._file: sqlite3.Connection | None = None

    def __getitem__(self, key: bytes) -> bytes:
        value = self.written[key] if key in self.written else self._stored(key)
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self.written[key] = value

    def __delitem__(self, key: bytes) -> None:
        self.written[key] = None

    def _exists(self, key: bytes) -> bool:
        try:
            self[key]
        except KeyError:
            return False
        return True

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything written inside is kept, in the file if there is one, or none if it raises."""
        before = dict(self.written)
        file = (self._file or self._open(self._path)) if self._path else None
        try:
            if file:
                file.execute("BEGIN IMMEDIATE")
                if file.execute("SELECT 1 FROM state LIMIT 1").fetchone():
                    before = self.written = {}  # a genesis in memory is older than the file
            yield
            if file:
                rows = [row for row in self.written.items() if row[1] is not None]
                file.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", rows)
                file.commit()
                self.written = {}
        except BaseException:
            if file:
                file.rollback()
            self.written = before
            raise

    def close(self) -> None:
        if self._file:
            self._file.close()

    def explain(self, error: sqlite3.Error) -> MissingError:
        """What an artist needs to know of an SQLite error."""
        return MissingError(
            f"the embedded chain {self._path}: {error}",
            hint="is the disk full? A damaged file may be moved away: rehearsals start afresh",
        )

    def _open(self, path: Path) -> sqlite3.Connection:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = sqlite3.connect(path, isolation_level=None, timeout=30, check_same_thread=False)
        file.execute("PRAGMA journal_mode=DELETE")
        file.execute("PRAGMA synchronous=FULL")
        file.execute(
            "CREATE TABLE IF NOT EXISTS state"
            " (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"
        )
        self._file = file
        return file

    def _stored(self, key: bytes) -> bytes | None:
        if not self._file:
            if not (self._path and self._path.exists()):
                return None
            self._open(self._path)
        assert self._file
        row = self._file.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None
