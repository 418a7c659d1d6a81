"""A page (HTML) is put into the gallery's folder only if it is the artist's own finished work."""

from __future__ import annotations

import pytest
from support.artworks import artwork

from nftforge.core.errors import MismatchError
from nftforge.core.loopback import Request
from nftforge.gallery.serve import reply
from nftforge.ipfs.metadata import token_metadata
from nftforge.ipfs.unixfs import PROFILES, import_path
from nftforge.pipeline.gallery.pieces import GalleryToken, Local, read_pieces


def absent(cid):
    raise MismatchError(f"{cid} is not here")


@pytest.mark.parametrize("finished", [True, False])
def test_only_an_artists_own_page_is_shown(tmp_path, finished):
    page, cover = artwork(tmp_path / "a.html"), artwork(tmp_path / "a.png")
    cids = {path: import_path(path, PROFILES["kubo-v1"]).cid for path in (page, cover)}
    text = token_metadata(
        name="A", description="", image=cids[cover], animation=cids[page], external_url=None,
        background_color=None, attributes=[], properties={"piece": "a"},
    )  # fmt: skip
    files = {cid: path for path, cid in cids.items()}
    local = Local("A", text=text, files=files, finished=finished)
    token = GalleryToken(None, "", "", minted=False, piece="a")
    (shown,) = read_pieces(
        [token], absent, {"a": local}, tmp_path / "out", private=True, on_done=lambda done: None
    )
    place = f"media/{cids[page]}.html"
    assert shown.image.file and shown.animation.mime == "text/html"
    assert shown.animation.file == (place if finished else "")
    assert (tmp_path / "out" / place).is_file() == finished
    assert shown.animation.why == ("" if finished else "text/html is not shown here")


def test_an_artists_page_opened_by_itself_is_kept_apart(tmp_path):
    artwork(tmp_path / "media/a.html")
    artwork(tmp_path / "index.html")
    policies = [
        reply(Request("GET", name, {}), tmp_path).headers.get("Content-Security-Policy")
        for name in ("/media/a.html", "/index.html")
    ]
    assert policies == ["sandbox allow-scripts", None]
