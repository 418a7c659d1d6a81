"""The pictures in a folder, or those that fit a pattern, in the order in which people count.

Unusual: no file is opened. What is a picture is told by its ending; hidden files and all that is no
picture (Thumbs.db, notes) are passed over, and told only where nothing else is there. `*.png` finds
a camera's `.PNG`, and `é` however it is encoded (Unicode NFC and NFD): on every system the same.
"""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from nftforge.config.files import instead, locate
from nftforge.config.places import Place
from nftforge.core.errors import ConfigError

ENDINGS = (
    ".png", ".jpg", ".jpeg", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".ppm", ".avif", ".heic",
    ".heif",
)  # fmt: skip


def pictures(name: str, place: Place) -> list[str]:
    """Paths of the pictures that `name`, a folder or a pattern, stands for: from the folder of the
    collection file on. Raises ConfigError, with the line, if there are none."""
    fixed, pattern = _parts(name.replace("\\", "/"), place.path.parent)
    folder = locate(place.path.parent, fixed)
    if not folder.is_dir():
        near = instead(place.path.parent, fixed.rstrip("/")) if fixed.rstrip("/") else ""
        raise ConfigError(place.at((), f"there is no folder {folder}"), hint=near)
    images = _below(folder, PurePosixPath(pattern).parts)
    if not images:
        raise ConfigError(place.at((), f"no pictures: {name}"), hint=_there(folder))
    return [str(PurePosixPath(fixed) / image) for image in images]


def pictures_in(folder: Path, name: str) -> list[Path]:
    """The same for a file in `folder`, as they lie there; none if there are none."""
    fixed, pattern = _parts(name.replace("\\", "/"), folder)
    there = locate(folder, fixed)
    return [there / image for image in _below(there, PurePosixPath(pattern).parts)]


def _parts(name: str, folder: Path) -> tuple[str, str]:
    """The folder that a name begins with, and the pattern below it."""
    if locate(folder, name).is_dir() or not re.search(r"[*?\[]", name):
        return name, "*"
    parts = PurePosixPath(name).parts
    first = next(i for i, part in enumerate(parts) if re.search(r"[*?\[]", part))
    return str(PurePosixPath(*parts[:first])), "/".join(parts[first:])


def _below(folder: Path, pattern: Sequence[str]) -> list[str]:
    """Paths of the pictures in `folder` that fit, in their order."""
    fits = [_pattern(part) for part in pattern]
    found = dict.fromkeys(_fitting(folder, "", fits)) if folder.is_dir() else ()
    return sorted(found, key=_natural)


def _pattern(part: str) -> re.Pattern[str] | None:
    """Of one name; None stands for any folders."""
    return None if part == "**" else re.compile(fnmatch.translate(_plain(part)))


def _fitting(folder: Path, under: str, fits: Sequence[re.Pattern[str] | None]) -> Iterator[str]:
    fit, *rest = fits
    if fit is None and rest:
        yield from _fitting(folder, under, rest)
    for each in folder.iterdir():
        name = _plain(each.name)
        if name.startswith(".") or (fit and not fit.match(name)):
            continue
        if each.is_dir() and (rest or fit is None):
            again = [None, *rest] if fit is None and not each.is_symlink() else rest
            yield from _fitting(each, f"{under}{each.name}/", again) if again else ()
        elif not rest and each.suffix.lower() in ENDINGS and each.is_file():
            yield f"{under}{each.name}"


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _natural(path: str) -> tuple[list[tuple[int, str, int, str]], str]:
    """2 before 10, and capitals beside small letters."""
    parts = re.findall(r"[0-9]{1,18}|[^0-9]+", unicodedata.normalize("NFC", path))
    return [(0, "", int(p), p) if p.isdecimal() else (1, p.casefold(), 0, p) for p in parts], path


def _there(folder: Path) -> str:
    """What lies in a folder in which nothing fits."""
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"in {folder} there is {', '.join(names[:5]) or 'nothing'}{more}"
