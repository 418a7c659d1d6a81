"""A real Anvil on a free port: the native program, for npm's wrapper loses signals."""

from __future__ import annotations

import contextlib
import random
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"


def native_program(name: str) -> Path:
    """Foundry's binary inside the npm package of this platform."""
    found = sorted(CONTRACTS.glob(f"node_modules/@foundry-rs/{name}-*/bin/{name}*"))
    if not found:
        raise RuntimeError(f"no {name}: run ./scripts/setup --dev")
    return found[0]


def anvil_program() -> Path:
    return native_program("anvil")


def free_port() -> int:
    """One that nobody listens on: drawn, below those the system hands out to connections.

    Several processes test at once; a node takes a moment before it listens.
    """
    while True:
        port = random.SystemRandom().randrange(10_000, 32_000)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def wait_for(url: str, seconds: float) -> None:
    """Until the node at `url` answers, or so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            httpx.post(url, json={"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"})
            return
        except httpx.TransportError:
            time.sleep(0.05)


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
        wait_for(url, seconds=60)
        assert process.poll() is None, f"another program took port {port}"
        yield url
    finally:
        process.kill()
        process.wait()


CLIENT = httpx.Client(timeout=30)


def rpc(url: str, method: str, *params: Any) -> Any:
    """Ask the node directly. Raises AssertionError with what it said."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
    answer = CLIENT.post(url, json=body).json()
    assert "error" not in answer, answer
    return answer["result"]


def height(url: str) -> int:
    return int(rpc(url, "eth_blockNumber"), 16)


def mined(url: str, sender: str, since: int = 0) -> list[tuple[str, bool]]:
    """(contract called, success) of every transaction of `sender` in the blocks after `since`."""
    found = []
    for number in range(since + 1, height(url) + 1):
        for transaction in rpc(url, "eth_getBlockByNumber", hex(number), True)["transactions"]:
            if transaction["from"].lower() == sender.lower():
                receipt = rpc(url, "eth_getTransactionReceipt", transaction["hash"])
                found.append((transaction["to"], receipt["status"] == "0x1"))
    return found
