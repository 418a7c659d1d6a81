"""A Kubo node, or what speaks its RPC (Filebase, js-ipfs, IPFS Cluster's proxy).

    POST /api/v0/version                what proves that it is there and lets us in
    POST /api/v0/pin/ls                 what it holds
    POST /api/v0/add                    a file, which it chunks and hashes itself
    POST /api/v0/dag/import             our CAR: folders, and CIDs it would make otherwise

Everything a CID depends on is said explicitly, for a node's own settings may differ. Answers are
JSON lines, and an error may come in the last of them, after a 200. A command that fails is a 500
with a `Message`; a 500 without one is a fault on the way and tried again. Folders go as a CAR:
js-ipfs loses files with names of one letter, and none shards exactly alike.
Source: https://docs.ipfs.tech/reference/kubo/rpc/
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nftforge.core.errors import BadAnswerError, ServiceRefusedError
from nftforge.ipfs.backend import Pinnable, PinState, car_of, compare
from nftforge.ipfs.car import CAR_TYPE
from nftforge.ipfs.cid import Cid
from nftforge.ipfs.progress import ProgressCallback, Upload
from nftforge.ipfs.service import Answer, Body, Service, said_by
from nftforge.ipfs.unixfs import Profile

API = "/api/v0"
FEW = 50  # CIDs looked up one by one; above it, the whole list is fetched


class KuboBackend:
    """Pins at the node behind `service`."""

    parallel = 4

    def __init__(self, service: Service, profile: Profile) -> None:
        self.name = service.name
        self.where = service.where
        self._service = service
        self._profile = profile

    def prove(self) -> None:
        """Raises ServiceError (no node there), MissingError or ServiceRefusedError (not let in)."""
        self._service.ask("POST", f"{API}/version", _version, refuses=_is_message)

    def states(self, cids: Sequence[Cid]) -> dict[Cid, PinState]:
        """PINNED or ABSENT: only what was pinned recursively counts."""
        few = len(cids) <= FEW
        held = {cid for cid in cids if self._is_pinned(cid)} if few else self._pins()
        return {cid: PinState.PINNED if cid in held else PinState.ABSENT for cid in cids}

    def to_send(self, item: Pinnable) -> int:
        return item.entry.size

    def problems(self, items: Sequence[Pinnable]) -> list[str]:
        return []

    def pin(self, item: Pinnable, on_bytes: ProgressCallback) -> PinState:
        if item.path.is_dir() or self._profile.name != "kubo-v1":
            self._import(item, on_bytes)
        else:
            self._add(item, on_bytes)
        return PinState.PINNED

    def _add(self, item: Pinnable, on_bytes: ProgressCallback) -> None:
        params: dict[str, str | int] = {
            "cid-version": 1,
            "raw-leaves": "true",
            "chunker": f"size-{self._profile.chunk_size}",
            "hash": "sha2-256",
            "trickle": "false",
            "wrap-with-directory": "false",
            "pin": "true",
            "cid-base": "base32",
        }

        def body(on_progress: ProgressCallback) -> dict[str, Any]:
            return {"files": {"file": (item.path.name, Upload(item.path, on_progress))}}

        def parse(answer: Answer) -> str:
            rows = [row for row in _rows(answer) if isinstance(row.get("Hash"), str)]
            if not rows:
                raise BadAnswerError("answered without a CID")
            return str(rows[-1]["Hash"])

        compare(self.name, item, self._send("add", params, item, body, parse, on_bytes))

    def _import(self, item: Pinnable, on_bytes: ProgressCallback) -> None:
        with car_of(item, self._profile) as car:

            def body(on_progress: ProgressCallback) -> dict[str, Any]:
                return {"files": {"file": (car.name, Upload(car, on_progress), CAR_TYPE)}}

            def parse(answer: Answer) -> str:
                for row in _rows(answer):
                    root = row.get("Root")
                    if isinstance(root, dict) and isinstance(root.get("Cid"), dict):
                        if complaint := root.get("PinErrorMsg"):
                            raise BadAnswerError(f"could not pin the root: {complaint}")
                        return str(root["Cid"].get("/"))
                raise BadAnswerError("answered without a root")

            params = {"pin-roots": "true", "cid-base": "base32"}
            compare(self.name, item, self._send("dag/import", params, item, body, parse, on_bytes))

    def _send(
        self,
        command: str,
        params: Mapping[str, str | int],
        item: Pinnable,
        body: Body,
        parse: Callable[[Answer], str],
        on_bytes: ProgressCallback,
    ) -> str:
        """The CID the node answers, or ours where a lost answer turns out to have worked."""
        cid = item.entry.cid

        def done(deadline: float) -> str | None:
            return str(cid) if self._is_pinned(cid, deadline) else None

        return self._service.ask(
            "POST", f"{API}/{command}", parse, params=params, body=body, on_progress=on_bytes,
            done=done, refuses=_is_message,
        )  # fmt: skip

    def _is_pinned(self, cid: Cid, deadline: float = math.inf) -> bool:
        params = {"arg": str(cid), "type": "recursive", "cid-base": "base32"}
        try:
            held = self._service.ask(
                "POST", f"{API}/pin/ls", _keys, params=params, refuses=_is_message,
                deadline=deadline,
            )  # fmt: skip
        except ServiceRefusedError as refused:
            if "not pinned" in refused.said:
                return False
            raise
        return cid in held

    def _pins(self) -> set[Cid]:
        params = {"type": "recursive", "cid-base": "base32"}
        return self._service.ask("POST", f"{API}/pin/ls", _keys, params=params)


def _version(answer: Answer) -> str:
    version = answer.json()
    if not isinstance(version, dict) or "Version" not in version:
        raise BadAnswerError("is no IPFS node: it does not tell its version")
    return str(version["Version"])


def _keys(answer: Answer) -> set[Cid]:
    """CIDs of `pin/ls`: one object with Keys, or a line for each Cid."""
    found: set[Cid] = set()
    for row in _rows(answer):
        if row and not {"Keys", "Cid"} & row.keys():  # Kubo leaves an empty Keys out
            raise BadAnswerError("answered with JSON that lists no pins")
        keys = row.get("Keys")
        for text in keys if isinstance(keys, dict) else [row.get("Cid", "")]:
            if (cid := Cid.parse_or_none(str(text))) is not None:
                found.add(cid)
    return found


def _rows(answer: Answer) -> list[dict[str, Any]]:
    """The JSON lines of an answer. Raises BadAnswerError, also for an error in the last line."""
    rows = []
    for line in answer.content.splitlines():
        if line.strip():
            row = replace(answer, content=line).json()
            if not isinstance(row, dict):
                raise BadAnswerError("answered with JSON that is no Kubo answer")
            if row.get("Type") == "error" and "Message" in row:
                raise BadAnswerError(f"failed half-way: {said_by(line, answer.clean)}")
            rows.append(row)
    if not rows:
        raise BadAnswerError("answered with nothing")
    return rows


def _is_message(answer: Answer) -> bool:
    """Whether a 500 is Kubo's own: a command that failed, with its reason."""
    try:
        said = json.loads(answer.content)
    except (ValueError, RecursionError):
        return False
    return answer.status == 500 and isinstance(said, dict) and "Message" in said
