"""What was drawn may be drawn again: pieces that keep their values leave shares as they are."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nftforge.traits.errors import ImpossibleError
from nftforge.traits.models import Exactly, Part, Remaining, Weight
from nftforge.traits.shares import Asked, share_out


def asked(shares, total, held=None):
    named = {f"v{index}": share for index, share in enumerate(shares)}
    return Asked("Hat", named, total, held or {}, {})


@st.composite
def shares(draw):
    """Counts, parts of all, and weights or values that share the rest."""
    percents = st.integers(1, 60).map(lambda percent: Part(Fraction(percent, 100)))
    promised = draw(st.lists(percents | st.builds(Exactly, st.integers(0, 4)), max_size=3))
    rest = draw(st.sampled_from(["weights", "bare"]))
    weights = st.integers(1, 5).map(lambda weight: Weight(Fraction(weight)))
    loose = draw(st.lists(weights if rest == "weights" else st.just(Remaining()), max_size=3))
    return [*promised, *loose]


@given(shares=shares(), total=st.integers(1, 40))
def test_every_rounding_stands_once_all_pieces_have_it_for_good(shares, total):
    if not shares:
        return
    try:
        first = share_out(asked(shares, total))
    except ImpossibleError:
        return
    for counts in islice(first.roundings(), 8):
        again = share_out(asked(shares, total, counts))
        assert again.nearest() == counts


def test_hats_that_were_rounded_up_leave_fewer_without():
    shares = [Weight(Fraction(3)), Weight(Fraction(1)), Part(Fraction(2, 5))]
    kept = share_out(asked(shares, 6, {"v0": 3, "v1": 1}))
    assert kept.nearest() == {"v0": 3, "v1": 1, "v2": 2}
    with pytest.raises(ImpossibleError, match="for good than"):
        share_out(asked(shares, 6, {"v0": 4, "v1": 1}))
