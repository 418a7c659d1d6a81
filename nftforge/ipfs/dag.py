"""Reading back what `unixfs` made: files, directories and whole DAGs, out of blocks.

`get` gives the bytes of a block and must have checked them against the CID (`Blockstore.get`
does). Blocks may still be nonsense that hashes right, so nothing here trusts their structure. A
loop would need a hash collision; depth is bounded all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nftforge.errors import MismatchError
from nftforge.ipfs.cid import RAW, Cid
from nftforge.ipfs.dagpb import DIRECTORY, FILE, HAMT_SHARD, RAW_LEAF, Link, Node, decode
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


def read_file(cid: Cid, get: Get) -> Iterator[bytes]:
    """The bytes of a file, in order, a block at a time. Raises MismatchError."""
    return _read_file(cid, get, 0)


def list_directory(cid: Cid, get: Get) -> dict[str, Cid]:
    """The names in a directory (sharded or not) and what they name. Raises MismatchError."""
    node = _directory(cid, get)
    if node.kind == DIRECTORY:
        return {link.name: link.cid for link in node.links}
    return dict(_shard_entries(node, get, 0))


def resolve(cid: Cid, path: str, get: Get) -> Cid:
    """Follow `path` ("a/b.json") from a directory; reads only the blocks on the way.

    Raises MismatchError if it leads nowhere.
    """
    for name in filter(None, path.split("/")):
        found = _find(_directory(cid, get), name, get, 0)
        if found is None:
            raise MismatchError(f"there is no {name!r} in the directory {cid}")
        cid = found
    return cid


def _read_file(cid: Cid, get: Get, depth: int) -> Iterator[bytes]:
    block = get(cid)
    if cid.codec == RAW:
        yield block
        return
    node = decode(block)
    if node.kind not in (FILE, RAW_LEAF) or depth > MAX_DEPTH:
        raise MismatchError(f"{cid} is no file")
    yield node.data
    for link in node.links:
        yield from _read_file(link.cid, get, depth + 1)


def _directory(cid: Cid, get: Get) -> Node:
    if cid.codec != RAW:
        node = decode(get(cid))
        if node.kind in (DIRECTORY, HAMT_SHARD):
            return node
    raise MismatchError(f"{cid} is no directory")


def _shard_entries(node: Node, get: Get, depth: int) -> Iterator[tuple[str, Cid]]:
    for link in node.links:
        if len(link.name) > SLOT_DIGITS:
            yield link.name[SLOT_DIGITS:], link.cid
        else:
            yield from _shard_entries(_shard(link.cid, get, depth + 1), get, depth + 1)


def _find(node: Node, name: str, get: Get, depth: int) -> Cid | None:
    if node.kind == DIRECTORY:
        return next((link.cid for link in node.links if link.name == name), None)
    slot = f"{slots(name)[depth]:02X}"
    for link in node.links:
        if link.name == slot + name:
            return link.cid
        if link.name == slot:
            return _find(_shard(link.cid, get, depth + 1), name, get, depth + 1)
    return None


def _shard(cid: Cid, get: Get, depth: int) -> Node:
    node = _directory(cid, get)
    if node.kind != HAMT_SHARD or depth >= SHARD_DEPTH:
        raise MismatchError(f"{cid} is no part of a sharded directory")
    return node
