"""What the page is made of: a collection and its pieces, as plain values.

Texts that come from metadata are kept as they are, whatever is in them: the page shows them as
text and never as anything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from nftforge.gallery.metadata import Metadata


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
    preview: str = ""  # a small WebP in the page's folder
    source: str = ""  # a small WebP of the source picture, only in a page that stays here
    replay: str = ""  # a script in the page's folder that holds the strokes
    cids: Sequence[tuple[str, str]] = ()  # what it is, its CID
    problem: str = ""  # why its metadata did not come


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
    notes: Sequence[str] = field(default=())  # what the page could not find out
    private: bool = True  # it stays on this machine: source pictures may be shown
