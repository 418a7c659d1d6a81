"""nftforge.core.retry: what is waited between attempts, and when they end."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nftforge.core.retry import LONGEST_ASKED_S, Patience, attempts, retry_after

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:30 GMT"}, 10),
        ({"retry-after": "Tue, 14 Nov 2000 22:13:30 GMT"}, 0),
        ({"x-ratelimit-reset": str(int(NOW) + 30)}, 30),
        ({"x-ratelimit-reset": str(int(NOW + 30) * 1000)}, 30),
        ({"x-ratelimit-reset": "12"}, 12),
        ({"retry-after": "soon", "x-ratelimit-reset": "5"}, 5),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "²"}, None),
        ({"retry-after": "9" * 5_000}, LONGEST_ASKED_S),
        ({"retry-after": "Wed, 21 Oct 2099 07:28:00 GMT"}, LONGEST_ASKED_S),
        ({"retry-after": "Mon, 01 Jan 2030 00:00:00 +99999999999999"}, None),
        ({"retry-after": "Mon, 01 Jan 0001 00:00:00 -0000"}, 0),
        ({"retry-after": "Mon, 01 Jan 0001 00:00:00 +2359"}, 0),
        ({"retry-after": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"}, None),
        ({"x-ratelimit-reset": "inf"}, LONGEST_ASKED_S),
        ({"x-ratelimit-reset": "-1e308"}, 0),
        ({"x-ratelimit-reset": "nan"}, None),
        ({}, None),
    ],
)
def test_what_a_service_asks_us_to_wait(headers, seconds):
    assert retry_after(headers, NOW) == seconds


@given(st.text(), st.text())
def test_any_header_is_a_wait_or_none(after, reset):
    wait = retry_after({"retry-after": after, "x-ratelimit-reset": reset}, NOW)
    assert wait is None or wait >= 0


class Time:
    """A clock that only `sleep` moves."""

    def __init__(self):
        self.now, self.sleeps = 100.0, []

    def sleep(self, seconds):
        self.sleeps.append(seconds)
        self.now += seconds


def failing(patience, time, **options):
    """The attempts of a request that always fails."""
    options = {"chance": lambda: 0.0, **options}
    return list(attempts(patience, clock=lambda: time.now, sleep=time.sleep, **options))


def test_the_first_success_ends_it_without_a_wait():
    time = Time()
    for attempt in attempts(Patience(), clock=lambda: time.now, sleep=time.sleep):
        if attempt.number == 1:
            break
    assert time.sleeps == []


def test_waits_grow_to_the_longest_and_end_before_the_patience_does():
    time = Time()
    made = failing(Patience(first_wait_s=1, longest_wait_s=8, give_up_s=30), time)
    assert time.sleeps == [1, 2, 4, 8, 8]  # another 8 would make 31
    assert [attempt.number for attempt in made] == [1, 2, 3, 4, 5, 6]


def test_a_chain_is_asked_for_12_seconds_without_chance():
    time = Time()
    patience = Patience(0.1, longest_wait_s=2, give_up_s=math.inf, jitter=0)
    failing(patience, time, deadline=time.now + 12, chance=lambda: 1.0)
    assert time.sleeps == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 2, 2, 2, 2])


def test_an_explorer_is_asked_for_three_minutes_even_where_no_clock_goes_on():
    sleeps = []
    patience = Patience(2, longest_wait_s=15, give_up_s=180, growth=1.5, jitter=0)
    for _ in attempts(patience, clock=lambda: 0.0, sleep=sleeps.append):
        pass
    assert sleeps[:6] == pytest.approx([2, 3, 4.5, 6.75, 10.125, 15])
    assert 165 < sum(sleeps) <= 180


def test_what_the_other_side_asks_for_is_waited_besides():
    time = Time()
    for attempt in attempts(
        Patience(first_wait_s=1), clock=lambda: time.now, sleep=time.sleep, chance=lambda: 0.0
    ):
        if attempt.number == 3:
            break
        attempt.asked_s = 7 if attempt.number == 1 else None
    assert time.sleeps == [8, 2]


def test_a_wait_that_would_take_too_long_is_not_begun():
    time = Time()
    for attempt in attempts(Patience(give_up_s=300), clock=lambda: time.now, sleep=time.sleep):
        attempt.asked_s = 3600
    assert time.sleeps == [] and attempt.number == 1 and attempt.wait_s > 3600


def test_there_is_less_patience_with_some_failures():
    time = Time()
    patience = Patience(first_wait_s=1, longest_wait_s=1, give_up_s=300)
    options = {"clock": lambda: time.now, "sleep": time.sleep, "chance": lambda: 0.0}
    for attempt in attempts(patience, **options):
        attempt.give_up_s = 20
    assert sum(time.sleeps) == 20 and attempt.until == 120


def test_patience_begins_with_the_first_failure_and_not_with_the_first_attempt():
    time = Time()
    patience = Patience(first_wait_s=1, longest_wait_s=1, give_up_s=5)
    options = {"clock": lambda: time.now, "sleep": time.sleep, "chance": lambda: 0.0}
    for attempt in attempts(patience, **options):
        if attempt.number == 1:
            time.now += 1000  # it took its time
    assert len(time.sleeps) == 5


def test_a_sleep_may_stop_it():
    def interrupted(seconds):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(attempts(Patience(), sleep=interrupted))


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_a_wait_is_never_longer_than_the_longest_nor_shorter_than_half(failures, chance):
    patience = Patience()
    wait = patience.wait_s(failures, chance)
    assert patience.first_wait_s / 2 <= wait <= patience.longest_wait_s
