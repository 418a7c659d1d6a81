"""Any service that speaks the vendor-neutral pinning API: it fetches what others already hold.

    GET  /pins?cid=a,b     what it has been asked for, and how far each has come
    POST /pins             {"cid", "name", "origins", "meta"}: asks for a CID
    POST /pins/{id}        asks anew, where it failed

Nothing is uploaded: the service finds the content in the network, so somebody (a Kubo node, another
service) must hold it. That takes time: queued and pinning are `PENDING`, and no failure.
Source: https://ipfs.github.io/pinning-services-api-spec/
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nftforge.core.errors import BadAnswerError, ServiceError, ServiceRefusedError
from nftforge.ipfs.backend import Pinnable, PinState, compare
from nftforge.ipfs.cid import Cid
from nftforge.ipfs.progress import ProgressCallback
from nftforge.ipfs.service import Answer, Service

AT_ONCE = 10  # CIDs in one question, which the API allows
EVERY = "queued,pinning,pinned,failed"
STATES = {"queued": PinState.PENDING, "pinning": PinState.PENDING, "pinned": PinState.PINNED}


@dataclass(frozen=True)
class Request:
    """One pin request, as the service tells it."""

    id: str
    status: str
    cid: str
    why: str  # what it says of a failure


class PinningServiceBackend:
    """Pins at `service`. `origins` are multiaddresses of who holds the content."""

    parallel = 4

    def __init__(self, service: Service, origins: Sequence[str] = ()) -> None:
        self.name = service.name
        self.where = service.where
        self._service, self._origins = service, list(origins)

    def prove(self) -> None:
        """Raises MissingError or ServiceRefusedError (a key that may not list), ServiceError."""
        self._service.ask("GET", "/pins", _requests, params={"limit": 1})

    def states(self, cids: Sequence[Cid]) -> dict[Cid, PinState]:
        found: dict[Cid, PinState] = {}
        for start in range(0, len(cids), AT_ONCE):
            some = cids[start : start + AT_ONCE]
            requests = self._requests(some)
            for cid in some:
                known = [STATES.get(request.status) for request in requests.get(cid, [])]
                pinned = PinState.PINNED in known
                pending = PinState.PENDING in known
                found[cid] = (
                    PinState.PINNED if pinned else PinState.PENDING if pending else PinState.ABSENT
                )
        return found

    def to_send(self, item: Pinnable) -> int:
        return 0

    def problems(self, items: Sequence[Pinnable]) -> list[str]:
        return []

    def pin(self, item: Pinnable, on_bytes: ProgressCallback) -> PinState:
        """Ask for it; PENDING unless the service has it already.

        Raises ServiceError if the service says that it failed.
        """
        request = self._ask_for(item)
        compare(self.name, item, request.cid)
        if request.status not in STATES:
            raise ServiceError(
                f"{self.name} ({self.where}) could not pin {item.name} ({item.entry.cid})"
                + (f": {request.why}" if request.why else ""),
                hint="it must find the content somewhere: pin to a node or another service too",
            )
        on_bytes(item.entry.size)
        return STATES[request.status]

    def _ask_for(self, item: Pinnable) -> Request:
        wanted: dict[str, Any] = {"cid": str(item.entry.cid), "name": item.name}
        if self._origins:
            wanted["origins"] = self._origins
        earlier = self._requests([item.entry.cid]).get(item.entry.cid, [])
        live = [request for request in earlier if request.status in STATES]
        if live:
            return live[0]
        path = f"/pins/{earlier[0].id}" if earlier else "/pins"

        def done(deadline: float) -> Request | None:
            found = self._requests([item.entry.cid], deadline).get(item.entry.cid, [])
            return next((request for request in found if request.status in STATES), None)

        try:
            return self._service.ask(
                "POST", path, _request, body=lambda on_progress: {"json": wanted}, done=done
            )
        except ServiceRefusedError as refused:  # some answer 409 to what they have
            if refused.status == 409 and (found := done(math.inf)):
                return found
            raise

    def _requests(
        self, cids: Sequence[Cid], deadline: float = math.inf
    ) -> dict[Cid, list[Request]]:
        params = {"cid": ",".join(map(str, cids)), "status": EVERY, "limit": 1000}
        found: dict[Cid, list[Request]] = {}
        for request in self._service.ask(
            "GET", "/pins", _requests, params=params, deadline=deadline
        ):
            if (cid := Cid.parse_or_none(request.cid)) is not None:
                found.setdefault(cid, []).append(request)
        return found


def _requests(answer: Answer) -> list[Request]:
    found = answer.json()
    if not isinstance(found, dict) or not isinstance(found.get("results"), list):
        raise BadAnswerError("answered with JSON that lists no pins")
    return [_parse(row) for row in found["results"]]


def _request(answer: Answer) -> Request:
    return _parse(answer.json())


def _parse(row: Any) -> Request:
    try:
        info = row.get("info") or {}
        why = str(info.get("status_details") or info.get("error") or "")
        return Request(str(row["requestid"]), str(row["status"]), str(row["pin"]["cid"]), why)
    except (KeyError, TypeError, AttributeError):
        raise BadAnswerError("answered with JSON that is no pin request") from None
