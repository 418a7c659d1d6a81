"""Small web servers for this machine alone, and how its names are told from others.

To listen on 127.0.0.1 is not enough: a page from elsewhere may rebind a name of its own to that
address, and the browser then asks us in the page's name. So a server looks at the Host header and
refuses whoever calls this machine by another name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ADDRESS = "127.0.0.1"
HOSTS = frozenset({ADDRESS, "localhost", "::1", "[::1]"})


def is_this_machine(host: str) -> bool:
    """Of a Host header, or of a URL's host."""
    name = host.lower()
    return name in HOSTS or re.sub(r":\d+$", "", name) in HOSTS


class LoopbackServer(ThreadingHTTPServer):
    """Listens on 127.0.0.1; port 0 takes a free one. Raises OSError if the port is taken."""

    daemon_threads = True

    def __init__(self, port: int, handler: Callable[..., BaseHTTPRequestHandler]) -> None:
        super().__init__((ADDRESS, port), handler)

    @property
    def origin(self) -> str:
        """http://127.0.0.1:PORT"""
        return f"http://{ADDRESS}:{self.server_port}"


class QuietHandler(BaseHTTPRequestHandler):
    """Keeps connections open and prints nothing."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        pass
