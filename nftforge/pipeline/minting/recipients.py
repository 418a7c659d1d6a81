"""Who receives which piece on a chain: names resolved, contracts asked (`config.recipients` reads).

An ENS name must resolve on the network that is minted on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eth_utils import to_checksum_address

from nftforge.chain.connection import Chain
from nftforge.chain.recipient_checks import check_recipients, resolve
from nftforge.config.load import CollectionFile


def recipients(file: CollectionFile, default: str) -> Mapping[str, str]:
    """Piece id -> address or name, as written. Raises ConfigError naming file and line."""
    return file.recipients.to if file.recipients else dict.fromkeys(file.ids, default)


def resolved(chain: Chain, to: Mapping[str, str]) -> dict[str, str]:
    """The same as checksummed addresses. Raises ConfigError for a name without address."""
    names = {who for who in to.values() if not who.startswith("0x")}
    found = {name: resolve(chain, name) for name in sorted(names)}
    return {piece: to_checksum_address(found.get(who, who)) for piece, who in to.items()}


def check(chain: Chain, collection: str, to: Sequence[str]) -> None:
    """Raises GuardError if a receiver is a contract that would lose the token."""
    check_recipients(chain, collection, sorted(set(to)))
