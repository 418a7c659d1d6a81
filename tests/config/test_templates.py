"""`{number}`, `{stem}` and `{Trait}` in texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nftforge.config.models import Piece
from nftforge.config.templates import UnknownWordError, filled, literal, stem_of, words_of

PIECE = Piece(
    image="a/red_cat-02.png", name="-",
    traits={
        "Sky": "Pale blue", "Rare": True, "Ca\u0301t": 1.5, "Level": {"value": 3, "max_value": 9},
    },
)  # fmt: skip
WORDS = {"Hat": "", **words_of(PIECE, 7, stem_of(PIECE.image))}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("#{number} {stem}, {Sky}", "#7 red_cat-02, Pale blue"),
        ("{Rare} {C\u00e1t} {Level}", "true 1.5 3"),
        ("{}: {{number}} {{", "Red cat 02: {number} {"),
        ("{{{number}}}", "{7}"),
        ("a  b } :{", "a  b } :{"),
        ("Cat {Hat} of {Sky}", "Cat of Pale blue"),
    ],
)  # fmt: skip
def test_words_are_filled_in(template, text):
    assert filled(template, WORDS) == text


def test_a_link_is_one_whatever_a_trait_is():
    assert filled("https://a.b/{number}?s={Sky}", WORDS, link=True).endswith("/7?s=Pale%20blue")


def test_a_word_that_nobody_knows_is_refused_with_what_was_meant():
    with pytest.raises(UnknownWordError) as error:
        filled("{Numbr}", WORDS)
    assert error.value.fact == "nothing is called {Numbr}"
    assert error.value.hint.startswith("did you mean `number`? there are: {number}, {stem}, {Hat}")


@given(st.text(alphabet="{}ab", max_size=12))
def test_a_literal_text_comes_out_as_it_is(text):
    assert filled(literal(text), {}) == text
