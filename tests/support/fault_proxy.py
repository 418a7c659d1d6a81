"""An HTTP proxy in front of a node that misbehaves on demand, as networks do.

    proxy.on("eth_sendRawTransaction", drop, times=1)

A fault is a function (forward, request) -> the answer; `forward()` asks the node. It may also
raise Drop (close the connection without a word), Hang (keep silent) or Http (another answer).
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from eth_utils import keccak

Forward = Callable[[], dict[str, Any]]
Fault = Callable[[Forward, dict[str, Any]], dict[str, Any]]


class Drop(Exception):  # noqa: N818
    pass


class Hang(Exception):  # noqa: N818
    pass


class Http(Exception):  # noqa: N818
    def __init__(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.status, self.body, self.headers = status, body, headers or {}


# --- faults -------------------------------------------------------------------------------------


def accept_then_drop(forward: Forward, request: dict[str, Any]) -> dict[str, Any]:
    forward()
    raise Drop


def accept_then_hang(forward: Forward, request: dict[str, Any]) -> dict[str, Any]:
    forward()
    raise Hang


def lose(forward: Forward, request: dict[str, Any]) -> dict[str, Any]:
    """Say yes and forget it."""
    raw = bytes.fromhex(request["params"][0][2:])
    return {"jsonrpc": "2.0", "id": request["id"], "result": "0x" + keccak(raw).hex()}


def accept_then_say(message: str, code: int = -32000) -> Fault:
    def fault(forward: Forward, request: dict[str, Any]) -> dict[str, Any]:
        forward()
        return {"jsonrpc": "2.0", "id": request["id"], "error": {"code": code, "message": message}}

    return fault


def say(message: str, code: int = -32000) -> Fault:
    def fault(forward: Forward, request: dict[str, Any]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": request["id"], "error": {"code": code, "message": message}}

    return fault


def answer(result: Any) -> Fault:
    return lambda forward, request: {"jsonrpc": "2.0", "id": request["id"], "result": result}


def narrow(blocks: int, words: str) -> Fault:
    """A node that shows logs of so many blocks at a time."""

    def fault(forward: Forward, request: dict[str, Any]) -> dict[str, Any]:
        asked = request["params"][0]
        if asked["toBlock"] != "latest":
            first, last = int(asked["fromBlock"], 16), int(asked["toBlock"], 16)
            if last - first < blocks:
                return forward()
        return say(words)(forward, request)

    return fault


def http(status: int, body: bytes = b"", **headers: str) -> Fault:
    def fault(forward: Forward, request: dict[str, Any]) -> dict[str, Any]:
        raise Http(status, body, {k.replace("_", "-"): v for k, v in headers.items()})

    return fault


def first(action: Callable[[], Any]) -> Fault:
    """Do something to the world, then answer truly."""

    def fault(forward: Forward, request: dict[str, Any]) -> dict[str, Any]:
        action()
        return forward()

    return fault


def after(action: Callable[[], Any]) -> Fault:
    """Answer truly, once something was done to the world after the node had answered."""

    def fault(forward: Forward, request: dict[str, Any]) -> dict[str, Any]:
        reply = forward()
        action()
        return reply

    return fault


# --- the proxy ----------------------------------------------------------------------------------


class FaultProxy:
    """Forwards to `target`. `asked` remembers every (method, params)."""

    def __init__(self, target: str) -> None:
        self.asked: list[tuple[str, list[Any]]] = []
        self._faults: list[list[Any]] = []  # [method or None, fault, times left, calls to skip]
        self._client = httpx.Client(base_url=target, timeout=60)
        self._lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # one packet an answer: two would each wait for an ACK
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    status, reply, headers = 200, proxy.handle(json.loads(body)), {}
                except Http as other:
                    status, reply, headers = other.status, other.body, other.headers
                except Drop:
                    self.close_connection = True
                    self.connection.close()
                    return
                except Hang:
                    time.sleep(3)
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)
                self.wfile.flush()

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:  # a client that gave up
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def on(self, method: str | None, fault: Fault, *, times: int = 1, skip: int = 0) -> None:
        """Apply `fault` to the next `times` calls of `method` (None: any) after `skip` of them."""
        with self._lock:
            self._faults.append([method, fault, times, skip])

    def heal(self) -> None:
        with self._lock:
            self._faults.clear()

    def sent(self) -> list[str]:
        """Every raw transaction that came by."""
        return [p[0] for method, p in self.asked if method == "eth_sendRawTransaction"]

    def handle(self, request: Any) -> bytes:
        if isinstance(request, list):
            return json.dumps([json.loads(self.handle(one)) for one in request]).encode()
        self.asked.append((request["method"], request.get("params", [])))
        fault = self._next_fault(request["method"])

        def forward() -> dict[str, Any]:
            found: dict[str, Any] = self._client.post("/", json=request).json()
            return found

        return json.dumps(fault(forward, request) if fault else forward()).encode()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._client.close()

    def _next_fault(self, method: str) -> Fault | None:
        with self._lock:
            for entry in self._faults:
                if entry[0] not in (method, None) or entry[2] == 0:
                    continue
                if entry[3]:
                    entry[3] -= 1
                    continue
                entry[2] -= 1
                fault: Fault = entry[1]
                return fault
        return None


@contextmanager
def fault_proxy(target: str) -> Iterator[FaultProxy]:
    proxy = FaultProxy(target)
    try:
        yield proxy
    finally:
        proxy.close()
