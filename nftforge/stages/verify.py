"""verify: from the chain alone down to the bytes on this disk.

    contract -> tokenURI -> metadata JSON -> media blocks -> the files we rendered

Nothing that was written down about the run is trusted on the way: the contract is read, every
block is hashed, and the digests found are compared with the files and with the collection.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nftforge.chain.contract import read_state, read_tokens
from nftforge.chain.rpc import Chain
from nftforge.errors import MismatchError
from nftforge.fingerprint import file_digest
from nftforge.ipfs import dag
from nftforge.ipfs.blockstore import Blockstore
from nftforge.ipfs.cid import Cid
from nftforge.ipfs.metadata import parse_token_metadata, parse_uri
from nftforge.stages.stage import GIF, MP4, STILL, STROKES
from nftforge.store import Artifact


@dataclass(frozen=True)
class LocalPiece:
    """What this machine has of a piece: its stroke file and its rendered files."""

    painting: Artifact
    render: Artifact


@dataclass
class Finding:
    """One token and what was found wrong with it."""

    token_id: int
    owner: str = ""
    token_uri: str = ""
    name: str = ""
    piece: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def row(self) -> dict[str, Any]:
        return {
            "token_id": self.token_id,
            "piece": self.piece,
            "name": self.name,
            "owner": self.owner,
            "token_uri": self.token_uri,
            "ok": not self.problems,
            "problems": self.problems,
        }


def verify_tokens(
    chain: Chain, address: str, blocks: Blockstore, local: Mapping[str, LocalPiece]
) -> list[Finding]:
    """Check every token of the contract. Raises MismatchError if there is no contract."""
    state = read_state(chain, address)
    if state is None:
        raise MismatchError(
            f"there is no contract at {address} on {chain.network.name}",
            hint="`nftforge run` deploys and mints",
        )
    tokens = read_tokens(chain, address, range(1, state.next_id))
    return [_check(token_id, *token, blocks, local) for token_id, token in tokens.items()]


def _check(
    token_id: int, owner: str, uri: str, blocks: Blockstore, local: Mapping[str, LocalPiece]
) -> Finding:
    finding = Finding(token_id, owner, uri)
    try:
        root, path = parse_uri(finding.token_uri)
        text = _bytes(dag.resolve(root, path, blocks.get), blocks)
        metadata = parse_token_metadata(text)
        finding.name, finding.piece = metadata.name, str(metadata.properties.get("piece", ""))
        still = metadata.properties.get("still")
        media = {
            GIF: metadata.image,
            MP4: metadata.animation,
            STILL: parse_uri(still)[0] if still else None,
        }
        digests = {name: _digest(cid, blocks) for name, cid in media.items() if cid is not None}
        piece = local.get(finding.piece)
        if piece is None:
            finding.problems.append(f"the files of {finding.piece!r} here are missing or damaged")
        else:
            _compare(finding, digests, metadata.properties.get("strokes_sha256"), piece)
    except (MismatchError, OSError) as error:
        finding.problems.append(error.fact if isinstance(error, MismatchError) else str(error))
    return finding


def _compare(finding: Finding, digests: Mapping[str, str], strokes: Any, piece: LocalPiece) -> None:
    for name, digest in digests.items():
        path = piece.render.path(name)
        if not path.is_file() or file_digest(path) != digest:
            finding.problems.append(f"{path} is not what the token shows")
    path = piece.painting.path(STROKES)
    if not path.is_file() or file_digest(path) != strokes:
        finding.problems.append(f"{path} is not the stroke file that the metadata names")


def _bytes(cid: Cid, blocks: Blockstore) -> bytes:
    return b"".join(dag.read_file(cid, blocks.get))


def _digest(cid: Cid, blocks: Blockstore) -> str:
    sha = hashlib.sha256()
    for block in dag.read_file(cid, blocks.get):
        sha.update(block)
    return sha.hexdigest()
