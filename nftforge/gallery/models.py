"""What the page is made of: a collection and its pieces, as plain values.

Texts that come from metadata are kept as they are, whatever is in them: the page shows them as
text and never as anything else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from nftforge.gallery.metadata import Metadata

Awaited = Literal["", "painted", "rendered"]


@dataclass(frozen=True)
class MediaFile:
    """One file that a token names. `file` is its place in the page's folder, empty if not shown."""

    uri: str
    mime: str = ""  # by its first bytes, not by its name; empty if it did not come
    size: int = 0  # bytes
    width: int = 0  # pixels; 0 if unknown
    height: int = 0
    file: str = ""
    why: str = ""  # why it is not shown

    @property
    def is_lost(self) -> bool:
        """It is on IPFS and did not come."""
        return not self.mime and self.uri.startswith("ipfs://")


@dataclass(frozen=True)
class Payment:
    """What `recipient` gets of a price, in wei, when the sale begins and when it ends."""

    recipient: str
    start_amount: int
    end_amount: int


@dataclass(frozen=True)
class Listing:
    """An order of Seaport that sells a piece: all that was signed, for the page encodes it anew."""

    order_hash: str
    seller: str
    token: str
    token_id: int
    payments: Sequence[Payment]  # in the order's order
    start_time: int  # seconds since 1970
    end_time: int
    order_type: int
    zone: str
    zone_hash: str
    salt: int
    conduit_key: str
    counter: int
    buyer: str = (
        ""  # who alone may buy; the order then asks for the token itself, for them, at last
    )
    signature: str = field(default="0x", repr=False)  # "0x": it was validated on the chain

    @property
    def start_price(self) -> int:
        return sum(payment.start_amount for payment in self.payments)

    @property
    def end_price(self) -> int:
        return sum(payment.end_amount for payment in self.payments)


@dataclass(frozen=True)
class Sold:
    """The sale of a piece."""

    price: int  # wei; 0: it was paid in another currency
    buyer: str = ""  # empty: not known
    tx: str = ""


@dataclass(frozen=True)
class SaleTerms:
    """What the page needs in order to sell. `refusals`: how a contract's errors begin (0x and 8
    digits) -> what they mean, with the names in braces of the values that follow, and their types.
    """

    currency: str
    refusals: Mapping[str, tuple[str, Sequence[tuple[str, str]]]] = field(default_factory=dict)


@dataclass(frozen=True)
class GalleryPiece:
    """One token, or a piece that will be one. `key` is its address in the page."""

    key: str
    token_id: int | None  # planned, if it is not minted
    minted: bool
    metadata: Metadata
    name: str  # the metadata's, or what the artist calls it before there is any
    owner: str = ""
    token_uri: str = ""
    tx: str = ""
    image: MediaFile | None = None
    animation: MediaFile | None = None
    still: MediaFile | None = None
    preview: str = ""  # a small picture in the page's folder
    shape: float = 1.0  # its width / height, where neither still nor image tell
    source: str = ""  # a small WebP of the source picture, only in a page that stays here
    replay: str = ""  # a script in the page's folder that holds the strokes
    cids: Sequence[tuple[str, str]] = ()  # what it is, its CID
    problem: str = ""  # why its metadata did not come
    awaits: Awaited = ""  # what it is not yet; its metadata is a draft
    finished: bool = False  # made elsewhere, not painted
    listing: Listing | None = None
    sold: Sold | None = None  # its last sale


@dataclass(frozen=True)
class GalleryCollection:
    """The contract, and what is said about the page as a whole."""

    name: str
    symbol: str
    description: str
    network: str
    chain_id: int
    contract: str  # where it is or will be; empty: not known
    deployed: bool = False
    owner: str = ""
    royalty_percent: float | None = None  # None: not asked
    royalty_receiver: str = ""
    contract_uri: str = ""
    explorer: str = ""
    url: str = ""  # the collection's own address on the web, where the page is taken to lie
    picture: str = ""  # in the page's folder: what a shared link shows
    notes: Sequence[str] = ()  # what the page could not find out
    artist_notes: Sequence[str] = ()  # the same in words for the artist alone
    private: bool = True  # it stays with the artist: source pictures and checks are shown
    sale: SaleTerms | None = None  # None: nothing is for sale, or was sold
