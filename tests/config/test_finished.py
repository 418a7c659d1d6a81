"""`paint: none`: what goes with finished works, and what is told before any work."""

from __future__ import annotations

import pytest
from support.artworks import artwork

from nftforge.config.load import CollectionFile, load_collection
from nftforge.core.errors import ConfigError

HEAD = "name: Made\nsymbol: MADE\n"


@pytest.fixture
def load(tmp_path):
    artwork(tmp_path / "cover.png")
    (tmp_path / "film.mp4").write_bytes(b"opened later")

    def load(text: str) -> CollectionFile:
        (tmp_path / "collection.yaml").write_text(HEAD + text)
        return load_collection(tmp_path / "collection.yaml")

    return load


def test_a_collection_or_a_piece_is_not_painted(load):
    for text in (
        "paint: none\npieces:\n  - {image: cover.png, media: film.mp4, name: A}\n",
        "pieces:\n  - {paint: none, image: cover.png, media: film.mp4, name: A}\n",
    ):
        file = load(text)
        (piece,) = file.collection.pieces
        assert file.collection.is_finished(piece) and piece.id == "film"
    (painted,) = load("pieces:\n  - {image: cover.png, name: A}\n").collection.pieces
    assert painted.id == "cover" and painted.paint is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("paint: none\npieces:\n  - {image: cover.png, name: A, brush: oil}\n",
         "5: pieces[0].brush: this is of painting"),
        ("pieces:\n  - {paint: none, image: cover.png, name: A, relief: 0}\n",
         "4: pieces[0].relief: this is of painting"),
        ("pieces:\n  - {image: cover.png, media: film.mp4, name: A}\n",
         "4: pieces[0].media: this piece is to be painted"),
        ("paint: none\nmedia: {out: true, mp4: false}\npieces:\n  - {image: cover.png, name: A}\n",
         "4: media.mp4: nothing is drawn"),
        ("paint: none\npieces:\n  - {media: film.mp4, name: A}\n",
         "5: pieces[0]: `media` needs `image`"),
        ("paint: none\npieces:\n  - {media: flim.mp4, image: cover.png, name: A}\n",
         "5: pieces[0].media: there is no file"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_told_with_its_line(load, text, told):
    with pytest.raises(ConfigError) as refused:
        load(text)
    assert told in refused.value.fact and refused.value.hint


def test_out_is_for_finished_works_too(load):
    file = load("paint: none\nmedia: {out: false}\npieces:\n  - {image: cover.png, name: A}\n")
    assert not file.collection.media.out
