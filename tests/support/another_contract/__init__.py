"""A release of nftforge with another contract: today's collections must not notice.

v2/ForgeCollection.json plays that contract. It is a real one, ForgeCollection as it was compiled on
2026-11-23 and never released: other storage, and no `mintBatchTo`, so that it lacks a capability.

    python -m support.another_contract run collection.yaml     nftforge of that release
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from eth_utils import keccak

from nftforge.chain import known_contracts
from nftforge.chain.known_contracts import ARTIFACTS, without

HERE = Path(__file__).resolve().parent


def next_release(folder: Path) -> Path:
    """A table of known contracts in `folder`: today's, and another one as the newest."""
    shutil.copytree(ARTIFACTS, folder)
    shutil.copytree(HERE / "v2", folder / "v2")
    artifact = json.loads((HERE / "v2" / "ForgeCollection.json").read_text())
    runtime = without(artifact["immutables"], bytes.fromhex(artifact["deployedBytecode"][2:]))
    row = {
        "version": 2,
        "runtime_hash": "0x" + keccak(runtime).hex(),
        "init_code_hash": "0x" + keccak(hexstr=artifact["bytecode"]).hex(),
        "capabilities": ["freeze", "provenance"],
    }
    rows = json.loads((folder / "versions.json").read_text())
    (folder / "versions.json").write_text(json.dumps([*rows, row]))
    return folder


def main() -> None:
    import tempfile

    from nftforge.__main__ import main as nftforge

    with tempfile.TemporaryDirectory() as folder:
        known_contracts.ARTIFACTS = next_release(Path(folder) / "artifacts")
        nftforge()
