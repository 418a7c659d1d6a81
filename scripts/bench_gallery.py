#!/usr/bin/env python3
"""The gallery: how soon 10,000 pieces are there, what they weigh, how quick the replay is.

Needs chromium and `pip install -e .[dev]`. The pages are made of plain values (gallery_pages of the
tests), served on loopback, opened with an empty cache. Prints the figures of docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.gallery_pages import COLLECTION, page, piece, shelve  # noqa: E402

from nftforge.gallery.data import script  # noqa: E402
from nftforge.gallery.page import write_page  # noqa: E402
from nftforge.gallery.serve import PageServer  # noqa: E402
from nftforge.painting.engine import paint  # noqa: E402
from nftforge.painting.javascript import brush_script, replay  # noqa: E402
from nftforge.painting.settings import PaintSettings  # noqa: E402

FIRST = """() => new Promise((resolve) => {
  const look = () => document.querySelector('.card img')?.complete
    ? requestAnimationFrame(() => resolve(performance.now())) : setTimeout(look, 2);
  look();
})"""
SEEK = """(stroke) => new Promise((resolve) => {
  const slider = document.getElementById('scrubber'), canvas = document.querySelector('canvas');
  const start = performance.now();
  slider.value = stroke;
  slider.dispatchEvent(new Event('input'));
  const look = () => canvas.dataset.stroke === String(stroke)
    ? resolve(performance.now() - start) : requestAnimationFrame(look);
  look();
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pieces", type=int, default=10_000)
    parser.add_argument("--strokes", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    program = shutil.which("chromium")
    assert program, "apt-get install chromium"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        many(browser, Path(folder) / "many", options.pieces, options.rounds)
        scrub(browser, Path(folder) / "strokes", options.strokes)
        browser.close()


def many(browser: Browser, out: Path, count: int, rounds: int) -> None:
    started = time.perf_counter()
    page(out, [piece(at) for at in range(1, count + 1)])
    print(f"{count} pieces: page written in {time.perf_counter() - started:.1f} s")
    first, whole, weights = [], [], []
    for _ in range(rounds):
        with served(out) as server:
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            tab = context.new_page()
            sizes: list[str] = []
            tab.on("response", lambda answer, to=sizes: to.append(answer.headers["content-length"]))
            tab.goto(server.url, wait_until="commit")
            first.append(tab.evaluate(FIRST))
            weights.append(sum(map(int, sizes)))
            whole.append(tab.evaluate("Gallery.complete.then(() => performance.now())"))
            frames = tab.evaluate(SCROLL)
            context.close()
    print(f"first view, ms: {spread(first)}; all rows there: {spread(whole)}")
    print(f"bytes until the first view: {statistics.median(weights):.0f}")
    print(f"scrolling all of it in 3 s, ms between frames: {spread(frames)}")
    print(f"data: {weigh(out / 'data'):.1f} MB in {len(list((out / 'data').rglob('*.js')))} files")


SCROLL = """() => new Promise((resolve) => {
  const times = [], start = performance.now(), height = document.documentElement.scrollHeight;
  const step = (now) => {
    times.push(now);
    scrollTo({top: height * (now - start) / 3000, behavior: 'instant'});
    if (now - start < 3000) requestAnimationFrame(step);
    else resolve(times.slice(1).map((time, at) => time - times[at]));
  };
  requestAnimationFrame(step);
})"""


def scrub(browser: Browser, out: Path, strokes: int) -> None:
    from skimage import data

    shelve(out)
    picture = data.astronaut()[::2, ::2] / 255
    painting = paint(
        picture.astype("float32"), None, PaintSettings(strokes=strokes), lambda *_: None
    ).strokes
    (out / "replay" / "brush-oil.js").write_text(
        f'"use strict";Gallery.receive("brush","replay/brush-oil.js",{brush_script(painting)});'
    )
    text = script("replay", "replay/a.js", {**replay(painting), "script": "replay/brush-oil.js"})
    (out / "replay" / "a.js").write_text(text)
    write_page(out, COLLECTION, [piece(1, replay="replay/a.js")])
    with served(out) as server:
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        tab.goto(server.url + "#/piece/1")
        tab.get_by_role("button", name="Stroke by stroke").click()
        started = time.perf_counter()
        tab.wait_for_selector("canvas[data-ready]")
        print(f"{strokes} strokes: replay ready in {time.perf_counter() - started:.1f} s")
        order = [(at * 211) % strokes for at in range(1, 60)]
        print(f"to any stroke, ms: {spread([tab.evaluate(SEEK, stroke) for stroke in order])}")
    kinds = {name: (out / "replay" / name).stat().st_size for name in ("a.js", "brush-oil.js")}
    print(f"bytes: {json.dumps(kinds)}")


def spread(values: list[float]) -> str:
    ordered = sorted(values)
    high = ordered[int(0.95 * (len(ordered) - 1))]
    return f"median {statistics.median(ordered):.0f}, 95 % {high:.0f}, most {ordered[-1]:.0f}"


def weigh(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


class served:  # noqa: N801
    """The page of a folder on loopback."""

    def __init__(self, folder: Path) -> None:
        self.server = PageServer(folder, 0)

    def __enter__(self) -> PageServer:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self.server

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


if __name__ == "__main__":
    main()
