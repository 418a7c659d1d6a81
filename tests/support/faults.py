"""HTTP on loopback for tests: handlers, and faults switched on in front of them.

`serve(handle)` runs a handler in a thread. `Faults` stands in front of a handler or of a real
server and spoils chosen requests: `faults.next("POST", "/v3/files", reset_upload)` spoils the next
one that matches; `times=n` the next n.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx


@dataclass(frozen=True)
class Request:
    method: str
    path: str  # without the query
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Response:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Handle = Callable[[Request], Response]

PASS_ON = httpx.Client(verify=False, timeout=60)


def as_json(value: object, status: int = 200, **headers: str) -> Response:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(
        status, json.dumps(value).encode(), {"Content-Type": "application/json"} | named
    )


class SpoiledError(Exception):
    """A fault that answers, or not, on the bare connection."""

    def __init__(self, act: Callable[[Exchange], None]) -> None:
        self.act = act


class Exchange(BaseHTTPRequestHandler):
    """One connection of the test server."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a body does not wait for its head's acknowledgement: 40 ms
    handle_request: Handle

    def log_message(self, *args: object) -> None:
        pass

    def do(self) -> None:
        path, _, query = self.path.partition("?")
        try:
            self.before(Request(self.command, path, query, dict(self.headers), b""))
            body = self.read_body()
            request = Request(
                self.command, path, query, {k.lower(): v for k, v in self.headers.items()}, body
            )
            self.answer(self.handle_request(request))
        except SpoiledError as spoiled:
            self.close_connection = True
            with contextlib.suppress(ConnectionError):  # nobody waits for it any more
                spoiled.act(self)
        except (ConnectionError, BrokenPipeError):
            self.close_connection = True

    do_GET = do_POST = do_HEAD = do_PATCH = do_PUT = do_DELETE = do  # noqa: N815

    def before(self, request: Request) -> None:
        """Before the body is read; may raise SpoiledError."""

    def read_body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, response: Response) -> None:
        self.send_response(response.status)
        for name, text in response.headers.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def reset(self) -> None:
        """Drop the connection as a crashed router does, with RST."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


@contextmanager
def serve(
    handle: Handle, before: Callable[[Exchange, Request], None] | None = None
) -> Iterator[str]:
    """Run `handle` on a free port; yields the base URL."""
    members = {"handle_request": staticmethod(handle)}
    if before:
        members["before"] = before
    exchange = type("Exchange", (Exchange,), members)
    server = ThreadingHTTPServer(("127.0.0.1", 0), exchange)
    server.daemon_threads = True
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
    )
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


# --- faults: each is called as fault(exchange, request, go_on) ----------------------------------

Fault = Callable[["Handle", Request], Response]


def status(code: int, body: bytes = b"", **headers: str) -> Fault:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return lambda go_on, request: Response(code, body, named)


def says(body: bytes, content_type: str = "application/json") -> Fault:
    """A 200 that is not what the API promises; nothing took effect."""
    return lambda go_on, request: Response(200, body, {"Content-Type": content_type})


HTML = says(b"<!DOCTYPE html><html><body>Sign in to the Wi-Fi</body></html>", "text/html")
WRONG_SCHEMA = says(b'{"unexpected": ["json"]}')


def lose_answer(go_on: Handle, request: Request) -> Response:
    """It took effect; the connection broke before the answer came."""
    go_on(request)
    raise SpoiledError(Exchange.reset)


def truncate(go_on: Handle, request: Request) -> Response:
    """It took effect; the answer breaks off in the middle."""
    answer = go_on(request)

    def act(exchange: Exchange) -> None:
        exchange.send_response(answer.status)
        exchange.send_header("Content-Length", str(len(answer.body)))
        exchange.end_headers()
        exchange.wfile.write(answer.body[: len(answer.body) // 2])
        exchange.wfile.flush()

    raise SpoiledError(act)


def half_json(go_on: Handle, request: Request) -> Response:
    """It took effect; half of the answer comes, as if it were all."""
    answer = go_on(request)
    return Response(answer.status, answer.body[: len(answer.body) // 2], answer.headers)


def slow_loris(go_on: Handle, request: Request) -> Response:
    """The answer's head trickles in, a letter at a time, for ever."""

    def act(exchange: Exchange) -> None:
        for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 10_000:
            exchange.wfile.write(bytes([letter]))
            exchange.wfile.flush()
            time.sleep(0.05)

    raise SpoiledError(act)


def other_cid(cid: str) -> Fault:
    """Everything works, but every CID in the answer is this one."""

    def fault(go_on: Handle, request: Request) -> Response:
        answer = go_on(request)
        body = re.sub(rb"(baf|zdj|Qm)[A-Za-z0-9]{40,}", cid.encode(), answer.body)
        headers = {k: cid if k.lower() == "upload-cid" else v for k, v in answer.headers.items()}
        return Response(answer.status, body, headers)

    return fault


def fail_after(go_on: Handle, request: Request) -> Response:
    """It took effect, and the answer is 500."""
    go_on(request)
    return Response(500, b'{"errors": ["Internal server error"]}')


def lying(change: Callable[[Any], Any]) -> Fault:
    """Everything works, and `change` has been at the JSON of the answer."""

    def fault(go_on: Handle, request: Request) -> Response:
        answer = go_on(request)
        found = json.loads(answer.body)
        change(found)
        return Response(answer.status, json.dumps(found).encode(), answer.headers)

    return fault


def slow(seconds: float) -> Fault:
    """It took effect; the answer comes late."""

    def fault(go_on: Handle, request: Request) -> Response:
        answer = go_on(request)
        time.sleep(seconds)
        return answer

    return fault


def reset_upload(go_on: Handle, request: Request) -> Response:
    """The connection breaks in the middle of the upload: see `Faults.before`."""
    raise AssertionError


@dataclass
class Faults:
    """Stands before `upstream` (a handler, or the URL of a real server); counts what passes."""

    upstream: Handle | str
    seen: list[Request] = field(default_factory=list)
    planned: list[tuple[str, str, Fault]] = field(default_factory=list)

    def next(self, method: str, path: str, fault: Fault, times: int = 1) -> None:
        """Spoil the next `times` requests of this method whose path starts with `path`."""
        self.planned += [(method, path, fault)] * times

    def count(self, method: str, path: str) -> int:
        return sum(r.method == method and r.path.startswith(path) for r in self.seen)

    def _take(self, request: Request, kind: Callable[[Fault], bool]) -> Fault | None:
        for index, (method, path, fault) in enumerate(self.planned):
            if request.method == method and request.path.startswith(path) and kind(fault):
                return self.planned.pop(index)[2]
        return None

    def before(self, exchange: Exchange, request: Request) -> None:
        if self._take(request, lambda fault: fault is reset_upload):
            exchange.rfile.read(min(100_000, int(exchange.headers.get("Content-Length", 0)) // 2))
            raise SpoiledError(Exchange.reset)

    def __call__(self, request: Request) -> Response:
        self.seen.append(request)
        fault = self._take(request, lambda fault: True)
        return fault(self._go_on, request) if fault else self._go_on(request)

    def _go_on(self, request: Request) -> Response:
        if not isinstance(self.upstream, str):
            return self.upstream(request)
        passed = {
            k: v
            for k, v in request.headers.items()
            if k
            not in ("host", "connection", "content-length", "transfer-encoding", "accept-encoding")
        }
        url = f"{self.upstream}{request.path}" + (f"?{request.query}" if request.query else "")
        answer = PASS_ON.request(request.method, url, headers=passed, content=request.body)
        return Response(
            answer.status_code,
            answer.content,
            {"Content-Type": answer.headers.get("content-type", "")},
        )

    @contextmanager
    def running(self) -> Iterator[str]:
        with serve(self, lambda exchange, request: self.before(exchange, request)) as url:
            yield url
