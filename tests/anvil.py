"""A real Anvil on a free port: the native program, for npm's wrapper loses signals."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

CONTRACTS = Path(__file__).resolve().parent.parent / "contracts"


def anvil_program() -> Path:
    """The native binary inside the npm package of this platform."""
    found = sorted(CONTRACTS.glob("node_modules/@foundry-rs/anvil-*/bin/anvil*"))
    if not found:
        raise RuntimeError("no Anvil: run ./scripts/setup --dev")
    return found[0]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def anvil(*options: str) -> Iterator[str]:
    """Yields the RPC URL."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [anvil_program(), "--port", str(port), "--silent", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(200):
            try:
                httpx.post(url, json={"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"})
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield url
    finally:
        process.kill()
        process.wait()
