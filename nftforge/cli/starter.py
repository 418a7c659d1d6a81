"""`nftforge init`: a collection that runs as it is, with two pictures drawn on the spot."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import nftforge
from nftforge.core.errors import ConfigError
from nftforge.media.png import write_png

COLLECTION = """\
# yaml-language-server: $schema=collection.schema.json
name: My First Collection
symbol: FIRST
description: Painted stroke by stroke.
seed: 7                      # the same seed paints the same strokes

paint:
  brush: oil                 # nftforge brushes
  strokes: 200
  size: 3000                 # longer side of the still, pixels; marketplaces ask for this
  canvas: white

media:
  gif: {size: 384}
  mp4: true

pieces:
  - image: images/sunrise.png
    name: Sunrise
    traits: {Time: Morning}
  - image: images/moonlight.png
    name: Moonlight
    brush: tape
    traits: {Time: Night}

pin: {to: [local]}           # a blockstore and a CAR on this disk
contract: {royalty_percent: 5}
mint: {network: embedded}    # a rehearsal; see `nftforge networks`
"""


GITIGNORE = """\
# made by nftforge, and secrets; pieces.lock.csv and pieces.orders.jsonl are not here: commit them
.nftforge*/
.env
out/
"""


def write_starter(folder: Path) -> Path:
    """Write collection.yaml, its schema and two pictures. Raises ConfigError if it is there."""
    from json import dumps

    from nftforge.config.load import schema

    path = folder / "collection.yaml"
    if path.exists():
        raise ConfigError(f"{path} is there already", hint="nftforge init ANOTHER_FOLDER")
    (folder / "images").mkdir(parents=True, exist_ok=True)
    sun = _scene((255, 196, 120), (226, 88, 74), (255, 244, 200), (0.62, 0.42), (56, 92, 110))
    moon = _scene((24, 32, 74), (66, 84, 150), (240, 240, 222), (0.30, 0.28), (16, 20, 44))
    write_png(folder / "images" / "sunrise.png", sun)
    write_png(folder / "images" / "moonlight.png", moon)
    (folder / "collection.schema.json").write_text(dumps(schema(), indent=2) + "\n")
    path.write_text(COLLECTION, encoding="utf-8")
    return path


def write_gitignore(folder: Path) -> list[str]:
    """Write one if there is none. Returns the lines that one which is there lacks."""
    path, ours = folder / ".gitignore", GITIGNORE.splitlines()[1:]
    if not os.path.lexists(path):
        path.write_text(GITIGNORE, encoding="utf-8")
        return []
    theirs = path.read_text(encoding="utf-8", errors="replace").splitlines()
    there = {line.strip().strip("/") for line in theirs}
    return [line for line in ours if line.strip("/") not in there]


def write_env_example(folder: Path) -> bool:
    """Write the list of variables that nftforge reads; whether there was none, and it is ours."""
    path = folder / ".env.example"
    text = _env_example()
    if os.path.lexists(path) or not text:
        return False
    path.write_text(text, encoding="utf-8")
    return True


def _env_example() -> str:
    """As it comes with the package, or stands beside it where it runs from its sources."""
    package = Path(nftforge.__file__).parent
    places = (package / "env.example", package.parent / ".env.example")
    return next((path.read_text(encoding="utf-8") for path in places if path.is_file()), "")


def _scene(
    top: tuple[int, int, int],
    bottom: tuple[int, int, int],
    disc: tuple[int, int, int],
    place: tuple[float, float],
    hills: tuple[int, int, int],
    size: int = 512,
) -> NDArray[np.uint8]:
    """A sky with a disc over hills, uint8 [size, size, 3]."""
    y, x = np.mgrid[0:size, 0:size] / size
    sky = np.array(top) * (1 - y[..., None]) + np.array(bottom) * y[..., None]
    distance = np.hypot(x - place[0], y - place[1])
    glow = np.exp(-(((distance - 0.11).clip(0) / 0.16) ** 2))[..., None]
    picture = sky * (1 - 0.75 * glow) + np.array(disc) * 0.75 * glow
    picture[distance < 0.11] = disc
    for depth in range(3):
        line = 0.66 + 0.1 * depth + 0.05 * np.sin(x * (7 - depth) + 2.1 * depth + 4 * place[0])
        shade = np.array(hills) * (1.35 - 0.35 * depth)
        picture[y > line] = shade.clip(0, 255)
    return np.asarray(picture.round(), np.uint8)
