"""Prices that are not meant: refused before anything is signed, unless told that they are right.

Behind each rule is a loss: 0.75 for 75 ETH, 17 USDC for 17 ETH, 4.444 for 4,444 ETH (2021). A
signature at a wrong price is taken by a program within a block.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from nftforge.config.load import CollectionFile
from nftforge.core.errors import GuardError
from nftforge.core.money import in_ether
from nftforge.pipeline.selling.terms import Asked

FAR = 10  # times the median, or a part of it


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


def _why_not(price: int, middle: float, least: int | None, currency: str) -> str:
    if least is not None and price < least:
        return f"below `min_price`, {in_ether(least)} {currency}"
    if price * FAR <= middle or price >= middle * FAR:
        return f"{times(price, middle)} of this file's median, {in_ether(int(middle))} {currency}"
    return ""


def times(price: int, middle: float) -> str:
    """A price as a multiple of the median: `1.0 x`, `0.05 x`."""
    return f"{price / middle:.2g} x" if price < middle * 100 else f"{price / middle:,.0f} x"
