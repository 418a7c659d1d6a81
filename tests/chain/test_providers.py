"""What counts as an answer, a refusal and silence; and that no error holds the URL."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fault_proxy import fault_proxy, http, say

from nftforge.chain.providers import HttpProvider, is_revert
from nftforge.core.errors import ConfigError, NoAnswerError, RpcError

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


def test_retry_after_is_heard(proxy):
    proxy.heal()
    proxy.on("eth_chainId", http(429, b"", Retry_After="7"))
    with pytest.raises(NoAnswerError) as error:
        node(proxy).ask("eth_chainId")
    assert error.value.wait_s == 7


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
