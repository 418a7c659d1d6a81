"""docs/lab/odd-pictures.md says what nftforge says: it is written by running it.

NFTFORGE_GOLDEN=overwrite pytest tests/docs/test_odd_pictures.py
"""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from support import picture
from support.odd_pictures import ODD, animation

from nftforge.config.load import load_collection
from nftforge.core.errors import NftforgeError, PictureError
from nftforge.media.pictures import load_picture

PAGE = Path(__file__).parents[2] / "docs" / "lab" / "odd-pictures.md"
HEAD = """\
# Odd pictures, and what is said of each

Written by `NFTFORGE_GOLDEN=overwrite pytest tests/docs/test_odd_pictures.py`, which fails when
anything else is said. Content decides, never a file's name: each file was tried under other names
too (tests/media/test_formats.py).

## Files

| file | what it is | what nftforge says | what to do |
|---|---|---|---|
"""
FRAMES = """
## Frames of an animation

| in the collection | the file | what nftforge says | what to do |
|---|---|---|---|
"""
NAMES = """
## Names

What a collection file names, and what lies in the folder.

| written | there is | what nftforge says | what to do |
|---|---|---|---|
"""
IDS = """
## Ids

The id of a piece whose picture has this name, if no `id:` is written; pieces of one collection.

| picture | id |
|---|---|
"""
LETTERS_APART = unicodedata.normalize("NFD", "café.png")
THERE = [
    ("café.png", LETTERS_APART, "the same with its accent apart, as in a Mac's zip"),
    ("cat.png", "Cat.PNG", ""),
    ("cat.jpg", "cat.jpeg", ""),
    ("sunrice.png", "sunrise.png", ""),
    (r"images\cat.png", "images/cat.png", ""),
    ("images/cat.png", "cat.png", ""),
    ("cat.png", ".cat.png.icloud", ""),
    ("cat.png", "moon.png", ""),
]
NAMED = ["Blue Sky.png", "café.png", "写真001.png", "猫.png", "犬.png", "Кот.png", "🌅.png",
         "猫1.png", "犬1.png"]  # fmt: skip


def row(*cells: str) -> str:
    return "| " + " | ".join(cell.strip() for cell in cells) + " |\n"


def said(error: NftforgeError, folder: Path) -> tuple[str, str]:
    return error.fact.replace(f"{folder}/", ""), error.hint.replace(f"{folder}/", "")


def tried(folder: Path, content: bytes, name: str, frame: int | None = None) -> tuple[str, str]:
    path = folder / name
    path.write_bytes(content)
    try:
        notes = load_picture(path, 64, frame).notes
    except PictureError as error:
        return said(error, folder)
    return "*read* " + " ".join(notes).replace(f"{folder}/", ""), ""


def found(folder: Path, written: str, there: str) -> tuple[str, str]:
    picture(folder / "drawn.png").rename(_made(folder / there))
    try:
        _load(folder, [written])
    except NftforgeError as error:
        fact, hint = said(error, folder)
        return fact.removeprefix("collection.yaml:4: pieces[0].image: "), hint
    return "*found*", ""


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _load(folder: Path, images: list[str]) -> list[str]:
    pieces = "".join(f"  - {{image: '{image}', name: X}}\n" for image in images)
    file = folder / "collection.yaml"
    file.write_text(f"name: X\nsymbol: X\npieces:\n{pieces}", encoding="utf-8")
    return load_collection(file).ids


@pytest.fixture
def page(tmp_path):
    text = HEAD
    for odd in ODD:
        text += row(f"`{odd.name}`", odd.about, *tried(tmp_path, odd.content, odd.name))
    text += FRAMES
    dance = animation("GIF", 1, 3)
    for frame in (1, 3, 4, 5):
        told = tried(tmp_path, dance, "dance.gif", frame)
        text += row(f"`frame: {frame}`", "4 frames, the first is blank", *told)
    text += NAMES
    for number, (written, there, about) in enumerate(THERE):
        told = found(tmp_path / str(number), written, there)
        text += row(f"`{written}`", about or f"`{there}`", *told)
    text += IDS
    for name in NAMED:
        picture(tmp_path / name)
    for name, made in zip(NAMED, _load(tmp_path, NAMED), strict=True):
        text += row(f"`{name}`", f"`{made}`")
    return text


def test_the_page_says_what_nftforge_says(page):
    if os.environ.get("NFTFORGE_GOLDEN") == "overwrite":
        PAGE.write_text(page, encoding="utf-8")
    assert page == PAGE.read_text(encoding="utf-8")
