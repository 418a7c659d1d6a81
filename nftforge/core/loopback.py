"""Small web servers for this machine alone, and how its names are told from others.

To listen on 127.0.0.1 is not enough: a page from elsewhere may rebind a name of its own to that
address, and the browser then asks us in the page's name. So a server looks at the Host header and
refuses whoever calls this machine by another name.

What comes over the socket is read by h11, a parser that is kept (and is here with httpx): a
request that is malformed, too long or has two Hosts is answered with 400, and an answer can have
neither more nor fewer bytes than its Content-Length. What is left is here: a thread a connection,
time limits for clients that are slow, and answers as values. Sources: RFC 9110, RFC 9112.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from socketserver import BaseRequestHandler, ThreadingTCPServer

import h11

ADDRESS = "127.0.0.1"
HOSTS = frozenset({ADDRESS, "localhost", "::1", "[::1]"})

HEAD_BYTES = 16 << 10  # of a request line and its headers
HEAD_S = 20.0  # for them to come; a connection may be idle for as long
SEND_S = 60.0  # for a client to take one block
AT_ONCE = 128  # connections; a browser opens six
ROOM_S = 5.0  # for room to be made
LEAVE_S = 0.05  # for one that has to go to do so, before another has to


def is_this_machine(host: str) -> bool:
    """Of a Host header, or of a URL's host."""
    name = host.lower()
    return name in HOSTS or re.sub(r":[0-9]+$", "", name) in HOSTS


@dataclass(frozen=True)
class Request:
    """`headers` by lower-case name; what came twice stands there with a comma between."""

    method: str
    target: str  # begins with "/"
    headers: Mapping[str, str] = field(default_factory=dict)
    version: str = "1.1"


@dataclass(frozen=True)
class Reply:
    """`length` is that of `body`, or None where it is not known before it is sent."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Iterable[bytes] = ()
    length: int | None = 0


Answer = Callable[[Request], Reply]


def text_reply(status: int, text: str, headers: Mapping[str, str] | None = None) -> Reply:
    """One line of plain text."""
    body = text.encode(errors="backslashreplace") + b"\n"
    kind = {"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"}
    return Reply(status, {**kind, **(headers or {})}, [body], len(body))


def partial_reply(
    request: Request,
    headers: Mapping[str, str],
    size: int,
    read: Callable[[int, int], Iterable[bytes]],
) -> Reply:
    """A file of `size` bytes, or the part of it that is asked for; `read` gives [first, stop)."""
    headers = {**headers, "Accept-Ranges": "bytes"}
    asked = _range(request.headers.get("range", ""), size)
    if request.headers.get("if-range", headers.get("Etag")) != headers.get("Etag"):
        asked = None  # it has another version
    if asked is None or request.method == "HEAD":
        return Reply(200, headers, read(0, size), size)
    first, stop = asked
    if first >= stop:
        return Reply(416, headers | {"Content-Range": f"bytes */{size}"})
    part = {"Content-Range": f"bytes {first}-{stop - 1}/{size}"}
    return Reply(206, headers | part, read(first, stop), stop - first)


def _range(text: str, size: int) -> tuple[int, int] | None:
    """(first, stop) of a Range header; None if it is to be ignored: malformed, or several parts."""
    match = re.fullmatch(r"bytes=([0-9]{0,18})-([0-9]{0,18})", text.strip())
    if not match or match[1] == match[2] == "":
        return None
    if match[1] == "":
        return max(0, size - int(match[2])), size
    if match[2] and int(match[2]) < int(match[1]):
        return None
    return int(match[1]), min(size, int(match[2]) + 1) if match[2] else size


class LoopbackServer(ThreadingTCPServer):
    """Listens on 127.0.0.1; port 0 takes a free one. Prints nothing.

    Raises OSError if the port is taken.
    """

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = AT_ONCE

    def __init__(self, port: int, answer: Answer, *, head_s: float = HEAD_S) -> None:
        self.answer, self.head_s = answer, head_s
        self.slots = threading.BoundedSemaphore(AT_ONCE)
        self._idle: dict[socket.socket, None] = {}  # the one that waits longest comes first
        self._lock = threading.Lock()
        super().__init__((ADDRESS, port), _Connection)

    @contextlib.contextmanager
    def idle(self, client: socket.socket) -> Iterator[None]:
        """While nothing whole was asked on a connection: it may have to go for another's sake."""
        with self._lock:
            self._idle[client] = None
        try:
            yield
        finally:
            with self._lock:
                self._idle.pop(client, None)

    def take_slot(self) -> bool:
        """Whether there is room for one more; where all is taken, the longest idle ones go."""
        until = time.monotonic() + ROOM_S
        while not self.slots.acquire(timeout=LEAVE_S):
            if time.monotonic() > until:
                return False
            self._let_go()
        return True

    def _let_go(self) -> None:
        with self._lock, contextlib.suppress(OSError, StopIteration):
            oldest = next(iter(self._idle))
            del self._idle[oldest]
            oldest.shutdown(socket.SHUT_RDWR)  # its thread wakes up and ends

    @property
    def server_port(self) -> int:
        return int(self.server_address[1])

    @property
    def origin(self) -> str:
        """http://127.0.0.1:PORT"""
        return f"http://{ADDRESS}:{self.server_port}"


class _Connection(BaseRequestHandler):
    """One client, answered until it goes, is slow, or says what is no HTTP."""

    server: LoopbackServer
    request: socket.socket

    def handle(self) -> None:
        if not self.server.take_slot():
            return
        try:
            with contextlib.suppress(OSError, h11.LocalProtocolError):  # gone, slow; or broken off
                self._converse(h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES))
        finally:
            self.server.slots.release()

    def _converse(self, http: h11.Connection) -> None:
        try:
            while self._exchange(http):
                http.start_next_cycle()
        except h11.RemoteProtocolError as error:
            if http.our_state in (h11.IDLE, h11.SEND_RESPONSE):  # the answer has not begun
                said = f"this is no request: {error}"
                reply = text_reply(error.error_status_hint, said, {"Connection": "close"})
                self._send(http, "GET", reply)

    def _exchange(self, http: h11.Connection) -> bool:
        """One request and its answer; whether there may be another."""
        with self.server.idle(self.request):
            head = self._receive(http)
        if head is None:
            return False
        request = _request(head)
        self._send(http, request.method, _checked(request, self.server.answer))
        # a body that was sent is not read: then this connection has come to its end
        return http.our_state is h11.DONE and type(http.next_event()) is h11.EndOfMessage

    def _receive(self, http: h11.Connection) -> h11.Request | None:
        until = time.monotonic() + self.server.head_s
        while (event := http.next_event()) is h11.NEED_DATA:
            self.request.settimeout(max(0.001, until - time.monotonic()))
            http.receive_data(self.request.recv(HEAD_BYTES))
        return event if isinstance(event, h11.Request) else None

    def _send(self, http: h11.Connection, method: str, reply: Reply) -> None:
        self.request.settimeout(SEND_S)
        headers = [("Date", formatdate(usegmt=True)), *reply.headers.items()]
        if reply.length is not None and reply.status != 304:
            headers.append(("Content-Length", str(reply.length)))
        self._write(http, h11.Response(status_code=reply.status, headers=headers))
        if method != "HEAD":
            for part in filter(None, _broken_off(reply.body)):
                self._write(http, h11.Data(data=part))
        self._write(http, h11.EndOfMessage())

    def _write(self, http: h11.Connection, event: h11.Event) -> None:
        if data := http.send(event):
            self.request.sendall(data)


def _request(head: h11.Request) -> Request:
    headers: dict[str, str] = {}
    for raw_name, raw_value in head.headers:
        name, value = raw_name.decode("ascii"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Request(
        head.method.decode("ascii"),
        head.target.decode("ascii"),
        headers,
        head.http_version.decode("ascii"),
    )


def _checked(request: Request, answer: Answer) -> Reply:
    """What `answer` says, of requests that it may see."""
    if request.version not in ("1.0", "1.1"):
        return text_reply(505, "only HTTP/1.1 is spoken here", {"Connection": "close"})
    if not is_this_machine(request.headers.get("host", "")):
        return text_reply(403, "this server answers only to this machine")
    if request.method not in ("GET", "HEAD"):
        return text_reply(405, "only GET and HEAD are here", {"Allow": "GET, HEAD"})
    if not request.target.startswith("/"):
        return text_reply(400, "a path is needed, beginning with /")
    try:
        return answer(request)
    except Exception as error:  # a thread of ours has nobody else to tell
        return text_reply(500, f"this could not be answered: {type(error).__name__}")


def _broken_off(body: Iterable[bytes]) -> Iterable[bytes]:
    """`body`; where it raises, the connection ends, which tells the client that it is not whole."""
    try:
        yield from body
    except OSError:
        raise
    except Exception as error:
        raise BrokenPipeError(str(error)) from error
