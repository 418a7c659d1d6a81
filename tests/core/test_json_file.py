"""core.json_file: whatever is in a file, it is values or a ValueError."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nftforge.core.json_file import parse_json, read_json

BAD = {
    "nothing": "",
    "lists without end": "[" * 200_000,
    "lists in lists": "[" * 65 + "]" * 65,
    "objects in objects": '{"a":' * 900 + "1" + "}" * 900,
    "a number of 5,000 digits": "9" * 5_000,
    "no UTF-8": b'{"a": "\xff"}',
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_json_or_too_deep_is_a_value_error(kind: str) -> None:
    with pytest.raises(ValueError):
        parse_json(BAD[kind])


def test_as_deep_as_anybody_writes_it_is_read() -> None:
    assert parse_json('{"a": [1, {"b": [2.5, null]}]}') == {"a": [1, {"b": [2.5, None]}]}
    parse_json("[" * 64 + "]" * 64)


def test_a_file_too_large_or_none_is_a_value_error(tmp_path: Path) -> None:
    (tmp_path / "large").write_text('"' + "a" * 100 + '"')
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "large", tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(ValueError):
            read_json(path, 100)
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "nothing", 100)
