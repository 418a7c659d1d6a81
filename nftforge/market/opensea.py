"""OpenSea, for its own orders: what it asks, listings sent there, offers made there.

    GET  chain/{chain}/contract/{address}, collections/{slug}    `collection_terms`
    POST orders/{chain}/seaport/listings                         `post_listing`
    GET  orders/chain/{chain}/protocol/{seaport}/{hash}          `order`
    GET  listings/collection/{slug}/all?maker=                   `listings_of`
    GET  offers/collection/{slug}/nfts/{id}, .../{slug}          `offers_for`, `collection_offers`
    POST offers/fulfillment_data                                 `signed`

An order there is named by its hash, which is ours to compute: a listing can be sent again after any
lost answer, and nothing that comes back is taken at its word (`opensea_orders`). Of many orders,
those that are not what they seem are left out and named, for anybody can make an offer that is odd.
Signatures come only with `signed`, for one offer and whoever accepts it.

There is no test network: `url` is for a stand-in. Orders have OpenSea's conduit, which the seller
has to approve. Source: npm @opensea/api-types 0.12.0, opensea-api.json
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from nftforge.chain.links import OPENSEA as CHAINS
from nftforge.core.errors import (
    BadAnswerError,
    ConfigError,
    MismatchError,
    NftforgeError,
    ServiceError,
    ServiceRefusedError,
)
from nftforge.core.retry import Clock, Patience, Sleep
from nftforge.market.addresses import SEAPORT, WETH
from nftforge.market.opensea_api import API, PATIENCE, Api, Json
from nftforge.market.opensea_orders import (
    Found,
    Refused,
    check_offer,
    check_own_listing,
    filled_in,
    hash_in,
    order_in,
    orders_to_fill,
)
from nftforge.market.opensea_terms import CollectionTerms, check_form, slug_in, terms_in
from nftforge.market.order_json import order_to_json
from nftforge.market.orders import NOBODY, Order, OrderComponents
from nftforge.market.typed_data import order_hash

PAGE, PAGES = 200, 50  # orders in a page, as many as it gives; pages read of one question
DUPLICATE = ("already exists", "duplicate order")  # what it says of an order that it has
ABSENT = (400, 404)

T = TypeVar("T")


@dataclass(frozen=True)
class Posted:
    """A listing that OpenSea has; `before`: it had it already. `status` is its own word."""

    order_hash: str
    before: bool
    status: str


class OpenSea:
    """OpenSea on one chain, by its name of it (`chain.links.OPENSEA`).

    `currency` is what offers are made in: that chain's wrapped ether, unless said.
    Raises MissingError without a key, ConfigError for a chain that it does not have.
    """

    def __init__(
        self,
        key: str,
        chain: str,
        *,
        url: str = API,
        seaport: str = SEAPORT,
        currency: str | None = None,
        patience: Patience = PATIENCE,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
        now: Clock = time.time,
    ) -> None:
        ids = {name: chain_id for chain_id, name in CHAINS.items()}
        if chain not in ids:
            raise ConfigError(
                f"OpenSea has no chain {chain!r}, and no test network",
                hint=f"chains there: {', '.join(sorted(ids))}",
            )
        self.chain, self._seaport = chain, seaport
        self._currency = currency or WETH.get(ids[chain])
        self._api = Api(key, url, patience=patience, clock=clock, sleep=sleep, now=now)

    def __repr__(self) -> str:
        return f"OpenSea({self.chain}, {self._api.where})"

    # --- what it asks -----------------------------------------------------------------------------

    def collection_terms(self, contract: str) -> CollectionTerms:
        """Fees and zone for the tokens of `contract`.

        Raises ServiceError (also while it does not know the contract), MismatchError and
        GuardError for terms that cannot be meant.
        """
        path = f"/api/v2/chain/{self.chain}/contract/{contract}"
        try:
            slug = self._get(path, lambda answer: slug_in(answer, self.chain, contract))
        except ServiceRefusedError as refused:
            if refused.status not in ABSENT:
                raise
            raise ServiceError(
                f"OpenSea does not know {contract} on {self.chain} ({refused.said})",
                hint="it finds a collection some minutes after its first mint: run again later",
            ) from None
        return self._get(
            f"/api/v2/collections/{_checked(slug)}",
            lambda answer: terms_in(answer, slug, self.chain, contract),
        )

    # --- listings ---------------------------------------------------------------------------------

    def post_listing(self, order: Order) -> Posted:
        """Sent until OpenSea has it; it may be sent again at any time.

        Raises ConfigError for what no listing there can be, ServiceRefusedError, ServiceError,
        MismatchError if what it has then is another order.
        """
        check_form(order.components)
        if not order.signature:
            raise ConfigError("OpenSea takes an order with its signature alone, and this has none")
        ours = "0x" + order_hash(order.components).hex()

        def done(deadline: float) -> Posted | None:
            return self._standing(order.components, before=False, deadline=deadline)

        try:
            return self._api.ask(
                "POST", f"/api/v2/orders/{self.chain}/seaport/listings",
                lambda answer: self._posted(answer, order.components, before=False),
                body=order_to_json(order, self._seaport), done=done,
            )  # fmt: skip
        except ServiceRefusedError as refused:
            if not any(words in refused.said.lower() for words in DUPLICATE):
                raise
            if found := self._standing(order.components, before=True):
                return found
            if ours in refused.said.lower():  # it has it, and does not show it yet
                return Posted(ours, True, "")
            raise

    def order(self, order_hash: str) -> Order | None:
        """The order of that hash, computed anew, if OpenSea has it. Raises ServiceError,
        MismatchError, GuardError."""
        row = self._row(order_hash)
        if row is None:
            return None
        if hash_in(row) != order_hash.lower():
            raise MismatchError(f"OpenSea was asked for {order_hash}, and gave another order")
        return order_in(row, self.chain, self._seaport)

    def listings_of(self, terms: CollectionTerms, seller: str, known: Iterable[str] = ()) -> Found:
        """The seller's listings in the collection; `known`: who else may be paid, such as the
        receiver of the token's royalty."""
        query = {"maker": seller, "include_private_listings": "true"}
        rows = self._rows(f"/api/v2/listings/collection/{_checked(terms.slug)}/all",
                          "listings", query)  # fmt: skip
        also = tuple(known)
        return self._found(rows, lambda order: check_own_listing(order, terms, seller, also))

    def _posted(self, row: Json, order: OrderComponents, *, before: bool) -> Posted:
        """From a Listing that has to be `order`. Raises BadAnswerError, and as `order_in`."""
        ours = "0x" + order_hash(order).hex()
        if not hash_in(row):
            raise BadAnswerError("answered with an order that has no hash")
        if hash_in(row) != ours:
            raise MismatchError(f"OpenSea was given the order {ours}, and has {hash_in(row)}")
        if row.get("protocol_data"):
            order_in(row, self.chain, self._seaport)
        return Posted(ours, before, str(row.get("status", ""))[:20])

    def _standing(
        self, order: OrderComponents, *, before: bool, deadline: float = math.inf
    ) -> Posted | None:
        row = self._row("0x" + order_hash(order).hex(), deadline)
        return None if row is None else self._posted(row, order, before=before)

    def _row(self, order_hash: str, deadline: float = math.inf) -> Json | None:
        path = f"/api/v2/orders/chain/{self.chain}/protocol/{self._seaport}/{order_hash}"

        def parse(answer: Json) -> Json:
            if not isinstance(answer.get("order"), Mapping):
                raise BadAnswerError("answered with JSON that has no order")
            return dict(answer["order"])

        try:
            return self._get(path, parse, deadline=deadline)
        except ServiceRefusedError as refused:
            if refused.status in ABSENT:
                return None
            raise

    # --- offers -----------------------------------------------------------------------------------

    def offers_for(self, terms: CollectionTerms, token_id: int, known: Iterable[str] = ()) -> Found:
        """Offers that the owner of the token could accept: for it, or for any. Not signed yet."""
        path = f"/api/v2/offers/collection/{_checked(terms.slug)}/nfts/{token_id}"
        return self._offers(path, terms, token_id, known)

    def collection_offers(self, terms: CollectionTerms, known: Iterable[str] = ()) -> Found:
        """Offers for any token of the collection. Not signed yet."""
        path = f"/api/v2/offers/collection/{_checked(terms.slug)}"
        return self._offers(path, terms, None, known)

    def signed(self, offer: OrderComponents, who: str, contract: str, token_id: int) -> Order:
        """The offer with its signature, and its zone's, for `who` to accept it with that token.

        Raises ServiceRefusedError if it cannot be accepted any more, MismatchError if another
        order comes back.
        """
        ours = order_hash(offer)
        body = {
            "offer": {
                "hash": "0x" + ours.hex(),
                "chain": self.chain,
                "protocol_address": self._seaport,
            },
            "fulfiller": {"address": who},
            "consideration": {"asset_contract_address": contract, "token_id": str(token_id)},
        }
        rows = self._api.ask("POST", "/api/v2/offers/fulfillment_data", orders_to_fill, body=body)
        for row in rows:
            order = filled_in(row, self._seaport)
            if order_hash(order.components) == ours and order.signature:
                if offer.zone != NOBODY and not order.extra_data:
                    raise MismatchError("OpenSea gave an offer without what its zone has to sign")
                return order
        raise MismatchError("OpenSea was asked to sign over an offer, and gave another order")

    def _offers(
        self, path: str, terms: CollectionTerms, token_id: int | None, known: Iterable[str]
    ) -> Found:
        currency, also = self._currency, tuple(known)
        if currency is None:
            raise ConfigError(f"what offers on {self.chain} are made in is not known here")
        rows = self._rows(path, "offers", {})
        return self._found(rows, lambda order: check_offer(order, terms, currency, token_id, also))

    # --- many of them -----------------------------------------------------------------------------

    def _found(self, rows: Iterable[Any], check: Callable[[OrderComponents], None]) -> Found:
        orders: dict[str, Order] = {}
        refused: list[Refused] = []
        for row in rows:
            try:
                order = order_in(row, self.chain, self._seaport)
                check(order.components)
            except NftforgeError as error:
                refused.append(Refused(hash_in(row), error.fact))
            else:
                orders[hash_in(row)] = order
        return Found(tuple(orders.values()), tuple(refused))

    def _rows(self, path: str, name: str, query: Mapping[str, str]) -> Iterator[Any]:
        """Of all pages. Raises ServiceError if there is no end of them."""
        cursor, seen = "", {""}
        for _ in range(PAGES):
            params = {**query, "limit": str(PAGE)} | ({"next": cursor} if cursor else {})
            rows, cursor = self._get(path, lambda answer: _page(answer, name), params=params)
            yield from rows
            if not cursor:
                return
            if cursor in seen:
                break
            seen.add(cursor)
        raise ServiceError(f"OpenSea has no end of {name}: {path} goes on after {len(seen)} pages")

    def _get(
        self,
        path: str,
        parse: Callable[[Json], T],
        params: Mapping[str, str] | None = None,
        deadline: float = math.inf,
    ) -> T:
        return self._api.ask("GET", path, parse, params=params, deadline=deadline)


def _page(answer: Json, name: str) -> tuple[list[Any], str]:
    rows, cursor = answer.get(name), answer.get("next") or ""
    if not isinstance(rows, list) or not isinstance(cursor, str):
        raise BadAnswerError(f"answered with JSON that lists no {name}")
    return rows, cursor


def _checked(slug: str) -> str:
    """A slug, which becomes part of a path. Raises MismatchError."""
    if not slug or not all(c.isascii() and (c.isalnum() or c in "-_") for c in slug):
        raise MismatchError(f"OpenSea names the collection {slug[:40]!r}: that is no slug")
    return slug
