"""Reading through gateways without trusting them: raw blocks, each hashed here.

A gateway is asked for one block at a time (`?format=raw`), so a lie shows at once and what is
missing is known by name. Three ends are told apart: every block came and hashes right; a block did
not come (yet: a fresh CID takes a while to be found); other bytes came than were asked for.
Sources: https://specs.ipfs.tech/http-gateways/trustless-gateway/ and
https://specs.ipfs.tech/routing/http-routing-v1/
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from nftforge.core.errors import (
    BadAnswerError,
    MismatchError,
    MissingError,
    PendingError,
    ServiceError,
    ServiceRefusedError,
)
from nftforge.core.limits import BLOCK_BYTES
from nftforge.ipfs.car import RAW_TYPE
from nftforge.ipfs.cid import Cid
from nftforge.ipfs.service import Answer, Service, describe

KEPT = 64  # blocks: a directory is read once for all its files
GIVEN_UP = 3  # time-outs and the like, after which a gateway is not asked again


class Gateway:
    """The blocks behind one gateway; `get` is a `dag.Get`, safe for several threads."""

    def __init__(self, service: Service) -> None:
        self.name = service.where
        self._service = service
        self._kept: OrderedDict[Cid, bytes] = OrderedDict()
        self._lock = threading.Lock()
        self._failures = 0
        self._why = ""

    def get(self, cid: Cid) -> bytes:
        """Raises PendingError (not there, no answer), MismatchError (other bytes)."""
        with self._lock:
            if cid in self._kept:
                return self._kept[cid]
            if self._failures >= GIVEN_UP:
                raise PendingError(f"{cid} was not asked for: {self._why}")
        block = self._fetch(cid)
        with self._lock:
            self._kept[cid] = block
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return block

    def _fetch(self, cid: Cid) -> bytes:
        def parse(answer: Answer) -> bytes:
            if len(answer.content) > BLOCK_BYTES or Cid.of(cid.codec, answer.content) != cid:
                raise MismatchError(
                    f"{self.name} answered {len(answer.content)} bytes that are not {cid}"
                    + (": an HTML page" if describe(answer.content) == "an HTML page" else "")
                )
            return answer.content

        try:
            return self._service.ask(
                "GET", f"/ipfs/{cid}", parse, params={"format": "raw"}, headers={"Accept": RAW_TYPE}
            )
        except ServiceRefusedError as refused:
            what = "does not have it" if refused.status in (404, 410) else "refuses it"
            raise PendingError(f"{self.name} {what} ({refused.status}): {cid}") from None
        except (ServiceError, MissingError) as error:  # it may want a key
            with self._lock:
                self._failures, self._why = self._failures + 1, error.fact
            raise PendingError(f"{error.fact}: {cid}") from None


def is_announced(routing: Service, cid: Cid) -> bool:
    """Whether anybody says in the network that they have it. Raises ServiceError."""

    def parse(answer: Answer) -> bool:
        found = answer.json()
        if not isinstance(found, dict):
            raise BadAnswerError("answered with JSON that lists no providers")
        return bool(found.get("Providers"))

    try:
        return routing.ask(
            "GET", f"/routing/v1/providers/{cid}", parse, headers={"Accept": "application/json"}
        )
    except ServiceRefusedError as refused:
        if refused.status == 404:
            return False
        raise
