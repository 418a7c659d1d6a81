"""pipeline.gallery.pieces: whatever a token names, it has its place in the page."""

from __future__ import annotations

from pathlib import Path

from support.hostile import Dag, hostile_tokens

from nftforge.core.errors import NotFoundError
from nftforge.ipfs.cid import Cid
from nftforge.pipeline.gallery.pieces import GalleryToken, read_pieces


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
