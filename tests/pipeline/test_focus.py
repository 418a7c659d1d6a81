"""What matters in a picture, as files say it: masks, and colours and directions beside them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from support import nftforge, small_collection

from nftforge.config.load import load_collection, paint_options
from nftforge.core.store import Store
from nftforge.pipeline.paint import settings_from


def masked(folder, mask="masks/one.png", size=(48, 48)):
    """A small collection whose first piece has a mask."""
    path = small_collection(folder)
    (folder / "masks").mkdir()
    values = np.zeros(size[::-1], np.uint8)
    values[: size[1] // 2] = 255
    Image.fromarray(values).save(folder / "masks" / "one.png")
    text = path.read_text()
    assert "images/one.png," in text
    path.write_text(text.replace("images/one.png,", f"images/one.png, focus: {mask},"))
    return path


def size_of(folder):
    with Image.open(folder / "images" / "one.png") as picture:
        return picture.size


def painted(path, piece):
    return Store(load_collection(path).work_folder).all_of("paint", piece)


@pytest.fixture
def sized(tmp_path):
    small_collection(tmp_path)
    return size_of(tmp_path)


def test_a_piece_is_painted_anew_where_its_mask_changes(tmp_path, sized):
    path = masked(tmp_path, size=sized)
    assert nftforge("paint", path).code == 0
    (first,) = painted(path, "one")
    (other,) = painted(path, "two")
    assert "mask" in first.recipe.inputs and first.recipe.params["focus"] == "mask"
    assert "mask" not in other.recipe.inputs and "focus" not in other.recipe.params
    mask = np.asarray(Image.open(tmp_path / "masks" / "one.png"))
    Image.fromarray(255 - mask).save(tmp_path / "masks" / "one.png")
    assert nftforge("paint", path).code == 0
    assert len(painted(path, "one")) == 2 and len(painted(path, "two")) == 1


def test_a_mask_of_another_shape_is_told_before_anything_is_painted(tmp_path, sized):
    path = masked(tmp_path, size=(sized[0] * 2, sized[1]))
    done = nftforge("check", path)
    assert done.code == 2, done.out + done.err
    assert "collection.yaml:" in done.out + done.err and "same shape" in done.out + done.err
    assert nftforge("run", path).code == 2 and not painted(path, "two")


def test_a_mask_that_is_not_there_is_told_with_its_line(tmp_path):
    path = masked(tmp_path, mask="masks/two.png")
    done = nftforge("paint", path)
    assert done.code == 2 and "masks/two.png" in done.err and "collection.yaml:" in done.err


def test_all_alike_is_no_mask(tmp_path, sized):
    path = masked(tmp_path, size=sized)
    Image.new("L", sized, 255).save(tmp_path / "masks" / "one.png")
    done = nftforge("paint", path)
    assert done.code == 2 and "all of it is alike" in done.err


def test_auto_flow_and_a_palette_by_name_on_the_command_line(tmp_path):
    small_collection(tmp_path)
    done = nftforge(
        "stroke", tmp_path / "images/one.png", "-o", tmp_path / "out", "--strokes", "8", "--size",
        "48", "--flow", "0.7", "--focus", "auto", "--palette", "zorn", "--underpainting", "#8a5a3a",
        "--json",
    )  # fmt: skip
    assert done.code == 0 and done.json["strokes"] == 8, done.err
    wrong = nftforge(
        "stroke", tmp_path / "images/one.png", "-o", tmp_path / "w", "--palette", "zorm"
    )
    assert wrong.code == 2 and "zorn" in wrong.err


def test_paints_that_are_stirred_are_painted_with_and_light_is_what_was(tmp_path):
    path = small_collection(tmp_path)
    plain = path.read_text()
    for said in ("", "mixing: light, ", "mixing: pigment, "):
        path.write_text(plain.replace("paint: {", f"paint: {{palette: primary, {said}"))
        assert nftforge("paint", path).code == 0
    palettes = [artifact.recipe.params["palette"] for artifact in painted(path, "one")]
    assert len(palettes) == 2, "to say what is unasked paints nothing again"
    light, stirred = ([list(each) for each in palette] for palette in palettes)
    assert [134, 162, 56] in stirred and [134, 162, 56] not in light


def test_a_list_is_mixed_if_it_is_asked_for():
    def palette(**wish):
        return settings_from(
            paint_options({"palette": ["yellow", "blue", "white"], **wish}), 0
        ).palette

    assert palette() == ((255, 255, 0), (0, 0, 255), (255, 255, 255))
    assert len(palette(mixing="light")) == len(palette(mixing="pigment")) == 9
    assert palette(mixing="light") != palette(mixing="pigment")


def test_without_any_of_it_a_painting_is_known_as_before(tmp_path):
    path = small_collection(tmp_path)
    stage = nftforge("paint", path)
    assert stage.code == 0
    params = painted(path, "one")[0].recipe.params
    assert params["flow"] == 0.5 and not {"focus", "underpainting", "oklab"} & params.keys()
    path.write_text(path.read_text().replace("paint: {", "paint: {flow: 0, "))
    assert nftforge("paint", path).code == 0
    assert "flow" not in painted(path, "one")[-1].recipe.params
