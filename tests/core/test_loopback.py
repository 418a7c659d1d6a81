"""Who is this machine, and who only says so."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from support.raw_http import running, said

from nftforge.core.loopback import (
    AT_ONCE,
    HEAD_BYTES,
    HEAD_S,
    LoopbackServer,
    Reply,
    Request,
    is_this_machine,
    partial_reply,
    text_reply,
)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:8080", "localhost", "LocalHost:1", "[::1]", "[::1]:8080", "::1"],
)
def test_names_of_this_machine(host):
    assert is_this_machine(host)


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example",
     "me@localhost", "10.0.0.1", "localhost:80:80", "[::1"],
)  # fmt: skip
def test_names_of_others(host):
    assert not is_this_machine(host)


def test_a_server_listens_on_this_machine_alone_and_keeps_connections_open(capfd):
    with serving(lambda request: text_reply(200, "hi")) as server:
        assert server.server_address[0] == "127.0.0.1"
        assert server.origin == f"http://127.0.0.1:{server.server_port}"
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
        for _ in range(2):
            connection.request("GET", "/")
            assert connection.getresponse().read() == b"hi\n"
    assert capfd.readouterr().err == ""


# --- what an enemy, or a poor client, sends -----------------------------------------------------


def serving(answer, **options):
    return running(LoopbackServer(0, answer, **options))


def echo(request: Request) -> Reply:
    return text_reply(200, f"{request.method} {request.target} {request.headers.get('range', '')}")


@pytest.fixture(scope="module")
def echoing() -> Iterator[LoopbackServer]:
    with serving(echo) as server:
        yield server


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 200),
        (b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n", 200),
        (b"GET / HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: evil.example, localhost\r\n\r\n", 403),
        (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.0\r\n\r\n", 403),
        (b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET * HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", 505),
        (b"GET /\r\n\r\n", 400),
        (b"GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET /\x1b[2J HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: ::1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: x\r\n\r\n", 501),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), 400),
        (b"GET /" + b"a" * 9 * HEAD_BYTES + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"x: y\r\n" * 50_000, 431),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc", 405),
        (b"OPTIONS / HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
    ],
)  # fmt: skip
def test_what_is_no_request_gets_an_answer_and_never_a_traceback(echoing, capfd, raw, status):
    assert said(echoing, raw).startswith(b"HTTP/1.1 %d " % status)
    assert capfd.readouterr().err == ""


def test_a_request_after_nonsense_in_a_body_is_not_taken_for_one(echoing):
    inner = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
    raw = b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(inner) + inner
    answer = said(echoing, raw)
    assert answer.count(b"HTTP/1.1 200") == 1 and b"smuggled" not in answer


def test_requests_sent_in_one_go_are_answered_in_order(echoing):
    raw = b"".join(b"GET /%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % number for number in range(5))
    answer = said(echoing, raw)
    places = [answer.index(b"GET /%d" % number) for number in range(5)]
    assert places == sorted(places)


def test_head_has_the_headers_and_no_body(echoing):
    answer = said(echoing, b"HEAD /abc HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert b"Content-Length: 11\r\n" in answer and answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("body", "length", "comes"),
    [
        ([b"0123456789"], 4, b""), ([b"01", b"23456789"], 4, b"01"),
        ([b"01"], 4, b"01"), ([b"01", b"23"], 4, b"0123"),
    ],
)  # fmt: skip
def test_never_more_than_content_length_and_less_ends_the_connection(body, length, comes, capfd):
    def answer(request: Request) -> Reply:
        return Reply(200, {}, body, length)

    with serving(answer) as server:
        raw = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2
        head, _, rest = said(server, raw).partition(b"\r\n\r\n")
    whole = comes == b"0123"
    assert b"Content-Length: 4" in head and rest.startswith(comes)
    assert rest.count(b"HTTP/1.1 200") == whole  # the second request is answered after a whole one
    assert capfd.readouterr().err == ""


def test_an_answer_of_unknown_length_that_breaks_off_does_not_look_whole(capfd):
    def broken() -> Iterator[bytes]:
        yield b"begun"
        raise ValueError("and no more")

    with serving(lambda request: Reply(200, {}, broken(), None)) as server:
        answer = said(server, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert b"Transfer-Encoding: chunked" in answer and b"begun" in answer
    assert not answer.endswith(b"0\r\n\r\n")
    assert capfd.readouterr().err == ""


def test_a_failure_is_answered_and_not_printed(capfd):
    with serving(lambda request: 1 / 0) as server:
        answer = said(server, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 500") and b"ZeroDivisionError" in answer
    assert capfd.readouterr().err == ""


def test_a_client_that_never_ends_its_request_is_left(capfd):
    with serving(echo, head_s=0.2) as server:
        with socket.create_connection(server.server_address, timeout=60) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: loc")
            assert client.recv(100) == b""  # the server closed it
        assert said(server, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").startswith(
            b"HTTP/1.1 200"
        )


@pytest.mark.parametrize("begun", [b"", b"GET / HT"])
def test_a_crowd_of_idle_clients_shuts_nobody_out(begun):
    with serving(echo) as server, contextlib.ExitStack() as crowd:
        for _ in range(2 * AT_ONCE):
            client = socket.create_connection(server.server_address, timeout=60)
            crowd.enter_context(client).sendall(begun)
        began = time.monotonic()
        for _ in range(3):
            answer = said(server, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200")
        assert time.monotonic() - began < HEAD_S / 2


def test_who_is_being_answered_does_not_go_for_another():
    begun, end = threading.Semaphore(0), threading.Event()

    def slow(request: Request) -> Reply:
        if request.target == "/slow":
            begun.release()
            end.wait(60)
        return echo(request)

    with serving(slow) as server, contextlib.ExitStack() as crowd:
        client = socket.create_connection(server.server_address, timeout=60)
        crowd.enter_context(client).sendall(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        begun.acquire()
        for _ in range(AT_ONCE + 1):
            crowd.enter_context(socket.create_connection(server.server_address, timeout=60))
        assert said(server, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        end.set()
        assert client.recv(100).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        ("bytes=2-4", 206, b"234"), ("bytes=8-", 206, b"89"), ("bytes=-3", 206, b"789"),
        ("bytes=-0", 416, b""), ("bytes=10-", 416, b""), ("bytes=5-999999999999999", 206, b"56789"),
        ("bytes=-999999999999999", 206, b"0123456789"),
        ("bytes=4-2", 200, b"0123456789"), ("bytes=a-b", 200, b"0123456789"),
        ("bytes=-", 200, b"0123456789"), ("bytes=0-1,4-5", 200, b"0123456789"),
        ("lines=0-1", 200, b"0123456789"), ("bytes=--1", 200, b"0123456789"),
        ("bytes=0-" + "9" * 5000, 200, b"0123456789"),
        ("bytes=" + "9" * 5000 + "-", 200, b"0123456789"),
        ("bytes=\u0661-\u0662", 200, b"0123456789"),
    ],
)  # fmt: skip
def test_ranges(asked, status, body):
    request = Request("GET", "/", {"range": asked})
    reply = partial_reply(request, {"Etag": '"x"'}, 10, lambda a, b: [b"0123456789"[a:b]])
    assert (reply.status, b"".join(reply.body), reply.length) == (status, body, len(body))


def test_a_range_of_another_version_is_the_whole():
    for etag, status in (('"x"', 206), ('"y"', 200)):
        request = Request("GET", "/", {"range": "bytes=0-1", "if-range": etag})
        reply = partial_reply(request, {"Etag": '"x"'}, 10, lambda a, b: [bytes(b - a)])
        assert reply.status == status
