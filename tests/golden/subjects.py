"""The collections that goldens are of. Their pictures are committed: a PNG's bytes are Pillow's."""

from __future__ import annotations

import shutil
from pathlib import Path

from golden.golden import PICTURES, Desk

FULL = """\
name: Golden
symbol: GLD
description: Four small paintings, frozen.
external_url: https://golden.example
seed: 7
paint: {brush: oil, strokes: 8, size: 64, palette: 4, canvas: "#f4efe6"}
media: {gif: {size: 48, frames: 4, hold_ms: 400}, mp4: {size: 48}, svg: true}
pieces:
  - image: images/one.png
    name: One
    brush: tape
    background_color: "#112233"
    traits:
      Kind: first
      Level: {value: 3, display_type: number, max_value: 5}
      Boost: {value: 12.5, display_type: boost_percentage}
      Born: {value: 1767225600, display_type: date}
      Ratio: 0.5
      Odd: true
  - image: images/two.png
    name: Zwei — zweite
    id: second
    brush: watercolor
    description: Its *own* words.
    external_url: https://golden.example/two
    traits: {Kind: second, Level: {value: 4, display_type: number, max_value: 5}, Odd: false}
  - {image: images/three.png, name: Three, brush: marker, strokes: 6, seed: 11}
  - {image: images/four.png, name: Four, traits: {Kind: first}}
contract: {royalty_percent: 5, max_supply: 10, external_url: https://golden.example/contract}
mint: {network: embedded, to: holders.csv}
"""
HOLDERS = """\
piece,address
one,0x52908400098527886E0F7030069857D2E4169EE7
second,0xb0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0
three,0x52908400098527886E0F7030069857D2E4169EE7
four,0x52908400098527886E0F7030069857D2E4169EE7
"""
SMALL = """\
name: Kept
symbol: KPT
description: Two small paintings of v0.1.0.
seed: 3
paint: {brush: tape, strokes: 6, size: 48, canvas: white}
media: {gif: {size: 32, frames: 3, hold_ms: 300}, mp4: false}
pieces:
  - {image: images/one.png, name: One, traits: {Kind: first, Level: {value: 3, display_type: number}}}
  - {image: images/two.png, name: Two, brush: oil, background_color: white}
contract: {royalty_percent: 2.5}
mint: {network: embedded}
"""  # noqa: E501
HIDDEN = SMALL.replace("embedded}", "embedded, placeholder: images/hidden.png}")
SMALL_PICTURES = ("one", "two", "hidden")
PICTURE_NAMES = ("one", "two", "three", "four", "hidden", "square")


def full(folder: Path) -> Desk:
    """Four brushes, every kind of trait, an airdrop."""
    (folder / "holders.csv").write_text(HOLDERS, encoding="utf-8")
    return _written(folder, FULL, PICTURE_NAMES)


def small(folder: Path, text: str = SMALL) -> Desk:
    return _written(folder, text, SMALL_PICTURES)


def _written(folder: Path, text: str, pictures: tuple[str, ...]) -> Desk:
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for name in pictures:
        shutil.copy(PICTURES / f"{name}.png", folder / "images")
    (folder / "collection.yaml").write_text(text, encoding="utf-8")
    return Desk(folder)


def as_v0_1_0(text: str) -> str:
    """A collection painted and drawn as v0.1.0 did: what is not minted yet would follow the form,
    in less time, and be lit by now."""
    older = text.replace("canvas: white}", "canvas: white, relief: 0, flow: 0, schedule: 1}")
    assert older != text
    return older
