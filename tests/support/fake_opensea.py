"""OpenSea in this process, after its published OpenAPI; only for tests, since it has no test
network.

Each request is held against the schemas of npm @opensea/api-types, and each answer too. Listings
are looked at as OpenSea does: the number of receivers, zone, fee, times, conduit, the signature
(recovered by eth_account, single or of many orders at once), duplicates. Its words are those that
people have quoted. What it says of an order is what it was sent; faults stand in front of it
(`faults.Faults`).
Sources: npm @opensea/api-types 0.12.0, opensea-api.json; docs.opensea.io/reference/api-keys;
ProjectOpenSea/opensea-sdk: issues 716, 787, 842, 1163, 1220, 1318, 1710, pull 1714, discussion
1275; ProjectOpenSea/seaport-js: issue 189
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from eth_account import Account
from eth_account.messages import SignableMessage
from eth_utils import keccak

from nftforge.market.orders import Order
from support.faults import Request, Response, as_json
from support.openapi import Operation, description
from support.typed_orders import TYPES, named, theirs

OPENAPI = Path(__file__).parents[1] / "node_modules/@opensea/api-types/opensea-api.json"
KEY = "0fb1c9a4e7d24e5f9a3c6b8d1e2f7a90"
SEAPORT = "0x0000000000000068f116a894984e2db1123eb395"
CONDUIT_KEY = "0x0000007b02230091a7ed01230072f7006a004d60a8d4e71d599b8104250f0000"
FEE_RECIPIENT = "0x0000a26b00c1f0df003000390027140000faa719"
SIGNED_ZONE = "0x000056f7000000ece9003ca63978907a00ffd100"
NOBODY = "0x" + "00" * 20
WETH = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"
HALF_A_YEAR = 184 * 86_400
HOUR = 3_600


@dataclass
class Kept:
    """An order that it has."""

    parameters: dict[str, Any]
    signature: str
    status: str = "ACTIVE"

    @property
    def is_offer(self) -> bool:
        return self.parameters["offer"][0]["itemType"] == 1

    @property
    def token(self) -> dict[str, Any]:
        items = self.parameters["consideration" if self.is_offer else "offer"]
        return items[0]


@dataclass
class FakeOpenSea:
    chain: str = "ethereum"
    chain_id: int = 1
    collections: dict[str, str] = field(default_factory=dict)  # contract -> slug
    fees: list[dict[str, Any]] = field(
        default_factory=lambda: [{"fee": 1.0, "recipient": FEE_RECIPIENT, "required": True}]
    )
    required_zone: str | None = None
    orders: dict[str, Kept] = field(default_factory=dict)  # by hash
    page: int = 200
    absent: int = 404  # what it answers of an order that it does not have
    per_hour: int = 10**6
    shows_signatures: bool = False
    zone_signature: bytes = bytes.fromhex("5167") * 36
    accepted: int = 0  # times a listing was really taken
    asked: list[float] = field(default_factory=list)
    clock: Callable[[], float] = time.time

    def __call__(self, request: Request) -> Response:
        refused = self._unauthorized(request) or self._limited()
        if refused:
            return refused
        api = description(OPENAPI)
        operation = api.operation(request.method, request.path)
        if operation is None:
            return _errors(404, "Not found")
        query = {key: values[0] for key, values in parse_qs(request.query).items()}
        body = json.loads(request.body) if request.body else None
        wrong = list(api.parameters(operation, query))
        if operation.body is not None:
            wrong += api.problems(operation.body, body, "body")
        if wrong:
            return _errors(400, f"{len(wrong)} validation errors: {'; '.join(wrong)}")
        answer = self._answer(operation, query, body)
        schema = operation.answer(answer.status)
        if answer.status == 200:
            assert schema is not None
            assert list(api.problems(schema, json.loads(answer.body), "answer")) == []
        left = self.per_hour - len(self.asked)
        limits = {
            "X-RateLimit-Limit": str(self.per_hour), "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": str(int(self.clock()) + HOUR),
        }  # fmt: skip
        return Response(answer.status, answer.body, {**answer.headers, **limits})

    def _answer(self, operation: Operation, query: Mapping[str, str], body: Any) -> Response:
        path = operation.path
        match operation.name:
            case "get_contract":
                return self._contract(path["address"])
            case "get_collection":
                return self._collection(path["slug"])
            case "post_listing":
                return self._list(path["protocol"], body)
            case "get_order":
                kept = self.orders.get(path["order_hash"].lower())
                if kept is None or path["protocol_address"].lower() != SEAPORT:
                    return _errors(self.absent, f"Order {path['order_hash']} not found")
                return as_json({"order": self.row(path["order_hash"].lower())})
            case "list_listings_collection_all":
                maker = query.get("maker", "").lower()
                return self._page("listings", query, lambda kept: not kept.is_offer and (
                    not maker or kept.parameters["offerer"] == maker))  # fmt: skip
            case "get_offers_nft":
                return self._page("offers", query, lambda kept: kept.is_offer and (
                    kept.token["itemType"] == 4
                    or kept.token["identifierOrCriteria"] == path["identifier"]))  # fmt: skip
            case "get_offers_collection":
                return self._page("offers", query, lambda kept: kept.is_offer and (
                    kept.token["itemType"] == 4))  # fmt: skip
            case "generate_offer_fulfillment_data_v2":
                return self._fulfil(body)
        return _errors(404, "Not found")

    # --- who may, and how often -------------------------------------------------------------------

    def _unauthorized(self, request: Request) -> Response | None:
        if request.headers.get("x-api-key") == KEY:
            return None
        return _errors(401, f"Invalid API key: {request.headers.get('x-api-key', 'missing')}")

    def _limited(self) -> Response | None:
        now = self.clock()
        self.asked = [moment for moment in self.asked if moment > now - HOUR]
        if len(self.asked) < self.per_hour:
            self.asked.append(now)
            return None
        wait = int(self.asked[0] + HOUR - now) + 1
        return as_json({"detail": "Request was throttled."}, 429, Retry_After=str(wait))

    # --- collections ------------------------------------------------------------------------------

    def _contract(self, address: str) -> Response:
        slug = self.collections.get(address.lower())
        if slug is None:
            return _errors(404, f"Contract {address} not found")
        return as_json({
            "address": address.lower(), "chain": self.chain, "collection": slug,
            "contract_standard": "erc721", "name": "Sold",
        })  # fmt: skip

    def _collection(self, slug: str) -> Response:
        contracts = [address for address, name in self.collections.items() if name == slug]
        if not contracts:
            return _errors(404, f"Collection {slug} not found")
        token = {
            "symbol": "ETH", "address": NOBODY, "chain": self.chain, "image": "", "name": "Ether",
            "decimals": 18, "eth_price": "1.0", "usd_price": "3000.0",
        }  # fmt: skip
        weth = {**token, "symbol": "WETH", "address": WETH}
        about = {
            "collection": slug, "name": "Sold", "collection_offers_enabled": True,
            "contracts": [{"address": each, "chain": self.chain} for each in contracts],
            "created_date": "2026-11-29", "editors": [], "fees": self.fees, "is_disabled": False,
            "is_nsfw": False, "opensea_url": f"https://opensea.io/collection/{slug}",
            "pricing_currencies": {"listing_currency": token, "offer_currency": weth},
            "safelist_status": "not_requested", "total_supply": 20, "trait_offers_enabled": False,
            "unique_item_count": 20,
        }  # fmt: skip
        return as_json(
            about | ({"required_zone": self.required_zone} if self.required_zone else {})
        )

    # --- orders -----------------------------------------------------------------------------------

    def _list(self, protocol: str, body: dict[str, Any]) -> Response:
        parameters = body["parameters"]
        try:
            assert protocol == "seaport" and body["protocol_address"].lower() == SEAPORT, (
                "Only Seaport 1.6 orders are accepted"
            )
            order_hash = self._check_listing(parameters, body["signature"])
        except AssertionError as refused:
            return _errors(400, str(refused))
        if order_hash in self.orders:
            return _errors(400, "Order already exists")
        self.keep(order_hash, parameters, body["signature"])
        self.accepted += 1
        return as_json(self.row(order_hash))

    def _check_listing(self, parameters: dict[str, Any], signature: str) -> str:
        """The order's hash. Raises AssertionError with OpenSea's words."""
        offered, asked = parameters["offer"], parameters["consideration"]
        money = [item for item in asked if item["itemType"] in (0, 1)]
        buyers = [item["recipient"] for item in asked if item["itemType"] == 2]
        zone = parameters.get("zone", NOBODY).lower()
        start, end = int(parameters["startTime"]), int(parameters["endTime"])
        confused = (
            "We encountered an exception while processing your request. Please try again later."
        )
        assert start < 10**11 and start < end <= self.clock() + HALF_A_YEAR, confused
        assert parameters["totalOriginalConsiderationItems"] == len(asked), confused
        assert [item["itemType"] for item in offered] == [2], "The offer is not one token"
        assert offered[0]["token"].lower() in self.collections, "The collection is not known"
        assert 1 <= len(money) <= 7, (
            "You have attempted to create a listing, but you provided an invalid number of currency"
            f" consideration items: {len(money)}. A consideration array for a listing may only have"
            " between 1 and 7 currency items."
        )
        assert zone == (self.required_zone or NOBODY), (
            f"You provided an invalid zone: {zone}, please use "
            + (f"{self.required_zone}" if self.required_zone else f"the null address: {NOBODY}")
            + " for order placement"
        )
        assert (parameters["orderType"] in (0, 1)) == (zone == NOBODY), (
            f"Please provide an OPEN order type when using {zone} on Seaport v1.6"
        )
        assert parameters["conduitKey"].lower() == CONDUIT_KEY, "The conduit is not OpenSea's"
        self._check_fees(money, bool(buyers))
        return self._check_signature(parameters, signature)

    def _check_fees(self, money: list[dict[str, Any]], private: bool) -> None:
        required = {row["recipient"]: round(row["fee"] * 100) for row in self.fees
                    if row["required"]}  # fmt: skip
        for end in ("startAmount", "endAmount"):
            total = sum(int(item[end]) for item in money)
            for recipient, points in required.items():
                paid = [int(i[end]) for i in money if i["recipient"].lower() == recipient]
                assert not (private and paid), (
                    "Private transactions should not include marketplace fees."
                )
                assert private or paid, "OpenSea fees are required to post this order."
                assert private or sum(paid) * 10_000 == total * points, (
                    f"An incorrect OpenSea fee has been provided. Expecting {points} basis points, "
                    f"but received {sum(paid) * 10_000 // total}."
                )

    def _check_signature(self, parameters: dict[str, Any], signature: str) -> str:
        message = theirs(_numbers(parameters), chain_id=self.chain_id)
        raw = bytes.fromhex(signature.removeprefix("0x"))
        order_hash, signed, length = message.body, message.body, len(raw)
        if length > 65:  # of many: (r, s[, v]) place, and the hashes up to the root
            head = 64 + (length - 67) % 32
            place = int.from_bytes(raw[head : head + 3])
            siblings = [raw[at : at + 32] for at in range(head + 3, length, 32)]
            for level, sibling in enumerate(siblings):
                right = place >> level & 1
                signed = keccak(sibling + signed if right else signed + sibling)
            signed = keccak(keccak(text=_bulk_type(len(siblings))) + signed)
            raw = raw[:head]
        if len(raw) == 64:  # EIP-2098
            parity = raw[32] >> 7
            raw = raw[:32] + bytes([raw[32] & 0x7F]) + raw[33:] + bytes([27 + parity])
        digested = SignableMessage(message.version, message.header, signed)
        who = Account.recover_message(digested, signature=raw) if len(raw) == 65 else NOBODY
        assert who.lower() == parameters["offerer"].lower(), "Invalid order signature"
        return "0x" + order_hash.hex()

    def keep(self, order_hash: str, parameters: dict[str, Any], signature: str) -> None:
        """As it has orders: addresses in small letters, the counter a number."""
        small = json.loads(json.dumps(parameters), object_hook=_small_letters)
        small["counter"] = int(small["counter"])
        self.orders[order_hash] = Kept(small, signature)

    def offer(self, order: Order) -> str:
        """Somebody makes an offer on its page; the hash."""
        message = named(order.components)
        order_hash = "0x" + theirs(message, chain_id=self.chain_id).body.hex()
        total = len(order.components.consideration)
        parameters = _texts(message) | {"totalOriginalConsiderationItems": total}
        self.keep(order_hash, parameters, "0x" + order.signature.hex())
        return order_hash

    def row(self, order_hash: str) -> dict[str, Any]:
        kept = self.orders[order_hash]
        data: dict[str, Any] = {"parameters": kept.parameters}
        if self.shows_signatures:
            data["signature"] = kept.signature
        side = kept.parameters["offer" if kept.is_offer else "consideration"]
        value = sum(int(item["startAmount"]) for item in side if item["itemType"] in (0, 1))
        currency = "WETH" if kept.is_offer else "ETH"
        price: dict[str, Any] = {"currency": currency, "decimals": 18, "value": str(value)}
        row = {
            "order_hash": order_hash, "chain": self.chain, "protocol_data": data,
            "protocol_address": SEAPORT, "remaining_quantity": 1, "status": kept.status,
            "order_created_at": int(self.clock()),
            "asset": {"contract": kept.token["token"],
                      "identifier": kept.token["identifierOrCriteria"]},
        }  # fmt: skip
        if kept.is_offer:
            return {**row, "price": price}
        return {**row, "price": {"current": price}, "type": "basic"}

    def _page(
        self, name: str, query: Mapping[str, str], wanted: Callable[[Kept], bool]
    ) -> Response:
        found = [key for key, kept in self.orders.items() if wanted(kept)]
        start, size = int(query.get("next", 0)), min(int(query.get("limit", 20)), self.page)
        more = {"next": str(start + size)} if start + size < len(found) else {}
        return as_json({name: [self.row(key) for key in found[start : start + size]], **more})

    def _fulfil(self, body: dict[str, Any]) -> Response:
        kept = self.orders.get(body["offer"]["hash"])
        if kept is None or kept.status != "ACTIVE":
            return _errors(400, "The order_hash does not exist")
        filled = {"parameters": kept.parameters, "signature": kept.signature}
        name, given = "fulfillBasicOrder_efficient_6GL6yc", {"parameters": {}}
        if kept.parameters["orderType"] in (2, 3):  # its zone signs, for this one alone
            who = bytes.fromhex(body["fulfiller"]["address"][2:])
            extra = b"\x00" + who + self.zone_signature
            order = {"signature": kept.signature, "extraData": "0x" + extra.hex(),
                     "numerator": 1, "denominator": 1}  # fmt: skip
            name = "fulfillAdvancedOrder"
            given = {"advancedOrder": order, "criteriaResolvers": [], "recipient": {},
                     "fulfillerConduitKey": CONDUIT_KEY}  # fmt: skip
        call = {
            "function": f"{name}(...)", "chain": self.chain_id, "to": SEAPORT, "value": "0",
            "input_data": given,
        }  # fmt: skip
        data = {"transaction": call, "orders": [filled]}
        return as_json({"protocol": "seaport1.6", "fulfillment_data": data})


def _errors(status: int, *words: str) -> Response:
    return as_json({"errors": list(words)}, status)


def _small_letters(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.lower() if isinstance(value, str) and value.startswith("0x") else value
        for name, value in row.items()
    }


def _numbers(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The EIP-712 message that JSON stands for."""

    def values(row: Mapping[str, Any], kind: str) -> dict[str, Any]:
        return {name: int(row[name]) if each.startswith("uint") else row[name]
                for name, each in TYPES[kind] if not each.endswith("[]")}  # fmt: skip

    return values({"zone": NOBODY, **parameters}, "OrderComponents") | {
        "offer": [values(row, "OfferItem") for row in parameters["offer"]],
        "consideration": [values(r, "ConsiderationItem") for r in parameters["consideration"]],
    }


def _texts(message: Any) -> Any:
    """And back."""
    if isinstance(message, list):
        return [_texts(each) for each in message]
    if isinstance(message, dict):
        small = ("itemType", "orderType")
        return {name: each if name in small else _texts(each) for name, each in message.items()}
    return "0x" + message.hex() if isinstance(message, bytes) else str(message)


def _bulk_type(height: int) -> str:
    structs = (
        f"{name}({','.join(f'{kind} {field}' for field, kind in TYPES[name])})"
        for name in ("ConsiderationItem", "OfferItem", "OrderComponents")
    )
    return f"BulkOrder(OrderComponents{'[2]' * height} tree)" + "".join(structs)
