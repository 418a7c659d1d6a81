"""Reading back what `unixfs` made: files, directories and whole DAGs, out of blocks.

`get` gives the bytes of a block and must have checked them against the CID (`Blockstore.get`
does). Blocks may still be nonsense that hashes right, so nothing here trusts their structure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nftforge.errors import MismatchError
from nftforge.ipfs.cid import RAW, Cid
from nftforge.ipfs.dagpb import DIRECTORY, FILE, HAMT_SHARD, RAW_NODE, Node, decode

Get = Callable[[Cid], bytes]

MAX_DEPTH = 64


def read_file(cid: Cid, get: Get, depth: int = 0) -> Iterator[bytes]:
    """The bytes of a file, in order, a block at a time. Raises MismatchError."""
    block = get(cid)
    if cid.codec == RAW:
        yield block
        return
    node = decode(block)
    if node.kind not in (FILE, RAW_NODE) or depth > MAX_DEPTH:
        raise MismatchError(f"{cid} is no file")
    yield node.data
    for link in node.links:
        yield from read_file(link.cid, get, depth + 1)


def list_directory(cid: Cid, get: Get) -> dict[str, Cid]:
    """The names in a directory (sharded or not) and what they name. Raises MismatchError."""
    node = _directory(cid, get)
    if node.kind == DIRECTORY:
        return {link.name: link.cid for link in node.links}
    return dict(_shard_entries(node, get, 0))


def resolve(cid: Cid, path: str, get: Get) -> Cid:
    """Follow `path` ("a/b.json") from a directory. Raises MismatchError if it is not there."""
    for name in filter(None, path.split("/")):
        inside = list_directory(cid, get)
        if name not in inside:
            raise MismatchError(f"there is no {name!r} in the directory {cid}")
        cid = inside[name]
    return cid


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
        if cid.codec != RAW:
            stack.extend(link.cid for link in reversed(decode(block).links))


def _directory(cid: Cid, get: Get) -> Node:
    if cid.codec != RAW:
        node = decode(get(cid))
        if node.kind in (DIRECTORY, HAMT_SHARD):
            return node
    raise MismatchError(f"{cid} is no directory")


def _shard_entries(node: Node, get: Get, depth: int) -> Iterator[tuple[str, Cid]]:
    width = len(f"{node.fanout - 1:X}")
    for link in node.links:
        if len(link.name) > width:
            yield link.name[width:], link.cid
        elif depth < MAX_DEPTH:
            yield from _shard_entries(_directory(link.cid, get), get, depth + 1)
