"""Art that would be replaced: which tokens on chain would show something else, whose, and why.

A token's art is what its metadata shows: image, animation and still. A changed name or trait is
none of it. What is painted already is compared as it is; of what is not, the recipes tell that a
painting or a rendering would be another one. A token before a reveal shows no piece, and nothing of
it is replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nftforge.chain.contract import read_owners
from nftforge.core.store import difference
from nftforge.core.token_json import fields_of, properties_of
from nftforge.ipfs.metadata import SCHEME
from nftforge.pipeline.artwork import artwork_stage
from nftforge.pipeline.foresee import finished_text
from nftforge.pipeline.job import Job
from nftforge.pipeline.metadata import read_addresses
from nftforge.pipeline.minting.plan import MintPlan, piece_of
from nftforge.pipeline.minting.replacement import ArtChange, ChangeArt, Replacement
from nftforge.pipeline.minting.session import Session
from nftforge.pipeline.outputs import STROKES, image_in
from nftforge.pipeline.paint import paint_stage
from nftforge.pipeline.render import render_stage
from nftforge.pipeline.work import Work


def art_changes(
    job: Job, session: Session, planned: MintPlan, works: Sequence[Work]
) -> list[ArtChange]:
    """The tokens whose art a run would replace, as far as it is known before it is painted."""
    by_id = {work.piece.id: work for work in works}
    found: dict[int, tuple[str, str]] = {}
    for token_id, piece in planned.tokens.items():
        if piece not in by_id:
            continue
        shown = planned.published.get(token_id)
        if shown is None:
            why = "what it shows now is not on this disk" if piece in planned.outdated else ""
        else:
            why = _why(job, by_id[piece], shown) if piece_of(shown) else ""
        if why:
            found[token_id] = (piece, why)
    if not found:
        return []
    owners = read_owners(session.chain, session.address, list(found), session.chain.head())
    mine = session.signer.address
    return [
        ArtChange(piece, token_id, owners[token_id], owners[token_id] == mine, why)
        for token_id, (piece, why) in found.items()
    ]


def _why(job: Job, work: Work, shown: bytes) -> str:
    """Why the piece would show something else than `shown`; empty if it would not, or if nothing
    here tells before it is painted."""
    if work.text and _art(work.text) == _art(shown):
        return ""
    drawn = _drawn(job, work.piece.id, shown)
    if job.collection.is_finished(work.piece):
        return _exchanged(job, work, shown, drawn)
    if work.render and drawn == work.render.artifact.digests:
        return ""  # the same files at other addresses (`pin: {profile: ...}`)
    painted_anew = "it was painted or drawn anew, and came out otherwise" if work.text else ""
    return _repainted(job, work, shown) or _redrawn(job, work, drawn) or painted_anew


def _exchanged(job: Job, work: Work, shown: bytes, drawn: Mapping[str, str]) -> str:
    """The same of a finished work: its files are here, and tell before they are taken."""
    index = job.file.ids.index(work.piece.id)
    files = artwork_stage(job, index).recipe.inputs
    if set(files.values()) == set(drawn.values()) or _art(finished_text(job, index)) == _art(shown):
        return ""
    return "its files are others now"


def _art(metadata: bytes) -> tuple[Any, ...]:
    fields = fields_of(metadata)
    return fields.get("image"), fields.get("animation_url"), properties_of(fields).get("still")


def _repainted(job: Job, work: Work, shown: bytes) -> str:
    """What of the painting's recipe is not as it was, if that painting is still in the store."""
    strokes, piece = properties_of(fields_of(shown)).get("strokes_sha256"), work.piece.id
    minted = [
        painting.recipe
        for painting in job.store.all_of("paint", piece)
        if painting.digests.get(STROKES) == strokes
    ]
    recipe = paint_stage(job, job.file.ids.index(piece)).recipe
    if not minted or recipe.key in [earlier.key for earlier in minted]:
        return ""
    return difference(minted[-1], recipe)


def _redrawn(job: Job, work: Work, drawn: Mapping[str, str]) -> str:
    """The same of the rendering whose files are `drawn`."""
    if not work.paint or not drawn:
        return ""
    recipe = render_stage(job, work.piece.id, work.paint.artifact).recipe
    minted = [
        render.recipe
        for render in job.store.all_of("render", work.piece.id)
        if render.digests == drawn
    ]
    if not minted or recipe.key in [earlier.key for earlier in minted]:
        return ""
    return difference(minted[-1], recipe)


def _drawn(job: Job, piece: str, shown: bytes) -> Mapping[str, str]:
    """SHA-256 of the rendered files that a token shows, by name, if the store has their CIDs."""
    image = fields_of(shown).get("image")
    for addresses in job.store.all_of("address", piece):
        try:
            entries = read_addresses(addresses)
        except (OSError, ValueError):  # damaged
            continue
        shows = image_in(entries)
        if shows and image == f"{SCHEME}{entries[shows].cid}":
            return addresses.recipe.inputs
    return {}


# --- asked before it happens --------------------------------------------------------------------


@dataclass(frozen=True)
class ArtGuard:
    """Asks about every token whose art would be replaced, once."""

    job: Job
    works: Sequence[Work]
    say: Callable[[str], None]
    change_art: ChangeArt
    agreed: frozenset[int] = frozenset()  # tokens asked about before

    def checked(self, session: Session, planned: MintPlan) -> frozenset[int]:
        """All that is agreed to. Raises GuardError if it is refused."""
        changes = [
            change
            for change in art_changes(self.job, session, planned, self.works)
            if change.token_id not in self.agreed
        ]
        if not changes:
            return self.agreed
        for change in changes:
            self.say(change.text)
        by_id = {work.piece.id: work for work in self.works}
        painted = all(by_id[change.piece].render for change in changes)
        if painted:
            from nftforge.pipeline.minting.art_sheet import before_and_after

            path = before_and_after(self.job, planned, changes, by_id)
            self.say(f"before and after: {path}")
        self.change_art(Replacement(changes, painted))
        tokens = frozenset(change.token_id for change in changes) if painted else frozenset()
        return self.agreed | tokens

    def watching(self, session: Session, plan: Callable[[], MintPlan]) -> Callable[[], MintPlan]:
        """`plan`, which asks before it hands on what would replace art."""
        guard = self

        def asking() -> MintPlan:
            nonlocal guard
            planned = plan()
            guard = replace(guard, agreed=guard.checked(session, planned))
            return planned

        return asking
