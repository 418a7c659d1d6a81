"""pin: every CID is computed here first; then each back-end is made to hold it, and compared.

    address    Stage   the CIDs of one piece's media, so that unchanged files are hashed once
    metadata   Stage   JSON files: one piece's, the contract's, or a batch's directory
    pin        Effect  one back-end holds a set of files; its CIDs must equal ours

Back-ends work side by side, each with its own progress and outcome: one that fails stops no other.

A piece pins its media and its own metadata file. The directories that token URIs point into name
their files after token ids, which only the chain can give: `pipeline` pins them just before the
transaction that publishes them.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import ImageColor

from nftforge.config import Collection, Piece, Trait
from nftforge.errors import (
    ConfigError,
    GuardError,
    MismatchError,
    MissingError,
    NftforgeError,
    ServiceError,
)
from nftforge.ipfs import dag
from nftforge.ipfs.backend import Backend, Pinnable, PinState
from nftforge.ipfs.blockstore import Blockstore
from nftforge.ipfs.cid import DAG_PB, Cid
from nftforge.ipfs.metadata import Attribute, contract_metadata, token_metadata
from nftforge.ipfs.unixfs import (
    PROFILES,
    Entry,
    import_directory,
    import_file,
    import_path,
)
from nftforge.journal import Journal
from nftforge.stages.stage import GIF, MP4, STILL, STROKES, Report, settle
from nftforge.store import Artifact, Recipe

CIDS = "cids.json"
FILES = "files"  # the folder of a metadata artifact that becomes an IPFS directory


@dataclass(frozen=True)
class AddressStage:
    """Computes the CID of every file of a finished render; outputs `cids.json`."""

    subject: str
    render: Artifact
    profile: str

    @cached_property
    def recipe(self) -> Recipe:
        return Recipe("address", 1, {"profile": self.profile}, self.render.digests)

    def build(self, folder: Path, report: Report) -> Mapping[str, Any]:
        entries = {
            name: import_path(self.render.path(name), PROFILES[self.profile])
            for name in self.render.outputs
        }
        table = {name: entry_row(entry) for name, entry in entries.items()}
        (folder / CIDS).write_text(json.dumps(table, indent=2, sort_keys=True) + "\n")
        return {}


def read_addresses(artifact: Artifact) -> dict[str, Entry]:
    """What an AddressStage computed: file name -> its entry."""
    table = json.loads(artifact.path(CIDS).read_text(encoding="utf-8"))
    return {name: read_entry(row) for name, row in table.items()}


def entry_row(entry: Entry) -> dict[str, str | int]:
    return {"cid": str(entry.cid), "size": entry.size, "dag_size": entry.dag_size}


def read_entry(row: Mapping[str, Any]) -> Entry:
    return Entry(Cid.parse(row["cid"]), row["size"], row["dag_size"])


@dataclass(frozen=True)
class MetadataStage:
    """Writes `files` (name -> JSON bytes) into the folder `files/`."""

    subject: str
    files: Mapping[str, bytes]

    @cached_property
    def recipe(self) -> Recipe:
        return Recipe("metadata", 1, {name: text.decode() for name, text in self.files.items()}, {})

    def build(self, folder: Path, report: Report) -> Mapping[str, Any]:
        (folder / FILES).mkdir()
        for name, text in self.files.items():
            (folder / FILES / name).write_bytes(text)
        return {}


def directory_entry(files: Mapping[str, bytes], profile: str) -> Entry:
    """The UnixFS directory that holds `files`."""
    entries = {name: file_entry(text, profile) for name, text in files.items()}
    return import_directory(entries, PROFILES[profile])


def file_entry(text: bytes, profile: str) -> Entry:
    """The UnixFS file with these bytes."""
    return import_file(BytesIO(text), PROFILES[profile])


def piece_metadata(
    collection: Collection, piece: Piece, painting: Artifact, media: Mapping[str, Entry]
) -> bytes:
    """The token metadata (ERC-721 JSON) of one piece: GIF as image, MP4 as animation."""
    params, measured = painting.recipe.params, painting.provenance
    brush, strokes = str(params["brush"]), int(measured["strokes"])
    own = [_attribute(name, value) for name, value in piece.traits.items()]
    made = [Attribute("Brush", brush.capitalize()), Attribute("Strokes", strokes, "number")]
    taken = {attribute.trait_type for attribute in own}
    return token_metadata(
        name=piece.name,
        description=piece.description if piece.description is not None else collection.description,
        image=media[GIF].cid,
        animation=media[MP4].cid if MP4 in media else None,
        external_url=piece.external_url or collection.external_url,
        background_color=_six_digits(piece.background_color),
        attributes=own + [attribute for attribute in made if attribute.trait_type not in taken],
        properties={
            "piece": piece.id,
            "seed": int(str(params["seed"])),
            "strokes": strokes,
            "strokes_sha256": painting.outputs[STROKES].sha256,
            "still": f"ipfs://{media[STILL].cid}",
        },
    )


def contract_files(collection: Collection) -> dict[str, bytes]:
    """The ERC-7572 file. Only what is in the YAML: its CID is part of the contract's address."""
    text = contract_metadata(
        name=collection.name,
        symbol=collection.symbol,
        description=collection.description,
        external_link=collection.contract.external_url or collection.external_url,
    )
    return {"contract.json": text}


@dataclass(frozen=True)
class Batch:
    """What is pinned together: a piece's files, or one directory."""

    subject: str
    items: Sequence[Pinnable]


@dataclass(frozen=True)
class PinEffect:
    """`backend` holds every item of `batch`; `states` is what it is known to hold, kept up to date.

    PENDING counts as done: it was accepted, and sending it again would change nothing.
    """

    backend: Backend
    batch: Batch
    states: dict[Cid, PinState]
    report: Report
    stop: Callable[[], None]

    @property
    def name(self) -> str:
        cids = " ".join(str(item.entry.cid) for item in self.batch.items)
        return f"pin {self.backend.name} {self.batch.subject} {cids}"

    def observe(self) -> Mapping[str, Any] | None:
        if self._absent:
            return None
        return {"items": {item.name: entry_row(item.entry) for item in self.batch.items}}

    def plan(self) -> Mapping[str, Any]:
        sizes = [self.backend.to_send(item) for item in self._absent]
        return {"files": [item.name for item in self._absent], "bytes": sum(sizes)}

    def perform(self, intent: Mapping[str, Any]) -> None:
        absent = self._absent
        total = max(1, sum(item.entry.size for item in absent))
        task, sent, lock = f"pin {self.batch.subject} to {self.backend.name}", 0, threading.Lock()

        def on_bytes(count: int) -> None:
            nonlocal sent
            self.stop()
            with lock:
                sent += count
            self.report.progress(task, min(max(sent, 0), total - 1), total)

        def pin(item: Pinnable) -> None:
            self.states[item.entry.cid] = self.backend.pin(item, on_bytes)

        with ThreadPoolExecutor(self.backend.parallel) as pool:
            futures = [pool.submit(pin, item) for item in absent]
        for future in futures:
            future.result()
        self.report.progress(task, total, total)

    @property
    def _absent(self) -> list[Pinnable]:
        return [
            item
            for item in self.batch.items
            if self.states.get(item.entry.cid, PinState.ABSENT) is PinState.ABSENT
        ]


@dataclass
class Outcome:
    """What came of one back-end's work."""

    backend: Backend
    states: dict[Cid, PinState] = field(default_factory=dict)
    cached: dict[str, bool] = field(default_factory=dict)  # subject -> nothing had to be sent
    errors: dict[str, Exception] = field(default_factory=dict)  # subject -> why it is not pinned


class StoppedError(Exception):
    """Another thread was interrupted; what this one was doing is taken up by the next run."""


class Stop:
    """Ends work on other threads: they call it while they work or wait."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def __call__(self) -> None:
        if self._event.is_set():
            raise StoppedError

    def set(self) -> None:
        self._event.set()


def pin_everywhere(
    backends: Sequence[Backend],
    batches: Sequence[Batch],
    journal: Journal,
    report: Report,
    *,
    stop: Stop,
    wait_s: float = 0.0,
) -> dict[str, bool]:
    """Every back-end is made to hold every batch, side by side; one that fails stops no other.

    Returns, for each subject, whether all of it was there already. Raises what went wrong (a wrong
    CID before all else), with what is done and what is left, after everything else is done.
    """
    with ThreadPoolExecutor(len(backends), thread_name_prefix="nftforge-pin") as pool:
        futures = [
            pool.submit(_pin_all, backend, batches, journal, report, stop, wait_s)
            for backend in backends
        ]
        try:
            outcomes = [future.result() for future in futures]
        except BaseException:
            stop.set()
            raise
    _raise_errors(outcomes, batches)
    _raise_if_nowhere(outcomes, batches, report)
    return {
        batch.subject: all(outcome.cached[batch.subject] for outcome in outcomes)
        for batch in batches
    }


def _pin_all(
    backend: Backend,
    batches: Sequence[Batch],
    journal: Journal,
    report: Report,
    stop: Stop,
    wait_s: float,
) -> Outcome:
    outcome = Outcome(backend)
    subject = batches[0].subject
    try:
        outcome.states = backend.states(_cids(batches))
        _prepare(backend, batches, outcome.states)
        for batch in batches:
            stop()
            subject = batch.subject
            effect = PinEffect(backend, batch, outcome.states, report, stop)
            try:
                settled = settle(effect, journal)
            except MismatchError as error:
                outcome.errors[subject] = error  # stops this piece, not the others
                continue
            outcome.cached[subject] = settled.cached
            how = "cached" if settled.cached else "done"
            report.say(f"pin {subject}: {how} ({backend.name})")
    except (NftforgeError, OSError) as error:
        outcome.errors[subject] = error
    _wait_for_pending(outcome, stop, wait_s)
    return outcome


def _prepare(backend: Backend, batches: Sequence[Batch], states: Mapping[Cid, PinState]) -> None:
    """Before the first byte is sent: the known limits, and whether the key may."""
    absent = [
        item
        for batch in batches
        for item in batch.items
        if states[item.entry.cid] is PinState.ABSENT
    ]
    if not absent:
        return
    if problems := backend.problems(absent):
        raise GuardError(
            f"{backend.name} ({backend.where}) cannot take it: {'; '.join(problems)}",
            hint="nothing was sent there; make it smaller, or take another back-end in `pin: {to:`",
        )
    backend.prove()


def _wait_for_pending(outcome: Outcome, stop: Stop, wait_s: float) -> None:
    end = time.monotonic() + wait_s
    while time.monotonic() < end:
        pending = [cid for cid, state in outcome.states.items() if state is PinState.PENDING]
        if not pending:
            return
        for _ in range(10):
            stop()
            time.sleep(min(0.1, wait_s / 10))
        try:
            outcome.states.update(outcome.backend.states(pending))
        except NftforgeError:
            return  # it accepted them; how far they are is asked again next time


def _raise_errors(outcomes: Sequence[Outcome], batches: Sequence[Batch]) -> None:
    failed = [outcome for outcome in outcomes if outcome.errors]
    if not failed:
        return
    errors = [error for outcome in failed for error in outcome.errors.values()]
    worst = next((error for error in errors if isinstance(error, MismatchError)), errors[0])
    if not isinstance(worst, NftforgeError):
        raise worst
    kind = next(kind for kind in KINDS if isinstance(worst, kind))
    facts = dict.fromkeys(
        error.fact if isinstance(error, NftforgeError) else str(error) for error in errors
    )
    rest = [_so_far(outcome, batches) for outcome in outcomes]
    raise kind("; ".join(facts) + ". " + "; ".join(rest), hint=worst.hint)


KINDS = (MismatchError, GuardError, ConfigError, MissingError, ServiceError, NftforgeError)


def _so_far(outcome: Outcome, batches: Sequence[Batch]) -> str:
    left = [batch.subject for batch in batches if batch.subject not in outcome.cached]
    if not left:
        return f"{outcome.backend.name} has all {len(batches)}"
    named = ", ".join(left[:10]) + (", ..." if len(left) > 10 else "")
    return f"{outcome.backend.name} has {len(outcome.cached)} of {len(batches)}, left: {named}"


def _raise_if_nowhere(
    outcomes: Sequence[Outcome], batches: Sequence[Batch], report: Report
) -> None:
    """What is pending at one back-end must be held by another before anything is minted."""
    for outcome in outcomes:
        pending = [
            item.name
            for batch in batches
            for item in batch.items
            if outcome.states.get(item.entry.cid) is PinState.PENDING
        ]
        if pending:
            report.say(f"pin: {outcome.backend.name} is still fetching {', '.join(pending[:10])}")
    remote = [outcome for outcome in outcomes if outcome.backend.name != "local"] or outcomes
    nowhere = [
        item.name
        for batch in batches
        for item in batch.items
        if not any(o.states.get(item.entry.cid) is PinState.PINNED for o in remote)
    ]
    if nowhere:
        names = " and ".join(outcome.backend.name for outcome in remote)
        raise ServiceError(
            f"{names} accepted but has not pinned yet: {', '.join(nowhere[:10])}",
            hint="run again in a while to go on; add a back-end that holds the content at once",
        )


def _cids(batches: Sequence[Batch]) -> list[Cid]:
    return list(dict.fromkeys(item.entry.cid for batch in batches for item in batch.items))


@dataclass(frozen=True)
class Holding:
    """What one back-end holds of some items, or `why` it could not be asked."""

    name: str
    where: str
    states: Mapping[Cid, PinState]
    files: int  # still to send
    bytes: int
    problems: Sequence[str]
    why: str = ""

    @property
    def row(self) -> dict[str, Any]:
        return {
            "to": self.name,
            "where": self.where,
            "files": self.files,
            "bytes": self.bytes,
            "problems": list(self.problems),
            "not_asked": self.why or None,
        }


def survey(name: str, make: Callable[[], Backend], items: Sequence[Pinnable]) -> Holding:
    """Ask one back-end what it holds; sends nothing. What is out of reach is said, not raised."""
    where = ""
    try:
        backend = make()
        where = backend.where
        states = backend.states(list(dict.fromkeys(item.entry.cid for item in items)))
    except (ServiceError, MissingError) as error:
        return Holding(name, where, {}, 0, 0, [], error.fact)
    absent = {
        item.entry.cid: item for item in items if states[item.entry.cid] is PinState.ABSENT
    }.values()
    return Holding(
        name, where, states, len(absent), sum(backend.to_send(item) for item in absent),
        backend.problems(list(absent)),
    )  # fmt: skip


def read_directory(blocks: Blockstore, digest: bytes) -> dict[int, bytes]:
    """Token id -> metadata JSON, of a directory in the blockstore; empty if it is not all here."""
    try:
        names = dag.list_directory(Cid(DAG_PB, digest), blocks.get)
        return {
            int(name.removesuffix(".json")): b"".join(dag.read_file(cid, blocks.get))
            for name, cid in names.items()
            if name.removesuffix(".json").isdigit()
        }
    except MismatchError:
        return {}


def _attribute(name: str, value: str | int | float | bool | Trait) -> Attribute:
    if isinstance(value, Trait):
        return Attribute(name, value.value, value.display_type, value.max_value)
    return Attribute(name, value)


def _six_digits(colour: str | None) -> str | None:
    return None if colour is None else "{:02x}{:02x}{:02x}".format(*ImageColor.getrgb(colour)[:3])
