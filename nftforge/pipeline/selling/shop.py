"""Who sells, what there is to be sold, and on a marketplace's conditions: a look at the chain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property

from nftforge.chain.connection import Chain
from nftforge.chain.contract import read_owners
from nftforge.chain.links import OPENSEA
from nftforge.core.errors import GuardError
from nftforge.core.journal import Journal
from nftforge.core.stage import Report
from nftforge.market.addresses import NO_CONDUIT, OPENSEA_CONDUIT_KEY, operator
from nftforge.market.opensea import OpenSea
from nftforge.market.opensea_api import API
from nftforge.market.opensea_terms import CollectionTerms
from nftforge.market.seaport import check_seaport, counter_of, furnish
from nftforge.pipeline.build import on_disk
from nftforge.pipeline.job import Job
from nftforge.pipeline.minting.open import as_shown, mint_plan, open_session
from nftforge.pipeline.minting.session import Session
from nftforge.pipeline.pinning.destinations import safe_url
from nftforge.pipeline.selling.book import counters_in, open_book
from nftforge.pipeline.selling.record import Record, open_record

NONE = Record(None, 0)


@dataclass(frozen=True)
class Marketplace:
    """OpenSea, and what it asks of orders for this collection."""

    opensea: OpenSea
    terms: CollectionTerms


@dataclass(frozen=True)
class Seen:
    """The chain at one block: who has each token, the seller's counter, the time (since 1970)."""

    owners: Mapping[int, str]
    counter: int
    time: int


@dataclass(frozen=True)
class Shop:
    """What can be sold here."""

    session: Session
    book: Journal
    tokens: Mapping[str, int]  # piece -> its token
    seen: Seen
    record: Record = NONE  # of what was signed anywhere
    marketplace: Marketplace | None = None  # None: the artist's own page only
    refused: set[str] = field(default_factory=set, compare=False)  # logs not to be asked for again

    @property
    def chain(self) -> Chain:
        return self.session.chain

    @property
    def seller(self) -> str:
        return self.session.signer.address

    @property
    def token(self) -> str:
        """The collection's contract."""
        return self.session.address

    @property
    def conduit_key(self) -> bytes:
        return OPENSEA_CONDUIT_KEY if self.marketplace else NO_CONDUIT

    @property
    def operator(self) -> str:
        """Who moves a token when it is bought."""
        return operator(self.conduit_key)

    @cached_property
    def pieces(self) -> Mapping[int, str]:
        """Token -> its piece."""
        return {token_id: piece for piece, token_id in self.tokens.items()}

    @property
    def is_covered(self) -> bool:
        """Whether everything is written down that was signed at the seller's counter of now."""
        known = counters_in(self.book, self.seller, self.token)
        return self.seen.counter in known | self.record.counters(self.seller, self.token)

    @cached_property
    def since(self) -> int:
        """A block before which the contract was not there: that of its deployment, if known."""
        outcomes = (entry.data for entry in self.session.journal if entry.event == "outcome")
        blocks = [
            data["block"]
            for data in outcomes
            if data.get("kind") == "deploy" and data.get("address") == self.token
            if isinstance(data.get("block"), int)
        ]
        return min(blocks, default=0)

    def is_ours(self, piece: str) -> bool:
        """Whether the piece is minted and the seller's."""
        token_id = self.tokens.get(piece)
        return token_id is not None and self.seen.owners[token_id] == self.seller

    def looked_at_anew(self) -> Shop:
        """After something was sent."""
        return replace(self, seen=seen_by(self.session, list(self.seen.owners)))


@contextmanager
def open_shop(job: Job, report: Report, places: Sequence[str] = ("page",)) -> Iterator[Shop]:
    """The job's chain with a market on it, its tokens and the book; sends nothing.

    `places` as in `sale: {in: ..}`. Raises MissingError if the chain has no Seaport, GuardError if
    there is no contract of ours.
    """
    with open_session(job, report) as session:
        if session.chain.network.kind == "dev" and furnish(session.chain):
            report.say(f"{session.chain.network.name}: Seaport was put there, for the rehearsal")
        check_seaport(session.chain)
        planned = mint_plan(job, session, as_shown(job, on_disk(job)))
        if planned.state is None:
            raise GuardError(
                f"{job.collection.name} is not minted on {session.chain.network.name} (chain "
                f"{session.chain.chain_id})",
                hint="`nftforge run` mints; then sell",
            )
        session = replace(session, pieces=planned.tokens)
        tokens = {piece: token_id for token_id, piece in planned.tokens.items()}
        yield Shop(
            session, open_book(session.chain, job.file.work_folder), tokens,
            seen_by(session, list(planned.tokens)),
            open_record(job.file.path, session.chain.chain_id, job.network.is_rehearsal),
            _marketplace(job, session, report, places),
        )  # fmt: skip


def seen_by(session: Session, token_ids: Sequence[int]) -> Seen:
    chain = session.chain
    head = chain.head()
    owners = read_owners(chain, session.address, token_ids, head)
    counter = counter_of(chain, session.signer.address, head)
    return Seen(owners, counter, chain.timestamp(head))


def _marketplace(
    job: Job, session: Session, report: Report, places: Sequence[str]
) -> Marketplace | None:
    if "opensea" not in places:
        return None
    if session.chain.chain_id not in OPENSEA:
        report.warn(
            f"opensea: it has no {session.chain.network.name}, and no test network; the page only"
        )
        return None
    opensea = opensea_of(job)
    return Marketplace(opensea, opensea.collection_terms(session.address))


def opensea_of(job: Job) -> OpenSea:
    """It is asked nothing here. Raises MissingError without a key, ConfigError for one that is
    none, or an address that it should not be sent to."""
    key = job.env.get("OPENSEA_API_KEY", "")
    url = safe_url(job.env.get("OPENSEA_API_URL") or API, key or None, "opensea")
    return OpenSea(key, OPENSEA[job.network.chain_id], url=url)
