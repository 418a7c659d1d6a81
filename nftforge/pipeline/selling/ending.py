"""What is listed, looked at and withdrawn: `listings`, `delist`; and `transfer`, which may not
leave an order behind."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

from eth_utils import to_checksum_address

from nftforge.chain.connection import connect
from nftforge.chain.networks import Network
from nftforge.chain.recipient_checks import check_recipients, resolve
from nftforge.core.errors import ConfigError, GuardError
from nftforge.core.nearest import suggestion
from nftforge.core.stage import Report
from nftforge.market.orders import NOBODY, OrderComponents
from nftforge.pipeline.job import Job, working
from nftforge.pipeline.minting.mint import Consent
from nftforge.pipeline.minting.open import rpc_url, sending
from nftforge.pipeline.minting.session import Step
from nftforge.pipeline.selling import documents, steps
from nftforge.pipeline.selling.book import cover
from nftforge.pipeline.selling.orders import wanted
from nftforge.pipeline.selling.send import send, would_send
from nftforge.pipeline.selling.shop import Shop, open_shop
from nftforge.pipeline.selling.standing import (
    OPERATORS,
    Listed,
    look,
    looked_at_contract,
    warn_of_the_unseen,
)
from nftforge.pipeline.selling.terms import asked


def listings(job: Job, report: Report) -> dict[str, Any]:
    """Every order of the collection and where it stands, from the chain; signs nothing."""
    with open_shop(job, report, _places(job)) as shop:
        rows = [row for row in look(shop, _named(job, shop), report) if _chosen(job, shop, row)]
        heading = documents.heading(job.collection.name, job.network, shop.token)
        return documents.listings(heading, rows, shop.pieces, shop.seen.time)


def listings_of_contract(
    network: Network, contract: str, env: Any, report: Report
) -> dict[str, Any]:
    """The same from the chain alone, of every seller: what was listed on the chain, and sales."""
    url = rpc_url(network, env)
    with connect(network, rpc_url=url, embedded_path=None, say=report.say) as chain:
        rows = looked_at_contract(chain, contract, report)
        heading = documents.heading(None, network, contract)
        return documents.listings(heading, rows, {}, chain.timestamp())


def delist(
    job: Job,
    report: Report,
    consent: Consent,
    *,
    everything: bool = False,
    revoke: bool = False,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Withdraw what is listed: order by order, or (everything) all at once by the counter.

    dry_run: `withdrawn` holds what would be; nothing is signed or sent.
    """
    with (
        working(job, report),
        open_shop(job, report, _places(job)) as shop,
        nullcontext() if dry_run else sending(shop.session, job.locks, report),
    ):
        if not everything:
            warn_of_the_unseen(shop, report)
        before = _alive(job, shop, report)
        since = _counted_from(shop) if everything else None
        plan = partial(_withdrawals, job, shop, report, since)
        if dry_run:
            return {
                **documents.heading(job.collection.name, job.network, shop.token),
                "withdrawn": [
                    documents.listing_row(row, shop.pieces, shop.seen.time) for row in before
                ],
                "sent": [],
                "approved": [],
                **would_send(shop.session, plan),
            }
        sent, _ = send(shop.session, "delist", plan, consent, report)
        now = shop.looked_at_anew()
        if since is not None and now.seen.counter != since and not now.is_covered:
            cover(now.book, now.record, now.seller, now.token, now.seen.counter)
        left = look(now, _named(job, now), report)
        listed = any(row.is_alive and row.is_known for row in left)
        if revoke and not listed:
            again, _ = send(
                shop.session, "delist", lambda: steps.revocations(shop, OPERATORS), consent, report
            )
            sent += again
        elif revoke:
            report.warn("the approval stays: other orders are alive, and need it")
        return {
            **documents.heading(job.collection.name, job.network, shop.token),
            "withdrawn": [
                documents.listing_row(row, shop.pieces, shop.seen.time) for row in before
            ],
            "sent": [step.row for step in sent],
            "approved": []
            if listed
            else [step.subject for step in steps.revocations(shop, OPERATORS)],
        }


def transfer(
    job: Job, report: Report, consent: Consent, piece: str, to: str, *, dry_run: bool = False
) -> dict[str, Any]:
    """Give one token away. Refused while an order for it is alive: it would live on.

    dry_run: all is checked, and nothing is signed or sent.
    """
    with (
        working(job, report),
        open_shop(job, report) as shop,
        nullcontext() if dry_run else sending(shop.session, job.locks, report),
    ):
        token_id = _token_of(job, shop, piece)
        who = to_checksum_address(to if to.startswith("0x") else resolve(shop.chain, to))
        _check_receiver(shop, piece, who)
        if shop.seen.owners[token_id] != who:
            _check_gift(job, shop, piece, token_id, who, report)

        def plan() -> Sequence[Step]:
            given = shop.looked_at_anew().seen.owners[token_id] == who
            return [] if given else [steps.gift(shop.session, token_id, who)]

        given = {
            **documents.heading(job.collection.name, job.network, shop.token),
            "piece": piece,
            "token_id": token_id,
            "to": who,
        }
        if dry_run:
            theirs = shop.seen.owners[token_id] == who
            return {**given, "tx": None, "cached": theirs, **would_send(shop.session, plan)}
        sent, _ = send(shop.session, "transfer", plan, consent, report)
        return {**given, "tx": _tx(shop, sent), "cached": not sent}


def _check_receiver(shop: Shop, piece: str, who: str) -> None:
    """Raises ConfigError for an address that nobody means."""
    whose = {
        NOBODY: "nobody's address: what is sent there is lost for ever",
        shop.token: f"the contract of the tokens itself: {piece} would be lost in it",
        shop.seller: "your own address",
    }
    if who in whose:
        raise ConfigError(
            f"{who} is {whose[who]}", hint="give the address of who gets it; nothing was sent"
        )


def _check_gift(job: Job, shop: Shop, piece: str, token_id: int, who: str, report: Report) -> None:
    if not shop.is_ours(piece):
        raise GuardError(f"{piece} (token {token_id}) belongs to {shop.seen.owners[token_id]}")
    warn_of_the_unseen(shop, report)
    rows = [row for row in look(shop, _named(job, shop), report) if row.token_id == token_id]
    if any(row.is_alive and row.is_known for row in rows):
        raise GuardError(
            f"{piece} (token {token_id}) is listed: given away, its order would live on, and sell "
            "it if it ever came back",
            hint=f"`nftforge delist --only {piece}` first; nothing was sent",
        )
    check_recipients(shop.chain, shop.token, [who])


def _token_of(job: Job, shop: Shop, piece: str) -> int:
    if piece not in shop.tokens:
        known = piece in job.file.ids
        raise (
            GuardError(f"{piece} is not minted")
            if known
            else ConfigError(
                f"there is no piece {piece} in {job.file.path}",
                hint=f"{suggestion(piece, job.file.ids)}pieces: {', '.join(job.file.ids[:20])}",
            )
        )
    return shop.tokens[piece]


def _tx(shop: Shop, sent: Sequence[Step]) -> str | None:
    if not sent:
        return None
    outcome = shop.session.journal.outcome(sent[-1].effect.name) or {}
    return outcome.get("tx")


def _counted_from(shop: Shop) -> int:
    """The counter that has to be left behind: an interrupted command wished for the same."""
    for intent in shop.session.journal.unfinished().values():
        if (intent["kind"], intent.get("owner")) == ("count", shop.seller):
            return int(intent["counter"])
    return shop.seen.counter


def _withdrawals(job: Job, shop: Shop, report: Report, since: int | None) -> list[Step]:
    """`since`: the counter that all orders are withdrawn with; None: one by one."""
    now = shop.looked_at_anew()
    alive = _alive(job, now, report)
    if since is not None:
        left = now.seen.counter == since or any(row.is_known for row in alive)
        return [steps.count(now)] if left else []
    if not alive:
        report.skip("nothing is listed: nothing to withdraw")
    return steps.cancellations(shop.session, _components(alive), "withdrawn")


def _alive(job: Job, shop: Shop, report: Report) -> list[Listed]:
    rows = look(shop, _named(job, shop), report)
    return [row for row in rows if row.is_alive and _chosen(job, shop, row)]


def _chosen(job: Job, shop: Shop, row: Listed) -> bool:
    return not job.only or shop.pieces.get(row.token_id) in job.only


def _named(job: Job, shop: Shop) -> list[OrderComponents]:
    """The orders that the file asks for, of tokens that are the seller's or were."""
    if job.file.collection.sale is None:
        return []
    offered = [each for each in asked(job.file, job.network) if each.piece in shop.tokens]
    return [wanted(job, shop, each).components for each in offered]


def _places(job: Job) -> Sequence[str]:
    sale = job.file.collection.sale
    return sale.places if sale else ("page",)


def _components(rows: Sequence[Listed]) -> list[OrderComponents]:
    return [row.order.components for row in rows]
