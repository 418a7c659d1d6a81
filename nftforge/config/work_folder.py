"""Where a collection's work is: `.nftforge` beside its file, one folder for each file.

The first file of a folder has `.nftforge`, another one `.nftforge-NAME`. Which file has it stands
in `state.json` inside; older versions wrote none. A file that was renamed goes on with its folder:
the file that had it is gone, and the collection has the same name and symbol.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from nftforge.core.fsync import atomic_write
from nftforge.core.json_file import read_json
from nftforge.core.limits import STATE_BYTES
from nftforge.core.links import refuse_links

FOLDER = ".nftforge"
OUT = "out"
STATE = "state.json"
SCHEMA = 1
FIRST = "collection.yaml"  # has an older version's folder, if nothing tells whose it was


def find_work_folder(file: Path, name: str, symbol: str) -> Path:
    """The folder of the collection in `file`, made or not; writes nothing.

    Raises GuardError if it is a symbolic link, or has one where nftforge writes.
    """
    folder = _find(file, name, symbol)
    refuse_links(folder)
    return folder


def _find(file: Path, name: str, symbol: str) -> Path:
    folders = [file.with_name(FOLDER), *(file.with_name(f"{FOLDER}-{own}") for own in _own(file))]
    taken = {folder: read_state(folder) for folder in folders}
    ours = (folder for folder in folders if taken[folder].get("collection") == file.name)
    if found := next(ours, None):
        return found
    return next(
        (folder for folder in folders if _is_free(folder, taken[folder], file, name, symbol)),
        folders[-1],
    )


def out_folder(work_folder: Path) -> Path:
    """Where the results of a collection are shown: `out`, or `out-NAME` beside `.nftforge-NAME`."""
    return work_folder.with_name(f"{OUT}{work_folder.name.removeprefix(FOLDER)}")


def claim(folder: Path, file: Path, name: str, symbol: str) -> bool:
    """Write down that the work in `folder` is that of `file`; whether that is news."""
    state = {"schema": SCHEMA, "collection": file.name, "name": name, "symbol": symbol}
    before = read_state(folder)
    if {**before, **state} == before:
        return False
    folder.mkdir(parents=True, exist_ok=True)
    with atomic_write(folder / STATE, fsync=True) as stream:
        stream.write(json.dumps({**before, **state}, indent=2, sort_keys=True).encode() + b"\n")
    return before.get("collection") != file.name


def read_state(folder: Path) -> dict[str, Any]:
    """What was written down of a work folder; nothing if it is an older version's, or damaged."""
    try:
        state = read_json(folder / STATE, STATE_BYTES)
    except (OSError, ValueError):
        return {}
    return state if _is_state(state) else {}


def _is_state(state: Any) -> bool:
    """Whether it is what `claim` writes: texts, of which one is the name of a file."""
    if not isinstance(state, dict) or not isinstance(state.get("schema"), int):
        return False
    texts = [state.get(name) for name in ("collection", "name", "symbol")]
    if not all(isinstance(text, str) for text in texts):
        return False
    return re.fullmatch(r"[^/\0\ud800-\udfff]{1,255}", str(texts[0])) is not None


def _own(file: Path) -> tuple[str, str]:
    return file.stem, file.name


def _is_free(folder: Path, state: dict[str, Any], file: Path, name: str, symbol: str) -> bool:
    """Whether `file` may have the folder."""
    if not folder.exists():
        return True
    if not state:
        older = folder.name == FOLDER
        return not older or file.name == FIRST or not file.with_name(FIRST).is_file()
    gone = not file.with_name(str(state.get("collection"))).is_file()
    return gone and (state.get("name"), state.get("symbol")) == (name, symbol)
