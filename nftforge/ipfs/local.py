"""The default back-end: this disk. No server, no account; a CAR of it can be carried anywhere.

A root is pinned when every block under it is there: that is looked up, not remembered, so neither
a crash half-way nor a block deleted later can read as pinned. It costs one `stat` a block; only
the inner nodes are read.
"""

from __future__ import annotations

from collections.abc import Callable

from nftforge.errors import MismatchError
from nftforge.ipfs import dag
from nftforge.ipfs.backend import Pinnable, PinState
from nftforge.ipfs.blockstore import Blockstore
from nftforge.ipfs.cid import RAW, Cid
from nftforge.ipfs.unixfs import Profile, import_path


class LocalBackend:
    """Pins into `blocks`."""

    name = "local"

    def __init__(self, blocks: Blockstore, profile: Profile) -> None:
        self._blocks = blocks
        self._profile = profile

    def state(self, cid: Cid) -> PinState:
        """PINNED or ABSENT. Raises MismatchError if an inner node is damaged."""
        seen, stack = {cid}, [cid]
        while stack:
            cid = stack.pop()
            if not self._blocks.has(cid):
                return PinState.ABSENT
            if cid.codec != RAW:
                below = {link.cid for link in dag.links(cid, self._blocks.get(cid))} - seen
                seen |= below
                stack.extend(below)
        return PinState.PINNED

    def pin(self, item: Pinnable, on_bytes: Callable[[int], None]) -> Cid:
        """Store every block. Raises MissingError (disk), OSError, and MismatchError if the file
        is no longer what `item` was computed from."""

        def keep(cid: Cid, block: bytes) -> None:
            self._blocks.put(cid, block)
            on_bytes(len(block))

        cid = import_path(item.path, self._profile, keep).cid
        if cid != item.entry.cid:
            raise MismatchError(
                f"{item.path} changed while it was pinned: it was {item.entry.cid}, now is {cid}",
                hint="run again",
            )
        return cid
