"""What was probably meant, and that no suggestion leads to more than that."""

import pytest

from nftforge.core.nearest import nearest, suggestion

KEYS = ("strokes", "seed", "royalty_percent", "name", "max_supply")
OTHERS = {"title": "name", "royalties": "royalty_percent", "fee": "gone"}


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("stroks", "strokes"),
        ("sead", "seed"),
        ("Name", "name"),
        ("royaltyPercent", "royalty_percent"),
        ("max-supply", "max_supply"),
        ("title", "name"),
        ("royaltys", "royalty_percent"),
        ("fee", None),  # another's word for what is not there
        ("colour", None),
        ("", None),
        ("x" * 1000, None),
    ],
)
def test_the_nearest_word_is_found_and_none_if_none_is_near(word, meant):
    assert nearest(word, KEYS, OTHERS) == meant


def test_a_suggestion_begins_a_hint():
    assert suggestion("stroks", KEYS) == "did you mean `strokes`? "
    assert suggestion("colour", KEYS) == ""
