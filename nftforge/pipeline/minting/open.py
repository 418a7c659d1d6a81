"""The chain that a job is aimed at: opened to look, held to send, and what is to come there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from nftforge.chain.connection import Chain, connect, need_urls
from nftforge.chain.contract import read_state
from nftforge.chain.networks import Network
from nftforge.chain.wallet import Signer, need_key, signer_for
from nftforge.core.errors import MissingError, all_of
from nftforge.core.lock import locked
from nftforge.core.stage import Report
from nftforge.ipfs.backend import Pinnable
from nftforge.ipfs.unixfs import PROFILES, Entry, import_path
from nftforge.pipeline import metadata
from nftforge.pipeline.foresee import Foreseen, foresee
from nftforge.pipeline.job import Job
from nftforge.pipeline.minting.plan import (
    MintPlan,
    OnChain,
    check_capabilities,
    plan_mint,
    published,
    read_on_chain,
)
from nftforge.pipeline.minting.recipients import recipients, resolved
from nftforge.pipeline.minting.reveal import Placeholder, plan_with_placeholder
from nftforge.pipeline.minting.session import Session, session_on
from nftforge.pipeline.work import Work


@contextmanager
def open_session(job: Job, report: Report | None = None) -> Iterator[Session]:
    """The job's chain, key, contract and journal; sends nothing and writes nothing."""
    say, ask = (report.say, report.warn) if report else (lambda text: None,) * 2
    folder, collection = job.file.work_folder, job.collection
    _need_node_and_key(job)
    digest = job.directories.digest(metadata.contract_files(collection))
    with open_chain(job, say) as chain:
        yield session_on(
            chain, signer_of(job, ask), folder / "journal", collection, digest, job.file.lock, say,
            job.give_up, *([report.progress] if report else []),
        )  # fmt: skip


def open_chain(job: Job, say: Callable[[str], None]) -> AbstractContextManager[Chain]:
    """The job's chain alone, which needs no key."""
    url, path = rpc_url(job.network, job.env), embedded_path(job.file.work_folder)
    return connect(job.network, rpc_url=url, embedded_path=path, say=say)


def signer_of(job: Job, ask: Callable[[str], None] = lambda text: None) -> Signer:
    """Who signs for the job; `ask` is told when a Ledger waits for its owner."""
    return signer_for(job.network, job.env, job.keystores, job.ask_password, ask)


def _need_node_and_key(job: Job) -> None:
    """Raises MissingError or ConfigError for what is not set or wrong, both at once."""
    all_of(
        [
            lambda: need_urls(job.network, rpc_url(job.network, job.env)),
            lambda: need_key(job.network, job.env),
        ]
    )


@contextmanager
def sending(session: Session, locks: Path, report: Report) -> Iterator[None]:
    """Let one process at a time send from one account on one chain, whatever the collection.

    It only saves two runs from fighting over a nonce: without the lock (another machine, a home
    that cannot be written) they would both still end right.
    """
    network = session.chain.network
    if network.kind == "embedded":  # that chain is this collection's own
        yield
        return
    name = f"{session.chain.chain_id}-{session.signer.address.lower()}"
    what = f"{network.name} with the account {session.signer.address}"
    with ExitStack() as held:
        try:
            held.enter_context(locked(locks / name, what))
        except OSError as error:
            report.warn(f"no lock on the account: {error.strerror}")
        yield


def mint_plan(
    job: Job, session: Session, works: Sequence[Work], *, reveal: bool = False
) -> MintPlan:
    """What the chain has and the transactions that would bring it up to `works`.

    reveal: with a placeholder, plan its reveal.
    """
    plan = plan_mint
    if hidden := placeholder_item(job):
        text_of = partial(metadata.placeholder_metadata, job.collection, image=hidden.entry.cid)
        placeholder = Placeholder(lambda token_id: text_of(token_id=token_id), reveal)
        plan = partial(plan_with_placeholder, placeholder=placeholder)
    planned = plan(
        session,
        texts={work.piece.id: work.text for work in works if work.text},
        directories=job.directories,
        to=resolved(session.chain, recipients(job.file, session.signer.address)),
    )
    return check_capabilities(session, planned)


def as_after_a_run(job: Job, session: Session, works: Sequence[Work]) -> Foreseen:
    """`works` as a run would hand them to `mint_plan`, unmade ones foreseen.

    Once a reveal is committed to, only what is made can be compared with that.
    """
    if job.collection.mint.placeholder:
        state = read_state(session.chain, session.address)
        if state and any(state.provenance):
            return Foreseen(list(works))
    return foresee(job, works, published(session, job.directories))


def look_on_chain(job: Job, works: Sequence[Work], report: Report) -> OnChain | None:
    """What the chain has of `works`, where one is set up."""
    try:
        with open_session(job) as session:
            return read_on_chain(session, mint_plan(job, session, works), sent=())
    except MissingError as missing:
        report.warn(f"the chain was not asked: {missing.in_a_line}")
        return None


def as_shown(job: Job, works: list[Work]) -> list[Work]:
    """`works`, behind the placeholder if there is one, unless the chain shows the reveal."""
    if job.collection.mint.placeholder is None:
        return works
    try:
        with open_session(job) as session:
            if mint_plan(job, session, works).revealed:
                return works
    except MissingError:  # no chain is set up: nothing can have been revealed from here
        pass
    placeholder = placeholder_item(job)
    return [replace(work, placeholder=placeholder) for work in works]


def placeholder_item(job: Job) -> Pinnable | None:
    """The picture of a delayed reveal; if it is gone, as it was pinned."""
    name = job.collection.mint.placeholder
    if name is None:
        return None
    path = job.file.locate(name)
    entry = None if path.is_file() else _pinned_before(job)
    entry = entry or import_path(path, PROFILES[job.collection.pin.profile])
    return Pinnable(job.file.placeholder_name, entry, path)


def _pinned_before(job: Job) -> Entry | None:
    """What the placeholder was pinned as, by the journal."""
    name = job.file.placeholder_name
    with suppress(ValueError):  # changed by somebody
        return metadata.read_entries({name: job.file.placeholder_before()})[name]
    return None


def rpc_url(network: Network, env: Mapping[str, str]) -> str | None:
    """One URL, or several with commas."""
    return env.get(network.rpc_env or "") or network.default_rpc


def embedded_path(work_folder: Path) -> Path:
    return work_folder / "chain" / "embedded.sqlite"
