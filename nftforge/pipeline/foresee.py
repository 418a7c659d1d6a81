"""What a run would make of pieces that are not painted or rendered yet, without painting them.

`plan` has to send what `run` will send, so both plan with one function, and it wants the metadata
of every piece. Where that is not made yet, its stand-in is written here, with as much as can be
known beforehand:

- A file that an earlier render has, drawn from the same strokes with the same options, will be the
  same to the byte: a run that only adds an SVG publishes nothing.
- Strokes of another recipe are other strokes: their digest stands in the metadata, so whatever
  was published is published anew.
- A finished work is taken as it is: what will be said of it is known.
- Of a piece that was minted, and whose painting is gone from this disk, only the metadata is left.
  If it agrees with the file, the painting will most likely come out as it was: `unsure` names it.

What is not known has a CID that nothing has. Only whether two texts differ depends on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from nftforge.config.models import Collection
from nftforge.core.errors import MismatchError
from nftforge.core.fingerprint import fingerprint
from nftforge.core.stage import find
from nftforge.ipfs.cid import RAW, Cid
from nftforge.ipfs.metadata import TokenMetadata, parse_token_metadata, parse_uri
from nftforge.painting.settings import Relief
from nftforge.pipeline.artwork import artwork_stage, foreseen_files
from nftforge.pipeline.job import Job
from nftforge.pipeline.metadata import AddressStage, Art, piece_metadata, read_addresses, shown_of
from nftforge.pipeline.outputs import ANIMATIONS, GIF, HTML, MP4, STILL, STROKES, WEBM
from nftforge.pipeline.paint import PaintStage, paint_stage, painted
from nftforge.pipeline.render import STILL_SIZE, VERSION, drawing, relief_of, still_size
from nftforge.pipeline.work import Work

UNKNOWN = Cid(RAW, b"\xff" * 32)
DRAWN_BY = {
    STILL: ("size", "relief", "surface"),
    GIF: ("gif", "relief"),
    MP4: ("gif", "mp4", "relief"),
    WEBM: ("gif", "webm", "relief"),
    HTML: ("html", "relief", "surface"),
}
# Bytes a pixel of the longer side squared, of 500 oil strokes (docs/benchmarks.md).
STILL_BYTES, GIF_BYTES, VIDEO_BYTES, SVG_BYTES_A_STROKE = 1.0, 2.0, 1.2, 200
HTML_BYTES, HTML_BYTES_A_STROKE = 90_000, 85


@dataclass(frozen=True)
class Foreseen:
    """Works as a run would leave them; `made_up`: pieces whose text is a stand-in."""

    works: list[Work]
    made_up: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()  # of these, what may come out otherwise


def foresee(job: Job, works: Sequence[Work], published: Mapping[str, bytes]) -> Foreseen:
    """`works`, described to the end. `published`: piece -> the metadata its token has now."""
    seen, made_up, unsure = [], set(), set()
    for work, index in zip(works, job.indices, strict=True):
        if work.text is None and job.collection.is_finished(work.piece):
            work = replace(work, text=finished_text(job, index))
        elif work.text is None:
            art, sure = _art(job, work, paint_stage(job, index), published.get(work.piece.id))
            made_up.add(work.piece.id)
            if not sure:
                unsure.add(work.piece.id)
            work = replace(work, text=piece_metadata(job.collection, work.piece, art))
        seen.append(work)
    return Foreseen(seen, frozenset(made_up), frozenset(unsure))


def finished_text(job: Job, index: int) -> bytes:
    """The metadata of a finished work, by its files as they are now. Raises PictureError."""
    files = foreseen_files(artwork_stage(job, index), job.collection.pin.profile)
    media = {name: entry for name, (_, entry) in files.items()}
    return piece_metadata(job.collection, job.collection.pieces[index], shown_of(media))


def _art(job: Job, work: Work, stage: PaintStage, published: bytes | None) -> tuple[Art, bool]:
    """What the metadata will say, and whether that is sure as far as it is said."""
    there = _parsed(published)
    digest, sure = _strokes_digest(job, work, stage, there)
    params = stage.recipe.params
    strokes = work.paint.artifact.provenance["strokes"] if work.paint else stage.settings.strokes
    if there and not work.paint and not sure:
        strokes = there.properties["strokes"]
    relief = relief_of(job, work.piece.id, str(params["brush"]), int(strokes))
    cids = _drawn_before(job, work.piece.id, digest, relief)
    if there and not cids and digest == there.properties.get("strokes_sha256"):
        cids, sure = _published_cids(job.collection, there), False
    animation = _animation(job.collection)
    art = Art(
        brush=str(params["brush"]),
        seed=int(str(params["seed"])),
        strokes=int(strokes),
        strokes_sha256=digest or "f" * 64,
        still=cids.get(STILL, UNKNOWN),
        image=cids.get(GIF, UNKNOWN),
        animation=cids.get(animation, UNKNOWN) if animation else None,
    )
    return art, sure


def _strokes_digest(
    job: Job, work: Work, stage: PaintStage, published: TokenMetadata | None
) -> tuple[str, bool]:
    """Of the strokes there will be (empty: not known), and whether it is sure."""
    if work.paint:
        return work.paint.artifact.outputs[STROKES].sha256, True
    digest = str(published.properties.get("strokes_sha256", "")) if published else ""
    painted = job.store.earlier("paint", work.piece.id)
    if published and all(each.digests.get(STROKES) != digest for each in painted):
        params, said = stage.recipe.params, published.properties
        counted = stage.settings.psnr is None and stage.settings.seconds is None
        if said.get("seed") == params["seed"] and (
            not counted or said.get("strokes") == stage.settings.strokes
        ):
            return digest, False
    return "", True


def _drawn_before(job: Job, piece: str, strokes: str, relief: Relief) -> dict[str, Cid]:
    """File -> its CID, of what was drawn from these strokes as it would be drawn now."""
    media = drawing(still_size(job, piece), job.collection.media, relief)
    cids: dict[str, Cid] = {}
    for render in job.store.earlier("render", piece):
        if render.recipe.version != VERSION or render.recipe.inputs.get("strokes") != strokes:
            continue
        address = find(AddressStage(piece, render, job.collection.pin.profile), job.store)
        entries = read_addresses(address.artifact) if address else {}
        for name, options in DRAWN_BY.items():
            then = [render.recipe.params.get(option) for option in options]
            if name in entries and fingerprint(then) == fingerprint(
                [media.get(o) for o in options]
            ):
                cids[name] = entries[name].cid
            else:
                cids.setdefault(name, UNKNOWN)
    return cids


def _animation(collection: Collection) -> str | None:
    asked = {name: getattr(collection.media, PurePath(name).suffix[1:]) for name in ANIMATIONS}
    return next((name for name in ANIMATIONS if asked[name]), None)


def _parsed(published: bytes | None) -> TokenMetadata | None:
    try:
        return parse_token_metadata(published) if published else None
    except MismatchError:
        return None


def _published_cids(collection: Collection, there: TokenMetadata) -> dict[str, Cid]:
    still, _ = parse_uri(there.properties["still"])
    animation = _animation(collection)
    cids = {GIF: there.image, STILL: still}
    return {**cids, animation: there.animation} if animation and there.animation else cids


def bytes_to_come(job: Job, works: Sequence[Work]) -> int:
    """How much the media of pieces that are not rendered yet will take; a guess.

    As much as those that are rendered, or else what paintings of 500 strokes take.
    """
    made = [sum(e.size for e in work.media.values()) for work in works if work.paint and work.media]
    each = round(sum(made) / len(made)) if made else _usual_bytes(job.collection)
    missing = [at for at, work in zip(job.indices, works, strict=True) if work.media is None]
    finished = set(missing) - set(painted(job))
    return each * (len(missing) - len(finished)) + sum(_bytes_of(job, at) for at in finished)


def _bytes_of(job: Job, index: int) -> int:
    """Of a finished work's files."""
    files = [path for _, _, path in artwork_stage(job, index).files]
    return sum(path.stat().st_size for path in files if path.is_file())


def _usual_bytes(collection: Collection) -> int:
    paint, media = collection.paint, collection.media
    still = STILL_BYTES * (paint.size or STILL_SIZE) ** 2
    sizes = [still, _least(GIF_BYTES * media.gif.size**2, media.gif.max_mb)]
    for video in (media.mp4, media.webm):
        if video:
            size = video.size or media.gif.size
            sizes.append(_least(VIDEO_BYTES * size**2, video.max_mb))
    if media.height:
        sizes.append(still)
    if media.html:
        sizes.append(HTML_BYTES + HTML_BYTES_A_STROKE * paint.strokes)
    if media.svg:
        sizes.append(SVG_BYTES_A_STROKE * paint.strokes)
    return round(sum(sizes))


def _least(size: float, max_mb: float | None) -> float:
    return size if max_mb is None else min(size, max_mb * 1e6)
