"""What an answer must look like to be one, and what of it is passed on to web3.

web3's formatters trust a node: garbage makes them raise something, or goes through. Here it is
refused first, and what has no shape here is not asked. What is kept is kept in one spelling, so
that nodes can be compared; fields that we do not read are dropped, so that a chain with odd ones
(an `extraData` of 97 bytes on Polygon, which web3 refuses without a middleware) is read like any
other.

Source: https://ethereum.github.io/execution-apis
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Shape = Callable[[Any], Any]

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
_DATA = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
_HASH = re.compile(r"0x[0-9a-fA-F]{64}")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


def shaped(method: str, answer: Any) -> Any:
    """`answer` to `method` as it may be believed. Raises ValueError, TypeError, KeyError."""
    return SHAPES[method](answer)


def _text(pattern: re.Pattern[str]) -> Shape:
    def shape(answer: Any) -> str:
        if not isinstance(answer, str) or not pattern.fullmatch(answer):
            raise ValueError
        return answer.lower()

    return shape


def _quantity(answer: Any) -> str:
    return hex(int(_text(_QUANTITY)(answer), 16))


def _fields(needed: Mapping[str, Shape], optional: Mapping[str, Shape] | None = None) -> Shape:
    def shape(answer: Any) -> dict[str, Any]:
        if not isinstance(answer, dict):
            raise TypeError
        there = {name: kind for name, kind in (optional or {}).items() if answer.get(name)}
        return {name: kind(answer[name]) for name, kind in {**needed, **there}.items()}

    return shape


def _each(shape: Shape) -> Shape:
    def shapes(answer: Any) -> list[Any]:
        if not isinstance(answer, list):
            raise TypeError
        return [shape(row) for row in answer]

    return shapes


_data, _hash = _text(_DATA), _text(_HASH)
_block = _fields(
    {"hash": _hash}, {"number": _quantity, "baseFeePerGas": _quantity, "timestamp": _quantity}
)
_log = _fields(
    {
        "address": _text(_ADDRESS), "topics": _each(_hash), "data": _data,
        "blockNumber": _quantity, "blockHash": _hash, "transactionHash": _hash,
        "transactionIndex": _quantity, "logIndex": _quantity,
    },
)  # fmt: skip
_mined = _fields(
    {
        "transactionHash": _hash, "blockNumber": _quantity, "blockHash": _hash,
        "status": _quantity, "gasUsed": _quantity,
    },
    {"effectiveGasPrice": _quantity, "l1Fee": _quantity, "from": _text(_ADDRESS)},  # l1: OP stack
)  # fmt: skip
_transaction = _fields({"hash": _hash}, {"gasPrice": _quantity})


def _or_none(shape: Shape) -> Shape:
    """Of what a node may not have."""
    return lambda answer: None if answer is None else shape(answer)


SHAPES: Mapping[str, Shape] = {
    "eth_chainId": _quantity,
    "eth_blockNumber": _quantity,
    "eth_gasPrice": _quantity,
    "eth_maxPriorityFeePerGas": _quantity,
    "eth_estimateGas": _quantity,
    "eth_getBalance": _quantity,
    "eth_getTransactionCount": _quantity,
    "eth_getCode": _data,
    "eth_call": _data,
    "eth_getBlockByNumber": _block,
    "eth_getTransactionReceipt": _or_none(_mined),
    "eth_getTransactionByHash": _or_none(_transaction),
    "eth_getLogs": _each(_log),
    "eth_sendRawTransaction": _hash,
    "hardhat_setCode": lambda answer: answer,
    "hardhat_setStorageAt": lambda answer: answer,
}
