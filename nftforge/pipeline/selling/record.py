"""pieces.orders.jsonl, beside the collection file: what was signed for public networks. Commit it.

    {"chain_id": 1, "contract": "0x..", "counter": "0", "seller": "0x.."}
    {"chain_id": 1, "order": {...}, "order_hash": "0x.."}

A signature is made off the chain, so no other machine can see it: this file is how it knows. The
orders are here without their signatures, so nobody can take one from it; what they say is enough to
ask the chain where each stands, and to withdraw it. The first kind of line says that whatever its
seller signed at that counter of Seaport's stands below. A line is written before its signature is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nftforge.config.pieces_lock import lock_path
from nftforge.core.errors import ConfigError, GuardError
from nftforge.core.fsync import atomic_write
from nftforge.core.journal import parse_header
from nftforge.core.limits import JOURNAL_BYTES, read_bounded
from nftforge.market.order_json import DECIMALS, components_from_json, components_to_json
from nftforge.market.orders import OrderComponents
from nftforge.market.typed_data import order_hash

Line = Mapping[str, Any]


@dataclass(frozen=True)
class Record:
    """The lines of one chain. `path` is None in a rehearsal, whose chain no other machine has."""

    path: Path | None
    chain_id: int

    def orders(self, seller: str, token: str) -> dict[bytes, OrderComponents]:
        """By hash. Raises GuardError naming the line that is no order."""
        found: dict[bytes, OrderComponents] = {}
        for number, line in enumerate(self._lines(), start=1):
            if line.get("chain_id") != self.chain_id or "order" not in line:
                continue
            try:
                order = components_from_json(line["order"])
            except ConfigError as error:
                raise self._damaged(number, error.fact) from None
            if line.get("order_hash") != "0x" + order_hash(order).hex():
                raise self._damaged(number, "its order has another hash")
            if not order.is_listing:
                raise self._damaged(number, "its order is none that nftforge makes")
            if order.offerer == seller and order.offer[0].token.lower() == token.lower():
                found[order_hash(order)] = order
        return found

    def counters(self, seller: str, token: str) -> set[int]:
        """At which everything that was signed stands here."""
        ours = {"chain_id": self.chain_id, "contract": token, "seller": seller}
        said = [line for line in self._lines() if ours.items() <= line.items()]
        return {int(line["counter"]) for line in said if is_counter(line.get("counter"))}

    def add(self, orders: Sequence[OrderComponents]) -> list[OrderComponents]:
        """Those that are not there yet, which it returns. Raises OSError."""
        there = {str(line.get("order_hash")) for line in self._lines()}
        new = [order for order in orders if "0x" + order_hash(order).hex() not in there]
        self._change(lambda lines: [*lines, *map(self._line, new)])
        return new

    def drop(self, orders: Sequence[OrderComponents]) -> None:
        """What was not signed after all."""
        gone = {"0x" + order_hash(order).hex() for order in orders}
        self._change(
            lambda lines: [each for each in lines if str(each.get("order_hash")) not in gone]
        )

    def covers(self, seller: str, token: str, counter: int) -> None:
        """From now on all that is signed at `counter` is here."""
        said = {
            "chain_id": self.chain_id, "contract": token, "counter": str(counter), "seller": seller,
        }  # fmt: skip
        self._change(lambda lines: [*lines, said])

    def _line(self, order: OrderComponents) -> Line:
        hashed = "0x" + order_hash(order).hex()
        return {
            "chain_id": self.chain_id,
            "order": components_to_json(order),
            "order_hash": hashed,
        }

    def _change(self, change: Callable[[Sequence[Line]], Sequence[Line]]) -> None:
        if self.path is None:
            return
        before = self._lines()
        texts = list(dict.fromkeys(json.dumps(each, sort_keys=True) for each in change(before)))
        if texts == [json.dumps(each, sort_keys=True) for each in before]:
            return
        with atomic_write(self.path, fsync=True) as stream:
            stream.write("".join(f"{text}\n" for text in texts).encode())

    def _lines(self) -> list[dict[str, Any]]:
        if self.path is None or not self.path.exists():
            return []
        found = []
        for number, text in enumerate(read_bounded(self.path, JOURNAL_BYTES).splitlines(), start=1):
            try:
                found.append(parse_header(text))
            except ValueError:
                raise self._damaged(number, "this is no line of nftforge's") from None
        return found

    def _damaged(self, line: int, why: str) -> GuardError:
        return GuardError(
            f"{self.path}:{line}: {why}",
            hint="put back the file that was committed, or resolve its conflict: keep all lines of "
            "both sides",
        )


def is_counter(value: object) -> bool:
    """Whether it is one as they are written here: decimals of 256 bits, as text."""
    return isinstance(value, str) and DECIMALS.fullmatch(value) is not None


def open_record(collection: Path, chain_id: int, is_rehearsal: bool) -> Record:
    """Of the collection file `collection`, as the lock file beside it is named."""
    locked = lock_path(collection)
    name = locked.name.removesuffix(".lock.csv") + ".orders.jsonl"
    return Record(None if is_rehearsal else locked.with_name(name), chain_id)
