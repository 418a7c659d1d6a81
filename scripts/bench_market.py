#!/usr/bin/env python3
"""Gas of every action of a sale, measured on the real Seaport on Anvil. Prints Markdown.

One collection with a royalty of 5 %; where it says so, a marketplace's fee as well. Each action is
done from the same state. Needs node_modules (./scripts/setup --dev); a few seconds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.anvil import anvil, rpc  # noqa: E402
from support.market import ANVIL, DAY, ETHER, SELLER, Market  # noqa: E402
from support.seaport import OPENSEA_CONDUIT  # noqa: E402

from nftforge.chain.connection import connect  # noqa: E402
from nftforge.chain.pricing import Call  # noqa: E402
from nftforge.chain.wallet import key_signer  # noqa: E402
from nftforge.market.addresses import OPENSEA_CONDUIT_KEY, SEAPORT  # noqa: E402
from nftforge.market.bulk import sign_orders  # noqa: E402
from nftforge.market.fulfillment import accept, buy, buy_available  # noqa: E402
from nftforge.market.orders import Order  # noqa: E402
from nftforge.market.seaport import cancel, increment_counter, validate  # noqa: E402
from nftforge.market.tokens import allow, approve, approve_all  # noqa: E402

BIDDER = key_signer("0x" + "b1" * 32)
Row = tuple[str, Callable[[Market], int]]


def by_seller(*calls: Call) -> Callable[[Market], int]:
    """Gas of the last of these, sent by the seller."""
    return lambda market: [market.send(SELLER, call).gas_used for call in calls][-1]


def bought(make: Callable[[Market], Call]) -> Callable[[Market], int]:
    """Gas of a purchase by somebody's wallet."""
    return lambda market: int(market.execute(market.buyer, make(market))["gasUsed"])


def plain(market: Market, token_id: int = 1, **changes: object) -> Order:
    return market.signed(token_id, **{"fee": 0, "royalty": False, **changes})


def bulk_of(count: int) -> Callable[[Market], Call]:
    def purchase(market: Market) -> Call:
        one = market.listing(1, fee=0, royalty=False)
        return buy(sign_orders(SELLER, [one] * count, ANVIL)[0], ETHER)

    return purchase


def several(market: Market) -> Call:
    orders = [market.listing(token_id, fee=0, royalty=False) for token_id in range(1, 6)]
    return buy_available(sign_orders(SELLER, orders, ANVIL), 5 * ETHER, market.buyer)


def through_the_conduit(market: Market) -> int:
    market.send(SELLER, approve_all(market.token, OPENSEA_CONDUIT))
    order = market.signed(1, royalty=False, conduit_key=OPENSEA_CONDUIT_KEY)
    return int(market.execute(market.buyer, buy(order, ETHER))["gasUsed"])


def halfway(market: Market) -> Call:
    order = plain(market, end_price=ETHER // 5)
    market.later(order.components.start_time + DAY // 2)
    return buy(order, ETHER)


def offer_taken(token_id: int | None, fee: int) -> Callable[[Market], int]:
    def take(market: Market) -> int:
        market.give_weth(BIDDER, ETHER)
        if token_id is None and fee:
            market.send(SELLER, allow(market.weth.address, SEAPORT, ETHER))
        order = market.offer(BIDDER, token_id, fee=fee)
        return market.send(SELLER, accept(order, token_id or 4)).gas_used

    return take


def unsigned(market: Market, count: int) -> list[Order]:
    return [Order(market.listing(token_id)) for token_id in range(1, count + 1)]


def rows(market: Market) -> Iterator[Row]:
    again = approve_all(market.token, SEAPORT, approved=False)
    yield "approve all tokens", by_seller(again, approve_all(market.token, SEAPORT))
    yield "approve one token", by_seller(approve(market.token, SEAPORT, 1))
    for count in (1, 20):
        call = validate(unsigned(market, count))
        yield f"validate {count}, each", lambda m, c=call, n=count: m.send(SELLER, c).gas_used // n
    for count in (1, 20):
        call = cancel([order.components for order in unsigned(market, count)])
        yield f"cancel {count}, each", lambda m, c=call, n=count: m.send(SELLER, c).gas_used // n
    yield "increment the counter", by_seller(increment_counter())
    yield "buy: fixed price", bought(lambda m: buy(plain(m), ETHER))
    yield "fixed price, with royalty and fee", bought(lambda m: buy(m.signed(1), ETHER))
    yield "fixed price, with a fee, through OpenSea's conduit", through_the_conduit
    for count in (2, 20, 300):
        yield f"one of a bulk signature of {count}", bought(bulk_of(count))
    yield "falling price, half-way", bought(halfway)
    yield "private", bought(lambda m: buy(plain(m, buyer=m.buyer), ETHER))
    yield "five at once, each", lambda m: bought(several)(m) // 5
    yield "accept an offer for a token", offer_taken(4, 0)
    yield "for a token, with a fee", offer_taken(4, 250)
    yield "accept an offer for any token", offer_taken(None, 0)
    yield "for any token, with a fee", offer_taken(None, 250)


def main() -> None:
    with (
        anvil("--hardfork", "cancun") as url,
        connect(ANVIL, rpc_url=url, embedded_path=None) as chain,
    ):
        market = Market(url, chain)
        market.open()
        print("| action | gas |\n|---|---|")
        for name, measure in rows(market):
            snapshot = rpc(url, "evm_snapshot")
            with connect(ANVIL, rpc_url=url, embedded_path=None) as fresh:
                print(f"| {name} | {measure(Market(url, fresh)):,} |", flush=True)
            rpc(url, "evm_revert", snapshot)


if __name__ == "__main__":
    main()
