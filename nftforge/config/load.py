"""A collection file read and checked, and the sections that the command line makes without one.

Every complaint names the file, the line and the place. Pictures are looked for here, not opened.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from nftforge.config.models import BACK_ENDS, Collection, Paint, Pin
from nftforge.config.validation import explained, fact_of
from nftforge.config.yaml import Location, at, read_yaml
from nftforge.core.errors import ConfigError


@dataclass(frozen=True)
class CollectionFile:
    """A collection, the file it came from, and where in it each value stands."""

    path: Path
    collection: Collection
    lines: Mapping[Location, int]

    @property
    def work_folder(self) -> Path:
        return self.path.parent / ".nftforge"

    def error(self, location: Location, fact: str, *, hint: str = "") -> ConfigError:
        """A ConfigError that names the file, the line and the value's place."""
        return ConfigError(at(self.path, self.lines, location, fact), hint=hint)


def load_collection(path: Path) -> CollectionFile:
    """Read and check `path`. Raises ConfigError naming the file and line of what is wrong."""
    data, lines = read_yaml(path)
    if not isinstance(data, dict):
        raise ConfigError(f"{path}:1: a collection is a mapping that starts with `name:`")
    data = {key: value for key, value in data.items() if not key.startswith("x-")}  # for anchors
    try:
        collection = Collection.model_validate_json(json.dumps(data, allow_nan=False))
    except ValidationError as error:
        raise explained(path, lines, error) from None
    file = CollectionFile(path, _with_ids(collection), lines)
    _check_pieces(file)
    return file


def paint_options(values: Mapping[str, Any]) -> Paint:
    """The paint section from options of the command line. Raises ConfigError naming the option."""
    try:
        return Paint.model_validate_json(json.dumps(values))
    except ValidationError as error:
        facts = (f"{_option(problem)}: {fact_of(problem)}" for problem in error.errors())
        raise ConfigError(*dict.fromkeys(facts)) from None


def pin_section(names: str) -> Pin:
    """The pin section with back-ends from the command line. Raises ConfigError."""
    to = tuple(name.strip() for name in names.split(",") if name.strip())
    if not to or any(name not in BACK_ENDS for name in to):
        raise ConfigError(f"--to {names}: back-ends are {', '.join(BACK_ENDS)}")
    return Pin(to=to)


def _option(problem: Mapping[str, Any]) -> str:
    """--min-size for min_size, --psnr for target.psnr."""
    place = problem["loc"]
    return "--" + str(place[place[0] == "target"]).replace("_", "-")


def schema() -> dict[str, Any]:
    """The JSON Schema of collection.yaml, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Collection.model_json_schema(),
        "title": "nftforge collection",
    }


def _with_ids(collection: Collection) -> Collection:
    pieces = tuple(
        piece if piece.id else piece.model_copy(update={"id": _slug(Path(piece.image).stem)})
        for piece in collection.pieces
    )
    return collection.model_copy(update={"pieces": pieces})


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:64] or "piece"


def _check_pieces(file: CollectionFile) -> None:
    seen: dict[str, int] = {}
    for index, piece in enumerate(file.collection.pieces):
        place: Location = ("pieces", index, "id")
        if piece.id in seen:
            first = file.lines.get(("pieces", seen[piece.id]), 0)
            raise file.error(
                place,
                f"the id {piece.id!r} is already that of the piece in line {first}",
                hint="give one of them an `id:` of its own",
            )
        seen[piece.id] = index
    for place, picture in _pictures(file.collection):
        path = file.path.parent / picture
        if not path.is_file():
            raise file.error(place, f"there is no picture {path}")


def _pictures(collection: Collection) -> Iterator[tuple[Location, str]]:
    """Every picture a collection names, and where."""
    if collection.paint.style:
        yield ("paint", "style", "image"), collection.paint.style.image
    for index, piece in enumerate(collection.pieces):
        yield ("pieces", index, "image"), piece.image
        if piece.style:
            yield ("pieces", index, "style", "image"), piece.style.image
    if collection.mint.placeholder is not None:
        yield ("mint", "placeholder"), collection.mint.placeholder
