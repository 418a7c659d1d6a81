"""JSON that anybody may have written or damaged: plain values, or one ValueError.

Python's parser raises RecursionError for lists in lists, and what it lets through may still be too
deep for whoever walks through it. So the depth is looked at here, once for all.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nftforge.core.errors import LimitError
from nftforge.core.limits import JSON_DEPTH, read_bounded


def parse_json(text: bytes | str) -> Any:
    """The value. Raises ValueError if it is no JSON, or lists in lists more than 64 deep."""
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError("lists in lists without end") from None
    _check_depth(value, JSON_DEPTH)
    return value


def _check_depth(value: object, left: int) -> None:
    if isinstance(value, list | dict):
        if not left:
            raise ValueError(f"lists in lists more than {JSON_DEPTH} deep")
        for item in value if isinstance(value, list) else value.values():
            _check_depth(item, left - 1)


def read_json(path: Path, most: int) -> Any:
    """The value in a file of at most `most` bytes. Raises OSError, and ValueError if it is larger,
    no file, or no JSON."""
    try:
        return parse_json(read_bounded(path, most))
    except LimitError as error:
        raise ValueError(error.fact) from None
