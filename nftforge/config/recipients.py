"""Who receives which piece, as the file says it: one for all, or a table with one for each.

    piece,address
    bitlocker,0x52908400098527886E0F7030069857D2E4169EE7
    blueeth,artist.eth

Every piece must be named once and no other, but for minted ones that the collection dropped. All of
it is checked before anything is painted; only whether a name resolves is left to ask a chain.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from nftforge.config.table import Table, read_table
from nftforge.config.values import name_or_address
from nftforge.core.errors import ConfigError
from nftforge.core.limits import HOLDERS_BYTES
from nftforge.core.nearest import suggestion

COLUMNS = ("piece", "address")
OTHER_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "id": "piece", "name": "piece", "token": "piece", "artwork": "piece", "nft": "piece",
        "wallet": "address", "wallet address": "address", "recipient": "address", "to": "address",
        "holder": "address", "receiver": "address", "owner": "address", "ens": "address",
        "ethereum address": "address", "account": "address",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Recipients:
    """Piece id -> address or ENS name, as written; what was left out of the table, a line each."""

    to: Mapping[str, str]
    said: tuple[str, ...] = ()


def read_recipients(path: Path, pieces: Sequence[str], minted: Collection[str]) -> Recipients:
    """The table at `path`: one line for each of `pieces`, others only for what is `minted`.

    Raises ConfigError with the line.
    """
    table = read_table(path, COLUMNS, HOLDERS_BYTES, OTHER_NAMES)
    given = _given(table, set(pieces), minted)
    if missing := [piece for piece in pieces if piece not in given]:
        more = f" and {len(missing) - 10} more" if len(missing) > 10 else ""
        raise ConfigError(
            f"{path}: no address for {', '.join(missing[:10])}{more}",
            hint="add a line for each: PIECE,ADDRESS",
        )
    others = [name for name in table.others(COLUMNS) if name]
    said = f"{path.name}: not used are the columns {', '.join(others)}"
    return Recipients({piece: given[piece] for piece in pieces}, (said,) if others else ())


def _given(table: Table, pieces: Collection[str], minted: Collection[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for row in table.rows:
        piece, who = row["piece"], row["address"]
        if not piece or not who:
            raise table.error(row, "a piece and an address are needed")
        if piece not in pieces and piece not in minted:
            fact = f"there is no piece {piece!r} in the collection"
            raise table.error(row, fact, hint=_piece_meant(piece, sorted(pieces)))
        if piece in given:
            raise table.error(row, f"the piece {piece!r} has an address already")
        try:
            given[piece] = name_or_address(who)
        except ValueError as error:
            raise table.error(row, str(error), column="address") from None
    return given


def _piece_meant(piece: str, there: list[str]) -> str:
    if piece.isdigit() and (zeros := [each for each in there if each.lstrip("0") == piece]):
        return f"did you mean `{zeros[0]}`? A spreadsheet takes zeros away: format it as Text"
    few = f"{', '.join(there[:10])}{' ...' if len(there) > 10 else ''}"
    return f"{suggestion(piece, there)}there are: {few}"
