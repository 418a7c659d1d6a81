"""gallery: what a buyer will see, read from the chain down, and put into the page's folder.

    contract -> tokenURI -> metadata JSON -> media        every block hashed on the way
    a piece that is not minted yet                        from what this machine would mint

Only `ipfs://` addresses are followed; a web address that metadata names is shown and never asked.
Files in the folder are named by their CID, so a page is renewed by writing what is new.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from nftforge.core.errors import (
    ConfigError,
    MismatchError,
    MissingError,
    NftforgeError,
    PictureError,
    ServiceError,
)
from nftforge.core.fingerprint import file_digest, fingerprint
from nftforge.core.limits import read_bounded
from nftforge.core.sniff import kind_of
from nftforge.core.store import Artifact
from nftforge.gallery.data import script, shared_script
from nftforge.gallery.metadata import MAX_BYTES, Metadata, read_metadata
from nftforge.gallery.models import Awaited, GalleryPiece, MediaFile
from nftforge.gallery.page import BRUSH, PAINTER, SHELVES, write_whole
from nftforge.ipfs import dag
from nftforge.ipfs.cid import Cid
from nftforge.ipfs.metadata import SCHEME, parse_uri
from nftforge.media.layer_files import LayerFile
from nftforge.media.layers import load_layered
from nftforge.media.webp import picture_size, preview, webp
from nftforge.painting.settings import FLAT, Relief
from nftforge.pipeline.outputs import STROKES

PAGE = ".html"
AT_ONCE = 8  # tokens read side by side
PREVIEW, SOURCE = 640, 1024  # pixels on the longer side
MAX_FILE = 300_000_000  # bytes: what a marketplace takes


@dataclass(frozen=True)
class Local:
    """What this machine has of a piece. `picture` (`frame` of it), with the layers, is what it was
    painted after."""

    name: str
    painting: Artifact | None = None
    picture: Path | None = None
    frame: int | None = None
    layers: tuple[LayerFile, ...] = ()
    relief: Relief = FLAT  # how it is lit
    finished: bool = False  # made elsewhere: its files are the artist's own
    sketch: Path | None = None  # what stands for it until it is painted
    text: bytes | None = None  # the metadata it would be minted with
    draft: Metadata = field(default_factory=Metadata)  # as far as that is known before
    files: Mapping[Cid, Path] = field(default_factory=dict)  # rendered and perhaps not pinned


@dataclass(frozen=True)
class GalleryToken:
    """A token of the contract, or (`minted` False) one that is planned."""

    token_id: int | None
    owner: str
    uri: str
    tx: str = ""
    minted: bool = True
    piece: str = ""  # known without reading its metadata


def read_pieces(
    tokens: Sequence[GalleryToken],
    get: dag.Get,
    local: Mapping[str, Local],
    out: Path,
    *,
    private: bool,
    on_done: Callable[[int], None],
) -> list[GalleryPiece]:
    """Every token as the page shows it; its files go into the folder `out`.

    private: source pictures may be put beside them. Raises OSError if `out` cannot be written.
    """
    for name in SHELVES:
        if private or name != "source":
            (out / name).mkdir(parents=True, exist_ok=True)

    def read(token: GalleryToken) -> GalleryPiece:
        try:
            return _read(token, get, local, out, private)
        except OSError:  # of `out`
            raise
        except Exception as error:  # one token's nonsense must not end the page of the others
            return _broken(token, f"cannot be read: {type(error).__name__}: {error}")

    pieces = []
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="nftforge-gallery") as pool:
        for piece in pool.map(read, tokens):
            pieces.append(piece)
            on_done(len(pieces))
    return pieces


def _read(
    token: GalleryToken, get: dag.Get, local: Mapping[str, Local], out: Path, private: bool
) -> GalleryPiece:
    raw, problem = b"", ""
    cids: list[tuple[str, str]] = []
    if token.minted:
        try:
            raw, cids = _read_text(token.uri, get)
        except (NftforgeError, OSError) as error:
            problem = _fact(error)
    else:
        raw = local[token.piece].text or b""
    metadata = read_metadata(raw) if raw else Metadata()
    here = local.get(token.piece or str(metadata.properties.get("piece", "")))
    awaits: Awaited = ""
    if here and not token.minted and not raw:
        metadata, awaits = here.draft, "rendered" if here.painting else "painted"
    files = here.files if here else {}
    own = files.keys() if here and here.finished else frozenset[Cid]()
    shelf = _Shelf(out, get, {} if token.minted else files, own)
    image, animation, still = (
        shelf.media(metadata.fields.get("image")),
        shelf.media(metadata.fields.get("animation_url")),
        shelf.media(metadata.properties.get("still")),
    )
    for label, media in (("image", image), ("animation", animation), ("still", still)):
        if media and media.uri.startswith(SCHEME):
            cids.append((label, media.uri.removeprefix(SCHEME)))
    finished = _is_finished(metadata)
    piece = GalleryPiece(
        key=_key(token),
        token_id=token.token_id,
        minted=token.minted,
        metadata=metadata,
        name=metadata.string("name") or (here.name if here else ""),
        owner=token.owner,
        token_uri=token.uri,
        tx=token.tx,
        image=image,
        animation=animation,
        still=still,
        preview=next(filter(None, (shelf.preview(each, finished) for each in (still, image))), ""),
        cids=cids,
        problem=problem,
        awaits=awaits,
        finished=finished,
    )
    return _with_local(piece, here, out, private) if here else piece


def _is_finished(metadata: Metadata) -> bool:
    """Whether it is a piece of ours that was not painted, by what it says of itself."""
    properties = metadata.properties
    return "piece" in properties and "strokes_sha256" not in properties


def _broken(token: GalleryToken, problem: str) -> GalleryPiece:
    return GalleryPiece(
        key=_key(token),
        token_id=token.token_id,
        minted=token.minted,
        metadata=Metadata(),
        name="",
        owner=token.owner,
        token_uri=token.uri,
        tx=token.tx,
        problem=problem,
    )


def _key(token: GalleryToken) -> str:
    return str(token.token_id) if token.minted else f"new-{token.piece}"


def read_contract(uri: str, get: dag.Get) -> tuple[Metadata, str]:
    """The JSON behind contractURI (ERC-7572), and why it did not come."""
    try:
        return read_metadata(_read_text(uri, get)[0]), ""
    except (NftforgeError, OSError) as error:
        return Metadata(), _fact(error)


def _read_text(uri: str, get: dag.Get) -> tuple[bytes, list[tuple[str, str]]]:
    """The JSON behind a token URI, and the CIDs on the way. Raises NftforgeError."""
    root, path = parse_uri(uri)
    cid = dag.resolve(root, path, get)
    cids = [("metadata", str(cid))]
    if cid != root:
        cids.append(("metadata directory", str(root)))
    return b"".join(dag.read_file(cid, get, 0, MAX_BYTES + 1)), cids


# --- what only this machine has -----------------------------------------------------------------


def _with_local(piece: GalleryPiece, here: Local, out: Path, private: bool) -> GalleryPiece:
    """With its strokes, if they are those that the metadata names, and the source picture; with
    its sketch while it is not painted."""
    source = _source(here, out) if private else ""
    if here.sketch and piece.awaits == "painted" and private:
        piece = _sketched(piece, here.sketch, out)
    strokes, replay = piece.metadata.properties.get("strokes_sha256"), ""
    if here.painting and here.painting.digests.get(STROKES) == strokes:
        with suppress(ConfigError):  # painted with a brush of another version, or damaged
            replay = _replay(here, here.painting, out)
    return replace(piece, source=source, replay=replay)


def _source(here: Local, out: Path) -> str:
    """The picture it is painted after, as the painter sees it."""
    shown = [here.picture, *(layer.path for layer in here.layers)]
    if not here.picture or not all(path and path.is_file() for path in shown):
        return ""
    made = here.painting.recipe.inputs["picture"] if here.painting else file_digest(here.picture)
    frame = f"-{here.frame}" if here.frame else ""
    if here.layers:
        looks = [(file_digest(e.path), e.look.blend, e.look.opacity) for e in here.layers]
        made = fingerprint(made, looks)
    place = f"source/{made[:24]}{frame}.webp"
    if not (out / place).exists():
        try:
            picture = load_layered(here.picture, here.layers, SOURCE, here.frame)
            write_whole(out / place, webp(picture.pixels))
        except (PictureError, MissingError):
            return ""
    return place


def _sketched(piece: GalleryPiece, sketch: Path, out: Path) -> GalleryPiece:
    content = read_bounded(sketch, MAX_FILE)
    place = f"preview/sketch-{sha256(content).hexdigest()[:24]}.png"
    if not (out / place).exists():
        write_whole(out / place, content)
    width, height = picture_size(content)
    return replace(piece, preview=place, shape=width / height)


def _replay(here: Local, painting: Artifact, out: Path) -> str:
    """The script that holds the strokes of `painting`, and beside it what draws them."""
    from nftforge.painting.javascript import brush_script, drawing_script, replay
    from nftforge.painting.strokes import Strokes

    drawn_by = digest(drawing_script())
    place = f"replay/{digest(f'{painting.digests[STROKES]} {here.relief} {drawn_by}')}.js"
    if not (out / place).exists():
        strokes = Strokes.load(painting.path(STROKES))
        scripts = {
            "script": _shared(f"{BRUSH}{strokes.brush}", brush_script(strokes), out),
            "painter": _shared(PAINTER, drawing_script(), out),
        }
        data = {**replay(strokes, here.relief), **scripts}
        write_whole(out / place, script("replay", place, data).encode("ascii"))
    return place


def _shared(name: str, expression: str, out: Path) -> str:
    """The script that hands over what `expression` is, for several pieces."""
    place = f"{name}-{digest(expression)}.js"
    write_whole(out / place, shared_script(place, expression).encode("ascii"))
    return place


def digest(text: str) -> str:
    """As files in the page's folder are named that have no CID."""
    return sha256(text.encode()).hexdigest()[:24]


# --- what a token names -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Shelf:
    """Puts files that tokens name into the page's folder, each under its CID."""

    out: Path
    get: dag.Get
    files: Mapping[Cid, Path]  # on this disk, for what is not pinned yet
    own: Set[Cid] = frozenset()  # of a finished work, the artist's files on this disk

    def media(self, uri: object) -> MediaFile | None:
        """What is behind an address in metadata; None if there is none."""
        if not isinstance(uri, str) or not uri:
            return None
        if not uri.startswith(SCHEME):
            return MediaFile(uri, why="it is not on IPFS, and nothing else is asked")
        try:
            cid, size, content = self._content(uri)
        except (NftforgeError, OSError) as error:
            return MediaFile(uri, why=_fact(error))
        kind = kind_of(content[:512])
        if size > MAX_FILE:
            return MediaFile(uri, kind.mime, size, why="it is too large to be shown")
        width, height = picture_size(content)
        media = MediaFile(uri, kind.mime, len(content), width, height)
        suffix = kind.suffix
        if kind.mime == "text/html" and cid in self.own:  # nobody else's page is opened as ours
            suffix = PAGE
        if not suffix:
            return replace(media, why=f"{kind.mime} is not shown here")
        file = f"media/{cid}{suffix}"
        if not (self.out / file).is_file():
            write_whole(self.out / file, content)
        return replace(media, file=file)

    def _content(self, uri: str) -> tuple[Cid, int, bytes]:
        """The file behind an address, its size and its bytes: the first of them, if it is huge."""
        root, path = parse_uri(uri)
        if root in self.files and not path:
            content = read_bounded(self.files[root], MAX_FILE)
            return root, len(content), content
        cid = dag.resolve(root, path, self.get)
        size = dag.file_size(cid, self.get)
        stop = 512 if size > MAX_FILE else None
        return cid, size, b"".join(dag.read_file(cid, self.get, 0, stop))

    def preview(self, media: MediaFile | None, finished: bool) -> str:
        """A small WebP of a picture: of a painting's film its end, of a finished work's its start,
        which others show too. An SVG stands for itself."""
        if media is None or not media.file or not media.mime.startswith("image/"):
            return ""
        if media.mime == "image/svg+xml":
            return media.file
        place = f"preview/{Path(media.file).stem}.webp"
        if not (self.out / place).exists():
            try:
                picture = read_bounded(self.out / media.file, MAX_FILE)
                write_whole(self.out / place, preview(picture, PREVIEW, last=not finished))
            except PictureError:
                return ""
        return place


def _fact(error: Exception) -> str:
    return error.fact if isinstance(error, NftforgeError) else str(error)


def first_of(sources: Sequence[dag.Get]) -> dag.Get:
    """Each block from the first source that has it."""

    def get(cid: Cid) -> bytes:
        errors: list[NftforgeError] = []
        for source in sources:
            try:
                return source(cid)
            except (MismatchError, ServiceError, ConfigError) as error:
                errors.append(error)
        raise errors[-1]

    return get
