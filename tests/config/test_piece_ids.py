"""A piece stays the piece that was minted, whatever its file is called."""

import re
import shutil
import unicodedata

import pytest
from support import picture

from nftforge.config import piece_ids
from nftforge.config.models import PIECE_ID, Piece
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


@pytest.mark.parametrize(
    ("image", "piece"),
    [
        ("Größe.png", "grosse"), ("STRAẞE.png", "strasse"), ("Æble og Øl.png", "aeble-og-ol"),
        ("Œuvre.png", "oeuvre"), ("Łódź.png", "lodz"), ("Þór.png", "thor"), ("ırmak.png", "irmak"),
        ("Café.png", "cafe"),
    ],
)  # fmt: skip
def test_latin_letters_that_no_accent_makes_are_written_out(folder, image, piece):
    for form in ("NFC", "NFD"):
        assert found(folder, locked(folder), unicodedata.normalize(form, image)).ids == (piece,)


def test_two_names_that_are_written_out_alike_stay_two(folder):
    ids = found(folder, locked(folder), "Masse.png", "Maße.png").ids
    assert len({*ids}) == 2 and ids[0] == "masse"


def test_what_was_minted_or_painted_without_such_letters_keeps_its_id(folder):
    picture(folder / "images/Größe.png", 7)
    minted = LockedPiece("groe", "images/Größe.png", "00" * 32, 616261, CONTRACT, 1)
    lock = PiecesLock(folder / "pieces.lock.csv", (minted,))
    assert found(folder, lock, "images/Größe.png").ids == ("groe",)
    assert found(folder, lock, "elsewhere/Größe.png").ids == ("groe",)  # by its name
    pieces = [Piece(image="images/Größe.png", name="x")]
    nothing = PiecesLock(folder / "pieces.lock.csv")
    assert identify(pieces, nothing, folder, lambda piece: piece == "groe").ids == ("groe",)
    assert identify(pieces, nothing, folder).ids == ("grosse",)


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


def test_ids_are_made_of_the_latin_letters_and_digits_of_a_name(folder):
    """What they always were, but for letters as ß: an id feeds the seed, and names files."""
    names = {
        "images/Blue Sky.png": "blue-sky", "café.png": "cafe", "cafe\u0301-2.png": "cafe-2",
        "IMG_0001 (1).jpg": "img-0001-1", "a.b.png": "a-b", "piece.png": "piece",
        "写真001.png": "001", "закат 2.png": "2", "🌅 sunrise.png": "sunrise",
        "straße.png": "strasse",
        "x" * 99 + ".png": "x" * 64, "ｆｕｌｌ.png": "full",
    }  # fmt: skip
    assert found(folder, PiecesLock(folder), *names).ids == tuple(names.values())


def test_names_without_latin_letters_have_ids_of_their_own(folder):
    names = [
        "猫.png",
        "犬.png",
        "Кот.png",
        "Пёс.png",
        "고양이.png",
        "قطة.png",
        "🌅.png",
        "🌅🌊.png",
    ]
    ids = found(folder, PiecesLock(folder), *names).ids
    assert len(set(ids)) == len(names)
    assert all(re.fullmatch(r"piece-[0-9a-f]{10}", each) for each in ids)
    assert all(re.fullmatch(PIECE_ID, each) for each in ids)
    again = found(folder, PiecesLock(folder), *reversed(names)).ids
    assert again == ids[::-1]


def test_such_an_id_is_the_same_on_every_machine(folder):
    """In whatever folder, with whatever ending, however its letters are encoded."""
    alike = ["Пёс.png", unicodedata.normalize("NFD", "Пёс.png"), "images/Пёс.jpeg", "пёс.png"]
    ids = {found(folder, PiecesLock(folder), name).ids for name in alike}
    assert ids == {("piece-590e971661",)}


def test_names_that_differ_in_other_letters_only_do_not_share_an_id(folder):
    ids = found(folder, PiecesLock(folder), "猫1.png", "犬1.png", "鳥1.png").ids
    assert ids[0] == "1" and len(set(ids)) == 3
    assert all(re.fullmatch(r"1-[0-9a-f]{10}", each) for each in ids[1:])
    assert found(folder, PiecesLock(folder), "猫1.png", "1.png").ids[1] == "1"
    long = "x" * 64
    assert len(found(folder, PiecesLock(folder), f"{long}猫.png", f"{long}犬.png").ids[1]) == 64


def test_a_written_id_is_not_given_to_another(folder):
    ids = found(folder, PiecesLock(folder), "猫1.png", "sky.png:1").ids
    assert ids[1] == "1" and ids[0].startswith("1-")


def test_names_that_are_the_same_but_for_the_folder_are_for_their_author_to_tell_apart(folder):
    assert found(folder, PiecesLock(folder), "a/sky.png", "b/sky.png").ids == ("sky", "sky")
    assert len(set(found(folder, PiecesLock(folder), "a/猫.png", "b/猫.png").ids)) == 1


def test_what_was_minted_as_piece_stays_so(folder):
    """What a name without Latin letters was made to before it had an id of its own."""
    picture(folder / "images/猫.png", 5)
    row = LockedPiece("piece", "images/猫.png", "", 616261, CONTRACT, 1)
    lock = PiecesLock(folder / "pieces.lock.csv", (row,))
    ids = found(folder, lock, "images/猫.png", "images/犬.png").ids
    assert ids[0] == "piece" and ids[1].startswith("piece-")
    digest = file_digest(folder / "images/猫.png")
    known = LockedPiece("piece", "", digest, 616261, CONTRACT, 1)  # as a journal tells it
    lock = PiecesLock(folder / "pieces.lock.csv", (known,))
    assert found(folder, lock, "images/犬.png", "images/猫.png").ids[1] == "piece"
