"""One web service over HTTP: patience, retries, and errors that say what happened.

`ask` sends a request until it is answered or its patience is over (`retry`). A lost answer is no
outcome: before a request is sent again, `done` looks whether the first one took effect. An answer
that is not what the API promises (HTML, half a JSON) counts as lost.

Unusual: a request runs in a thread of its own, for no timeout of a blocking HTTP library ends an
answer that trickles in; here one that makes no progress for `stall_s` is left behind. No error
carries a secret or the URL's user and password.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import TimeoutError as NotYetError
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from nftforge.core.errors import (
    BadAnswerError,
    GuardError,
    MissingError,
    ServiceError,
    ServiceRefusedError,
)
from nftforge.core.exchange import ACCEPT_ENCODING, in_background, in_words, whole_body
from nftforge.core.loopback import is_this_machine
from nftforge.core.redaction import Redactor
from nftforge.core.retry import Attempt, Clock, Patience, Sleep, attempts, retry_after
from nftforge.core.urls import origin, secret_parts, without_secrets
from nftforge.ipfs import redirects
from nftforge.ipfs.progress import ProgressCallback, no_progress

T = TypeVar("T")

TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
UNREACHABLE_S = 20.0  # patience with a host that cannot be reached at all: often a wrong name
PATIENCE = Patience()
TICK_S = 0.1  # how often a waiting thread looks whether it should stop
MAX_ANSWER = 32 << 20  # bytes
GO_ON = "what is done is kept: run the same command again to go on"
SAID = 200  # characters of a service's own words that are shown


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    content: bytes
    clean: Callable[[str], str] = str  # takes the service's secrets out of what is quoted

    def json(self) -> Any:
        """Raises BadAnswerError."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            raise BadAnswerError(
                f"answered with {describe(self.content, self.clean)}, not JSON"
            ) from None


Body = Callable[[ProgressCallback], Mapping[str, Any]]
"""Makes httpx's `data`, `files`, `content` or `json` for one attempt."""


def nothing() -> None:
    """For when there is nothing to look at."""


def no_body(on_progress: ProgressCallback) -> Mapping[str, Any]:
    """A `Body` for requests without one."""
    return {}


class Service:
    """`name` stands in errors; `url` may hold a user and password, which are sent but never shown.

    `secret` goes out as a bearer token, to the host of `url` and those of `also` alone. `tick` is
    called while waiting and may raise to stop. Redirects are followed only if `follow`, for then a
    secret could go astray; and never to an address that only this machine can reach (`redirects`).
    """

    def __init__(
        self,
        name: str,
        url: str,
        *,
        secret: str = "",
        also: Sequence[str] = (),
        key_hint: str = "",
        away_hint: str = "is this machine online, and the address right?",
        patience: Patience = PATIENCE,
        per_minute: float | None = None,
        follow: bool = False,
        tick: Callable[[], None] = nothing,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
        now: Clock = time.time,
    ) -> None:
        self.name = name
        self.where = without_secrets(url)
        self._key_hint, self._away_hint = key_hint, away_hint
        self._follow = follow
        self._origins = {origin(each) for each in (url, *also)}
        secrets = {secret, *secret_parts(url)} - {""}
        self._has_secret = bool(secrets)
        self.clean = Redactor(dict.fromkeys(secrets, "***"))  # takes them out of a text
        self._patience = patience
        self._pace_s = 61.0 / per_minute if per_minute else 0.0  # a little slower than allowed
        self._next_slot = 0.0
        self._lock = threading.Lock()
        self._tick, self._clock, self._sleep, self._now = tick, clock, sleep, now
        timeout = httpx.Timeout(patience.stall_s, connect=min(patience.stall_s, UNREACHABLE_S))
        self._client = httpx.Client(
            base_url=url.rstrip("/"),
            headers={"Accept-Encoding": ACCEPT_ENCODING}
            | ({"Authorization": f"Bearer {secret}"} if secret else {}),
            timeout=timeout,
            http2=True,
            follow_redirects=False,
            trust_env=not is_this_machine(urlsplit(url).hostname or ""),  # no proxy to this machine
        )

    def ask(
        self,
        method: str,
        path: str,
        parse: Callable[[Answer], T],
        *,
        params: Any = None,
        headers: Mapping[str, str] | None = None,
        body: Body = no_body,
        on_progress: ProgressCallback = no_progress,
        done: Callable[[float], T | None] = lambda deadline: None,
        refuses: Callable[[Answer], bool] = lambda answer: False,
        deadline: float = math.inf,
    ) -> T:
        """What `parse` makes of the answer to `path`, which may be a whole URL.

        Raises ServiceRefusedError, ServiceError, MissingError (the key), GuardError (a URL on a
        host that this service's secret is not for); nothing else, whatever is answered.

        `refuses` says of a 500 that it is an answer after all, as Kubo gives. `done` is asked
        before another attempt and given the clock's time to give up at, for requests of its own;
        what it finds is returned.
        """
        if "://" in path and origin(path) is None:
            raise ServiceError(f"{self.name} leads to {without_secrets(path)}, which is no address")
        if self._has_secret and "://" in path and origin(path) not in self._origins:
            raise GuardError(f"{self.name}: the key is not sent to {without_secrets(path)}")
        for attempt in attempts(
            self._patience,
            deadline=deadline,
            clock=self._clock,
            sleep=lambda seconds: self._wait(seconds, on_progress),
        ):
            if attempt.number > 1 and (found := done(attempt.until)) is not None:
                return found
            sent, hint = _Sent(on_progress), GO_ON
            try:
                self._keep_pace()
                answer = self._send(method, path, params, headers, body, sent)
                if answer.status not in TRY_AGAIN or refuses(answer):
                    if answer.status >= 300:
                        raise self._refusal(answer, path)
                    return parse(answer)
                trouble = f"answered {answer.status}{_quoted(self._said(answer))}"
                attempt.asked_s = retry_after(answer.headers, self._now())
            except BadAnswerError as error:
                trouble = self.clean(str(error))
            except httpx.RequestError as error:
                trouble = self.clean(_in_words(error))
                if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
                    if "SSL" in trouble:
                        raise self._gave_up(path, trouble, attempt) from None
                    attempt.give_up_s = UNREACHABLE_S
                    hint = f"{self._away_hint} {GO_ON}"
            sent.take_back()
        raise self._gave_up(path, trouble, attempt, hint)

    # --- one attempt ----------------------------------------------------------------------------

    def _send(
        self,
        method: str,
        path: str,
        params: Any,
        headers: Mapping[str, str] | None,
        body: Body,
        sent: _Sent,
    ) -> Answer:
        sent.stamp = time.monotonic()
        result = in_background(  # raises too what `on_progress` raised to stop us
            lambda: self._answer(method, path, params, headers, body, sent), self.name
        )
        while True:
            try:
                return result.result(TICK_S)
            except NotYetError:
                if result.done():
                    return result.result()
            self._tick()
            sent(0)
            if time.monotonic() - sent.stamp > self._patience.stall_s:
                raise httpx.ReadTimeout(f"no whole answer in {self._patience.stall_s:.0f} s")

    def _answer(
        self,
        method: str,
        path: str,
        params: Any,
        headers: Mapping[str, str] | None,
        body: Body,
        sent: _Sent,
    ) -> Answer:
        for _ in range(1 + redirects.AT_MOST):
            with self._client.stream(
                method, path, params=params, headers=headers, **body(sent)
            ) as response:
                if not self._follow or response.next_request is None:
                    return _read(response, self.clean)
                target = response.next_request.url
                if why := redirects.refusal(self._client.base_url, target):
                    raise ServiceError(
                        f"{self.name} ({self.where}) leads to {without_secrets(str(target))}, "
                        f"{why}; it was not asked"
                    )
                path, params = str(target), None
        raise BadAnswerError(f"led on more than {redirects.AT_MOST} times")

    # --- waiting --------------------------------------------------------------------------------

    def _wait(self, seconds: float, on_progress: ProgressCallback) -> None:
        while seconds > 0:
            self._tick()
            on_progress(0)
            self._sleep(min(seconds, TICK_S))
            seconds -= TICK_S

    def _keep_pace(self) -> None:
        if self._pace_s:
            with self._lock:
                slot = max(self._next_slot, self._clock())
                self._next_slot = slot + self._pace_s
            self._wait(slot - self._clock(), no_progress)

    # --- what is said ---------------------------------------------------------------------------

    def _refusal(self, answer: Answer, path: str) -> ServiceError | MissingError:
        said = self._said(answer)
        if 300 <= answer.status < 400:
            said = f"it is at {without_secrets(answer.headers.get('location', ''))} now"
        fact = f"{self._at(path)} refused: {answer.status}{_quoted(said)}"
        if answer.status == 401:
            return MissingError(fact, hint=self._key_hint)
        return ServiceRefusedError(fact, answer.status, said, hint=self._key_hint)

    def _gave_up(
        self, path: str, trouble: str, attempt: Attempt, hint: str = GO_ON
    ) -> ServiceError:
        tries = "once" if attempt.number == 1 else f"{attempt.number} times"
        wait = attempt.wait_s
        asks = f" and asks to wait {wait:.0f} s" if wait > self._patience.give_up_s else ""
        return ServiceError(f"{self._at(path)} {trouble}{asks}; tried {tries}", hint=hint)

    def _at(self, path: str) -> str:
        return f"{self.name} ({without_secrets(path) if '://' in path else self.where})"

    def _said(self, answer: Answer) -> str:
        return said_by(answer.content, self.clean)


class _Sent:
    """Counts what an attempt sends, and when it last did."""

    def __init__(self, on_progress: ProgressCallback) -> None:
        self._on_progress = on_progress
        self._bytes = 0
        self._over = False
        self.stamp = 0.0

    def __call__(self, count: int) -> None:
        if self._over:
            raise BadAnswerError("this attempt was given up")
        if count:
            self.stamp = time.monotonic()
            self._bytes += count
        self._on_progress(count)

    def take_back(self) -> None:
        """The attempt failed: its bytes are to be sent again, its thread (if it lives) ends."""
        self._over = True
        self._on_progress(-self._bytes)


def _read(response: httpx.Response, clean: Callable[[str], str]) -> Answer:
    """Raises BadAnswerError, as soon as it is too much."""
    packing = response.headers.get("content-encoding")
    content = whole_body(response.iter_raw(), packing, MAX_ANSWER)
    return Answer(response.status_code, response.headers, content, clean)


def said_by(content: bytes, clean: Callable[[str], str] = str) -> str:
    """What an error answer says, whatever its shape, on one short line; cleaned before it is cut,
    for half a secret is not recognised."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return describe(content, clean)
    for key in ("error", "Message", "message", "details", "reason"):
        while isinstance(found, dict) and key in found:
            rest = found[key]
            if isinstance(rest, dict):
                parts = [rest.get(name) for name in ("reason", "details", "message")]
                texts = [part for part in parts if isinstance(part, str)]
                rest = ": ".join(texts) if texts else rest
            found = rest
    return _short(clean(found if isinstance(found, str) else json.dumps(found)))


def describe(content: bytes, clean: Callable[[str], str] = str) -> str:
    """A few words about bytes that are not JSON."""
    text = content.decode(errors="replace").strip()
    if not text:
        return "nothing"
    if text[:200].lower().startswith(("<!doctype", "<html", "<?xml", "<head")):
        return "an HTML page"
    return _short(clean(text))


def _short(text: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= SAID else line[:SAID] + "…"


def _quoted(said: str) -> str:
    return f" ({said})" if said and said != "nothing" else ""


def _in_words(error: httpx.RequestError) -> str:
    why = in_words(error)
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return f"cannot be reached: {why}"
    if isinstance(error, httpx.TimeoutException):
        return f"did not answer: {why}"
    return f"broke the connection: {why}"
