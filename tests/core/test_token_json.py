"""A token's JSON is an object with properties, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nftforge.core.token_json import fields_of, properties_of


@pytest.mark.parametrize("text", [b"", b"[1]", b'"x"', b"null", b"\xff", b"{", b"[" * 100_000])
def test_what_is_no_object_has_no_fields(text):
    assert fields_of(text) == {}


@pytest.mark.parametrize("found", ['["piece"]', '"piece"', "null", "3"])
def test_properties_that_are_no_object_are_none(found):
    assert properties_of(fields_of(b'{"properties": %b}' % found.encode())) == {}


def test_properties_are_read_as_they_are():
    assert properties_of(fields_of(b'{"properties": {"piece": "a", "n": 1}}')) == {
        "piece": "a",
        "n": 1,
    }


@given(st.binary())
def test_no_bytes_raise(text):
    assert properties_of(fields_of(text)) is not None
