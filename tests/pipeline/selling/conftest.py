"""One Anvil with a minted collection for these tests; what a test does is undone after it."""

import shutil

import pytest
from support import picture
from support.anvil import anvil, rpc
from support.machine import LAB
from support.offers import bidder
from support.shop import ETHER, SELLER, Buyer, Shop, day

from nftforge.chain.connection import connect
from nftforge.market.seaport import furnish


@pytest.fixture(scope="package")
def minted(tmp_path_factory):
    """(URL, the folder of a machine that minted three tokens)."""
    folder = tmp_path_factory.mktemp("shop")
    with anvil("--hardfork", "cancun") as url:
        rpc(url, "anvil_setBalance", SELLER, hex(100 * ETHER))
        rpc(url, "anvil_autoImpersonateAccount", True)
        with connect(LAB, rpc_url=url, embedded_path=None) as chain:
            furnish(chain)
        picture(folder / "x.png")
        Shop(folder, url).mint()
        yield url, folder


@pytest.fixture
def shop(minted, tmp_path):
    url, folder = minted
    snapshot = rpc(url, "evm_snapshot")
    shutil.copytree(folder, tmp_path / "shop")
    sale = {"price": "0.5 ETH", "until": day(url)}
    yield Shop(tmp_path / "shop", url, sale=sale)
    rpc(url, "evm_revert", snapshot)


@pytest.fixture
def buyer(shop):
    return Buyer(shop.url)


@pytest.fixture
def bid(shop, tmp_path):
    return bidder(shop, tmp_path)
