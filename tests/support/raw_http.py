"""Bytes over a socket, as no HTTP library would send them."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from socketserver import BaseRequestHandler, BaseServer, ThreadingTCPServer
from typing import TypeVar

Server = TypeVar("Server", bound=BaseServer)


@contextlib.contextmanager
def running(server: Server) -> Iterator[Server]:
    """`server`, answering in a thread until the `with` ends."""
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def said(server: BaseServer, raw: bytes) -> bytes:
    """All that comes back for these bytes, until the server closes."""
    with socket.create_connection(server.server_address, timeout=60) as client:
        with contextlib.suppress(OSError):
            client.sendall(raw)
            client.shutdown(socket.SHUT_WR)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while more := client.recv(65536):
                answer += more
        return answer


def get(server: BaseServer, target: str, *headers: str) -> tuple[int, bytes, bytes]:
    """(status, head, body) of a GET of `target` as it stands; 0 if nothing came."""
    lines = (f"GET {target} HTTP/1.1", "Host: localhost", "Connection: close", *headers, "", "")
    answer = said(server, "\r\n".join(lines).encode("latin-1"))
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(answer[9:12] or 0), head, body


@contextlib.contextmanager
def talking(talk: Callable[[socket.socket], object]) -> Iterator[str]:
    """A server that reads a request and says whatever `talk` does; yields its URL."""

    class Connection(BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                self.request.recv(65536)
                talk(self.request)

    class Talker(ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with running(Talker(("127.0.0.1", 0), Connection)) as server:
        yield f"http://127.0.0.1:{server.server_address[1]}"
