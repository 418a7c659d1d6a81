"""Canonical hashing: the same values give the same key on every machine, and only those.

Every value is written with a type tag and a length, so that 1, 1.0, "1" and True differ, and
["ab", "c"] never collides with ["a", "bc"]. Mapping order does not matter; list order does.
Floats hash by their IEEE-754 bits. JSON is not used: it spells floats in more than one way.
"""

from __future__ import annotations

import hashlib
import math
import os
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from nftforge.core.errors import LimitError
from nftforge.core.limits import FILE_BYTES, open_file

Value: TypeAlias = "bool | int | float | str | Sequence[Value] | Mapping[str, Value] | None"


def fingerprint(*values: Value) -> str:
    """SHA-256 (hex) of the values in order. Raises TypeError on anything that is not a Value."""
    return hashlib.sha256(b"".join(_encode(value) for value in values)).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes, read in chunks. Raises OSError, and LimitError for what is
    no file or has more than 8 GiB."""
    with open_file(path) as stream:
        if os.fstat(stream.fileno()).st_size > FILE_BYTES:
            raise LimitError(f"{path} has more than {FILE_BYTES} bytes")
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _encode(value: Value) -> bytes:
    match value:
        case None:
            return _tagged(b"n", b"")
        case bool():
            return _tagged(b"b", b"1" if value else b"0")
        case int():
            return _tagged(b"i", str(value).encode())
        case float():
            if not math.isfinite(value):
                raise TypeError(f"cannot fingerprint {value}: not a finite number")
            return _tagged(b"f", struct.pack(">d", value + 0.0))  # -0.0 + 0.0 is 0.0
        case str():
            return _tagged(b"s", value.encode())
        case Mapping():
            items = sorted((_encode(str(key)), _encode(item)) for key, item in value.items())
            return _tagged(b"m", b"".join(key + item for key, item in items))
        case Sequence() if not isinstance(value, bytes | bytearray):
            return _tagged(b"l", b"".join(_encode(item) for item in value))
    raise TypeError(f"cannot fingerprint a {type(value).__name__}")


def _tagged(tag: bytes, payload: bytes) -> bytes:
    return tag + str(len(payload)).encode() + b":" + payload
