"""Reading back what `unixfs` made: files, directories and whole DAGs, out of blocks.

`get` gives the bytes of a block and must have checked them against the CID (`Blockstore.get`
does). Blocks may still be nonsense that hashes right, so nothing here trusts their structure. A
loop would need a hash collision; depth is bounded all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nftforge.core.errors import MismatchError, NotFoundError
from nftforge.ipfs.cid import RAW, Cid
from nftforge.ipfs.dagpb import DIRECTORY, FILE, HAMT_SHARD, RAW_LEAF, DagNode, Link, decode
from nftforge.ipfs.unixfs import slots

Get = Callable[[Cid], bytes]

MAX_DEPTH = 32  # of a file's tree; even 1 TiB in chunks of 256 KiB has a depth of 3
SHARD_DEPTH = 8  # bytes of a name's hash
SLOT_DIGITS = 2  # before a name in a sharded directory: its slot, in hex


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
    """The blocks of a directory itself: its shards, and nothing of what it names."""
    block = get(root)
    yield root, block
    node = decode(block)
    if node.kind == HAMT_SHARD:
        for link in node.links:
            if len(link.name) == SLOT_DIGITS:
                yield from walk_directory(link.cid, get)


def read_file(cid: Cid, get: Get, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
    """The bytes of a file, in order, a block at a time; of a part of it (`stop` not included), only
    the blocks that hold it are read. Raises MismatchError."""
    return _read_file(cid, get, start, stop, 0)


def file_size(cid: Cid, get: Get) -> int:
    """How long a file is, by its root. Raises MismatchError if it is none."""
    return len(get(cid)) if cid.codec == RAW else _file(cid, get(cid), 0).size


def is_directory(cid: Cid, get: Get) -> bool:
    return cid.codec != RAW and decode(get(cid)).kind in (DIRECTORY, HAMT_SHARD)


def list_directory(cid: Cid, get: Get) -> dict[str, Cid]:
    """The names in a directory (sharded or not) and what they name. Raises MismatchError."""
    node = _directory(cid, get)
    if node.kind == DIRECTORY:
        return {link.name: link.cid for link in node.links}
    return dict(_shard_entries(node, get, 0))


def resolve(cid: Cid, path: str, get: Get) -> Cid:
    """Follow `path` ("a/b.json") from a directory; reads only the blocks on the way.

    Raises NotFoundError if it leads nowhere, MismatchError.
    """
    for name in filter(None, path.split("/")):
        found = _find(_directory(cid, get), name, get, 0)
        if found is None:
            raise NotFoundError(f"there is no {name!r} in the directory {cid}")
        cid = found
    return cid


def _read_file(cid: Cid, get: Get, start: int, stop: int | None, depth: int) -> Iterator[bytes]:
    block = get(cid)
    if cid.codec == RAW:
        yield block[start:stop]
        return
    node = _file(cid, block, depth)
    if part := node.data[start:stop]:
        yield part
    if start == 0 and stop is None:
        for link in node.links:
            yield from _read_file(link.cid, get, 0, None, depth + 1)
        return
    if len(node.sizes) != len(node.links):
        raise MismatchError(f"{cid} does not tell how long its parts are")
    position = len(node.data)
    for link, size in zip(node.links, node.sizes, strict=True):
        if position + size > start and (stop is None or position < stop):
            inner = None if stop is None else stop - position
            yield from _read_file(link.cid, get, max(0, start - position), inner, depth + 1)
        position += size


def _file(cid: Cid, block: bytes, depth: int) -> DagNode:
    node = decode(block)
    if node.kind not in (FILE, RAW_LEAF) or depth > MAX_DEPTH:
        raise MismatchError(f"{cid} is no file")
    return node


def _directory(cid: Cid, get: Get) -> DagNode:
    if cid.codec != RAW:
        node = decode(get(cid))
        if node.kind in (DIRECTORY, HAMT_SHARD):
            return node
    raise MismatchError(f"{cid} is no directory")


def _shard_entries(node: DagNode, get: Get, depth: int) -> Iterator[tuple[str, Cid]]:
    for link in node.links:
        if len(link.name) > SLOT_DIGITS:
            yield link.name[SLOT_DIGITS:], link.cid
        else:
            yield from _shard_entries(_shard(link.cid, get, depth + 1), get, depth + 1)


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
