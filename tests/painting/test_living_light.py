"""The page of a painting, in Chromium with software GL, framed as marketplaces frame it."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from support.paintings import painting

from nftforge.media.webp import webp
from nftforge.painting.brushes import brush_names
from nftforge.painting.living_light import living_light
from nftforge.painting.relief import render
from nftforge.painting.settings import FLAT, Relief

pytestmark = pytest.mark.browser
LIT = Relief(0.8)
SANDBOX = '<iframe sandbox="allow-scripts" src="piece.html" width="600" height="400"></iframe>'


def page_of(strokes, relief=LIT) -> str:
    still = webp(render(strokes, *strokes.shape(256), relief))
    return living_light(strokes, relief, still, "60 <strokes>")


@pytest.fixture
def opened(browser: Browser, tmp_path) -> Iterator[object]:
    """Opens a page from the disk; nothing may be asked for, nothing complained of."""
    contexts, asked, errors = [], [], []

    def go(html: str, framed: bool = False, **options) -> Page:
        (tmp_path / "piece.html").write_text(html)
        (tmp_path / "frame.html").write_text(SANDBOX)
        context = browser.new_context(viewport={"width": 600, "height": 400}, **options)
        contexts.append(context)
        tab = context.new_page()
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        tab.goto(f"file://{tmp_path}/{'frame' if framed else 'piece'}.html")
        return tab

    yield go
    for context in contexts:
        context.close()
    assert errors == []
    assert {url.split("/")[-1] for url in asked if not url.startswith("data:")} <= {
        "piece.html", "frame.html",
    }  # fmt: skip


def ready(tab) -> None:
    expect(tab.locator("body")).to_have_attribute("data-ready", "true", timeout=60_000)


def pixels(tab) -> np.ndarray:
    url = tab.locator("canvas").evaluate("canvas => canvas.toDataURL()")
    shown = Image.open(io.BytesIO(base64.b64decode(url.split(",")[1])))
    return np.asarray(shown.convert("RGB")).astype(int)


@pytest.mark.parametrize("brush", brush_names())
def test_it_ends_as_our_own_still(opened, brush):
    strokes = painting(brush)
    tab = opened(page_of(strokes), reduced_motion="reduce")
    ready(tab)
    off = np.abs(pixels(tab) - render(strokes, *strokes.shape(1024), LIT))
    assert off.max() <= 3 and off.mean() < 0.4, (brush, off.max(), off.mean())


def test_in_a_sandboxed_frame_it_grows_then_the_lamp_follows_the_pointer(opened):
    strokes = painting("oil", count=20)
    tab = opened(page_of(strokes), framed=True)
    frame = tab.frame_locator("iframe")
    expect(frame.locator("canvas")).to_be_visible(timeout=20_000)
    begun = pixels(frame)
    assert max(begun.shape) == 512
    ready(frame)
    whole = render(strokes, *strokes.shape(512), LIT)
    assert np.abs(begun - whole).mean() > 10, "it was finished when it began"
    tab.mouse.move(590, 390)
    expect(frame.locator("body")).to_have_attribute(
        "data-lamp", re.compile(r"^0\.[5-9]\d+,0\.\d+$"), timeout=20_000
    )
    tab.wait_for_timeout(1000)
    right = tuple(
        float(part) for part in frame.locator("body").get_attribute("data-lamp").split(",")
    )
    assert right[0] > 0.3 and right[1] > 0.3
    lower = pixels(frame)
    upper = render(strokes, *strokes.shape(1024), LIT)
    assert np.abs(lower - upper).mean() > 2


def test_where_the_lamp_stands_the_other_way_it_is_our_still_lit_from_there(opened):
    strokes = painting("oil", count=20)
    tab = opened(page_of(strokes), reduced_motion="reduce")
    ready(tab)
    box = tab.locator("canvas").bounding_box()
    across, tall = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    far = np.hypot(0.55, 0.6) / np.hypot(np.hypot(0.55, 0.6), 0.75)  # as far out as at home
    step = far * np.sqrt(0.5) * min(box["width"], box["height"]) / 2
    tab.mouse.move(across + step, tall + step)
    tab.wait_for_timeout(300)
    ours = render(strokes, *strokes.shape(1024), Relief(0.8, light=135))
    assert np.abs(pixels(tab) - ours).mean() < 1


def test_it_stands_still_for_who_wants_no_motion(opened):
    tab = opened(page_of(painting("tape")), reduced_motion="reduce")
    ready(tab)
    before = tab.locator("body").get_attribute("data-lamp")
    tab.wait_for_timeout(700)
    assert tab.locator("body").get_attribute("data-lamp") == before
    assert tab.locator("body").get_attribute("data-grown") is None


def test_the_still_is_there_before_any_script_and_stays_without_webgl(opened):
    html = page_of(painting("oil"))
    tab = opened(html, java_script_enabled=False)
    assert tab.locator("#still").evaluate("still => still.naturalWidth") == 256
    broken = html.replace(
        "<script>", "<script>HTMLCanvasElement.prototype.getContext = () => null;", 1
    )
    tab = opened(broken)
    tab.wait_for_timeout(500)
    expect(tab.locator("#still")).to_be_visible()
    expect(tab.locator("canvas")).to_have_count(0)


def test_a_lost_context_leaves_the_still(opened):
    tab = opened(page_of(painting("tape")), reduced_motion="reduce")
    ready(tab)
    tab.evaluate(
        "document.querySelector('canvas').getContext('webgl').getExtension('WEBGL_lose_context')"
        ".loseContext()"
    )
    expect(tab.locator("#still")).to_be_visible()


def test_without_relief_it_grows_and_no_lamp_is_there(opened):
    strokes = painting("marker", count=10)
    tab = opened(page_of(strokes, FLAT), reduced_motion="reduce")
    ready(tab)
    off = np.abs(pixels(tab) - render(strokes, *strokes.shape(1024), FLAT))
    assert off.max() <= 1


def test_it_is_one_file_that_keeps_asks_and_draws_lots_for_nothing():
    html = page_of(painting("oil"))
    assert "default-src 'none'" in html and "60 &lt;strokes&gt;" in html
    script = html.split("<script>")[1]
    for word in (
        "localStorage", "sessionStorage", "indexedDB", "cookie", "fetch(", "XMLHttpRequest",
        "blob:", "Date", "performance", "Math.random", "crypto", "import(", "eval(", "http:",
        "https:",
    ):  # fmt: skip
        assert word not in script, word
    assert html.count("<script") == html.count("</script>") == 1
    assert page_of(painting("oil")) == html
