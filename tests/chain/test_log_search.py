"""Nodes that show logs of so many blocks at a time: their words are read, and not heard twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.anvil import anvil, rpc
from support.fault_proxy import fault_proxy, narrow, say
from support.machine import ANVIL

from nftforge.chain.connection import connect
from nftforge.chain.log_search import is_about_results, is_too_wide, narrower
from nftforge.core.errors import ServiceError

TOKEN = "0x" + "70" * 20
TOPIC = "0x" + "00" * 31 + "07"
SAID = [  # as public nodes answer, and how many blocks that leaves of 20 million
    ("exceed maximum block range: 50000", 50_000),
    ("eth_getLogs is limited to a 10,000 range", 10_000),
    ("Invalid parameters: max range: 800", 800),
    ("range 20000000 too large, max is 1k blocks", 1_000),
    ("block range is too wide", 10_000_000),
    ("ranges over 10000 blocks are not supported on freetier", 10_000),
    ("query returned more than 10000 results. Try with this block range [0x5, 0x104]", 256),
    ("Log response size exceeded. this block range should work: [0x0, 0xfff]", 4_096),
    ("query exceeds max block range 100000", 100_000),
]


@pytest.mark.parametrize(("words", "blocks"), SAID)
def test_what_a_node_allows_is_taken_from_its_words(words, blocks):
    assert is_too_wide(words) and narrower(words, 20_000_000) == blocks


@pytest.mark.parametrize(
    "words", ["header not found", "internal error", "timeout", "no such block"]
)
def test_other_stumbles_are_none(words):
    assert not is_too_wide(words)


def test_too_many_results_are_told_from_too_many_blocks():
    assert [is_about_results(words) for words, _ in SAID] == [
        False, False, False, False, False, False, True, True, False,
    ]  # fmt: skip


@given(st.text(), st.integers(1, 1 << 64))
def test_it_always_gets_less_whatever_is_said(words, width):
    assert 0 <= narrower(words, width) < width


@pytest.fixture(scope="module")
def node():
    """Some 300 blocks, with a log in each tenth (the node may mine a transaction with the ten)."""
    with anvil("--hardfork", "cancun") as url:
        rpc(url, "anvil_setCode", TOKEN, "0x600760006000a100")  # LOG1(0, 0, 7)
        who = rpc(url, "eth_accounts")[0]
        for _ in range(30):
            rpc(url, "eth_sendTransaction", {"from": who, "to": TOKEN})
            rpc(url, "anvil_mine", "0x9")
        yield url


def logs_asked(proxy):
    return [params[0] for method, params in proxy.asked if method == "eth_getLogs"]


@pytest.mark.anvil
@pytest.mark.parametrize("words", ["exceed maximum block range: 50", "block range is too wide"])
def test_the_same_logs_come_in_windows_and_that_is_remembered(node, words):
    with fault_proxy(node) as proxy:
        with connect(ANVIL, rpc_url=node, embedded_path=None) as chain:
            whole = chain.logs(TOKEN, [TOPIC], 0)
        proxy.on("eth_getLogs", narrow(50, words), times=10**6)
        waits: list[float] = []
        with connect(ANVIL, rpc_url=proxy.url, embedded_path=None, sleep=waits.append) as chain:
            assert chain.logs(TOKEN, [TOPIC], 0) == whole and len(whole) == 30
            first = len(logs_asked(proxy))
            assert chain.logs(TOKEN, [TOPIC], 0) == whole
            again = logs_asked(proxy)[first:]
        assert waits == [] and first <= 16
        assert len(again) <= 10 and all(each["toBlock"] != "latest" for each in again)


@pytest.mark.anvil
@pytest.mark.parametrize("words", ["block range is too wide", "max range: 2 blocks in all"])
def test_a_search_that_cannot_be_made_ends_at_once(node, words):
    with fault_proxy(node) as proxy:
        fault = say(words) if "wide" in words else narrow(2, words)
        proxy.on("eth_getLogs", fault, times=10**6)
        waits: list[float] = []
        with connect(ANVIL, rpc_url=proxy.url, embedded_path=None, sleep=waits.append) as chain:
            with pytest.raises(ServiceError, match=r"shows logs of [1-4] blocks at a time"):
                chain.logs(TOKEN, [TOPIC], 0)
            with pytest.raises(ServiceError):
                chain.logs(TOKEN, [TOPIC], 0)
        assert waits == [] and len(logs_asked(proxy)) < 120
