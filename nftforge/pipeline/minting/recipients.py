"""Who receives which piece: one address for all, or a CSV with one for each (an airdrop).

    piece,address
    bitlocker,0x52908400098527886E0F7030069857D2E4169EE7
    blueeth,artist.eth

Every piece must be named once and no other, but for minted ones that the collection dropped. An
address in mixed case must carry a valid EIP-55 checksum; an ENS name must resolve on the network
that is minted on.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from eth_utils import to_checksum_address

from nftforge.chain.connection import Chain
from nftforge.chain.recipient_checks import check_recipients, resolve
from nftforge.config.load import CollectionFile
from nftforge.config.models import check_address
from nftforge.core.errors import ConfigError, LimitError
from nftforge.core.limits import HOLDERS_BYTES, read_bounded


def recipients(file: CollectionFile, default: str) -> dict[str, str]:
    """Piece id -> address or name, as written. Raises ConfigError naming file and line."""
    pieces = [piece.id for piece in file.collection.pieces]
    to = file.collection.mint.to or default
    if not to.endswith(".csv"):
        return dict.fromkeys(pieces, to)
    return _read(file.locate(to), pieces, {row.id for row in file.lock.rows})


def resolved(chain: Chain, to: Mapping[str, str]) -> dict[str, str]:
    """The same as checksummed addresses. Raises ConfigError for a name without address."""
    names = {who for who in to.values() if not who.startswith("0x")}
    found = {name: resolve(chain, name) for name in sorted(names)}
    return {piece: to_checksum_address(found.get(who, who)) for piece, who in to.items()}


def check(chain: Chain, collection: str, to: Sequence[str]) -> None:
    """Raises GuardError if a receiver is a contract that would lose the token."""
    check_recipients(chain, collection, sorted(set(to)))


def _read(path: Path, pieces: Sequence[str], minted: Collection[str]) -> dict[str, str]:
    try:
        text = read_bounded(path, HOLDERS_BYTES).decode("utf-8-sig")
        rows = list(csv.reader(text.splitlines()))
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"mint.to: {path} cannot be read as UTF-8 text") from None
    except (LimitError, csv.Error) as error:
        raise ConfigError(f"mint.to: {path} is no list of receivers: {error}") from None
    if not rows or [cell.strip().lower() for cell in rows[0]] != ["piece", "address"]:
        raise ConfigError(f"{path}:1: the first line must be `piece,address`")
    given: dict[str, str] = {}
    for line, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != 2:
            raise ConfigError(f"{path}:{line}: a piece and an address are needed")
        piece, who = row[0].strip(), row[1].strip()
        if piece not in pieces and piece not in minted:
            raise ConfigError(f"{path}:{line}: there is no piece {piece!r} in the collection")
        if piece in given:
            raise ConfigError(f"{path}:{line}: the piece {piece!r} has an address already")
        try:
            given[piece] = check_address(who) if who.startswith("0x") or "." not in who else who
        except ValueError as error:
            raise ConfigError(f"{path}:{line}: {error}") from None
    missing = [piece for piece in pieces if piece not in given]
    if missing:
        raise ConfigError(f"{path}: no address for {', '.join(missing[:10])}")
    return {piece: given[piece] for piece in pieces}
