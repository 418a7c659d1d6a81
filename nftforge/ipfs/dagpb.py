"""dag-pb blocks and the UnixFS message inside them, encoded by hand.

Two tiny protobuf messages. Written here rather than with a protobuf library because a CID hangs
on every byte: dag-pb puts Links (field 2) before Data (field 1) and UnixFS leaves some zero
fields out, which no general encoder promises. Decoding trusts nothing: any malformed block is a
MismatchError. Sources: https://ipld.io/specs/codecs/dag-pb/spec/ and
https://specs.ipfs.tech/unixfs/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from nftforge.core.errors import ConfigError, LimitError, MismatchError
from nftforge.core.limits import BLOCK_BYTES, BLOCK_LINKS
from nftforge.ipfs import varint
from nftforge.ipfs.cid import Cid

RAW_LEAF, DIRECTORY, FILE, HAMT_SHARD = 0, 1, 2, 5  # UnixFS Data.Type
FANOUT = 256  # of a sharded directory: one byte of the name's hash chooses the slot
_MURMUR3_X64_64 = 0x22  # how such a directory says which hash that is


@dataclass(frozen=True)
class Link:
    """PBLink: Hash, Name, Tsize (bytes of the linked DAG, blocks and all)."""

    cid: Cid
    name: str
    dag_size: int


@dataclass(frozen=True)
class DagNode:
    """What reading needs of a UnixFS node: `kind` is its Data.Type, `data` its own bytes.

    `size` is what a file says of its length (else the sum), `sizes` of the bytes under each link.
    """

    kind: int
    data: bytes
    links: tuple[Link, ...]
    size: int = 0
    sizes: tuple[int, ...] = ()


def encode_file(children: Iterable[tuple[Link, int]]) -> bytes:
    """An inner node of a file: its children and the file bytes under each."""
    pairs = list(children)
    sizes = [size for _, size in pairs]
    message = _int(1, FILE) + _int(3, sum(sizes)) + b"".join(_int(4, size) for size in sizes)
    return _encode_node([link for link, _ in pairs], message)


def encode_directory(links: Iterable[Link]) -> bytes:
    """A directory that fits in one block; links in the order given (by name's bytes)."""
    return _encode_node(links, _int(1, DIRECTORY))


def encode_shard(links: Iterable[Link], bitfield: bytes) -> bytes:
    """One node of a HAMT-sharded directory; `bitfield` says, big-endian, which slots are used."""
    head = _int(1, HAMT_SHARD) + _bytes(2, bitfield)
    return _encode_node(links, head + _int(5, _MURMUR3_X64_64) + _int(6, FANOUT))


@lru_cache(maxsize=16)  # a directory is asked for one name after the other
def decode(block: bytes) -> DagNode:
    """Read a dag-pb block that holds UnixFS. Raises MismatchError."""
    if len(block) > BLOCK_BYTES:
        raise LimitError(f"a block of {len(block)} bytes is larger than IPFS carries")
    links, message = list[Link](), b""
    for field, value in _fields(block):
        if field == 2 and isinstance(value, bytes):
            links.append(_decode_link(value))
            if len(links) > BLOCK_LINKS:
                raise LimitError(f"a block has more than {BLOCK_LINKS} links")
        elif field == 1 and isinstance(value, bytes):
            message = value
    return _decode_unixfs(message, tuple(links))


def _encode_node(links: Iterable[Link], message: bytes) -> bytes:
    return b"".join(_bytes(2, _encode_link(link)) for link in links) + _bytes(1, message)


def _encode_link(link: Link) -> bytes:
    return _bytes(1, link.cid.to_bytes()) + _bytes(2, link.name.encode()) + _int(3, link.dag_size)


def _decode_link(raw: bytes) -> Link:
    cid, name, dag_size = None, "", 0
    for field, value in _fields(raw):
        try:
            if field == 1 and isinstance(value, bytes):
                cid = Cid.from_bytes(value)
            elif field == 2 and isinstance(value, bytes):
                name = value.decode()
            elif field == 3 and isinstance(value, int):
                dag_size = value
        except (ConfigError, UnicodeDecodeError):
            raise MismatchError("a block links to something that is no UnixFS file") from None
    if cid is None:
        raise MismatchError("a block has a link without a CID")
    return Link(cid, name, dag_size)


def _decode_unixfs(message: bytes, links: tuple[Link, ...]) -> DagNode:
    kind, data, fanout, size, sizes = None, b"", FANOUT, None, list[int]()
    for field, value in _fields(message):
        if field == 1 and isinstance(value, int):
            kind = value
        elif field == 2 and isinstance(value, bytes):
            data = value
        elif field == 3 and isinstance(value, int):
            size = value
        elif field == 4 and isinstance(value, int):
            sizes.append(value)
        elif field == 6 and isinstance(value, int):
            fanout = value
    if kind is None:
        raise MismatchError("a block holds no UnixFS message")
    if kind == HAMT_SHARD and fanout != FANOUT:
        raise MismatchError(f"a directory is sharded {fanout}-fold; every known tool uses {FANOUT}")
    whole = len(data) + sum(sizes) if size is None else size
    return DagNode(kind, data, links, whole, tuple(sizes))


# --- protobuf wire format: varints (type 0) and length-prefixed bytes (type 2) ------------------


def _int(field: int, value: int) -> bytes:
    return varint.encode(field << 3) + varint.encode(value)


def _bytes(field: int, value: bytes) -> bytes:
    return varint.encode(field << 3 | 2) + varint.encode(len(value)) + value


def _fields(raw: bytes) -> Iterator[tuple[int, int | bytes]]:
    position = 0
    while position < len(raw):
        tag, position = varint.decode(raw, position)
        value, position = varint.decode(raw, position)
        if tag & 7 == 0:
            yield tag >> 3, value
        elif tag & 7 == 2 and position + value <= len(raw):
            yield tag >> 3, raw[position : position + value]
            position += value
        else:
            raise MismatchError("a block is no dag-pb: its protobuf is malformed")
