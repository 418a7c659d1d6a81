"""The tree that errors.py draws is the tree that is there."""

from __future__ import annotations

import inspect
import re

import pytest

from nftforge.core import errors

CLASSES = {
    name: each
    for name, each in inspect.getmembers(errors, inspect.isclass)
    if issubclass(each, Exception)
}
DRAWN = dict(re.findall(r"^[ │├└─]*([A-Z]\w+Error)(?: +exit (\d))?", errors.__doc__ or "", re.M))


def test_every_error_is_drawn_and_nothing_else():
    assert set(DRAWN) == set(CLASSES)


@pytest.mark.parametrize("name", sorted(name for name, code in DRAWN.items() if code))
def test_an_error_exits_as_it_is_drawn(name):
    assert CLASSES[name].exit_code == int(DRAWN[name])


def test_what_is_not_there_is_a_mismatch_to_whoever_does_not_ask():
    assert issubclass(errors.NotFoundError, errors.MismatchError)
    assert errors.NotFoundError("no block").exit_code == 6


def test_internal_errors_are_no_errors_for_users():
    for internal in (errors.BadAnswerError, errors.StoppedError):
        assert not issubclass(internal, errors.NftforgeError)


def test_a_value_is_shown_as_far_as_it_helps():
    assert errors.quoted("a\nb") == r"'a\nb'"
    assert errors.quoted("x" * 1_000_000) == "<1000000 letters>"
    key = "0x" + "8c" * 32
    assert errors.quoted(key) == "'<64 hex digits>'"  # no part of it, either
    assert "8c8c" not in errors.quoted("key " * 3 + key + " and more" * 10)
