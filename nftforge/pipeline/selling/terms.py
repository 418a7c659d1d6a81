"""What the file asks for each piece: wei and seconds, from the file alone.

An order has to be the same on any day and any machine, so nothing here looks at a clock: without a
`start`, a fixed price has begun as long before its end as an order may last, and a Dutch one begins
so that it ends at `until`.

The embedded chain has a clock of its own, which begins with it and is no calendar: a sale there
begins with the chain, and lasts as long as the file says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from nftforge.chain.networks import Network
from nftforge.config.load import CollectionFile
from nftforge.config.sale import Price, Sale, seconds_of, seconds_since_1970
from nftforge.config.yaml import Location
from nftforge.core.errors import ConfigError, all_of
from nftforge.core.money import wei_of

SHORTEST_S, LONGEST_S = 15 * 60, 180 * 86_400
EMBEDDED_BEGINS = 1_767_225_600  # chain.embedded.GENESIS_TIME


@dataclass(frozen=True)
class Asked:
    """What is asked for a piece. Prices in wei; times in seconds since 1970, by the file."""

    piece: str
    place: Location  # in the file
    start_price: int
    end_price: int
    start_time: int
    end_time: int
    buyer: str | None = None
    at_once: bool = False  # nothing says when it begins: now, whatever `start_time` is

    @property
    def lowest(self) -> int:
        return min(self.start_price, self.end_price)


def sale_of(file: CollectionFile) -> Sale:
    """Raises ConfigError if the file sells nothing."""
    if file.collection.sale is None:
        priced = [index for index, piece in enumerate(file.collection.pieces) if piece.price]
        fact = "no `sale:` says until when pieces are for sale"
        hint = "add `sale: {price: 0.05 ETH, until: 2027-02-01}`"
        if priced:
            raise file.error(("pieces", priced[0], "price"), fact, hint=hint)
        raise ConfigError(f"{file.path}: {fact}, and for how much", hint=hint)
    return file.collection.sale


def asked(file: CollectionFile, network: Network) -> list[Asked]:
    """Of every piece that has a price, in the file's order. Raises ConfigError with the line."""
    sale, looks = sale_of(file), []
    for index, piece in enumerate(file.collection.pieces):
        price = piece.price or sale.price
        place: Location = ("pieces", index, "price") if piece.price else ("sale", "price")
        if price and not price.is_none:
            looks.append(partial(_asked, file, network, sale, piece.id, price, place))
    return all_of(looks)


def _asked(
    file: CollectionFile, network: Network, sale: Sale, piece: str, price: Price, place: Location
) -> Asked:
    first = wei(file, network, place, price.at or price.begin or "")
    last = wei(file, network, place, price.at or price.to or "")
    end = _seconds(sale.until)
    begun = price.start or sale.start
    if price.over is None:
        start = _seconds(begun) if begun else end - LONGEST_S
    elif begun:
        start = _seconds(begun)
        end = start + seconds_of(price.over)
        if end > _seconds(sale.until):
            raise file.error(
                place, f"this ends after `until`, {sale.until}", hint="say a later one"
            )
    else:
        start = end - seconds_of(price.over)
    if start < 0 or start >= end:
        raise file.error(place, "this sale ends before it begins", hint="see `until` and `start`")
    at_once = not begun and price.over is None
    return Asked(piece, place, first, last, start, end, price.buyer, at_once)


def wei(file: CollectionFile, network: Network, place: Location, amount: str) -> int:
    """Raises ConfigError with the line for a unit that the network does not have."""
    try:
        return wei_of(amount, network.currency)
    except ValueError as error:
        raise file.error(place, f"{error} on {network.name}") from None


def _seconds(moment: str) -> int:
    seconds = seconds_since_1970(moment)
    assert seconds is not None, "the models let no other pass"
    return seconds


def check_times(file: CollectionFile, asked: Sequence[Asked], now: int) -> None:
    """Raises ConfigError with the line for what is over in a quarter of an hour, or lasts too long.

    now: by whichever clock the file was written.
    """
    for each in asked:
        left = each.end_time - now
        if left < SHORTEST_S:
            when = "was over" if left <= 0 else "would be over"
            raise file.error(
                ("sale", "until"),
                f"the sale of {each.piece} {when} {_ago(left)}",
                hint="an order has to last 15 minutes at least: give a later day",
            )
        begins = now if each.at_once else max(now, each.start_time)
        if each.end_time - begins > LONGEST_S:
            raise file.error(
                ("sale", "until"),
                f"the sale of {each.piece} would last {left // 86_400} days",
                hint="180 days at most: prices and keys change; list again then",
            )


def _ago(left: int) -> str:
    days, minutes = abs(left) // 86_400, max(1, abs(left) // 60)
    span = f"{days} days" if days > 1 else f"{minutes} min"
    return f"{span} ago" if left <= 0 else f"in {span}"


def on_the_clock_of(network: Network, asked: Asked) -> Asked:
    """The same on that network's clock."""
    if network.kind != "embedded":
        return asked
    span = asked.end_time - asked.start_time
    return replace(asked, start_time=EMBEDDED_BEGINS, end_time=EMBEDDED_BEGINS + span)
