"""The default back-end: this disk. No server, no account; a CAR of it can be carried anywhere.

A root is pinned when every block under it is there: that is looked up, not remembered, so neither
a crash half-way nor a block deleted later can read as pinned. It costs one `stat` a block; only
the inner nodes are read.
"""

from __future__ import annotations

from collections.abc import Sequence

from nftforge.ipfs import dag
from nftforge.ipfs.backend import Pinnable, PinState, unchanged
from nftforge.ipfs.blockstore import Blockstore
from nftforge.ipfs.cid import RAW, Cid
from nftforge.ipfs.progress import ProgressCallback
from nftforge.ipfs.unixfs import Profile, import_path


class LocalBackend:
    """Pins into `blocks`."""

    name = "local"
    parallel = 1

    def __init__(self, blocks: Blockstore, profile: Profile) -> None:
        self._blocks = blocks
        self._profile = profile
        self.where = str(blocks.root)

    def prove(self) -> None:
        """Nothing to prove: a folder that cannot be written says so when it is."""

    def states(self, cids: Sequence[Cid]) -> dict[Cid, PinState]:
        """PINNED or ABSENT. Raises MismatchError if an inner node is damaged."""
        return {cid: self._state(cid) for cid in cids}

    def to_send(self, item: Pinnable) -> int:
        return item.entry.size

    def problems(self, items: Sequence[Pinnable]) -> list[str]:
        return []

    def pin(self, item: Pinnable, on_bytes: ProgressCallback) -> PinState:
        """Store every block. Raises MissingError (disk), OSError, and MismatchError if the file
        is no longer what `item` was computed from."""
        with self._blocks.batch() as put:

            def keep(cid: Cid, block: bytes) -> None:
                put(cid, block)
                on_bytes(len(block))

            cid = import_path(item.path, self._profile, keep).cid
        unchanged(item, cid)
        return PinState.PINNED

    def _state(self, cid: Cid) -> PinState:
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
