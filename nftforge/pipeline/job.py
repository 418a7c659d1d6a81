"""What a command is about: one collection aimed at one network, checked before any work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nftforge.chain.networks import (
    LOCAL_NODE,
    Network,
    check_custom,
    find_network,
    rpc_variable,
)
from nftforge.config.load import CollectionFile, check_back_ends
from nftforge.config.models import Collection
from nftforge.config.values import is_tip
from nftforge.config.work_folder import FOLDER, claim
from nftforge.core.errors import ConfigError, GuardError
from nftforge.core.lock import locked
from nftforge.core.nearest import suggestion
from nftforge.core.stage import Report
from nftforge.core.store import Store
from nftforge.ipfs.blockstore import Blockstore
from nftforge.painting.brushes import brush_meant, brush_names
from nftforge.painting.settings import ENGINES, OTHER_ENGINES
from nftforge.pipeline.directories import Directories


@dataclass(frozen=True)
class Job:
    """One collection aimed at one network."""

    file: CollectionFile
    network: Network
    only: frozenset[str]  # piece ids; empty means all
    env: Mapping[str, str]  # the environment and .env: RPC URLs, keys
    keystores: Path
    ask_password: Callable[[], str] | None = None
    give_up: bool = False  # what an earlier run signed, and what is not mined

    @property
    def collection(self) -> Collection:
        return self.file.collection

    @property
    def store(self) -> Store:
        return Store(self.file.work_folder)

    @property
    def blocks(self) -> Blockstore:
        return blocks_in(self.file.work_folder)

    @property
    def directories(self) -> Directories:
        return Directories(self.blocks, self.collection.pin.profile)

    @property
    def locks(self) -> Path:
        """Where the locks of accounts are, for all collections of this user."""
        return self.keystores.parent / "locks"

    @property
    def indices(self) -> list[int]:
        """Which of the file's pieces this job is about."""
        pieces = enumerate(self.collection.pieces)
        return [index for index, piece in pieces if not self.only or piece.id in self.only]

    def defaults_of(self, piece: str) -> int:
        """The generation of defaults that a piece is painted and drawn by on this network."""
        return self.file.lock.defaults_of(piece, self.network.chain_id)


def blocks_in(work_folder: Path) -> Blockstore:
    """The IPFS blocks of a collection."""
    return Blockstore(work_folder / "ipfs" / "blocks")


@contextmanager
def working(job: Job, report: Report) -> Iterator[None]:
    """One command at a time makes or sends; what a killed one left half-made is swept away."""
    file = job.file
    with locked(file.work_folder, str(file.path)):
        new = claim(file.work_folder, file.path, file.collection.name, file.collection.symbol)
        if new and file.work_folder.name != FOLDER:
            report.say(
                f"{file.path.name}: its work is in {file.work_folder.name}, for {FOLDER} is that "
                "of another file"
            )
        job.store.sweep()
        job.blocks.sweep()
        yield


def check(job: Job) -> None:
    """Refuse names that nothing answers to, before any work. Raises ConfigError with the line."""
    _check_names(job)
    check_back_ends(job.file)
    ids = job.file.ids
    if unknown := sorted(job.only - set(ids)):
        near = "".join(suggestion(piece, ids) for piece in unknown[:1])
        raise ConfigError(
            f"--only: there is no piece {', '.join(unknown)} in {job.file.path}",
            hint=f"{near}pieces: {', '.join(ids[:20])}",
        )
    most = job.collection.contract.max_supply
    if most is not None and len(ids) > most:
        place = ("contract", "max_supply")
        raise job.file.error(
            place, f"{most}, and there are {len(ids)} pieces", hint="raise it, or leave it out"
        )
    _ = job.file.recipients  # what a table holds is not to be found out when all is painted


def _check_names(job: Job) -> None:
    """Brushes and the engine."""
    collection = job.collection
    brushes = [name for name in brush_names() if name != "own"]
    pieces = enumerate(collection.pieces)
    named = [(("pieces", index, "brush"), piece.brush) for index, piece in pieces if piece.brush]
    for place, name in ((("paint", "brush"), collection.paint.brush), *named):
        if name not in brushes and not is_tip(name):
            raise job.file.error(
                place,
                f"there is no brush {name!r}",
                hint=f"{brush_meant(name)}there are: {', '.join(brushes)}",
            )
    engines = ["auto", *ENGINES]
    if (name := collection.paint.engine) not in engines:
        near = suggestion(name, engines, OTHER_ENGINES)
        raise job.file.error(
            ("paint", "engine"),
            f"there is no engine {name!r}",
            hint=f"{near}there are: {', '.join(engines)}",
        )


def check_others_hold_it(job: Job, say: Callable[[str], None]) -> None:
    """Before anything is sold: who but this disk has the pictures? Said on a test network, as long
    as a piece is not minted there by the lock file.

    Raises GuardError on a mainnet, unless the file says `only_here`.
    """
    pin = job.collection.pin
    if not pin.on_this_disk_only or pin.only_here or job.network.is_rehearsal:
        return
    fact = "pictures and metadata are on this disk only: who buys a token sees nothing"
    fact = job.file.places.at(("pin", "to"), fact)
    if job.network.kind != "mainnet":
        minted = {row.id for row in job.file.lock.rows if row.chain_id == job.network.chain_id}
        if minted.issuperset(job.file.ids):
            return
        say(f"{fact}; a mainnet is refused this")
        return
    raise GuardError(
        f"{fact}; {job.network.name} is a mainnet",
        hint="let others hold them, `pin: {to: [pinata]}` for one, or, if they will later, "
        "`pin: {to: [local], only_here: true}`; nothing was sent",
    )


def network_of(file: CollectionFile, name: str | None) -> Network:
    """The network `name`, or the file's own choice. Raises ConfigError naming the line."""
    known = custom_networks(file)
    if name:
        return find_network(name, known)
    try:
        return find_network(file.collection.mint.network, known)
    except ConfigError as error:
        raise file.error(("mint", "network"), error.fact, hint=error.hint) from None


def custom_networks(file: CollectionFile) -> dict[str, Network]:
    """Those of the section `networks`."""
    networks = {}
    for name, given in file.collection.networks.items():
        network = Network(
            name=name,
            chain_id=given.chain_id,
            kind=given.kind,
            rpc_env=given.rpc_env or rpc_variable(name),
            default_rpc=LOCAL_NODE if given.kind == "dev" else None,
            explorer=given.explorer,
            confirmations=given.confirmations,
            currency=given.currency,
            block_s=given.block_seconds,
            op_stack=given.op_stack,
        )
        try:
            check_custom(network)
        except ConfigError as error:
            raise file.error(("networks", name), error.fact, hint=error.hint) from None
        networks[name] = network
    return networks
