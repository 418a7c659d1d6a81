"""No symbolic links where nftforge writes and deletes.

A collection travels with its work folder. A link in there would lead what is written, and what is
swept away, into any other folder of whoever opens it. So a work folder is looked through before it
is used, and what is swept is deleted by names that only we make, from a folder that was opened
without following a link. (Who can change the folder meanwhile needs no link: it is this user.)
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

from nftforge.core.errors import GuardError

DEPTH = 2  # of folders in a folder: `store/paint/one`; below are those that are named by content


def refuse_links(folder: Path, depth: int = DEPTH) -> None:
    """Raises GuardError if `folder`, or anything in it down to `depth`, is a symbolic link."""
    if folder.is_symlink():
        raise _refusal(folder)
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        _look_into(folder, depth)


def _look_into(folder: Path, depth: int) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_symlink():
                raise _refusal(Path(entry.path))
            if depth and entry.is_dir(follow_symlinks=False):
                _look_into(Path(entry.path), depth - 1)


def _refusal(path: Path) -> GuardError:
    return GuardError(
        f"{path} is a symbolic link: what is written and swept there would be so somewhere else",
        hint="delete the link, which keeps what it leads to; a collection that needs another disk "
        "is moved there whole",
    )


def sweep(folder: Path, ours: Callable[[str], object]) -> None:
    """Delete what is in `folder` under names that are `ours`, folders with all that is in them.

    No link is followed, and what cannot be deleted is left.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:  # not there, or not a folder
        return
    try:
        for name in filter(ours, os.listdir(descriptor)):  # noqa: PTH208  (a path would follow)
            with contextlib.suppress(OSError):  # a disk that is read only says so when written
                _delete(name, descriptor)
    finally:
        os.close(descriptor)


def _delete(name: str, folder: int) -> None:
    """What has this name in the folder that the descriptor is of."""
    if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        shutil.rmtree(name, ignore_errors=True, dir_fd=folder)
    else:
        os.unlink(name, dir_fd=folder)
