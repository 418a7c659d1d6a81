"""Content identifiers: the sha2-256 CIDs that IPFS files and directories have.

Only what this package makes is a `Cid`: version 1, codec raw or dag-pb, sha2-256. Others are
parsed where they are the same thing spelled differently (CIDv0, base58, base36, base16) and
refused where they are not. Source: https://github.com/multiformats/cid
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from nftforge.core.errors import ConfigError

RAW = 0x55
DAG_PB = 0x70
_SHA2_256 = b"\x12\x20"  # multihash: function code, digest length
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, order=True)
class Cid:
    """CIDv1 of a block: its codec (RAW or DAG_PB) and the 32-byte sha2-256 of its bytes."""

    codec: int
    digest: bytes

    def __str__(self) -> str:
        return _base32(self.to_bytes())

    def to_bytes(self) -> bytes:
        """The 36 bytes of the binary form."""
        return bytes((1, self.codec)) + _SHA2_256 + self.digest

    @classmethod
    def of(cls, codec: int, data: bytes) -> Cid:
        """The CID of a block with these bytes."""
        return cls(codec, hashlib.sha256(data).digest())

    @classmethod
    def from_bytes(cls, raw: bytes) -> Cid:
        """Read the binary form, version 1 or 0. Raises ConfigError."""
        if len(raw) == 34 and raw.startswith(_SHA2_256):  # version 0 is a bare multihash
            return cls(DAG_PB, raw[2:])
        if len(raw) != 36 or raw[0] != 1 or raw[1] not in (RAW, DAG_PB) or raw[2:4] != _SHA2_256:
            raise ConfigError(f"{raw.hex()[:80]} is no raw or dag-pb sha2-256 CID")
        return cls(raw[1], raw[4:])

    @classmethod
    def parse(cls, text: str) -> Cid:
        """Read the text form, in any common base. Raises ConfigError naming the text."""
        try:
            return cls.from_bytes(_decode(text))
        except (ValueError, ConfigError):
            raise ConfigError(
                f"{text[:100]!r} is no CID of a file or directory (raw or dag-pb, sha2-256)"
            ) from None

    @classmethod
    def parse_or_none(cls, text: str) -> Cid | None:
        """The same for what others list: None for what is no CID of a file or directory."""
        try:
            return cls.parse(text)
        except ConfigError:
            return None


def _decode(text: str) -> bytes:
    if text.startswith("Qm") and len(text) == 46:
        return _from_digits(text, _BASE58)
    base, body = text[:1], text[1:]
    match base:
        case "b":
            raw = base64.b32decode(body.upper() + "=" * (-len(body) % 8))
            if _base32(raw) != text:  # one spelling only: lower case, unused bits zero
                raise ValueError("base32")
            return raw
        case "z":
            return _from_digits(body, _BASE58)
        case "k":
            return _from_digits(body, _BASE36)
        case "f":
            return base64.b16decode(body.upper())
    raise ValueError(base)


def _base32(raw: bytes) -> str:
    return "b" + base64.b32encode(raw).decode().lower().rstrip("=")


def _from_digits(text: str, alphabet: str) -> bytes:
    if not 0 < len(text) < 100:
        raise ValueError("length")
    value = 0
    for letter in text:
        value = value * len(alphabet) + alphabet.index(letter)
    return value.to_bytes((value.bit_length() + 7) // 8, "big")
