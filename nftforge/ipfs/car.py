"""CAR v1: many blocks in one file, to carry a collection anywhere IPFS is spoken.

    varint | dag-cbor {"roots": [CID, ...], "version": 1} | (varint | CID | block)*

The header is the only CBOR in nftforge, two keys and a list, so it is written and read by hand,
in the one form that dag-cbor allows. Reading hashes every block. Source: https://ipld.io/specs/transport/car/carv1/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from nftforge.core.errors import ConfigError, LimitError, MismatchError, NotFoundError
from nftforge.core.limits import BLOCK_BYTES, CAR_BLOCKS
from nftforge.ipfs import varint
from nftforge.ipfs.cid import Cid

CAR_TYPE, RAW_TYPE = "application/vnd.ipld.car", "application/vnd.ipld.raw"  # over HTTP
MAX_SECTION = BLOCK_BYTES + 64  # a block and its CID; headers are small
_VERSION_0 = b"\x12\x20"  # how a version 0 CID begins: it is a bare multihash of 34 bytes


def write_car(stream: BinaryIO, roots: list[Cid], blocks: Iterable[tuple[Cid, bytes]]) -> None:
    """Write the header and each block once. Raises OSError."""
    write = car_writer(stream, roots)
    for cid, block in blocks:
        write(cid, block)


def car_writer(stream: BinaryIO, roots: list[Cid]) -> Callable[[Cid, bytes], None]:
    """Write the header; returns what writes a block, once each. Raises OSError."""
    stream.write(_section(_header(roots)))
    seen: set[Cid] = set()

    def write(cid: Cid, block: bytes) -> None:
        if cid not in seen:
            seen.add(cid)
            stream.write(_section(cid.to_bytes() + block))

    return write


def read_car(stream: BinaryIO) -> tuple[list[Cid], Iterator[tuple[Cid, bytes]]]:
    """The roots, and the blocks as they come, each checked. Raises MismatchError."""
    header = _read_section(stream)
    if header is None:
        raise MismatchError("this is no CAR file: it is empty")
    return _parse_header(header), _read_blocks(stream)


class CarFile:
    """The blocks of a CAR on the disk by their CIDs; all of it is read and checked first.

    Raises MismatchError, LimitError. `stream` must stay open; not for several threads at once.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.roots, blocks = read_car(stream)
        self._stream = stream
        self._places: dict[Cid, tuple[int, int]] = {}  # offset, length
        for cid, block in blocks:
            self._places[cid] = (stream.tell() - len(block), len(block))
            if len(self._places) > CAR_BLOCKS:
                raise LimitError(f"this CAR has more than {CAR_BLOCKS} blocks")

    def get(self, cid: Cid) -> bytes:
        """Raises NotFoundError, and MismatchError if the file changed meanwhile."""
        if cid not in self._places:
            raise NotFoundError(f"the CAR lacks the block {cid}")
        offset, length = self._places[cid]
        self._stream.seek(offset)
        block = self._stream.read(length)
        if Cid.of(cid.codec, block) != cid:
            raise MismatchError(f"the CAR changed while it was read: {cid}")
        return block


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
_CID_TAG = b"\xd8\x2a\x58"  # tag 42 and a byte string; then its length, a zero byte, the CID


def _header(roots: list[Cid]) -> bytes:
    links = b"".join(_CID_TAG + b"\x25\0" + cid.to_bytes() for cid in roots)
    return _ROOTS + _array_head(len(roots)) + links + _VERSION


def _parse_header(header: bytes) -> list[Cid]:
    if not (header.startswith(_ROOTS) and header.endswith(_VERSION)):
        raise MismatchError("this is no CAR file of version 1")
    array = header.removeprefix(_ROOTS).removesuffix(_VERSION)
    head = array[: {0x98: 2, 0x99: 3}.get(array[0], 1)] if array else b""
    links, roots = array[len(head) :], list[Cid]()
    while links.startswith(_CID_TAG):
        end = 4 + int.from_bytes(links[3:4])
        roots.append(_parse_cid(links[5:end]))
        links = links[end:]
    if links or head != _array_head(len(roots)):
        raise MismatchError("the CAR's header is damaged")
    return roots


def _array_head(count: int) -> bytes:
    if count < 24:
        return bytes((0x80 + count,))
    if count < 1 << 8:
        return bytes((0x98, count))
    return b"\x99" + count.to_bytes(2, "big")
