"""`offers` and `accept`: wrapped ether that somebody offers for a token, or for any of them.

An offer is its bidder's signed order. It comes from OpenSea, or in a file that a collector sent
(JSON as OpenSea's API writes orders). Neither is believed: hash and signature are computed anew,
the currency has to be the chain's wrapped ether, and what the seller would get after everybody
else's part is what is shown. Accepting is tried before it is sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nftforge.core.errors import ConfigError, GuardError, NftforgeError
from nftforge.core.json_file import read_json
from nftforge.core.limits import OFFERS_BYTES
from nftforge.core.money import in_ether
from nftforge.core.stage import Report
from nftforge.market.addresses import NO_CONDUIT, WETH, operator
from nftforge.market.bulk import signer_of
from nftforge.market.order_json import order_from_json
from nftforge.market.orders import ItemType, Order, OrderComponents
from nftforge.market.prices import received_at
from nftforge.market.seaport import order_statuses
from nftforge.market.status import Standing, obstacle, standing_of
from nftforge.market.tokens import may_move, spendable
from nftforge.market.typed_data import order_hash
from nftforge.pipeline.job import Job, working
from nftforge.pipeline.minting.mint import Consent
from nftforge.pipeline.minting.open import sending
from nftforge.pipeline.minting.session import Step
from nftforge.pipeline.selling import documents, steps
from nftforge.pipeline.selling.guards import MEANT, check_offer
from nftforge.pipeline.selling.send import send, would_send
from nftforge.pipeline.selling.shop import Shop, open_shop
from nftforge.pipeline.selling.standing import (
    begin_book,
    look,
    price_now,
    prices_before,
    sales_here,
)
from nftforge.pipeline.selling.terms import asked, sale_of, wei

AS_SENT = "an offer is JSON as OpenSea's API writes orders; save the file anew as it was sent"


@dataclass(frozen=True)
class Offer:
    """Somebody's, for one token (`token_id`) or any (None)."""

    order: Order
    token_id: int | None

    @property
    def order_hash(self) -> str:
        return "0x" + order_hash(self.order.components).hex()

    @property
    def amount(self) -> int:
        """Wei of wrapped ether."""
        return self.order.components.offer[0].start_amount

    @property
    def bidder(self) -> str:
        return self.order.components.offerer


def offers(job: Job, report: Report, source: Path | None) -> dict[str, Any]:
    """The document of `offers --json`; signs nothing."""
    with open_shop(job, report, _places(job)) as shop:
        found = _read(job, shop, source, report)
        return {
            **documents.heading(job.collection.name, job.network, shop.token),
            "offers": [_row(shop, offer) for offer in found if _is_chosen(job, shop, offer)],
        }


def accept_offer(
    job: Job,
    report: Report,
    consent: Consent,
    piece: str,
    which: str,
    source: Path | None,
    *,
    price_is_right: bool = False,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Sell `piece` for the offer with that hash (or the beginning of it).

    dry_run: all is checked, and nothing is signed or sent.
    """
    with (
        working(job, report),
        open_shop(job, report, _places(job)) as shop,
        nullcontext() if dry_run else sending(shop.session, job.locks, report),
    ):
        if not shop.is_ours(piece):
            raise GuardError(f"{piece} is not minted, or not yours; nothing was sent")
        token_id = shop.tokens[piece]
        offer = _the_one(_read(job, shop, source, report), which, token_id)
        if not price_is_right:
            _check_price(job, shop, piece, offer, report)
        _check_takeable(shop, offer, token_id)
        _check_not_revived(shop, piece, token_id, report)
        order, row = _signed(shop, offer, token_id), _row(shop, offer)
        report.say(
            f"{piece}: {in_ether(offer.amount)} WETH from {offer.bidder}, you "
            f"receive {in_ether(row['received_wei'])}"
        )

        def plan() -> Sequence[Step]:
            return _steps(shop.looked_at_anew(), order, token_id)

        if dry_run:
            return {
                **documents.heading(job.collection.name, job.network, shop.token),
                "piece": piece,
                **row,
                "tx": None,
                "cached": False,
                **would_send(shop.session, plan),
            }
        begin_book(shop)

        def with_offer(bill: Mapping[str, Any]) -> int | None:
            return consent({**bill, "offer": documents.offer(job, piece, row)})

        sent, _ = send(shop.session, "accept", plan, with_offer, report)
        outcome = shop.session.journal.outcome(sent[-1].effect.name) if sent else None
        return {
            **documents.heading(job.collection.name, job.network, shop.token),
            "piece": piece,
            **row,
            "tx": (outcome or {}).get("tx"),
            "cached": not sent,
        }


def _steps(shop: Shop, order: Order, token_id: int) -> list[Step]:
    """Approve the token, let fees be taken if the offer asks for it, accept."""
    (status,) = order_statuses(shop.chain, [order_hash(order.components)])
    if status.taken:
        return []
    mover = operator(NO_CONDUIT)
    fees = sum(item.start_amount for item in order.components.consideration[1:])
    currency = order.components.offer[0].token
    allowed = spendable(shop.chain, currency, shop.seller, mover)[1]
    by_seller = order.components.consideration[0].item_type is ItemType.ERC721_WITH_CRITERIA
    allowance = []
    if by_seller and fees > allowed:
        details = {"kind": "allow", "currency": currency, "operator": mover, "amount": fees}
        allowance = [
            steps.step(shop.session, details, f"{in_ether(fees)} WETH", "fees of the offer")
        ]
    approved = steps.approvals(shop, [token_id], mover)
    return [*approved, *allowance, steps.acceptance(shop.session, order, token_id, NO_CONDUIT)]


# --- what is offered ------------------------------------------------------------------------------


def _read(job: Job, shop: Shop, source: Path | None, report: Report) -> list[Offer]:
    """From the file, else from OpenSea; what is none for this collection is named and left out."""
    orders = _in_file(source) if source else _at_opensea(shop, report)
    if not source and shop.marketplace is None:
        raise ConfigError(
            "no place to look for offers",
            hint="name a file that a collector sent, --from offers.json, or write "
            "`sale: {in: [page, opensea]}`",
        )
    found = []
    for order in orders:
        try:
            if source and not order.signature and not shop.chain.code(order.components.offerer):
                raise GuardError("nobody signed it")
            found.append(_offer(shop, order))
        except NftforgeError as error:
            report.warn(f"offer 0x{order_hash(order.components).hex()}: {error.fact}; left out")
    return found


def _in_file(path: Path) -> list[Order]:
    """Raises ConfigError naming the file and the field."""
    try:
        given = read_json(path, OFFERS_BYTES)
    except FileNotFoundError:
        raise ConfigError(f"there is no file {path}") from None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from None
    except json.JSONDecodeError as error:
        raise ConfigError(f"{path}:{error.lineno}: this is no JSON", hint=AS_SENT) from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: this is no text, and so no JSON", hint=AS_SENT) from None
    except ValueError as error:
        raise ConfigError(f"{path}: {error}", hint=AS_SENT) from None
    rows = given if isinstance(given, list) else [given]
    return [order_from_json(row, f"{path}[{number}]") for number, row in enumerate(rows)]


def _at_opensea(shop: Shop, report: Report) -> list[Order]:
    if shop.marketplace is None:
        return []
    market = shop.marketplace
    found: dict[bytes, Order] = {}
    for token_id, owner in shop.seen.owners.items():
        if owner != shop.seller:
            continue
        answer = market.opensea.offers_for(market.terms, token_id)
        found |= {order_hash(order.components): order for order in answer.orders}
        for refused in answer.refused:
            report.warn(f"OpenSea's offer {refused.order_hash}: {refused.reason}; left out")
    return list(found.values())


def _offer(shop: Shop, order: Order) -> Offer:
    """Raises GuardError for what is no plain offer of wrapped ether for a token of ours."""
    components = order.components
    if len(components.offer) != 1 or not components.consideration:
        raise GuardError("it offers and asks for other things than one amount for one token")
    given, asked = components.offer[0], components.consideration[0]
    weth = WETH.get(shop.chain.chain_id, "")
    if given.item_type is not ItemType.ERC20 or given.token.lower() != weth.lower():
        raise GuardError(f"it offers {given.token}, which is not the wrapped ether of this chain")
    if given.start_amount != given.end_amount:
        raise GuardError("its amount changes with time")
    any_token = asked.item_type is ItemType.ERC721_WITH_CRITERIA
    if not any_token and asked.item_type is not ItemType.ERC721:
        raise GuardError("it asks for something that is no token of this collection")
    if asked.token.lower() != shop.token.lower() or (any_token and asked.identifier_or_criteria):
        raise GuardError(f"it is for other tokens than those of {shop.token}")
    if asked.recipient != components.offerer:
        raise GuardError("the token would not go to the bidder")
    _check_fees(components)
    if order.signature and not _is_signed(shop, order):
        raise GuardError("its signature is not the bidder's")
    return Offer(order, None if any_token else asked.identifier_or_criteria)


def _check_fees(offer: OrderComponents) -> None:
    given = offer.offer[0]
    for item in offer.consideration[1:]:
        money = (item.item_type, item.token.lower()) == (given.item_type, given.token.lower())
        if not money or item.start_amount != item.end_amount:
            raise GuardError("it asks for more than the token and fees out of the amount")
    if sum(item.start_amount for item in offer.consideration[1:]) >= given.start_amount:
        raise GuardError("its fees take all that is offered")


def _is_signed(shop: Shop, order: Order) -> bool:
    """By the bidder; a contract's signature only the chain can judge."""
    bidder = order.components.offerer
    return bool(shop.chain.code(bidder)) or signer_of(order, shop.chain.chain_id) == bidder


def _signed(shop: Shop, offer: Offer, token_id: int) -> Order:
    if offer.order.signature or shop.marketplace is None:
        return offer.order
    return shop.marketplace.opensea.signed(
        offer.order.components, shop.seller, shop.token, token_id
    )


def _the_one(found: Sequence[Offer], which: str, token_id: int) -> Offer:
    """Raises ConfigError unless exactly one is meant, GuardError if it is for another token."""
    meant = [each for each in found if each.order_hash.startswith(which.lower())]
    if len(meant) != 1 or len(which) < 6:
        raise ConfigError(
            f"{len(meant)} offers begin with {which}",
            hint="`nftforge offers` lists their hashes; 6 characters at least are needed",
        )
    if meant[0].token_id not in (None, token_id):
        raise GuardError(f"that offer is for token {meant[0].token_id}, not {token_id}")
    return meant[0]


def _check_price(job: Job, shop: Shop, piece: str, offer: Offer, report: Report) -> None:
    """Raises GuardError for less than `min_price`, or far less than the piece goes for.

    Where the chain's currency is not ether, prices and offers cannot be compared here.
    """
    sale, currency = job.file.collection.sale, job.network.currency
    everything = asked(job.file, job.network) if sale else []
    if currency != "ETH":
        raise GuardError(
            f"{piece}: the offer is in WETH, and prices here are in {currency}: nobody compared "
            "them",
            hint=MEANT,
        )
    least = sale and sale.min_price
    before = prices_before(look(shop, (), report), sales_here(shop, report), shop.tokens[piece])
    check_offer(
        piece, _received(shop, offer), everything,
        wei(job.file, job.network, ("sale", "min_price"), least) if least else None,
        before, currency,
    )  # fmt: skip


def _check_takeable(shop: Shop, offer: Offer, token_id: int) -> None:
    """Raises GuardError before the token is approved for an offer that cannot be accepted.

    What is lacking on our side (an approval, an allowance) is no reason; that it was taken, too.
    """
    components = offer.order.components
    found = standing_of(shop.chain, offer.order, token_id)
    why = str(found.state) if found.state in ("expired", "withdrawn", "not-begun") else ""
    if found.state == "broken":
        why = obstacle(shop.chain, components, shop.chain.head(), shop.seen.time)
        if not why and "signature" in found.reason:  # a smart wallet's, which it disowns
            why = found.reason
    if why:
        raise GuardError(
            f"the offer {offer.order_hash[:10]} cannot be accepted: {why}",
            hint="`nftforge offers` shows what stands; nothing was sent",
        )


def _check_not_revived(shop: Shop, piece: str, token_id: int, report: Report) -> None:
    """Raises GuardError if the approval would bring an order of our own back to life.

    Between the approval and the acceptance whoever holds that order could buy at its price.
    """
    mover = operator(NO_CONDUIT)
    if may_move(shop.chain, shop.token, shop.seller, mover, token_id):
        return
    for row in look(shop, (), report):
        components = row.order.components
        if row.token_id == token_id and row.is_alive and operator(components.conduit_key) == mover:
            price = in_ether(price_now(row, shop.seen.time))
            raise GuardError(
                f"{piece}: your own order at {price} {shop.chain.network.currency} is alive, and "
                "could be taken as soon as the token is approved for the offer",
                hint=f"`nftforge delist --only {piece}` first; nothing was sent",
            )


def _received(shop: Shop, offer: Offer) -> int:
    return received_at(offer.order.components, shop.seller, shop.seen.time)


def _row(shop: Shop, offer: Offer) -> dict[str, Any]:
    standing = _standing(shop, offer)
    return {
        "piece": None if offer.token_id is None else shop.pieces.get(offer.token_id),
        "token_id": offer.token_id,
        "order_hash": offer.order_hash,
        "amount_wei": offer.amount,
        "received_wei": _received(shop, offer),
        "bidder": offer.bidder,
        "end": offer.order.components.end_time,
        "state": standing.state,
        "reason": standing.reason,
    }


def _standing(shop: Shop, offer: Offer) -> Standing:
    """Where it stands; that the token still has to be approved is no fault of the offer's."""
    found = standing_of(shop.chain, offer.order, offer.token_id)
    unsigned = not offer.order.signature  # OpenSea signs when it is accepted
    if found.state == "broken" and (unsigned or "approved" in found.reason):
        return Standing("for-sale")
    return found


def _is_chosen(job: Job, shop: Shop, offer: Offer) -> bool:
    return not job.only or offer.token_id is None or shop.pieces.get(offer.token_id) in job.only


def _places(job: Job) -> Sequence[str]:
    return sale_of(job.file).places if job.file.collection.sale else ("page",)
