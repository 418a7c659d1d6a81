"""`list`: the pieces of the file that are there and ours, each put up for sale once.

    1. what would be listed, for how much, and what stands already
    2. a price that is raised: the old order is cancelled first, and deep enough, for whoever holds
       it could still buy at the old price
    3. whoever moves the tokens is approved
    4. the orders are signed, all with one signature, or (--on-chain) validated in a transaction
    5. they go where the file says; the page takes them from the book
    6. a price that is lowered: the old order is cancelled last, so that the piece is never off

What stands is looked at anew before each step, so a run after a crash goes on where it broke off.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from nftforge.config.sale import Sale
from nftforge.core.errors import ConfigError, GuardError, MissingError
from nftforge.core.fsync import atomic_write
from nftforge.core.money import in_ether
from nftforge.core.plural import counted
from nftforge.core.stage import Report
from nftforge.market.addresses import operator
from nftforge.market.fulfillment import buyer_of
from nftforge.market.order_json import order_to_json
from nftforge.market.orders import Order, OrderComponents
from nftforge.market.tokens import may_move
from nftforge.pipeline.job import Job, check_others_hold_it, working
from nftforge.pipeline.minting import cost
from nftforge.pipeline.minting.mint import Consent, agree, must_ask
from nftforge.pipeline.minting.open import sending
from nftforge.pipeline.minting.session import Step
from nftforge.pipeline.selling import documents, steps
from nftforge.pipeline.selling.book import (
    is_posted,
    open_book,
    orders_in,
    posted,
    sign,
)
from nftforge.pipeline.selling.guards import MEANT, check_own_price, check_prices
from nftforge.pipeline.selling.orders import Wanted, wanted
from nftforge.pipeline.selling.send import send
from nftforge.pipeline.selling.shop import Shop, open_shop
from nftforge.pipeline.selling.standing import (
    OVER,
    Listed,
    begin_book,
    look,
    price_now,
    prices_before,
    sales_here,
    warn_of_the_unseen,
)
from nftforge.pipeline.selling.terms import Asked, asked, check_times, sale_of, wei

NO_MORE = "the file lists it no more"


@dataclass(frozen=True)
class ListOptions:
    on_chain: bool = False  # validated in a transaction, no signature kept anywhere
    price_is_right: bool = False
    orders: Path | None = None  # where the signed orders go, for anyone's buyer


@dataclass(frozen=True)
class Refused:
    """A piece whose order is over for good, so that it is left out."""

    piece: str
    token_id: int
    why: str
    fix: str


@dataclass(frozen=True)
class Offering:
    """What is to be listed, and all that has to happen for it."""

    wanted: Sequence[Wanted]  # every one that the file lists here
    new: Sequence[Wanted]  # of these, what is not listed yet
    before: Sequence[Step]  # cancellations and approvals that come first
    on_chain: Sequence[Step]
    after: Sequence[Step]  # cancellations that come last
    refused: Sequence[Refused] = ()  # pieces that cannot be listed as they are asked for
    left: Sequence[Listed] = ()  # alive, of tokens that are not among these
    rows: Sequence[Listed] = ()  # all there are

    @property
    def steps(self) -> list[Step]:
        return [*self.before, *self.on_chain, *self.after]


def list_pieces(
    job: Job, report: Report, consent: Consent, options: ListOptions, *, dry_run: bool = False
) -> dict[str, Any]:
    """The document of `list --json`. With dry_run, nothing is signed or sent.

    A piece that cannot be listed is left out and named, unless it is asked for by its name
    (`--only`) or is the last one: then GuardError.
    """
    sale, chosen = check_asked(job, options)
    check_others_hold_it(job, report.warn)
    with working(job, report), open_shop(job, report, sale.places) as shop:
        _check_clock(job, shop, chosen)
        offered = _theirs_left_out(shop, chosen, report)
        if not offered:
            raise GuardError(
                "nothing to list: no piece with a price is minted and yours",
                hint="`nftforge list -v` says of each piece why not",
            )
        warn_of_the_unseen(shop, report)
        plan = _plan(job, shop, offered, options, report)
        if not options.price_is_right:
            _check_own_prices(job, shop, plan, report)
        _name_what_is_left(job, shop, plan, report)
        refused = [asdict(each) for each in plan.refused]
        if dry_run:
            at_most = cost.bill(shop.session, plan.steps)
            would = documents.listed(job, shop, plan.wanted, plan.new, at_most)
            return {**would, "refused": refused}
        with sending(shop.session, job.locks, report):
            bill = _carry_out(job, shop, offered, options, consent, report)
        if options.orders:
            _write_orders(options.orders, job, shop, plan.wanted)
        listed = documents.listed(job, shop, plan.wanted, plan.new, bill)
        return {**listed, "refused": refused}


# --- what is refused before anything is looked at ------------------------------------------------


def check_asked(job: Job, options: ListOptions) -> tuple[Sale, list[Asked]]:
    """The sale and what is asked for each piece, by the file alone.

    Raises ConfigError and GuardError with the line.
    """
    sale, everything = sale_of(job.file), asked(job.file, job.network)
    chosen = [each for each in everything if not job.only or each.piece in job.only]
    if not chosen:
        raise ConfigError(
            f"{job.file.path}: no price for {', '.join(sorted(job.only)) or 'any piece'}",
            hint="write `price: 0.2 ETH` at a piece, or under `sale:` for all",
        )
    if options.on_chain and "opensea" in sale.places:
        raise ConfigError(
            "--on-chain lists where OpenSea does not look",
            hint="take `opensea` out of `sale: {in: ..}`, or --on-chain away",
        )
    if options.orders:
        _check_writable(options.orders)
    least = sale.min_price and wei(job.file, job.network, ("sale", "min_price"), sale.min_price)
    if not options.price_is_right:
        check_prices(job.file, chosen, everything, least or None, job.network.currency)
    return sale, chosen


def _check_writable(path: Path) -> None:
    """Before anything is signed. Raises GuardError if it is there, MissingError if it cannot be."""
    if os.path.lexists(path):
        raise GuardError(f"{path} is there already", hint="name another file")
    try:
        with TemporaryFile(dir=path.parent):
            return
    except OSError as error:
        raise MissingError(
            f"--orders {path}: nothing can be written to {path.parent}: {error.strerror}",
            hint="name a file in a folder that is there and yours; nothing was signed",
        ) from None


def _check_clock(job: Job, shop: Shop, chosen: Sequence[Asked]) -> None:
    """By the clock that the file was written by: the chain's, but for one with none of its own."""
    embedded = job.network.kind == "embedded"
    check_times(job.file, chosen, int(time.time()) if embedded else shop.seen.time)


def _theirs_left_out(shop: Shop, chosen: Sequence[Asked], report: Report) -> list[Asked]:
    for each in chosen:
        if each.piece not in shop.tokens:
            report.say(f"{each.piece}: not minted yet, so not listed; `nftforge run` mints it")
        elif not shop.is_ours(each.piece):
            owner = shop.seen.owners[shop.tokens[each.piece]]
            report.skip(f"{each.piece}: belongs to {owner}, so not listed")
    return [each for each in chosen if shop.is_ours(each.piece)]


def _name_what_is_left(job: Job, shop: Shop, plan: Offering, report: Report) -> None:
    """What is for sale and the file lists no more: `list` takes no piece away."""
    for each in plan.refused:
        report.warn(f"{each.why}; not listed: {each.fix}")
    refused = {each.token_id for each in plan.refused}
    for row in plan.left:
        piece = shop.pieces.get(row.token_id, f"token {row.token_id}")
        if not job.only:
            price = f"{in_ether(price_now(row, shop.seen.time))} {job.network.currency}"
            report.warn(
                f"{piece}: an order at {price} is alive, and "
                f"{'is not what the file asks' if row.token_id in refused else NO_MORE}; "
                f"`nftforge delist --only {piece}` withdraws it"
            )


def _check_own_prices(job: Job, shop: Shop, plan: Offering, report: Report) -> None:
    """Raises GuardError for a price far from what the same piece went for until now."""
    if not plan.new:
        return
    sales, facts = sales_here(shop, report), []
    for each in plan.new:
        before = prices_before(plan.rows, sales, each.token_id, each.order_hash)
        why = check_own_price(each.asked.piece, each.asked.lowest, before, job.network.currency)
        facts += [job.file.refusal(each.asked.place, text).fact for text in why]
    if facts:
        raise GuardError(*facts[:10], hint=MEANT)


# --- the plan ------------------------------------------------------------------------------------


def _plan(
    job: Job, shop: Shop, offered: Sequence[Asked], options: ListOptions, report: Report
) -> Offering:
    """By what the chain and the book say now."""
    orders = [wanted(job, shop, each) for each in offered if shop.is_ours(each.piece)]
    rows = look(shop, [each.components for each in orders], report)
    return planned(shop, orders, rows, options.on_chain, by_name=bool(job.only))


def planned(
    shop: Shop, asked_for: Sequence[Wanted], rows: Sequence[Listed], on_chain: bool, by_name: bool
) -> Offering:
    """Raises GuardError if what is asked for by name, or all of it, is over for good."""
    by_hash = {row.order_hash: row for row in rows}
    refused = [
        each for order in asked_for for each in _refused(order, by_hash.get(order.order_hash))
    ]
    if refused and (by_name or len(refused) == len(asked_for)):
        raise GuardError(*(each.why for each in refused[:10]), hint=refused[0].fix)
    out = {each.token_id for each in refused}
    orders = [each for each in asked_for if each.token_id not in out]
    mine = {each.token_id: each for each in orders}
    new = [each for each in orders if not _stands(by_hash.get(each.order_hash), on_chain)]
    old = [
        row
        for row in rows
        if row.is_alive and row.token_id in mine and row.order_hash != mine[row.token_id].order_hash
    ]
    approved = steps.approvals(shop, [each.token_id for each in orders], shop.operator)
    _check_none_revived(shop, [row for row in rows if row.token_id not in mine], approved)
    first = [row for row in old if _must_go_first(row, mine[row.token_id])]
    last = [row for row in old if row not in first]
    raised = steps.cancellations(shop.session, _components(first), "the price is raised")
    return Offering(
        orders, new, [*raised, *approved],
        steps.validations(shop.session, [e.components for e in new]) if on_chain else [],
        steps.cancellations(shop.session, _components(last), "another order took its place"),
        refused, [row for row in rows if row.is_alive and row.token_id not in mine], rows,
    )  # fmt: skip


def _components(rows: Sequence[Listed]) -> list[OrderComponents]:
    return [row.order.components for row in rows]


def _stands(row: Listed | None, on_chain: bool) -> bool:
    return row is not None and (row.on_chain if on_chain else row.is_published)


def _must_go_first(old: Listed, new: Wanted) -> bool:
    """Whether somebody who holds the old order could buy for less than is asked at some time now,
    or what is promised to another."""
    asked = [item for item in old.order.components.consideration if item.item_type == 0]
    start = sum(item.start_amount for item in asked)
    end = sum(item.end_amount for item in asked)
    other = new.asked.buyer is not None and buyer_of(old.order.components) != new.asked.buyer
    return other or min(start, end) < max(new.asked.start_price, new.asked.end_price)


def _refused(each: Wanted, row: Listed | None) -> list[Refused]:
    """Why it cannot be listed, if it cannot."""
    state = row.standing.state if row else ""
    if state not in OVER and state != "expired":
        return []
    why = (
        f"{each.asked.piece}: the very order for token {each.token_id} at this price and time is "
        f"{state}, and an order is taken or withdrawn once"
    )
    fix = (
        "another price or `until` is another order; for the same again raise "
        f"`sale: {{series: {each.series + 1}}}`"
    )
    return [Refused(each.asked.piece, each.token_id, why, fix)]


def _check_none_revived(shop: Shop, others: Sequence[Listed], approved: Sequence[Step]) -> None:
    """Raises GuardError if an approval of all tokens brings orders of other pieces back to life."""
    if not any(each.kind == "approve-all" for each in approved):
        return
    revived = [
        row
        for row in others
        if row.is_alive
        and shop.seen.owners.get(row.token_id) == shop.seller
        and operator(row.order.components.conduit_key) == shop.operator
        and not may_move(shop.chain, shop.token, shop.seller, shop.operator, row.token_id)
    ]
    if not revived:
        return
    currency, pieces = shop.chain.network.currency, shop.pieces
    facts = [
        f"{pieces.get(row.token_id, f'token {row.token_id}')}: an order at "
        f"{in_ether(price_now(row, shop.seen.time))} {currency} is alive, and could be taken as "
        "soon as all tokens are approved"
        for row in revived[:10]
    ]
    names = ",".join(pieces.get(row.token_id, "") for row in revived)
    raise GuardError(
        *facts, hint=f"`nftforge delist --only {names}` first, or list these too; nothing was sent"
    )


# --- doing it ------------------------------------------------------------------------------------


def _carry_out(
    job: Job,
    shop: Shop,
    offered: Sequence[Asked],
    options: ListOptions,
    consent: Consent,
    report: Report,
) -> Mapping[str, Any]:
    must_ask(shop.session, "list")  # what other commands left unfinished is not for this one
    plan = _plan(job, shop.looked_at_anew(), offered, options, report)

    def now() -> Offering:
        return _as_shown(_plan(job, shop.looked_at_anew(), offered, options, report), plan)

    bill: dict[str, Any] = {}

    def with_table(asked_for: Mapping[str, Any]) -> int | None:
        shown = documents.table(job, shop, plan.wanted, plan.new)
        bill.update(asked_for)
        return consent({**asked_for, "listing": shown})

    if not plan.new and not plan.steps:
        _publish(job, shop, plan, report)
        return cost.bill(shop.session, [])  # nothing to do
    agreed = agree(shop.session, plan.steps, with_table)
    begin_book(shop)
    _, allowance = send(
        shop.session,
        "list",
        lambda: [*now().before, *now().on_chain],
        with_table,
        report,
        agreed,
    )
    if not options.on_chain:
        new = [each.components for each in now().new]
        signed = sign(shop.session, shop.book, shop.record, new)
        if signed:
            report.say(f"list: {counted(len(signed), 'order')} signed, for nothing")
    else:
        shop.record.add([each.components for each in plan.new])
    _publish(job, shop, now(), report)
    send(shop.session, "list", lambda: now().after, with_table, report, allowance)
    return bill


def _as_shown(plan: Offering, agreed: Offering) -> Offering:
    """`plan`, if nothing is to be listed in it but what was agreed to.

    Raises GuardError: a royalty, a fee or the counter is another one by now, or a node lied.
    """
    shown = {each.order_hash for each in agreed.new}
    if others := [each.asked.piece for each in plan.new if each.order_hash not in shown]:
        raise GuardError(
            f"{', '.join(others[:10])}: the order is not the one that was shown any more: the "
            "royalty, a fee or the counter changed meanwhile",
            hint="nothing was listed; run the same command again and look at the table",
        )
    return plan


def _publish(job: Job, shop: Shop, plan: Offering, report: Report) -> None:
    """To OpenSea, if the file says so; the page takes its own from the book."""
    if shop.marketplace is None:
        return
    signed = _signed(shop, plan.wanted)
    for each in plan.wanted:
        order = signed.get(each.order_hash)
        if order and not is_posted(shop.book, order.components):
            answer = shop.marketplace.opensea.post_listing(order)
            posted(shop.book, order.components, {"before": answer.before})
            report.say(f"opensea {each.asked.piece}: {'was there' if answer.before else 'listed'}")


def _signed(shop: Shop, orders: Sequence[Wanted]) -> Mapping[bytes, Order]:
    known = {each.order_hash: each.components for each in orders}
    return orders_in(shop.book, shop.seller, shop.token, known).signed


def _write_orders(path: Path, job: Job, shop: Shop, orders: Sequence[Wanted]) -> None:
    """Whoever has this file can buy: for its owner alone, until he gives it on."""
    again = replace(shop, book=open_book(shop.chain, job.file.work_folder))
    signed = _signed(again, orders)
    rows = [order_to_json(signed.get(each.order_hash, Order(each.components))) for each in orders]
    with atomic_write(path, fsync=True, private=True, exclusive=True) as stream:
        stream.write(json.dumps(rows, indent=2).encode() + b"\n")
