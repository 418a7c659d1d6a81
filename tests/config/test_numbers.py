"""Numbers and names of pieces: what is minted keeps its own, whatever happens in its folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nftforge.config.load import CollectionFile, load_collection
from nftforge.config.pieces_lock import LockedPiece, lock_path, read_lock
from nftforge.core.errors import ConfigError
from nftforge.core.fingerprint import file_digest

HEAD = "name: A\nsymbol: A\n"
FROM = 'pieces: {from: images/, name: "Emblem #{number} ({stem})"}\n'
ADDRESS = "0x52908400098527886E0F7030069857D2E4169EE7"
SEPOLIA, ANVIL = 11155111, 31337


def folder(at: Path, *names: str) -> Path:
    (at / "images").mkdir(exist_ok=True)
    for name in names:
        (at / "images" / f"{name}.png").write_bytes(name.encode())
    return at / "collection.yaml"


def load(path: Path, text: str = FROM) -> CollectionFile:
    path.write_text(HEAD + text)
    return load_collection(path)


def names(file: CollectionFile) -> list[str]:
    return [piece.name for piece in file.collection.pieces]


def mint(file: CollectionFile, *ids: str, chain_id: int = SEPOLIA) -> None:
    """As `pipeline.minting.record` writes it."""
    lock = read_lock(lock_path(file.path))
    rows = list(lock.rows)
    for piece in file.collection.pieces:
        if piece.id in ids:
            token = 1 + sum(row.chain_id == chain_id for row in rows)
            digest = file_digest(file.locate(piece.image))
            row = LockedPiece(piece.id, piece.image, digest, chain_id, ADDRESS, token)
            for called in file.lock.called_at(chain_id, [piece.id]).values():
                row = replace(row, number=called.number, stem=called.stem)
            rows.append(row)
    replace(lock, rows=tuple(rows)).write()


def test_pieces_are_numbered_in_their_order(tmp_path):
    path = folder(tmp_path, "b10", "b9", "c")
    file = load(path)
    assert names(file) == ["Emblem #1 (b9)", "Emblem #2 (b10)", "Emblem #3 (c)"]
    assert file.numbers == (1, 2, 3)
    assert names(load(path, FROM + "numbers: from 0\n"))[0] == "Emblem #0 (b9)"


def test_what_is_minted_keeps_number_and_name_and_the_others_take_what_is_free(tmp_path):
    path = folder(tmp_path, "b", "c", "d")
    mint(load(path), "c")
    folder(tmp_path, "a")
    (tmp_path / "images" / "c.png").rename(tmp_path / "images" / "x.png")
    file = load(path)
    assert dict(zip(file.ids, names(file), strict=True)) == {
        "a": "Emblem #1 (a)", "b": "Emblem #3 (b)", "d": "Emblem #4 (d)", "c": "Emblem #2 (c)",
    }  # fmt: skip
    assert names(load(path, "pieces: images/\n"))[-1] == "C"  # which its first file name makes
    assert names(load(path, FROM.replace("Emblem", "Crest")))[-1] == "Crest #2 (c)"


def test_a_rehearsal_binds_nobody(tmp_path):
    path = folder(tmp_path, "b", "c")
    mint(load(path), "b", "c", chain_id=ANVIL)
    assert "number" not in lock_path(path).read_text()
    folder(tmp_path, "a")
    assert names(load(path)) == ["Emblem #1 (a)", "Emblem #2 (b)", "Emblem #3 (c)"]


def test_the_number_of_a_token_that_is_out_of_the_file_is_not_given_again(tmp_path):
    path = folder(tmp_path, "a", "b")
    mint(load(path), "a")
    (tmp_path / "images" / "a.png").unlink()
    assert load(path).numbers == (2,)


def test_a_token_from_before_there_were_numbers_has_its_id(tmp_path):
    path = folder(tmp_path, "a", "b", "c")
    by_hand = "pieces:\n" + "".join(f"- {{image: images/{n}.png, name: {n}}}\n" for n in "abc")
    mint(load(path, by_hand), "c")
    assert "number" not in lock_path(path).read_text()
    assert load(path).numbers == (2, 3, 1)


def test_entries_by_hand_are_templates_only_where_numbers_are_asked_for(tmp_path):
    path = folder(tmp_path, "a")
    hand = 'pieces: [{image: images/a.png, name: "{number} {odd} {{"}]\n'
    assert names(load(path, hand)) == ["{number} {odd} {{"]
    with pytest.raises(ConfigError) as error:
        load(path, hand + "numbers: from 1\n")
    assert "collection.yaml:3: pieces[0].name: nothing is called {odd}" in error.value.fact
    assert names(load(path, hand.replace("{odd}", "") + "numbers: from 0\n")) == ["0  {"]


def test_generated_pieces_are_numbered_in_the_same_way(tmp_path):
    path = folder(tmp_path, "sun", "moon")
    (tmp_path / "one.png").write_bytes(b"one")
    text = """pieces: [{image: one.png, name: One}]
generate:
  count: 2
  name: "{Base} #{number}{Hat}"
  external_url: https://a.b/{number}
  traits: {Base: {from: images/}, Hat: {none: 100%, Red: {count: 0, layer: one.png}}}
"""
    file = load(path, text)
    assert file.numbers == (1, 2, 3)
    assert {name.split()[1] for name in names(file)[1:]} == {"#2", "#3"}
    assert file.collection.pieces[2].external_url == "https://a.b/3"
    with pytest.raises(ConfigError) as error:
        load(path, text.replace("{Base} ", "{Bse} "))
    assert "collection.yaml:6: name: piece-1: nothing is called {Bse}" in error.value.fact
    assert "did you mean `Base`?" in error.value.hint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FROM.replace("{stem}", "{Stem}"), "collection.yaml:3: pieces.name: images/a.png: nothing"),
        (FROM.replace("Emblem", "E{"), ""),
        ("pieces: {from: q.csv, name: '{Sky}, {Sky}'}", "collection.yaml:3: pieces.name: 242 lett"),
        ("pieces: p.csv\n", "p.csv:2: nothing is called {Sk} (cell B2, name)"),
        (FROM + "numbers: from 2\n", "collection.yaml:4: numbers"),
    ],
)
def test_a_text_that_cannot_be_is_told_where_it_stands(tmp_path, text, said):
    path = folder(tmp_path, "a")
    (tmp_path / "p.csv").write_text("image,name,Sky\nimages/a.png,{Sk},Blue\n")
    (tmp_path / "q.csv").write_text(f"image,Sky\nimages/a.png,{'B' * 120}\n")
    if not said:
        assert names(load(path, text)) == ["E{ #1 (a)"]
        return
    with pytest.raises(ConfigError) as error:
        load(path, text)
    assert said in error.value.fact


def test_two_tokens_of_one_number_are_refused_with_their_lines(tmp_path):
    path = folder(tmp_path, "a", "b")
    mint(load(path), "a", "b")
    lock = lock_path(path)
    lock.write_text(lock.read_text().replace(",2,b", ",1,b"))
    with pytest.raises(ConfigError) as error:
        load(path)
    assert f"{lock}:3: the number 1 is that of 'a' in line 2" in error.value.fact


EDITS = st.lists(
    st.tuples(st.sampled_from(["add", "remove", "rename", "mint"]), st.integers(0, 99)), max_size=9
)


@given(EDITS, st.sampled_from(["from 0", "from 1"]))
@settings(max_examples=60, deadline=None)
def test_no_edit_of_a_folder_changes_what_is_minted(edits, first):
    with TemporaryDirectory() as at:
        path = folder(Path(at), "p20", "p40", "p60")
        text = FROM + f"numbers: {first}\n"
        kept: dict[str, tuple[int, str]] = {}
        new = iter(range(1000, 2000))
        for what, chance in edits:
            file = load(path, text)
            piece = file.collection.pieces[chance % len(file.ids)]
            match what:
                case "add":
                    folder(Path(at), f"p{chance}-{next(new)}")
                case "rename":
                    to = f"p{chance}-{next(new)}.png"
                    file.locate(piece.image).rename(Path(at) / "images" / to)
                case "remove" if len(file.ids) > 1:
                    file.locate(piece.image).unlink()
                case "mint" if piece.id not in kept:
                    mint(file, piece.id)
                    kept[piece.id] = (file.numbers[chance % len(file.ids)], piece.name)
            after = load(path, text)
            assert len(set(after.numbers)) == len(after.ids)
            told = zip(after.ids, after.numbers, names(after), strict=True)
            now = {piece_id: (number, name) for piece_id, number, name in told}
            assert {i: now[i] for i in kept if i in now} == {i: kept[i] for i in kept if i in now}
            gone = {number for i, (number, _) in kept.items() if i not in now}
            assert not gone & set(after.numbers)
