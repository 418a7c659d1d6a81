"""Every token followed from the chain alone down to the bytes, on this disk or behind gateways.

    contract -> tokenURI -> metadata JSON -> media blocks -> the files we rendered

Nothing that was written down about the run is trusted on the way: the contract is read, every
block is hashed, and the digests found are compared with the files and with the collection. Three
facts are told apart: pinned (a back-end says so), announced (the network knows who has it), and
retrieved (every byte came through a gateway and was checked).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from nftforge.chain.connection import Chain
from nftforge.chain.contract import read_state, read_tokens
from nftforge.core.errors import MismatchError, NftforgeError, NotFoundError, PendingError
from nftforge.core.fingerprint import file_digest
from nftforge.core.limits import (
    NODES,
    TOKEN_BYTES,
    TOKEN_JSON_BYTES,
    TOKEN_SECONDS,
    Budget,
    budget_for,
)
from nftforge.core.store import Artifact
from nftforge.ipfs import dag
from nftforge.ipfs.cid import Cid
from nftforge.ipfs.metadata import TokenMetadata, parse_token_metadata, parse_uri
from nftforge.pipeline.outputs import STILL, STROKES, animation_in, image_in

AT_ONCE = 8  # tokens read side by side through gateways

State = Literal["verified", "pending", "failed"]


@dataclass(frozen=True)
class LocalPiece:
    """What this machine has of a piece: its stroke file, if it is painted, and what is pinned."""

    painting: Artifact | None
    render: Artifact


@dataclass(frozen=True)
class Expected:
    """What tokens are compared with: files on this disk, and what is written down of them."""

    local: Mapping[str, LocalPiece] = field(default_factory=dict)  # by piece id
    pieces: frozenset[str] = frozenset()  # whose files must be here
    locked: Mapping[int, str] = field(default_factory=dict)  # token id -> piece, by the lock file
    placeholder: Cid | None = None  # what an image may be before a reveal


@dataclass(frozen=True)
class Source:
    """Where blocks are read from. `get` raises PendingError (not there yet) or MismatchError."""

    name: str
    get: dag.Get
    needs_files: bool  # whether an expected piece without files on this disk is a problem


@dataclass(frozen=True)
class Retrieval:
    """How far one token came through one source: every block of all that it names."""

    source: str
    state: State
    blocks: int
    bytes: int
    why: str

    @property
    def row(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass
class Finding:
    """One token and what was found wrong with it."""

    token_id: int
    owner: str = ""
    token_uri: str = ""
    name: str = ""
    piece: str = ""
    problems: list[str] = field(default_factory=list)
    retrieved: list[Retrieval] = field(default_factory=list)
    cids: list[Cid] = field(default_factory=list)  # of its directory and its media
    announced: bool | None = None  # None: not asked

    def blame_sources(self) -> None:
        """What went wrong with a source is the token's problem only if it came from none."""
        if not any(retrieval.state == "verified" for retrieval in self.retrieved):
            failed = [retrieval for retrieval in self.retrieved if retrieval.state == "failed"]
            whys = dict.fromkeys(retrieval.why for retrieval in failed)
            self.problems = self.problems or list(whys)

    @property
    def state(self) -> State:
        """Verified if it came whole from somewhere and is what was promised: every block of it was
        hashed, so that what another source says instead is that source's fault."""
        if self.problems:
            return "failed"
        came = any(retrieval.state == "verified" for retrieval in self.retrieved)
        return "verified" if came else "pending"

    @property
    def row(self) -> dict[str, Any]:
        return {
            "token_id": self.token_id,
            "piece": self.piece,
            "name": self.name,
            "owner": self.owner,
            "token_uri": self.token_uri,
            "ok": self.state == "verified",
            "state": self.state,
            "problems": self.problems,
            "announced": self.announced,
            "retrieved": [retrieval.row for retrieval in self.retrieved],
        }


def verify_tokens(
    chain: Chain,
    address: str,
    sources: Sequence[Source],
    expected: Expected,
    is_announced: Callable[[Cid], bool] | None = None,
) -> list[Finding]:
    """Check every token of the contract through every source. Raises NotFoundError if there is no
    contract."""
    state = read_state(chain, address)
    if state is None:
        raise NotFoundError(
            f"there is no contract at {address} on {chain.network.name}",
            hint="`nftforge run` deploys and mints",
        )
    tokens = read_tokens(chain, address, range(1, state.next_id))
    findings = [_finding(token_id, *token) for token_id, token in tokens.items()]

    def check(finding: Finding) -> None:
        if finding.token_uri and not finding.problems:
            for source in sources:
                _retrieve(finding, source, expected)
            finding.blame_sources()
            if is_announced:
                finding.announced = _announced(finding, is_announced)

    def check_whatever_comes(finding: Finding) -> None:
        try:
            check(finding)
        except Exception as error:  # one token's nonsense must not end the report on the others
            finding.problems.append(_words(error))

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="nftforge-verify") as pool:
        for future in [pool.submit(check_whatever_comes, finding) for finding in findings]:
            future.result()
    return findings


def _finding(token_id: int, owner: str, uri: str) -> Finding:
    finding = Finding(token_id, owner, uri)
    try:
        finding.cids.append(parse_uri(uri)[0])
    except MismatchError as error:
        finding.problems.append(error.fact)
    return finding


def _announced(finding: Finding, is_announced: Callable[[Cid], bool]) -> bool | None:
    try:
        return all(is_announced(cid) for cid in dict.fromkeys(finding.cids))
    except Exception:  # a router that says nothing of use has not been asked
        return None


def _retrieve(finding: Finding, source: Source, expected: Expected) -> None:
    """Follow the token through one source and note what came of it."""
    seen: dict[Cid, int] = {}  # block -> its size
    budget = Budget(f"token {finding.token_id}", TOKEN_BYTES, 16 * NODES, TOKEN_SECONDS)

    def get(cid: Cid) -> bytes:
        block = source.get(cid)
        budget.spend(bytes=0 if cid in seen else len(block), nodes=1)
        seen[cid] = len(block)
        return block

    state: State = "verified"
    problems: list[str] = []
    try:
        problems = list(_differences(finding, get, expected, source.needs_files))
        why = "; ".join(problems)
        if problems:
            state = "failed"
    except PendingError as error:
        state, why = "pending", error.fact
    except Exception as error:  # whatever one source does, the others are asked
        state, why = "failed", _words(error)
    finding.problems += [text for text in problems if text not in finding.problems]
    finding.retrieved.append(Retrieval(source.name, state, len(seen), sum(seen.values()), why))


def _words(error: Exception) -> str:
    if isinstance(error, NftforgeError):
        return error.fact
    if isinstance(error, OSError):
        return str(error)
    return f"cannot be checked: {type(error).__name__}: {error}"


def _differences(
    finding: Finding, get: dag.Get, expected: Expected, needs_files: bool
) -> Iterator[str]:
    """Reads all that the token names; yields what differs from this disk."""
    root, path = parse_uri(finding.token_uri)
    file = dag.resolve(root, path, get)
    budget = Budget("its metadata", TOKEN_JSON_BYTES, NODES)
    text = b"".join(dag.read_file(file, get, budget=budget))
    metadata = parse_token_metadata(text)
    finding.name, finding.piece = metadata.name, str(metadata.properties.get("piece", ""))[:64]
    media = _media(metadata)
    finding.cids += [cid for cid in media.values() if cid not in finding.cids]
    piece = expected.local.get(finding.piece)
    others = [_other(kind, cid, get, piece) for kind, cid in media.items()]
    if expected.placeholder and metadata.image == expected.placeholder:
        return
    locked = expected.locked.get(finding.token_id, finding.piece)
    if locked != finding.piece:
        yield f"this is {locked!r} by the lock file, and {finding.piece!r} by its metadata"
    if piece is not None:
        yield from _compare(others, metadata.properties.get("strokes_sha256"), piece)
    elif needs_files and (finding.piece in expected.pieces or not finding.piece):
        yield f"the files of {finding.piece!r} here are missing or damaged"


def _file_of(kind: str, piece: LocalPiece) -> str:
    """The file that is to be what a token names so; another name than any file has if none is."""
    names = piece.render.outputs
    found = {"image": image_in(names), "animation": animation_in(names), "still": STILL}[kind]
    return found or f"no {kind}"


def _media(metadata: TokenMetadata) -> dict[str, Cid]:
    still = metadata.properties.get("still")
    media = {
        "image": metadata.image,
        "animation": metadata.animation,
        "still": parse_uri(still)[0] if still else None,
    }
    return {name: cid for name, cid in media.items() if cid is not None}


def _other(kind: str, cid: Cid, get: dag.Get, piece: LocalPiece | None) -> Path | None:
    """Reads a file that a token names, every block of it; the file here of which it should be the
    bytes, if it is not. Without one here nothing is unfolded: each block is read once."""
    if piece is None:
        dag.measure(cid, get, budget_for(f"{kind} {cid}", TOKEN_BYTES))
        return None
    path = piece.render.path(_file_of(kind, piece))
    size = path.stat().st_size if path.is_file() else -1
    if dag.file_size(cid, get) != size:
        dag.measure(cid, get, budget_for(f"{kind} {cid}", TOKEN_BYTES))
        return path
    return path if _digest(cid, get, size) != file_digest(path) else None


def _compare(others: Sequence[Path | None], strokes: Any, piece: LocalPiece) -> Iterator[str]:
    for path in filter(None, others):
        yield f"{path} is not what the token shows"
    if piece.painting is None:
        return
    path = piece.painting.path(STROKES)
    if not path.is_file() or file_digest(path) != strokes:
        yield f"{path} is not the stroke file that the metadata names"


def _digest(cid: Cid, get: dag.Get, size: int) -> str:
    sha = hashlib.sha256()
    for block in dag.read_file(cid, get, budget=budget_for(f"the file {cid}", size)):
        sha.update(block)
    return sha.hexdigest()
