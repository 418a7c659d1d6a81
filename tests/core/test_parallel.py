import os
import signal
import threading
import time

import pytest

from nftforge.core.parallel import Team


class Silent:
    def say(self, text):
        pass

    def progress(self, task, done, total, note=""):
        pass


def test_results_come_in_the_order_of_the_items():
    painters = Team(Silent())

    def work(item):
        time.sleep(0.02 * (5 - item))
        return item * item

    assert painters.map(work, range(5), 3) == [0, 1, 4, 9, 16]


def test_pieces_are_worked_on_at_the_same_time():
    painters = Team(Silent())
    meeting = threading.Barrier(3, timeout=10)
    painters.map(lambda _: meeting.wait(), range(3), 3)


def test_never_more_at_once_than_there_are_threads():
    painters = Team(Silent())
    lock, now, most = threading.Lock(), [0], [0]

    def work(_):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.01)
        with lock:
            now[0] -= 1

    painters.map(work, range(10), 2)
    assert most[0] == 2


def test_after_an_error_what_is_in_work_is_finished():
    painters = Team(Silent())
    started, finished = threading.Event(), []

    def work(item):
        if item == 1:
            started.wait(10)
            raise ValueError("a bad picture")
        for done in range(20):
            painters.report.progress("paint", done, 20)
            started.set()
            time.sleep(0.005)
        finished.append(item)

    with pytest.raises(ValueError, match="a bad picture"):
        painters.map(work, range(2), 2)
    assert finished == [0]


def test_ctrl_c_stops_every_piece_at_its_next_report():
    painters = Team(Silent())
    reports = []

    def work(item):
        for done in range(10_000):
            painters.report.progress("paint", done, 10_000)
            reports.append(done)
            time.sleep(0.001)
            if item == 0 and done == 5:
                os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
    try:
        with pytest.raises(KeyboardInterrupt):
            painters.map(work, range(2), 2)
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(reports) < 10_000


def test_what_has_not_begun_is_not_begun_after_an_error():
    painters = Team(Silent())
    begun = []

    def work(item):
        begun.append(item)
        time.sleep(0.05)
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        painters.map(work, range(50), 2)
    assert len(begun) < 10
