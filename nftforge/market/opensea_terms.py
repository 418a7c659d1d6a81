"""What OpenSea asks of orders for a collection, and whether a listing is as it asks.

Its fees and the zone, if it demands one, stand in its answer for the collection; they have changed
several times and differ between chains, so none is known here. A fee is exact or the listing is
refused: price times basis points has to divide by 10,000. A private listing has no fee. Optional
fees are the creator's, which our orders take from the token itself (ERC-2981).

Sources: https://docs.opensea.io/docs/opensea-fees; npm @opensea/api-types 0.12.0
(CollectionDetailedResponse); for what is refused, issues 842, 1163, 1220, 1318 and 1710 of
https://github.com/ProjectOpenSea/opensea-sdk, and 189 of seaport-js
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from nftforge.core.errors import BadAnswerError, ConfigError, GuardError, MismatchError
from nftforge.market.addresses import OPENSEA_CONDUIT_KEY
from nftforge.market.fulfillment import buyer_of
from nftforge.market.order_json import read_address
from nftforge.market.orders import NOBODY, ItemType, OrderComponents
from nftforge.market.prices import BASIS, MONEY, Share, fee_share

MOST_FEES = 2_000  # basis points of all required ones together; no more was ever asked
MOST_MONEY_ITEMS = 7
LONGEST_S = 185 * 86_400  # "six months"; 180 days are always fine
MILLISECONDS = 10**11  # no time in seconds is so large before the year 5138


@dataclass(frozen=True)
class Fee:
    """A part of each price that OpenSea names; `required`: no listing without it."""

    recipient: str
    basis_points: int
    required: bool


@dataclass(frozen=True)
class CollectionTerms:
    """What OpenSea says of the collection that the contract at `contract` belongs to."""

    slug: str
    contract: str
    fees: tuple[Fee, ...]
    required_zone: str | None = None

    @property
    def zone(self) -> str:
        """For `ListingTerms.zone`."""
        return self.required_zone or NOBODY

    @property
    def recipients(self) -> frozenset[str]:
        """Who gets fees, required or not; in small letters."""
        return frozenset(fee.recipient.lower() for fee in self.fees)

    def shares(
        self, start_price: int, end_price: int, *, private: bool = False
    ) -> tuple[Share, ...]:
        """The required fees, for `ListingTerms.shares`; none if the listing is for one buyer.

        Raises ConfigError for a price of which a fee is no whole wei, with the nearest that fits.
        """
        if private:
            return ()
        for price in (start_price, end_price):
            check_price(price, self.fees)
        return tuple(
            fee_share(fee.recipient, fee.basis_points, start_price, end_price)
            for fee in self.fees
            if fee.required and fee.basis_points
        )


def check_price(price: int, fees: Iterable[Fee]) -> None:
    """Raises ConfigError if OpenSea would refuse `price` (in wei), with the nearest that fits."""
    required = [fee.basis_points for fee in fees if fee.required]
    step = math.lcm(*(BASIS // math.gcd(BASIS, points) for points in required if points))
    if price % step:
        nearest = max(step, (price + step // 2) // step * step)
        percents = " and ".join(f"{points / 100:g} %" for points in required if points)
        raise ConfigError(
            f"a price of {_ether(price)}: OpenSea's fee of {percents} of it is no whole wei",
            hint=f"the nearest price that OpenSea takes is {_ether(nearest)}",
        )


def check_listing(order: OrderComponents, terms: CollectionTerms) -> None:
    """Whether OpenSea would take it; to be asked before anybody signs.

    Raises ConfigError for what no listing there can be, MismatchError for fees or a zone that are
    not those of `terms`.
    """
    check_form(order)
    _check_zone(order, terms)
    private = buyer_of(order) is not None
    total = _total(order, "start_amount"), _total(order, "end_amount")
    paid = {
        item.recipient.lower(): (item.start_amount, item.end_amount)
        for item in order.consideration
        if item.item_type in MONEY
    }
    for share in terms.shares(*total, private=private):
        found = paid.get(share.recipient.lower(), (0, 0))
        wanted = share.start_amount, share.end_amount
        if found != wanted and share.recipient.lower() != order.offerer.lower():
            raise MismatchError(
                f"OpenSea's fee: {share.recipient} gets {found[0]} wei of {total[0]}, and has to "
                f"get {wanted[0]}"
            )
    required = {fee.recipient.lower() for fee in terms.fees if fee.required}
    if private and (extra := (required & set(paid)) - {order.offerer.lower()}):
        raise MismatchError(f"a private listing pays {extra.pop()}: OpenSea takes no fee of one")


def check_form(order: OrderComponents) -> None:
    """What OpenSea takes of any collection. Raises ConfigError."""
    money = sum(item.item_type in MONEY for item in order.consideration)
    if not order.offer or order.offer[0].item_type is not ItemType.ERC721:
        raise ConfigError("this order sells no token: OpenSea lists tokens")
    if order.conduit_key != OPENSEA_CONDUIT_KEY:
        raise ConfigError("a listing on OpenSea lets OpenSea's conduit move the token")
    if not 1 <= money <= MOST_MONEY_ITEMS:
        raise ConfigError(
            f"the price goes to {money} receivers: OpenSea takes 1 to {MOST_MONEY_ITEMS}"
        )
    if order.start_time >= MILLISECONDS:
        raise ConfigError(f"the order begins at {order.start_time}: times are in seconds")
    if order.end_time - order.start_time > LONGEST_S:
        raise ConfigError("OpenSea lists for six months at most: say an earlier `until`")


def _check_zone(order: OrderComponents, terms: CollectionTerms) -> None:
    if order.zone.lower() == terms.zone.lower():
        return
    if terms.required_zone:
        raise MismatchError(
            f"OpenSea demands the zone {terms.required_zone} for {terms.slug}, and the order has "
            f"{order.zone if order.zone != NOBODY else 'none'}"
        )
    raise MismatchError(
        f"the order has the zone {order.zone}, and OpenSea takes none for {terms.slug}"
    )


def _total(order: OrderComponents, amount: str) -> int:
    return sum(int(getattr(i, amount)) for i in order.consideration if i.item_type in MONEY)


def _ether(wei: int) -> str:
    return f"{wei // 10**18}.{wei % 10**18:018}".rstrip("0").rstrip(".")


# --- OpenSea's answers ----------------------------------------------------------------------------


def slug_in(answer: Any, chain: str, contract: str) -> str:
    """The collection that a contract belongs to. Raises BadAnswerError, MismatchError."""
    slug, address = _text(answer, "collection"), _text(answer, "address")
    if address.lower() != contract.lower() or _text(answer, "chain") != chain:
        raise MismatchError(f"OpenSea was asked for {contract}, and answered with {address}")
    return slug


def terms_in(answer: Any, slug: str, chain: str, contract: str) -> CollectionTerms:
    """Raises BadAnswerError; MismatchError if the collection is another; GuardError for fees that
    cannot be meant."""
    rows, contracts = answer.get("fees"), answer.get("contracts")
    if not isinstance(rows, list) or not isinstance(contracts, list):
        raise BadAnswerError("answered with a collection that has no fees or no contracts")
    if _text(answer, "collection") != slug or not any(
        isinstance(row, Mapping)
        and str(row.get("address")).lower() == contract.lower()
        and row.get("chain") == chain
        for row in contracts
    ):
        raise MismatchError(f"OpenSea's collection {slug} does not have the contract {contract}")
    fees = tuple(map(_fee, rows))
    asked = sum(fee.basis_points for fee in fees if fee.required)
    if asked > MOST_FEES:
        raise GuardError(
            f"OpenSea asks {asked / 100:g} % of each sale of {slug}: nobody ever asked so much",
            hint="nothing was signed; look at the collection's page on OpenSea",
        )
    zone = answer.get("required_zone")
    return CollectionTerms(slug, contract, fees, _address(zone) if zone else None)


def _fee(row: Any) -> Fee:
    """`fee` is in percent."""
    percent = row.get("fee") if isinstance(row, Mapping) else None
    if isinstance(percent, bool) or not isinstance(percent, int | float):
        raise BadAnswerError("answered with a fee that is none")
    points = Fraction(str(percent)) * 100 if math.isfinite(percent) else Fraction(-1)
    if points.denominator != 1 or not 0 <= points <= BASIS:
        raise GuardError(f"OpenSea names a fee of {percent} %: no order can have it")
    if not isinstance(row.get("required"), bool):
        raise BadAnswerError("answered with a fee that is neither required nor not")
    return Fee(_address(row.get("recipient")), int(points), row["required"])


def _address(value: object) -> str:
    try:
        return read_address(value)
    except ValueError:
        raise BadAnswerError("answered with an address that is none") from None


def _text(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise BadAnswerError(f"answered with JSON that has no {name}")
    return value
