import json

import pytest

from nftforge.core.errors import ConfigError, MismatchError
from nftforge.ipfs.cid import RAW, Cid
from nftforge.ipfs.metadata import (
    Attribute,
    contract_metadata,
    parse_token_metadata,
    parse_uri,
    token_metadata,
)

IMAGE, ANIMATION = Cid.of(RAW, b"gif"), Cid.of(RAW, b"mp4")


def metadata(**changes):
    fields = {
        "name": "BitLocker",
        "description": "Größe ☂",
        "image": IMAGE,
        "animation": ANIMATION,
        "external_url": None,
        "background_color": "ffeedd",
        "attributes": [Attribute("Coin", "Bitcoin"), Attribute("Strokes", 500, "number", 1000)],
        "properties": {"piece": "bitcoin", "seed": 7},
    }
    return token_metadata(**{**fields, **changes})


def test_it_is_what_marketplaces_read():
    assert json.loads(metadata()) == {
        "name": "BitLocker",
        "description": "Größe ☂",
        "image": f"ipfs://{IMAGE}",
        "animation_url": f"ipfs://{ANIMATION}",
        "background_color": "ffeedd",
        "attributes": [
            {"trait_type": "Coin", "value": "Bitcoin"},
            {"display_type": "number", "trait_type": "Strokes", "value": 500, "max_value": 1000},
        ],
        "properties": {"piece": "bitcoin", "seed": 7},
    }


def test_the_same_values_are_the_same_bytes():
    assert metadata() == metadata()


def test_truth_values_become_text():
    text = metadata(attributes=[Attribute("Rare", True)])
    assert json.loads(text)["attributes"] == [{"trait_type": "Rare", "value": "true"}]


@pytest.mark.parametrize(
    "attribute",
    [
        Attribute("A", float("nan")),
        Attribute("A", "text", "number"),
        Attribute("A", True, "date"),
        Attribute("A", 1, "colour"),
        Attribute("A", 1, None, float("inf")),
        Attribute("A", "text", None, 10),
    ],
)
def test_traits_that_no_marketplace_reads_are_refused(attribute):
    with pytest.raises(ConfigError, match="trait 'A'"):
        metadata(attributes=[attribute])


@pytest.mark.parametrize("colour", ["#ffeedd", "fff", "white", "ffeeddcc", "ffeedd\n"])
def test_a_background_that_is_not_six_digits_is_refused(colour):
    with pytest.raises(ConfigError, match="not six hex digits"):
        metadata(background_color=colour)


@pytest.mark.parametrize(
    "changes", [{"name": "half a pair: \ud800"}, {"properties": {"psnr": float("nan")}}]
)
def test_what_json_cannot_say_is_refused(changes):
    with pytest.raises(ConfigError, match="cannot be written as JSON"):
        metadata(**changes)


def test_a_number_may_have_a_maximum_and_no_display_type():
    text = metadata(attributes=[Attribute("Level", 3, None, 10)])
    assert json.loads(text)["attributes"] == [{"trait_type": "Level", "value": 3, "max_value": 10}]


def test_it_reads_back():
    found = parse_token_metadata(metadata())
    assert (found.name, found.image, found.animation) == ("BitLocker", IMAGE, ANIMATION)
    assert found.properties["piece"] == "bitcoin"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"image": "https://gateway/x"}',
        b'{"image": 3}',
        b"[" * 100_000,
    ],
)
def test_junk_is_a_mismatch(text):
    with pytest.raises(MismatchError):
        parse_token_metadata(text)


def test_uris_split_into_cid_and_path():
    assert parse_uri(f"ipfs://{IMAGE}/1.json") == (IMAGE, "1.json")
    with pytest.raises(MismatchError):
        parse_uri("ipfs://nonsense/1.json")


def test_contract_metadata_leaves_out_what_is_not_given():
    text = contract_metadata(name="A", symbol="B", description="", external_link=None)
    assert json.loads(text) == {"name": "A", "symbol": "B"}
