"""What the page is made of: a collection and its pieces, as plain values.

Texts that come from metadata are kept as they are, whatever is in them: the page shows them as
text and never as anything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
    awaits: Awaited = ""  # what it is not yet; its metadata is a draft


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
