"""The files that a collection file names, found as people mean them; or what stands there instead.

A name is one name however its letters are encoded: `é` may be one character or two (Unicode NFC and
NFD, UAX #15), and a Mac writes the second into zips. Capitals and endings are not set right
silently: what works on one machine would fail on the next. The error names the file that is meant.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path, PurePath

FROM = "for a piece of each picture write `- from: {}`"


def locate(folder: Path, name: str) -> Path:
    """`name` below `folder`, as it is spelled on the disk; as it is written if it is not there."""
    exact = folder / name
    return exact if exact.exists() else _walk(folder, name, _composed) or exact


def instead(folder: Path, name: str) -> str:
    """What to do about a file that is not there: what is, near enough to be meant; else nothing."""
    path = folder / name
    if path.is_dir():
        return f"it is a folder: name a file in it; {FROM.format(name)}"
    if is_of_many(name):
        return f"name one file; {FROM.format(name)}"
    if re.match(r"[a-z]+:/", name):
        return "this is an address: save the picture beside the collection file, and name that"
    if name.startswith("~"):
        return "~ is your shell's word for your folder; write the path from this file's folder on"
    if path.with_name(f".{path.name}.icloud").exists():
        return "it is in iCloud and not on this disk: in Finder, right-click it, Download Now"
    if "\\" in name and locate(folder, name.replace("\\", "/")).exists():
        return f"write {name.replace(chr(92), '/')}, with / between folders"
    if found := _walk(folder, name, _without_case):
        return f"there is {_written(found, folder)}: capitals and small letters count"
    other = _elsewhere(folder, path)
    there = f"there is {_written(other, folder)}" if other else ""
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}" + (f"; {there}" if there else "")
    if there:
        return there
    near = _nearest(path)
    return f"there is {_written(path.with_name(near), folder)}" if near else ""


def is_of_many(name: str) -> bool:
    """Whether this names many pictures: by a pattern, or as a folder."""
    return bool(re.search(r"[*?\[]", name)) or name.endswith(("/", "\\"))


def _walk(folder: Path, name: str, plain: Callable[[str], str]) -> Path | None:
    """The file whose name and folders are the same as `name`, compared as `plain` makes them."""
    found = folder
    for part in PurePath(name).parts:
        if not (found / part).exists():
            other = _names(found, plain).get(plain(part))
            if other is None:
                return None
            part = other
        found /= part
    return found


def _elsewhere(folder: Path, path: Path) -> Path | None:
    """The only file of this name in `folder` or in a folder of it, if the named place has none."""
    if _nearest(path):
        return None
    wanted = _without_case(path.name)
    try:
        below = [each for each in sorted(folder.iterdir()) if each.is_dir()]
    except OSError:
        return None
    found = [
        place / names[wanted]
        for place in [folder, *(each for each in below if not each.name.startswith("."))]
        if wanted in (names := _names(place, _without_case))
    ]
    return found[0] if len(found) == 1 else None


def _nearest(path: Path) -> str:
    """A file of the same folder with the same name and another ending, else with a similar one."""
    names = _names(path.parent, _without_case)
    wanted = _without_case(path.stem)
    for plain, name in names.items():
        if PurePath(plain).stem == wanted and not name.startswith("."):
            return name
    alike = get_close_matches(_without_case(path.name), names, n=1, cutoff=0.75)
    return names[alike[0]] if alike else ""


def _names(folder: Path, plain: Callable[[str], str]) -> Mapping[str, str]:
    """What `plain` makes of the names in a folder -> these names; empty where there is none."""
    try:
        return _names_of(folder, plain, folder.stat().st_mtime_ns)
    except OSError:
        return {}


@lru_cache(maxsize=64)
def _names_of(folder: Path, plain: Callable[[str], str], _as_it_is: int) -> Mapping[str, str]:
    """Of a folder as it is now: thousands of pictures may be looked for in it."""
    return {plain(path.name): path.name for path in sorted(folder.iterdir(), reverse=True)}


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _without_case(name: str) -> str:
    return _composed(name).casefold()


def _written(path: Path, folder: Path) -> str:
    """As it would be written into the collection file."""
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
