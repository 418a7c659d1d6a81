"""Who sends transactions, where to, within which caps, and where it is written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from nftforge.chain.connection import Chain
from nftforge.chain.pricing import Limits
from nftforge.chain.transactions import Timing
from nftforge.chain.wallet import Signer
from nftforge.core.journal import Journal
from nftforge.pipeline.minting.spending import (
    Allowance,
    History,
    Slot,
    Spent,
    written,
)

Progress = Callable[[str, int, int, str], None]
"""As `core.stage.Report.progress`: (task, done, of how many, note)."""


@dataclass(frozen=True)
class Caps:
    """What the collection file allows to be spent, in wei; None: no limit."""

    max_fee: int | None = None
    max_total: int | None = None  # by this collection on this network, all runs together


@dataclass(frozen=True)
class Sender:
    """Who sends, where to, within which caps, and where it is written down."""

    chain: Chain
    signer: Signer
    journal: Journal
    caps: Caps = Caps()
    timing: Timing | None = None  # None: what suits the network
    say: Callable[[str], None] = lambda text: None
    progress: Progress = lambda task, done, total, note: None
    history: History | None = None  # what the chain knows of earlier payments
    allowance: Allowance | None = None  # None: nobody was asked yet
    give_up: bool = False  # what a former run signed, and what is not mined

    @property
    def pace(self) -> Timing:
        return self.timing or Timing.of(self.chain.network)

    @property
    def spent(self) -> int:
        """Wei paid so far for the contract, and what may still be taken for it."""
        return self._all_spent(written(self.journal)).wei()

    def within(self, allowance: Allowance | None) -> Sender:
        return replace(self, allowance=allowance)

    def limits(self, slot: Slot) -> Limits:
        """What may be spent on `slot`, whatever was signed for it before."""
        spent, total = written(self.journal), self.caps.max_total
        left = None if total is None else total - self._all_spent(spent).wei(but=slot)
        if self.allowance:
            agreed = self.allowance.left(spent, but=slot)
        else:
            agreed = None if self.chain.network.is_rehearsal else 0
        return Limits(self.caps.max_fee, left, agreed)

    def _all_spent(self, spent: Spent) -> Spent:
        if self.history is None or self.caps.max_total is None:
            return spent
        return self.history.settled(spent)
