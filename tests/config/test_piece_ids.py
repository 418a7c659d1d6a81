"""A piece stays the piece that was minted, whatever its file is called."""

import shutil

import pytest
from support import picture

from nftforge.config import piece_ids
from nftforge.config.models import Piece
from nftforge.config.piece_ids import identify
from nftforge.config.pieces_lock import LockedPiece, PiecesLock
from nftforge.core.fingerprint import file_digest

CONTRACT = "0x52908400098527886E0F7030069857D2E4169EE7"


@pytest.fixture
def folder(tmp_path):
    for number, name in enumerate(("a", "b", "c"), start=1):
        picture(tmp_path / f"images/{name}.png", number)
    return tmp_path


def locked(folder, *names):
    rows = (
        LockedPiece(name, f"images/{name}.png", file_digest(folder / f"images/{name}.png"),
                    616261, CONTRACT, token_id)
        for token_id, name in enumerate(names, start=1)
    )  # fmt: skip
    return PiecesLock(folder / "pieces.lock.csv", tuple(rows))


def found(folder, lock, *images):
    """Ids of pieces given as `image` or `image:id`."""
    given = (image.partition(":") for image in images)
    pieces = [
        Piece(image=image, name="x", **({"id": piece_id} if piece_id else {}))
        for image, _, piece_id in given
    ]
    return identify(pieces, lock, folder)


def rename(folder, old, new):
    (folder / new).parent.mkdir(exist_ok=True)
    shutil.move(folder / old, folder / new)


def test_a_renamed_picture_is_the_same_piece_and_that_is_said(folder):
    lock = locked(folder, "a", "b")
    rename(folder, "images/a.png", "images/alpha.png")
    identified = found(folder, lock, "images/alpha.png", "images/b.png", "images/c.png")
    assert identified.ids == ("a", "b", "c")
    assert identified.said == ("images/alpha.png is the piece 'a': same picture, new name",)


def test_a_picture_in_another_folder_keeps_its_name_even_if_it_changed(folder):
    lock = locked(folder, "a")
    picture(folder / "art/a.png", 9)
    assert found(folder, lock, "./art/a.png").ids == ("a",)


def test_a_place_is_known_after_the_rename_was_written_down(folder):
    lock = locked(folder, "a")
    row = LockedPiece("b", "images/beta.png", "00" * 32, 616261, CONTRACT, 2)
    lock = PiecesLock(lock.path, (*lock.rows, row))
    picture(folder / "images/beta.png", 8)  # another picture by now: still that piece
    assert found(folder, lock, "images/./beta.png").ids == ("b",)


def test_an_id_that_is_written_is_the_id(folder):
    lock = locked(folder, "a")
    rename(folder, "images/a.png", "images/alpha.png")
    assert found(folder, lock, "images/alpha.png:other").ids == ("other",)


def test_a_copy_beside_the_minted_piece_is_another_piece(folder):
    lock = locked(folder, "a")
    shutil.copy(folder / "images/a.png", folder / "images/copy.png")
    assert found(folder, lock, "images/copy.png", "images/a.png").ids == ("copy", "a")


def test_of_two_minted_from_one_picture_the_first_is_taken_first_and_that_is_said(folder):
    shutil.copy(folder / "images/a.png", folder / "images/twin.png")
    lock = locked(folder, "a", "twin")
    rename(folder, "images/a.png", "images/x.png")
    rename(folder, "images/twin.png", "images/y.png")
    identified = found(folder, lock, "images/y.png", "images/x.png")
    assert identified.ids == ("a", "twin")
    assert identified.said[0].endswith("(minted from the same picture: a, twin; by their order)")


def test_a_new_picture_under_the_old_name_of_a_renamed_one_is_for_the_author_to_say(folder):
    lock = locked(folder, "a")
    rename(folder, "images/a.png", "images/alpha.png")
    picture(folder / "images/a.png", 7)
    identified = found(folder, lock, "images/a.png", "images/alpha.png")
    assert list(identified.unsure) == [1]
    assert "images/a.png has its name and another picture" in identified.unsure[1]


def test_only_pictures_with_a_new_name_are_read(folder, monkeypatch):
    lock = locked(folder, "a", "b")
    read = []
    monkeypatch.setattr(piece_ids, "file_digest", lambda path: read.append(path.name) or "")
    found(folder, lock, "images/a.png", "images/b.png", "images/c.png")
    assert read == ["c.png"]
    read.clear()
    found(folder, PiecesLock(lock.path), "images/a.png", "images/b.png")
    assert read == []
