"""The page on loopback, for browsers that will not open a folder.

Only this machine is served, by address and by name: a page from elsewhere cannot read the gallery
by rebinding a name.
"""

from __future__ import annotations

import re
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

LOOPBACK = ("127.0.0.1", "localhost")


class _PageHandler(SimpleHTTPRequestHandler):
    """Files of one folder; no listings."""

    protocol_version = "HTTP/1.1"

    def send_head(self) -> Any:
        if re.sub(r":\d+$", "", self.headers.get("Host", "")) not in LOOPBACK:
            self.send_error(403, "this page is for this machine")
            return None
        return super().send_head()

    def list_directory(self, path: Any) -> None:
        self.send_error(404, "there is no such file")

    def end_headers(self) -> None:
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-cache")
        if self.path.split("?")[0].endswith(
            ".svg"
        ):  # a picture with a script in it stays a picture
            self.send_header("Content-Security-Policy", "sandbox")
        super().end_headers()

    def log_message(self, *args: object) -> None:
        pass


class PageServer(ThreadingHTTPServer):
    """Serves `folder` on 127.0.0.1; port 0 takes a free one."""

    daemon_threads = True

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__(("127.0.0.1", port), partial(_PageHandler, directory=str(folder)))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"
