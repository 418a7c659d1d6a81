"""pipeline.gallery.pieces: whatever a token names, it has its place in the page."""

from __future__ import annotations

from pathlib import Path

from support import picture
from support.hostile import Dag, hostile_tokens

from nftforge.core.errors import NotFoundError
from nftforge.gallery.metadata import Metadata, TokenTrait
from nftforge.ipfs.cid import Cid
from nftforge.media.webp import picture_size
from nftforge.pipeline.gallery.pieces import GalleryPiece, GalleryToken, Local, read_pieces


def test_hostile_tokens_each_have_a_place_and_fill_no_disk(tmp_path: Path) -> None:
    made = Dag()
    files = hostile_tokens(made)
    bad = made.folder({"99.json": made.raw(b"unlucky")})

    def get(cid: Cid) -> bytes:
        if cid == bad:
            raise ZeroDivisionError("whatever nobody thought of")
        if cid not in made.blocks:
            raise NotFoundError(f"the block {cid} is not here")
        return made.blocks[cid]

    folders = [made.folder({"1.json": file}) for file, _ in files.values()]
    tokens = [
        GalleryToken(number, "0x", f"ipfs://{folder}/1.json")
        for number, folder in enumerate([*folders, bad], start=1)
    ]
    pieces = read_pieces(tokens, get, {}, tmp_path, private=False, on_done=lambda count: None)
    assert [piece.token_id for piece in pieces] == list(range(1, len(files) + 2))
    shown = dict(zip(files, pieces, strict=False))
    assert shown["sound"].image and shown["sound"].image.file
    assert shown["an image of 9e15 bytes"].image.why == "it is too large to be shown"
    assert "were promised" in shown["one that says it is small"].image.why
    assert "cannot be read: ZeroDivisionError" in pieces[-1].problem
    written = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert written < 100_000


def unpainted(out: Path, path: Path, *, private: bool) -> GalleryPiece:
    draft = Metadata("", {"name": "One"}, (TokenTrait("Sea", "calm"),))
    token = GalleryToken(None, "", "", minted=False, piece="one")
    local = {"one": Local("One", picture=path, draft=draft)}
    (piece,) = read_pieces(
        [token], dict[Cid, bytes]().__getitem__, local, out, private=private, on_done=lambda _: None
    )
    return piece


def test_a_piece_that_is_not_painted_shows_its_source_and_traits(tmp_path: Path) -> None:
    path = picture(tmp_path / "one.png", size=(48, 32))
    piece = unpainted(tmp_path / "out", path, private=True)
    assert piece.awaits == "painted" and piece.name == "One" and not piece.preview
    assert picture_size((tmp_path / "out" / piece.source).read_bytes()) == (48, 32)
    assert [trait.value for trait in piece.metadata.traits] == ["calm"]


def test_its_source_is_for_the_artist_alone(tmp_path: Path) -> None:
    path = picture(tmp_path / "one.png")
    piece = unpainted(tmp_path / "out", path, private=False)
    assert piece.source == "" and not (tmp_path / "out" / "source").exists()
    assert [trait.value for trait in piece.metadata.traits] == ["calm"]


def test_a_source_that_is_gone_or_no_picture_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "torn.png").write_bytes(b"\x89PNG torn")
    for name in ("gone.png", "torn.png"):
        assert unpainted(tmp_path / "out", tmp_path / name, private=True).source == ""
