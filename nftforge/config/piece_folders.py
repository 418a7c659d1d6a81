"""The pictures in a folder, or those that fit a pattern, in the order in which people count.

Unusual: no file is opened. What is a picture is told by its ending; hidden files and all that is no
picture (Thumbs.db, notes) are passed over, and told only where nothing else is there.
"""

from __future__ import annotations

import re
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
    try:
        found = [path.relative_to(folder) for path in folder.glob(pattern) if path.is_file()]
    except ValueError as error:
        raise ConfigError(place.at((), f"{name} is no pattern: {error}")) from None
    images = [path.as_posix() for path in found if _is_picture(path)]
    if not images:
        raise ConfigError(place.at((), f"no pictures: {name}"), hint=_there(folder))
    return [str(PurePosixPath(fixed) / image) for image in sorted(images, key=_natural)]


def _parts(name: str, folder: Path) -> tuple[str, str]:
    """The folder that a name begins with, and the pattern below it."""
    if locate(folder, name).is_dir() or not re.search(r"[*?\[]", name):
        return name, "*"
    parts = PurePosixPath(name).parts
    first = next(i for i, part in enumerate(parts) if re.search(r"[*?\[]", part))
    return str(PurePosixPath(*parts[:first])), "/".join(parts[first:])


def _is_picture(path: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.parts)
    return not hidden and path.suffix.lower() in ENDINGS


def _natural(path: str) -> list[tuple[int, str, int, str]]:
    """2 before 10, and capitals beside small letters."""
    parts = re.findall(r"[0-9]{1,18}|[^0-9]+", path)
    return [(0, "", int(p), p) if p.isdecimal() else (1, p.casefold(), 0, p) for p in parts]


def _there(folder: Path) -> str:
    """What lies in a folder in which nothing fits."""
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"in {folder} there is {', '.join(names[:5]) or 'nothing'}{more}"
