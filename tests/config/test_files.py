"""A file that a collection names is found as people mean it, or what stands there is named."""

from __future__ import annotations

import shutil
import unicodedata

import pytest
from support import picture
from support.machine import ANVIL

from nftforge.config.files import instead, locate
from nftforge.config.load import load_collection
from nftforge.core.errors import ConfigError
from nftforge.pipeline.job import Job
from nftforge.pipeline.minting.open import placeholder_item
from nftforge.pipeline.minting.recipients import recipients
from nftforge.pipeline.paint import paint_stage

CAFE = "café"
COMPOSED, APART = (unicodedata.normalize(form, CAFE) for form in ("NFC", "NFD"))


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


@pytest.mark.parametrize(("disk", "written"), [(APART, COMPOSED), (COMPOSED, APART)])
def test_a_name_is_found_however_its_letters_are_encoded(tmp_path, disk, written):
    touch(tmp_path, f"{disk}/{disk}.png")
    assert locate(tmp_path, f"{written}/{written}.png") == tmp_path / disk / f"{disk}.png"
    assert locate(tmp_path, f"./{written}/../{written}/{written}.png").exists()


def test_of_two_that_look_alike_the_one_that_is_written_is_taken(tmp_path):
    touch(tmp_path, f"{APART}.png", f"{COMPOSED}.png")
    for name in (APART, COMPOSED):
        assert locate(tmp_path, f"{name}.png").name == f"{name}.png"


def test_what_is_nowhere_is_where_it_was_written(tmp_path):
    for name in ("gone.png", "gone/cat.png", "../gone.png", "/gone/cat.png"):
        assert locate(tmp_path, name) == tmp_path / name


def test_a_file_that_came_since_is_found(tmp_path):
    touch(tmp_path, "a.png")
    assert not locate(tmp_path, f"{COMPOSED}.png").exists()
    touch(tmp_path, f"{APART}.png")
    assert locate(tmp_path, f"{COMPOSED}.png").exists()


@pytest.mark.parametrize(
    ("there", "written", "said"),
    [
        ("images/Cat.PNG", "images/cat.png", "there is images/Cat.PNG: capitals and small letters"),
        ("Images/cat.png", "images/cat.png", "there is Images/cat.png: capitals and small letters"),
        ("images/cat.jpeg", "images/cat.jpg", "there is images/cat.jpeg"),
        (
            "images/cat.png",
            "images/*.png",
            "name one file; for a piece of each picture write `- from: images/*.png`",
        ),
        ("images/cat.png", "images", "it is a folder: name a file in it; for a piece of each"),
        ("images/Cat.jpeg", "images/cat.png", "there is images/Cat.jpeg"),
        ("images/sunrise.png", "images/sunrice.png", "there is images/sunrise.png"),
        (f"images/{APART.upper()}.png", f"images/{COMPOSED}.png", "capitals and small letters"),
        ("images/cat.png", r"images\cat.png", "write images/cat.png, with / between folders"),
        ("images/cat.png", "pictures/cat.png", "there is no folder"),
        ("images/cat.png", "pictures/cat.png", "; there is images/cat.png"),
        ("images/cat.png", "cat.png", "there is images/cat.png"),
        ("cat.png", "images/cat.png", "; there is cat.png"),
        ("images/cat.png", "https://art.example/cat.png", "this is an address: save the picture"),
        ("images/cat.png", "~/cat.png", "~ is your shell's word for your folder"),
        ("images/.cat.png.icloud", "images/cat.png", "Download Now"),
        ("images/cat.png", "images", "it is a folder"),
    ],
)
def test_what_stands_there_instead_is_named(tmp_path, there, written, said):
    touch(tmp_path, there)
    assert said in instead(tmp_path, written)


def test_nothing_is_named_that_is_not_near(tmp_path):
    touch(tmp_path, "images/moon.png", "images/.DS_Store")
    assert instead(tmp_path, "images/sunrise.png") == ""


ALL = """\
name: N
symbol: N
paint: {{brush: {brush}.png, style: {{image: {style}.png}}}}
pieces:
  - {{image: {image}.png, name: A}}
  - {{image: b.png, name: B, brush: {brush}.png, style: {{image: {style}.png}}}}
mint: {{placeholder: {hidden}.png, to: {to}.csv}}
"""
NAMES = {
    "brush": "bürste", "style": "stíl", "image": "café", "hidden": "versteckt-ö",
    "to": "empfänger",
}  # fmt: skip


@pytest.fixture
def everywhere(tmp_path):
    """A collection as it came out of a Mac's zip: its file names have their accents apart."""
    picture(tmp_path / "b.png")
    for name in NAMES.values():
        picture(tmp_path / f"{unicodedata.normalize('NFD', name)}.png")
    to = tmp_path / f"{unicodedata.normalize('NFD', NAMES['to'])}.csv"
    to.write_text("piece,address\ncafe,0x" + "11" * 20 + "\nb,0x" + "22" * 20 + "\n")
    path = tmp_path / "collection.yaml"
    path.write_text(unicodedata.normalize("NFC", ALL.format(**NAMES)))
    return path


def test_every_file_that_a_collection_names_is_found_so(everywhere):
    file = load_collection(everywhere)
    job = Job(file, ANVIL, frozenset(), {}, everywhere.parent)
    for index in (0, 1):
        stage = paint_stage(job, index)
        assert all(
            path and path.is_file()
            for path in (stage.sources.picture, stage.sources.style, stage.sources.tip)
        )
        assert not stage.gone and len(stage.recipe.inputs) == 3
    assert set(recipients(file, "")) == {"cafe", "b"}
    assert placeholder_item(job).path.is_file()


@pytest.mark.parametrize(
    ("what", "place"),
    [
        ("brush", "paint.brush"), ("style", "paint.style.image"), ("image", "pieces[0].image"),
        ("hidden", "mint.placeholder"),
    ],
)  # fmt: skip
def test_one_that_is_missing_is_told_with_its_line_and_its_neighbour(everywhere, what, place):
    name = unicodedata.normalize("NFD", NAMES[what])
    shutil.move(everywhere.with_name(f"{name}.png"), everywhere.with_name(f"{name.upper()}.PNG"))
    with pytest.raises(ConfigError) as error:
        load_collection(everywhere)
    assert f"{place}: there is no picture" in error.value.fact
    assert f"{name.upper()}.PNG: capitals and small letters count" in error.value.hint


def test_a_brush_of_a_piece_that_is_missing_is_told_too(everywhere):
    text = everywhere.read_text().replace("name: A}", "name: A, brush: leaf.png}")
    everywhere.write_text(text)
    with pytest.raises(ConfigError, match=r"yaml:5: pieces\[0\]\.brush: there is no picture"):
        load_collection(everywhere)
