"""`in: [page, opensea]`: one order in both places, by OpenSea's terms, sent there once."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest
from eth_utils import to_checksum_address
from support import picture
from support.anvil import anvil, rpc
from support.fake_opensea import FEE_RECIPIENT, KEY, FakeOpenSea
from support.faults import Faults, lose_answer, status
from support.machine import LAB
from support.opensea import POST
from support.shop import ETHER, SELLER, Buyer, Shop, day

from nftforge.chain.connection import connect
from nftforge.core.errors import ConfigError, MissingError, ServiceError
from nftforge.market.addresses import OPENSEA_CONDUIT_KEY, conduit
from nftforge.market.seaport import furnish
from nftforge.pipeline.minting.open import open_session

pytestmark = pytest.mark.anvil
ETHEREUM = replace(LAB, name="lab", chain_id=1)  # to OpenSea it is Ethereum, to us a test network
TO = to_checksum_address(FEE_RECIPIENT)
FEE = ETHER // 2 // 100


@pytest.fixture(scope="module")
def minted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("opensea")
    picture(folder / "x.png")
    with anvil("--hardfork", "cancun", "--chain-id", "1") as url:
        rpc(url, "anvil_setBalance", SELLER, hex(100 * ETHER))
        with connect(ETHEREUM, rpc_url=url, embedded_path=None) as chain:
            furnish(chain)
        Shop(folder, url, network=ETHEREUM).mint()
        yield url, folder


@pytest.fixture
def faults():
    made = Faults(FakeOpenSea())
    with made.running() as url:
        made.url = url
        yield made


@pytest.fixture
def shop(minted, tmp_path, faults):
    url, folder = minted
    snapshot = rpc(url, "evm_snapshot")
    shutil.copytree(folder, tmp_path / "shop")
    sale = {"price": "0.5 ETH", "until": day(url), "in": ["page", "opensea"]}
    env = {"OPENSEA_API_KEY": KEY, "OPENSEA_API_URL": faults.url}
    made = Shop(tmp_path / "shop", url, network=ETHEREUM, sale=sale, env=env)
    with open_session(made.job) as session:
        faults.upstream.collections[session.address.lower()] = "fault"
    yield made
    rpc(url, "evm_revert", snapshot)


def posts(faults):
    return [request for request in faults.seen if request.method == "POST"]


def test_each_order_is_sent_once_with_the_fee_that_is_asked_there(shop, faults, tmp_path):
    orders = shop.orders(tmp_path)
    assert faults.upstream.accepted == 3
    assert [json.loads(each.body) for each in posts(faults)] == orders
    assert shop.asked[0]["listing"]["orders"][0]["fee_to"] == [TO]
    shop.list()
    assert len(posts(faults)) == 3
    before = [Buyer(shop.url).balance(who) for who in (SELLER, FEE_RECIPIENT)]
    Buyer(shop.url).buy(orders[0])  # OpenSea's conduit moves it
    after = [Buyer(shop.url).balance(who) for who in (SELLER, FEE_RECIPIENT)]
    assert [b - a for a, b in zip(before, after, strict=True)] == [ETHER // 2 - FEE, FEE]
    assert shop.states()[1] == ["sold"]


def test_only_its_conduit_is_approved(shop):
    shop.list()
    (row,) = shop.asked[0]["transactions"]
    assert row["kind"] == "approve-all"
    approved = shop.journal().last_intent(next(iter_effects(shop, "approve-all")))
    assert approved["operator"] == conduit(OPENSEA_CONDUIT_KEY)


def iter_effects(shop, kind):
    return (e.effect for e in shop.journal() if e.effect.startswith(kind))


@pytest.mark.parametrize("fault", [lose_answer, status(500)])
def test_after_a_lost_answer_it_is_there_once(shop, faults, fault):
    faults.next(*POST, fault)
    shop.list()
    assert faults.upstream.accepted == 3


def test_what_it_refuses_stays_listed_here_and_goes_there_next_time(shop, faults):
    faults.next(*POST, status(400))
    with pytest.raises(ServiceError):
        shop.list()
    assert len(shop.states()) == 3  # signed, and in the book
    shop.list()
    assert faults.upstream.accepted == 3 and len(shop.asked) == 1


def test_a_price_of_which_the_fee_is_no_whole_wei_is_refused_with_its_line(shop, faults):
    shop.prices = {"two": "0.500000000000000001 ETH"}
    with pytest.raises(ConfigError, match=r"pieces\[1\]\.price: .*\n.*OpenSea takes is 0\.5"):
        shop.list()
    assert not posts(faults) and not shop.asked


def test_without_a_key_nothing_is_signed(shop, faults):
    shop.env = {"OPENSEA_API_URL": faults.url}
    with pytest.raises(MissingError, match="OPENSEA_API_KEY"):
        shop.list()
    assert not shop.asked and not shop.book_path.exists()


def test_on_a_network_that_it_does_not_have_the_page_alone_sells(shop, faults, tmp_path):
    with anvil("--hardfork", "cancun") as url:
        rpc(url, "anvil_setBalance", SELLER, hex(100 * ETHER))
        with connect(LAB, rpc_url=url, embedded_path=None) as chain:
            furnish(chain)
        picture(tmp_path / "other" / "x.png")
        other = Shop(tmp_path / "other", url, sale=shop.sale)
        other.mint()
        other.list()
        assert any("opensea: it has no lab" in text for text in other.report.said)
        assert other.states()[1] == ["for-sale"] and not faults.seen
