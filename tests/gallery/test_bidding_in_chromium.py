"""An offer made on the page by a collector's wallet, and what the artist's `offers` makes of it."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect
from support.anvil import rpc
from support.market import ANVIL, ARTIST, DAY, ETHER, SELLER

from nftforge.market.addresses import SEAPORT, WETH
from nftforge.market.bulk import signer_of
from nftforge.market.fulfillment import accept
from nftforge.market.order_json import order_from_json
from nftforge.market.prices import received_at
from nftforge.market.status import standing_of
from nftforge.market.tokens import TOKEN

pytestmark = [pytest.mark.browser, pytest.mark.anvil]
AMOUNT = ETHER // 4 + 7
ROYALTY = AMOUNT * 500 // 10_000


@pytest.fixture
def shop(shop):
    shop.offers()
    return shop


def wrapped(market, who, amount):
    market.weth.functions.deposit().transact({"from": who, "value": amount})


def offer_on(page, amount="0.250000000000000007"):
    page.get_by_text("Make an offer").click()
    page.get_by_label("Amount in WETH").fill(amount)
    page.get_by_role("button", name="Sign the offer").click()


def test_an_offer_is_allowed_signed_and_accepted_to_the_wei(shop, market):
    wallet = shop.wallet(chain_id=1)  # on another network at first
    wrapped(market, wallet.account, ETHER)
    page = shop.visit(wallet, view="#/piece/3")
    offer_on(page)
    expect(page.locator(".bid")).to_contain_text("costs the network's fee")
    page.get_by_role("button", name="Allow 0.250000000000000007 WETH").click()
    text = page.get_by_label("The signed offer")
    expect(text).to_be_visible()
    order = order_from_json(json.loads(text.input_value()))
    components = order.components
    assert signer_of(order, ANVIL.chain_id) == components.offerer == wallet.account
    allowed = market.weth.functions.allowance(wallet.account, SEAPORT).call()
    assert (allowed, components.offer[0].start_amount) == (AMOUNT, AMOUNT)
    assert components.end_time - components.start_time == 7 * DAY
    assert received_at(components, SELLER.address, market.now) == AMOUNT - ROYALTY
    assert standing_of(market.chain, order).state == "for-sale"
    market.send(SELLER, accept(order, 3))
    assert market.owner(3) == wallet.account
    balances = [market.weth.functions.balanceOf(x.address).call() for x in (SELLER, ARTIST)]
    assert balances == [AMOUNT - ROYALTY, ROYALTY]
    assert not [each for each in wallet.asked if each == "eth_sendTransaction"][1:]
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save it as a file").click()
    assert json.loads(saved.value.path().read_text()) == json.loads(text.input_value())


@pytest.mark.parametrize("typed", ["", "0", "0,5", "-1", "1e3", "0.0000000000000000001", "1 ETH"])
def test_what_is_no_amount_is_told_before_a_wallet_is_asked(shop, typed):
    wallet = shop.wallet()
    offer_on(shop.visit(wallet, view="#/piece/3"), typed)
    expect(shop.visited.page.locator(".bid .alert")).to_contain_text("number with a point")
    assert "eth_requestAccounts" not in wallet.asked


def test_too_little_wrapped_ether_is_told_in_words(shop):
    page = shop.visit(shop.wallet(), view="#/piece/3")
    offer_on(page)
    expect(page.locator(".bid .alert")).to_contain_text("has 0 WETH, and the offer is 0.25")


def test_whoever_declines_has_offered_nothing(shop, market):
    wallet = shop.wallet(refuses={"eth_signTypedData_v4": (4001, "User rejected")})
    wrapped(market, wallet.account, ETHER)
    data = "0x" + TOKEN.encode("approve", SEAPORT, ETHER).hex()
    call = {"from": wallet.account, "to": WETH[31_337], "data": data}
    rpc(market.url, "eth_sendTransaction", call)
    rpc(market.url, "evm_mine")
    page = shop.visit(wallet, view="#/piece/3")
    offer_on(page)  # allowed enough: not asked for it again
    expect(page.locator(".bid .alert")).to_contain_text("You declined in the wallet")
    assert "eth_sendTransaction" not in wallet.asked


def test_one_s_own_piece_takes_no_offer(shop):
    page = shop.visit(shop.wallet(account=SELLER.address), view="#/piece/3")
    offer_on(page)
    expect(page.locator(".bid .alert")).to_contain_text("is yours already")


def test_the_wrapped_ether_of_each_chain_is_ours_and_no_data_s(shop):
    page = shop.visit(view="#/piece/3")
    assert {
        int(chain): address for chain, address in page.evaluate("Gallery.bid.WETH").items()
    } == {chain: address for chain, address in WETH.items() if chain != 616_261}
    selectors = page.evaluate("Gallery.bid.SELECTORS")
    assert selectors == {name: TOKEN.selector(name).hex() for name in selectors}
