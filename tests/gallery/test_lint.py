"""Every finding is provoked once, and a clean collection gets none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.gallery_pages import COLLECTION, hostile_pieces, piece

from nftforge.gallery.lint import RULES, lint
from nftforge.gallery.metadata import Metadata
from nftforge.gallery.models import MediaFile

GIF = MediaFile("ipfs://b", "image/gif", 9, 400, 400, "media/b.gif")


def attribute(**fields):
    return piece(1, {"attributes": [{"trait_type": "T", "value": 1, **fields}]})


PROVOKED = {
    "metadata": piece(1, problem="it did not come", metadata=Metadata()),
    "no-name": piece(1, {"name": " "}),
    "no-image": piece(1, {"image": 3}),
    "no-description": piece(1, {"description": ""}),
    "unreachable": piece(1, image=MediaFile("ipfs://x", why="the block is not here")),
    "gif-animation": piece(1, animation=GIF),
    "odd-animation": piece(1, animation=MediaFile("ipfs://p", "image/png", 9)),
    "odd-image": piece(1, image=MediaFile("ipfs://m", "video/mp4", 9)),
    "too-small": piece(1, image=replace(GIF, width=349, height=200)),
    "smallish": piece(1, image=GIF),
    "too-large": piece(1, animation=MediaFile("ipfs://m", "video/mp4", 300_000_001)),
    "large": piece(1, animation=MediaFile("ipfs://m", "video/mp4", 200_000_001)),
    "attributes": attribute(value=["a", "list"]),
    "display-type": attribute(value="text", display_type="number"),
    "elsewhere": piece(1, image=MediaFile("https://example.com/a.png")),
    "repeated-trait": piece(1, {"attributes": [{"trait_type": "T", "value": v} for v in "ab"]}),
    "background": piece(1, {"background_color": "#fff"}),
    "external-url": piece(1, {"external_url": "example.com"}),
    "invisible": piece(1, {"name": "Tide\u202e 1"}),
}


def found(*pieces, collection=COLLECTION):
    return {finding.rule: finding for finding in lint(collection, pieces)}


def test_a_clean_collection_has_nothing_to_hear():
    pieces = [
        piece(at, image=MediaFile(f"ipfs://{at}", "image/png", 9, 3000, 3000)) for at in range(1, 6)
    ]
    assert found(*pieces) == {}


def test_every_rule_is_tried_here():
    assert {rule.name for rule in RULES} == PROVOKED.keys()


@pytest.mark.parametrize("rule", PROVOKED)
def test_each_fault_is_found_and_has_a_fix(rule):
    finding = found(PROVOKED[rule])[rule]
    assert finding.found[0][0] == "1" and finding.fix and finding.link.startswith("https://")


def test_what_is_not_painted_yet_needs_no_image_and_is_looked_at_for_the_rest():
    said = {"name": "Tide 1", "description": "", "attributes": [{"trait_type": "T", "value": None}]}
    draft = piece(
        1, metadata=Metadata("", said), minted=False, token_uri="", image=None, awaits="painted"
    )
    assert set(found(draft)) == {"no-description", "attributes"}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"value": None}, "T has no value"),
        ({"trait_type": 7}, "trait_type is no text"),
        ({"value": {"a": 1}}, "T: its value is neither text nor number"),
    ],
)
def test_a_wrong_attribute_is_named(fields, said):
    assert found(attribute(**fields))["attributes"].found == (("1", said),)


def test_a_value_above_its_maximum_and_an_unknown_display_are_found():
    above = found(attribute(value=9, max_value=5, display_type="number"))["display-type"]
    assert above.found == (("1", "T: 9 is above its max_value 5"),)
    assert "stars" in found(attribute(display_type="stars"))["display-type"].found[0][1]


def test_twins_are_found_by_name_and_by_picture():
    findings = found(piece(1), piece(2, {"name": "TIDE 1"}))
    assert [key for key, _ in findings["duplicate-name"].found] == ["1", "2"]
    assert [key for key, _ in findings["duplicate-image"].found] == ["1", "2"]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"royalty_percent": 0.0}, "no-royalty"),
        ({"royalty_percent": 12.5}, "high-royalty"),
        ({"contract_uri": ""}, "no-contract-uri"),
    ],
)
def test_the_contract_is_looked_at_too(changes, rule):
    assert rule in found(piece(1), collection=replace(COLLECTION, **changes))


def test_problems_come_before_advice_and_hostile_metadata_raises_nothing():
    levels = [finding.level for finding in lint(COLLECTION, hostile_pieces())]
    assert levels == sorted(levels, reverse=True) and set(levels) == {"problem", "advice"}
