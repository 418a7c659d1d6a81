"""`generate:`: from the file to pieces; what cannot be, with its lines; what the lock holds."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace

import pytest
from PIL import Image

from nftforge.config.drawn import BY_HAND
from nftforge.config.load import load_collection
from nftforge.config.pieces_lock import LockedPiece, lock_path, read_lock
from nftforge.core.errors import ConfigError

SET = """\
name: Emblems
symbol: EMB
generate:
  count: 12
  name: "Emblem #{number}, {Base}"
  traits:
    Base: {from: bases/*.png}
    Brush: {oil: 50%, marker: 25%, tape: 25%}
    Mood: {Noir: {count: 3, paint: {palette: noir}, description: Late.}, Plain: {}}
    Shirt: {layers: layers/Shirt, facets: "{colour} {kind}"}
    Hat:
      layers: layers/Hat
      blend: multiply
      facets: "{colour} {kind}"
      none: 25%
      Gold Crown: {count: 1}
  rules:
    - {if: {Base: skull}, not: {Mood: Noir}}
    - {differ: [Hat colour, Shirt colour]}
    - {if: {Mood: Noir}, only: {Brush: [marker, oil]}}
  unique: [Base, Shirt, Hat]
  fixed: [{number: 1, traits: {Base: robot}, strokes: 9}]
"""
PICTURES = [
    "bases/skull", "bases/cat", "bases/robot", "layers/Hat/Red Cap#3", "layers/Hat/Blue Cap",
    "layers/Hat/Gold Crown", "layers/Shirt/Red Tee", "layers/Shirt/Blue Tee",
    "layers/Shirt/Green Tee",
]  # fmt: skip


@pytest.fixture
def write(tmp_path):
    for name in PICTURES:
        path = tmp_path / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGBA", (4, 4), (len(name), 9, 9, 99)).save(path)

    def written(text=SET, *changes):
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "collection.yaml"
        path.write_text(text)
        return path

    return written


ROOMY = ("[Base, Shirt, Hat]", "[Base, Brush, Mood, Shirt, Hat]")


def drawn(path):
    """Number -> traits."""
    return dict(load_collection(path).generated.pieces)


def keep(path):
    """What a run does before it paints."""
    lock = read_lock(lock_path(path))
    load_collection(path).generated.kept_in(lock).write()


def refused(path):
    with pytest.raises(ConfigError) as caught:
        load_collection(path)
    return caught.value


def test_pieces_are_as_if_they_were_written_by_hand(write):
    file = load_collection(write())
    pieces, counts = file.collection.pieces, Counter()
    for piece, have in zip(pieces, file.generated.pieces.values(), strict=True):
        assert piece.image == f"bases/{have['Base']}.png" and piece.brush == have["Brush"]
        assert piece.palette == ("noir" if have["Mood"] == "Noir" else None)
        assert piece.description == ("Late." if have["Mood"] == "Noir" else None)
        assert piece.traits == {t: v for t, v in have.items() if v != "none"}
        hats = [layer.blend for layer in piece.layers if "/Hat/" in layer.image]
        assert hats == ([] if have["Hat"] == "none" else ["multiply"])
        assert have["Hat"].split()[0] != have["Shirt"].split()[0]
        counts.update(have.items())
    assert [piece.id for piece in pieces] == [f"piece-{n}" for n in range(1, 13)]
    assert pieces[0].name == "Emblem #1, robot" and pieces[0].strokes == 9
    assert (counts["Brush", "oil"], counts["Brush", "tape"], counts["Hat", "none"]) == (6, 3, 3)
    assert (counts["Hat", "Gold Crown"], counts["Hat", "Red Cap"]) == (1, 6)  # 3 of 4 parts of 8


def test_without_a_base_the_lowest_layer_is_the_picture(write):
    text = SET.replace("    Base: {from: bases/*.png}\n", "    Base: {layers: bases}\n")
    pieces = load_collection(write(text)).collection.pieces
    assert {piece.image.split("/")[0] for piece in pieces} == {"bases"}


def test_they_come_after_what_is_written_and_need_none(write):
    own = "pieces:\n  - {image: bases/cat.png, name: Own, id: own}\ngenerate:"
    ids = load_collection(write(SET, ("generate:", own))).ids
    assert ids[:2] == ["own", "piece-1"] and len(ids) == 13


# --- what cannot be ------------------------------------------------------------------------------


def test_a_conflict_names_the_lines_that_conflict_and_no_other(write):
    many_skulls = ("Base: {from", "Base: {skull: 50%, from")
    error = refused(write(SET, ("count: 3", "count: 8"), many_skulls))
    assert [int(re.search(r":(\d+):", fact)[1]) for fact in error.facts] == [3, 7, 9, 18]
    assert "6 pieces have Base = skull" in error.facts[0] and "if: {Base: skull}" in error.facts[-1]


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("Base: skull}", "Base: skul}", 18, "Base has no value 'skul'"),
        ("[Hat colour,", "[Hat color,", 19, "there is no trait 'Hat color'"),
        ("[Base, Shirt, Hat]", "[Base, Shirts]", 21, "there is no trait 'Shirts'"),
        ("bases/*.png", "bses/*.png", 7, "no /"),
        ("oil: 50%", "oil: 90%", 8, "Brush adds up to 140 %"),
        ("Gold Crown: {", "Gold Crwon: {", 16, "has no picture for 'Gold Crwon'"),
        ("number: 1,", "number: 13,", 22, "13 is more than `count`"),
        ("strokes: 9", "stroks: 9", 22, "there is no such key; did you mean `strokes`"),
        ("count: 3,", "cuont: 3,", 9, "there is no such key; did you mean `count`"),
        ("count: 3,", "count: 3, share: 5%,", 9, "share and count exclude each other"),
        ("{oil: 50%", "{oil: half", 8, "says no number of pieces"),
        ("{differ: [Hat colour, Shirt colour]}", "{differ: [Hat colour, Shirt colour], at_most: 3}",
         19, "a rule is {if"),
        ("palette: noir", "palette: nor", 9, "'nor' is no palette; did you mean `noir`"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(write, old, new, line, words):
    error = refused(write(SET, (old, new)))
    assert any(words in fact for fact in error.facts), error.facts
    assert any(f"collection.yaml:{line}:" in fact for fact in error.facts), error.facts


# --- the lock file -------------------------------------------------------------------------------


def test_what_was_drawn_wins_over_a_new_draw_and_little_changes(write):
    path = write(SET, ROOMY)
    before = drawn(path)
    keep(path)
    assert drawn(path) == before
    grown = write(SET, ROOMY, ("count: 12", "count: 16"))
    after = load_collection(grown).generated
    assert len(after.pieces) == 16
    changed = {change.number for change in after.changed}
    assert changed == {n for n in before if before[n] != after.pieces[n]} and len(changed) <= 4


def test_an_edited_line_holds_and_is_marked(write):
    path = write()
    keep(path)
    lock = lock_path(path)
    before = next(line for line in lock.read_text().splitlines() if line.startswith("piece-5,"))
    now = "marker" if ",oil," in before else "oil"
    edited = re.sub(r",(oil|marker|tape),(Noir|Plain),", f",{now},Plain,", before)
    lock.write_text(lock.read_text().replace(before, edited))
    assert drawn(path)[5]["Brush"] == now and drawn(path)[5]["Mood"] == "Plain"
    keep(path)
    assert next(r for r in read_lock(lock).rows if r.id == "piece-5").more["drawn"] == BY_HAND
    assert drawn(path)[5]["Brush"] == now


def test_an_edited_line_that_breaks_a_rule_is_told_with_both_lines(write):
    path = write()
    keep(path)
    lock = lock_path(path)
    rows = lock.read_text().splitlines()
    line = next(n for n, row in enumerate(rows, start=1) if row.startswith("piece-5,"))
    empty = "," * (rows[0].count(",") - 6)
    rows[line - 1] = f"piece-5{empty},skull,oil,Noir,Red Tee,none,"
    lock.write_text("\n".join(rows) + "\n")
    error = refused(path)
    assert f"{lock}:{line}: piece-5, by hand" in error.facts
    assert any("collection.yaml:18:" in fact for fact in error.facts)


def test_what_is_minted_stays_and_obeys_no_later_rule(write):
    path = write(SET, ROOMY)
    keep(path)
    before, lock = drawn(path), read_lock(lock_path(path))
    tokens = [
        LockedPiece(f"piece-{n}", chain_id=1, contract=f"0x{'ab' * 20}", token_id=n)
        for n in range(1, 7)
    ]
    replace(lock, rows=(*lock.rows, *tokens)).write()
    red = sum(before[n]["Shirt"] == "Red Tee" for n in range(1, 7))
    assert red > 0
    later = "    - {if: {Base: any}, not: {Shirt: Red Tee}}\n  unique"
    shirts = ("layers/Shirt,", f"layers/Shirt, Red Tee: {{count: {red}}},")
    grown = ("count: 12", "count: 14")
    file = load_collection(write(SET, ROOMY, ("  unique", later), grown, shirts))
    assert all(file.generated.pieces[n] == before[n] for n in range(1, 7))
    assert not any(p["Shirt"] == "Red Tee" for n, p in file.generated.pieces.items() if n > 6)
    error = refused(write(SET, ("count: 12", "count: 5")))
    assert "5, and piece-6 is minted" in error.facts[0]


def test_what_is_minted_is_not_drawn_anew_because_the_lock_was_lost(write):
    path = write(SET, ROOMY)
    keep(path)
    lock = read_lock(lock_path(path))
    token = LockedPiece("piece-2", chain_id=1, contract=f"0x{'ab' * 20}", token_id=2)
    replace(lock, rows=(token,)).write()
    error = refused(path)
    assert "piece-2 is minted" in error.facts[0] and "put that file back" in error.hint
    rehearsed = replace(token, chain_id=616_261)
    replace(lock, rows=(rehearsed,)).write()
    assert load_collection(path).generated.pieces  # a rehearsal binds nobody


@pytest.mark.parametrize("event", ["outcome", "intent"])
def test_a_journal_is_enough_to_know_what_is_minted(write, tmp_path, event):
    path = write(SET, ROOMY)
    keep(path)
    minted = {"kind": "mint", "address": f"0x{'ab' * 20}", "first_id": 1, "pieces": ["piece-1"]}
    lines = [{"journal": "mint", "chain_id": 1}, {"effect": "m", "event": event, "data": minted}]
    journal = tmp_path / ".nftforge" / "journal" / "mainnet.jsonl"
    journal.parent.mkdir(parents=True)
    journal.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert load_collection(path).generated.pieces
    lock_path(path).unlink()
    assert "piece-1 is minted" in refused(path).facts[0]
