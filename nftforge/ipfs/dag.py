"""Reading back what `unixfs` made: files, directories and whole DAGs, out of blocks.

`get` gives the bytes of a block and must have checked them against the CID (`Blockstore.get`
does). Blocks may still be nonsense that hashes right, so nothing here trusts their structure: a few
of them, each linking the next one 170 times, are a file of 10^16 bytes. So a node that holds more
or less than its parent says is an error before a byte too much is given; `measure` and `extent`
read each block once and say what the whole would be; and all that follows links spends from a
budget (`core.limits`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nftforge.core.errors import LimitError, MismatchError, NotFoundError
from nftforge.core.limits import (
    FILE_DEPTH,
    FOLDER_DEPTH,
    FOLDER_NAMES,
    NAME_BYTES,
    Budget,
    budget_for,
)
from nftforge.ipfs.cid import RAW, Cid
from nftforge.ipfs.dagpb import DIRECTORY, FILE, HAMT_SHARD, RAW_LEAF, DagNode, Link, decode
from nftforge.ipfs.unixfs import slots

Get = Callable[[Cid], bytes]

SHARD_DEPTH = 8  # bytes of a name's hash
SLOT_DIGITS = 2  # before a name in a sharded directory: its slot, in hex


@dataclass(frozen=True)
class Extent:
    """What a file or folder takes on a disk, everything counted as often as it is named."""

    bytes: int
    names: int


def links(cid: Cid, block: bytes) -> tuple[Link, ...]:
    """What a block links to, in order. Raises MismatchError if it is malformed."""
    return () if cid.codec == RAW else decode(block).links


def walk(root: Cid, get: Get) -> Iterator[tuple[Cid, bytes]]:
    """Every block under `root` once, parents first, depth first in link order."""
    seen: set[Cid] = set()
    stack = [root]
    while stack:
        cid = stack.pop()
        if cid in seen:
            continue
        seen.add(cid)
        block = get(cid)
        yield cid, block
        stack.extend(link.cid for link in reversed(links(cid, block)))


def walk_directory(root: Cid, get: Get) -> Iterator[tuple[Cid, bytes]]:
    """The blocks of a directory itself: its shards, each once, and nothing of what it names."""
    seen: set[Cid] = set()
    stack = [(root, 0)]
    while stack:
        cid, depth = stack.pop()
        if cid in seen:
            continue
        seen.add(cid)
        block = get(cid)
        yield cid, block
        node = decode(block)
        if node.kind == HAMT_SHARD:
            if depth == SHARD_DEPTH:
                raise MismatchError(f"{cid} is no part of a sharded directory")
            below = (link.cid for link in reversed(node.links) if len(link.name) == SLOT_DIGITS)
            stack.extend((child, depth + 1) for child in below)


def read_file(
    cid: Cid, get: Get, start: int = 0, stop: int | None = None, budget: Budget | None = None
) -> Iterator[bytes]:
    """The bytes of a file, in order, a block at a time; of a part of it (`stop` not included), only
    the blocks that hold it are read. Never more than the root says, or `budget` has.

    Raises MismatchError, LimitError.
    """
    block = get(cid)
    size = _size(cid, block)
    stop = size if stop is None else min(stop, size)
    wanted = max(0, stop - start)
    budget = budget or budget_for(f"the file {cid}", wanted)
    budget.spend(bytes=wanted)
    yield from _read(cid, block, get, _Part(start, stop, size), 0, budget)


def file_size(cid: Cid, get: Get) -> int:
    """How long a file says that it is, by its root. Raises MismatchError if it is none."""
    return _size(cid, get(cid))


def measure(cid: Cid, get: Get, budget: Budget) -> int:
    """How long a file is; each block is read once, however often it is named.

    Raises MismatchError where a node says another length, LimitError.
    """
    size = _measure(cid, get, budget, {}, 0)
    budget.spend(bytes=size)
    return size


def extent(root: Cid, get: Get, budget: Budget) -> Extent:
    """What the folder (or file) would take; each block is read once. Raises MismatchError for what
    no disk can hold: depths, names. The budget is spent of by what is read, not by what it says."""
    return _extent(root, get, budget, {}, 0)


def is_directory(cid: Cid, get: Get) -> bool:
    return cid.codec != RAW and decode(get(cid)).kind in (DIRECTORY, HAMT_SHARD)


def list_directory(cid: Cid, get: Get) -> dict[str, Cid]:
    """The names in a directory (sharded or not) and what they name. Raises MismatchError."""
    node = _directory(cid, get)
    budget = Budget(f"the directory {cid}", 0, 2 * FOLDER_NAMES)
    names: dict[str, Cid] = {}
    entries = (
        ((link.name, link.cid) for link in node.links)
        if node.kind == DIRECTORY
        else _shard_entries(node, get, 0, budget)
    )
    for name, child in entries:
        if name in names:
            raise MismatchError(f"the directory {cid} has the name {name[:100]!r} twice")
        names[name] = child
    return names


def resolve(cid: Cid, path: str, get: Get) -> Cid:
    """Follow `path` ("a/b.json") from a directory; reads only the blocks on the way.

    Raises NotFoundError if it leads nowhere, MismatchError.
    """
    names = [name for name in path.split("/") if name]
    if len(names) > FOLDER_DEPTH:
        raise LimitError(f"a path of {len(names)} folders is deeper than any real one")
    for name in names:
        found = _find(_directory(cid, get), name, get, 0) if _is_text(name) else None
        if found is None:
            raise NotFoundError(f"there is no {name[:100]!r} in the directory {cid}")
        cid = found
    return cid


def _is_text(name: str) -> bool:
    """Whether it can be written as UTF-8: no half of a surrogate pair."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


# --- files --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Part:
    """The bytes [start, stop) of a node that must hold `size`."""

    start: int
    stop: int
    size: int


def _read(
    cid: Cid, block: bytes, get: Get, part: _Part, depth: int, budget: Budget
) -> Iterator[bytes]:
    if cid.codec == RAW:
        budget.spend(nodes=1)
        _same_size(cid, len(block), part.size)
        yield block[part.start : part.stop]
        return
    node = _file(cid, block, depth)
    budget.spend(nodes=1 + len(node.links))
    _same_size(cid, node.size, part.size)
    if own := node.data[part.start : part.stop]:
        yield own
    position = len(node.data)
    for link, size in zip(node.links, node.sizes, strict=True):
        inner = _Part(max(0, part.start - position), min(size, part.stop - position), size)
        if inner.start < inner.stop:
            yield from _read(link.cid, get(link.cid), get, inner, depth + 1, budget)
        position += size


def _measure(cid: Cid, get: Get, budget: Budget, known: dict[Cid, int], depth: int) -> int:
    if cid not in known:
        block = get(cid)
        if cid.codec == RAW:
            budget.spend(nodes=1)
            known[cid] = len(block)
        else:
            node = _file(cid, block, depth)
            budget.spend(nodes=1 + len(node.links))
            for link, size in zip(node.links, node.sizes, strict=True):
                _same_size(link.cid, _measure(link.cid, get, budget, known, depth + 1), size)
            known[cid] = node.size
    return known[cid]


def _extent(cid: Cid, get: Get, budget: Budget, known: dict[Cid, Extent], depth: int) -> Extent:
    if cid in known:
        return known[cid]
    if depth > FOLDER_DEPTH:
        raise LimitError(f"folders in folders, more than {FOLDER_DEPTH} deep, down to {cid}")
    if is_directory(cid, get):
        inside = list_directory(cid, get)
        for name in inside:
            check_name(name, cid)
        budget.spend(nodes=1 + len(inside))
        parts = [_extent(child, get, budget, known, depth + 1) for child in inside.values()]
        known[cid] = Extent(
            sum(part.bytes for part in parts), 1 + sum(part.names for part in parts)
        )
    else:
        known[cid] = Extent(_measure(cid, get, budget, {}, 0), 1)
    return known[cid]


def check_name(name: str, folder: Cid) -> None:
    """Raises MismatchError for what is no file name, or leads out of its folder."""
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise MismatchError(f"{name[:100]!r} in the directory {folder} is no file name")
    if len(name.encode()) > NAME_BYTES:
        raise LimitError(
            f"a name in the directory {folder} has more than {NAME_BYTES} bytes: {name[:40]!r}..."
        )


def _size(cid: Cid, block: bytes) -> int:
    return len(block) if cid.codec == RAW else _file(cid, block, 0).size


def _same_size(cid: Cid, size: int, promised: int) -> None:
    if size != promised:
        raise MismatchError(f"{cid} has {size} bytes where {promised} were promised")


def _file(cid: Cid, block: bytes, depth: int) -> DagNode:
    node = decode(block)
    if node.kind not in (FILE, RAW_LEAF):
        raise MismatchError(f"{cid} is no file")
    if depth > FILE_DEPTH:
        raise LimitError(f"{cid} is no file that anybody makes: {FILE_DEPTH} levels and more")
    if len(node.sizes) != len(node.links) or node.size != len(node.data) + sum(node.sizes):
        raise MismatchError(f"{cid} does not tell how long its parts are")
    return node


# --- directories --------------------------------------------------------------------------------


def _directory(cid: Cid, get: Get) -> DagNode:
    if cid.codec != RAW:
        node = decode(get(cid))
        if node.kind in (DIRECTORY, HAMT_SHARD):
            return node
    raise MismatchError(f"{cid} is no directory")


def _shard_entries(
    node: DagNode, get: Get, depth: int, budget: Budget
) -> Iterator[tuple[str, Cid]]:
    budget.spend(nodes=1 + len(node.links))
    for link in node.links:
        if len(link.name) > SLOT_DIGITS:
            yield link.name[SLOT_DIGITS:], link.cid
        else:
            yield from _shard_entries(_shard(link.cid, get, depth + 1), get, depth + 1, budget)


def _find(node: DagNode, name: str, get: Get, depth: int) -> Cid | None:
    if node.kind == DIRECTORY:
        return next((link.cid for link in node.links if link.name == name), None)
    slot = f"{slots(name)[depth]:02X}"
    for link in node.links:
        if link.name == slot + name:
            return link.cid
        if link.name == slot:
            return _find(_shard(link.cid, get, depth + 1), name, get, depth + 1)
    return None


def _shard(cid: Cid, get: Get, depth: int) -> DagNode:
    node = _directory(cid, get)
    if node.kind != HAMT_SHARD or depth >= SHARD_DEPTH:
        raise MismatchError(f"{cid} is no part of a sharded directory")
    return node
