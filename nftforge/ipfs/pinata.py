"""Pinata: uploads through its v3 API, and what is there already found by CID.

    POST uploads /v3/files              a file (multipart); over 100 MB in pieces (TUS), resumable
    POST uploads /v3/files, car=true    a CAR, where the profile is not the one Pinata chunks by
    POST api     /pinning/pinFileToIPFS a folder: v3 takes none
    GET  api     /v3/files/public       what is there;  /data/pinList for folders
    POST uploads /v3/files/sign         asked for only to prove that the key may upload

`network` is always said: left out, a file is private and no gateway shows it. A key's
`testAuthentication` proves nothing: it answers 200 to a key without scopes.
Sources: https://docs.pinata.cloud/files/uploading-files, https://docs.pinata.cloud/api-reference,
https://docs.pinata.cloud/account-management/limits
"""

from __future__ import annotations

import base64
import json
import math
import mimetypes
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nftforge.core.errors import BadAnswerError, MissingError, ServiceError, ServiceRefusedError
from nftforge.ipfs.backend import Pinnable, PinState, car_of, compare, files_in
from nftforge.ipfs.car import CAR_TYPE
from nftforge.ipfs.cid import DAG_PB, Cid
from nftforge.ipfs.progress import ProgressCallback, Upload
from nftforge.ipfs.service import Answer, Service
from nftforge.ipfs.tus import Tus
from nftforge.ipfs.unixfs import PROFILES, Profile, import_path

PER_MINUTE = {"free": 60, "picnic": 250, "fiesta": 500}  # requests, by plan
MAX_UPLOAD = 25 * 10**9  # bytes of one file or folder
MAX_FOLDER_FILES = 30_000
RESUMABLE_FROM = 100 * 10**6  # bytes; larger files must come in pieces
PIECE = 32 << 20  # bytes; must be under 50 MB
FEW = 8  # CIDs looked up one by one; above it, the listing is read
PAGE, PAGES = 1000, 50  # files in a page of the listing; pages read before asking one by one


@dataclass(frozen=True)
class PinataOptions:
    """What uploads carry along."""

    plan: str | None = None  # a key of PER_MINUTE
    group: str | None = None  # a group's id
    keyvalues: Mapping[str, str] = field(default_factory=dict)
    resumable_from: int = RESUMABLE_FROM
    piece: int = PIECE


class PinataBackend:
    """Pins at Pinata: `service` is its API, `uploads` the address that takes files.

    `folder` remembers uploads under way; `expires` is when the key does (Unix seconds).
    """

    name = "pinata"
    parallel = 4

    def __init__(
        self,
        service: Service,
        uploads: str,
        profile: Profile,
        folder: Path,
        options: PinataOptions = PinataOptions(),
        expires: float | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.where = service.where
        self._service, self._uploads = service, uploads.rstrip("/")
        self._profile, self._options = profile, options
        self._folder, self._expires, self._now = folder, expires, now
        self._tus = Tus(service, f"{self._uploads}/v3/files", options.piece)

    def prove(self) -> None:
        if self._expires is not None and self._expires <= self._now():
            day = time.strftime("%Y-%m-%d", time.gmtime(self._expires))
            raise MissingError(f"the key in PINATA_JWT expired on {day}", hint=NEW_KEY)
        sign = {"date": int(self._now()), "expires": 30, "filename": "nftforge-proof"}
        self._may("read", "GET", "/v3/files/public", _page, params={"limit": 1})
        self._may(
            "write", "POST", f"{self._uploads}/v3/files/sign", _data,
            body=lambda on_progress: {"json": sign},
        )  # fmt: skip

    def _may(self, scope: str, *request: Any, **options: Any) -> None:
        try:
            self._service.ask(*request, **options)
        except ServiceRefusedError as refused:
            if refused.status != 403:
                raise
            raise MissingError(
                f"the key in PINATA_JWT may not {scope} files: {refused.said}",
                hint=f"{NEW_KEY} with the scope org:files:{scope}",
            ) from None

    def states(self, cids: Sequence[Cid]) -> dict[Cid, PinState]:
        if len(cids) > FEW:
            held, complete = self._listing(set(cids))
        else:
            held, complete = set(), False
        unknown = () if complete else [cid for cid in cids if cid not in held]
        held |= {cid for cid in unknown if self._is_here(cid)}
        return {cid: PinState.PINNED if cid in held else PinState.ABSENT for cid in cids}

    def to_send(self, item: Pinnable) -> int:
        return item.entry.size

    def problems(self, items: Sequence[Pinnable]) -> list[str]:
        found = []
        for item in items:
            size, folder = item.entry.size, item.path.is_dir()
            if size > MAX_UPLOAD:
                found.append(
                    f"{item.name} has {size} bytes, at most {MAX_UPLOAD} go into one upload"
                )
            if folder and (count := sum(1 for _ in files_in(item.path))) > MAX_FOLDER_FILES:
                found.append(f"{item.name} has {count} files, a folder takes {MAX_FOLDER_FILES}")
            if self._profile.name != "kubo-v1" and not folder and self._goes_as_car(item):
                if self._options.plan == "free":
                    found.append(f"{item.name} needs a CAR upload, which the free plan has not")
                if size > self._options.resumable_from:
                    found.append(f"{item.name} has {size} bytes, too many for a CAR upload")
        return found

    def pin(self, item: Pinnable, on_bytes: ProgressCallback) -> PinState:
        if item.path.is_dir():
            answer = self._send_folder(item, on_bytes)
        elif self._profile.name != "kubo-v1" and self._goes_as_car(item):
            with car_of(item, self._profile) as car:
                answer = self._send_file(item, on_bytes, car)
        elif item.entry.size > self._options.resumable_from:
            answer = self._send_in_pieces(item, on_bytes)
        else:
            answer = self._send_file(item, on_bytes)
        if answer == PENDING:
            return PinState.PENDING
        compare(self.name, item, answer)
        return PinState.PINNED

    # --- what is there --------------------------------------------------------------------------

    def _is_here(self, cid: Cid, deadline: float = math.inf) -> bool:
        params = {"cid": str(cid), "limit": 1}
        files, _ = self._service.ask(
            "GET", "/v3/files/public", _page, params=params, deadline=deadline
        )
        if cid in files:
            return True
        if cid.codec != DAG_PB:
            return False
        params = {"cid": str(cid), "status": "pinned", "pageLimit": 1}
        return cid in self._service.ask(
            "GET", "/data/pinList", _legacy_page, params=params, deadline=deadline
        )

    def _listing(self, wanted: set[Cid]) -> tuple[set[Cid], bool]:
        """Which of `wanted` the account has, a page at a time; and whether it was read to its end.

        Folders stand in a listing of their own.
        """
        held: set[Cid] = set()
        token = ""
        for _ in range(PAGES):
            params = {"limit": PAGE, "order": "DESC"} | ({"pageToken": token} if token else {})
            files, token = self._service.ask("GET", "/v3/files/public", _page, params=params)
            held |= files & wanted
            if not token or not files:
                break
        else:
            return held, held == wanted
        for page in range(PAGES):
            if all(cid in held or cid.codec != DAG_PB for cid in wanted):
                break
            query = {"status": "pinned", "pageLimit": PAGE, "pageOffset": page * PAGE}
            pins = self._service.ask("GET", "/data/pinList", _legacy_page, params=query)
            held |= pins & wanted
            if not pins:
                break
        else:
            return held, False
        return held, True

    # --- sending --------------------------------------------------------------------------------

    def _send_file(
        self, item: Pinnable, on_bytes: ProgressCallback, car: Path | None = None
    ) -> str:
        fields = {"network": "public", "name": item.name, "cid_version": "v1", **self._labels()}
        if car:
            fields["car"] = "true"
        path = car or item.path
        kind = CAR_TYPE if car else _kind(item.path)

        def body(on_progress: ProgressCallback) -> dict[str, Any]:
            return {"data": fields, "files": {"file": (path.name, Upload(path, on_progress), kind)}}

        return self._ask(f"{self._uploads}/v3/files", _cid_of_upload, item, body, on_bytes)

    def _labels(self) -> dict[str, str]:
        labels = {}
        if self._options.group:
            labels["group_id"] = self._options.group
        if self._options.keyvalues:
            labels["keyvalues"] = json.dumps(dict(self._options.keyvalues))
        return labels

    def _send_folder(self, item: Pinnable, on_bytes: ProgressCallback) -> str:
        options: dict[str, Any] = {"cidVersion": 1}
        if self._options.group:
            options["groupId"] = self._options.group
        about = {"name": item.name, "keyvalues": dict(self._options.keyvalues)}
        fields = {"pinataMetadata": json.dumps(about), "pinataOptions": json.dumps(options)}
        folder = item.name.replace("/", "-")

        def body(on_progress: ProgressCallback) -> dict[str, Any]:
            parts = [
                (f"{folder}/{path.relative_to(item.path).as_posix()}", path)
                for path in files_in(item.path)
            ]
            return {
                "data": fields,
                "files": [
                    ("file", (name, Upload(path, on_progress), _kind(path))) for name, path in parts
                ],
            }

        return self._ask("/pinning/pinFileToIPFS", _cid_of_legacy, item, body, on_bytes)

    def _ask(
        self,
        path: str,
        parse: Callable[[Answer], str],
        item: Pinnable,
        body: Callable[[ProgressCallback], dict[str, Any]],
        on_bytes: ProgressCallback,
    ) -> str:
        """The CID answered; ours where an answer was lost and the upload turns out to be there."""

        def done(deadline: float) -> str | None:
            return str(item.entry.cid) if self._is_here(item.entry.cid, deadline) else None

        try:
            return self._service.ask(
                "POST", path, parse, body=body, on_progress=on_bytes, done=done
            )
        except ServiceRefusedError as refused:
            raise self._explained(refused) from None

    def _explained(self, refused: ServiceRefusedError) -> ServiceError:
        said = refused.said.lower()
        if refused.status == 402 or any(word in said for word in ("limit", "quota", "usage")):
            return ServiceError(
                f"pinata takes no more: {refused.said or refused.status}",
                hint="raise the plan or unpin something there, then run again to go on",
            )
        return refused

    def _goes_as_car(self, item: Pinnable) -> bool:
        return import_path(item.path, PROFILES["kubo-v1"]).cid != item.entry.cid

    def _send_in_pieces(self, item: Pinnable, on_bytes: ProgressCallback) -> str:
        about = {"filename": item.name, "filetype": _kind(item.path), "network": "public"}
        about |= self._labels()
        note = self._folder / f"pinata-{item.entry.cid}.json"
        try:
            last = self._tus.send(item.path, item.entry.size, about, note, on_bytes)
        except ServiceRefusedError as refused:
            raise self._explained(refused) from None
        answer = last.get("upload-cid", "")
        if not answer and not self._is_here(item.entry.cid):
            return PENDING  # all of it arrived; the answer with the CID was lost
        note.unlink(missing_ok=True)
        return answer or str(item.entry.cid)


NEW_KEY = "make a new one at app.pinata.cloud/developers/api-keys"
PRIVATE = "delete it at app.pinata.cloud and report this: it was sent as public"
PENDING = "pending"  # what the listing and uploads show where a CID is still being worked out


def key_expiry(jwt: str) -> float | None:
    """When a JWT expires (Unix seconds), if it says so; its signature is not looked at."""
    try:
        body = jwt.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return float(claims["exp"])
    except (IndexError, ValueError, KeyError, TypeError):
        return None


def _data(answer: Answer) -> Any:
    found = answer.json()
    if not isinstance(found, dict) or not found.get("data"):
        raise BadAnswerError("answered with JSON that has no data")
    return found["data"]


def _cid_of_upload(answer: Answer) -> str:
    data = _data(answer)
    if not isinstance(data, dict) or not isinstance(data.get("cid"), str):
        raise BadAnswerError("answered with JSON that has no CID")
    if data.get("network", "public") != "public":
        raise ServiceError("pinata stored the file as private: no gateway shows it", hint=PRIVATE)
    return str(data["cid"])


def _cid_of_legacy(answer: Answer) -> str:
    found = answer.json()
    if not isinstance(found, dict) or not isinstance(found.get("IpfsHash"), str):
        raise BadAnswerError("answered with JSON that has no IpfsHash")
    return str(found["IpfsHash"])


def _page(answer: Answer) -> tuple[set[Cid], str]:
    """The CIDs of one page of the listing, and the token of the next."""
    data = _data(answer)
    if not isinstance(data, dict) or not isinstance(data.get("files", []), list | None):
        raise BadAnswerError("answered with JSON that lists no files")
    rows = data.get("files") or []
    return _cids(rows, "cid"), str(data.get("next_page_token") or "")


def _legacy_page(answer: Answer) -> set[Cid]:
    found = answer.json()
    if not isinstance(found, dict) or not isinstance(found.get("rows"), list):
        raise BadAnswerError("answered with JSON that lists no pins")
    return _cids(found["rows"], "ipfs_pin_hash")


def _cids(rows: Sequence[Any], key: str) -> set[Cid]:
    return {
        cid
        for row in rows
        if isinstance(row, dict) and (cid := Cid.parse_or_none(str(row.get(key)))) is not None
    }


def _kind(path: Path) -> str:
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"
