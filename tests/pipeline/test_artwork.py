"""Finished works, made elsewhere, go to the chain as they are: the same bytes, the same CIDs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import nftforge, picture
from support.artworks import artwork

from nftforge.ipfs.unixfs import PROFILES, import_path
from nftforge.media.finished import FORMS
from nftforge.pipeline.out import FINISHED

HEAD = "name: Made\nsymbol: MADE\ncontract: {royalty_percent: 5}\n"
PIECES = {  # id -> its media, its image
    "moving": (None, "moving.gif"),
    "flicker": (None, "flicker.apng"),
    "drawing": (None, "drawing.svg"),
    "film": ("film.mp4", "cover.png"),
    "song": ("song.mp3", "cover.png"),
    "tone": ("tone.wav", "cover.png"),
    "model": ("model.glb", "cover.webp"),
    "page": ("page.html", "cover.jpg"),
}


def written(folder: Path, pieces: dict[str, tuple[str | None, str]], extra: str = "") -> Path:
    lines = []
    for hue, (piece, files) in enumerate(pieces.items()):
        for name in filter(None, files):
            if not (folder / "art" / name).exists():
                artwork(folder / "art" / name, 20 * hue)
        media, image = files
        film = f"media: art/{media}, " if media else ""
        lines.append(f"  - {{{film}image: art/{image}, name: {piece.title()}}}\n")
    path = folder / "collection.yaml"
    path.write_text(f"{HEAD}paint: none\n{extra}pieces:\n{''.join(lines)}")
    return path


def cid_of(path: Path) -> str:
    return str(import_path(path, PROFILES["kubo-v1"]).cid)


@pytest.fixture(scope="module")
def minted(tmp_path_factory):
    path = written(tmp_path_factory.mktemp("made"), PIECES)
    planned = nftforge("plan", path, "--json")
    assert planned.code == 0, planned.err
    result = nftforge("run", path, "--json")
    assert result.code == 0, result.err
    return path, planned.json, result.json


def test_what_is_pinned_has_the_cid_of_the_file(minted):
    path, _, found = minted
    for row in found["pieces"]:
        media, image = PIECES[row["id"]]
        assert row["image_cid"] == cid_of(path.parent / "art" / image)
        animation = cid_of(path.parent / "art" / media) if media else None
        assert row["animation_cid"] == animation
        assert row["state"] == "minted" and row["strokes"] is None


def test_metadata_says_image_and_animation_and_nothing_of_strokes(minted):
    path, _, found = minted
    rows = {row["id"]: row for row in found["pieces"]}
    for piece, row in rows.items():
        (text,) = (path.parent / f".nftforge/store/metadata/{piece}").glob("*/files/metadata.json")
        metadata = json.loads(text.read_text())
        assert metadata["image"] == f"ipfs://{row['image_cid']}"
        assert ("animation_url" in metadata) == (PIECES[piece][0] is not None)
        assert metadata["properties"] == {"piece": piece} and metadata["attributes"] == []


def test_the_plan_is_the_run(minted):
    _, planned, found = minted
    foreseen = {token["piece"]: token["token_uri"] for token in planned["tokens"]}
    assert foreseen == {row["id"]: row["token_uri"] for row in found["pieces"]}
    builds = [step for step in planned["steps"] if step["stage"] not in ("pin", "mint")]
    assert {(step["stage"], step["subject"]) for step in builds} == {
        ("artwork", piece) for piece in PIECES
    }


def test_once_more_there_is_nothing_to_do_and_all_is_verified(minted):
    path, _, _ = minted
    again = nftforge("run", path)
    assert "nothing to do: 8 pieces taken as made, pinned and minted before" in again.out
    assert nftforge("verify", path).code == 0
    status = nftforge("status", path, "--json").json
    assert all(row["cached"]["paint"] and row["cached"]["pin"] for row in status["pieces"])


def test_out_holds_each_under_the_name_of_its_piece(minted):
    path, _, _ = minted
    out = path.parent / "out"
    assert (out / "film.mp4").read_bytes() == (path.parent / "art" / "film.mp4").read_bytes()
    assert (out / "film.png").is_file() and (out / "drawing.svg").is_file()
    assert {file.name for file in out.glob("flicker.*")} == {"flicker.png"}


def test_a_sheet_shows_what_has_pixels(minted):
    path, _, _ = minted
    sheet = path.parent / "sheet.png"
    result = nftforge("sheet", path, "-o", sheet, "--json")
    assert result.code == 0 and sheet.is_file(), result.err


def test_a_film_that_is_renamed_is_the_same_piece(tmp_path):
    path = written(tmp_path, {"film": PIECES["film"]})
    assert nftforge("run", path).code == 0
    (tmp_path / "art/film.mp4").rename(tmp_path / "art/last.mp4")
    path.write_text(path.read_text().replace("film.mp4", "last.mp4"))
    result = nftforge("run", path, "--json")
    assert result.code == 0, result.err
    assert [row["id"] for row in result.json["pieces"]] == ["film"]
    assert "art/last.mp4 is the piece 'film'" in result.err


def test_what_was_taken_needs_its_file_no_more(tmp_path):
    path = written(tmp_path, {"film": PIECES["film"]})
    assert nftforge("run", path).code == 0
    (tmp_path / "art/film.mp4").unlink()
    result = nftforge("run", path)
    assert result.code == 0 and "nothing to do" in result.out, result.err


def test_another_file_in_its_place_is_other_art_and_is_asked_about(tmp_path):
    path = written(tmp_path, {"film": PIECES["film"]})
    assert nftforge("run", path).code == 0
    (tmp_path / "art/film.mp4").unlink()
    artwork(tmp_path / "art/film.mp4", 250)
    (change,) = nftforge("plan", path, "--json").json["art_changes"]
    assert change["piece"] == "film" and "its files are others now" in change["why"]


def test_painted_and_finished_pieces_go_together(tmp_path):
    picture(tmp_path / "art/sun.png", 3)
    artwork(tmp_path / "art/film.mp4")
    artwork(tmp_path / "art/cover.png")
    path = tmp_path / "collection.yaml"
    path.write_text(
        f"{HEAD}paint: {{strokes: 3, size: 32}}\n"
        "media: {gif: {size: 32, frames: 3}, mp4: false}\n"
        "pieces:\n  - {image: art/sun.png, name: Sun}\n"
        "  - {paint: none, media: art/film.mp4, image: art/cover.png, name: Film}\n"
    )
    foreseen = nftforge("preview", path, "-o", tmp_path / "sheet.png", "--json")
    assert [row["id"] for row in foreseen.json["pieces"]] == ["sun"], foreseen.err
    result = nftforge("run", path)
    assert result.code == 0, result.err
    assert "1 taken as made now\n  1 painted and rendered now" in result.out
    assert nftforge("verify", path).code == 0


def test_half_a_file_stops_a_run_and_a_plan_before_any_work(tmp_path):
    path = written(tmp_path, {"film": PIECES["film"]})
    film = tmp_path / "art/film.mp4"
    film.write_bytes(film.read_bytes()[:900])
    for command in ("run", "plan", "sheet"):
        extra = ("-o", tmp_path / "s.png") if command == "sheet" else ()
        result = nftforge(command, path, *extra)
        assert result.code == 2, result.out
        assert "collection.yaml:6: pieces[0].media" in result.err and "cut off" in result.err
    assert not (tmp_path / ".nftforge/store/artwork/film").exists()


def test_every_kind_has_its_name_in_out():
    usual = {f"{form.use}{form.suffixes[0]}" for form in FORMS.values()}
    assert usual == set(FINISHED)
