"""Orders that nftforge would not make: validated at another site, or written by somebody else.

Each command goes on with them: they are shown, withdrawn, and no reason to end with a traceback.
"""

import json
from dataclasses import replace

import pytest
from eth_utils import to_checksum_address
from support.anvil import rpc
from support.fault_proxy import fault_proxy
from support.offers import CURRENCY
from support.shop import DAY, ETHER, SELLER

from nftforge.cli import selling as cli
from nftforge.core.errors import GuardError
from nftforge.market.addresses import SEAPORT
from nftforge.market.order_json import components_to_json
from nftforge.market.orders import ItemType, Order, OrderType
from nftforge.market.seaport import counter_of, validate
from nftforge.market.terms import ListingTerms, listing
from nftforge.market.tokens import approve_all
from nftforge.market.typed_data import order_hash
from nftforge.pipeline.minting.open import open_session
from nftforge.pipeline.selling import ending
from nftforge.pipeline.selling.on_page import sales_for_page

pytestmark = pytest.mark.anvil


def paid_in(**changes):
    return lambda order: replace(
        order, consideration=tuple(replace(item, **changes) for item in order.consideration)
    )


def gives(**changes):
    return lambda order: replace(order, offer=(replace(order.offer[0], **changes),))


OTHERS = {
    "other money": paid_in(item_type=ItemType.ERC20, token=CURRENCY),
    "nothing": lambda order: replace(order, consideration=()),
    "an amount of nothing": paid_in(start_amount=0, end_amount=0),
    "more than there is": paid_in(start_amount=2**256 - 1, end_amount=2**256 - 1),
    "any token": gives(item_type=ItemType.ERC721_WITH_CRITERIA, identifier_or_criteria=0),
    "another standard": gives(item_type=ItemType.ERC1155),
    "the currency": gives(item_type=ItemType.NATIVE),
    "units": lambda order: replace(gives(item_type=ItemType.ERC20)(order), consideration=()),
}
FOOLISH = ("for ever", "more than there is")  # listings all the same
NEVER = {
    "no time": lambda order: replace(paid_in(end_amount=1)(order), start_time=order.end_time),
    "for ever": lambda order: replace(order, end_time=2**256 - 1),
    "several": lambda order: replace(order, offer=order.offer * 2),
    "no token": lambda order: replace(order, offer=()),
    "a contract": lambda order: replace(order, order_type=OrderType.CONTRACT),
}


def plain(shop):
    """A listing of token 2, as nftforge makes them."""
    with open_session(shop.job) as session:
        now = session.chain.timestamp()
        terms = ListingTerms(SELLER, session.address, 2, ETHER, ETHER, now - 10, now + DAY)
        return listing(terms, counter_of(session.chain, SELLER))


def send(shop, call, who=SELLER):
    fields = {"from": who, "to": call.to, "data": "0x" + call.data.hex()}
    sent = rpc(shop.url, "eth_sendTransaction", fields)
    rpc(shop.url, "evm_mine")
    assert rpc(shop.url, "eth_getTransactionReceipt", sent)["status"] == "0x1"


@pytest.mark.parametrize("kind", [*OTHERS, "for ever"])
def test_what_was_validated_elsewhere_is_shown_and_withdrawn(shop, kind, capsys):
    order = {**OTHERS, **NEVER}[kind](plain(shop))
    shop.list(only=["one"])
    with open_session(shop.job) as session:
        send(shop, approve_all(session.address, SEAPORT))
    send(shop, validate([Order(order)]))
    hashed = "0x" + order_hash(order).hex()
    found = ending.listings(shop.job, shop.report)
    cli._show_listings(found)
    (row,) = [row for row in found["listings"] if row["order_hash"] == hashed]
    if kind in ("nothing", "an amount of nothing"):
        assert row["state"] == "for-sale" and "FOR NOTHING" in capsys.readouterr().out
    elif kind == "other money":
        assert row["state"] == "for-sale" and "was not tried" in row["reason"]
    with open_session(shop.job) as session:
        shown = sales_for_page(shop.job, session, shop.report).orders
        # without a price that a page could name it is not there
        assert set(shown) == ({1, 2} if kind in FOOLISH else {1})
    shop.list(dry_run=True, price_is_right=True)
    shop.list(price_is_right=True)
    shop.delist()
    after = {row["order_hash"]: row["state"] for row in shop.listings()}
    assert after[hashed] == "withdrawn"
    shop.sale = {**shop.sale, "series": 1}
    shop.list()
    assert shop.delist(everything=True)["sent"]


@pytest.mark.parametrize("kind", list({**OTHERS, **NEVER}))
def test_a_line_of_the_record_that_is_no_listing_is_named(shop, kind):
    order = {**OTHERS, **NEVER}[kind](plain(shop))
    with open_session(shop.job) as session:
        row = {"chain_id": session.chain.chain_id, "order": components_to_json(order)}
    row["order_hash"] = "0x" + order_hash(order).hex()
    shop.record_path.write_text(json.dumps(row) + "\n")
    if kind in FOOLISH:
        cli._show_listings(ending.listings(shop.job, shop.report))
        shop.delist()
        return
    for act in (shop.listings, shop.list, shop.delist):
        with pytest.raises(GuardError, match=r"orders\.jsonl:1: its order is none that nftforge"):
            act()


@pytest.mark.parametrize(
    "line",
    [{"counter": "9" * 5000}, {"counter": [1]}, {"order_hash": [1]}, {"order_hash": {}}],
    ids=lambda line: next(iter(line)),
)
def test_a_line_of_the_record_that_says_nothing_stops_nobody(shop, line):
    with open_session(shop.job) as session:
        ours = {
            "chain_id": session.chain.chain_id, "contract": session.address, "seller": SELLER,
        }  # fmt: skip
    shop.record_path.write_text(json.dumps({**ours, **line}) + "\n")
    shop.list()
    assert shop.delist(everything=True)["sent"]


def test_what_strangers_validate_in_our_name_costs_no_questions(shop):
    """Orders of theirs that pay us, or are for us alone: there can be thousands."""
    shop.list(only=["one"])
    stranger = rpc(shop.url, "eth_accounts")[0]
    order = replace(plain(shop), offerer=to_checksum_address(stranger))
    orders = [Order(replace(order, salt=salt, counter=0)) for salt in range(3)]
    call = validate(orders)
    send(shop, call, who=stranger)
    real = shop.url
    with fault_proxy(real) as proxy:
        shop.url = proxy.url
        assert [row["token_id"] for row in shop.listings() if row["on_chain"]] == []
        calls = [str(params) for method, params in proxy.asked if method == "eth_call"]
    assert calls and not any(stranger[2:].lower() in each.lower() for each in calls)
