"""A collection file read and checked, and the sections that the command line makes without one.

Every complaint names the file, the line and the place. Pictures are looked for here, and opened
only to recognise one that was renamed (`piece_ids`). One that is gone is no complaint if it was
painted, or pinned as a placeholder: nothing else needs it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from nftforge.config.files import instead, locate
from nftforge.config.finished import misfits
from nftforge.config.generate import Generate
from nftforge.config.generated import Generated, generated
from nftforge.config.models import (
    BACK_ENDS,
    OTHER_BACK_ENDS,
    Collection,
    Paint,
    Pin,
)
from nftforge.config.numbers import named
from nftforge.config.piece_ids import identify
from nftforge.config.piece_sources import with_pieces
from nftforge.config.pieces_lock import PiecesLock, lock_path, read_lock, recall
from nftforge.config.places import Place, Places
from nftforge.config.recipients import Recipients, read_recipients
from nftforge.config.section import Section
from nftforge.config.validation import explained, fact_of, problems
from nftforge.config.values import is_mask, is_table, is_tip
from nftforge.config.work_folder import find_work_folder
from nftforge.config.written import as_written
from nftforge.config.yaml import Location, YamlFile, line_of, read_yaml
from nftforge.core.errors import ConfigError, GuardError
from nftforge.core.journal import Journal
from nftforge.core.nearest import suggestion
from nftforge.core.store import Store


@dataclass(frozen=True)
class CollectionFile:
    """A collection, the file it came from, and where each value stands."""

    path: Path
    collection: Collection
    places: Places
    lock: PiecesLock = field(default_factory=lambda: PiecesLock(Path()))
    renamed: tuple[str, ...] = ()  # pieces that were recognised by their pictures, a line each
    generated: Generated | None = None  # which of the pieces are drawn, and from what
    numbers: tuple[int, ...] = ()  # of the pieces, in their order

    @cached_property
    def work_folder(self) -> Path:
        return find_work_folder(self.path, self.collection.name, self.collection.symbol)

    @cached_property
    def recipients(self) -> Recipients | None:
        """Who receives each piece; None if the file names nobody, so that the signer does.

        Raises ConfigError naming file and line.
        """
        to = self.collection.mint.to
        if to is None:
            return None
        if not is_table(to):
            return Recipients(dict.fromkeys(self.ids, to))
        path = self.locate(to)
        if not path.exists():
            hint = self.instead(to) or "a table has the columns piece,address"
            raise self.error(("mint", "to"), f"there is no file {path}", hint=hint)
        return read_recipients(path, self.ids, {row.id for row in self.lock.rows})

    @property
    def ids(self) -> list[str]:
        """Of all pieces, in their order."""
        return [piece.id for piece in self.collection.pieces]

    def locate(self, name: str) -> Path:
        """Where a file is that the collection names; as it is written if it is nowhere."""
        return locate(self.path.parent, name)

    def instead(self, name: str) -> str:
        """What to do about a named file that is nowhere; empty if nothing can be said."""
        return instead(self.path.parent, name)

    def painted_from(self, piece: str) -> dict[str, str]:
        """SHA-256 of what a piece was last painted from: picture, style, tip, mask."""
        locked = next((row.sha256 for row in reversed(self.lock.of(piece)) if row.sha256), "")
        store = Store(self.work_folder)
        inputs: dict[str, str] = {"picture": locked} if locked else {}
        for stage in ("artwork", "paint"):
            for made in store.all_of(stage, piece)[-1:]:
                inputs |= made.recipe.inputs
        return inputs

    @property
    def placeholder_name(self) -> str:
        """What the picture of a delayed reveal is pinned as."""
        return f"placeholder/{Path(self.collection.mint.placeholder or '').name}"

    def placeholder_before(self) -> Mapping[str, Any] | None:
        """CID and sizes of that picture as it was last pinned, by the journal."""
        journal = Journal(self.work_folder / "journal" / "pin.jsonl", {"journal": "pin"})
        pinned = [entry.data.get("items") for entry in journal if entry.event == "outcome"]
        tables = (items for items in reversed(pinned) if isinstance(items, dict))
        return next(filter(None, (items.get(self.placeholder_name) for items in tables)), None)

    def error(self, location: Location, fact: str, *, hint: str = "") -> ConfigError:
        """A ConfigError that names the file, the line and the value's place."""
        return ConfigError(self.places.at(location, fact), hint=hint)

    def refusal(self, location: Location, fact: str, *, hint: str = "") -> GuardError:
        """The same as a GuardError: it could be done, and would cost what it should not."""
        return GuardError(self.places.at(location, fact), hint=hint)


def load_collection(path: Path) -> CollectionFile:
    """Read and check `path`. Raises ConfigError naming the file and line of what is wrong."""
    given = read_yaml(path)
    if not isinstance(given.value, dict):
        fact = f"{path}:1: a collection is a mapping that starts with `name:`"
        raise ConfigError(fact, hint="write a space after each colon, as in `name: My art`")
    data = as_written(given)
    data = {key: value for key, value in data.items() if not key.startswith("x-")}  # for anchors
    data, places = with_pieces(data, Place(path, given.lines, given.written))
    lock_of = cache(partial(_recalled, path))  # read once, though two ask
    data, places, drawn = _with_generated(data, places, given, lock_of)
    try:
        collection = Collection.model_validate_json(json.dumps(data, allow_nan=False))
    except ValidationError as error:
        raise explained(places, error) from None
    lock = lock_of(collection.name, collection.symbol)
    file = _identified(CollectionFile(path, collection, places, lock, generated=drawn))
    found = named(file.collection, places, file.lock)
    collection = file.collection.model_copy(update={"pieces": found.pieces})
    return replace(file, collection=collection, lock=found.lock, numbers=found.numbers)


def _recalled(path: Path, name: str, symbol: str) -> PiecesLock:
    """The lock file beside `path`, with what the journals of its work folder know."""
    return recall(read_lock(lock_path(path)), find_work_folder(path, name, symbol))


class _Asked(Section):
    """`generate:` by itself: it says which pieces there are."""

    generate: Generate


def _with_generated(
    data: dict[str, Any],
    places: Places,
    given: YamlFile,
    lock_of: Callable[[str, str], PiecesLock],
) -> tuple[dict[str, Any], Places, Generated | None]:
    """With the pieces of `generate:` after those that are written, each at the lines of what it is
    made of. Raises ConfigError."""
    if data.get("generate") is None:
        return data, places, None
    try:
        part = json.dumps({"generate": data["generate"]}, allow_nan=False)
        asked = _Asked.model_validate_json(part).generate
    except ValidationError as error:
        raise explained(places, error) from None
    path, seed, written = places.file.path, data.get("seed"), data.get("pieces") or []
    if not isinstance(written, list):
        return data, places, None  # which the models refuse
    lock = lock_of(str(data.get("name")), str(data.get("symbol")))  # what is minted stays
    drawn, pieces = generated(asked, path, given, lock, seed if isinstance(seed, int) else 0)
    whole = {**data, "pieces": [*written, *(piece for piece, _ in pieces)]}
    said = (_said(path, given, piece["id"], keys) for piece, keys in pieces)
    return whole, replace(places, pieces=(*places.pieces, *said)), drawn


def _said(path: Path, given: YamlFile, piece: str, keys: Mapping[str, Location]) -> Place:
    """Where a generated piece is said: each key at the value that it comes from."""
    lines: dict[Location, int] = {(key,): line_of(given.lines, at) for key, at in keys.items()}
    return Place(path, {(): line_of(given.lines, ("generate",)), **lines}, what=piece)


def _identified(file: CollectionFile) -> CollectionFile:
    """With an id for every piece, all pieces checked."""
    collection = file.collection
    painted = Store(file.work_folder).all_of
    found = identify(
        collection.pieces, file.lock, file.path.parent, lambda piece: bool(painted("paint", piece))
    )
    for index, why in found.unsure.items():
        raise file.error(
            ("pieces", index),
            why,
            hint="give each of the two its `id:`; the one that is minted keeps its own",
        )
    pieces = tuple(
        piece.model_copy(update={"id": piece_id})
        for piece, piece_id in zip(collection.pieces, found.ids, strict=True)
    )
    identified = replace(
        file,
        collection=collection.model_copy(update={"pieces": pieces}),
        renamed=found.said,
    )
    _check_pieces(identified)
    return identified


def check_back_ends(file: CollectionFile) -> None:
    """Raises ConfigError with the line of a name that is no back-end."""
    for index, name in enumerate(file.collection.pin.to):
        if name not in BACK_ENDS:
            raise file.error(
                ("pin", "to", index),
                f"there is no back-end {name!r}",
                hint=f"{_back_end_meant(name)}there are: {', '.join(BACK_ENDS)}",
            )


def _back_end_meant(name: str) -> str:
    return suggestion(name, BACK_ENDS, OTHER_BACK_ENDS)


def paint_options(values: Mapping[str, Any]) -> Paint:
    """The paint section from options of the command line. Raises ConfigError naming the option."""
    try:
        return Paint.model_validate_json(json.dumps(values))
    except ValidationError as error:
        facts = (f"{_option(problem)}: {fact_of(problem)}" for problem in problems(error))
        raise ConfigError(*dict.fromkeys(facts)) from None


def pin_section(names: str) -> Pin:
    """The pin section with back-ends from the command line. Raises ConfigError."""
    to = tuple(name.strip() for name in names.split(",") if name.strip())
    unknown = next((name for name in to if name not in BACK_ENDS), "")
    if unknown or not to:
        raise ConfigError(
            f"--to {names}: back-ends are {', '.join(BACK_ENDS)}",
            hint=_back_end_meant(unknown).rstrip(),
        )
    return Pin(to=to)


def _option(problem: Mapping[str, Any]) -> str:
    """--min-size for min_size, --psnr for target.psnr."""
    place = problem["loc"]
    return "--" + str(place[place[0] == "target"]).replace("_", "-")


def schema() -> dict[str, Any]:
    """The JSON Schema of collection.yaml, for editors."""
    known = Collection.model_json_schema()
    known["required"].remove("pieces")  # `generate:` gives them too
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **known,
        "anyOf": [{"required": ["pieces"]}, {"required": ["generate"]}],
        "title": "nftforge collection",
    }


def _check_pieces(file: CollectionFile) -> None:
    for place, fact, hint in misfits(file.collection):
        raise file.error(place, fact, hint=hint)
    seen: dict[str, int] = {}
    for index, piece in enumerate(file.collection.pieces):
        place = ("pieces", index, "id")
        if piece.id in seen:
            first, _ = file.places.of(("pieces", seen[piece.id]))
            there = "" if first.path == file.places.of(place)[0].path else f" of {first.path}"
            raise file.error(
                place,
                f"the id {piece.id!r} is already that of the piece in line {first.line()}{there}",
                hint="give one of them an `id:` of its own",
            )
        seen[piece.id] = index
    for place, picture, painted in _pictures(file):
        path = file.locate(picture)
        if not path.is_file() and not painted():
            what = "file" if place[-1] == "media" else "picture"
            raise file.error(place, f"there is no {what} {path}", hint=file.instead(picture))


def _pictures(file: CollectionFile) -> Iterator[tuple[Location, str, Callable[[], bool]]]:
    """Every picture a collection names, where, and whether all is painted that needs it."""
    collection = file.collection

    def painted(what: str, ids: Sequence[str]) -> Callable[[], bool]:
        return lambda: all(what in file.painted_from(piece) for piece in ids)

    if is_tip(collection.paint.brush):
        brushed = [piece.id for piece in collection.pieces if not piece.brush]
        yield ("paint", "brush"), collection.paint.brush, painted("tip", brushed)
    if collection.paint.style:
        styled = [piece.id for piece in collection.pieces if not piece.style]
        place: Location = ("paint", "style", "image")
        yield place, collection.paint.style.image, painted("style", styled)
    if is_mask(collection.paint.focus):
        looked_at = [piece.id for piece in collection.pieces if not piece.focus]
        yield ("paint", "focus"), collection.paint.focus, painted("mask", looked_at)
    for index, piece in enumerate(collection.pieces):
        what = "cover" if piece.media else "picture"
        yield ("pieces", index, "image"), piece.image, painted(what, [piece.id])
        if piece.media:
            yield ("pieces", index, "media"), piece.media, painted("picture", [piece.id])
        if piece.brush and is_tip(piece.brush):
            yield ("pieces", index, "brush"), piece.brush, painted("tip", [piece.id])
        if piece.style:
            place = ("pieces", index, "style", "image")
            yield place, piece.style.image, painted("style", [piece.id])
        if is_mask(piece.focus):
            yield ("pieces", index, "focus"), piece.focus, painted("mask", [piece.id])
        for number, layer in enumerate(piece.layers, start=1):
            place = ("pieces", index, "layers", number - 1)
            yield place, layer.image, painted(f"layer {number}", [piece.id])
    if collection.mint.placeholder is not None:
        pinned = file.placeholder_before
        yield ("mint", "placeholder"), collection.mint.placeholder, lambda: pinned() is not None
