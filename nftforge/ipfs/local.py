"""The default back-end: this disk. No server, no account; a CAR of it can be carried anywhere.

A root counts as pinned when every block under it is there. Blocks are stored leaves first and the
root last, so the root's presence alone says so, even after a crash half-way.
"""

from __future__ import annotations

from collections.abc import Callable

from nftforge.errors import MismatchError
from nftforge.ipfs.backend import Pinnable, PinState
from nftforge.ipfs.blockstore import Blockstore
from nftforge.ipfs.cid import Cid
from nftforge.ipfs.unixfs import Profile, import_path


class LocalBackend:
    """Pins into `blocks`."""

    name = "local"

    def __init__(self, blocks: Blockstore, profile: Profile) -> None:
        self._blocks = blocks
        self._profile = profile

    def state(self, cid: Cid) -> PinState:
        return PinState.PINNED if self._blocks.has(cid) else PinState.ABSENT

    def pin(self, item: Pinnable, on_bytes: Callable[[int], None]) -> Cid:
        def keep(cid: Cid, block: bytes) -> None:
            self._blocks.put(cid, block)
            on_bytes(len(block))

        cid = import_path(item.path, self._profile, keep).cid
        if cid != item.entry.cid:
            raise MismatchError(
                f"{item.path} changed while it was pinned: it was {item.entry.cid}, now is {cid}"
            )
        return cid
