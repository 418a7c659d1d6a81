"""One Anvil and one OpenSea for all tests of the market; what a test does is undone after it."""

import pytest
from support.anvil import anvil, rpc
from support.market import ANVIL, Market
from support.opensea import running

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


@pytest.fixture(scope="session")
def opensea():
    with running() as there:
        yield there


@pytest.fixture
def there(opensea):
    """OpenSea, of which nothing was asked yet."""
    return opensea.reset()
