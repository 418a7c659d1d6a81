"""Pinata in this process, after its documentation; only for tests, since it cannot be reached.

What it does as documented: bearer JWTs with scopes and an end; `network` private unless said;
files by CID, in pages; duplicates answered with the first one's id; groups and keyvalues; TUS 1.0.0
at the same URL, in pieces under 50 MB; multipart refused over 100 MB; folders only through the
legacy endpoint, and listed only by the legacy listing; CARs on paid plans; a rate limit with its
headers; quotas. CIDs come from aleph-cid, an implementation that is not ours; a CAR's is its root.
Faults stand in front of it (`faults.Faults`).
Sources: as in nftforge/ipfs/pinata.py
"""

from __future__ import annotations

import base64
import json
import re
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import aleph_cid

from nftforge.ipfs.car import read_car
from support.faults import Request, Response, as_json

READ, WRITE = "org:files:read", "org:files:write"


def jwt(scopes: tuple[str, ...] = (READ, WRITE), expires: float | None = None) -> str:
    """A key as Pinata makes them: a JWT, here unsigned."""
    claims = {"scopes": list(scopes)} | ({"exp": expires} if expires else {})
    parts = (json.dumps(part).encode() for part in ({"alg": "HS256"}, claims))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + ".sig"


@dataclass
class Stored:
    id: str
    name: str
    cid: str
    size: int
    network: str
    group_id: str | None
    keyvalues: dict[str, str]
    mime_type: str
    number_of_files: int = 1

    @property
    def row(self) -> dict[str, Any]:
        return {**vars(self), "created_at": "2026-11-24T12:00:00.000Z", "user_id": "user"}


@dataclass
class Upload:
    about: dict[str, str]
    length: int
    content: bytearray = field(default_factory=bytearray)


@dataclass
class FakePinata:
    plan: str = "picnic"
    quota: int = 10**12  # bytes
    per_minute: int = 10**6
    headers: str = "retry-after"  # what a 429 says: retry-after, reset, nothing
    resumable_from: int = 100 * 10**6
    largest_piece: int = 50 * 10**6
    files: list[Stored] = field(default_factory=list)
    folders: list[Stored] = field(default_factory=list)
    uploads: dict[str, Upload] = field(default_factory=dict)
    stored: int = 0  # times something was really stored
    window: list[float] = field(default_factory=list)
    clock: Callable[[], float] = time.time

    def __call__(self, request: Request) -> Response:
        refused = self._limited() or self._unauthorized(request)
        if refused:
            return refused
        match request.method, request.path.split("/")[1:]:
            case "GET", ["v3", "files", "public" | "private" as network]:
                return self._list(network, _query(request))
            case "POST", ["v3", "files", "sign"]:
                wanted = json.loads(request.body)
                if not isinstance(wanted.get("date"), int) or "expires" not in wanted:
                    return _error(400, "Invalid request format.")
                return as_json({"data": "https://uploads.pinata.cloud/v3/files/signed"})
            case "POST", ["v3", "files"]:
                if "upload-length" in request.headers:
                    return self._tus_create(request)
                return self._upload(request)
            case "HEAD" | "PATCH", ["v3", "files", "tus", key]:
                return self._tus(request, key)
            case "POST", ["pinning", "pinFileToIPFS"]:
                return self._legacy(request)
            case "GET", ["data", "pinList"]:
                return self._pin_list(_query(request))
            case "GET", ["data", "testAuthentication"]:
                message = "Congratulations! You are communicating with the Pinata API!"
                return as_json({"message": message})
        return _error(404, "Not found")

    # --- who may, and how often -----------------------------------------------------------------

    def _limited(self) -> Response | None:
        now = self.clock()
        self.window = [moment for moment in self.window if moment > now - 60]
        if len(self.window) < self.per_minute:
            self.window.append(now)
            return None
        wait = int(self.window[0] + 60 - now) + 1
        headers = {
            "retry-after": {"Retry-After": str(wait)},
            "reset": {"X-RateLimit-Limit": "60", "X-RateLimit-Reset": str(int(now + wait))},
            "nothing": {},
        }[self.headers]
        return Response(429, b'{"error":"Too many requests"}', headers)

    def _unauthorized(self, request: Request) -> Response | None:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            body = token.split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(body + "=="))
        except (IndexError, ValueError):
            claims = None
        if kind != "Bearer" or claims is None or claims.get("exp", 1e12) < self.clock():
            details = "Not authorized: check that your key is valid"
            return as_json({"error": {"reason": "INVALID_CREDENTIALS", "details": details}}, 401)
        needed = WRITE if request.method in ("POST", "PATCH") else READ
        if request.path != "/data/testAuthentication" and needed not in claims["scopes"]:
            reason, details = "NO_SCOPES_FOUND", "This key does not have the required scopes"
            return as_json({"error": {"reason": reason, "details": details}}, 403)
        return None

    # --- listings -------------------------------------------------------------------------------

    def _list(self, network: str, query: Mapping[str, str]) -> Response:
        rows = [
            stored
            for stored in reversed(self.files)
            if stored.network == network and query.get("cid", stored.cid) == stored.cid
        ]
        start, limit = int(query.get("pageToken", 0)), min(int(query.get("limit", 10)), 1000)
        page = rows[start : start + limit]
        token = str(start + limit) if start + limit < len(rows) else ""
        return as_json({"data": {"files": [s.row for s in page], "next_page_token": token}})

    def _pin_list(self, query: Mapping[str, str]) -> Response:
        rows = [s for s in self.folders if query.get("cid", s.cid) == s.cid]
        start, limit = int(query.get("pageOffset", 0)), int(query.get("pageLimit", 10))
        page = [{"id": s.id, "ipfs_pin_hash": s.cid, "size": s.size} for s in rows]
        return as_json({"count": len(rows), "rows": page[start : start + limit]})

    # --- uploads --------------------------------------------------------------------------------

    def _upload(self, request: Request) -> Response:
        parts = _multipart(request)
        texts = {name: body.decode() for name, filename, kind, body in parts if filename is None}
        sent = [(filename, kind, body) for name, filename, kind, body in parts if filename]
        if len(sent) != 1:
            return _error(400, "Invalid request format.")
        (filename, kind, body) = sent[0]
        if len(body) > self.resumable_from:
            return _error(413, "Payload too large")
        if texts.get("car") == "true":
            if self.plan == "free":
                return _error(403, "CAR uploads are not available on the free plan")
            with tempfile.TemporaryFile() as stream:
                stream.write(body)
                stream.seek(0)
                roots, blocks = read_car(stream)
                size = sum(len(block) for _, block in blocks)
            return self._store(str(roots[0]), size, filename, kind, texts)
        return self._store(_cid(body), len(body), filename, kind, texts)

    def _store(
        self, cid: str, size: int, filename: str, kind: str, about: Mapping[str, str]
    ) -> Response:
        network = about.get("network", "private")
        keyvalues = json.loads(about.get("keyvalues", "{}"))
        if network not in ("public", "private") or not all(
            isinstance(text, str) for text in keyvalues.values()
        ):
            return _error(400, "Invalid request format.")
        for found in self.files:
            if (found.cid, found.network) == (cid, network):
                return as_json({"data": {**found.row, "is_duplicate": True}})
        if self._used() + size > self.quota:
            reason, details = "FORBIDDEN", "Account blocked due to plan usage limit"
            return as_json({"error": {"reason": reason, "details": details}}, 403)
        name, group = about.get("name", filename), about.get("group_id")
        stored = Stored(str(uuid.uuid4()), name, cid, size, network, group, keyvalues, kind)
        self.files.append(stored)
        self.stored += 1
        return as_json({"data": stored.row})

    def _used(self) -> int:
        return sum(stored.size for stored in [*self.files, *self.folders])

    def _legacy(self, request: Request) -> Response:
        parts = _multipart(request)
        texts = {name: json.loads(body) for name, filename, _, body in parts if filename is None}
        if texts.get("pinataOptions", {}).get("cidVersion") != 1:
            return _error(400, "this test wants CIDs of version 1")
        with tempfile.TemporaryDirectory() as folder:
            names = [filename for _, filename, _, _ in parts if filename]
            for _, filename, _, body in parts:
                if filename:
                    path = Path(folder) / filename
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(body)
            tops = {name.split("/")[0] for name in names}
            if len(tops) != 1 or not all("/" in name for name in names):
                details = "More than one file and/or directory was provided for pinning."
                return as_json({"error": {"reason": "INVALID", "details": details}}, 400)
            cid = str(aleph_cid.hash_folder(Path(folder) / tops.pop()))
        size = sum(len(body) for _, filename, _, body in parts if filename)
        answer = {
            "IpfsHash": cid, "PinSize": size, "Timestamp": "2026-11-24T12:00:00.000Z",
            "NumberOfFiles": len(names), "MimeType": "directory",
        }  # fmt: skip
        if any(stored.cid == cid for stored in self.folders):
            return as_json({**answer, "isDuplicate": True})
        if self._used() + size > self.quota:
            details = "Account blocked due to plan usage limit"
            return as_json({"error": {"reason": "FORBIDDEN", "details": details}}, 403)
        about = texts.get("pinataMetadata", {})
        group = texts["pinataOptions"].get("groupId")
        name, keyvalues = about.get("name", ""), about.get("keyvalues", {})
        self.folders.append(
            Stored(str(uuid.uuid4()), name, cid, size, "public", group, keyvalues, "directory")
        )
        self.stored += 1
        return as_json(answer)

    # --- TUS ------------------------------------------------------------------------------------

    def _tus_create(self, request: Request) -> Response:
        if request.headers.get("tus-resumable") != "1.0.0":
            return Response(412)
        pairs = (pair.split(" ") for pair in request.headers["upload-metadata"].split(","))
        about = {key: base64.b64decode(text).decode() for key, text in pairs}
        if about.get("network") not in ("public", "private"):
            return _error(400, "network")
        key = uuid.uuid4().hex
        self.uploads[key] = Upload(about, int(request.headers["upload-length"]))
        return Response(201, headers={"Location": f"/v3/files/tus/{key}", **TUS})

    def _tus(self, request: Request, key: str) -> Response:
        upload = self.uploads.get(key)
        if upload is None:
            return Response(404)
        if request.method == "HEAD":
            lengths = {"Upload-Length": str(upload.length)}
            return Response(
                200, headers={"Upload-Offset": str(len(upload.content)), **lengths, **TUS}
            )
        if request.headers.get("content-type") != "application/offset+octet-stream":
            return Response(415)
        if len(request.body) >= self.largest_piece:
            return _error(413, "chunk too large")
        if int(request.headers["upload-offset"]) != len(upload.content):
            return Response(409)
        upload.content += request.body
        headers = {"Upload-Offset": str(len(upload.content)), **TUS}
        if len(upload.content) == upload.length:
            about = upload.about | {"name": upload.about["filename"]}
            answer = self._store(
                _cid(bytes(upload.content)), upload.length, about["name"],
                upload.about.get("filetype", ""), about,
            )  # fmt: skip
            if answer.status != 200:
                return answer
            headers["upload-cid"] = json.loads(answer.body)["data"]["cid"]
        return Response(204, headers=headers)


TUS = {"Tus-Resumable": "1.0.0"}


def _cid(body: bytes) -> str:
    hasher = aleph_cid.CidHasher.for_ipfs_v1_raw_leaves()
    hasher.update(body)
    return str(hasher.finalize())


def _query(request: Request) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(request.query).items()}


def _error(status: int, text: str) -> Response:
    return as_json({"error": text}, status)


def _multipart(request: Request) -> list[tuple[str, str | None, str, bytes]]:
    """(field, file name, content type, body) of each part."""
    boundary = request.headers["content-type"].partition("boundary=")[2].encode()
    parts = []
    for part in request.body.split(b"--" + boundary)[1:-1]:
        head, _, body = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        text = head.decode()
        name = re.search(r'; name="([^"]*)"', text)
        filename = re.search(r'filename="([^"]*)"', text)
        kind = re.search(r"Content-Type: (\S+)", text)
        assert name and body.endswith(b"\r\n")
        parts.append((name[1], filename and filename[1], kind[1] if kind else "", body[:-2]))
    return parts
