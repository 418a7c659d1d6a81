"""Who is this machine, and who only says so."""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler

import pytest

from nftforge.core.loopback import LoopbackServer, QuietHandler, is_this_machine


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


class Greeter(QuietHandler, BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"hi")


def test_a_server_listens_on_this_machine_alone_and_keeps_connections_open(capfd):
    with LoopbackServer(0, Greeter) as server:
        assert server.server_address[0] == "127.0.0.1"
        assert server.origin == f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
        for _ in range(2):
            connection.request("GET", "/")
            assert connection.getresponse().read() == b"hi"
        server.shutdown()
    assert capfd.readouterr().err == ""
