"""Foundry's `cast` as a reader that is not ours: it asks a node and decodes what it says."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from support.anvil import native_program


def cast(*arguments: str | Path) -> str:
    """What `cast` prints. Raises CalledProcessError with what it complains about."""
    done = subprocess.run(
        [native_program("cast"), *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def call(url: str, contract: str, signature: str, *arguments: str | int) -> Any:
    """A view's return value, decoded by its signature: `ownerOf(uint256)(address)`."""
    given = [str(argument) for argument in arguments]
    (value,) = json.loads(cast("call", "--json", "--rpc-url", url, contract, signature, *given))
    return value


def logs(url: str, contract: str, event: str) -> list[dict[str, Any]]:
    """All logs of an event since the first block."""
    said = cast(
        "logs", "--json", "--rpc-url", url, "--from-block", "0", "--address", contract, event
    )
    rows: list[dict[str, Any]] = json.loads(said)
    return rows
