"""One Anvil for all tests of the market; what a test does is undone after it."""

import pytest
from support.anvil import anvil, rpc
from support.market import ANVIL, Market

from nftforge.chain.connection import connect


@pytest.fixture(scope="session")
def opened():
    with anvil("--hardfork", "cancun") as url:
        with connect(ANVIL, rpc_url=url, embedded_path=None) as chain:
            Market(url, chain).open()
        yield url


@pytest.fixture
def market(opened):
    snapshot = rpc(opened, "evm_snapshot")
    with connect(ANVIL, rpc_url=opened, embedded_path=None) as chain:
        yield Market(opened, chain)
    rpc(opened, "evm_revert", snapshot)
