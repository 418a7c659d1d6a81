"""Prices that are not meant: refused before anything is signed, unless told that they are right.

Behind each rule is a loss: 0.75 for 75 ETH, 17 USDC for 17 ETH, 4.444 for 4,444 ETH (2021). A
signature at a wrong price is taken by a program within a block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from nftforge.config.load import CollectionFile
from nftforge.core.errors import GuardError
from nftforge.core.money import in_ether
from nftforge.pipeline.selling.terms import Asked

FAR = 10  # times the median, or a part of it
MEANT = "say --price-is-right if it is; nothing was signed"


@dataclass(frozen=True)
class Before:
    """What a token was asked or paid for until now, in wei: the least and the most of it."""

    least: int
    most: int
    what: str  # `its order 0x1234abcd`


def check_prices(
    file: CollectionFile,
    listed: Sequence[Asked],
    everything: Sequence[Asked],
    least: int | None,
    currency: str,
) -> None:
    """Raises GuardError naming every price that is far from the file's others, or too low.

    Of a Dutch price the end counts: what it begins with costs nobody anything.
    """
    middle = median(each.lowest for each in everything)
    facts = []
    for each in listed:
        rising = "a price that rises; one that falls is `from` high `to` low"
        why = _why_not(each.lowest, middle, least, currency)
        if why := why or (rising if each.end_price > each.start_price else ""):
            text = f"{in_ether(each.lowest)} {currency} for {each.piece}: {why}"
            facts.append(file.refusal(each.place, text).fact)
    if facts:
        raise GuardError(
            *facts[:10],
            hint="correct it, or say --price-is-right; nothing was signed",
        )


def check_own_price(piece: str, price: int, before: Sequence[Before], currency: str) -> list[str]:
    """Why `price` is far from what the piece was sold or offered for: a line for each.

    One piece alone has no others to be compared with, and a price for all can be mistyped for all.
    """
    return [
        f"{in_ether(price)} {currency} for {piece}: {_multiple(price, each)} of {each.what}, "
        f"{_range(each)} {currency}"
        for each in before
        if price * FAR <= each.least or price >= each.most * FAR
    ]


def check_offer(
    piece: str,
    received: int,
    everything: Sequence[Asked],
    least: int | None,
    before: Sequence[Before],
    currency: str,
) -> None:
    """Raises GuardError if what an offer leaves is far below what the piece, or others, go for."""
    own = [each.lowest for each in everything if each.piece == piece]
    known = [Before(price, price, "its price in the file") for price in own]
    if everything:
        middle = int(median(each.lowest for each in everything))
        known.append(Before(middle, middle, "this file's median"))
    why = [
        f"{_multiple(received, each)} of {each.what}, {_range(each)} {currency}"
        for each in (*known, *before)
        if received * FAR <= each.least
    ]
    if least is not None and received < least:
        why.insert(0, f"`min_price` is {in_ether(least)} {currency}")
    if why:
        gets = f"{piece}: you would receive {in_ether(received)} WETH"
        raise GuardError(f"{gets}; {'; '.join(dict.fromkeys(why))}", hint=MEANT)


def _multiple(price: int, before: Before) -> str:
    return times(price, before.least if price < before.least else before.most)


def _range(before: Before) -> str:
    least, most = in_ether(before.least), in_ether(before.most)
    return least if least == most else f"{least} to {most}"


def _why_not(price: int, middle: float, least: int | None, currency: str) -> str:
    if least is not None and price < least:
        return f"below `min_price`, {in_ether(least)} {currency}"
    if price * FAR <= middle or price >= middle * FAR:
        return f"{times(price, middle)} of this file's median, {in_ether(int(middle))} {currency}"
    return ""


def times(price: int, middle: float) -> str:
    """A price as a multiple of the median: `1.0 x`, `0.05 x`."""
    return f"{price / middle:.2g} x" if price < middle * 100 else f"{price / middle:,.0f} x"
