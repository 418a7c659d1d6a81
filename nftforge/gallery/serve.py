"""The page on loopback, for browsers that will not open a folder.

Only this machine is served, by address and by name (`loopback`): a page from elsewhere cannot read
the gallery by rebinding a name. Films are served in parts, without which Safari shows none. Nothing
outside the folder is: neither by `..` nor by a symbolic link.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

from nftforge.core.limits import open_file
from nftforge.core.loopback import LoopbackServer, Reply, Request, partial_reply, text_reply

CHUNK = 256 << 10  # bytes
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def reply(request: Request, folder: Path) -> Reply:
    """The answer to a request for a file of `folder`; no listings."""
    try:
        path = _path(request.target, folder)
        found = path.stat()
    except (OSError, ValueError):  # also of names that no file has
        return text_reply(404, "there is no such file", ALWAYS)
    etag = f'"{found.st_mtime_ns:x}-{found.st_size:x}"'
    headers = {**ALWAYS, "Etag": etag}
    if etag in request.headers.get("if-none-match", ""):
        return Reply(304, headers)
    headers["Content-Type"] = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if path.suffix == ".svg":  # with a script in it, it stays a picture
        headers["Content-Security-Policy"] = "sandbox"
    if path.suffix == ".html" and path.parent.name == "media":  # an artist's page, in its frame
        headers["Content-Security-Policy"] = "sandbox allow-scripts"
    return partial_reply(request, headers, found.st_size, partial(_read, path))


def _path(target: str, folder: Path) -> Path:
    """The file of `folder` that is asked for. Raises OSError, ValueError."""
    name = unquote(urlsplit(target).path, errors="surrogateescape").lstrip("/")
    path = (folder / name).resolve()
    if path.is_dir():
        path = (path / "index.html").resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise FileNotFoundError(path)
    return path


def _read(path: Path, first: int, stop: int) -> Iterator[bytes]:
    with open_file(path) as stream:
        stream.seek(first)
        while first < stop and (chunk := stream.read(min(CHUNK, stop - first))):
            first += len(chunk)
            yield chunk


class PageServer(LoopbackServer):
    """Serves `folder`."""

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__(port, partial(reply, folder=folder))

    @property
    def url(self) -> str:
        return f"{self.origin}/"
