"""Seaport itself: is it the one, what does it say of orders, and the calls of who offers.

The code of Seaport differs from chain to chain, for it holds the chain's id and domain: it is known
by what it says of itself, held against what it must say, and by the size of its code.

    cancel              one order or some, for ever
    increment_counter   every order that was ever signed or validated, and is not taken yet
    validate            orders are on the chain from then on: no signature is needed to take them

Source: seaport-types 1.6.3, SeaportInterface.sol; seaport.json is its ABI (scripts/build-seaport)
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from eth_utils import to_checksum_address

from nftforge.chain.abi import Interface
from nftforge.chain.connection import Block, Chain
from nftforge.chain.pricing import Call
from nftforge.chain.rehearsal import accounts
from nftforge.core.errors import GuardError, MissingError, RevertedError
from nftforge.market.addresses import CONDUIT_CONTROLLER, SEAPORT
from nftforge.market.orders import Order, OrderComponents, order_of
from nftforge.market.typed_data import VERSION, domain_separator, order_hash

CODE_BYTES = 23_981


@dataclass(frozen=True)
class OrderStatus:
    """What Seaport keeps of an order. Filled are `filled` of `size` parts; 0 of 0: none of it."""

    validated: bool
    cancelled: bool
    filled: int
    size: int

    @property
    def taken(self) -> bool:
        return self.size > 0 and self.filled >= self.size


@dataclass(frozen=True)
class Sale:
    """An order that was taken. `paid` is in wei, or in units of an ERC-20 for an offer."""

    order_hash: bytes
    recipient: str  # who got what was offered; nobody's address if orders were matched
    paid: int
    transaction: str
    block: int
    token: str = ""  # what was sold, of a listing
    token_id: int = 0


@lru_cache
def interface() -> Interface:
    text = (resources.files("nftforge.market") / "seaport.json").read_text(encoding="utf-8")
    return Interface(json.loads(text))


def check_seaport(chain: Chain, seaport: str = SEAPORT) -> None:
    """Raises MissingError if there is no Seaport at the address, GuardError if it is another."""
    code = chain.code(seaport)
    if not code:
        raise MissingError(
            f"{chain.network.name} (chain {chain.chain_id}) has no Seaport at {seaport}",
            hint="nothing can be sold there",
        )
    ours = (VERSION, domain_separator(chain.chain_id, seaport), CONDUIT_CONTROLLER.lower())
    try:
        version, domain, controller = _read(chain, seaport, "information")
    except (ValueError, RevertedError):
        version, domain, controller = "", b"", ""
    if len(code) != CODE_BYTES or (version, domain, controller.lower()) != ours:
        raise GuardError(
            f"what is at {seaport} on {chain.network.name} (chain {chain.chain_id}) is not Seaport "
            f"{VERSION}",
            hint="nothing was signed or sent",
        )


def furnish(chain: Chain) -> list[str]:
    """Put Seaport, WETH and OpenSea's conduit onto a development node, where they lack; which."""
    there = chain.codes(list(accounts()), chain.head())
    lacking = [address for address, code in zip(accounts(), there, strict=True) if not code]
    for address in lacking:
        account = accounts()[address]
        chain.put_code(address, "0x" + account.code.hex())
        for slot, word in account.storage.items():
            chain.put_storage(address, slot, word)
    return lacking


def counter_of(chain: Chain, offerer: str, block: Block = "latest", seaport: str = SEAPORT) -> int:
    """What orders of `offerer` have to be signed with to be worth anything."""
    return int(_read(chain, seaport, "getCounter", offerer, block=block)[0])


def order_statuses(
    chain: Chain, order_hashes: Sequence[bytes], block: Block = "latest", seaport: str = SEAPORT
) -> list[OrderStatus]:
    """Of many orders at once."""
    view = "getOrderStatus"
    calls = [_view(seaport, view, order_hash) for order_hash in order_hashes]
    answers = chain.calls(calls, block) if calls else []
    return [OrderStatus(*interface().decode(view, answer)) for answer in answers]


def sales_of(
    chain: Chain, offerer: str, first_block: int = 0, seaport: str = SEAPORT
) -> dict[bytes, Sale]:
    """By order hash: every order of `offerer` that was taken.

    Raises ServiceError where a node refuses so wide a search.
    """
    topics = [interface().topic("OrderFulfilled"), "0x" + offerer[2:].lower().rjust(64, "0")]
    sales = [_sale(chain, log) for log in chain.logs(seaport, topics, first_block)]
    return {sale.order_hash: sale for sale in sales}


def _event(chain: Chain, name: str, log: dict[str, Any]) -> dict[str, Any]:
    """Raises ContradictionError for one that Seaport never wrote."""
    try:
        return interface().event(name, log)
    except ValueError:
        raise chain.nonsense(f"an event {name} that is none") from None


def _sale(chain: Chain, log: dict[str, Any]) -> Sale:
    event = _event(chain, "OrderFulfilled", log)
    spent = [amount for kind, _, _, amount in event["offer"] if kind <= 1]
    received = [amount for kind, _, _, amount, _ in event["consideration"] if kind <= 1]
    recipient = str(to_checksum_address(event["recipient"]))
    paid = sum(spent) or sum(received)
    tokens = [(token, token_id) for kind, token, token_id, _ in event["offer"] if kind == 2]
    token, token_id = tokens[0] if tokens else ("", 0)
    return Sale(
        event["orderHash"], recipient, paid, log["transactionHash"], int(log["blockNumber"], 16),
        token, token_id,
    )  # fmt: skip


def validated_by(
    chain: Chain, offerer: str, token: str, first_block: int = 0, seaport: str = SEAPORT
) -> list[Order]:
    """Every listing of a token of `token` that `offerer` ever put on the chain, in its order.

    The event has no index: all of Seaport's from `first_block` on are read. Raises ServiceError
    where a node refuses so wide a search.
    """
    logs = chain.logs(seaport, [interface().topic("OrderValidated")], first_block)
    named = [log for log in logs if offerer[2:].lower() in log["data"]]
    counter = counter_of(chain, offerer, seaport=seaport) if named else 0
    orders = [_validated(chain, log, offerer, counter) for log in named]
    return [
        order
        for order in orders
        if order
        and len(order.components.offer) == 1
        and order.components.offer[0].token.lower() == token.lower()
    ]


def _validated(chain: Chain, log: dict[str, Any], offerer: str, counter: int) -> Order | None:
    """The order of an OrderValidated event; None if it is another's, or not what its hash says.

    The event does not say the offerer's counter: today's is tried. Anybody can name `offerer` in
    an order of their own, as often as they like: nothing is asked about those.
    """
    event = _event(chain, "OrderValidated", log)
    parameters = event["orderParameters"]
    if parameters[0].lower() != offerer.lower():
        return None
    found = order_of(parameters, counter)
    return Order(found) if found and order_hash(found) == event["orderHash"] else None


# --- calls of the offerer -------------------------------------------------------------------------


def cancel(orders: Sequence[OrderComponents], seaport: str = SEAPORT) -> Call:
    """By the offerer: these orders cannot be taken any more."""
    return _call(seaport, "cancel", [order.abi for order in orders])


def increment_counter(seaport: str = SEAPORT) -> Call:
    """By the offerer: no order up to now can be taken any more."""
    return _call(seaport, "incrementCounter")


def validate(orders: Sequence[Order], seaport: str = SEAPORT) -> Call:
    """By the offerer, signed or not; by anybody for orders with a signature."""
    return _call(seaport, "validate", [order.abi for order in orders])


def _call(seaport: str, function: str, *arguments: Any) -> Call:
    return Call(seaport, interface().encode(function, *arguments))


def _read(
    chain: Chain, seaport: str, function: str, *arguments: Any, block: Block = "latest"
) -> tuple[Any, ...]:
    call = _view(seaport, function, *arguments)
    return interface().decode(function, chain.call(call, block))


def _view(seaport: str, function: str, *arguments: Any) -> dict[str, str]:
    return {"to": seaport, "data": "0x" + interface().encode(function, *arguments).hex()}
