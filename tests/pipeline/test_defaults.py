"""New defaults are for new tokens: what is minted stays what it is, whichever machine looks."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace

import pytest
from golden.golden import kept
from PIL import Image
from support import nftforge, picture, small_collection

from nftforge.chain.networks import find_network
from nftforge.config.load import load_collection
from nftforge.config.pieces_lock import FIRST, NEWEST, LockedPiece, PiecesLock
from nftforge.painting import canvas
from nftforge.painting.strokes import Strokes
from nftforge.pipeline.job import Job
from nftforge.pipeline.render import relief_of, still_size

LOCK = "pieces.lock.csv"
ADDRESS = "0x52908400098527886E0F7030069857D2E4169EE7"
SEPOLIA = find_network("sepolia").chain_id


def run(path, *options):
    said = nftforge("run", path, "--json", *options)
    assert said.code == 0, said.err
    return said.json


def nothing_was_done(said):
    return all(all(piece["cached"].values()) for piece in said["pieces"])


def generations(folder):
    with (folder / LOCK).open(encoding="utf-8") as lines:
        return {row["id"]: row.get("defaults") for row in csv.DictReader(lines)}


def still(path, piece):
    """(the still's pixels, the same drawn flat)"""
    folder = path.parent / ".nftforge" / "store"
    (painted,) = (folder / "paint" / piece).glob("*/strokes.npz")
    (drawn,) = (folder / "render" / piece).glob("*/still.png")
    strokes, shown = Strokes.load(painted), Image.open(drawn).convert("RGB")
    flat = Image.fromarray(canvas.render(strokes, *strokes.shape(64)))
    return shown.tobytes(), flat.tobytes()


def test_a_new_collection_is_lit_unless_it_says_no(tmp_path):
    path = small_collection(tmp_path)
    run(path, "--until", "render")
    lit, flat = still(path, "one")
    assert lit != flat
    other = small_collection(tmp_path / "other")
    other.write_text(other.read_text().replace("size: 64", "size: 64, relief: 0"))
    run(other, "--until", "render")
    assert [*still(other, "one")] == [flat, flat]


@pytest.mark.parametrize("lost", [LOCK, ".nftforge/journal", "nothing"])
def test_a_token_is_known_by_the_lock_or_by_the_journal(tmp_path, lost):
    path = small_collection(tmp_path)
    run(path)
    assert generations(tmp_path) == {"one": str(NEWEST), "two": str(NEWEST)}
    where = tmp_path / lost
    shutil.rmtree(where) if where.is_dir() else where.unlink(missing_ok=True)
    assert nothing_was_done(run(path))
    assert generations(tmp_path) == {"one": str(NEWEST), "two": str(NEWEST)}


@pytest.fixture
def minted_then(tmp_path):
    """What v0.1.0 minted, and this version has looked at once."""
    path = kept("finished", tmp_path).folder / "collection.yaml"
    assert nothing_was_done(run(path))
    assert set(generations(tmp_path).values()) == {None}  # and no line of the file has changed
    return path


@pytest.mark.parametrize("lost", [LOCK, ".nftforge/journal", ".nftforge/store/render"])
def test_what_was_minted_flat_stays_flat(minted_then, lost):
    before = {piece["id"]: piece["image_cid"] for piece in run(minted_then)["pieces"]}
    where = minted_then.parent / lost
    shutil.rmtree(where) if where.is_dir() else where.unlink()
    assert {piece["id"]: piece["image_cid"] for piece in run(minted_then)["pieces"]} == before
    assert nothing_was_done(run(minted_then))


def test_what_joins_a_flat_collection_is_flat(minted_then):
    picture(minted_then.parent / "images" / "three.png", 3)
    text = minted_then.read_text()
    line = "contract:"
    minted_then.write_text(
        text.replace(line, f"  - {{image: images/three.png, name: Three}}\n{line}", 1)
    )
    assert len(run(minted_then)["pieces"]) == 3
    (manifest,) = (minted_then.parent / ".nftforge/store/render/three").glob("*/manifest.json")
    assert "relief" not in json.loads(manifest.read_text())["params"]
    assert set(generations(minted_then.parent).values()) == {None}


def test_who_asks_for_relief_is_asked_about_sold_tokens(minted_then):
    text = minted_then.read_text()
    minted_then.write_text(text.replace("canvas: white", "canvas: white, relief: 0.5"))
    planned = nftforge("plan", minted_then, "--json")
    assert len(planned.json["art_changes"]) == 2


# --- without a run ------------------------------------------------------------------------------


def job(tmp_path, rows=(), paint="{brush: tape}", network="sepolia"):
    path = small_collection(tmp_path)
    old = next(line for line in path.read_text().splitlines() if line.startswith("paint:"))
    path.write_text(path.read_text().replace(old, f"paint: {paint}"))
    file = load_collection(path)
    file = replace(file, lock=PiecesLock(tmp_path / LOCK, tuple(rows)))
    return Job(file, find_network(network), frozenset(), {}, tmp_path)


def token(piece, defaults, chain_id=SEPOLIA):
    return LockedPiece(piece, "", "", chain_id, ADDRESS, 1, defaults)


def lit(job, piece):
    return relief_of(job, piece, "tape", 500).amount > 0


def test_a_still_is_large_enough_for_marketplaces(tmp_path):
    assert still_size(job(tmp_path), "one") == 3000
    assert still_size(job(tmp_path, paint="{preset: 8-bit}"), "one") == 3008  # 47 to each cell
    assert still_size(job(tmp_path, paint="{size: 700}"), "one") == 700
    assert still_size(job(tmp_path, [token("one", FIRST)]), "one") == 1024


def test_its_own_token_decides_then_those_elsewhere_then_the_others(tmp_path):
    assert lit(job(tmp_path), "one")
    assert not lit(job(tmp_path, [token("two", FIRST)]), "one")
    assert lit(job(tmp_path, [token("one", NEWEST), token("two", FIRST)]), "one")
    both = [token("one", NEWEST), token("one", FIRST, 1)]
    assert lit(job(tmp_path, both), "one")
    assert not lit(job(tmp_path, both, network="mainnet"), "one")
    assert not lit(job(tmp_path, both, network="embedded"), "one")


def test_pixel_art_is_flat_unless_it_is_asked_for(tmp_path):
    assert not lit(job(tmp_path, paint="{preset: 8-bit}"), "one")
    assert lit(job(tmp_path, paint="{preset: 8-bit, relief: 0.3}"), "one")


def test_what_is_asked_for_is_no_default(tmp_path):
    minted = [token("one", FIRST)]
    assert lit(job(tmp_path, minted, "{brush: tape, relief: 0.3}"), "one")
    assert not lit(job(tmp_path, (), "{brush: tape, relief: 0}"), "one")
