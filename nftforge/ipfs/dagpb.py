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

from nftforge.errors import ConfigError, MismatchError
from nftforge.ipfs.cid import Cid

DIRECTORY, FILE, HAMT_SHARD = 1, 2, 5  # UnixFS Data.Type (0, raw, is a file too)
RAW_NODE = 0


@dataclass(frozen=True)
class Link:
    """PBLink: Hash, Name, Tsize (bytes of the linked DAG, blocks and all)."""

    cid: Cid
    name: str
    dag_size: int


@dataclass(frozen=True)
class Node:
    """A decoded UnixFS node."""

    kind: int
    data: bytes
    file_size: int | None
    block_sizes: tuple[int, ...]
    fanout: int
    links: tuple[Link, ...]


def encode_file(children: Iterable[tuple[Link, int]]) -> bytes:
    """An inner node of a file: its children and the file bytes under each."""
    pairs = list(children)
    sizes = [size for _, size in pairs]
    message = _int(1, FILE) + _int(3, sum(sizes)) + b"".join(_int(4, size) for size in sizes)
    return _encode_node([link for link, _ in pairs], message)


def encode_directory(links: Iterable[Link]) -> bytes:
    """A directory that fits in one block; links in the order given (by name's bytes)."""
    return _encode_node(links, _int(1, DIRECTORY))


def encode_shard(links: Iterable[Link], bitfield: bytes, fanout: int) -> bytes:
    """One node of a HAMT-sharded directory, hashed by murmur3-x64-64 (0x22)."""
    message = _int(1, HAMT_SHARD) + _bytes(2, bitfield) + _int(5, 0x22) + _int(6, fanout)
    return _encode_node(links, message)


def decode(block: bytes) -> Node:
    """Read a dag-pb block that holds UnixFS. Raises MismatchError."""
    links, message = [], b""
    for field, value in _fields(block):
        if field == 2 and isinstance(value, bytes):
            links.append(_decode_link(value))
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


def _decode_unixfs(message: bytes, links: tuple[Link, ...]) -> Node:
    kind, data, file_size, fanout = None, b"", None, 256
    block_sizes: list[int] = []
    for field, value in _fields(message):
        if isinstance(value, bytes):
            data = value if field == 2 else data
        elif field == 1:
            kind = value
        elif field == 3:
            file_size = value
        elif field == 4:
            block_sizes.append(value)
        elif field == 6:
            fanout = value
    if kind is None:
        raise MismatchError("a block holds no UnixFS message")
    return Node(kind, data, file_size, tuple(block_sizes), fanout, links)


# --- protobuf wire format -----------------------------------------------------------------------


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _int(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _fields(raw: bytes) -> Iterator[tuple[int, int | bytes]]:
    position = 0
    while position < len(raw):
        tag, position = _read_varint(raw, position)
        value, position = _read_varint(raw, position)
        if tag & 7 == 0:
            yield tag >> 3, value
        elif tag & 7 == 2 and position + value <= len(raw):
            yield tag >> 3, raw[position : position + value]
            position += value
        else:
            raise MismatchError("a block is no dag-pb: bad protobuf")


def _read_varint(raw: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while position < len(raw) and shift < 63:
        byte = raw[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position
    raise MismatchError("a block is no dag-pb: bad number")
