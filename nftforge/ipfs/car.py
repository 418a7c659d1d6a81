"""CAR v1: many blocks in one file, to carry a collection anywhere IPFS is spoken.

    varint | dag-cbor {"roots": [CID, ...], "version": 1} | (varint | CID | block)*

The header is the only CBOR in nftforge, two keys and a list, so it is written by hand. Reading
hashes every block. Source: https://ipld.io/specs/transport/car/carv1/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from nftforge.errors import ConfigError, MismatchError
from nftforge.ipfs.cid import Cid

MAX_SECTION = 8 << 20  # bytes; IPFS blocks are at most 2 MiB, headers small


def write_car(stream: BinaryIO, roots: list[Cid], blocks: Iterable[tuple[Cid, bytes]]) -> None:
    """Write the header and each block once. Raises OSError."""
    stream.write(_section(_header(roots)))
    seen: set[Cid] = set()
    for cid, block in blocks:
        if cid not in seen:
            seen.add(cid)
            stream.write(_section(cid.to_bytes() + block))


def read_car(stream: BinaryIO) -> tuple[list[Cid], Iterator[tuple[Cid, bytes]]]:
    """The roots, and the blocks as they come, each checked. Raises MismatchError."""
    header = _read_section(stream)
    if header is None:
        raise MismatchError("this is no CAR file: it is empty")
    return _parse_header(header), _read_blocks(stream)


def _read_blocks(stream: BinaryIO) -> Iterator[tuple[Cid, bytes]]:
    while (section := _read_section(stream)) is not None:
        try:  # a version 0 CID is a bare 34-byte multihash
            length = 34 if section.startswith(b"\x12\x20") else 36
            cid = Cid.from_bytes(section[:length])
        except ConfigError:
            raise MismatchError("the CAR holds a block that is neither raw nor dag-pb") from None
        block = section[length:]
        if Cid.of(cid.codec, block) != cid:
            raise MismatchError(f"the CAR is damaged: a block does not hash to {cid}")
        yield cid, block


def _section(payload: bytes) -> bytes:
    length, prefix = len(payload), bytearray()
    while length > 0x7F:
        prefix.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes((*prefix, length)) + payload


def _read_section(stream: BinaryIO) -> bytes | None:
    length = shift = 0
    while True:
        byte = stream.read(1)
        if not byte and shift == 0:
            return None
        if not byte or shift > 28:
            raise MismatchError("the CAR is cut off or damaged")
        length |= (byte[0] & 0x7F) << shift
        shift += 7
        if byte[0] < 0x80:
            break
    if length > MAX_SECTION:
        raise MismatchError(f"the CAR is damaged: it names a block of {length} bytes")
    payload = stream.read(length)
    if len(payload) != length:
        raise MismatchError("the CAR is cut off")
    return payload


def _header(roots: list[Cid]) -> bytes:
    links = b"".join(b"\xd8\x2a" + _cbor(2, 37) + b"\x00" + cid.to_bytes() for cid in roots)
    return b"\xa2\x65roots" + _cbor(4, len(roots)) + links + b"\x67version\x01"


def _parse_header(header: bytes) -> list[Cid]:
    start, end = header.find(b"\x65roots"), header.find(b"\x67version\x01")
    marker = b"\xd8\x2a\x58\x25\x00"
    if start < 0 or end < 0:
        raise MismatchError("this is no CAR version 1 file")
    body, roots = header[start:], []
    while (found := body.find(marker)) >= 0:
        try:
            roots.append(Cid.from_bytes(body[found + len(marker) :][:36]))
        except ConfigError:
            raise MismatchError("the CAR's header names a root that is no file") from None
        body = body[found + len(marker) + 36 :]
    return roots


def _cbor(major: int, value: int) -> bytes:
    if value < 24:
        return bytes((major << 5 | value,))
    size = 1 if value < 1 << 8 else 2 if value < 1 << 16 else 4
    return bytes((major << 5 | {1: 24, 2: 25, 4: 26}[size],)) + value.to_bytes(size, "big")
