"""What a call is quoted at, and when it is refused: before anything is signed."""

import pytest
from support.fake_node import FakeNode, chain_of

from nftforge.chain.pricing import GAS_MARGIN, MAX_GAS, Call, quote
from nftforge.chain.wallet import DEV_ADDRESS
from nftforge.core.errors import FundsError, GuardError

CALL = Call(DEV_ADDRESS, b"x")
MAX_FEE = 2 * 3 + 1  # FakeNode: a base fee of 3, a tip of 1
RICH = hex(10**18)


def quoted(least_gas=0, **answers):
    node = FakeNode(**{"eth_getBalance": RICH, **answers})
    return quote(chain_of(node), DEV_ADDRESS, CALL, least_gas=least_gas)


def test_the_larger_of_what_was_measured_and_what_is_estimated_has_a_margin():
    assert quoted().gas == int(21_000 * GAS_MARGIN)
    assert quoted(least_gas=50_000).gas == int(50_000 * GAS_MARGIN)
    assert quoted(least_gas=20_000).gas == int(21_000 * GAS_MARGIN)


def test_it_has_to_be_in_the_account_to_the_last_wei():
    needed = int(21_000 * GAS_MARGIN) * MAX_FEE
    assert quoted(eth_getBalance=hex(needed)).wei == needed
    with pytest.raises(FundsError, match="the next transaction may need"):
        quoted(eth_getBalance=hex(needed - 1))


def test_no_transaction_has_more_gas_than_any_chain_takes():
    assert quoted(eth_estimateGas=hex(MAX_GAS)).gas == MAX_GAS
    with pytest.raises(GuardError, match="EIP-7825"):
        quoted(eth_estimateGas=hex(MAX_GAS + 1))
