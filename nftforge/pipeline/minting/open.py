"""The chain that a job is aimed at: opened to look, held to send, and what is to come there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from nftforge.chain.networks import Network
from nftforge.chain.rpc import connect
from nftforge.chain.wallet import signer_for
from nftforge.core.errors import MissingError
from nftforge.core.lock import locked
from nftforge.core.stage import Report
from nftforge.ipfs.backend import Pinnable
from nftforge.ipfs.unixfs import PROFILES, import_path
from nftforge.pipeline import metadata as pin
from nftforge.pipeline.job import Job, Work
from nftforge.pipeline.minting import plan as mint
from nftforge.pipeline.minting import recipients as airdrop
from nftforge.pipeline.minting.reveal import Placeholder, plan_with_placeholder
from nftforge.pipeline.minting.session import Session, session_on


@contextmanager
def opened(job: Job, report: Report | None = None) -> Iterator[Session]:
    """The job's chain, key, contract and journal; sends nothing and writes nothing."""
    say = report.say if report else lambda text: None
    network, folder = job.network, job.file.work_folder
    contract = pin.directory_entry(pin.contract_files(job.collection), job.collection.pin.profile)
    with connect(
        network,
        rpc_url=rpc_url(job.network, job.env),
        embedded_path=embedded_path(job.file.work_folder),
    ) as chain:
        signer = signer_for(network, job.env, job.keystores, job.ask_password, say)
        yield session_on(
            chain, signer, folder / "journal", job.collection, contract.cid.digest, say
        )


@contextmanager
def sending(job: Job, session: Session, report: Report) -> Iterator[None]:
    """Let one process at a time send from one account on one chain, whatever the collection.

    It only saves two runs from fighting over a nonce: without the lock (another machine, a home
    that cannot be written) they would both still end right.
    """
    if job.network.kind == "embedded":  # that chain is this collection's own
        yield
        return
    name = f"{session.chain.chain_id}-{session.signer.address.lower()}"
    what = f"{job.network.name} with the account {session.signer.address}"
    with ExitStack() as held:
        try:
            held.enter_context(locked(job.keystores.parent / "locks" / name, what))
        except OSError as error:
            report.say(f"no lock on the account: {error.strerror}")
        yield


def mint_plan(
    job: Job, session: Session, works: list[Work], *, reveal: bool = False
) -> mint.MintPlan:
    """What the chain has and the transactions that would bring it up to `works`.

    reveal: with a placeholder, plan its reveal.
    """
    profile = job.collection.pin.profile
    to = airdrop.resolved(session.chain, airdrop.recipients(job.file, session.signer.address))
    plan = mint.plan_mint
    if placeholder := placeholder_item(job):
        image = placeholder.entry.cid
        placeholder = Placeholder(
            lambda i: pin.placeholder_metadata(job.collection, i, image), reveal
        )
        plan = partial(plan_with_placeholder, placeholder=placeholder)
    return plan(
        session,
        texts={work.piece.id: work.text for work in works if work.text},
        read_directory=lambda digest: pin.read_directory(job.blocks, digest),
        digest_of=lambda files: pin.directory_entry(files, profile).cid.digest,
        to=to,
    )


def look_on_chain(job: Job, works: list[Work], report: Report) -> mint.OnChain | None:
    """What the chain has of `works`, where one is set up."""
    try:
        with opened(job) as session:
            return mint.read_on_chain(session, mint_plan(job, session, works), sent=())
    except MissingError as missing:
        report.say(f"the chain was not asked: {missing.fact}")
        return None


def placeholder_item(job: Job) -> Pinnable | None:
    """The picture of a delayed reveal."""
    name = job.collection.mint.placeholder
    if name is None:
        return None
    path = job.file.path.parent / name
    entry = import_path(path, PROFILES[job.collection.pin.profile])
    return Pinnable(f"placeholder/{path.name}", entry, path)


def rpc_url(network: Network, env: Mapping[str, str]) -> str | None:
    """One URL, or several with commas."""
    return env.get(network.rpc_env or "") or network.default_rpc


def embedded_path(work_folder: Path) -> Path:
    return work_folder / "chain" / "embedded.sqlite"
