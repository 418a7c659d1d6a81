"""What is asked before the art of tokens on chain is replaced: which tokens, whose, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nftforge.core.errors import GuardError
from nftforge.core.plural import counted


@dataclass(frozen=True)
class ArtChange:
    """A token on chain that would show other art."""

    piece: str
    token_id: int
    owner: str
    yours: bool  # the signer owns it
    why: str

    @property
    def text(self) -> str:
        whose = "yours" if self.yours else f"NOT YOURS, it belongs to {self.owner}"
        return f"token {self.token_id} ({self.piece!r}, {whose}) would show other art: {self.why}"


@dataclass(frozen=True)
class Replacement:
    """What is asked about: all tokens that would show other art."""

    changes: Sequence[ArtChange]
    painted: bool  # the new art is there: what is agreed to now is what will be sent

    @property
    def sold(self) -> list[ArtChange]:
        return [change for change in self.changes if not change.yours]


ChangeArt = Callable[[Replacement], None]
"""Shown what would be replaced, before it is; raises GuardError to refuse."""


def refuse_sold(replacement: Replacement) -> None:
    """The least that holds whoever asks: what others own is not replaced."""
    if sold := replacement.sold:
        raise GuardError(
            f"{counted(len(sold), 'token')} that others own would show other art: "
            + ", ".join(f"{change.token_id} of {change.owner}" for change in sold[:10])
            + (f" and {len(sold) - 10} more" if len(sold) > 10 else ""),
            hint="put back what was changed, or replace what they own with --change-sold"
            + ("" if replacement.painted else "; `nftforge render` paints it without sending"),
        )
