"""When an answer is believed, and that a send is heard once: the policy, whatever nodes say."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.anvil import anvil
from support.fake_node import CALL, HASH, OTHER, TRUE, FakeNode, Time, chain_of
from support.fault_proxy import (
    accept_then_drop,
    accept_then_hang,
    accept_then_say,
    fault_proxy,
    http,
)
from support.machine import ANVIL

from nftforge.chain.agreement import BLOCK_AT
from nftforge.chain.connection import Receipt, connect
from nftforge.chain.failover import BATCH
from nftforge.chain.known_contracts import latest
from nftforge.chain.pricing import Call, quote
from nftforge.chain.providers import answered
from nftforge.chain.send_errors import Meaning
from nftforge.chain.transactions import sign
from nftforge.chain.wallet import DEV_ADDRESS, dev_signer
from nftforge.core.errors import (
    BusyError,
    GuardError,
    NoAnswerError,
    RevertedError,
    RpcError,
    ServiceError,
    WentBackError,
)

ASKED = {
    "eth_blockNumber": lambda chain: chain.head(),
    "eth_gasPrice": lambda chain: chain.gas_price(),
    "eth_estimateGas": lambda chain: chain.estimate_gas(CALL),
    "eth_getBalance": lambda chain: chain.balance(DEV_ADDRESS, 7),
    "eth_getTransactionCount": lambda chain: chain.nonce(DEV_ADDRESS, 7),
    "eth_getCode": lambda chain: chain.code(DEV_ADDRESS, 7),
    "eth_call": lambda chain: chain.call(CALL, 7),
    "eth_getBlockByNumber": lambda chain: chain.block_hash(7),
    "eth_getTransactionReceipt": lambda chain: chain.receipt(HASH),
    "eth_getLogs": lambda chain: chain.logs(DEV_ADDRESS, [HASH], 0),
}
BELIEVED = {
    "eth_blockNumber": 7, "eth_gasPrice": 5, "eth_estimateGas": 21_000, "eth_getBalance": 255,
    "eth_getTransactionCount": 2, "eth_getCode": b"\x60\x01", "eth_call": b"\x12\x34",
    "eth_getBlockByNumber": HASH, "eth_getLogs": [],
    "eth_getTransactionReceipt": Receipt(HASH, 7, OTHER, True, 16, 37),
}  # fmt: skip
GARBAGE = [
    None, "", "0x", "0xzz", "0x1_0", "-0x1", " 0x1", "7", 7, 7.5, True, [], [None], [{}], {}, "new",
    {"hash": 5}, {"hash": "0x12"}, "0x" + "f" * 65, [{"topics": "x"}],
    {"hash": HASH, "baseFeePerGas": "free"}, {**TRUE["eth_getTransactionReceipt"], "status": None},
    {**TRUE["eth_getTransactionReceipt"], "gasUsed": "lots"}, {"transactionHash": HASH},
]  # fmt: skip
FINE = {  # of these, what some method may really be answered with
    "eth_getCode": ["0x"], "eth_call": ["0x"], "eth_getLogs": [[]],
    "eth_getTransactionReceipt": [None],
    "eth_getBlockByNumber": [None],  # a block it lacks: see "a chain that went back"
}  # fmt: skip
REFUSED = [
    (method, garbage)
    for method in ASKED
    for garbage in GARBAGE
    if garbage not in FINE.get(method, [])
]


# --- shapes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ASKED)
def test_a_true_answer_is_read(method):
    assert ASKED[method](chain_of(FakeNode())) == BELIEVED[method]


@pytest.mark.parametrize(("method", "garbage"), REFUSED, ids=repr)
def test_garbage_is_no_answer(method, garbage):
    chain = chain_of(FakeNode(**{method: garbage}))
    with pytest.raises(ServiceError, match=f"its answer to {method} makes no sense"):
        ASKED[method](chain)


@pytest.mark.parametrize(("method", "garbage"), REFUSED, ids=repr)
def test_garbage_of_one_node_leaves_the_other_to_be_believed(method, garbage):
    for nodes in ((FakeNode("a", **{method: garbage}), FakeNode("b")), (FakeNode("a"), FakeNode(
        "b", **{method: garbage}))):  # fmt: skip
        assert ASKED[method](chain_of(*nodes)) == BELIEVED[method]


@pytest.mark.parametrize("garbage", [None, 5, "", "0x", "0x12", HASH[:-1], {"surprise": True}, []])
def test_garbage_for_a_send_is_no_yes(garbage):
    node = FakeNode(eth_sendRawTransaction=garbage)
    assert chain_of(node).send_raw(b"x").meaning is Meaning.UNCLEAR
    assert node.sends() == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from([HASH, "0x1", "0x", "0x12"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["hash", "status", "topics", "x"]), inner, max_size=4),
    max_leaves=6,
)  # fmt: skip


@pytest.mark.parametrize("method", ASKED)
@given(answer=JSON)
@settings(max_examples=60, deadline=None)
def test_whatever_a_node_says_it_is_an_answer_or_a_service_that_failed(method, answer):
    try:
        ASKED[method](chain_of(FakeNode(**{method: answer})))
    except ServiceError as error:
        assert "makes no sense" in str(error) or "not have this block" in str(error)


def test_a_chain_with_odd_blocks_is_read_like_any_other():
    """Polygon's `extraData` is longer than web3 takes, Arbitrum's fields are its own."""
    block = {**TRUE["eth_getBlockByNumber"], "extraData": "0x" + "00" * 97, "sendCount": "x"}
    chain = chain_of(FakeNode(eth_getBlockByNumber=block))
    assert chain.block_hash(7) == HASH and chain.fees() == (3, 1)


# --- what a receipt cost --------------------------------------------------------------------------


def mined(**fields):
    receipt = {**TRUE["eth_getTransactionReceipt"], **fields}
    return {name: field for name, field in receipt.items() if field != "left out"}


def test_a_price_of_zero_is_a_price():
    node = FakeNode(eth_getTransactionReceipt=mined(effectiveGasPrice="0x0"))
    assert chain_of(node).receipt(HASH).paid_wei == 5
    assert "eth_getTransactionByHash" not in [method for method, _ in node.heard]


@pytest.mark.parametrize("absent", ["left out", None])
def test_a_receipt_without_a_price_has_that_of_its_transaction(absent):
    node = FakeNode(eth_getTransactionReceipt=mined(effectiveGasPrice=absent))
    assert chain_of(node).receipt(HASH).paid_wei == 0x10 * 3 + 5
    assert chain_of(node, FakeNode("b")).receipt(HASH).paid_wei == 0x10 * 2 + 5


def test_two_nodes_agree_on_the_price_of_a_transaction_that_one_may_lack():
    receipt = mined(effectiveGasPrice="left out")
    one = FakeNode("a", eth_getTransactionReceipt=receipt)
    lacks = FakeNode("b", eth_getTransactionReceipt=receipt, eth_getTransactionByHash=None)
    assert chain_of(one, lacks).receipt(HASH).paid_wei == 0x10 * 3 + 5
    lies = {"hash": HASH, "gasPrice": "0x0"}
    other = FakeNode("b", eth_getTransactionReceipt=receipt, eth_getTransactionByHash=lies)
    with pytest.raises(ServiceError, match="disagree about eth_getTransactionByHash"):
        chain_of(one, other).receipt(HASH)


@pytest.mark.parametrize("found", [None, {"hash": HASH}])
def test_a_price_that_no_node_tells_is_not_taken_for_zero(found):
    receipt = mined(effectiveGasPrice="left out")
    node = FakeNode(eth_getTransactionReceipt=receipt, eth_getTransactionByHash=found)
    with pytest.raises(ServiceError, match="does not say what was paid"):
        chain_of(node).receipt(HASH)


# --- a chain that went back -----------------------------------------------------------------------


class Shorter(FakeNode):
    """Has blocks up to its head; of another it says so in its own way."""

    def __init__(self, name, head, missing):
        super().__init__(name, eth_blockNumber=hex(head))
        self.missing = missing

    def make_request(self, method, params):
        at = params[BLOCK_AT[method]] if method in BLOCK_AT else "0x0"
        if int(at, 16) > int(self.answers["eth_blockNumber"], 16):
            if method == "eth_getBlockByNumber" and self.missing is None:
                return answered(None)
            raise RpcError(-32000, self.missing or "header not found")
        return super().make_request(method, params)


ANVILS = "BlockOutOfRangeError: block height is 0 but requested was 1"


@pytest.mark.parametrize("nodes", [1, 2])
@pytest.mark.parametrize("missing", [None, ANVILS, "header not found"])
@pytest.mark.parametrize("method", BLOCK_AT)
def test_a_block_that_no_node_has_any_more_means_that_the_chain_went_back(method, missing, nodes):
    chain = chain_of(*(Shorter(f"{n}", 5, missing) for n in range(nodes)))
    with pytest.raises(WentBackError, match="went back to block 5: block 7 is not there any more"):
        ASKED[method](chain)


def test_a_block_that_a_node_has_not_yet_is_waited_for():
    node = Shorter("a", 5, ANVILS)

    class Mining(Time):
        def sleep(self, seconds):
            super().sleep(seconds)
            if self.now > 3:
                node.answers["eth_blockNumber"] = "0x7"

    time = Mining()
    assert chain_of(node, time=time).balance(DEV_ADDRESS, 7) == 255 and time.now < 10


def test_a_node_that_pruned_a_block_did_not_go_back():
    node = FakeNode(eth_getBalance=RpcError(-32000, "missing trie node"))
    with pytest.raises(ServiceError, match="missing trie node") as error:
        chain_of(node).balance(DEV_ADDRESS, 7)
    assert not isinstance(error.value, WentBackError)


# --- sends ----------------------------------------------------------------------------------------


@pytest.mark.anvil
@pytest.mark.parametrize(
    "fault",
    [
        accept_then_drop, accept_then_hang, accept_then_say("busy"), http(429, Retry_After="0"),
        http(503), http(200, b"<html>"),
    ],
    ids=["drop", "hang", "busy", "429", "503", "html"],
)  # fmt: skip
def test_nothing_below_repeats_a_send_the_node_hears_it_once_a_try(fault):
    """web3's HTTPProvider sends five times after a timeout or a bad status."""
    with (
        anvil() as url,
        fault_proxy(url) as proxy,
        connect(ANVIL, rpc_url=proxy.url, embedded_path=None) as chain,
    ):
        call = Call(DEV_ADDRESS, b"once")
        raw = sign(chain, dev_signer(), call, quote(chain, DEV_ADDRESS, call), 0).raw
        proxy.on("eth_sendRawTransaction", fault, times=-1)
        for tries in (1, 2):
            assert chain.send_raw(raw).meaning in (Meaning.UNCLEAR, Meaning.BUSY)
            assert proxy.sent() == ["0x" + raw.hex()] * tries


def test_each_node_hears_a_send_once_and_one_yes_is_enough():
    says_no = FakeNode("a", eth_sendRawTransaction=RpcError(-32000, "nonce too low"))
    silent = FakeNode("b", eth_sendRawTransaction=NoAnswerError("timed out"))
    takes = FakeNode("c")
    assert chain_of(says_no, silent, takes).send_raw(b"x") is None
    assert [node.sends() for node in (says_no, silent, takes)] == [1, 1, 1]
    said = chain_of(says_no, silent).send_raw(b"x")
    assert said.words == "nonce too low" and says_no.sends() == 2


def test_a_node_on_another_chain_by_now_is_sent_nothing():
    node = FakeNode()
    chain = chain_of(node)
    node.answers["eth_chainId"] = "0x5"
    with pytest.raises(GuardError, match="is chain 5, but sepolia is 1"):
        chain.send_raw(b"x")
    assert not node.sends()


@pytest.mark.parametrize("method", ["eth_sendTransaction", "personal_sendTransaction", "eth_sign"])
def test_sends_by_another_name_are_refused(method):
    node = FakeNode(**{method: HASH})
    chain = chain_of(node)
    heard = len(node.heard)
    with pytest.raises(ValueError, match="is not for nodes"):
        chain.w3.provider.make_request(method, [{}])
    if method == "eth_sendTransaction":
        with pytest.raises(ValueError, match="is not for nodes"):
            chain.contract(DEV_ADDRESS, latest().artifact["abi"]).functions.freeze().transact()
    assert len(node.heard) == heard


def test_a_send_in_a_batch_is_refused():
    node = FakeNode()
    chain = chain_of(node)
    with pytest.raises(ValueError, match="a send goes alone"):
        chain.w3.provider.make_batch_request([("eth_sendRawTransaction", ["0x00"])])
    assert not node.sends()


# --- asked to wait --------------------------------------------------------------------------------


class BusyNode(FakeNode):
    """Asks so many times to wait."""

    def __init__(self, times, wait_s, **other):
        super().__init__("busy", **other)
        self.times, self.wait_s = times, wait_s

    def make_request(self, method, params):
        if method == "eth_gasPrice" and self.times:
            self.times -= 1
            raise BusyError("HTTP 429", self.wait_s)
        return super().make_request(method, params)


def test_a_read_waits_as_long_as_a_node_asks_and_that_is_said_once():
    time, said = Time(), []
    chain = chain_of(BusyNode(3, 60), time=time, say=said.append)
    assert chain.gas_price() == 5 and time.now >= 180
    assert said == ["sepolia node at busy asks to wait 60 s"]


def test_another_node_is_asked_meanwhile():
    time = Time()
    chain = chain_of(BusyNode(99, 60), FakeNode("b"), time=time)
    assert chain.gas_price() == 5 and time.now == 0


def test_a_wait_beyond_patience_is_told():
    with pytest.raises(ServiceError, match=r"a wait of 3600 s .* by the nodes \(busy: HTTP 429\)"):
        chain_of(BusyNode(1, 3600)).gas_price()


def test_a_send_that_is_asked_to_wait_says_so():
    said = chain_of(FakeNode(eth_sendRawTransaction=BusyError("HTTP 429", 60))).send_raw(b"x")
    assert said.meaning is Meaning.BUSY and said.wait_s == 60


# --- several nodes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "method",
    [
        "eth_getBalance",
        "eth_getTransactionCount",
        "eth_getCode",
        "eth_call",
        "eth_getBlockByNumber",
    ],
)
def test_a_read_at_a_block_must_agree_everywhere(method):
    odd = {"hash": OTHER} if method == "eth_getBlockByNumber" else "0x99"
    chain = chain_of(FakeNode("a"), FakeNode("b", **{method: odd}))
    with pytest.raises(ServiceError, match=f"sepolia nodes a, b disagree about {method}"):
        ASKED[method](chain)


@pytest.mark.parametrize("silent", [NoAnswerError("timed out"), BusyError("HTTP 429", 7)])
def test_nodes_that_are_down_do_not_count(silent):
    chain = chain_of(FakeNode("a", eth_getCode=silent), FakeNode("b"))
    assert chain.code(DEV_ADDRESS, 7) == b"\x60\x01"


def test_a_node_that_answers_without_the_block_is_no_voice_for_yes():
    without = FakeNode("a", eth_getCode=RpcError(-32000, "header not found"))
    for nodes in ((without, FakeNode("b")), (FakeNode("b"), without)):
        with pytest.raises(ServiceError, match=r"node at a cannot answer .* header not found"):
            chain_of(*nodes).code(DEV_ADDRESS, 7)


def test_spellings_of_one_answer_agree():
    upper = {"hash": HASH.replace("ab", "AB"), "number": "0x07"}
    chain = chain_of(
        FakeNode("a", eth_getBalance="0x00ff"), FakeNode("b", eth_getBlockByNumber=upper)
    )
    assert chain.balance(DEV_ADDRESS, 7) == 255 and chain.block_hash(7) == HASH


def test_a_receipt_is_taken_from_whichever_node_has_it():
    chain = chain_of(FakeNode("a", eth_getTransactionReceipt=None), FakeNode("b"))
    assert chain.receipt(HASH).block == 7
    assert chain_of(FakeNode("a", eth_getTransactionReceipt=None)).receipt(HASH) is None


def test_the_head_is_what_all_nodes_have_and_never_goes_back():
    ahead, behind = FakeNode("a", eth_blockNumber="0x9"), FakeNode("b", eth_blockNumber="0x9")
    chain = chain_of(behind, ahead)
    assert chain.head() == 9
    ahead.answers["eth_blockNumber"] = "0xb"
    assert chain.head() == 9
    ahead.answers["eth_blockNumber"] = behind.answers["eth_blockNumber"] = "0x7"
    looked = len(behind.heard)
    assert chain.head() == 7  # after waiting for LAG_S: the chain really went back
    assert len(behind.heard) - looked > 10


def test_many_reads_are_batches_that_all_nodes_agree_about():
    nodes = FakeNode("a"), FakeNode("b")
    asked = []
    for node in nodes:
        real = node.make_batch_request
        node.make_batch_request = lambda calls, real=real: asked.append(len(calls)) or real(calls)
    chain = chain_of(*nodes)
    assert chain.calls([CALL] * 250, 7) == [b"\x12\x34"] * 250
    assert sorted(asked) == [50, 50, BATCH, BATCH, BATCH, BATCH]
    nodes[1].answers["eth_call"] = "0x99"
    with pytest.raises(ServiceError, match="disagree about eth_call"):
        chain.calls([CALL], 7)
    nodes[1].answers["eth_call"] = RpcError(3, "execution reverted", "0x1234")
    with pytest.raises(ServiceError, match="disagree about eth_call"):
        chain.calls([CALL], 7)


def test_a_revert_passes_through_web3_with_its_data():
    node = FakeNode(eth_call=RpcError(3, "execution reverted: no", "0x1234"))
    for read in (lambda c: c.call(CALL), lambda c: c.calls([CALL], 7)):
        with pytest.raises(RevertedError, match="execution reverted: no") as error:
            read(chain_of(node))
        assert error.value.data == "0x1234"


def test_a_node_that_knows_no_priority_fee_is_asked_for_the_gas_price():
    node = FakeNode(eth_maxPriorityFeePerGas=RpcError(-32601, "the method does not exist"))
    assert chain_of(node).fees() == (3, 2)


def test_nodes_on_two_forks_of_one_length_have_no_head():
    fork = {**TRUE["eth_getBlockByNumber"], "hash": OTHER}
    chain = chain_of(FakeNode("a"), FakeNode("b", eth_getBlockByNumber=fork))
    with pytest.raises(ServiceError, match="nodes a, b disagree about eth_getBlockByNumber"):
        chain.head()


@pytest.mark.parametrize("word", ["yes", "no"])
def test_every_node_hears_a_send_whatever_the_first_one_says(word):
    said = HASH if word == "yes" else RpcError(-32000, "nonce too low")
    nodes = FakeNode("a", eth_sendRawTransaction=said), FakeNode("b")
    assert chain_of(*nodes).send_raw(b"x") is None
    assert [node.sends() for node in nodes] == [1, 1]
