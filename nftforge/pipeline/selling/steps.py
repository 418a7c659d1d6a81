"""The transactions of a sale as steps: details for the journal, a call, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nftforge.core.fingerprint import fingerprint
from nftforge.market.errors import describe
from nftforge.market.order_json import components_to_json, order_to_json
from nftforge.market.orders import Order, OrderComponents
from nftforge.market.tokens import may_move, may_move_all
from nftforge.pipeline.minting.session import Session, Step
from nftforge.pipeline.minting.trades import call_of, orders_in_words
from nftforge.pipeline.minting.transaction import TransactionEffect
from nftforge.pipeline.selling.shop import Shop

AT_ONCE = 50  # orders in a transaction: 2M gas to validate them
ACCEPT_GAS = 300_000  # 188,656 were measured; a node cannot say before the token is approved
Details = Mapping[str, Any]


def step(session: Session, details: Details, subject: str, why: str, gas: int = 0) -> Step:
    """A transaction of the session's signer."""
    whole = {"address": session.address, "owner": session.signer.address, **details}
    name = f"{whole['kind']} {session.address} {fingerprint(whole)[:16]}"
    effect = TransactionEffect(name, session.sender, whole, call_of(whole), describe=describe)
    return Step(effect, why, subject, {}, (), gas=gas)


def approvals(shop: Shop, token_ids: Sequence[int], operator: str) -> list[Step]:
    """So that `operator` may move these tokens: one is approved alone, several at once."""
    session, token, seller = shop.session, shop.token, shop.seller
    lacking = [
        token_id
        for token_id in token_ids
        if not may_move(shop.chain, token, seller, operator, token_id)
    ]
    if not lacking:
        return []
    if len(token_ids) > 1:
        details = {"kind": "approve-all", "operator": operator}
        return [step(session, details, "all tokens", "so that a purchase can move them")]
    (token_id,) = lacking
    alone = {"kind": "approve", "operator": operator, "token_id": token_id}
    return [step(session, alone, f"token {token_id}", "so that a purchase can move it")]


def revocations(shop: Shop, operators: Sequence[str]) -> list[Step]:
    """So that nobody may move all tokens any more."""
    return [
        step(
            shop.session, {"kind": "revoke", "operator": each}, "the approval", "nothing is listed"
        )
        for each in operators
        if may_move_all(shop.chain, shop.token, shop.seller, each)
    ]


def cancellations(session: Session, orders: Sequence[OrderComponents], why: str) -> list[Step]:
    return _in_parts(session, "cancel", orders, why)


def validations(session: Session, orders: Sequence[OrderComponents]) -> list[Step]:
    return _in_parts(session, "validate", orders, "listed on the chain")


def _in_parts(
    session: Session, kind: str, orders: Sequence[OrderComponents], why: str
) -> list[Step]:
    parts = [orders[at : at + AT_ONCE] for at in range(0, len(orders), AT_ONCE)]
    return [
        step(
            session,
            {"kind": kind, "orders": [components_to_json(order) for order in part]},
            orders_in_words(part, session.pieces, session.chain.network.currency),
            why,
        )
        for part in parts
    ]


def count(shop: Shop) -> Step:
    details = {"kind": "count", "counter": str(shop.seen.counter)}
    return step(shop.session, details, "every order up to now", "withdrawn")


def acceptance(session: Session, offer: Order, token_id: int, conduit_key: bytes) -> Step:
    details = {
        "kind": "accept",
        "order": order_to_json(offer),
        "extra_data": offer.extra_data.hex(),  # for the offer's zone
        "token_id": token_id,
        "conduit": conduit_key.hex(),
    }
    return step(session, details, f"an offer for token {token_id}", "sold", ACCEPT_GAS)


def gift(session: Session, token_id: int, to: str) -> Step:
    details = {"kind": "give", "token_id": token_id, "to": to}
    piece = session.pieces.get(token_id, f"token {token_id}")
    return step(session, details, f"{piece} to {to}", "for nothing, and for good")
