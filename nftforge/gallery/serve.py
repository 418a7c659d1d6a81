"""The page on loopback, for browsers that will not open a folder.

Only this machine is served, by address and by name (`loopback`): a page from elsewhere cannot read
the gallery by rebinding a name.
"""

from __future__ import annotations

from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

from nftforge.core.loopback import LoopbackServer, QuietHandler, is_this_machine


class _PageHandler(QuietHandler, SimpleHTTPRequestHandler):
    """Files of one folder; no listings."""

    def send_head(self) -> Any:
        if not is_this_machine(self.headers.get("Host", "")):
            self.send_error(403, "this page is for this machine")
            return None
        return super().send_head()

    def list_directory(self, path: Any) -> None:
        self.send_error(404, "there is no such file")

    def end_headers(self) -> None:
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-cache")
        if self.path.split("?")[0].endswith(".svg"):  # with a script in it, it stays a picture
            self.send_header("Content-Security-Policy", "sandbox")
        super().end_headers()


class PageServer(LoopbackServer):
    """Serves `folder`."""

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__(port, partial(_PageHandler, directory=str(folder)))

    @property
    def url(self) -> str:
        return f"{self.origin}/"
