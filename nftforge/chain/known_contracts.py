"""Every version of ForgeCollection that ever shipped: what it is known by, and what it can do.

A collection keeps the contract it was deployed with, whatever ships later. So a version, once
released, stays: its code hashes and capabilities in artifacts/versions.json, its ABI, code and
source in a folder of its own. Deployed code is known by its hash, the values of its immutables
blanked out. Views that nftforge asks of any collection are the same in all versions; what some
lack is a capability.

Source of the hashes: solc's `immutableReferences`, https://docs.soliditylang.org ("Output JSON").
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from eth_utils import keccak

from nftforge.chain.abi import Interface
from nftforge.core.errors import GuardError

ARTIFACTS = Path(__file__).parent / "artifacts"
CAPABILITIES: Mapping[str, str] = {  # and the function that gives it
    "airdrop": "mintBatchTo",
    "freeze": "freeze",
    "provenance": "commitProvenance",
}


@dataclass(frozen=True)
class KnownContract:
    """One version. `runtime_hash` is of the deployed code with its immutables zero."""

    version: int
    runtime_hash: bytes
    init_code_hash: bytes  # without the constructor's arguments
    capabilities: frozenset[str]
    folder: Path

    @cached_property
    def artifact(self) -> Mapping[str, Any]:
        """Compiled: contract, compiler, abi, bytecode, deployedBytecode, immutables, metadata."""
        return dict(json.loads((self.folder / "ForgeCollection.json").read_text(encoding="utf-8")))

    @cached_property
    def standard_json(self) -> Mapping[str, Any]:
        """The compiler's input, from which anyone gets the same code."""
        text = (self.folder / "ForgeCollection.standard-input.json").read_text(encoding="utf-8")
        return dict(json.loads(text))

    @cached_property
    def interface(self) -> Interface:
        return Interface(self.artifact["abi"])

    @cached_property
    def init_code(self) -> bytes:
        """What the constructor's arguments are appended to."""
        return bytes.fromhex(self.artifact["bytecode"][2:])

    def is_code(self, code: bytes) -> bool:
        """Whether `code`, as a chain has it, is this version's."""
        return bytes(keccak(without(self.artifact["immutables"], code))) == self.runtime_hash

    def check(self, capability: str, address: str) -> None:
        """Raises GuardError if the contract at `address`, of this version, cannot do that."""
        if capability not in self.capabilities:
            raise GuardError(
                f"the contract at {address} is version {self.version} of nftforge's and has no "
                f"{capability} ({CAPABILITIES[capability]})",
                hint="a deployed contract stays as it is; nothing was sent",
            )


def known_contracts() -> tuple[KnownContract, ...]:
    """All of them, the newest first."""
    return _table(ARTIFACTS)


@lru_cache
def _table(folder: Path) -> tuple[KnownContract, ...]:
    rows = json.loads((folder / "versions.json").read_text(encoding="utf-8"))
    table = [
        KnownContract(
            row["version"],
            bytes.fromhex(row["runtime_hash"][2:]),
            bytes.fromhex(row["init_code_hash"][2:]),
            frozenset(row["capabilities"]),
            folder / f"v{row['version']}",
        )
        for row in rows
    ]
    return tuple(sorted(table, key=lambda known: -known.version))


def latest() -> KnownContract:
    """What a new collection is deployed with."""
    return known_contracts()[0]


def known_by(code: bytes) -> KnownContract | None:
    """The version whose deployed code this is; None if it is not one of ours."""
    return next((known for known in known_contracts() if known.is_code(code)), None)


def without(immutables: list[list[int]], code: bytes) -> bytes:
    """`code` with zeros where the immutables' values stand: (start, length) of each."""
    blank = bytearray(code)
    for start, length in immutables:
        blank[start : start + length] = bytes(len(blank[start : start + length]))
    return bytes(blank)
