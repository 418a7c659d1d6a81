"""No server takes more time or memory than an exchange is worth."""

import gzip
import os
import signal
import threading
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nftforge.core.errors import BadAnswerError
from nftforge.core.exchange import SLOWEST, Heard, whole_body, within

MIB = 1 << 20


def in_pieces(data, size=65_536):
    return [data[at : at + size] for at in range(0, len(data), size)]


@given(data=st.binary(max_size=2_000), size=st.integers(1, 300), packed=st.booleans())
def test_what_is_sent_is_read_however_it_is_cut(data, size, packed):
    sent = gzip.compress(data) if packed else data
    assert whole_body(in_pieces(sent, size), "GZip" if packed else None, 2_000) == data


def test_as_much_as_may_be_is_read_and_a_byte_more_is_refused():
    for packing, pack in ((None, bytes), ("gzip", gzip.compress)):
        assert len(whole_body(in_pieces(pack(bytes(MIB))), packing, MIB)) == MIB
        with pytest.raises(BadAnswerError, match="more than 1 MiB"):
            whole_body(in_pieces(pack(bytes(MIB + 1))), packing, MIB)


def test_a_little_that_unpacks_to_much_takes_no_memory():
    bomb = gzip.compress(bytes(256 * MIB), 9)  # one piece, as a library may hand it on
    tracemalloc.start()
    try:
        with pytest.raises(BadAnswerError, match="more than 1 MiB"):
            whole_body([bomb], "gzip", MIB)
        assert tracemalloc.get_traced_memory()[1] < 4 * MIB
    finally:
        tracemalloc.stop()


def test_packed_bytes_that_unpack_to_nothing_are_counted_too():
    empty = gzip.compress(b"")[:10] + b"\x00\x00\x00\xff\xff" * MIB  # stored blocks of no bytes
    with pytest.raises(BadAnswerError, match="more than 1 MiB"):
        whole_body(in_pieces(empty), "gzip", MIB)


@pytest.mark.parametrize(
    "packing", ["gzip, gzip", "deflate", "br", "zstd", ", ".join(["gzip"] * 9)]
)
def test_what_was_not_asked_for_is_not_unpacked(packing):
    with pytest.raises(BadAnswerError, match="not asked for"):
        whole_body([b"x"], packing, MIB)


@pytest.mark.parametrize(
    "sent", [b"no gzip", gzip.compress(b"half of it", mtime=0)[:-9]], ids=["no gzip", "half of it"]
)
def test_what_is_packed_wrongly_is_no_answer(sent):
    with pytest.raises(BadAnswerError):
        whole_body([sent], "gzip", MIB)


def test_an_answer_of_nothing_may_call_itself_packed():
    assert whole_body([], "gzip", MIB) == b""


# --- time ---------------------------------------------------------------------------------------


def test_work_that_never_ends_is_left_behind():
    stop = threading.Event()
    began = time.monotonic()
    with pytest.raises(TimeoutError, match="no whole answer"):
        within(0.1, lambda heard: stop.wait(60), "x")
    assert time.monotonic() - began < 5
    stop.set()


def test_who_sends_much_has_more_time_and_who_drips_has_not():
    def sends(a_tenth):
        def work(heard):
            for _ in range(8):
                time.sleep(0.1)
                heard.bytes += a_tenth
            return "whole"

        return work

    assert within(0.3, sends(SLOWEST), "x") == "whole"
    with pytest.raises(TimeoutError):
        within(0.3, sends(1), "x")


def test_what_the_work_returns_or_raises_comes_back():
    def fails(heard: Heard):
        raise TimeoutError("its own")

    assert within(5, lambda heard: 7, "x") == 7
    with pytest.raises(TimeoutError, match="its own"):
        within(5, fails, "x")


def test_ctrl_c_ends_the_wait_at_once():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job has none
    stop = threading.Event()
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        within(30, lambda heard: stop.wait(60), "x")
    assert time.monotonic() - began < 5
    stop.set()
    signal.signal(signal.SIGINT, before)
