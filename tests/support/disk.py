"""What a process asks of the disk, in order. Kills cannot show a missing fsync: a killed process
leaves its page cache behind.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    """(what, name of the file or folder): fsync, write, rename and link, as they happen."""
    events: list[tuple[str, str]] = []
    fsync, pwrite, replace, link = os.fsync, os.pwrite, os.replace, os.link

    def name_of(descriptor: int) -> str:
        return Path(f"/proc/self/fd/{descriptor}").readlink().name

    def on_fsync(descriptor: int) -> None:
        fsync(descriptor)
        events.append(("fsync", name_of(descriptor)))

    def on_pwrite(descriptor: int, payload: bytes, offset: int) -> int:
        events.append(("write", name_of(descriptor)))
        return pwrite(descriptor, payload, offset)

    def on_replace(source: os.PathLike[str], target: os.PathLike[str]) -> None:
        events.append(("rename", Path(target).name))
        replace(source, target)

    def on_link(source: os.PathLike[str], target: os.PathLike[str]) -> None:
        events.append(("rename", Path(target).name))
        link(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", on_fsync)
        patched.setattr(os, "pwrite", on_pwrite)
        patched.setattr(os, "replace", on_replace)
        patched.setattr(os, "link", on_link)
        yield events
