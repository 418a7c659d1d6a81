"""A node that answers as it is told, on a clock that does not wait."""

from __future__ import annotations

from dataclasses import replace

from nftforge.chain.connection import Chain
from nftforge.chain.failover import FailoverProvider
from nftforge.chain.networks import find_network
from nftforge.chain.providers import NodeProvider, answered
from nftforge.chain.wallet import DEV_ADDRESS

NETWORK = replace(find_network("sepolia"), chain_id=1)
HASH, OTHER = "0x" + "ab" * 32, "0x" + "cd" * 32
CALL = {"to": DEV_ADDRESS, "data": "0x"}
TRUE = {
    "eth_chainId": "0x1",
    "eth_blockNumber": "0x7",
    "eth_gasPrice": "0x5",
    "eth_maxPriorityFeePerGas": "0x1",
    "eth_estimateGas": "0x5208",
    "eth_getBalance": "0xff",
    "eth_getTransactionCount": "0x2",
    "eth_getCode": "0x6001",
    "eth_call": "0x1234",
    "eth_getBlockByNumber": {"hash": HASH, "number": "0x7", "baseFeePerGas": "0x3"},
    "eth_getTransactionReceipt": {
        "transactionHash": HASH, "blockNumber": "0x7", "blockHash": OTHER, "status": "0x1",
        "gasUsed": "0x10", "effectiveGasPrice": "0x2", "l1Fee": "0x5", "logs": "whatever",
    },
    "eth_getTransactionByHash": {"hash": HASH, "gasPrice": "0x3", "input": "whatever"},
    "eth_getLogs": [],
    "eth_sendRawTransaction": HASH,
}  # fmt: skip


class FakeNode(NodeProvider):
    """Answers as TRUE says, but for `other`: values, or errors to raise."""

    def __init__(self, name="fake", **other):
        super().__init__()
        self.name, self.answers, self.heard = name, {**TRUE, **other}, []

    def make_request(self, method, params):
        self.heard.append((method, params))
        answer = self.answers[method]
        if isinstance(answer, Exception):
            raise answer
        return answered(answer)

    def sends(self):
        return [method for method, _ in self.heard].count("eth_sendRawTransaction")


class Time:
    def __init__(self):
        self.now = 0.0

    def sleep(self, seconds):
        self.now += seconds


def chain_of(*nodes, network=NETWORK, time=None, say=lambda text: None):
    time = time or Time()
    provider = FailoverProvider(
        network, nodes, "the nodes", clock=lambda: time.now, sleep=time.sleep, say=say
    )
    return Chain(network, provider)
