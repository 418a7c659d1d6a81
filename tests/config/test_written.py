"""What stands in a trait is what is minted: as it is written, or refused; never changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import picture

from nftforge.config.load import load_collection
from nftforge.config.models import Piece
from nftforge.core.errors import ConfigError
from nftforge.ipfs.cid import RAW, Cid
from nftforge.pipeline.metadata import Art, piece_metadata

SOME = Cid.of(RAW, b"")
ART = Art("oil", 7, 500, "ab" * 32, SOME, SOME, None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    picture(tmp_path / "a.png")
    return tmp_path


def load(folder: Path, piece: str) -> Piece:
    path = folder / "collection.yaml"
    path.write_text(f"name: N\nsymbol: S\npieces:\n  - {{image: a.png, name: A, {piece}}}\n")
    return load_collection(path).collection.pieces[0]


def minted(folder: Path, piece: str) -> dict[str, Any]:
    """The metadata of a piece that has these keys."""
    made = load(folder, piece)
    path = folder / "collection.yaml"
    text = piece_metadata(load_collection(path).collection, made, ART)
    return dict(json.loads(text, parse_float=str))


def trait(folder: Path, written: str) -> Any:
    return minted(folder, f"traits: {{A: {written}}}")["attributes"][0]["value"]


@pytest.mark.parametrize(
    "written",
    ["1.10", "007", "1e3", "+5", "-0", ".5", "5.", "1_000", "0x1F", "9007199254740993", "1.0e5",
     "12345678901234567890123", "2024-01-01", "12:30", "yes", "no", "on", "True", "FALSE", ".inf",
     "0.1000", "1e-7"],
)  # fmt: skip
def test_what_would_change_is_kept_as_the_text_it_is(folder: Path, written: str) -> None:
    assert trait(folder, written) == written
    assert trait(folder, f"{{value: {written}}}") == written


@pytest.mark.parametrize(
    ("written", "value"),
    [("5", 5), ("-3", -3), ("0", 0), ("0.5", "0.5"), ("1.0", "1.0"), ("2.25", "2.25"),
     ("true", "true"), ("false", "false"), ("9007199254740992", 2**53)],
)  # fmt: skip
def test_numbers_that_do_not_change_stay_numbers(folder: Path, written: str, value: Any) -> None:
    assert trait(folder, written) == value


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.from_regex(r"[-+]?[0-9]{0,20}\.?[0-9]{0,20}([eE][-+]?[0-9]{1,2})?", fullmatch=True))
def test_any_number_is_minted_as_it_is_written(folder: Path, written: str) -> None:
    if written.strip("+-"):
        assert str(trait(folder, written)) == written


@pytest.mark.parametrize(
    ("trait", "said"),
    [
        ("{value: 1.10, display_type: number}", "write 1.1, or leave `number` out to keep 1.10"),
        ("{value: 1e3, max_value: 9}", "write 1000, or leave `max_value` out to keep 1e3"),
        (
            "{value: 9007199254740993, display_type: number}",
            "9007199254740993 is beyond 9007199254740992, where marketplaces begin to round",
        ),
        ("{value: 1, max_value: 9007199254740993}", "9007199254740993 is beyond"),
        (
            "{value: 2024-01-01, display_type: date}",
            "`date` needs a number: the seconds since 1970; 2024-01-01 is 1704067200",
        ),
        ("{value: '2024-01-01T12:00+02:00', display_type: date}", "+02:00 is 1704103200"),
        ("{value: soon, display_type: date}", "'soon' is none; leave `date` out to keep the text"),
        ("{value: true, display_type: number}", "true and false are none"),
        ("null", "a text, a number, true or false is needed, and there is nothing"),
        ("''", "this is empty, or nothing in it can be seen"),
        ("' '", "this is empty"),
        ("1e999", "1e999 is no number that fits"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_line(folder: Path, trait: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(folder, f"traits: {{A: {trait}}}")
    assert "collection.yaml:4: " in error.value.fact and said in error.value.fact


def test_a_number_that_is_merged_in_gives_way_to_a_text_of_ones_own(folder: Path) -> None:
    path = folder / "collection.yaml"
    path.write_text(
        "x-all: &all {Code: 007, Size: 1.10}\nname: N\nsymbol: S\npieces:\n"
        "  - {image: a.png, name: A, traits: {Code: mine, <<: *all}}\n"
    )
    assert load_collection(path).collection.pieces[0].traits == {"Code": "mine", "Size": "1.10"}


@pytest.mark.parametrize(
    ("written", "colour"),
    [
        ("102030", "102030"),
        ("000000", "000000"),
        ("1e1234", "1e1234"),
        ("ff0000", "ff0000"),
        ("'#FF0000'", "ff0000"),
        ("'#f00'", "ff0000"),
        ("red", "ff0000"),
        ("hsl(0, 100%, 50%)", "ff0000"),
    ],
)
def test_a_background_is_six_digits_however_it_is_written(
    folder: Path, written: str, colour: str
) -> None:
    quoted = written if "," not in written else f"'{written}'"
    if written == "1e1234":  # more than any number, and a colour all the same if it is a text
        quoted = "'1e1234'"
    assert minted(folder, f"background_color: {quoted}")["background_color"] == colour
