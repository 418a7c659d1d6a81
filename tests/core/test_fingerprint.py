import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nftforge.core.fingerprint import file_digest, fingerprint

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def shape(value):
    """The value with its types spelled out: equal shapes are the same value."""
    if isinstance(value, list):
        return ("list", tuple(shape(item) for item in value))
    if isinstance(value, dict):
        return ("dict", frozenset((key, shape(item)) for key, item in value.items()))
    return (type(value).__name__, value + 0.0 if isinstance(value, float) else value)


@given(VALUES, VALUES)
def test_equal_values_and_only_those_have_equal_fingerprints(a, b):
    assert (fingerprint(a) == fingerprint(b)) == (shape(a) == shape(b))


def test_types_are_told_apart():
    keys = {fingerprint(value) for value in (1, 1.0, "1", True, [1], {"1": 1}, None, "")}
    assert len(keys) == 8


def test_key_order_does_not_matter_and_list_order_does():
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint([1, 2]) != fingerprint([2, 1])


def test_arguments_do_not_run_together():
    assert fingerprint("ab", "c") != fingerprint("a", "bc")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"bytes", object()])
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(TypeError):
        fingerprint(value)


def test_file_digest_is_sha256(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"paint" * 100_000)
    assert file_digest(path) == hashlib.sha256(b"paint" * 100_000).hexdigest()
