"""The order of things. Read `run` first: it is the table of contents of nftforge.

    run      paint -> render -> pin -> mint, each only where needed
    plan     what run would do, why, and what it would cost; sends and writes nothing
    status   where each piece stands
    verify   from the chain down to the bytes on this disk

All of them walk the same steps: `run` builds what is missing, the others only look.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eth_utils import is_address, to_checksum_address

from nftforge import documents
from nftforge.chain import explorers
from nftforge.chain.contract import read_provenance, read_state
from nftforge.chain.networks import Network
from nftforge.chain.rehearsal import rehearsal
from nftforge.chain.rpc import connect
from nftforge.chain.wallet import signer_for
from nftforge.config import Pin
from nftforge.errors import ConfigError, GuardError, MissingError, ServiceError
from nftforge.ipfs.backend import Backend, Pinnable
from nftforge.ipfs.blockstore import Blockstore
from nftforge.ipfs.cid import Cid
from nftforge.ipfs.gateway import Gateway, is_announced
from nftforge.ipfs.service import Patience, nothing
from nftforge.ipfs.unixfs import PROFILES, import_path
from nftforge.job import Job, Work
from nftforge.journal import Journal
from nftforge.lock import locked
from nftforge.painting.brushes import brush_names
from nftforge.painting.settings import ENGINES, threads
from nftforge.stages import airdrop, cost, mint, pin
from nftforge.stages.backends import Make, back_ends, check_names, web_service
from nftforge.stages.backup import read_backup, write_backup
from nftforge.stages.everywhere import (
    Batch,
    Holding,
    Stop,
    pin_everywhere,
    survey,
    survey_cids,
)
from nftforge.stages.paint import is_tip, paint_stage
from nftforge.stages.render import render_stage
from nftforge.stages.reveal import Veil, plan_veiled
from nftforge.stages.stage import STROKES, Built, Report, Stage, ensure, settle
from nftforge.stages.transaction import OvertakenError, resume
from nftforge.stages.verify import LocalPiece, Source, verify_tokens
from nftforge.team import team

if TYPE_CHECKING:
    from nftforge.stages.sheets import SheetWish

DEFAULT_GATEWAYS = ("https://trustless-gateway.link",)
LOOK_S = 20.0  # patience with a back-end that is only looked at
GATEWAY_PATIENCE = Patience(first_wait_s=1, longest_wait_s=8, give_up_s=30, stall_s=30)
PLANS = 5  # how often a run plans anew because someone else minted meanwhile
STAGES = ("paint", "render", "pin", "mint")

Consent = Callable[[Mapping[str, Any]], None]
"""Shown the bill before anything is sent; raises GuardError to refuse."""

Obtain = Callable[[Stage], Built | None]
"""How a step is taken: built if missing (`run`), or only looked up (`plan`, `status`)."""


Map = Callable[[Callable[[Any], Work], Sequence[Any]], list[Work]]
"""The built-in `map`, or the same on several threads."""


def run(job: Job, report: Report, consent: Consent, until: str = "mint") -> documents.Outcome:
    """Paint, render, pin and mint what is not there yet; the document of `run --json`."""
    if until == "mint":
        _need_all(job)
    with locked(job.file.work_folder, str(job.file.path)):
        job.store.sweep()
        if until in ("pin", "mint"):
            backends(job)  # a key that is missing is said before an hour of painting
        works = build(job, report, until)
        if until in ("pin", "mint"):
            works = pin_pieces(job, works, report)
        ledger = mint_pieces(job, works, report, consent) if until == "mint" else None
        if ledger:
            pin_published(job, report)
        if until in ("pin", "mint"):
            backup(job, report)
    return documents.outcome(job, works, ledger)


def update(job: Job, report: Report, consent: Consent) -> documents.Outcome:
    """Publish metadata that changed since it was minted; deploys and mints nothing."""
    with locked(job.file.work_folder, str(job.file.path)):
        job.store.sweep()
        works = pin_pieces(job, build(job, report, "pin"), report)
        ledger = mint_pieces(job, works, report, consent, only_updates=True)
        backup(job, report)
    return documents.outcome(job, works, ledger)


def reveal(job: Job, report: Report, consent: Consent) -> documents.Outcome:
    """Publish what a delayed reveal held back: exactly what was committed to, or nothing."""
    if job.collection.mint.placeholder is None:
        raise GuardError(
            f"{job.file.path} has no `mint: {{placeholder: ...}}`: there is nothing to reveal"
        )
    with locked(job.file.work_folder, str(job.file.path)):
        job.store.sweep()
        backends(job)
        works = build(job, report, "pin")
        with opened(job, report) as site:
            steps = mint_plan(job, site, works, lift=True).steps
            if steps:  # what is published cannot be taken back either: ask before
                consent(cost.bill(site, steps))
        works = pin_works(job, works, report)
        ledger = mint_pieces(job, works, report, lambda bill: None, only_updates=True, lift=True)
        pin_published(job, report)
        backup(job, report)
    return documents.outcome(job, works, ledger)


def freeze(job: Job, report: Report, consent: Consent) -> dict[str, Any]:
    """Make the metadata unchangeable; refused while what is published is not what is here."""
    works = on_disk(job)
    command = "reveal" if job.collection.mint.placeholder else "update"

    def step(site: mint.Site) -> mint.Step:
        outdated = sorted(mint_plan(job, site, works).outdated)
        if outdated:
            raise GuardError(
                f"the metadata of {', '.join(outdated[:10])} changed since it was published",
                hint="`nftforge update` publishes it; frozen metadata can never be changed",
            )
        step = mint.freeze_step(site)
        promise = read_provenance(site.chain, site.address)
        if promise and not promise.kept:
            raise GuardError(
                f"the metadata of {site.address} is not what was committed to before the reveal "
                f"(provenance 0x{promise.committed.hex()})",
                hint=f"`nftforge {command}` publishes it; frozen metadata can never be changed",
            )
        return step

    return _administer(job, report, consent, step)


def transfer_ownership(job: Job, report: Report, consent: Consent, to: str) -> dict[str, Any]:
    """Offer the contract to another owner."""
    return _administer(job, report, consent, lambda site: mint.transfer_step(site, to))


def _administer(
    job: Job, report: Report, consent: Consent, make: Callable[[mint.Site], mint.Step]
) -> dict[str, Any]:
    with (
        locked(job.file.work_folder, str(job.file.path)),
        opened(job, report) as site,
        sending(job, site, report),
    ):
        resume(site.sender, report)
        step = make(site)
        if step.effect.observe() is None:
            consent(cost.bill(site, [step]))
        try:
            settled = settle(step.effect, site.journal)
        except OvertakenError:
            settled = settle(step.effect, site.journal)  # it is there by now
        report.say(f"{step.kind}: {'was done before' if settled.cached else 'done'}")
        return documents.administered(job, site.address, step, settled)


def verify_source(job: Job, report: Report) -> dict[str, Any]:
    """Publish the contract's source on Sourcify, and on Etherscan if there is a key for it."""
    if job.network.is_rehearsal:
        raise GuardError(f"{job.network.name} has no explorer: sources go to public networks")
    with opened(job) as site:
        source = mint.deployed_source(site)
    published = [
        explorers.publish_on_sourcify(source, job.env.get("SOURCIFY_URL") or explorers.SOURCIFY)
    ]
    if key := job.env.get("ETHERSCAN_API_KEY"):
        base = job.env.get("ETHERSCAN_URL") or explorers.ETHERSCAN
        published.append(explorers.publish_on_etherscan(source, key, base))
    else:
        report.say("etherscan: skipped, ETHERSCAN_API_KEY is not set")
    return documents.source_published(job, source.address, published)


def status(job: Job, report: Report) -> documents.Outcome:
    """Where each piece stands, by looking at the disk and, where one is set up, at the chain."""
    works, holdings = look(job)
    for holding in holdings:
        if holding.why:
            report.say(f"{holding.name} was not asked: {holding.why}")
    ledger = on_chain(job, works, report)
    return documents.outcome(job, works, ledger)


def on_chain(job: Job, works: list[Work], report: Report) -> mint.Ledger | None:
    """What the chain has of `works`, where one is set up."""
    try:
        with opened(job) as site:
            return mint.read_ledger(site, mint_plan(job, site, works), sent=())
    except MissingError as missing:
        report.say(f"the chain was not asked: {missing.fact}")
        return None


def sheet(job: Job, report: Report, wish: SheetWish) -> dict[str, Any]:
    """The whole collection as one picture, and each piece's way there; paints what is missing.

    Returns the document of `sheet --json`.
    """
    from nftforge.stages.sheets import Exhibit, draw_sheets

    with locked(job.file.work_folder, str(job.file.path)):
        job.store.sweep()
        works = build(job, report, "paint")
    ledger = on_chain(job, works, report)
    pieces = []
    for work in works:
        assert work.paint
        token = ledger.tokens.get(work.piece.id) if ledger else None
        picture = job.file.path.parent / work.piece.image
        number = token.token_id if token else None
        pieces.append(
            Exhibit(
                work.piece.id, work.piece.name, number, work.paint.artifact.path(STROKES), picture
            )
        )
    return draw_sheets(pieces, job.collection.name, wish, report)


def rehearse(job: Job, report: Report) -> documents.Outcome:
    """Everything but the sending (`run --dry-run`): the tokens as they would be, and the bill."""
    _need_all(job)
    with locked(job.file.work_folder, str(job.file.path)):
        job.store.sweep()
        works = build(job, report, "pin")
    with opened(job) as site:
        planned = mint_plan(job, site, works)
        ledger = mint.read_ledger(site, planned, sent=planned.steps)
        bill = cost.bill(site, planned.steps)
        rehearsed = rehearse_steps(job, site, planned.steps, report)
        return documents.rehearsed(job, works, ledger, planned.steps, bill, rehearsed)


def rehearse_steps(
    job: Job, site: mint.Site, steps: Sequence[mint.Step], report: Report
) -> mint.Rehearsed:
    """Carry the steps out on a throwaway copy of the chain; what they used, and every token."""
    with rehearsal(
        job.network,
        site.signer.address,
        rpc_url=rpc_url(job.network, job.env),
        embedded_path=embedded_path(job.file.work_folder),
    ) as (chain, perform):
        receipts = []
        for step in steps:
            receipts.append(perform(step.call))
            report.say(f"rehearsed {step.kind} {step.subject}: {receipts[-1].gas_used:,} gas")
        return mint.read_rehearsed(chain, site.address, receipts)


def plan(job: Job) -> dict[str, Any]:
    """What `run` would do and why, the bytes to pin, the gas and what it costs, the balance."""
    works, holdings = look(job)
    with opened(job) as site:
        steps = mint_plan(job, site, works).steps
        return documents.planned(job, works, holdings, site.address, steps, cost.bill(site, steps))


def verify(job: Job, gateways: Sequence[str] = (), routing: str | None = None) -> dict[str, Any]:
    """From the chain down to the bytes, on this disk or through gateways; `ok` is False if anything
    differs or did not come."""
    works = on_disk(job)
    local = {
        work.piece.id: LocalPiece(work.paint.artifact, work.render.artifact)
        for work in works
        if work.paint and work.render
    }
    here = Source("this disk", job.blocks.get, needs_files=True)
    sources = [gateway_source(url) for url in gateways] or [here]
    placeholder = placeholder_item(job)
    veil = placeholder.entry.cid if placeholder else None
    with opened(job) as site:
        findings = verify_tokens(
            site.chain, site.address, sources, local, announcements(routing), veil
        )
        pieces = [work.piece.id for work in works]
        heading = documents.heading(job.collection.name, job.network, site.address)
        provenance = read_provenance(site.chain, site.address)
    cids = [cid for finding in findings for cid in finding.cids]
    made = quick_back_ends(job)
    holdings = [survey_cids(name, make, cids) for name, make in made.items()]
    return documents.verified(heading, findings, pieces, holdings, provenance)


def verify_contract(
    network: Network,
    address: str,
    env: Mapping[str, str],
    gateways: Sequence[str],
    routing: str | None,
) -> dict[str, Any]:
    """The same from the address alone, wherever the collection was made; embedded: made here."""
    if not is_address(address):
        raise ConfigError(f"--contract: {address!r} is no address: 0x and 40 hex digits")
    address = to_checksum_address(address)
    sources = [gateway_source(url) for url in gateways or DEFAULT_GATEWAYS]
    with connect(
        network,
        rpc_url=rpc_url(network, env),
        embedded_path=embedded_path(Path(".nftforge")),
    ) as chain:
        findings = verify_tokens(chain, address, sources, {}, announcements(routing))
        provenance = read_provenance(chain, address)
    heading = documents.heading(None, network, address)
    return documents.verified(heading, findings, [], [], provenance)


def gateway_source(url: str) -> Source:
    """Blocks through the gateway at `url`, each hashed here."""
    gateway = Gateway(web_service("gateway", url, GATEWAY_PATIENCE))
    return Source(gateway.name, gateway.get, needs_files=False)


def announcements(routing: str | None) -> Callable[[Cid], bool] | None:
    """What asks the router at `routing` who has a CID."""
    if routing is None:
        return None
    return partial(is_announced, web_service("routing", routing, GATEWAY_PATIENCE))


def check(job: Job) -> None:
    """Refuse names that nothing answers to, before any work. Raises ConfigError with the line."""
    collection = job.collection
    brushes = [name for name in brush_names() if name != "own"]
    for place, name, known in (
        (("paint", "brush"), collection.paint.brush, brushes),
        (("paint", "engine"), collection.paint.engine, ["auto", *ENGINES]),
        *(
            (("pieces", index, "brush"), piece.brush, brushes)
            for index, piece in enumerate(collection.pieces)
            if piece.brush
        ),
    ):
        if name not in known and not (place[-1] == "brush" and is_tip(name)):
            raise job.file.error(
                place, f"there is no {place[-1]} {name!r}", hint=f"there are: {', '.join(known)}"
            )
    check_names(job.file)
    unknown = job.only - {piece.id for piece in collection.pieces}
    if unknown:
        raise ConfigError(
            f"--only: there is no piece {', '.join(sorted(unknown))} in {job.file.path}",
            hint=f"pieces: {', '.join(piece.id for piece in collection.pieces[:20])}",
        )


# --- paint, render, describe: one walk, building or only looking --------------------------------


def build(job: Job, report: Report, until: str) -> list[Work]:
    """Every piece painted, rendered and described, as far as `until`."""

    with team(report, threads()) as painters:

        def obtain(stage: Stage) -> Built:
            return ensure(stage, job.store, painters.report)

        return walk(job, obtain, until, painters.map)


def look(job: Job) -> tuple[list[Work], list[Holding]]:
    """The same without building: what is on disk already, and what each back-end holds of it."""
    works = veiled(job, on_disk(job))
    items = [item for work in works if work.metadata for item in public_items(job, work)]
    holdings = [survey(name, make, items) for name, make in quick_back_ends(job).items()]
    return [
        replace(work, pinned=pinned, pin_cached=pinned)
        for work in works
        for pinned in [is_pinned(job, work, holdings)]
    ], holdings


def on_disk(job: Job) -> list[Work]:
    """How far every piece has come on this disk."""

    def obtain(stage: Stage) -> Built | None:
        found = job.store.find(stage.recipe, stage.subject)
        return Built(found, cached=True) if found else None

    return walk(job, obtain, "mint", lambda work, items: list(map(work, items)))


def walk(job: Job, obtain: Obtain, until: str, map_: Map) -> list[Work]:
    """Take the pieces through the stages, all pieces through one stage before the next."""

    def paint(index: int) -> Work:
        return Work(job.collection.pieces[index], obtain(paint_stage(job.file, index)))

    works = map_(paint, job.indices)
    if until == "paint":
        return works
    works = map_(lambda work: render(job, work, obtain), works)
    if until == "render":
        return works
    return [describe(job, work, obtain) for work in works]


def render(job: Job, work: Work, obtain: Obtain) -> Work:
    if not work.paint:
        return work
    stage = render_stage(job.collection, work.piece.id, work.paint.artifact)
    return replace(work, render=obtain(stage))


def describe(job: Job, work: Work, obtain: Obtain) -> Work:
    """Compute the CIDs of a rendered piece's media and write its metadata."""
    if not (work.paint and work.render):
        return work
    profile = job.collection.pin.profile
    address = obtain(pin.AddressStage(work.piece.id, work.render.artifact, profile))
    if not address:
        return work
    media = pin.read_addresses(address.artifact)
    text = pin.piece_metadata(job.collection, work.piece, work.paint.artifact, media)
    metadata = obtain(pin.MetadataStage(work.piece.id, {"metadata.json": text}))
    return replace(work, media=media, text=text, metadata=metadata)


# --- pin ----------------------------------------------------------------------------------------


def pin_pieces(job: Job, works: list[Work], report: Report) -> list[Work]:
    """What is public of every piece, held by every back-end: before a reveal, the placeholder."""
    return pin_works(job, veiled(job, works), report)


def pin_works(job: Job, works: list[Work], report: Report) -> list[Work]:
    """Every piece's media and metadata (its placeholder, if it is veiled), and the contract's."""
    contract = directory_batch(job, "contract", pin.contract_files(job.collection), report)
    pieces = [Batch(work.piece.id, public_items(job, work)) for work in works]
    cached = pin_batches(job, [contract, *pieces], report)
    return [replace(work, pinned=True, pin_cached=cached[work.piece.id]) for work in works]


def veiled(job: Job, works: list[Work]) -> list[Work]:
    """`works`, behind the placeholder if there is one, unless the chain shows the reveal."""
    placeholder = placeholder_item(job)
    if placeholder is None:
        return works
    try:
        with opened(job) as site:
            if mint_plan(job, site, works).revealed:
                return works
    except MissingError:  # no chain is set up: nothing can have been revealed from here
        pass
    return [replace(work, veil=placeholder) for work in works]


def placeholder_item(job: Job) -> Pinnable | None:
    """The picture of a delayed reveal."""
    name = job.collection.mint.placeholder
    if name is None:
        return None
    path = job.file.path.parent / name
    entry = import_path(path, PROFILES[job.collection.pin.profile])
    return Pinnable(f"placeholder/{path.name}", entry, path)


def public_items(job: Job, work: Work) -> list[Pinnable]:
    """What is pinned of a piece now: before a reveal only the placeholder."""
    return [work.veil] if work.veil else piece_items(job, work)


def piece_items(job: Job, work: Work) -> list[Pinnable]:
    """What one piece pins: its media files and its metadata file."""
    assert work.render and work.metadata and work.media and work.text
    media = [
        Pinnable(f"{work.piece.id}/{name}", entry, work.render.artifact.path(name))
        for name, entry in work.media.items()
    ]
    text = pin.file_entry(work.text, job.collection.pin.profile)
    path = work.metadata.artifact.path(f"{pin.FILES}/metadata.json")
    return [*media, Pinnable(f"{work.piece.id}/metadata.json", text, path)]


def directory_batch(job: Job, subject: str, files: Mapping[str, bytes], report: Report) -> Batch:
    """`files`, written as a metadata directory to be pinned as one folder."""
    built = ensure(pin.MetadataStage(subject, files), job.store, report)
    entry = pin.directory_entry(files, job.collection.pin.profile)
    return Batch(subject, [Pinnable(subject, entry, built.artifact.path(pin.FILES))])


def pin_directory(job: Job, subject: str, files: Mapping[str, bytes], report: Report) -> None:
    """One metadata directory, held by every back-end before a transaction publishes it."""
    pin_batches(job, [directory_batch(job, subject, files, report)], report)


def pin_published(job: Job, report: Report) -> None:
    """The directories that the contract names, held by back-ends that came later too."""
    if set(job.collection.pin.to) == {"local"}:
        return
    with opened(job) as site:
        state = read_state(site.chain, site.address)
    batches = []
    for batch in state.batches if state else ():
        texts = pin.read_directory(job.blocks, batch.directory)
        files = {f"{token_id}.json": text for token_id, text in texts.items()}
        if pin.directory_entry(files, job.collection.pin.profile).cid.digest == batch.directory:
            label = f"tokens-{batch.first_id}-{batch.first_id + batch.count - 1}"
            batches.append(directory_batch(job, label, files, report))
    if batches:
        pin_batches(job, batches, report)


def pin_batches(job: Job, batches: Sequence[Batch], report: Report) -> dict[str, bool]:
    stop = Stop()
    return pin_everywhere(
        backends(job, stop), batches, pin_journal(job.file.work_folder), report,
        stop=stop, wait_s=job.collection.pin.wait_s,
    )  # fmt: skip


def repin(
    section: Pin, work_folder: Path, env: Mapping[str, str], car: Path, report: Report
) -> dict[str, Any]:
    """Pin everything in a backup to every back-end; needs nothing else of the collection."""
    blocks = Blockstore(work_folder / "ipfs" / "blocks")
    with locked(work_folder, str(car)), tempfile.TemporaryDirectory(dir=work_folder) as folder:
        root, profile, batches = read_backup(car, blocks, Path(folder), section.profile)
        stop = Stop()
        chosen = section.model_copy(update={"profile": profile.name})
        made = [make() for make in back_ends(chosen, blocks, env, stop).values()]
        cached = pin_everywhere(
            made, batches, pin_journal(work_folder), report, stop=stop, wait_s=section.wait_s
        )
        items = [item for batch in batches for item in batch.items]
    return {
        "root": str(root),
        "to": [backend.name for backend in made],
        "files": len(items),
        "bytes": sum(item.entry.size for item in items),
        "cached": cached,
    }


def pin_journal(work_folder: Path) -> Journal:
    return Journal(work_folder / "journal" / "pin.jsonl", {"journal": "pin"})


def backup(job: Job, report: Report) -> None:
    """Bring the CAR of everything pinned up to date."""
    path = job.file.work_folder / "ipfs" / "collection.car"
    if write_backup(
        path, pin_journal(job.file.work_folder), job.blocks, job.collection.pin.profile
    ):
        report.say(f"backup: {path}")


def quick_back_ends(job: Job) -> dict[str, Make]:
    """The back-ends as they are looked at: with less patience than when something is sent."""
    section = job.collection.pin
    quick = section.model_copy(update={"give_up_s": min(section.give_up_s, LOOK_S)})
    return back_ends(quick, job.blocks, job.env)


def backends(job: Job, tick: Callable[[], None] = nothing) -> list[Backend]:
    """The back-ends of `pin: {to: [...]}`. Raises MissingError (no key), ConfigError."""
    made = back_ends(job.collection.pin, job.blocks, job.env, tick)
    return [make() for make in made.values()]


def is_pinned(job: Job, work: Work, holdings: Sequence[Holding]) -> bool:
    """Whether every back-end that could be asked holds all that the piece pins."""
    if not work.metadata:
        return False
    cids = [item.entry.cid for item in public_items(job, work)]
    return all(holding.why or holding.holds(cids) for holding in holdings)


# --- mint ---------------------------------------------------------------------------------------


def mint_pieces(
    job: Job,
    works: list[Work],
    report: Report,
    consent: Consent,
    *,
    only_updates: bool = False,
    lift: bool = False,
) -> mint.Ledger:
    """Deploy if absent, publish changed metadata, mint what is missing; never twice.

    lift: publish what a placeholder hides.
    """
    with opened(job, report) as site, sending(job, site, report):
        resume(site.sender, report)
        sent: list[mint.Step] = []
        for _ in range(PLANS):
            planned = mint_plan(job, site, works, lift=lift)
            if only_updates:
                steps = [step for step in planned.steps if step.kind == "update"]
                planned = replace(planned, steps=steps)
            if not planned.steps:
                for subject, files in planned.unpinned.items():
                    pin_directory(job, subject, files, report)
                return mint.read_ledger(site, planned, sent)
            airdrop.check(site.chain, site.address, planned.receivers)
            consent(cost.bill(site, planned.steps))
            try:
                for step in planned.steps:
                    if step.files:
                        pin_directory(job, step.subject, step.files, report)
                    settle(step.effect, site.journal)
                    sent.append(step)
                    report.say(f"{step.kind} {step.subject}: {step.why}; done")
            except OvertakenError as overtaken:
                report.say(f"{overtaken}; looking again")
        raise ServiceError(
            f"others keep changing {site.address}: {PLANS} plans were overtaken",
            hint="nothing was minted twice; run again when the other machine is done",
        )


def _need_all(job: Job) -> None:
    if job.only and job.collection.mint.placeholder:
        raise GuardError(
            "--only: what is committed to before a reveal is the whole collection",
            hint="mint without --only; it goes with --until pin and the commands that send nothing",
        )


def mint_plan(job: Job, site: mint.Site, works: list[Work], *, lift: bool = False) -> mint.MintPlan:
    """What the chain has and the transactions that would bring it up to `works`.

    lift: with a placeholder, plan its reveal.
    """
    profile = job.collection.pin.profile
    to = airdrop.resolved(site.chain, airdrop.recipients(job.file, site.signer.address))
    plan = mint.plan_mint
    if placeholder := placeholder_item(job):
        image = placeholder.entry.cid
        veil = Veil(lambda i: pin.placeholder_metadata(job.collection, i, image), lift)
        plan = partial(plan_veiled, veil=veil)
    return plan(
        site,
        texts={work.piece.id: work.text for work in works if work.text},
        read_directory=lambda digest: pin.read_directory(job.blocks, digest),
        digest_of=lambda files: pin.directory_entry(files, profile).cid.digest,
        to=to,
    )


@contextmanager
def sending(job: Job, site: mint.Site, report: Report) -> Iterator[None]:
    """Let one process at a time send from one account on one chain, whatever the collection.

    It only saves two runs from fighting over a nonce: without the lock (another machine, a home
    that cannot be written) they would both still end right.
    """
    if job.network.kind == "embedded":  # that chain is this collection's own
        yield
        return
    name = f"{site.chain.chain_id}-{site.signer.address.lower()}"
    what = f"{job.network.name} with the account {site.signer.address}"
    with ExitStack() as held:
        try:
            held.enter_context(locked(job.keystores.parent / "locks" / name, what))
        except OSError as error:
            report.say(f"no lock on the account: {error.strerror}")
        yield


@contextmanager
def opened(job: Job, report: Report | None = None) -> Iterator[mint.Site]:
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
        yield mint.open_site(
            chain, signer, folder / "journal", job.collection, contract.cid.digest, say
        )


def rpc_url(network: Network, env: Mapping[str, str]) -> str | None:
    """One URL, or several with commas."""
    return env.get(network.rpc_env or "") or network.default_rpc


def embedded_path(work_folder: Path) -> Path:
    return work_folder / "chain" / "embedded.sqlite"
