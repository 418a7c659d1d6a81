"""Which collection is meant: a file, a folder with one, or nothing: the folder one is in."""

from __future__ import annotations

import re
from pathlib import Path

from nftforge.config.files import instead
from nftforge.core.errors import ConfigError

HERE = Path()
NAMES = ("collection.yaml", "collection.yml")
MOST_NAMED = 5  # other collections that an error names
LOOK_BYTES = 1 << 16  # of a YAML file, to see whether it is a collection

_PIECES = re.compile(rb"^(pieces|symbol)[ \t]*:", re.MULTILINE)


def find_collection(folder: Path, command: str) -> Path:
    """The collection file in `folder`. Raises ConfigError with what to type after `command`."""
    there = [folder / name for name in NAMES if (folder / name).is_file()]
    if len(there) == 1:
        return there[0]
    where = "here" if folder == HERE else f"in {folder}"
    if there:
        raise ConfigError(
            f"{' and '.join(NAMES)} are both {where}", hint=f"say which: {command} {there[0]}"
        )
    others = [path for path in sorted(folder.glob("*.[yY]*[mM][lL]")) if is_collection(path)]
    if len(others) == 1:
        hint = f"{others[0].name} is one: {command} {others[0]}"
    elif others:
        named = ", ".join(path.name for path in others[:MOST_NAMED])
        more = " and more" if len(others) > MOST_NAMED else ""
        hint = f"there are {named}{more}; say which: {command} {others[0]}"
    elif not (hint := instead(folder, NAMES[0])):
        hint = f"`nftforge init` writes a starter; or name the file: {command} FILE"
    raise ConfigError(f"there is no {NAMES[0]} {where}", hint=hint)


def is_collection(path: Path) -> bool:
    """Whether a YAML file looks like a collection."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return len({*_PIECES.findall(file.read(LOOK_BYTES))}) == 2
    except OSError:
        return False
