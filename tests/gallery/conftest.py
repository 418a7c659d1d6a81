"""One Chromium for all tests of the page; each test has a context, and hears of every misdeed."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from support.gallery_pages import COLLECTION, hostile_page, page, piece, shelve
from support.market import open_market, undone_after
from support.page_shop import PageShop

from nftforge.gallery.page import write_page
from nftforge.gallery.serve import PageServer

WATCH = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error("CSP", event.violatedDirective, event.blockedURI));
"""


@dataclass
class Seen:
    """What a page did: addresses asked for, and what it complained of."""

    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@dataclass
class Visit:
    page: Page
    base: str
    seen: Seen

    def go(self, place: str = "#/") -> Page:
        """Open a view and wait until all data is there."""
        self.page.goto(self.base + place)
        self.page.evaluate("Gallery.complete")
        return self.page


Visitor = Callable[..., Visit]


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    """Opens a page's folder, served on loopback (or from the disk); closes everything after."""
    opened: list[Any] = []
    visits: list[Visit] = []

    def visit(folder: Path, *, served: bool = True, **context: Any) -> Visit:
        base = f"file://{folder}/index.html"
        if served:
            server = PageServer(folder, 0)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            opened.append(server)
            base = server.url
        given = {"viewport": {"width": 1280, "height": 900}, **context}
        there = browser.new_context(**given)
        opened.append(there)
        there.set_default_timeout(30_000)
        there.add_init_script(WATCH)
        seen, tab = Seen(), there.new_page()
        tab.on("request", lambda request: seen.requests.append(request.url))
        tab.on("pageerror", lambda error: seen.errors.append(str(error)))
        tab.on(
            "console",
            lambda said: seen.errors.append(said.text) if said.type == "error" else None,
        )
        visits.append(Visit(tab, base, seen))
        return visits[-1]

    yield visit
    for each in reversed(opened):
        if isinstance(each, PageServer):
            each.shutdown()
            each.server_close()
        else:
            each.close()
    for each in visits:
        assert each.seen.errors == []


@pytest.fixture(scope="session")
def tides(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two dozen pieces with tame metadata, three of them not minted yet."""
    out = tmp_path_factory.mktemp("tides")
    pieces = [piece(token_id) for token_id in range(1, 22)]
    pieces += [
        piece(at, key=f"new-{at}", minted=False, tx="", token_uri="") for at in range(22, 24)
    ]
    pieces.append(piece(24, key="new-x", token_id=None, minted=False, owner="", preview=""))
    page(out, pieces)
    return out


@pytest.fixture(scope="session")
def unfinished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One piece that is minted, one to be painted, one of which nothing came; for the artist."""
    out = tmp_path_factory.mktemp("unfinished")
    nothing: dict[str, Any] = {"image": None, "still": None, "preview": "", "cids": []}
    coming = {**nothing, "minted": False, "token_id": None, "owner": "", "tx": "", "token_uri": ""}
    shelve(out)
    shutil.copy(out / "preview" / "2.webp", out / "source" / "2.webp")
    write_page(
        out,
        COLLECTION,
        [
            piece(1),
            piece(2, key="new-2", **coming, awaits="painted", source="source/2.webp"),
            piece(3, **nothing, problem="the block is not in /home/ada"),
        ],
    )
    return out


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three pieces as others see them, one of them not painted yet."""
    out = tmp_path_factory.mktemp("published")
    coming: dict[str, Any] = {"image": None, "still": None, "preview": "", "minted": False}
    pieces = [piece(1, {"background_color": "#fff"}), piece(2)]
    pieces.append(piece(3, key="new-3", token_id=None, **coming, awaits="painted"))
    page(out, pieces, replace(COLLECTION, private=False, picture="social.jpg"))
    return out


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("hostile")
    hostile_page(out)
    return out


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten thousand."""
    out = tmp_path_factory.mktemp("many")
    page(out, [piece(token_id) for token_id in range(1, 10_001)])
    return out


@pytest.fixture(scope="module")
def opened():
    with open_market() as url:
        yield url


@pytest.fixture
def market(opened):
    with undone_after(opened) as market:
        yield market


@pytest.fixture
def shop(market, visitor, tmp_path):
    return PageShop(market, visitor, tmp_path)
