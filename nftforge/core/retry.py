"""Asking again: how long to wait between attempts, and when to give up. One policy for all.

    for attempt in attempts(patience, clock=clock, sleep=sleep):
        try:
            return ask()
        except NoAnswerError as error:
            attempt.asked_s = error.wait_s
    raise ServiceError(f"no answer; tried {attempt.number} times")

A body that comes to its end has failed; the loop ends when the next attempt would come too late.
Waits grow, and a share of each is left to chance, so that those who failed together do not come
back together. What the other side asks for (Retry-After) is waited besides, not instead: a wait of
nothing is no licence to hammer.

Not tenacity: it measures by time.monotonic and nothing else, from the first attempt, so tests would
wait or patch; patience here begins with the first failure and may be less for some failures.
Source: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

LONGEST_ASKED_S = 86_400.0  # of what the other side asks us to wait: beyond a day is never

Clock = Callable[[], float]
Sleep = Callable[[float], None]


@dataclass(frozen=True)
class Patience:
    """How long to go on with what fails."""

    first_wait_s: float = 0.5
    longest_wait_s: float = 30.0
    give_up_s: float = 300.0  # since the first failure, waits included
    stall_s: float = 60.0  # with one attempt, of which nothing is heard
    growth: float = 2.0  # of a wait over the one before
    jitter: float = 0.5  # the share of a wait that is left to chance

    def wait_s(self, failures: int, chance: float) -> float:
        """How long to wait after so many failures; chance: 0..1."""
        grown = self.first_wait_s * self.growth ** min(failures - 1, 64)
        return min(self.longest_wait_s, grown) * (1 - self.jitter * chance)


@dataclass
class Attempt:
    """One turn of the loop, which may say what it learned of a failure."""

    number: int  # from 1
    until: float  # the clock's time to give up at, as the failure before has it
    asked_s: float | None = None  # how long the other side asks us to wait
    give_up_s: float = math.inf  # patience with such a failure, if it is less than usual
    wait_s: float = 0.0  # what was to be waited after it


def attempts(
    patience: Patience,
    *,
    deadline: float = math.inf,
    clock: Clock = time.monotonic,
    sleep: Sleep = time.sleep,
    chance: Callable[[], float] = random.random,
) -> Iterator[Attempt]:
    """Attempts, with a wait between two, until the patience or the clock's `deadline` is over.

    `sleep` may raise to stop. Waits count even where `sleep` does not make the clock go on.
    """
    attempt = Attempt(1, deadline)
    yield attempt
    since, waited = clock(), 0.0
    while True:
        backoff = patience.wait_s(attempt.number, chance())
        attempt.wait_s = (attempt.asked_s or 0.0) + backoff
        until = min(deadline, since + min(patience.give_up_s, attempt.give_up_s))
        if max(clock(), since + waited) + attempt.wait_s > until:
            return
        sleep(attempt.wait_s)
        waited += attempt.wait_s
        attempt = Attempt(attempt.number + 1, until)
        yield attempt


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that a 429 or 503 asks for: Retry-After, else X-RateLimit-Reset; None if neither is a
    time. Never more than LONGEST_ASKED_S.

    headers: by lower-case name; now: Unix seconds.
    """
    found = _after(headers.get("retry-after", ""), now)
    if found is None:
        found = _reset(headers.get("x-ratelimit-reset", ""), now)
    return None if found is None else asked_wait(found)


def asked_wait(seconds: float) -> float:
    """A wait that the other side asks for, as it is taken: 0..LONGEST_ASKED_S; nan is 0."""
    return min(LONGEST_ASKED_S, max(0.0, seconds)) if seconds == seconds else 0.0


def _after(text: str, now: float) -> float | None:
    """Seconds, or a date whose year or zone may be anything."""
    if text.strip().isdecimal():
        return float(text)
    try:
        date = parsedate_to_datetime(text)  # without a zone if it is -0000
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, OverflowError, TypeError):
        return None


def _reset(text: str, now: float) -> float | None:
    """A time in seconds or milliseconds, or seconds from now."""
    try:
        reset = float(text)
    except ValueError:
        return None
    if math.isnan(reset):
        return None
    if reset > 1e11:  # milliseconds
        reset /= 1000
    return reset - now if reset > 1e8 else reset
