"""CAR v1: many blocks in one file, to carry a collection anywhere IPFS is spoken.

    varint | dag-cbor {"roots": [CID, ...], "version": 1} | (varint | CID | block)*

The header is the only CBOR in nftforge, two keys and a list, so it is written and read by hand,
in the one form that dag-cbor allows. Reading hashes every block. Source: https://ipld.io/specs/transport/car/carv1/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from nftforge.errors import ConfigError, MismatchError
from nftforge.ipfs import varint
from nftforge.ipfs.cid import Cid

MAX_SECTION = 8 << 20  # bytes; IPFS blocks are at most 2 MiB, headers small
_VERSION_0 = b"\x12\x20"  # how a version 0 CID begins: it is a bare multihash of 34 bytes


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
        length = 34 if section.startswith(_VERSION_0) else 36
        cid, block = _parse_cid(section[:length]), section[length:]
        if Cid.of(cid.codec, block) != cid:
            raise MismatchError(f"the CAR is damaged: a block does not hash to {cid}")
        yield cid, block


def _section(payload: bytes) -> bytes:
    return varint.encode(len(payload)) + payload


def _read_section(stream: BinaryIO) -> bytes | None:
    prefix = stream.read(1)
    if not prefix:
        return None
    while prefix[-1] >= 0x80 and len(prefix) < 9 and (byte := stream.read(1)):
        prefix += byte
    length, _ = varint.decode(prefix)
    if length > MAX_SECTION:
        raise MismatchError(f"the CAR is damaged: it names a block of {length} bytes")
    payload = stream.read(length)
    if len(payload) != length:
        raise MismatchError(f"the CAR is cut off: {len(payload)} bytes where {length} should be")
    return payload


def _parse_cid(raw: bytes) -> Cid:
    try:
        return Cid.from_bytes(raw)
    except ConfigError as error:
        raise MismatchError(f"the CAR holds what is no file or directory: {error.fact}") from None


# --- the header ---------------------------------------------------------------------------------

_ROOTS, _VERSION = b"\xa2\x65roots", b"\x67version\x01"  # a map of two: "roots": .., "version": 1
_CID_TAG = b"\xd8\x2a\x58"  # tag 42, then a byte string: its length, a zero byte, the CID
_ARRAY = 4 << 5


def _header(roots: list[Cid]) -> bytes:
    if len(roots) < 24:
        count = bytes((_ARRAY | len(roots),))
    else:
        count = bytes((_ARRAY | 25,)) + len(roots).to_bytes(2, "big")
    return _ROOTS + count + b"".join(_CID_TAG + b"\x25\0" + cid.to_bytes() for cid in roots) + _VERSION


def _parse_header(header: bytes) -> list[Cid]:
    body = header.removeprefix(_ROOTS)
    ...
