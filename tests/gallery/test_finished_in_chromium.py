"""Finished works in a real browser: each kind is seen or heard, and nothing else is asked for."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from support import nftforge
from support.artworks import artwork

pytestmark = pytest.mark.browser

ART = ("loop.gif", "film.webm", "tone.wav", "model.glb", "drawing.svg", "page.html")
PICTURES = (".gif", ".svg")
SPY = """<!doctype html><title>Art</title><style>html { background: #e63946 }</style><script>
let seen = "no more";
try { seen = parent.document.title; } catch {}
document.title = `sees ${seen}`;
</script>"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished")
    lines = []
    for hue, name in enumerate(ART):
        path = artwork(folder / name, 30 * hue)
        files = f"image: {name}"
        if path.suffix not in PICTURES:
            cover = artwork(folder / f"{path.stem}.png", 30 * hue)
            files = f"media: {name}, image: {cover.name}"
        lines.append(f"  - {{{files}, name: {path.stem.title()}}}\n")
    (folder / "page.html").write_text(SPY)
    path = folder / "collection.yaml"
    path.write_text(f"name: Made\nsymbol: MADE\npaint: none\npieces:\n{''.join(lines)}")
    result = nftforge("run", path)
    assert result.code == 0, result.err
    return folder / ".nftforge" / "gallery" / "embedded"


def once(frame, words: str) -> None:
    """Waits until the page says so; its policy forbids Playwright's own way of waiting."""
    for _ in range(200):
        if frame.evaluate(words):
            return
        frame.wait_for_timeout(50)
    raise AssertionError(words)


def looked_at(visitor, shown, name: str, way: str = ""):
    page = visitor(shown).go(f"#/piece/{1 + ART.index(name)}")
    if way:
        page.get_by_role("button", name=way, exact=True).click()
    return page


def test_every_work_has_its_picture_on_the_wall(visitor, shown):
    page = visitor(shown).go()
    expect(page.locator(".card")).to_have_count(len(ART))
    page.evaluate("Promise.all([...document.images].map((image) => image.decode()))")
    assert page.evaluate("[...document.images].every((image) => image.naturalWidth > 0)")


def test_a_film_plays_and_a_gif_moves(visitor, shown):
    page = looked_at(visitor, shown, "film.webm", "In motion")
    once(page, "document.querySelector('.frame video')?.readyState >= 2")
    page = looked_at(visitor, shown, "loop.gif", "In motion")
    expect(page.locator(".frame img")).to_have_attribute("alt", "Loop")


def test_a_sound_is_heard_beside_its_cover(visitor, shown):
    page = looked_at(visitor, shown, "tone.wav", "Listen")
    once(page, "document.querySelector('audio')?.duration > 0.2")
    expect(page.locator(".frame img")).to_be_visible()


def test_a_model_is_a_cover_and_a_file_to_save(visitor, shown):
    page = looked_at(visitor, shown, "model.glb", "The model")
    link = page.get_by_role("link", name="Save the model (GLB, ")
    assert link.get_attribute("href").endswith(".glb")
    expect(page.locator(".frame img")).to_be_visible()


def test_a_drawing_is_a_picture(visitor, shown):
    page = looked_at(visitor, shown, "drawing.svg")
    once(page, "document.querySelector('.frame img')?.src.endsWith('.svg')")


def test_a_page_runs_in_its_frame_and_sees_nothing_else(visitor, shown):
    page = looked_at(visitor, shown, "page.html", "The page")
    frame = page.locator(".frame iframe")
    expect(frame).to_have_attribute("sandbox", "allow-scripts")
    inner = frame.element_handle().content_frame()
    once(inner, "document.title.startsWith('sees')")
    assert inner.title() == "sees no more"


def test_nothing_speaks_of_painting(visitor, shown):
    page = looked_at(visitor, shown, "film.webm")
    expect(page.get_by_role("button", name="The picture", exact=True)).to_be_visible()
    assert "stroke" not in page.locator("main").inner_text().lower()
    expect(page.get_by_role("button", name="Source picture")).to_have_count(0)
