"""A machine that mints: a folder, a key, a network, and the real mint stage; no painting."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nftforge.chain.networks import Network, find_network
from nftforge.config.models import Collection, CollectionFile
from nftforge.core.journal import Journal
from nftforge.pipeline.job import Job, Work
from nftforge.pipeline.minting import mint as minting
from nftforge.pipeline.minting import open as onchain
from nftforge.pipeline.minting import plan as mint
from support import Told

ANVIL = replace(find_network("anvil"), block_s=0.2, timeout_s=1.0)
LAB = replace(ANVIL, name="lab", kind="testnet", rpc_env="LAB_RPC_URL")  # with a key of its own


@dataclass
class Machine:
    folder: Path
    url: str
    network: Network = ANVIL
    pieces: Sequence[str] = ("one", "two", "three")
    key: str = ""
    name: str = "Fault"
    mint_options: Mapping[str, Any] = field(default_factory=dict)
    address: str | None = None
    told: Told = field(default_factory=Told)
    bills: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def job(self) -> Job:
        collection = Collection.model_validate_json(
            json.dumps(
                {
                    "name": self.name,
                    "symbol": "FLT",
                    "pieces": [{"image": "x.png", "name": p, "id": p} for p in self.pieces],
                    "contract": {"royalty_percent": 5, "address": self.address},
                    "mint": {"network": self.network.name, **self.mint_options},
                }
            )
        )
        self.folder.mkdir(parents=True, exist_ok=True)
        return Job(
            file=CollectionFile(self.folder / "collection.yaml", collection, {}),
            network=self.network,
            only=frozenset(),
            env={str(self.network.rpc_env): self.url, "NFTFORGE_PRIVATE_KEY": self.key},
            keystores=self.folder / "home" / "keystores",
        )

    @property
    def works(self) -> list[Work]:
        return [Work(piece, text=metadata(piece.id)) for piece in self.job.collection.pieces]

    def mint(self) -> mint.OnChain:
        return minting.mint_pieces(self.job, self.works, self.told, self.bills.append)

    @property
    def journal_path(self) -> Path:
        return self.folder / ".nftforge" / "journal" / f"{self.network.name}.jsonl"

    @property
    def events(self) -> list[str]:
        """`mint intent`, `mint outcome`, ... in order."""
        lines = self.journal_path.read_text().splitlines()
        rows = [json.loads(line) for line in lines[1:]]
        return [f"{row['effect'].split()[0]} {row['event']}" for row in rows]

    @property
    def attempts(self) -> list[dict[str, Any]]:
        """Every attempt that the newest intent names."""
        lines = self.journal_path.read_text().splitlines()
        rows = [json.loads(line) for line in lines[1:]]
        intents = [row for row in rows if row["event"] == "intent"]
        return list(intents[-1]["data"]["transactions"])

    def journal(self) -> Journal:
        with onchain.opened(self.job) as session:
            return session.journal


def metadata(piece: str) -> bytes:
    return json.dumps({"name": piece, "properties": {"piece": piece}}).encode()
