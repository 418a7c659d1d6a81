"""`--log FILE`: all that is said and asked, with its time, for whoever looks into it later.

Also what `--quiet` leaves out and `--verbose` would add; lines as they are, where a narrow terminal
gets them cut. Secrets are taken out and escapes shown, as everywhere, and nobody else may read the
file: addresses and balances are nobody's business either.
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress
from pathlib import Path

from nftforge.cli.redaction import redacted
from nftforge.core.errors import ConfigError

_file: int | None = None


def open_log(path: Path) -> None:
    """From now on what is said is appended to `path`. Raises ConfigError."""
    global _file
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK  # a pipe would wait for a reader
    try:
        _file = os.open(path, flags, 0o600)
        if not stat.S_ISREG(os.fstat(_file).st_mode):
            raise OSError(0, "not a file")
        os.fchmod(_file, 0o600)
    except OSError as error:
        _file = None
        raise ConfigError(f"--log {path}: {(error.strerror or str(error)).lower()}") from None


def log(line: str) -> None:
    """Append one line, if there is a log."""
    if _file is None:
        return
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    with suppress(OSError):  # a full disk is told by who writes what matters
        os.write(_file, f"{now} {redacted(line)}\n".encode(errors="backslashreplace"))
