"""The replay draws the painter's strokes: every brush, in Chromium, against our own drawing."""

from __future__ import annotations

import ast
import base64
import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from support.gallery_pages import COLLECTION, piece, shelve
from support.paintings import painting

from nftforge.gallery.data import script, shared_script
from nftforge.gallery.page import write_page
from nftforge.painting import relief
from nftforge.painting.brushes import brush_names
from nftforge.painting.canvas import render
from nftforge.painting.javascript import brush_script, drawing_script, replay
from nftforge.painting.settings import FLAT, Relief

pytestmark = pytest.mark.browser
PAINTER, LIT, LIT_FROM = "replay/painter.js", Relief(0.8), 100


@pytest.fixture(scope="module")
def strokes_page(tmp_path_factory):
    """One piece for each brush, with its strokes."""
    out = tmp_path_factory.mktemp("strokes")
    shelve(out)
    pieces = []
    for at, name in enumerate(brush_names(), start=1):
        for light, key in ((FLAT, at), (LIT, LIT_FROM + at)):
            strokes, place = painting(name), f"replay/{name}-{key}.js"
            data = {
                **replay(strokes, light),
                "script": f"replay/brush-{name}.js",
                "painter": PAINTER,
            }
            (out / data["script"]).write_text(shared_script(data["script"], brush_script(strokes)))
            (out / place).write_text(script("replay", place, data))
            pieces.append(piece(key, replay=place))
    (out / PAINTER).write_text(shared_script(PAINTER, drawing_script()))
    write_page(out, COLLECTION, pieces)
    return out


def at_stroke(page, stroke: int) -> np.ndarray:
    """The canvas when it has come to `stroke`, uint8 [h, w, 3]."""
    page.locator("#scrubber").fill(str(stroke))
    expect(page.locator("canvas")).to_have_attribute("data-stroke", str(stroke), timeout=30_000)
    url = page.evaluate("document.querySelector('canvas').toDataURL()")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGB"))


def open_replay(visitor, folder, key: int):
    page = visitor(folder).go(f"#/piece/{key}")
    page.get_by_role("button", name="Stroke by stroke").click()
    return page


@pytest.mark.parametrize("brush", brush_names())
def test_every_brush_is_drawn_as_the_painter_draws_it(visitor, strokes_page, brush):
    page = open_replay(visitor, strokes_page, brush_names().index(brush) + 1)
    strokes = painting(brush)
    for stroke in (1, 25, 59, 12):  # the last one backwards, from a snapshot
        ours = render(strokes.prefix(stroke), *strokes.shape(512)).astype(int)
        off = np.abs(at_stroke(page, stroke).astype(int) - ours)
        assert off.max() <= 1 and off.mean() < 0.01, (brush, stroke, off.max(), off.mean())


@pytest.mark.parametrize("brush", brush_names())
def test_every_brush_is_lit_as_its_still_is(visitor, strokes_page, brush):
    page = open_replay(visitor, strokes_page, LIT_FROM + brush_names().index(brush) + 1)
    strokes = painting(brush)
    for stroke in (25, 59, 12):
        ours = relief.render(strokes.prefix(stroke), *strokes.shape(512), LIT).astype(int)
        off = np.abs(at_stroke(page, stroke).astype(int) - ours)
        assert off.max() <= 3 and off.mean() < 0.3, (brush, stroke, off.max(), off.mean())


def test_the_lamp_follows_the_pointer_and_goes_home(visitor, strokes_page):
    page = open_replay(visitor, strokes_page, LIT_FROM + 1)
    home = at_stroke(page, 59)
    box = page.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.9 * box["height"])
    page.wait_for_timeout(500)
    assert np.abs(at_stroke(page, 59).astype(int) - home).mean() > 2
    page.mouse.move(0, 0)
    page.wait_for_timeout(1500)
    assert np.abs(at_stroke(page, 59).astype(int) - home).max() <= 1


def test_the_scrubber_ends_with_the_still_and_is_told_in_words(visitor, strokes_page):
    page = open_replay(visitor, strokes_page, 1)
    slider = page.get_by_role("slider", name="Stroke")
    expect(slider).to_have_attribute("aria-valuetext", "60 of 60 strokes")
    expect(page.get_by_alt_text("The finished painting")).to_be_visible()
    slider.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "0 of 60 strokes")
    slider.press("ArrowRight")
    expect(page.locator(".stroke-count")).to_have_text("1 of 60 strokes")
    expect(page.get_by_alt_text("The finished painting")).to_be_hidden()
    slider.press("End")
    still = page.get_by_alt_text("The finished painting")
    assert still.evaluate("still => getComputedStyle(still).animationName") == "settle"
    expect(still).to_have_css("opacity", "1")


def test_replay_plays_to_the_end_and_pauses(visitor, strokes_page):
    page = open_replay(visitor, strokes_page, 1)
    page.locator("#scrubber").fill("50")
    page.get_by_role("button", name="Replay").click()
    page.get_by_role("button", name="Pause").click()
    paused = int(page.locator("#scrubber").input_value())
    assert 50 <= paused < 60
    page.get_by_role("button", name="Replay").click()
    expect(page.locator(".stroke-count")).to_have_text("60 of 60 strokes")
    expect(page.get_by_role("button", name="Replay")).to_be_visible()


def test_the_source_picture_is_beside_it_or_a_note_why_not(visitor, strokes_page):
    page = open_replay(visitor, strokes_page, 1)
    page.get_by_role("button", name="Source picture").click()
    expect(page.locator(".beside")).to_have_text("The source picture is not on this machine.")


def test_python_that_has_no_translation_is_refused():
    from nftforge.painting.javascript import UntranslatableError, _Function, _Program

    tree = ast.parse("def f(x):\n    while x: x -= 1\n    return x").body[0]
    with pytest.raises(UntranslatableError, match="while"):
        _Function(_Program(), {}, tree).script("f")
