"""What counts as an answer, a refusal and silence; and that no error holds the URL."""

import gzip
import threading
import time
import tracemalloc
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fake_node import FakeNode, chain_of
from support.fault_proxy import fault_proxy, http, say
from support.raw_http import talking

from nftforge.chain.providers import MAX_BYTES, HttpProvider, is_revert
from nftforge.core.errors import BusyError, ConfigError, NoAnswerError, RpcError

SECRET = "SECRETSECRETSECRET"


@pytest.fixture(scope="module")
def proxy():
    with fault_proxy("http://127.0.0.1:9") as made:
        yield made


def node(proxy):
    return HttpProvider(f"{proxy.url}/v2/{SECRET}?key={SECRET}", 2.0)


@given(body=st.binary(max_size=60), status=st.sampled_from([200, 400, 404, 429, 500, 503]))
@settings(max_examples=60, deadline=None)
def test_no_body_however_odd_is_taken_for_an_answer(proxy, body, status):
    proxy.heal()
    proxy.on("eth_chainId", http(status, body))
    with pytest.raises(NoAnswerError) as error:
        node(proxy).ask("eth_chainId")
    assert SECRET not in str(error.value)


def test_a_refusal_carries_words_but_no_url(proxy):
    proxy.heal()
    proxy.on("eth_call", say(f"blocked: http://x/v2/{SECRET}?key={SECRET}", -32001))
    with pytest.raises(RpcError) as error:
        node(proxy).ask("eth_call")
    assert error.value.code == -32001 and "blocked" in error.value.message
    assert SECRET not in error.value.message and SECRET not in repr(node(proxy))


@pytest.mark.parametrize("form", ["/v3/{}", "/rpc/{}/eth", "/rpc?chain=1&apikey={}"])
def test_a_node_that_repeats_the_key_alone_is_not_quoted_with_it(proxy, form):
    proxy.heal()
    proxy.on("eth_call", say("invalid project id 4f9a8b7c6d5e4f3a2b1c"))
    asked = HttpProvider(proxy.url + form.format("4f9a8b7c6d5e4f3a2b1c"), 2.0)
    with pytest.raises(RpcError, match="invalid project id <rpc>"):
        asked.ask("eth_call")


def test_an_error_with_a_bad_status_is_still_a_refusal(proxy):
    proxy.heal()
    body = b'{"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": "nonce too low"}}'
    proxy.on("eth_sendRawTransaction", http(400, body))
    with pytest.raises(RpcError, match="nonce too low"):
        node(proxy).ask("eth_sendRawTransaction", "0x00")


@pytest.mark.parametrize(
    ("fault", "wait_s"),
    [
        (http(429, b"", Retry_After="7"), 7),
        (http(503, b"", Retry_After="120"), 120),
        (http(429, b"slow down"), None),
        (http(429, b'{"error": {"message": "x", "data": {"backoff_seconds": 30}}}'), 30),
        (http(429, b'{"error": {"message": "x", "data": {"rate": {"backoff_seconds": 9}}}}'), 9),
        (say("Too many requests, please retry in 5 seconds", -32005), 5),
        (say("request rate limited, try again in 250ms", 429), 0.25),
        (say("exceeded its compute units per second capacity", 429), None),
    ],
)
def test_a_node_that_wants_fewer_requests_is_heard(proxy, fault, wait_s):
    proxy.heal()
    proxy.on("eth_chainId", fault)
    with pytest.raises(BusyError) as error:
        node(proxy).ask("eth_chainId")
    assert error.value.wait_s == wait_s


def test_what_a_contract_says_of_a_rate_limit_is_a_revert(proxy):
    proxy.heal()
    error = {"code": 3, "message": "rate limit", "data": "0x1234"}
    proxy.on("eth_call", lambda forward, request: {"id": request["id"], "error": error})
    with pytest.raises(RpcError) as caught:
        node(proxy).ask("eth_call")
    assert caught.value.data == "0x1234"


@pytest.mark.parametrize("words", ["execution reverted: rate limit", "query returned too much"])
def test_a_refusal_that_only_sounds_like_a_rate_limit_is_none(proxy, words):
    proxy.heal()
    proxy.on("eth_call", say(words, -32005))
    with pytest.raises(RpcError):
        node(proxy).ask("eth_call")


def test_ids_may_be_strings(proxy):
    proxy.heal()

    def quoted(forward, request):
        return {"jsonrpc": "2.0", "id": str(request["id"]), "result": "0x7"}

    proxy.on("eth_chainId", quoted, times=4)
    assert node(proxy).ask("eth_chainId") == "0x7"
    many = node(proxy).make_batch_request([("eth_chainId", [])] * 3)
    assert [each["result"] for each in many] == ["0x7"] * 3


# --- too much -------------------------------------------------------------------------------------


def answer_of(size):
    head, tail = b'{"jsonrpc": "2.0", "id": 1, "result": "0x', b'"}'
    return head + b"0" * (size - len(head) - len(tail)) + tail


def test_the_largest_answer_is_read_and_a_byte_more_is_refused(proxy):
    proxy.heal()
    proxy.on("eth_call", http(200, answer_of(MAX_BYTES)))
    assert len(node(proxy).ask("eth_call")) > MAX_BYTES - 100
    proxy.on("eth_call", http(200, answer_of(MAX_BYTES + 1)))
    with pytest.raises(NoAnswerError, match="more than 32 MiB"):
        node(proxy).ask("eth_call")


def test_a_megabyte_that_unpacks_to_a_gigabyte_is_refused_in_little_memory(proxy):
    proxy.heal()
    bomb = gzip.compress(bytes(1 << 30), 9)
    proxy.on("eth_call", http(200, bomb, Content_Encoding="gzip"))
    tracemalloc.start()
    try:
        with pytest.raises(NoAnswerError, match="more than 32 MiB"):
            node(proxy).ask("eth_call")
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_BYTES
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("packed", ["gzip, gzip", "deflate", "br", "zstd"])
def test_an_answer_packed_in_another_way_than_asked_is_not_unpacked(proxy, packed):
    proxy.heal()
    proxy.on("eth_call", http(200, b"x", Content_Encoding=packed))
    with pytest.raises(NoAnswerError, match="packed in a way"):
        node(proxy).ask("eth_call")


def test_an_answer_without_an_end_is_refused_while_it_comes():
    class Endless(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b" " * (1 << 16))
            except ConnectionError:
                pass

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Endless)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with pytest.raises(NoAnswerError, match="more than 32 MiB"):
        HttpProvider(f"http://127.0.0.1:{server.server_port}", 5.0).ask("eth_call")
    server.shutdown()
    server.server_close()


# --- too slow -------------------------------------------------------------------------------------

HEAD = b"HTTP/1.1 200 OK\r\n"


def drips(first, again):
    """Sends `first` and then, every tenth of a second, `again`."""

    def talk(client):
        client.sendall(first)
        while True:
            client.sendall(again)
            time.sleep(0.1)

    return talk


DRIPS = {
    "body": drips(HEAD + b"Content-Length: 100000\r\n\r\n", b" "),
    "chunks": drips(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "headers": drips(HEAD, b"X-A: b\r\n"),
    "a status line": drips(b"HTTP/1.1 200 ", b"O"),
    "a promise": drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.parametrize("drip", DRIPS)
def test_a_node_that_says_something_for_ever_has_not_answered(drip):
    with talking(DRIPS[drip]) as url:
        began = time.monotonic()
        with pytest.raises(NoAnswerError, match="timed out"):
            HttpProvider(url, 0.8).ask("eth_chainId")
        assert 0.9 < time.monotonic() - began < 5


def test_after_an_answer_that_never_came_whole_the_next_is_heard(proxy):
    proxy.heal()
    answers = [b'{"jsonrpc": "2.0", "id": %d, "result": "0x7"}' % n for n in (1, 2)]
    calls = []

    def talk(client):
        calls.append(client)
        if len(calls) == 1:
            DRIPS["body"](client)
        body = answers[len(calls) - 1]
        client.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    with talking(talk) as url:
        node = HttpProvider(url, 1.0)
        with pytest.raises(NoAnswerError):
            node.ask("eth_chainId")
        assert node.ask("eth_chainId") == "0x7"


def test_a_second_node_answers_where_the_first_only_drips():
    with talking(DRIPS["headers"]) as url:
        slow, honest = HttpProvider(url, 0.4), FakeNode()
        assert chain_of(slow, honest).head() == 7


@pytest.mark.parametrize(
    ("error", "data"),
    [
        ({"code": 3, "message": "execution reverted", "data": "0x1234"}, "0x1234"),  # geth, anvil
        ({"code": -32603, "message": "reverted", "data": {"data": "0x1234"}}, "0x1234"),  # hardhat
        ({"code": -32015, "message": "VM execution error.", "data": "Reverted 0x1234"}, "0x1234"),
        ({"code": -32000, "message": "Execution reverted", "data": "0x"}, "0x"),  # besu
    ],
)
def test_revert_data_is_found_where_each_node_puts_it(proxy, error, data):
    proxy.heal()

    def fault(forward, request):
        return {"jsonrpc": "2.0", "id": request["id"], "error": error}

    proxy.on("eth_call", fault)
    with pytest.raises(RpcError) as caught:
        node(proxy).ask("eth_call")
    assert caught.value.data == data and is_revert(caught.value)


@pytest.mark.parametrize("url", ["", "ws://x", "file:///etc/passwd", "http://x:99999999/y"])
def test_a_url_that_is_none_is_refused_without_being_shown(url):
    with pytest.raises(ConfigError) as error:
        HttpProvider(url, 1)
    assert not url or url not in str(error.value)


def test_redirects_are_not_followed_for_they_could_carry_the_key_away(proxy):
    proxy.heal()
    proxy.on("eth_chainId", http(307, b"", Location=proxy.url))
    with pytest.raises(NoAnswerError, match="HTTP 307"):
        node(proxy).ask("eth_chainId")
