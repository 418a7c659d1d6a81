"""Unsigned varints: seven bits a byte, low bits first, as protobuf and multiformats write them.

Source: https://github.com/multiformats/unsigned-varint
"""

from __future__ import annotations

from nftforge.core.errors import MismatchError


def encode(value: int) -> bytes:
    """The bytes of `value`, which is not negative."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def decode(raw: bytes, start: int = 0) -> tuple[int, int]:
    """The value at `start` and where it ends. Raises MismatchError if it is cut off or > 2**63."""
    value = 0
    for position in range(start, min(start + 9, len(raw))):
        value |= (raw[position] & 0x7F) << 7 * (position - start)
        if raw[position] < 0x80:
            return value, position + 1
    raise MismatchError("a length or number in an IPFS block is cut off or too large")
