"""A real Hardhat node on a free port, from tests/node_modules."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.anvil import free_port, wait_for

TESTS = Path(__file__).resolve().parents[1]


@contextmanager
def hardhat() -> Iterator[str]:
    """Yields the RPC URL."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    node = Path(sys.executable).parent / "node"
    program = TESTS / "node_modules" / "hardhat" / "dist" / "src" / "cli.js"
    process = subprocess.Popen(
        [node, program, "node", "--port", str(port), "--hostname", "127.0.0.1"],
        cwd=TESTS,
        env={**os.environ, "HARDHAT_DISABLE_TELEMETRY_PROMPT": "true"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for(url, seconds=60)
        assert process.poll() is None, f"another program took port {port}"
        yield url
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
