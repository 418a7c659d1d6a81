"""Options tried with several values, each with each."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from support import nftforge, picture

from nftforge.cli.axes import MOST, combinations
from nftforge.core.errors import ConfigError

NAMES = ("brush", "strokes", "min_size")


def said(*texts):
    return combinations(texts, NAMES, lambda name, text: text)


def test_each_value_is_tried_with_each_and_the_last_runs_fastest():
    assert said("brush=oil,tape", "strokes=5,9") == [
        {"brush": "oil", "strokes": "5"}, {"brush": "oil", "strokes": "9"},
        {"brush": "tape", "strokes": "5"}, {"brush": "tape", "strokes": "9"},
    ]  # fmt: skip
    assert said("min-size= 0.1 , 0.2,0.1") == [{"min_size": "0.1"}, {"min_size": "0.2"}]
    assert said("brush=a,b;c") == [{"brush": "a,b"}, {"brush": "c"}]


@pytest.mark.parametrize(
    "texts, fact, hint",
    [
        (["brsh=oil"], "there is no 'brsh' to compare", "did you mean `brush`?"),
        (["brush"], "'brush' gives no values", "brush=oil,marker"),
        (["brush= "], "gives no values", "brush=oil,marker"),
        (["brush=oil,,tape"], "has an empty value", "take a comma out"),
        (["brush=a", "brush=b"], "names brush twice", "brush=A,B,C"),
        ([f"strokes={','.join(map(str, range(MOST + 1)))}"], f"at most {MOST}", ""),
    ],
)
def test_what_cannot_be_compared_is_said(texts, fact, hint):
    with pytest.raises(ConfigError) as told:
        said(*texts)
    assert fact in told.value.fact and hint in told.value.hint


def test_a_sheet_shows_the_picture_in_every_way_that_was_asked_for(tmp_path):
    image = picture(tmp_path / "in.png", size=(40, 30))
    ask = ("stroke", image, "--compare", "palette=red,noir", "strokes=2,6", "--brush", "tape")
    made = nftforge(*ask, "-o", tmp_path / "out", "--size", "100", "--json")
    assert made.code == 0, made.err
    cells = made.json["cells"]
    assert [(cell["palette"], cell["strokes"], cell["painted"]) for cell in cells] == [
        ("red", 2, 2), ("red", 6, 6), ("noir", 2, 2), ("noir", 6, 6),
    ]  # fmt: skip
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["compare.png"]
    with Image.open(made.json["sheet"]) as sheet:
        pixels = np.asarray(sheet.convert("RGB")).astype(int)
    upper, lower = np.array_split(pixels, 2)
    redness = [(half[..., 0] - half[..., 2] > 150).mean() for half in (upper, lower)]
    assert redness[0] > 0.02 > 0.5 * redness[0] > redness[1]  # a row each
    again = nftforge(*ask, "-o", tmp_path / "out")
    assert again.code == 2 and "compare.png is there already" in again.err
    as_picture = nftforge(*ask, "-o", tmp_path / "all.jpg", "--force")
    assert as_picture.code == 0 and (tmp_path / "all.jpg").read_bytes()[:2] == b"\xff\xd8"


@pytest.mark.parametrize(
    "words, fact",
    [
        (["--compare", "strokes=5,many"], "a whole number is needed, not 'many'"),
        (["--compare", "brush=oil,spray"], "there is no brush 'spray'"),
        (["--compare", "opaque=yes,maybe"], "opaque=maybe: that is neither yes nor no"),
        (["--compare", "psnr=20,99"], "99"),
        (["--compare", "style=none.png"], "there is no picture none.png"),
        (["strokes=5"], "unexpected extra argument (strokes=5)"),
    ],
)
def test_a_wrong_value_is_said_before_the_first_is_painted(tmp_path, words, fact):
    image = picture(tmp_path / "in.png", size=(20, 20))
    refused = nftforge("stroke", image, "-o", "out", *words, cwd=tmp_path)
    assert refused.code == 2 and fact in refused.err, refused.err
    assert [path.name for path in tmp_path.iterdir()] == ["in.png"]


def test_strokes_alone_are_enough(tmp_path):
    image = picture(tmp_path / "in.png", size=(20, 20))
    ask = ("stroke", image, "-o", tmp_path / "out", "--brush", "tape", "--strokes", "3")
    made = nftforge(*ask, "--no-media", "--json")
    assert made.code == 0, made.err
    assert made.json["files"] == {"strokes": str(tmp_path / "out" / "strokes.npz")}
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["strokes.npz"]
    still = nftforge(*ask)
    assert still.code == 2 and "strokes.npz already" in still.err
