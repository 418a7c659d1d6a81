"""A large file to a service in pieces (TUS 1.0.0), gone on with by whoever comes next.

    POST   the file is announced; the answer says where its pieces go
    HEAD   how much of it has arrived
    PATCH  the next piece

The URL of an upload under way is kept in a note, so that another process goes on where a killed one
stopped. Source: https://tus.io/protocols/resumable-upload
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from nftforge.core.errors import BadAnswerError, ServiceError, ServiceRefusedError
from nftforge.core.fsync import atomic_write
from nftforge.core.json_file import read_json
from nftforge.core.urls import origin, without_secrets
from nftforge.ipfs.progress import ProgressCallback
from nftforge.ipfs.service import Answer, Service

NOTE_BYTES = 64 << 10
VERSION = {"Tus-Resumable": "1.0.0"}


@dataclass(frozen=True)
class Tus:
    """Where files are announced, and how large a piece may be."""

    service: Service
    url: str  # whole
    piece: int  # bytes

    def send(
        self,
        path: Path,
        size: int,
        about: Mapping[str, str],
        note: Path,
        on_bytes: ProgressCallback,
    ) -> Mapping[str, str]:
        """Send what is missing of `path`; the headers of the last answer, empty if it was lost.

        `note` is left, for the caller to delete once all is well. Raises ServiceRefusedError.
        """
        url = _read_note(note)
        offset = self._offset(url) if url and self._is_ours(url) else None
        if url is None or offset is None:
            url, offset = self._begin(size, about), 0
            _write_note(note, url)
        on_bytes(offset)
        headers: Mapping[str, str] = {}
        while offset < size:
            length = min(self.piece, size - offset)
            offset, headers = self._send_piece(path, url, offset, length, on_bytes)
        return headers

    def _begin(self, size: int, about: Mapping[str, str]) -> str:
        pairs = (f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in about.items())
        headers = VERSION | {"Upload-Length": str(size), "Upload-Metadata": ",".join(pairs)}

        def parse(answer: Answer) -> str:
            if not (place := answer.headers.get("location")):
                raise BadAnswerError("answered without the Location to upload to")
            return place

        url = urljoin(self.url, self.service.ask("POST", self.url, parse, headers=headers))
        if not self._is_ours(url):
            raise ServiceError(
                f"{self.service.name} wants the file at {without_secrets(url)}: "
                "the key is not sent there"
            )
        return url

    def _is_ours(self, url: str) -> bool:
        return origin(url) == origin(self.url)

    def _offset(self, url: str, deadline: float = math.inf) -> int | None:
        """How much of an upload has arrived, or None if it is no longer known."""
        try:
            return self.service.ask("HEAD", url, _arrived, headers=VERSION, deadline=deadline)
        except ServiceRefusedError as refused:
            if refused.status in (403, 404, 410):
                return None
            raise

    def _send_piece(
        self, path: Path, url: str, offset: int, length: int, on_bytes: ProgressCallback
    ) -> tuple[int, Mapping[str, str]]:
        """(new offset, the headers of the answer)."""

        def body(on_progress: ProgressCallback) -> dict[str, Any]:
            return {"content": _part(path, offset, length, on_progress)}

        def parse(answer: Answer) -> tuple[int, Mapping[str, str]]:
            return _arrived(answer), answer.headers

        def done(deadline: float) -> tuple[int, Mapping[str, str]] | None:
            arrived = self._offset(url, deadline)
            if arrived is None or arrived == offset:
                return None
            on_bytes(arrived - offset)
            return arrived, {}

        headers = VERSION | {
            "Content-Type": "application/offset+octet-stream",
            "Content-Length": str(length),
            "Upload-Offset": str(offset),
        }
        try:
            return self.service.ask(
                "PATCH", url, parse, headers=headers, body=body, on_progress=on_bytes, done=done
            )
        except ServiceRefusedError as refused:
            if refused.status == 409 and (moved := done(math.inf)):
                return moved
            raise


def _arrived(answer: Answer) -> int:
    text = answer.headers.get("upload-offset", "")
    if not text.isdecimal():
        raise BadAnswerError("answered without upload-offset")
    return int(text)


def _part(path: Path, offset: int, length: int, on_progress: ProgressCallback) -> Iterator[bytes]:
    """A part of a file, read as it is sent."""
    with path.open("rb") as stream:
        stream.seek(offset)
        while length and (chunk := stream.read(min(length, 1 << 16))):
            length -= len(chunk)
            yield chunk
            on_progress(len(chunk))


def _read_note(note: Path) -> str | None:
    try:
        return str(read_json(note, NOTE_BYTES)["url"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write_note(note: Path, url: str) -> None:
    """The address is as good as a key: for this user's eyes only."""
    note.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(note, fsync=False, private=True) as stream:
        stream.write(json.dumps({"url": url}).encode())
