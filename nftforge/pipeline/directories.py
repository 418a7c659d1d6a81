"""Metadata directories: `1.json`, `2.json` ... under one CID, of which a chain holds the digest.

Names follow token ids, which only the chain can give: a directory is written just before the
transaction that publishes it, and read back from the blocks on this disk.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from nftforge.core.errors import MismatchError
from nftforge.core.limits import NODES, TOKEN_JSON_BYTES, Budget
from nftforge.ipfs import dag
from nftforge.ipfs.blockstore import Blockstore
from nftforge.ipfs.cid import DAG_PB, Cid
from nftforge.ipfs.unixfs import PROFILES, import_files

TOKEN_FILE = re.compile(r"[0-9]{1,15}(\.json)?")


@dataclass(frozen=True)
class Directories:
    """Those made by one UnixFS profile, and the blocks they may be found in."""

    blocks: Blockstore
    profile: str

    def digest(self, files: Mapping[str, bytes]) -> bytes:
        """The 32 bytes of its CID that a contract stores."""
        return import_files(files, PROFILES[self.profile]).cid.digest

    def read(self, digest: bytes) -> dict[int, bytes]:
        """Token id -> metadata JSON, of a directory in the blocks; empty if it is not all here."""
        try:
            names = dag.list_directory(Cid(DAG_PB, digest), self.blocks.get)
            return {
                int(name.removesuffix(".json")): self._text(cid)
                for name, cid in names.items()
                if TOKEN_FILE.fullmatch(name)
            }
        except MismatchError:
            return {}

    def _text(self, cid: Cid) -> bytes:
        budget = Budget(f"the metadata {cid}", TOKEN_JSON_BYTES, NODES)
        return b"".join(dag.read_file(cid, self.blocks.get, budget=budget))

    def files(self, digest: bytes) -> dict[str, bytes] | None:
        """The same by file name; None unless these files give that very directory."""
        files = {f"{token_id}.json": text for token_id, text in self.read(digest).items()}
        return files if self.digest(files) == digest else None
