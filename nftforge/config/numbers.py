"""Each piece's number, and the texts that name it: what is minted keeps its own, come what may.

Numbers go by the order of the pieces, from 0 or 1. A token keeps the number and the file name that
it was minted with (`pieces.lock.csv`, columns `number` and `stem`); all others take the free
numbers in their order. A token from before these columns has its token id for a number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from pydantic import ValidationError

from nftforge.config.models import Collection, Piece
from nftforge.config.pieces_lock import Called, PiecesLock
from nftforge.config.places import Places
from nftforge.config.templates import (
    TEXTS,
    UnknownWordError,
    filled,
    label,
    stem_of,
    words_of,
)
from nftforge.config.validation import fact_of, problems
from nftforge.core.errors import ConfigError


@dataclass(frozen=True)
class Named:
    """Pieces with their texts, their numbers, and the lock that knows what they are called."""

    pieces: tuple[Piece, ...]
    numbers: tuple[int, ...]
    lock: PiecesLock


def named(collection: Collection, places: Places, lock: PiecesLock) -> Named:
    """The pieces of `collection`, each with its id, as their texts call them.

    Texts of entries by hand are filled in where the file says `numbers:`, else they are what they
    were before there was such a thing. Raises ConfigError with the line.
    """
    pieces, asked = collection.pieces, collection.numbers
    ids = [piece.id for piece in pieces]
    numbers = numbers_of(ids, lock, 0 if asked == "from 0" else 1)
    templates = [bool(asked) or place.of_many for place in places.pieces]
    if not any(templates):
        return Named(pieces, numbers, lock)
    kept = {piece: row.stem for piece, row in lock.minted.items()}
    called = {
        piece.id: Called(number, kept.get(piece.id) or stem_of(piece.image))
        for piece, number in zip(pieces, numbers, strict=True)
    }
    words = [words_of(piece, called[piece.id].number, called[piece.id].stem) for piece in pieces]
    drawn = collection.generate.traits if collection.generate else ()
    lacking = dict.fromkeys((*map(label, drawn), *(word for each in words for word in each)), "")
    told = tuple(
        _told(piece, index, places, {**lacking, **words[index]}) if templates[index] else piece
        for index, piece in enumerate(pieces)
    )
    return Named(told, numbers, replace(lock, called=called))


def numbers_of(ids: Sequence[str], lock: PiecesLock, first: int) -> tuple[int, ...]:
    """Of the pieces `ids`, in their order. No two are the same, nor that of a token that the
    collection no longer names."""
    minted = lock.minted
    taken = {piece: row.number for piece, row in minted.items() if row.number is not None}
    used = set(taken.values())
    for piece, row in minted.items():
        number = row.token_id - 1 + first
        if piece not in taken and number not in used:
            taken[piece] = number
            used.add(number)
    free = (number for number in count(first) if number not in used)
    return tuple(taken[piece] if piece in taken else next(free) for piece in ids)


def _told(piece: Piece, index: int, places: Places, words: Mapping[str, str]) -> Piece:
    """A piece with its texts filled in."""
    texts: dict[str, Any] = {}
    for key in TEXTS:
        if (given := getattr(piece, key)) is None:
            continue
        try:
            texts[key] = filled(given, words, link=key == "external_url")
        except UnknownWordError as error:
            fact = places.at(("pieces", index, key), error.fact)
            raise ConfigError(fact, hint=error.hint) from None
    try:
        Piece.model_validate_json(json.dumps({"image": "-", **texts}))
    except ValidationError as error:
        problem = problems(error)[0]
        place = ("pieces", index, problem["loc"][-1])
        raise ConfigError(places.at(place, fact_of(problem))) from None
    return piece.model_copy(update=texts)
