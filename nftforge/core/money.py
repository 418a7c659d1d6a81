"""Amounts of a chain's currency as people write them: a number and its unit, exact to the wei.

A bare number might be ether, gwei or wei, a factor of 10^18 apart: it is refused everywhere.
"""

from __future__ import annotations

import re

from nftforge.core.errors import quoted

AMOUNT = re.compile(r"([0-9]{1,30})(?:\.([0-9]{1,100}))? *([A-Za-z]{1,12})", re.ASCII)
MOST_WEI = 10**36  # no currency has so much of it


def check_amount(text: str) -> str:
    """An amount, whatever the currency is called. Raises ValueError."""
    found = AMOUNT.fullmatch(text.strip())
    unit = found[3] if found and found[3].upper() not in ("GWEI", "WEI") else "ETH"
    wei_of(text, unit)
    return text.strip()


def wei_of(text: str, currency: str) -> int:
    """An amount with its unit: `0.01 ETH` (or the chain's currency), `2000000 gwei`, `1 wei`.

    Raises ValueError: no unit or an unknown one, too many decimals, nothing, or too much.
    """
    found = AMOUNT.fullmatch(text.strip())
    if not found:
        raise ValueError(
            f"{quoted(text)}: an amount and its unit are needed, such as 0.01 {currency}"
        )
    decimals = {currency.upper(): 18, "GWEI": 9, "WEI": 0}.get(found[3].upper())
    if decimals is None:
        raise ValueError(f"{quoted(text)}: the units here are {currency}, gwei and wei")
    fraction = (found[2] or "").rstrip("0")
    if len(fraction) > decimals:
        raise ValueError(
            f"{quoted(text)}: {found[3]} has no more than {decimals} decimals"
            if decimals
            else f"{quoted(text)}: there is no part of a wei"
        )
    wei = int(found[1] + fraction.ljust(decimals, "0"))
    if not 0 < wei <= MOST_WEI:
        raise ValueError(f"{quoted(text)} is {'more than there is' if wei else 'nothing'}")
    return wei


def in_ether(wei: int) -> str:
    """As a decimal number, exact: 50000000000000000 is 0.05."""
    text = f"{abs(wei) // 10**18}.{abs(wei) % 10**18:018}".rstrip("0").rstrip(".")
    return f"-{text}" if wei < 0 else text
