"""One Anvil and one OpenSea for all tests of the market; what a test does is undone after it."""

import pytest
from support.market import open_market, undone_after
from support.opensea import running


@pytest.fixture(scope="session")
def opened():
    with open_market() as url:
        yield url


@pytest.fixture
def market(opened):
    with undone_after(opened) as market:
        yield market


@pytest.fixture(scope="session")
def opensea():
    with running() as there:
        yield there


@pytest.fixture
def there(opensea):
    """OpenSea, of which nothing was asked yet."""
    return opensea.reset()
