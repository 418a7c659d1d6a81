"""What pieces are to be sold for, as the artist writes it.

    sale: {price: 0.05 ETH, until: 2027-02-01, min_price: 0.01 ETH, in: [page]}
    pieces:
      - {image: a.png, name: A, price: 0.2 ETH}
      - {image: b.png, name: B, price: {from: 1 ETH, to: 0.2 ETH, over: 3 days}}
      - {image: c.png, name: C, price: {at: 0.3 ETH, buyer: 0x...}}
      - {image: d.png, name: D, price: none}

An order is to be a function of what stands here, so that the same file gives the same order on any
day and machine: times are those of the file, never today's. A Dutch price falls from `start` on,
or, where none is given, so that it ends at `until`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from nftforge.config.section import Section
from nftforge.config.values import Address
from nftforge.core.errors import quoted
from nftforge.core.money import check_amount

NONE = "none"  # not for sale, whatever the others are
UNITS = {"minute": 60, "hour": 3600, "day": 86_400, "week": 7 * 86_400}
DURATION = re.compile(r"([1-9][0-9]{0,5}) *(minute|hour|day|week)s?", re.ASCII)
COMMA = re.compile(
    r"([0-9]+),([0-9]+ *[A-Za-z]+)", re.ASCII
)  # 0,05 ETH, as half the world writes it
MOST_ETH = 10**12
LAST = 1 << 34  # seconds: the year 2514


def seconds_since_1970(moment: str) -> int | None:
    """Of a day or a time as ISO 8601 writes it; without a zone it is UTC. None if it is neither."""
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())


def seconds_of(duration: str) -> int:
    """Of `3 days`, `12 hours`, `30 minutes`, `2 weeks`. Raises ValueError."""
    found = DURATION.fullmatch(duration.strip())
    if not found:
        raise ValueError(f"{quoted(duration)} is no duration, such as 3 days, 12 hours, 30 minutes")
    return int(found[1]) * UNITS[found[2]]


def _moment(text: str) -> str:
    seconds = seconds_since_1970(text.strip())
    if seconds is None or not 0 < seconds < LAST:
        raise ValueError(
            f"{quoted(text)} is no day or time; write 2027-02-01, or 2027-02-01T18:00Z"
        )
    return text.strip()


def _duration(text: str) -> str:
    seconds_of(text)
    return text


def _no_number(example: str) -> BeforeValidator:
    """`2027` in quotes would be no day either."""

    def refuse(given: object) -> object:
        if isinstance(given, int | float) and not isinstance(given, bool):
            raise ValueError(f"{given} is a number; write {example}")
        return given

    return BeforeValidator(refuse)


def _amount(given: object) -> object:
    if isinstance(given, int | float) and not isinstance(given, bool):
        number = format(Decimal(str(given)), "f")  # 1e-05 is no amount
        write = f"; write {number} ETH" if 0 < given < MOST_ETH else ""
        raise ValueError(f"a price has a unit and is more than 0, and {number} is a number{write}")
    if isinstance(given, str) and (found := COMMA.fullmatch(given.strip())):
        raise ValueError(f"{quoted(given)} has a comma; write {found[1]}.{found[2]}")
    return check_amount(given) if isinstance(given, str) else given


Amount = Annotated[str, BeforeValidator(_amount)]
Moment = Annotated[str, AfterValidator(_moment), _no_number("2027-02-01, or 2027-02-01T18:00Z")]
Duration = Annotated[str, AfterValidator(_duration), _no_number("3 days, 12 hours or 30 minutes")]


class Price(Section):
    """A price: fixed (`at`), or Dutch (`from`, `to`, `over`). Neither: not for sale."""

    at: Amount | None = Field(None, description="a fixed price, such as 0.2 ETH")
    begin: Amount | None = Field(None, alias="from", description="what a Dutch price begins with")
    to: Amount | None = Field(None, description="what it ends with")
    over: Duration | None = Field(None, description="how long it takes: 3 days, 12 hours")
    start: Moment | None = Field(
        None, description="when it begins; default: so that it ends at `sale: {until: ..}`"
    )
    buyer: Address | None = Field(None, description="who alone may buy")

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Price:
        dutch = (self.begin, self.to, self.over)
        if self.at is not None and any(dutch):
            raise ValueError("`at` is a fixed price; `from`, `to` and `over` a Dutch one: take one")
        if self.at is None and not all(dutch):
            raise ValueError("either `at: 0.2 ETH`, or `from`, `to` and `over` together are needed")
        return self

    @property
    def is_none(self) -> bool:
        return self.at is None and self.begin is None


NOT_FOR_SALE = Price.model_construct()


def _price(given: object, validated: ValidatorFunctionWrapHandler) -> Any:
    """`0.2 ETH` is a fixed price, `none` no sale."""
    if isinstance(given, str):
        if given.strip().lower() == NONE:
            return NOT_FOR_SALE
        return validated({"at": _amount(given)})
    if isinstance(given, bool) or not isinstance(given, dict | Price):
        _amount(given)
        raise ValueError(
            "a price is needed: 0.2 ETH, {from: 1 ETH, to: 0.2 ETH, over: 3 days}, or none"
        )
    return validated(given)


AnyPrice = Annotated[
    Price | None, WrapValidator(_price, json_schema_input_type=str | Price)
]  # None: nothing is said


class Sale(Section):
    """How `nftforge list` puts pieces up for sale; `run` lists nothing."""

    price: AnyPrice = Field(None, description="of pieces that have none of their own")
    until: Moment = Field(
        description="when offers end: 2027-02-01, or 2027-02-01T18:00Z; 15 minutes to 180 days"
    )
    start: Moment | None = Field(None, description="when they begin; default: at once")
    min_price: Amount | None = Field(
        None, description="nothing is listed for less, unless told --price-is-right"
    )
    places: tuple[Literal["page", "opensea"], ...] = Field(
        ("page",), alias="in", min_length=1, description="where orders are shown"
    )
    series: int = Field(
        0,
        ge=0,
        lt=2**32,
        description="raise it to list anew, for the same price and time, what was withdrawn",
    )
