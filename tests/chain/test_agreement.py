"""Two nodes: every way to read, beside one that lies, lags, forks or changes its chain."""

import pytest
from support.fake_node import CALL, HASH, OTHER, TRUE, FakeNode, Time, chain_of

from nftforge.chain.agreement import agreed
from nftforge.chain.known_contracts import latest
from nftforge.chain.networks import CREATE2_PROXY
from nftforge.chain.wallet import DEV_ADDRESS
from nftforge.core.errors import GuardError, RevertedError, RpcError, ServiceError

REVERT = RpcError(3, "execution reverted", "0x12")
NUMBERED = {
    "balance": ("eth_getBalance", "0x1", lambda c, at: c.balance(DEV_ADDRESS, at)),
    "nonce": ("eth_getTransactionCount", "0x1", lambda c, at: c.nonce(DEV_ADDRESS, at)),
    "code": ("eth_getCode", "0x", lambda c, at: c.code(DEV_ADDRESS, at)),
    "codes": ("eth_getCode", "0x", lambda c, at: c.codes([DEV_ADDRESS] * 3, at)),
    "call": ("eth_call", "0x99", lambda c, at: c.call(CALL, at)),
    "calls": ("eth_call", "0x99", lambda c, at: c.calls([CALL] * 3, at)),
    "refused": ("eth_call", REVERT, lambda c, at: c.call(CALL, at)),
    "decoded": (
        "eth_call",
        "0x" + "00" * 31 + "01",
        lambda c, at: (
            c.contract(CREATE2_PROXY, latest().artifact["abi"])
            .functions.nextId()
            .call(block_identifier=at)
        ),
    ),
}  # fmt: skip
PATHS = {
    **{
        f"{name} at {at}": (method, lie, lambda c, read=read, at=at: read(c, at))
        for name, (method, lie, read) in NUMBERED.items()
        for at in (7, "latest")
    },
    "block hash": ("eth_getBlockByNumber", {"hash": OTHER}, lambda c: c.block_hash(7)),
    "base fee": (
        "eth_getBlockByNumber",
        {**TRUE["eth_getBlockByNumber"], "baseFeePerGas": "0xffff"},
        lambda c: c.fees(),
    ),
    "head": ("eth_getBlockByNumber", {"hash": OTHER}, lambda c: c.head()),
    "logs": (
        "eth_getLogs",
        [
            {
                "address": DEV_ADDRESS, "topics": [HASH], "data": "0x", "blockNumber": "0x1",
                "blockHash": HASH, "transactionHash": HASH, "transactionIndex": "0x0",
                "logIndex": "0x0",
            }
        ],
        lambda c: c.logs(DEV_ADDRESS, [HASH], 0),
    ),
    "receipt": (
        "eth_getTransactionReceipt",
        {**TRUE["eth_getTransactionReceipt"], "blockHash": HASH},
        lambda c: c.receipt(HASH),
    ),
    "failure": (
        "eth_getTransactionReceipt",
        {**TRUE["eth_getTransactionReceipt"], "status": "0x0"},
        lambda c: c.receipt(HASH),
    ),
}  # fmt: skip
WORD = "0x" + "00" * 31 + "05"  # what `decoded` is truly answered with
LATEST = [name for name in PATHS if "latest" in name] + ["head", "base fee"]


class Node(FakeNode):
    """Has blocks up to its head, and says so if it is asked about a later one."""

    def make_request(self, method, params):
        at = next(
            (p for p in params if isinstance(p, str) and p[:2] == "0x" and len(p) < 10), "0x0"
        )
        if int(at, 16) > int(self.answers["eth_blockNumber"], 16):
            self.heard.append((method, params))
            raise RpcError(-32000, "header not found")
        return super().make_request(method, params)


def honest(name="honest", **other):
    return Node(name, **{"eth_call": WORD, **other})


def read(path, *nodes):
    return PATHS[path][2](chain_of(*nodes))


def both_ways(one, other):
    return [(one(), other()), (other(), one())]


@pytest.mark.parametrize("path", PATHS)
def test_a_second_node_that_tells_the_truth_changes_nothing(path):
    assert read(path, honest(), honest("other")) == read(path, honest())


@pytest.mark.parametrize("path", PATHS)
def test_a_second_node_that_lies_stops_every_read(path):
    method, lie, _ = PATHS[path]
    for nodes in both_ways(honest, lambda: honest("liar", **{method: lie})):
        with pytest.raises(ServiceError, match=f"disagree about {method}"):
            read(path, *nodes)


@pytest.mark.parametrize("path", LATEST)
def test_a_node_on_a_longer_fork_never_decides_alone(path):
    """Further ahead, and different from the block at which it left."""
    fork = {"eth_blockNumber": "0x30", "eth_getBlockByNumber": {"hash": OTHER}, "eth_call": "0x99"}
    for nodes in both_ways(honest, lambda: honest("fork", **fork)):
        with pytest.raises(ServiceError, match=r"(honest at block 7|disagree about)") as error:
            read(path, *nodes)
        assert "fork" in str(error.value)


def test_a_fork_that_the_honest_chain_catches_up_with_is_found_at_the_common_block():
    fork = honest("fork", eth_blockNumber="0x9", eth_getBlockByNumber={"hash": OTHER})
    growing = Growing("honest", eth_call=WORD)
    with pytest.raises(ServiceError, match="disagree about eth_getBlockByNumber"):
        chain_of(growing, fork).head()


class Growing(Node):
    """A block more at every third look."""

    def make_request(self, method, params):
        if method == "eth_blockNumber":
            looks = [m for m, _ in self.heard].count(method)
            self.answers[method] = hex(7 + looks // 3)
        return super().make_request(method, params)


@pytest.mark.parametrize("path", LATEST)
def test_a_node_that_lags_is_waited_for(path):
    for nodes in both_ways(
        lambda: Growing("behind", eth_call=WORD), lambda: honest("ahead", eth_blockNumber="0x9")
    ):
        assert read(path, *nodes) == read(path, honest(eth_blockNumber="0x9"))


@pytest.mark.parametrize("path", LATEST)
def test_a_node_that_hangs_stops_the_run_and_both_are_named_with_their_blocks(path):
    for nodes in both_ways(honest, lambda: honest("ahead", eth_blockNumber="0x30")):
        with pytest.raises(ServiceError) as error:
            read(path, *nodes)
        assert "honest at block 7" in str(error.value) and "ahead at block 48" in str(error.value)


def test_a_node_that_hangs_later_is_found_by_what_others_had_half_a_minute_ago():
    nodes, time = (honest("a"), honest("b")), Time()
    chain = chain_of(*nodes, time=time)
    assert chain.head() == 7
    nodes[0].answers["eth_blockNumber"] = "0x8"
    assert chain.head() == 7  # a block of difference is usual
    time.sleep(40)
    with pytest.raises(ServiceError, match="a at block 8, b at block 7"):
        chain.head()


@pytest.mark.parametrize("path", LATEST)
def test_a_node_that_changes_its_chain_is_refused_at_the_next_look(path):
    nodes = honest("a"), honest("b")
    chain = chain_of(*nodes)
    chain.head()
    nodes[1].answers["eth_chainId"] = "0x5"
    with pytest.raises(GuardError, match="b is chain 5, but sepolia is 1"):
        PATHS[path][2](chain)


def test_an_estimate_is_the_largest_and_a_price_the_smallest():
    low = {"eth_estimateGas": "0x1", "eth_gasPrice": "0x1", "eth_maxPriorityFeePerGas": "0x0"}
    for nodes in both_ways(honest, lambda: honest("low", **low)):
        chain = chain_of(*nodes)
        assert chain.estimate_gas(CALL) == 21_000
        assert chain.gas_price() == 1 and chain.fees() == (3, 0)


@pytest.mark.parametrize("path", ["calls at latest", "codes at latest", "logs"])
def test_the_latest_is_the_common_block_for_every_node(path):
    nodes = honest("a"), honest("b")
    read(path, *nodes)
    for node in nodes:
        asked = [params for method, params in node.heard if method == PATHS[path][0]]
        assert asked and "latest" not in repr(asked) and "0x7" in repr(asked)


def test_an_estimate_that_one_node_refuses_is_no_estimate():
    refuses = honest("b", eth_estimateGas=REVERT)
    with pytest.raises(ServiceError, match="disagree about eth_estimateGas"):
        chain_of(honest(), refuses).estimate_gas(CALL)
    with pytest.raises(RevertedError) as error:
        chain_of(refuses, honest("c", eth_estimateGas=RpcError(3, "revert"))).estimate_gas(CALL)
    assert error.value.data == "0x12"


def test_a_receipt_that_one_node_lacks_is_found_unless_it_says_that_ours_failed():
    success = TRUE["eth_getTransactionReceipt"]
    assert agreed("eth_getTransactionReceipt", [None, success]) == (success,)
    assert agreed("eth_getTransactionReceipt", [None, {**success, "status": "0x0"}]) is None
