"""When a transaction counts as done, on a chain whose every block is made by hand."""

from __future__ import annotations

import pytest
from support.fake_node import TRUE, FakeNode, Time, chain_of

from nftforge.chain.pricing import Bill, Call
from nftforge.chain.providers import answered
from nftforge.chain.transactions import Timing, confirm, sign
from nftforge.chain.wallet import dev_signer
from nftforge.core.errors import FailedTransactionError, NonceTakenError, RpcError, ServiceError

SIGNER = dev_signer()
BLOCK = "0x" + "ee" * 32
TIMING = Timing(poll_s=1, resend_s=5, bump_s=1000, patience_s=60)


class Chainlet(FakeNode):
    """What is mined stands in block 7; two confirmations are asked for (sepolia)."""

    def __init__(self, head=8, mined=(), nonce=3, settled_nonce=None, **receipt):
        super().__init__(
            eth_blockNumber=hex(head),
            eth_getBlockByNumber={"hash": BLOCK, "number": "0x7", "baseFeePerGas": "0x3"},
        )
        self.mined, self.nonce, self.receipt = list(mined), nonce, receipt
        self.settled_nonce = nonce if settled_nonce is None else settled_nonce
        self.head = head

    def make_request(self, method, params):
        if method == "eth_getTransactionReceipt":
            found = {
                **TRUE["eth_getTransactionReceipt"], "transactionHash": params[0],
                "blockHash": BLOCK, **self.receipt,
            }  # fmt: skip
            self.answers[method] = found if params[0] in self.mined else None
        if method == "eth_getTransactionCount":
            at = params[1]
            self.answers[method] = hex(self.nonce if at == hex(self.head) else self.settled_nonce)
        return super().make_request(method, params)


def signed(nonce=3, fee=10**9):
    call = Call(SIGNER.address, b"x")
    return sign(chain_of(FakeNode()), SIGNER, call, Bill(30_000, fee, fee), nonce)


def see_through(node, *attempts):
    time = Time()
    chain = chain_of(node, time=time)
    return confirm(chain, attempts, timing=TIMING, clock=lambda: time.now, sleep=time.sleep)


def test_what_is_mined_as_deep_as_asked_is_done_and_nothing_is_sent():
    node = Chainlet(mined=[signed().hash])
    assert see_through(node, signed()).block == 7 and node.sends() == 0


def test_confirmations_are_counted_while_they_come():
    node, time, depths = Chainlet(head=6), Time(), []
    node.mined = [signed().hash]

    def sleep(seconds):
        time.sleep(seconds)
        node.head += 1
        node.answers["eth_blockNumber"] = hex(node.head)

    confirm(
        chain_of(node, time=time), [signed()], timing=TIMING, clock=lambda: time.now, sleep=sleep,
        on_depth=depths.append,
    )  # fmt: skip
    assert depths == [0, 1, 2]  # of a node that lags, mined, and as deep as sepolia asks for


def test_one_block_less_is_not_done():
    with pytest.raises(ServiceError, match="is in block 7, not yet confirmed"):
        see_through(Chainlet(head=7, mined=[signed().hash]), signed())


def test_a_receipt_of_a_block_that_is_not_the_chains_is_not_believed():
    node = Chainlet(mined=[signed().hash], blockHash="0x" + "dd" * 32)
    with pytest.raises(ServiceError, match="not yet confirmed"):
        see_through(node, signed())


class GoesBack(Chainlet):
    """When it is first asked about block 8 it has only 5, and is sent ours again in a block 7."""

    def make_request(self, method, params):
        numbered = {"eth_getTransactionCount": 1, "eth_getBlockByNumber": 0}
        at = params[numbered[method]] if method in numbered else "0x0"
        if at not in ("latest", hex(self.head)) and int(at, 16) > self.head:
            raise RpcError(-32000, "BlockOutOfRangeError")
        if at == hex(8) and self.head == 8 and not self.sends():
            self.head, self.mined = 5, []
            self.answers["eth_blockNumber"] = "0x5"
            raise RpcError(-32000, "BlockOutOfRangeError")
        if method == "eth_sendRawTransaction":
            self.head, self.mined = 8, [signed().hash]
            self.answers["eth_blockNumber"] = "0x8"
        return super().make_request(method, params)


def test_a_chain_that_goes_back_while_it_is_looked_at_is_looked_at_again():
    node, time = GoesBack(), Time()
    chain = chain_of(node, time=time)
    timing = Timing(poll_s=1, resend_s=5, bump_s=1000, patience_s=300)
    found = confirm(chain, [signed()], timing=timing, clock=lambda: time.now, sleep=time.sleep)
    assert found.block == 7 and node.sends() == 1


def test_a_receipt_of_a_block_that_is_gone_is_not_believed():
    class Gone(Chainlet):
        def make_request(self, method, params):
            if method == "eth_getBlockByNumber" and params[0] == "0x7":
                self.answers["eth_blockNumber"] = "0x5"
                return answered(None)
            return super().make_request(method, params)

    with pytest.raises(ServiceError, match="not yet confirmed"):
        see_through(Gone(mined=[signed().hash]), signed())


def test_what_reverted_is_told_with_what_it_cost():
    with pytest.raises(FailedTransactionError, match="reverted") as failed:
        see_through(Chainlet(mined=[signed().hash], status="0x0"), signed())
    assert failed.value.paid_wei == 0x10 * 2 + 5


def test_whichever_attempt_was_mined_counts():
    older, newer = signed(), signed(fee=2 * 10**9)
    for mined in (older, newer):
        assert see_through(Chainlet(mined=[mined.hash]), older, newer).hash == mined.hash


def test_a_nonce_is_given_up_only_after_looking_again_and_only_if_as_deep():
    node = Chainlet(nonce=4)
    with pytest.raises(NonceTakenError, match="went to another transaction"):
        see_through(node, signed())
    assert [method for method, _ in node.heard].count("eth_getTransactionReceipt") > 5
    with pytest.raises(ServiceError, match="is not mined"):
        see_through(Chainlet(nonce=4, settled_nonce=3), signed())
