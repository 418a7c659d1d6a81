"""The orders that were signed here: `.nftforge/journal/sale-NETWORK.jsonl`, for its owner alone.

    since           outcome: the counter of the seller's at which everything signed stands here
    list 0x..       intent: the order;  outcome: its signature;  void: it was not signed
    opensea 0x..    intent: it is about to be sent there;  outcome: it is there

A signature is a bearer promise: whoever reads it can take the order, so the file has mode 0600 and
nothing in it is logged. It is written before it leaves. The book is no proof of anything: what it
says is signed is checked, what stands is asked of the chain, and an order that it lost comes out of
the file again with the same hash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from nftforge.chain.connection import Chain
from nftforge.core.errors import ConfigError, GuardError
from nftforge.core.journal import Journal, JournalEntry
from nftforge.core.limits import JOURNAL_BYTES, read_bounded
from nftforge.market.bulk import sign_orders, signer_of
from nftforge.market.order_json import components_from_json, components_to_json
from nftforge.market.orders import Order, OrderComponents
from nftforge.market.typed_data import order_hash
from nftforge.pipeline.minting.session import Session, chain_journal
from nftforge.pipeline.selling.record import Record, is_counter

LISTED, POSTED, SINCE = "list", "opensea", "since"
IRREPLACEABLE = (
    "put back a copy of it: what was signed stands nowhere else; if there is none, move it away "
    "and `nftforge delist --all` ends every order there ever was"
)


def open_book(chain: Chain, work_folder: Path) -> Journal:
    """Raises GuardError if it is another chain's, or damaged."""
    try:
        return chain_journal(chain, _path(work_folder, chain.network.name), "sale")
    except GuardError as error:
        raise GuardError(error.fact, hint=IRREPLACEABLE) from None


def book_digest(work_folder: Path, network: str) -> str:
    """What tells whether the book has changed; of one that is not there, too."""
    path = _path(work_folder, network)
    return sha256(read_bounded(path, JOURNAL_BYTES)).hexdigest() if path.exists() else ""


def _path(work_folder: Path, network: str) -> Path:
    return work_folder / "journal" / f"sale-{network}.jsonl"


def name_of(order: OrderComponents, what: str = LISTED) -> str:
    return f"{what} 0x{order_hash(order).hex()}"


@dataclass(frozen=True)
class Written:
    """What the book has of one contract, by hash."""

    orders: dict[bytes, Order] = field(default_factory=dict)  # signed, or about to be
    unsure: set[bytes] = field(default_factory=set)  # about to be when a run broke off, or damaged

    @property
    def signed(self) -> dict[bytes, Order]:
        return {order_hash: order for order_hash, order in self.orders.items() if order.signature}


def orders_in(
    book: Journal, seller: str, token: str, known: Mapping[bytes, OrderComponents]
) -> Written:
    """The seller's orders for tokens of that contract.

    A signature that is not the seller's is left out. Raises GuardError for a line that is none of
    ours; unless its order is one of `known`, which the file makes anew.
    """
    found = Written()
    chain_id = int(book.header["chain_id"])
    for entry in book:
        if entry.effect.split(" ")[0] != LISTED or entry.event == "void":
            continue
        try:
            components = components_from_json(entry.data.get("order"))
            signature = bytes.fromhex(str(entry.data.get("signature", "")).removeprefix("0x"))
        except (ConfigError, ValueError):
            components, signature = _made_anew(book, entry, known), b""
            found.unsure.add(order_hash(components))
        if name_of(components) != entry.effect or not _is_ours(components, seller, token):
            continue
        if not components.is_listing:
            raise GuardError(book.damaged(entry.line).fact, hint=IRREPLACEABLE)
        order = Order(components, signature)
        if signature and signer_of(order, chain_id) != seller:
            continue
        before = found.orders.get(order_hash(components))
        if signature or not (before and before.signature):
            found.orders[order_hash(components)] = order
    begun = book.unfinished()
    found.unsure.update(each for each in found.orders if f"{LISTED} 0x{each.hex()}" in begun)
    return found


def _made_anew(
    book: Journal, entry: JournalEntry, known: Mapping[bytes, OrderComponents]
) -> OrderComponents:
    for order in known.values():
        if name_of(order) == entry.effect:
            return order
    raise GuardError(book.damaged(entry.line).fact, hint=IRREPLACEABLE)


def _is_ours(order: OrderComponents, seller: str, token: str) -> bool:
    return (
        order.offerer.lower() == seller.lower()
        and len(order.offer) == 1
        and order.offer[0].token.lower() == token.lower()
    )


def sign(
    session: Session, book: Journal, record: Record, orders: Sequence[OrderComponents]
) -> tuple[Order, ...]:
    """All with one signature. The intents are on the disk before, the signatures before they leave.

    Raises GuardError if the owner of a Ledger refuses.
    """
    if not orders:
        return ()
    for order in orders:
        book.append(name_of(order), "intent", {"order": components_to_json(order)})
    added = record.add(orders)
    try:
        signed = sign_orders(session.signer, orders, session.chain.network)
    except GuardError:
        for order in orders:
            book.append(name_of(order), "void", {"why": "not signed"})
        record.drop(added)
        raise
    for each in signed:
        data = {
            "order": components_to_json(each.components),
            "signature": "0x" + each.signature.hex(),
        }
        book.append(name_of(each.components), "outcome", data)
    return signed


def counters_in(book: Journal, seller: str, token: str) -> set[int]:
    """At which everything that was signed stands in the book."""
    said = (entry.data for entry in book if entry.effect == _since(seller, token))
    return {int(data["counter"]) for data in said if is_counter(data.get("counter"))}


def cover(book: Journal, record: Record, seller: str, token: str, counter: int) -> None:
    """Write down that from now on all that is signed at `counter` is written down."""
    book.append(_since(seller, token), "outcome", {"counter": str(counter)})
    record.covers(seller, token, counter)


def _since(seller: str, token: str) -> str:
    return f"{SINCE} {seller} {token}"


def is_posted(book: Journal, order: OrderComponents) -> bool:
    return book.outcome(name_of(order, POSTED)) is not None


def posted(book: Journal, order: OrderComponents, answer: Mapping[str, object]) -> None:
    book.append(name_of(order, POSTED), "outcome", answer)
