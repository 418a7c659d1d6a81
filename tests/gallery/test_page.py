"""The page as files: written whole, renewed in place, served to this machine only."""

from __future__ import annotations

import http.client
import io
import json
import re
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from support import snapshot
from support.gallery_pages import COLLECTION, hostile_pieces, page, piece, png, shelve
from support.gallery_pages import picture as sea
from support.raw_http import get as get_raw

import nftforge.painting
from nftforge.core.errors import GuardError, PictureError
from nftforge.core.sniff import kind_of
from nftforge.gallery.metadata import MAX_BYTES, read_draft, read_metadata
from nftforge.gallery.models import MediaFile
from nftforge.gallery.page import SHELVES, claim, static_files, write_page
from nftforge.gallery.serve import PageServer
from nftforge.media.webp import picture_size, preview

DRAWING = Path(nftforge.painting.__file__).parent / "browser"


def test_the_same_collection_writes_the_same_page_and_touches_nothing(tmp_path):
    shelve(tmp_path)
    pieces = [piece(at) for at in range(1, 300)]
    write_page(tmp_path, COLLECTION, pieces)
    before = snapshot(tmp_path)
    write_page(tmp_path, COLLECTION, pieces)
    assert snapshot(tmp_path) == before


def test_another_collection_replaces_the_data_and_the_index_names_it(tmp_path):
    page(tmp_path, [piece(1)])
    (old,) = (tmp_path / "data").iterdir()
    page(tmp_path, [piece(1), piece(2)])
    (new,) = (tmp_path / "data").iterdir()
    assert new != old
    assert f'src="data/{new.name}/collection.js"' in (tmp_path / "index.html").read_text()


def test_what_is_shown_no_more_is_swept_away(tmp_path):
    page(tmp_path, [piece(1), piece(2)])
    brush = tmp_path / "replay" / "brush-oil-3.js"
    brush.touch()
    cid = f"b{'a2' * 29}"
    for name in (f"media/{cid}.gif", f"preview/{cid}.webp", f"source/{'81c2' * 6}.webp"):
        (tmp_path / name).touch()  # of a piece that is gone
    (tmp_path / "media" / "holiday.jpg").touch()  # nobody's but the user's
    (tmp_path / "media" / f".a.gif.{'81c2' * 4}.part").touch()  # a crash left it
    write_page(tmp_path, COLLECTION, [piece(1)])
    left = {path.name for name in SHELVES for path in (tmp_path / name).iterdir()}
    assert not [name for name in left if name[:1] in ".b8" and name != brush.name]
    assert {"1.png", "1.gif", "1.webp", "brush-oil-3.js", "holiday.jpg"} <= left


# --- for others ---------------------------------------------------------------------------------


def test_a_page_for_others_holds_no_trace_of_the_checks(tmp_path):
    page(tmp_path, [piece(1)])  # it was the artist's own before
    bad = piece(1, {"background_color": "#fff"}, image=MediaFile("ipfs://b", "image/gif", 9, 9, 9))
    for_others = replace(COLLECTION, private=False, royalty_percent=0.0)
    written = page(tmp_path, [bad], for_others)
    assert {finding.rule for finding in written.findings} >= {"background", "no-royalty"}
    assert not (tmp_path / "checks.js").exists()
    data = "".join(path.read_text() for path in (tmp_path / "data").rglob("*.js"))
    for said in (data, written.index.read_text()):
        assert not re.search("checks|lint|OpenSea|problems|complaint", said, re.IGNORECASE)
    for finding in written.findings:
        assert finding.title not in data and finding.fix not in data


def test_the_artists_own_page_has_them(tmp_path):
    written = page(tmp_path, [piece(1)], replace(COLLECTION, royalty_percent=0.0))
    assert (tmp_path / "checks.js").is_file() and "#/checks" in written.index.read_text()
    data = "".join(path.read_text() for path in (tmp_path / "data").rglob("*.js"))
    assert "The contract asks for no royalty" in data


def test_what_the_machine_tells_the_artist_is_told_to_nobody_else(tmp_path):
    where = "/home/ada/tides/.nftforge/ipfs"
    lost = MediaFile("ipfs://lost", why=f"the block is not in {where}")
    outside = MediaFile("https://a.example/a.png", why="it is not on IPFS")
    pieces = [piece(1, problem=f"no block in {where}"), piece(2, image=lost, animation=outside)]
    notes = {"notes": ("For all.",), "artist_notes": (f"Look into {where}.",)}
    page(tmp_path / "own", pieces, replace(COLLECTION, **notes))
    page(tmp_path / "public", pieces, replace(COLLECTION, **notes, private=False))

    def data(name):
        return "".join(path.read_text() for path in (tmp_path / name / "data").rglob("*.js"))

    assert data("own").count(where) > 3 and "For all." in data("own")
    assert where not in data("public") and "For all." in data("public")
    assert data("public").count("it was not to be had when this page was made") == 2
    assert "it is not on IPFS" in data("public")


def test_a_folder_of_something_else_is_never_written(tmp_path):
    (tmp_path / "index.html").write_text("my own site")
    with pytest.raises(GuardError, match="no gallery"):
        claim(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


@pytest.mark.parametrize("shelf", ["data", *SHELVES])
def test_a_page_whose_folders_lead_elsewhere_is_never_written(tmp_path, shelf):
    out, victim = tmp_path / "out", tmp_path / "victim"
    page(out, [piece(1)])
    (victim / ("81c2" * 4)).mkdir(parents=True)
    (victim / f"{'81c2' * 6}.webp").touch()
    shutil.rmtree(out / shelf)
    (out / shelf).symlink_to(victim)
    before = snapshot(tmp_path)
    with pytest.raises(GuardError, match="is a symbolic link"):
        claim(out)
    assert snapshot(tmp_path) == before


def test_data_scripts_are_ascii_and_hold_no_markup_of_their_own(tmp_path):
    shelve(tmp_path)
    write_page(tmp_path, COLLECTION, hostile_pieces())
    for path in (tmp_path / "data").rglob("*.js"):
        text = path.read_bytes().decode("ascii")
        call = re.fullmatch(r'"use strict";Gallery\.receive\("[a-z]+",(.*)\);\n', text)
        assert call, path
        for literal in re.findall(r'JSON\.parse\(("(?:[^"\\]|\\.)*")\)', call[1]):
            json.loads(json.loads(literal))


def test_the_pages_own_code_can_be_read():
    shared = [(path.name, path.read_bytes()) for path in DRAWING.glob("*.js")]
    assert len(shared) > 3
    for name, content in (*static_files(), *shared):
        if not name.endswith(".svg"):
            assert all(len(line) <= 120 for line in content.decode().splitlines()), name


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere(tmp_path):
    index = page(tmp_path, [piece(1)]).index.read_text()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', index)[1]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", index)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_metadata_that_can_be_shown(raw):
    found = read_metadata(raw)
    json.dumps([found.text, [vars(trait) for trait in found.traits]])


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=12,
    )
)
def test_any_json_as_attributes_is_read(attributes):
    read_metadata(json.dumps({"attributes": attributes}).encode())
    read_metadata(json.dumps({"attributes": [{"trait_type": attributes, "value": 1}]}).encode())


def test_a_draft_says_what_is_known_before_it_is_painted():
    told = {
        "name": "Tide 1", "description": "A sea.", "image": "ipfs://x", "properties": {"seed": 1},
        "attributes": [{"trait_type": "Sea", "value": "calm"}, {"trait_type": "N", "value": 5}],
    }  # fmt: skip
    draft = read_draft(json.dumps(told).encode(), unknown={"N"})
    assert draft.fields.keys() == {"name", "description", "attributes"} and draft.text == ""
    assert [(trait.name, trait.value) for trait in draft.traits] == [("Sea", "calm")]


def test_metadata_beyond_a_megabyte_is_not_read():
    raw = json.dumps({"name": "x" * MAX_BYTES}).encode()
    assert read_metadata(raw).fields == {} and len(read_metadata(raw).text) == MAX_BYTES


# --- previews -----------------------------------------------------------------------------------


def test_a_preview_is_small_the_same_every_time_and_of_the_last_frame(tmp_path):
    shelve(tmp_path, 1)
    still = png(sea(0, 300))
    small = preview(still, 100)
    assert picture_size(small) == (100, 100) and small == preview(still, 100)
    assert kind_of(small) == ("image/webp", ".webp")
    last = (tmp_path / "media" / "0.gif").read_bytes()
    assert preview(last, 96) != preview(png(sea(0)), 96)
    assert preview(last, 96) == preview(last, 96)


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", b"not a picture", b"\x89PNG\r\n\x1a\n" + b"x" * 50]
)
def test_what_is_no_picture_has_no_size_and_no_preview(content):
    assert picture_size(content) == (0, 0)
    with pytest.raises(PictureError):
        preview(content, 100)


def test_a_picture_that_would_unfold_to_gigabytes_is_refused():
    header = png(sea(0)).replace((96).to_bytes(4, "big") * 2, (40_000).to_bytes(4, "big") * 2)
    with pytest.raises(PictureError):
        preview(header, 100)


def test_an_animation_of_more_frames_than_anyone_looks_at_is_left_where_it_is(monkeypatch):
    monkeypatch.setattr("nftforge.media.webp.FRAME_PIXELS", 10 * 16 * 16)
    frames = [Image.new("RGB", (16, 16), (20 * number, 0, 0)) for number in range(12)]
    target = io.BytesIO()
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:])
    with Image.open(io.BytesIO(preview(target.getvalue(), 16))) as shown:
        red = shown.convert("RGB").getpixel((8, 8))[0]
    assert abs(red - 20 * 9) < 10  # the tenth


@pytest.mark.parametrize("cut", [20, 40, 60, 90])
def test_whatever_a_decoder_makes_of_broken_bytes_is_no_picture(cut):
    target = io.BytesIO()
    Image.new("RGB", (64, 64)).save(target, "TIFF")
    broken = target.getvalue()[:8] + b"\xff" * cut + target.getvalue()[8 + cut :]
    try:
        preview(broken, 16)
    except PictureError:
        assert picture_size(broken) in ((0, 0), (64, 64))


# --- serving ------------------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path):
    page(tmp_path / "page", [piece(1)])
    (tmp_path / "secret.txt").write_text("secret")
    with PageServer(tmp_path / "page", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def ask(server, path, host=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.request("GET", path, headers={"Host": host} if host else {})
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_the_page_is_served_on_loopback(server):
    assert server.server_address[0] == "127.0.0.1"
    status, body = ask(server, "/")
    assert status == 200 and b"<!doctype html>" in body


@pytest.mark.parametrize("path", ["/../secret.txt", "/%2e%2e/secret.txt", "/media/", "/nothing"])
def test_nothing_but_files_of_the_folder_is_served(server, path):
    status, body = ask(server, path)
    assert status == 404 and b"secret" not in body


def test_a_page_from_elsewhere_cannot_read_it_by_rebinding_a_name(server):
    assert ask(server, "/", host="evil.example")[0] == 403


@pytest.mark.parametrize(
    ("target", "headers", "status"),
    [
        ("//[", [], 404),
        ("/%00", [], 404),
        ("/%ff", [], 404),
        ("/" + "a" * 5000, [], 404),
        ("/" + "a/" * 5000, [], 404),
        ("//../secret.txt", [], 404),
        ("/..%2fsecret.txt", [], 404),
        ("/%2e%2e%2fsecret.txt", [], 404),
        ("/link.txt", [], 404),
        ("/index.html", ["Range: bytes=" + "9" * 5000 + "-"], 200),
        ("/index.html", ["If-Modified-Since: \x7f\xff nonsense"], 200),
        ("/index.html", ["Host: evil.example"], 400),
    ],
)
def test_no_request_leads_out_of_the_folder_or_to_a_traceback(
    server, tmp_path, capfd, target, headers, status
):
    (tmp_path / "page" / "link.txt").symlink_to(tmp_path / "secret.txt")
    got, _, body = get_raw(server, target, *headers)
    assert got == status and b"secret" not in body
    assert capfd.readouterr().err == ""


def test_a_film_is_served_in_parts_and_not_again_when_it_is_known(server, tmp_path):
    film = bytes(range(256)) * 4000
    (tmp_path / "page" / "film.mp4").write_bytes(film)
    status, head, body = get_raw(server, "/film.mp4")
    assert (status, body) == (200, film) and b"video/mp4" in head and b"Accept-Ranges" in head
    status, head, body = get_raw(server, "/film.mp4", "Range: bytes=300000-300099")
    assert (status, body) == (206, film[300_000:300_100])
    etag = next(line for line in head.decode().splitlines() if line.lower().startswith("etag"))
    status, _, body = get_raw(server, "/film.mp4", f"If-None-Match: {etag.split(': ')[1]}")
    assert (status, body) == (304, b"")


def test_an_svg_stays_a_picture(server, tmp_path):
    (tmp_path / "page" / "a.svg").write_text("<svg/>")
    _, head, _ = get_raw(server, "/a.svg?x=1")
    assert b"content-security-policy: sandbox" in head.lower() and b"image/svg+xml" in head
