"""A machine that mints: a folder, a key, a network, and the real mint stage; no painting."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from nftforge.chain.networks import Network, find_network
from nftforge.config.load import CollectionFile
from nftforge.config.models import Collection
from nftforge.config.places import Place, Places
from nftforge.core.journal import Journal
from nftforge.pipeline.job import Job
from nftforge.pipeline.minting.mint import Consent, mint, only_updates
from nftforge.pipeline.minting.open import mint_plan, open_session, sending
from nftforge.pipeline.minting.plan import MintPlan, OnChain
from nftforge.pipeline.pinning.pin import open_pinner, pin_directory
from nftforge.pipeline.work import Work
from support import RecordedReport

ANVIL = replace(find_network("anvil"), block_s=0.2, timeout_s=1.0)


class QuickNetwork(Network):
    """A public network whose nodes stand on this machine: looked at as often as a rehearsal's."""

    poll_s = 0.05


LAB = QuickNetwork(  # with a key of its own
    **{**asdict(ANVIL), "name": "lab", "kind": "testnet", "rpc_env": "LAB_RPC_URL"}
)


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
    royalty: float = 5
    sale: Mapping[str, Any] | None = None
    prices: Mapping[str, Any] = field(default_factory=dict)  # piece -> what the file says
    only: frozenset[str] = frozenset()
    env: Mapping[str, str] = field(default_factory=dict)
    give_up: bool = False
    report: RecordedReport = field(default_factory=RecordedReport)
    bills: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def job(self) -> Job:
        collection = Collection.model_validate_json(
            json.dumps(
                {
                    "name": self.name,
                    "symbol": "FLT",
                    "pieces": [self._piece(p) for p in self.pieces],
                    **({"sale": dict(self.sale)} if self.sale else {}),
                    "contract": {"royalty_percent": self.royalty, "address": self.address},
                    "mint": {"network": self.network.name, **self.mint_options},
                }
            )
        )
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "collection.yaml"
        return Job(
            file=CollectionFile(path, collection, Places(Place(path))),
            network=self.network,
            only=self.only,
            env={
                str(self.network.rpc_env): self.url,
                "NFTFORGE_PRIVATE_KEY": self.key,
                **self.env,
            },
            keystores=self.folder / "home" / "keystores",
            give_up=self.give_up,
        )

    def _piece(self, name: str) -> dict[str, Any]:
        price = {"price": self.prices[name]} if name in self.prices else {}
        return {"image": "x.png", "name": name, "id": name, **price}

    @property
    def works(self) -> list[Work]:
        return [Work(piece, text=metadata(piece.id)) for piece in self.job.collection.pieces]

    def mint(self) -> OnChain:
        return mint_pieces(self.job, self.works, self.report, self.agree)

    def agree(self, bill: Mapping[str, Any]) -> int:
        """Yes to whatever it is."""
        self.bills.append(bill)
        return int(bill["max_cost_wei"])

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
        with open_session(self.job) as session:
            return session.journal


def metadata(piece: str) -> bytes:
    return json.dumps({"name": piece, "properties": {"piece": piece}}).encode()


def mint_pieces(
    job: Job,
    works: Sequence[Work],
    report: RecordedReport,
    consent: Consent,
    *,
    updates: bool = False,
    reveal: bool = False,
) -> OnChain:
    """What `run` does with works that are painted and described (updates: what `update` does)."""
    pinner = open_pinner(job, report)
    with open_session(job, report) as session, sending(session, job.locks, report):

        def plan() -> MintPlan:
            planned = mint_plan(job, session, works, reveal=reveal)
            return only_updates(planned) if updates else planned

        return mint(session, plan, partial(pin_directory, pinner), consent, report)


def race(machines: Sequence[Machine]) -> list[OnChain]:
    """All mint at once; what each of them saw in the end."""
    found: dict[Path, OnChain] = {}
    errors: list[Exception] = []

    def go(machine: Machine) -> None:
        try:
            found[machine.folder] = machine.mint()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=go, args=(machine,)) for machine in machines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors
    return [found[machine.folder] for machine in machines]
