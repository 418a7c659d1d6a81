"""Which piece is which: by its `id`, by the picture's place, and by the picture itself.

An id is made from the name of the picture's file if none is written: `Blue Sky.png` is `blue-sky`,
`Straße.png` is `strasse`, and a name without Latin letters and digits is `piece-` and a digest of
it. So a file that is renamed would make another piece, and of a minted one a second token. Here the
lock file is asked first: the same place is the same piece, then the same name, then the same bytes.
Only pictures that have neither place nor name in the lock are read.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from nftforge.config.files import locate
from nftforge.core.errors import LimitError
from nftforge.core.fingerprint import file_digest

if TYPE_CHECKING:  # completion needs `slug`, and soon
    from nftforge.config.models import Piece
    from nftforge.config.pieces_lock import PiecesLock


# What Unicode does not take apart (NFKD), as it is written without it. Older versions left it out:
# `groe` is still the id of what was painted or minted as such.
LETTERS = str.maketrans(
    {
        "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O",
        "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "TH", "ł": "l", "Ł": "L",
        "ħ": "h", "Ħ": "H", "ŧ": "t", "Ŧ": "T", "ŋ": "ng", "Ŋ": "NG", "ı": "i",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Identified:
    ids: tuple[str, ...]  # of the pieces, in their order
    said: tuple[str, ...]  # what was recognised, a line each
    unsure: Mapping[int, str]  # pieces that only their author can tell apart, and why


def identify(
    pieces: Sequence[Piece],
    lock: PiecesLock,
    folder: Path,
    painted: Callable[[str], bool] = lambda piece: False,
) -> Identified:
    """The id of every piece of a collection file in `folder`. `painted`: whether a piece of that id
    is on this disk."""
    ids = {index: piece.id for index, piece in enumerate(pieces) if piece.id}
    ids |= _by_name(pieces, lock, taken=set(ids.values()))
    unknown = [index for index in range(len(pieces)) if index not in ids]
    said, unsure = [], {}
    if any(row.sha256 for row in lock.rows):
        digests = _digests([locate(folder, pieces[index].original) for index in unknown])
        found = _by_picture(dict(zip(unknown, digests, strict=True)), lock, set(ids.values()))
        for index, (piece_id, alike) in found.items():
            ids[index] = piece_id
            said.append(
                f"{pieces[index].original} is the piece {piece_id!r}: same picture, new name"
            )
            if len(alike) > 1:
                said[-1] += f" (minted from the same picture: {', '.join(alike)}; by their order)"
        owners = {piece_id: index for index, piece_id in ids.items()}
        for index, digest in zip(unknown, digests, strict=True):
            if index not in ids and (was := _displaced(digest, lock, pieces, owners, folder)):
                unsure[index] = was
    ids |= _made_up(pieces, ids, painted)
    return Identified(tuple(ids[index] for index in range(len(pieces))), tuple(said), unsure)


def slug(image: str) -> str:
    """An id made from a file's name: its Latin letters and digits, else a digest of it."""
    return _slug(Path(image).stem.translate(LETTERS)) or f"piece-{_digest(image)}"


def _older_slug(image: str) -> str:
    """The same by older versions."""
    return _slug(Path(image).stem) or f"piece-{_digest(image)}"


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:64]


def _digest(image: str) -> str:
    """Of a file's name without its ending, however its letters are encoded: 40 bits, in hex."""
    name = unicodedata.normalize("NFC", Path(image).stem).casefold()
    return sha256(name.encode()).hexdigest()[:10]


def _made_up(
    pieces: Sequence[Piece], ids: Mapping[int, str], painted: Callable[[str], bool]
) -> dict[int, str]:
    """Ids of the pieces that have none. Where 猫1 and 犬1 would both be `1`, the later of them gets
    a digest too: its name says more than its id can."""

    def made(image: str) -> str:
        new, old = slug(image), _older_slug(image)
        return old if old != new and painted(old) and not painted(new) else new

    slugs = {i: made(piece.original) for i, piece in enumerate(pieces) if i not in ids}
    lossy = {i for i, name in slugs.items() if _says_less(name, pieces[i].original)}
    taken = {*ids.values(), *(name for i, name in slugs.items() if i not in lossy)}
    for index in sorted(lossy):
        if slugs[index] in taken:
            slugs[index] = f"{slugs[index][:53]}-{_digest(pieces[index].original)}"
        taken.add(slugs[index])
    return slugs


def _says_less(made: str, image: str) -> bool:
    """Whether letters, digits or symbols of a picture's name are lost in the id made from it, or
    written otherwise."""
    name = unicodedata.normalize("NFKD", Path(image).stem)
    lost = any(ord(sign) > 127 and unicodedata.category(sign)[0] in "LNS" for sign in name)
    return lost and not made.endswith(_digest(image))


def place(image: str) -> str:
    """A path as paths are compared."""
    return unicodedata.normalize("NFC", posixpath.normpath(image))


def _by_name(pieces: Sequence[Piece], lock: PiecesLock, taken: set[str]) -> dict[int, str]:
    """Pieces without an id that stand where a locked one stood, else have its name."""
    places = {place(row.image): row.id for row in lock.rows if row.image}
    names = {row.id for row in lock.rows}
    ids: dict[int, str] = {}

    def at_its_place(image: str) -> str | None:
        return places.get(place(image))

    def by_its_name(image: str) -> str | None:
        return next((name for name in (slug(image), _older_slug(image)) if name in names), None)

    for find in (at_its_place, by_its_name):
        for index, piece in enumerate(pieces):
            found = None if piece.id or index in ids else find(piece.original)
            if found and found not in taken:
                ids[index] = found
                taken.add(found)
    return ids


def _by_picture(
    digests: Mapping[int, str], lock: PiecesLock, taken: set[str]
) -> dict[int, tuple[str, list[str]]]:
    """Pieces that have the picture of a locked one whose name is in no use, and all such ids."""
    free: dict[str, list[str]] = defaultdict(list)
    for row in lock.rows:
        if row.sha256 and row.id not in taken and row.id not in free[row.sha256]:
            free[row.sha256].append(row.id)
    found: dict[int, tuple[str, list[str]]] = {}
    given: set[str] = set()
    for index, digest in digests.items():
        alike = [piece_id for piece_id in free.get(digest, ()) if piece_id not in given]
        if digest and alike:
            found[index] = (alike[0], alike)
            given.add(alike[0])
    return found


def _displaced(
    digest: str, lock: PiecesLock, pieces: Sequence[Piece], owners: Mapping[str, int], folder: Path
) -> str:
    """Why a new name may be an old piece: its old name has another picture by now."""
    for row in lock.rows:
        index = owners.get(row.id)
        if not digest or row.sha256 != digest or index is None:
            continue
        (now,) = _digests([locate(folder, pieces[index].original)])
        if now not in ("", *(known.sha256 for known in lock.of(row.id))):
            return (
                f"this is the picture that the piece {row.id!r} was minted from, "
                f"and {pieces[index].original} has its name and another picture"
            )
    return ""


def _digests(paths: Sequence[Path]) -> list[str]:
    """SHA-256 of each file; empty for one that cannot be read: its absence is told elsewhere."""

    def digest(path: Path) -> str:
        try:
            return file_digest(path)
        except (OSError, LimitError):
            return ""

    return [digest(path) for path in paths]
