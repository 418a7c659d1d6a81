"""`nftforge gallery` through the real command line: a rehearsal minted, then looked at."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests
from playwright.sync_api import expect
from support import nftforge, small_collection, snapshot

from nftforge.ipfs.blockstore import Blockstore
from nftforge.ipfs.serve import GatewayServer
from nftforge.media.webp import picture_size


@pytest.fixture(scope="module")
def minted(tmp_path_factory):
    """A small collection after `run`; tests must leave it as it is."""
    path = small_collection(tmp_path_factory.mktemp("minted"))
    result = nftforge("run", path, "--json")
    assert result.code == 0, result.err
    return path, result


@pytest.fixture(scope="module")
def coming(tmp_path_factory):
    """The same, painted and pinned and not minted."""
    path = small_collection(tmp_path_factory.mktemp("coming"))
    assert nftforge("pin", path).code == 0
    return path


@pytest.fixture
def copied(minted, tmp_path):
    """The minted collection in a folder of its own, to be spoilt."""
    shutil.copytree(minted[0].parent, tmp_path / "copy")
    return tmp_path / "copy" / minted[0].name


def index_of(path: Path) -> Path:
    return path.parent / ".nftforge" / "gallery" / "embedded" / "index.html"


def test_run_ends_by_naming_the_page(minted):
    path, result = minted
    assert result.err.rstrip().endswith(f"gallery: {index_of(path)}")
    assert index_of(path).is_file()


@pytest.mark.browser
def test_the_page_shows_what_the_chain_says(visitor, minted):
    path, result = minted
    pieces = result.json["pieces"]
    visit = visitor(index_of(path).parent)
    page = visit.go()
    expect(page.locator("#facts")).to_contain_text("2 minted on embedded")
    expect(page.locator("#about")).to_have_text("Two small paintings.")
    assert page.evaluate("Gallery.pieces.map((one) => [one.token, one.name, one.owner])") == [
        [piece["token_id"], piece["name"], piece["owner"]] for piece in pieces
    ]
    page = visit.go("#/piece/1")
    expect(page.locator("dl").first).to_contain_text(pieces[0]["token_uri"])
    expect(page.locator(".trait", has_text="Kind")).to_contain_text("one of one")
    page.get_by_role("button", name="Stroke by stroke").click()
    expect(page.locator("canvas")).to_have_attribute("data-stroke", "12", timeout=30_000)
    page.get_by_role("button", name="Source picture").click()
    expect(page.get_by_alt_text("The source picture")).to_be_visible()
    assert page.evaluate("[...document.images].every((image) => image.naturalWidth > 0)")


def test_the_page_of_a_run_is_the_page_of_the_command(minted):
    path, _ = minted
    before = snapshot(index_of(path).parent)
    result = nftforge("gallery", path, "--json")
    assert result.code == 0, result.err
    document = result.json
    assert document["page"] == str(index_of(path))
    assert [row["token_id"] for row in document["pieces"]] == [1, 2]
    assert all(row["minted"] for row in document["pieces"])
    assert {check["rule"] for check in document["checks"]} >= {"too-small", "no-royalty"}
    assert "2 pieces, 2 minted; checks: 1 problem, 1 piece of advice" in result.err
    assert snapshot(index_of(path).parent) == before


def test_what_is_not_minted_is_shown_as_such(coming):
    result = nftforge("gallery", coming, "--json")
    assert result.code == 0, result.err
    rows = result.json["pieces"]
    assert [(row["token_id"], row["minted"]) for row in rows] == [(1, False), (2, False)]
    assert rows[0]["owner"].startswith("0x")
    assert "There is no contract yet" in result.json["notes"][0]


def test_without_a_chain_it_shows_what_this_machine_has(coming, tmp_path):
    out = tmp_path / "page"
    result = nftforge("gallery", coming, "--network", "sepolia", "--out", out, "--json")
    assert result.code == 0, result.err
    assert "The chain was not asked: no RPC URL is known for sepolia" in result.json["notes"][0]
    assert [row["token_id"] for row in result.json["pieces"]] == [None, None]


def test_a_page_for_others_has_no_source_pictures_and_no_checks(minted, tmp_path):
    out = tmp_path / "public"
    result = nftforge("gallery", minted[0], "--out", out)
    assert result.code == 0 and "problem: The picture is smaller" in result.err  # for the artist
    assert not (out / "source").exists() and (out / "replay").is_dir()
    assert (index_of(minted[0]).parent / "source").is_dir()
    assert not (out / "checks.js").exists()
    data = "".join(path.read_text() for path in (out / "data").rglob("*.js"))
    assert "marketplace" not in data and "smaller than" not in data and str(tmp_path) not in data


def test_a_shared_link_shows_the_pieces(minted, tmp_path):
    index = index_of(minted[0])
    assert '<meta property="og:title" content="Small">' in index.read_text()
    assert '<meta property="og:image" content="social.jpg">' in index.read_text()
    assert picture_size((index.parent / "social.jpg").read_bytes()) == (1200, 630)


def test_what_is_not_painted_shows_its_source_to_the_artist_alone(tmp_path):
    path = small_collection(tmp_path)
    path.write_text("external_url: https://ada.example/small\n" + path.read_text())
    result = nftforge("gallery", path, "--json")
    assert result.code == 0, result.err
    assert [row["name"] for row in result.json["pieces"]] == ["One", "Two"]
    assert {check["rule"] for check in result.json["checks"]} == {"no-royalty"}
    own, out = index_of(path).parent, tmp_path / "public"
    assert len(list((own / "source").iterdir())) == 2
    assert nftforge("gallery", path, "--out", out).code == 0
    assert not (out / "source").exists()
    for folder in (own, out):
        more = next((folder / "data").rglob("more.js")).read_text()
        for name in ("Kind", "first", "Brush", "Tape"):
            assert name in more
        assert "Strokes" not in more  # known when it is painted
    assert 'og:url" content="https://ada.example/small/"' in (out / "index.html").read_text()


def test_a_folder_of_something_else_is_left_alone(minted, tmp_path):
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    result = nftforge("gallery", minted[0], "--out", tmp_path)
    assert result.code == 7 and "is not empty and no gallery" in result.err
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


def test_a_block_that_is_lost_is_a_complaint_and_no_crash(minted, copied):
    image = minted[1].json["pieces"][0]["image_cid"]
    (block,) = (copied.parent / ".nftforge" / "ipfs" / "blocks").rglob(f"{image}.block")
    block.unlink()
    result = nftforge("gallery", copied, "--json")
    assert result.code == 0, result.err
    lost = next(row for row in result.json["checks"] if row["rule"] == "unreachable")
    assert lost["found"][0][0] == "1" and image in lost["found"][0][1]
    assert nftforge("gallery", copied, "--out", copied.parent / "public").code == 0
    data = "".join(path.read_text() for path in (copied.parent / "public" / "data").rglob("*.js"))
    assert "it was not to be had" in data and str(copied.parent) not in data


@pytest.mark.ipfs
def test_what_is_not_on_this_disk_comes_through_a_gateway(copied, tmp_path):
    blocks = copied.parent / ".nftforge" / "ipfs" / "blocks"
    blocks.rename(tmp_path / "elsewhere")
    with GatewayServer(Blockstore(tmp_path / "elsewhere").get, 0) as gateway:
        threading.Thread(target=gateway.serve_forever, daemon=True).start()
        alone = nftforge("gallery", copied, "--out", tmp_path / "alone", "--json").json
        helped = nftforge(
            "gallery", copied, "--out", tmp_path / "helped", "--gateway", gateway.url, "--json"
        ).json
        gateway.shutdown()
    assert [row["name"] for row in alone["pieces"]] == ["", ""]
    assert "metadata" in {check["rule"] for check in alone["checks"]}
    assert [row["name"] for row in helped["pieces"]] == ["One", "Two"]
    assert "unreachable" not in {check["rule"] for check in helped["checks"]}
    assert len(list((tmp_path / "helped" / "media").iterdir())) == 4


def test_a_page_that_cannot_be_built_does_not_spoil_the_run(copied):
    gallery = copied.parent / ".nftforge" / "gallery"
    shutil.rmtree(gallery)
    gallery.write_text("a file where the folder should be")
    result = nftforge("run", copied, "--json")
    assert result.code == 0 and result.json["totals"]["minted"] == 2
    assert "gallery: not built" in result.err


def test_serve_answers_on_loopback_until_interrupted(minted):
    command = [sys.executable, "-m", "nftforge", "gallery", minted[0], "--serve", "--port", "0"]
    quiet = {
        "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True,
        "preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # not ignored
    }  # fmt: skip
    with subprocess.Popen(command, **quiet) as process:
        try:
            lines = iter(process.stdout.readline, "")
            url = next(line.strip() for line in lines if line.startswith("http"))
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", url)
            assert "<!doctype html>" in requests.get(url, timeout=10).text
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 130
        finally:
            process.kill()
