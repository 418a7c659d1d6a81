"""Calldata, return values, events and reverts by ABI: web3's codec, without a connection.

web3's contract objects look a function up by its name and its arguments at every call (0.4 ms,
and 60 us for each address of a list), and take 0.3 ms for an event; here it is looked up once.
Single reads go through them all the same (`Chain.contract`).

Source: https://docs.soliditylang.org/en/latest/abi-spec.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from eth_abi.exceptions import DecodingError
from eth_utils import keccak
from eth_utils.abi import (
    abi_to_signature,
    collapse_if_tuple,
    event_abi_to_log_topic,
    get_abi_input_types,
    get_abi_output_types,
)

if TYPE_CHECKING:
    from eth_abi.codec import ABICodec

REASON = {"type": "error", "name": "Error", "inputs": [{"name": "reason", "type": "string"}]}


class Interface:
    """What a contract understands, answers, and says when it refuses."""

    def __init__(self, abi: Sequence[Any]) -> None:
        self.abi = abi

    def selector(self, name: str) -> bytes:
        return self._functions[name][0]

    def encode(self, name: str, *arguments: Any) -> bytes:
        """Calldata for the function called `name`."""
        selector, inputs, _ = self._functions[name]
        return selector + bytes(_codec().encode(inputs, arguments))

    def decode(self, name: str, answer: bytes) -> tuple[Any, ...]:
        """What the function called `name` returned. Raises ValueError if it cannot have."""
        _, _, outputs = self._functions[name]
        return _decoded(outputs, answer)

    def constructor(self, *arguments: Any) -> bytes:
        """The constructor's arguments, as they follow the bytecode."""
        (found,) = (entry for entry in self.abi if entry["type"] == "constructor")
        return bytes(_codec().encode(get_abi_input_types(found), arguments))

    def topic(self, name: str) -> str:
        """What the logs of the event called `name` begin with."""
        return self._events[name][0]

    def event(self, name: str, log: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of an event, by name; those indexed must be of value types.

        Raises ValueError if the log is another event's.
        """
        topic, indexed, rest = self._events[name]
        first, *topics = log["topics"]
        if first != topic or len(topics) != len(indexed):
            raise ValueError(f"no {name}")
        words = bytes.fromhex("".join(topic[2:] for topic in topics))
        values = _decoded([*indexed.values()], words)
        others = _decoded([*rest.values()], bytes.fromhex(log["data"][2:])) if rest else ()
        return dict(zip((*indexed, *rest), (*values, *others), strict=True))

    def error(self, data: bytes) -> tuple[str, tuple[Any, ...]] | None:
        """Name and values of the error that a revert carries; None if it is none of these."""
        found = self._errors.get(data[:4])
        if found is None:
            return None
        try:
            return found["name"], _decoded(get_abi_input_types(found), data[4:])
        except ValueError:
            return None

    @cached_property
    def _functions(self) -> dict[str, tuple[bytes, list[str], list[str]]]:
        """By name; of overloaded ones the last."""
        return {
            entry["name"]: (
                _selector(entry),
                get_abi_input_types(entry),
                get_abi_output_types(entry),
            )
            for entry in self.abi
            if entry["type"] == "function"
        }

    @cached_property
    def _events(self) -> dict[str, tuple[str, dict[str, str], dict[str, str]]]:
        """By name: the topic; name and type of what is indexed, and of what is not."""
        return {
            entry["name"]: (
                "0x" + event_abi_to_log_topic(entry).hex(),
                {one["name"]: one["type"] for one in entry["inputs"] if one["indexed"]},
                {
                    one["name"]: collapse_if_tuple(one)
                    for one in entry["inputs"]
                    if not one["indexed"]
                },
            )
            for entry in self.abi
            if entry["type"] == "event"
        }

    @cached_property
    def _errors(self) -> dict[bytes, Any]:
        return {
            _selector(entry): entry for entry in (*self.abi, REASON) if entry["type"] == "error"
        }


def _selector(entry: Any) -> bytes:
    return bytes(keccak(text=abi_to_signature(entry))[:4])


def _decoded(types: Sequence[str], data: bytes) -> tuple[Any, ...]:
    try:
        return tuple(_codec().decode(types, data))
    except (DecodingError, UnicodeDecodeError) as error:
        raise ValueError(f"not {', '.join(types)}") from error


@lru_cache
def _codec() -> ABICodec:
    from web3.providers.base import BaseProvider

    from nftforge.chain.providers import client

    return client(BaseProvider()).codec
