"""IPFS implementations that are not ours, run for real: the npm importer and a js-ipfs node."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

TESTS = Path(__file__).resolve().parent
NODE = Path(sys.executable).with_name("node")


class Oracle:
    """ipfs-unixfs-importer in one long-lived node process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [NODE, TESTS / "ipfs_oracle.mjs"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=TESTS,
        )

    def cid(self, files: Mapping[str, bytes], profile: str, chunk: int, width: int) -> str:
        """The root CID of `files` (path -> bytes)."""
        encoded = {path: base64.b64encode(data).decode() for path, data in files.items()}
        request = {"profile": profile, "chunk": chunk, "width": width, "files": encoded}
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return str(json.loads(self._process.stdout.readline())["cid"])

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextmanager
def ipfs_node(repo: Path) -> Iterator[str]:
    """A js-ipfs node; yields the URL of its RPC API."""
    process = subprocess.Popen(
        [NODE, TESTS / "ipfs_node.mjs", repo],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=TESTS,
    )
    try:
        assert process.stdout
        for line in process.stdout:
            if line.startswith("PORT "):
                yield f"http://127.0.0.1:{int(line.split()[1])}"
                return
        raise RuntimeError(process.stderr.read() if process.stderr else "no IPFS node")
    finally:
        process.kill()
        process.communicate()
