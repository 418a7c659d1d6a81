"""One question to OpenSea's API over HTTP: patience, its limits, and what it says when it refuses.

Requests are counted there, fewer for free keys, and one too many is answered with 429 (or 599, by
the CDN before it) and Retry-After: that is waited, as long as the patience lasts. Its other header,
X-RateLimit-Reset, stands in every answer and means something in a 429 alone.

A lost answer is no outcome: before a request is sent again, `done` looks whether the first one took
effect. What is no JSON object counts as lost. No error repeats the key or the signature of an
order, whatever the answer quotes.

Sources: https://docs.opensea.io/reference/api-keys; npm @opensea/api-types 0.12.0
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from nftforge.core.errors import (
    BadAnswerError,
    ConfigError,
    GuardError,
    MissingError,
    ServiceError,
    ServiceRefusedError,
)
from nftforge.core.exchange import ACCEPT_ENCODING, Heard, in_words, whole_body, within
from nftforge.core.json_file import parse_json
from nftforge.core.loopback import is_this_machine
from nftforge.core.redaction import Redactor
from nftforge.core.retry import Attempt, Clock, Patience, Sleep, attempts, retry_after
from nftforge.core.urls import origin, without_secrets

API = "https://api.opensea.io"
PATIENCE = Patience(first_wait_s=1.0)
UNREACHABLE_S = 20.0  # patience with a host that cannot be reached at all
MAX_BYTES = 8 << 20  # of an answer: 200 orders have 1 MB
TRY_AGAIN = frozenset({408, 425, 429})  # and all from 500
SAID = 200  # characters of OpenSea's own words that are shown
LONG_HEX = re.compile(r"(0[xX])?[0-9a-fA-F]{100,}")  # a signature; hashes have 64 digits
KEY_HINT = (
    "set OPENSEA_API_KEY: free for a week by `curl -X POST https://api.opensea.io/api/v2/auth/keys`"
    ", or yours from opensea.io/settings/developer"
)
# what OpenSea says, in small letters -> what to do about it
EXPLAINED: Mapping[str, str] = {
    "currency consideration items": (
        "OpenSea takes 1 to 7 receivers of a price, fees and royalty included"
    ),
    "invalid zone": "the zone that OpenSea wants has changed: run again, it is read anew",
    "an open order type": "the zone that OpenSea wants has changed: run again, it is read anew",
    "should not include marketplace fees": "a listing for one buyer has no fee item for OpenSea",
    "fee has been provided": (
        "OpenSea's fee has changed, or the price does not divide: run again, fees are read anew"
    ),
    "fees are required": "OpenSea's fees have changed: run again, they are read anew",
    "encountered an exception": (
        "it gives no reason; known ones are times in milliseconds and an end after six months"
    ),
    "throttled": "OpenSea counts requests: run again later, or ask there for a better key",
}

T = TypeVar("T")
Json = Mapping[str, Any]


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Api:
    """`url` is OpenSea's; the key goes nowhere else. `clock`, `sleep`: of waiting; `now`: Unix
    seconds, for dates in Retry-After.

    Raises MissingError without a key, ConfigError or GuardError for an address that it should not
    be sent to.
    """

    def __init__(
        self,
        key: str,
        url: str = API,
        *,
        patience: Patience = PATIENCE,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
        now: Clock = time.time,
    ) -> None:
        if not key:
            raise MissingError("OpenSea answers nobody without a key", hint=KEY_HINT)
        if not re.fullmatch(r"[!-~]+", key):
            raise ConfigError("OPENSEA_API_KEY holds spaces, line ends or letters that no key has")
        _check_url(url)
        self.where = without_secrets(url)
        self._key, self._url = key, url.rstrip("/")
        self._redacted = Redactor({key: "<key>"})
        self._patience, self._clock, self._sleep, self._now = patience, clock, sleep, now
        self._client = self._new_client()

    def __repr__(self) -> str:
        return f"Api({self.where})"

    def ask(
        self,
        method: str,
        path: str,
        parse: Callable[[Json], T],
        *,
        params: Mapping[str, str] | None = None,
        body: Json | None = None,
        done: Callable[[float], T | None] = lambda deadline: None,
        deadline: float = math.inf,
    ) -> T:
        """What `parse` makes of the answer; it may raise BadAnswerError, which is asked again.

        Raises MissingError for the key, ServiceRefusedError, ServiceError. `done` is asked before
        another attempt, and given the clock's time to give up at; what it finds is returned.
        """
        for attempt in attempts(
            self._patience, deadline=deadline, clock=self._clock, sleep=self._sleep
        ):
            if attempt.number > 1 and (found := done(attempt.until)) is not None:
                return found
            try:
                answer = self._exchange(method, path, params, body)
                if answer.status not in TRY_AGAIN and answer.status < 500:
                    if answer.status >= 300:
                        raise self._refusal(answer)
                    return parse(_object(answer.body))
                trouble = f"answered {answer.status}{_in_brackets(self._said(answer.body))}"
                attempt.asked_s = self._asked(answer)
            except BadAnswerError as error:
                trouble = str(error)
            except httpx.ConnectError as error:
                trouble = f"cannot be reached: {self._clean(in_words(error))}"
                attempt.give_up_s = UNREACHABLE_S
            except (httpx.HTTPError, TimeoutError, OSError) as error:
                trouble = f"gave no answer: {self._clean(in_words(error))}"
        raise self._gave_up(trouble, attempt)

    # --- one attempt ------------------------------------------------------------------------------

    def _exchange(
        self, method: str, path: str, params: Mapping[str, str] | None, body: Json | None
    ) -> _Answer:
        client = self._client

        def work(heard: Heard) -> _Answer:
            with client.stream(method, path, params=params, json=body) as reply:
                packing = reply.headers.get("content-encoding")
                content = whole_body(reply.iter_raw(), packing, MAX_BYTES, heard)
                return _Answer(reply.status_code, reply.headers, content)

        try:
            return within(self._patience.stall_s, work, "opensea")
        except TimeoutError:
            self._client = self._new_client()  # the old one is still busy
            raise

    def _new_client(self) -> httpx.Client:
        return httpx.Client(
            base_url=self._url,
            headers={"x-api-key": self._key, "Accept-Encoding": ACCEPT_ENCODING},
            timeout=self._patience.stall_s,
            follow_redirects=False,  # a key does not go where an answer says
            trust_env=not is_this_machine(urlsplit(self._url).hostname or ""),
        )

    def _asked(self, answer: _Answer) -> float | None:
        """The seconds that OpenSea asks to wait."""
        headers = answer.headers
        if answer.status != 429:
            headers = {"retry-after": headers.get("retry-after", "")}
        return retry_after(headers, self._now())

    # --- what is said -----------------------------------------------------------------------------

    def _said(self, body: bytes) -> str:
        """OpenSea's own words, on one line; without secrets."""
        try:
            found = parse_json(body)
        except ValueError:
            return ""
        for name in ("errors", "detail", "message", "error"):
            if isinstance(found, dict) and found.get(name):
                found = found[name]
        parts = found if isinstance(found, list) else [found]
        texts = [part if isinstance(part, str) else json.dumps(part) for part in parts]
        return self._clean("; ".join(texts))

    def _clean(self, text: str) -> str:
        """Cleaned before it is cut: half a key would not be known."""
        text = LONG_HEX.sub("<hex>", self._redacted(text))
        line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        return line if len(line) <= SAID else line[:SAID] + "…"

    def _refusal(self, answer: _Answer) -> ServiceError | MissingError:
        said = self._said(answer.body)
        fact = f"OpenSea ({self.where}) refused: {answer.status}{_in_brackets(said)}"
        if answer.status in (401, 403):
            return MissingError(
                f"{fact}; the key in OPENSEA_API_KEY is wrong, or over", hint=KEY_HINT
            )
        hints = [hint for words, hint in EXPLAINED.items() if words in said.lower()]
        return ServiceRefusedError(fact, answer.status, said, hint=hints[0] if hints else "")

    def _gave_up(self, trouble: str, attempt: Attempt) -> ServiceError:
        tries = "once" if attempt.number == 1 else f"{attempt.number} times"
        asks = f" and asks to wait {attempt.asked_s:.0f} s" if attempt.asked_s else ""
        return ServiceError(
            f"OpenSea ({self.where}) {trouble}{asks}; tried {tries}",
            hint="what is done is kept: run the same command again to go on",
        )


def _check_url(url: str) -> None:
    """Raises ConfigError, and GuardError where the key could be read on its way."""
    if origin(url) is None:
        raise ConfigError("OpenSea's address begins with https:// and names a host")
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_this_machine(parts.hostname or ""):
        raise GuardError(f"OpenSea's key is not sent unencrypted to {without_secrets(url)}")


def _object(body: bytes) -> Json:
    """Raises BadAnswerError."""
    try:
        found = parse_json(body)
    except ValueError:
        raise BadAnswerError("answered with something else than JSON, or half of it") from None
    if not isinstance(found, dict):
        raise BadAnswerError("answered with JSON that is no object")
    return found


def _in_brackets(said: str) -> str:
    return f" ({said})" if said else ""
