"""pipeline.paint: what a piece is painted from, and which frame of it."""

from __future__ import annotations

import json

import pytest
from PIL import Image
from support import nftforge
from support.machine import ANVIL
from support.odd_pictures import animation, heic, jpeg, saved, scene

from nftforge.config.load import load_collection
from nftforge.core.errors import ConfigError
from nftforge.pipeline.job import Job
from nftforge.pipeline.paint import paint_stage
from nftforge.pipeline.preflight import check_pictures

HEAD = """\
name: Odd
symbol: ODD
paint: {brush: tape, strokes: 4, size: 48}
media: {gif: {size: 32, frames: 3}, mp4: false}
pieces:
"""


def collection(folder, *pieces):
    path = folder / "collection.yaml"
    path.write_text(HEAD + "".join(f"  - {piece}\n" for piece in pieces))
    return path


def recipe(path):
    job = Job(load_collection(path), ANVIL, frozenset(), {}, path.parent)
    return paint_stage(job, 0).recipe


def test_a_frame_is_a_parameter_where_it_is_asked_for_and_only_there(tmp_path):
    (tmp_path / "dance.gif").write_bytes(animation("GIF", 0, 4))
    plain = recipe(collection(tmp_path, "{image: dance.gif, name: A}"))
    third = recipe(collection(tmp_path, "{image: dance.gif, name: A, frame: 3}"))
    assert "frame" not in plain.params  # or all that is painted would be painted again
    assert third.params == {**plain.params, "frame": 3} and third.inputs == plain.inputs
    assert third.key != plain.key


def test_a_frame_that_is_not_there_is_refused_before_anything_is_painted(tmp_path):
    (tmp_path / "dance.gif").write_bytes(animation("GIF", 0, 4))
    (tmp_path / "still.png").write_bytes(saved(scene(), "PNG"))
    for piece, said in (
        ("{image: dance.gif, name: A, frame: 5}", "dance.gif has 4 frames: there is no frame 5"),
        ("{image: still.png, name: A, frame: 2}", "still.png is one picture, no animation"),
    ):
        path = collection(tmp_path, piece)
        job = Job(load_collection(path), ANVIL, frozenset(), {}, tmp_path)
        with pytest.raises(ConfigError) as error:
            check_pictures(job)
        assert error.value.fact.startswith(f"{path}:6: pieces[0].frame: ")
        assert said in error.value.fact


@pytest.mark.parametrize("frame", ["0", "-1", '"2"', "1.5"])
def test_a_frame_is_a_number_from_one(tmp_path, frame):
    (tmp_path / "dance.gif").write_bytes(animation("GIF", 0, 4))
    with pytest.raises(ConfigError, match=r":6: pieces\[0\]\.frame: "):
        load_collection(collection(tmp_path, f"{{image: dance.gif, name: A, frame: {frame}}}"))


def test_odd_pictures_are_painted_shown_and_told_of(tmp_path):
    (tmp_path / "猫.jpg").write_bytes(heic())
    (tmp_path / "犬.jpg").write_bytes(jpeg()[:-2])
    (tmp_path / "curtain.gif").write_bytes(animation("GIF", 2))
    (tmp_path / "dance.gif").write_bytes(animation("GIF", 0, 4))
    path = collection(
        tmp_path,
        "{image: 猫.jpg, name: Cat}",
        "{image: 犬.jpg, name: Dog}",
        "{image: curtain.gif, name: Curtain}",
        "{image: dance.gif, name: Dance, frame: 2}",
    )
    made = nftforge("run", path, "--json")
    assert made.code == 0, made.err
    ids = [piece["id"] for piece in made.json["pieces"]]
    assert len(set(ids)) == 4 and ids[2:] == ["curtain", "dance"]
    assert made.err.count("犬.jpg lacks its last bytes") == 1
    assert "curtain.gif is an animation of 4 frames: frames 1 to 2 are blank, frame 3" in made.err
    assert "dance.gif is" not in made.err  # it is as it was asked for
    work = tmp_path / ".nftforge"
    manifest = next((work / "store" / "paint" / "dance").rglob("manifest.json"))
    assert json.loads(manifest.read_text())["params"]["frame"] == 2
    sources = sorted((work / "gallery").rglob("source/*.webp"))
    assert len(sources) == 4
    (turned,) = (source for source in sources if source.stem.endswith("-2"))
    with Image.open(turned) as shown:
        assert shown.convert("RGB").getpixel((5, 5)) != scene((60, 40)).getpixel((5, 5))
    again = nftforge("run", path)
    assert "lacks its last bytes" not in again.err and "done in" not in again.err
    strips = nftforge("sheet", path, "--out", tmp_path / "s.png", "--strips", tmp_path / "strips")
    assert strips.code == 0 and len(list((tmp_path / "strips").iterdir())) == 4


def test_one_picture_without_a_collection_may_be_any_frame_too(tmp_path):
    image = tmp_path / "dance.gif"
    image.write_bytes(animation("GIF", 0, 4))
    wishes = ["--strokes", "4", "--size", "48", "--brush", "tape", "--json"]
    made = [
        nftforge("stroke", image, "-o", tmp_path / f"out{number}", "--frame", number, *wishes)
        for number in ("1", "2")
    ]
    assert [each.code for each in made] == [0, 0], made
    stills = [(tmp_path / f"out{number}" / "still.png").read_bytes() for number in ("1", "2")]
    assert stills[0] != stills[1]
    refused = nftforge("stroke", image, "-o", tmp_path / "no", "--frame", "9", *wishes)
    assert refused.code == 2 and "has 4 frames: there is no frame 9" in refused.err
    near = nftforge("stroke", tmp_path / "Dance.GIF", "-o", tmp_path / "no", *wishes)
    assert near.code == 2 and "dance.gif: capitals and small letters count" in near.err
    assert not (tmp_path / "no").exists()
