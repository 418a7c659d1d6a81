"""Which answers of several nodes are one answer, and what it is.

A fact about a block must be the same everywhere. An estimate is no fact: the largest is safe, for
unused gas is not paid. A price is a wish: the smallest is asked, and who asks too little is told.
A receipt or transaction that a node lacks is no contradiction, unless a receipt says that our
transaction failed: for success is read from the contract besides, and failure is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nftforge.core.errors import RevertedError

BLOCK_AT = {  # where a question names its block
    "eth_getBlockByNumber": 0,
    "eth_getBalance": 1,
    "eth_getCode": 1,
    "eth_getTransactionCount": 1,
    "eth_call": 1,
}
PRICES = ("eth_gasPrice", "eth_maxPriorityFeePerGas")
RECEIPT, TRANSACTION = "eth_getTransactionReceipt", "eth_getTransactionByHash"
ESTIMATE, LOGS = "eth_estimateGas", "eth_getLogs"


def wants_all(method: str) -> bool:
    """Whether every node is to be heard."""
    return method in BLOCK_AT or method in (
        *PRICES, RECEIPT, TRANSACTION, ESTIMATE, LOGS,
    )  # fmt: skip


def at_block(method: str, params: Sequence[Any], at: str) -> list[Any]:
    """The same question about the block `at`, if it asked for the latest."""
    found, place = list(params), BLOCK_AT.get(method)
    if method == LOGS and found[0].get("toBlock") == "latest":
        return [{**found[0], "toBlock": at}]
    if place is not None and len(found) == place:
        found.append(at)
    elif place is not None and found[place] == "latest":
        found[place] = at
    return found


def agreed(method: str, answers: Sequence[Any]) -> tuple[Any] | None:
    """The one answer that these are (a RevertedError is an answer too); None if they differ."""
    if any(isinstance(answer, RevertedError) for answer in answers):
        return _the_same(_revert, answers)
    if method in PRICES:
        return (min(answers, key=_number),)
    if method == ESTIMATE:
        return (max(answers, key=_number),)
    if method in (RECEIPT, TRANSACTION):
        return _mined(answers)
    return _the_same(_equal, answers)


def _the_same(same: Callable[[Any, Any], bool], answers: Sequence[Any]) -> tuple[Any] | None:
    fullest = max(answers, key=_size)
    return (fullest,) if all(same(fullest, answer) for answer in answers) else None


def _equal(one: Any, other: Any) -> bool:
    """Of a block, what both tell: old nodes leave fields out."""
    if isinstance(one, dict) and isinstance(other, dict):
        return all(one[name] == other[name] for name in one.keys() & other.keys())
    return bool(one == other)


def _revert(one: Any, other: Any) -> bool:
    """Nodes word reverts in their own ways, and some leave the data out."""
    if not isinstance(one, RevertedError) or not isinstance(other, RevertedError):
        return False
    return "0x" in (one.data, other.data) or one.data == other.data


def _mined(answers: Sequence[Any]) -> tuple[Any] | None:
    found = [answer for answer in answers if answer]
    if not found:
        return (None,)
    failed = any(answer.get("status") == "0x0" for answer in found)
    return _the_same(_equal, answers if failed else found)


def _number(answer: str) -> int:
    return int(answer, 16)


def _size(answer: Any) -> int:
    if isinstance(answer, RevertedError):
        return len(answer.data)
    return len(answer) if isinstance(answer, dict) else 0
