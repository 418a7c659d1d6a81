"""A dry run: the same calls, from the same account, on a throwaway copy of the chain.

The embedded chain is copied into memory. Any other network is forked by a local Anvil that is
started for this and stopped with it. Unusual: nothing is signed. Anvil is asked to act for the
account (anvil_impersonateAccount), so no transaction valid on the real chain ever exists; and the
RPC URL is given over Anvil's own RPC (anvil_reset), for the command line of a process is public.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nftforge.chain.connection import Chain, Receipt, connect
from nftforge.chain.networks import Network
from nftforge.chain.pricing import Call, quote
from nftforge.chain.transactions import confirm, sign
from nftforge.chain.wallet import dev_signer
from nftforge.core.errors import GuardError, MissingError, NoAnswerError, RpcError, ServiceError

if TYPE_CHECKING:
    from nftforge.chain.providers import HttpProvider

START_S = 20.0
RICH = hex(10**24)

Perform = Callable[[Call], Receipt]
"""Carries a call out on the copy. Raises GuardError if it fails."""


@contextmanager
def dry_run(
    network: Network, sender: str, *, rpc_url: str | None, embedded_path: Path | None
) -> Iterator[tuple[Chain, Perform]]:
    """A copy of the chain, and how to act on it as `sender`, who has all the money needed.

    Raises MissingError if there is no Anvil for a network that needs one.
    """
    if network.kind == "embedded":
        with _embedded_copy(network, embedded_path) as chain:
            yield chain, lambda call: _send_embedded(chain, call)
        return
    from nftforge.chain.failover import FailoverProvider

    with _anvil() as node:
        _fork(node, network, (rpc_url or "").split(",")[0].strip())
        _ask(node, "anvil_setChainId", network.chain_id)
        _ask(node, "anvil_impersonateAccount", sender)
        _ask(node, "anvil_setBalance", sender, RICH)
        quick = replace(network, kind="dev", confirmations=1, block_s=1.0)
        chain = Chain(quick, FailoverProvider(quick, [node], f"a fork of {network.name}"))
        yield chain, lambda call: _send_as(chain, node, sender, call)


@contextmanager
def _embedded_copy(network: Network, path: Path | None) -> Iterator[Chain]:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "embedded.sqlite"
        if path and path.exists():
            shutil.copyfile(path, copy)
        with connect(network, rpc_url=None, embedded_path=copy) as chain:
            yield chain


def _send_embedded(chain: Chain, call: Call) -> Receipt:
    signer = dev_signer()
    bill = quote(chain, signer.address, call)
    return confirm(chain, [sign(chain, signer, call, bill, chain.nonce(signer.address))])


def _send_as(chain: Chain, node: HttpProvider, sender: str, call: Call) -> Receipt:
    gas = quote(chain, sender, call).gas
    sent = _ask(node, "eth_sendTransaction", {**call.fields(sender), "gas": hex(gas)})
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        receipt = chain.receipt(str(sent))
        if receipt and not receipt.ok:
            raise GuardError(f"the rehearsal of a call to {call.to} reverted; nothing was sent")
        if receipt:
            return receipt
        time.sleep(0.05)
    raise ServiceError("Anvil did not mine a transaction of the rehearsal; nothing was sent")


def find_anvil() -> Path | None:
    """Foundry's Anvil, on PATH or where foundryup puts it."""
    found = shutil.which("anvil") or shutil.which(str(Path.home() / ".foundry" / "bin" / "anvil"))
    return Path(found) if found else None


def need_anvil() -> Path:
    """Raises MissingError if there is none."""
    program = find_anvil()
    if program is None:
        raise MissingError(
            "a dry run needs Anvil, and there is none on PATH or in ~/.foundry/bin",
            hint="install Foundry (getfoundry.sh), or rehearse on `--network embedded`",
        )
    return program


@contextmanager
def _anvil() -> Iterator[HttpProvider]:
    from nftforge.chain.providers import HttpProvider

    program = need_anvil()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [program, "--port", str(port), "--silent"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # npm's wrapper is a parent of the real one: end both
    )
    node = HttpProvider(f"http://127.0.0.1:{port}", 60.0)
    try:
        _wait_for(node, process)
        yield node
    finally:
        node.close()
        try:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(5)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            process.kill()
            process.wait()


def _wait_for(node: HttpProvider, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            node.ask("eth_chainId")
            return
        except (NoAnswerError, RpcError):
            time.sleep(0.05)
    raise MissingError("Anvil does not start", hint="does `anvil --version` work?")


def _fork(node: HttpProvider, network: Network, url: str) -> None:
    try:
        node.ask("anvil_reset", {"forking": {"jsonRpcUrl": url}})
    except (RpcError, NoAnswerError):  # what Anvil says names the URL
        raise ServiceError(
            f"Anvil could not fork {network.name}",
            hint=f"does the node behind {network.rpc_env} answer? `nftforge plan` asks it too",
        ) from None


def _ask(node: HttpProvider, method: str, *params: Any) -> Any:
    try:
        return node.ask(method, *params)
    except (RpcError, NoAnswerError) as error:
        raise ServiceError(f"Anvil could not rehearse ({method}): {error}") from None
